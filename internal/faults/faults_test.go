package faults

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session"
)

const childVar = "GO3SH_TEST_FAULTS"

// TestMain is also the process whose calls fail: it asks for a failure by a line on standard output, waits for a line on standard input,
// and tells what it finds wrong.
func TestMain(m *testing.M) {
	if os.Getenv(childVar) == "" {
		os.Exit(m.Run())
	}
	fd, err := Install()
	if err != nil {
		fmt.Println("wrong", err)
		return
	}
	fmt.Println("listener", fd)
	c := &culprit{in: bufio.NewReader(os.Stdin)}
	c.answer()
	c.run()
	fmt.Println("end")
}

// culprit is the process whose calls fail.
type culprit struct {
	in    *bufio.Reader
	where string
}

func (c *culprit) answer() string {
	line, err := c.in.ReadString('\n')
	if err != nil {
		os.Exit(1)
	}
	return strings.TrimSpace(line)
}

// arm has the nth call from now on fail, and returns what has failed since the last time.
func (c *culprit) arm(n int) string {
	fmt.Println("arm", n)
	return c.answer()
}

func (c *culprit) wrong(format string, args ...any) {
	fmt.Println("wrong", strings.ReplaceAll(c.where+": "+fmt.Sprintf(format, args...), "\n", " "))
}

var (
	first  = source.Cell{Name: "first", Text: fmt.Sprintf("a := syscalls:sys_enter_getppid @pid == %d { n++; by[comm]++ }", os.Getpid())}
	second = source.Cell{Name: "second", Text: fmt.Sprintf(`b := syscalls:sys_exit_getppid @pid == %d { printf("%%d\n", pid); m[tid] = 1; h.hist(nsecs) }
c := raw_tp:sys_enter @pid == %[1]d { k[comm]++ }
d := interval:1s { ticks++ }`, os.Getpid())}
)

// run fails each call of opening, of an edit and of closing in turn.
func (c *culprit) run() {
	c.where = "without failures"
	c.open(0) // what is made once for the process is made here
	c.edit(0)
	c.end(0)
	for _, part := range []func(n int) bool{c.open, c.edit, c.end} {
		for n := 1; part(n); n++ {
		}
	}
}

// leaks reports files that stay open. Those that are opened once for the process are when nothing fails yet.
func (c *culprit) leaks(before int) {
	if !strings.Contains(c.where, "call ") {
		return
	}
	var now int
	for range 200 {
		if now = Descriptors(); now <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.wrong("%d files open before, %d after", before, now)
}

func (c *culprit) open(n int) (more bool) {
	before := Descriptors()
	c.arm(n)
	s, err := open()
	if err == nil {
		r := s.Enter(first)
		if what := c.arm(0); what == "" {
			more = false
		} else {
			more, c.where = true, fmt.Sprintf("open: call %d, %s", n, what)
		}
		if !r.OK() && !more {
			c.wrong("it is refused without a failure: %v %v", r.Diags, r.Err)
		}
		if err := s.Close(); err != nil {
			c.wrong("close: %v", err)
		}
	} else {
		more, c.where = true, fmt.Sprintf("open: call %d, %s", n, c.arm(0))
	}
	c.leaks(before)
	return more
}

func open() (*session.Session, error) {
	k, err := attach.Open(attach.Options{})
	if err != nil {
		return nil, err
	}
	s, err := session.Open(k, session.Options{})
	if err != nil {
		_ = k.Close()
	}
	return s, err
}

// counts checks that a session's probe runs as often as it should.
func (c *culprit) counts(s *session.Session, name string) {
	events := func() uint64 {
		for _, p := range s.Probes() {
			if p.Name == name {
				return p.Stats.Events
			}
		}
		return 0
	}
	before := events()
	const calls = 10
	for range calls {
		_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
	}
	if got := events() - before; got != calls {
		c.wrong("%s has counted %d events of %d", name, got, calls)
	}
}

func states(s *session.Session) (all []string) {
	for _, p := range s.Probes() {
		if p.State != session.Gone {
			all = append(all, fmt.Sprint(p.Name, " ", p.State, " v", p.Version))
		}
	}
	for _, cell := range s.Cells() {
		all = append(all, cell.Text)
	}
	return all
}

func (c *culprit) edit(n int) (more bool) {
	s, err := open()
	if err != nil {
		c.wrong("open: %v", err)
		return false
	}
	defer s.Close()
	if r := s.Enter(first); !r.OK() {
		c.wrong("first: %v %v", r.Diags, r.Err)
		return false
	}
	before, files := states(s), Descriptors()
	c.arm(n)
	r := s.Enter(second)
	what := c.arm(0)
	if what != "" {
		c.where = fmt.Sprintf("edit: call %d, %s", n, what)
	}
	if !r.OK() {
		if what == "" {
			c.wrong("it is refused without a failure: %v %v", r.Diags, r.Err)
		}
		if got := states(s); !slices.Equal(got, before) {
			c.wrong("the edit was refused; the session had %q and has %q", before, got)
		}
		// For each of three types of hooks a program that does nothing stays for the next time, and a dispatcher with its array.
		c.leaks(files + 3*(1+2))
		if r := s.Enter(second); !r.OK() {
			c.wrong("once more: %v %v", r.Diags, r.Err)
		}
	}
	c.counts(s, "a")
	c.counts(s, "b")
	return what != ""
}

func (c *culprit) end(n int) bool {
	before := Descriptors()
	s, err := open()
	if err != nil {
		c.wrong("open: %v", err)
		return false
	}
	for _, cell := range []source.Cell{first, second} {
		if r := s.Enter(cell); !r.OK() {
			c.wrong("%v %v", r.Diags, r.Err)
		}
	}
	c.arm(n)
	_ = s.Close() // which may well say that something has failed
	what := c.arm(0)
	if what != "" {
		c.where = fmt.Sprintf("close: call %d, %s", n, what)
	}
	c.leaks(before)
	return what != ""
}

// Every system call of opening a session, of an edit of it and of its end fails once. Each time the edit is taken back whole, what ran
// before runs on and counts each event, no file stays open, and the edit works when it is tried again.
func TestEverySystemCallMayFail(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("this test attaches probes and needs root: sudo make test")
	}
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), childVar+"=1")
	c.Stderr = os.Stderr
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	var judge *Judge
	failed := map[string]int{}
	ended := false
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		what, rest, _ := strings.Cut(lines.Text(), " ")
		n := 0
		_, _ = fmt.Sscan(rest, &n)
		hit := ""
		switch what {
		case "listener":
			if judge, err = Preside(c.Process.Pid, n); err != nil {
				t.Fatal(err)
			}
		case "arm":
			if hit = judge.Arm(n, unix.ENOMEM); hit != "" {
				call, _, _ := strings.Cut(hit, "(")
				failed[call]++
			}
		case "end":
			ended = true
			continue
		default:
			t.Error(lines.Text())
			continue
		}
		if _, err := fmt.Fprintln(stdin, hit); err != nil {
			t.Fatal(err)
		}
	}
	if !ended {
		t.Error("the process has crashed")
	}
	t.Logf("calls that have failed: %v", failed)
	for _, call := range []string{"bpf", "perf_event_open", "ioctl", "mmap", "openat"} {
		if failed[call] == 0 {
			t.Errorf("no %s has failed, so this test shows nothing", call)
		}
	}
}
