package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestCountIsExactEveryTime runs the count twenty times, from one thread and from four in turn.
func TestCountIsExactEveryTime(t *testing.T) {
	needRoot(t)
	row := regexp.MustCompile(`(?m)^ *opener +(\d+)$`)
	for i := range 20 {
		command := filepath.Join(bin, "opener") + " 100000"
		if i%2 == 1 {
			command += " 4"
		}
		out, err := exec.Command(filepath.Join(bin, "go3sh"), "-e", "syscalls:sys_enter_openat { opens[comm]++ }", "-c", command).Output()
		if err != nil {
			t.Fatal(err)
		}
		if m := row.FindSubmatch(out); m == nil || string(m[1]) != "100000" {
			t.Errorf("run %d, %s:\n%s", i, command, out)
		}
	}
}

// TestProcessIsFollowedExactly attaches to a process that has a child already, then has both start others. -p ends when it does.
func TestProcessIsFollowedExactly(t *testing.T) {
	needRoot(t)
	const starts = `i=0; while [ $i -lt 20 ]; do opener 100 & i=$((i+1)); done; wait`
	parent := exec.Command("/bin/sh", "-c", "mkfifo pipe; (read go; "+starts+") <pipe & exec 4>pipe; read go; echo go >&4; "+starts)
	parent.Dir = t.TempDir()
	parent.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	stdin, err := parent.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(filepath.Join(bin, "go3sh"), "--json", "-p", strconv.Itoa(parent.Process.Pid), "-e", "syscalls:sys_enter_openat { opens[comm]++ }")
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || !strings.Contains(lines.Text(), `"type":"attached"`) {
		t.Fatalf("the first line is %s", lines.Text())
	}
	if _, err := stdin.Write([]byte("go\n")); err != nil {
		t.Fatal(err)
	}
	if err := parent.Wait(); err != nil {
		t.Fatal(err)
	}
	var last string
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"type":"map"`) {
			last = lines.Text()
		}
	}
	if err := c.Wait(); err != nil || !strings.Contains(last, `{"opens":"opener"},"value":4000,`) {
		t.Errorf("%v, and the map is\n%s", err, last)
	}
}

// TestSwitchesAgreeWithTheKernel compares a count of context switches with the kernel's own. The trace is a little longer than the
// time that the command brackets; on a busy machine that can be more than it should be, so there are a few tries.
func TestSwitchesAgreeWithTheKernel(t *testing.T) {
	needRoot(t)
	stop := pingPong(t)
	defer stop()
	for try := 1; ; try++ {
		counted, kernel := switches(t)
		if kernel < 10_000 {
			t.Fatalf("only %d switches: the load does not run", kernel)
		}
		d := counted - kernel
		switch {
		case d*100 <= kernel && d*100 >= -kernel:
			return
		case d < 0 || try == 5:
			t.Fatalf("counted %d switches, the kernel %d", counted, kernel)
		}
	}
}

// switches counts context switches for two seconds with go3sh, and as the kernel does.
func switches(t *testing.T) (counted, kernel int) {
	t.Helper()
	out, err := exec.Command(filepath.Join(bin, "go3sh"), "-e", "sched:sched_switch { sw[cpu]++ }",
		"--all", "-c", "grep ctxt /proc/stat; sleep 2; grep ctxt /proc/stat").Output()
	if err != nil {
		t.Fatal(err)
	}
	ctxt := regexp.MustCompile(`(?m)^ctxt (\d+)$`).FindAllSubmatch(out, -1)
	rows := regexp.MustCompile(`(?m)^ +\d+ +(\d+)$`).FindAllSubmatch(out, -1)
	if len(ctxt) != 2 || len(rows) == 0 {
		t.Fatalf("unexpected output\n%s", out)
	}
	for _, r := range rows {
		counted += number(t, r[1])
	}
	return counted, number(t, ctxt[1][1]) - number(t, ctxt[0][1])
}

func number(t *testing.T, text []byte) int {
	t.Helper()
	n, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// pingPong makes context switches: two threads hand a byte to and fro.
func pingPong(t *testing.T) (stop func()) {
	t.Helper()
	var there, back [2]int
	if err := errors.Join(unix.Pipe2(there[:], unix.O_CLOEXEC), unix.Pipe2(back[:], unix.O_CLOEXEC)); err != nil {
		t.Fatal(err)
	}
	player := func(in, out int) {
		runtime.LockOSThread()
		var b [1]byte
		for {
			if n, err := unix.Read(in, b[:]); n != 1 || err != nil {
				_ = unix.Close(out)
				_ = unix.Close(in)
				return
			}
			if _, err := unix.Write(out, b[:]); err != nil {
				_ = unix.Close(out)
				_ = unix.Close(in)
				return
			}
			time.Sleep(20 * time.Microsecond)
		}
	}
	go player(there[0], back[1])
	ball := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		b := []byte{1}
		for {
			select {
			case <-ball:
				_ = unix.Close(there[1])
				_ = unix.Close(back[0])
				return
			default:
			}
			_, _ = unix.Write(there[1], b)
			_, _ = unix.Read(back[0], b)
		}
	}()
	return func() { close(ball) }
}

// TestSittingsLeaveNoDescriptorsAndGoroutines runs whole sittings in this process.
func TestSittingsLeaveNoDescriptorsAndGoroutines(t *testing.T) {
	needRoot(t)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	stdout := os.Stdout
	os.Stdout = null
	defer func() { os.Stdout = stdout }()

	once := func() {
		for _, args := range [][]string{
			{"-e", `sched:sched_switch { n++; by[comm]++ }`, "-e", `syscalls:sys_enter_openat { printf("%s\n", comm) }`, "-c", "true"},
			{"--json", "-e", `sched:sched_switch { printf("%d\n", pid) }`, "--for", "10ms"},
			{"--check", "-e", "sched:sched_switch { n++ }"},
		} {
			if status := run(args); status != exitOK {
				t.Fatalf("go3sh %q ends with status %d", args, status)
			}
		}
	}
	once() // what is made once for the process, such as the netpoller, is made here
	files, routines := descriptors(t), runtime.NumGoroutine()
	for range 5 {
		once()
	}
	for range 500 {
		if descriptors(t) == files && runtime.NumGoroutine() <= routines {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("descriptors before\n%s\nafter\n%s\n%d goroutines before, after\n%s", files, descriptors(t), routines,
		stacks[:runtime.Stack(stacks, true)])
}

// descriptors are the open files of this process, sorted by number.
func descriptors(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		// The descriptor of this very ReadDir is gone by now.
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			all = append(all, fmt.Sprintf("%s %s", e.Name(), target))
		}
	}
	return strings.Join(all, "\n")
}
