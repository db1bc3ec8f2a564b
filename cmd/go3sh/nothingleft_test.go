package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"go3s/session/journal"
)

// census counts all programs and maps in the kernel whose names go3sh gave them here. It opens none: see kernelObjects.left.
func census(t *testing.T) map[string]int {
	t.Helper()
	n := map[string]int{}
	for id := ebpf.ProgramID(0); ; n["programs"]++ {
		next, err := ebpf.ProgramGetNextID(id)
		if err != nil {
			break
		}
		id = next
	}
	for id := ebpf.MapID(0); ; n["maps"]++ {
		next, err := ebpf.MapGetNextID(id)
		if err != nil {
			break
		}
		id = next
	}
	return n
}

// traced is a go3sh that traces, with its output at a file or pipe.
type traced struct {
	*exec.Cmd
	held   kernelObjects
	stderr bytes.Buffer
}

const busy = `sched:sched_switch { n++; by[comm]++; printf("%s %d\n", comm, pid) }`

func trace(t *testing.T, stdout *os.File, program string, args ...string) *traced {
	t.Helper()
	needRoot(t)
	c := &traced{Cmd: exec.Command(program, args...)}
	c.Stdout, c.Stderr = stdout, &c.stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Kill(-c.Process.Pid, unix.SIGKILL) })
	var err error
	if c.held, err = heldBy(c.Process.Pid); err != nil {
		t.Fatalf("%v\n%s", err, &c.stderr)
	}
	return c
}

// ended waits for the end and that nothing is left, and returns the exit status, -1 for a signal.
func (c *traced) ended(t *testing.T) int {
	t.Helper()
	done := make(chan struct{})
	go func() {
		_ = c.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("it does not end\n%s", &c.stderr)
	}
	if err := c.held.gone(); err != nil {
		t.Error(err)
	}
	if strings.Contains(c.stderr.String(), "goroutine ") {
		t.Errorf("it crashed:\n%s", &c.stderr)
	}
	return c.ProcessState.ExitCode()
}

func null(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestNothingIsLeftWhenTheReaderGoesAway(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := trace(t, write, filepath.Join(bin, "go3sh"), "-e", busy)
	_ = write.Close()
	_, _ = read.Read(make([]byte, 100))
	_ = read.Close()
	if got := c.ended(t); got != exitOK {
		t.Errorf("exit status %d, want %d\n%s", got, exitOK, &c.stderr)
	}
}

// What is written last, when tracing is over, finds nobody there either: that is no failure and no death by SIGPIPE.
func TestAReaderThatIsGoneAtTheEndIsNoFailure(t *testing.T) {
	needRoot(t)
	for _, args := range [][]string{
		{"--json", "-e", `syscalls:sys_enter_openat @pid == 1 { n++ }`, "--for", "200ms"},
		{"-e", `syscalls:sys_enter_openat @pid == 1 { n++ }`, "--for", "200ms"},
		{"-e", "6*7"},
		{"--json", "-e", "6*7"},
		{"-l"},
		{"-lv", "sched"},
		{"-h"},
		{"--man"},
		{"--completion", "bash"},
		{"--version"},
		{"--emit", "asm", "-e", "begin { n++ }"},
		{"--dry-run", "-e", "begin { n++ }"},
	} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = read.Close()
		var said bytes.Buffer
		c := exec.Command(filepath.Join(bin, "go3sh"), args...)
		c.Stdout, c.Stderr = write, &said
		if err := c.Run(); err != nil || said.Len() > 0 {
			t.Errorf("%q: %v\n%s", args, err, &said)
		}
		_ = write.Close()
	}
}

func TestNothingIsLeftWhenTheDiskIsFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"-e", busy}, {"--json", "-e", busy}} {
		c := trace(t, full, filepath.Join(bin, "go3sh"), args...)
		if got := c.ended(t); got != exitFailed || !strings.Contains(c.stderr.String(), "no space left on device") {
			t.Errorf("exit status %d, want %d, and it says\n%s", got, exitFailed, &c.stderr)
		}
	}
}

func TestNothingIsLeftAfterSignals(t *testing.T) {
	for _, c := range []struct {
		signals []syscall.Signal
		want    int
	}{
		{[]syscall.Signal{unix.SIGHUP}, exitOK},
		{[]syscall.Signal{unix.SIGTERM, unix.SIGTERM}, exitOK}, // as timeout(1) does
		{[]syscall.Signal{unix.SIGSTOP, unix.SIGKILL}, -1},
		{[]syscall.Signal{unix.SIGQUIT}, 128 + int(unix.SIGQUIT)},
		{[]syscall.Signal{unix.SIGABRT}, 2},
	} {
		p := trace(t, null(t), filepath.Join(bin, "go3sh"), "-e", `sched:sched_switch { n++; by[comm]++ }`)
		for _, s := range c.signals {
			if err := p.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		if c.want == 2 {
			p.stderr.Reset()
			_ = p.Wait() // the runtime tells its stacks
			if err := p.held.gone(); err != nil {
				t.Error(err)
			}
			continue
		}
		if got := p.ended(t); got != c.want {
			t.Errorf("%v: exit status %d, want %d", c.signals, got, c.want)
		}
	}
}

// A reader that is stopped, with the output's pipe full, keeps go3sh from neither ending nor letting go of the kernel.
func TestNothingIsLeftWhenTheReaderStandsStill(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	c := trace(t, write, filepath.Join(bin, "go3sh"), "-e", busy)
	_ = write.Close()
	time.Sleep(500 * time.Millisecond) // the pipe is full by now
	_ = c.Process.Signal(unix.SIGTERM)
	time.Sleep(patience + 100*time.Millisecond)
	_ = c.Process.Signal(unix.SIGTERM)
	if got := c.ended(t); got != 128+int(unix.SIGTERM) && got != exitOK {
		t.Errorf("exit status %d", got)
	}
}

// With little memory, few descriptors or a small file limit it says what fails and leaves nothing.
func TestNothingIsLeftWhereLittleIsAllowed(t *testing.T) {
	needRoot(t)
	before := census(t)
	for _, limit := range []string{
		"ulimit -v 600000", "ulimit -v 1200000", "ulimit -v 1600000", "ulimit -n 8", "ulimit -n 14", "ulimit -n 20", "ulimit -n 40", "ulimit -l 16", "ulimit -u 1",
	} {
		c := exec.Command("/bin/bash", "-c", limit+`; exec "$0" "$@"`, filepath.Join(bin, "go3sh"), "-e", busy, "-e", "q := raw_tp:sched_switch { m[pid]++ }", "--for", "100ms")
		var out bytes.Buffer
		c.Stderr = &out
		err := c.Run()
		said := strings.TrimSpace(out.String())
		ran := strings.HasPrefix(limit, "ulimit -v") && (strings.HasPrefix(said, "fatal error: ") || strings.HasPrefix(said, "runtime: ")) // Go's runtime has no memory to say more
		if err != nil && !ran && !strings.HasPrefix(said, "go3sh: ") && !strings.Contains(said, "[") {
			t.Errorf("%s: %v\n%.800s", limit, err, said)
		}
		if err != nil && said == "" {
			t.Errorf("%s: it fails (%v) without a word", limit, err)
		}
	}
	settled(t, before)
}

// settled waits until the kernel has no more objects than before. Others may come and go beside this test, so that fewer are well, too.
func settled(t *testing.T, before map[string]int) {
	t.Helper()
	var now map[string]int
	for range 3000 {
		if now = census(t); now["programs"] <= before["programs"] && now["maps"] <= before["maps"] {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the kernel had %v, and has %v", before, now)
}

// The kernel kills what takes more memory than its group may.
func TestNothingIsLeftWhenMemoryRunsOut(t *testing.T) {
	needRoot(t)
	group := filepath.Join("/sys/fs/cgroup/memory", fmt.Sprintf("go3sh-test-%d", os.Getpid()))
	limit, procs := "memory.limit_in_bytes", "cgroup.procs"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		group, limit = filepath.Join("/sys/fs/cgroup", filepath.Base(group)), "memory.max"
	}
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(group)
	c := trace(t, null(t), filepath.Join(bin, "go3sh"), "-e", busy)
	for _, f := range []struct{ name, text string }{{procs, strconv.Itoa(c.Process.Pid)}, {limit, "4096"}} {
		_ = os.WriteFile(filepath.Join(group, f.name), []byte(f.text), 0o644)
	}
	// What it has is charged elsewhere; what it needs next is not to be had.
	_ = os.WriteFile(filepath.Join(group, limit), []byte("0"), 0o644)
	select {
	case <-time.After(5 * time.Second):
		_ = c.Process.Kill() // it needed nothing; killed it is all the same
	case <-dead(c.Process.Pid):
	}
	if got := c.ended(t); got != -1 {
		t.Errorf("exit status %d, want a signal", got)
	}
}

// dead is closed when a process is a zombie.
func dead(pid int) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for range 3000 {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if _, state, ok := strings.Cut(string(text), ") "); err != nil || ok && strings.HasPrefix(state, "Z") {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return gone
}

// Two shells at once have tables of their own, count each for themselves, and the end of one leaves the other alone.
func TestTwoShellsDoNotDisturbEachOther(t *testing.T) {
	a, b := sit(t), sit(t)
	for _, u := range []*user{a, b} {
		u.sees("go3sh> ")
	}
	probe := `p := syscalls:sys_enter_openat @comm == "opener" { %s }` + "\r"
	a.types(fmt.Sprintf(probe, "n++"))
	b.types(fmt.Sprintf(probe, "n += 10"))
	a.sees("attached p")
	b.sees("attached p")
	open(t, "50")
	a.types("n\r")
	a.sees("n  50")
	b.types("n\r")
	b.sees("n  500")
	b.types(":clear n\r")
	b.sees("go3sh> ")
	b.types(":detach p\r")
	b.sees("go3sh> ")
	if err := b.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	open(t, "7")
	a.types("n\r")
	a.sees("n  57")
	a.types(ctrlD)
	a.leaves(exitOK)
}

// Two shells have probes at one tracepoint. Whatever one does with its own, is edited, suspended or killed, the other counts each event once; and the system log is told of both.
func TestTwoShellsAtOneTracepointAreExactAndInTheJournal(t *testing.T) {
	start, lines := systemLog(t)
	a, b := sitOn(t, t.TempDir(), nil, start[0], start[1:]...), sitOn(t, t.TempDir(), nil, start[0], start[1:]...)
	probe := `p := syscalls:sys_enter_openat @comm == "opener" { %s }` + "\r"
	for _, u := range []*user{a, b} {
		u.sees("go3sh> ")
		u.types(fmt.Sprintf(probe, "n++"))
		u.sees("attached p")
	}
	total := 0
	counted := func(what string) {
		t.Helper()
		total += 50
		open(t, "50")
		a.types("n\r")
		a.sees(fmt.Sprintf("n  %d\r\n", total))
		t.Log(what)
	}
	counted("both attached")
	b.types("n\r")
	b.sees("n  50\r\n")
	b.types(fmt.Sprintf(probe, "n++; m++"))
	b.sees("swapped p v2")
	counted("the other edited")
	b.types(":suspend p\r")
	b.sees("suspended p")
	counted("the other suspended")
	b.types("n\r")
	b.sees("n  100\r\n")
	b.types(":resume p\r")
	b.sees("resumed p")
	counted("the other resumed")
	b.types("n\r")
	b.sees("n  150\r\n")
	killed, left := b.process.Process.Pid, a.process.Process.Pid
	if err := b.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	counted("the other killed")
	a.types(ctrlD)
	a.leaves(exitOK)
	what := regexp.MustCompile(`(\w+) hook=syscalls:sys_enter_openat probe=p tag=[0-9a-f]{16} uid=0 .*tty=pts/\d+$`)
	for pid, want := range map[int]string{left: "attach detach", killed: "attach replace"} {
		var got []string
		for _, line := range lines(pid) {
			if m := what.FindStringSubmatch(line); m != nil {
				got = append(got, m[1])
			} else {
				t.Errorf("the journal got %q", line)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("of process %d the journal got %q, want %s", pid, got, want)
		}
	}
}

// systemLog listens where the system log does, for what is started by start. The function returns what has come from a process.
func systemLog(t *testing.T) (start []string, lines func(pid int) []string) {
	t.Helper()
	needRoot(t)
	socket := filepath.Join(t.TempDir(), "log")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	start = []string{filepath.Join(bin, "go3sh")}
	if err := os.Symlink(socket, journal.Socket); err == nil {
		t.Cleanup(func() { _ = os.Remove(journal.Socket) })
	} else { // there is a log: what is started sees this one in its place
		start = []string{"unshare", "-m", "/bin/sh", "-c", `mount --bind "$1" "$2" && exec "$0"`, start[0], socket, journal.Socket}
	}
	var mu sync.Mutex
	var all []string
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			mu.Lock()
			all = append(all, string(buf[:n]))
			mu.Unlock()
		}
	}()
	return start, func(pid int) (got []string) {
		time.Sleep(100 * time.Millisecond) // for what has been sent to be read
		mu.Lock()
		defer mu.Unlock()
		for _, line := range all {
			if _, text, ok := strings.Cut(line, fmt.Sprintf("go3sh[%d]: ", pid)); ok {
				got = append(got, text)
			}
		}
		return got
	}
}

// Nothing is pinned: whatever holds an object of the kernel is a descriptor or a link of this process.
func TestNothingIsPinned(t *testing.T) {
	needRoot(t)
	c := trace(t, null(t), filepath.Join(bin, "go3sh"), "-e", busy)
	pins := 0
	_ = filepath.WalkDir("/sys/fs/bpf", func(path string, _ os.DirEntry, err error) error {
		if err == nil && path != "/sys/fs/bpf" && strings.Contains(path, "go3s") {
			pins++
		}
		return nil
	})
	if pins > 0 {
		t.Errorf("%d pins", pins)
	}
	_ = c.Process.Kill()
	c.ended(t)
}
