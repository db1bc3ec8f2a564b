package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// user sits at a terminal with go3sh on it.
type user struct {
	t        *testing.T
	terminal *os.File
	process  *exec.Cmd
	home     string
	ended    chan error
	glass    *glass // what is on its screen
	taken    int    // bytes that glass has been given

	mu     sync.Mutex
	screen strings.Builder
	seen   int // bytes of the screen that expect has passed
}

// sit starts go3sh on a new terminal, at a new home.
func sit(t *testing.T, args ...string) *user {
	t.Helper()
	return sitWith(t, t.TempDir(), nil, args...)
}

// sitWith starts go3sh on a new terminal with more of an environment.
func sitWith(t *testing.T, home string, env []string, args ...string) *user {
	t.Helper()
	return sitOn(t, home, env, filepath.Join(bin, "go3sh"), args...)
}

// sitOn starts a program on a new terminal.
func sitOn(t *testing.T, home string, env []string, program string, args ...string) *user {
	t.Helper()
	needRoot(t)
	outer, inner, err := openTerminal()
	if err != nil {
		t.Fatal(err)
	}
	u := &user{t: t, terminal: outer, home: home, ended: make(chan error, 1)}
	u.process = exec.Command(program, args...)
	u.process.Env = append(os.Environ(), "HOME="+u.home, "XDG_STATE_HOME=", "TERM=xterm-256color", "PATH="+bin+":"+os.Getenv("PATH"), "NO_COLOR=")
	u.process.Env = append(u.process.Env, env...)
	u.process.Stdin, u.process.Stdout, u.process.Stderr = inner, inner, inner
	u.process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = u.process.Start()
	inner.Close()
	if err != nil {
		t.Fatal(err)
	}
	go func() { u.ended <- u.process.Wait() }()
	go u.watch()
	t.Cleanup(func() {
		_ = u.process.Process.Kill()
		_ = outer.Close()
	})
	return u
}

// openTerminal makes a pseudo-terminal of 100 columns and 30 lines.
func openTerminal() (outer, inner *os.File, err error) {
	outer, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(outer.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 100}))
	if err == nil {
		inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, outer.Close())
	}
	return outer, inner, nil
}

func (u *user) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := u.terminal.Read(buf)
		u.answer(string(buf[:n]))
		u.mu.Lock()
		u.screen.Write(buf[:n])
		u.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// answer does what a terminal does when it is asked for its background and the place of its cursor.
func (u *user) answer(sent string) {
	for _, c := range []struct{ ask, answer string }{
		{"\x1b]11;?", "\x1b]11;rgb:0000/0000/0000\x1b\\"},
		{"\x1b[6n", "\x1b[1;1R"},
	} {
		if strings.Contains(sent, c.ask) {
			_, _ = u.terminal.WriteString(c.answer)
		}
	}
}

// types presses keys.
func (u *user) types(keys string) {
	u.t.Helper()
	if _, err := u.terminal.WriteString(keys); err != nil {
		u.t.Fatal(err)
	}
}

// sees waits until the terminal has been sent text, after all that was seen before.
func (u *user) sees(text string) {
	u.t.Helper()
	for range 1000 {
		u.mu.Lock()
		at := strings.Index(u.screen.String()[u.seen:], text)
		if at >= 0 {
			u.seen += at + len(text)
		}
		u.mu.Unlock()
		if at >= 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.t.Fatalf("the terminal does not show %q; it was sent, after what was expected before,\n%q", text, u.screen.String()[u.seen:])
}

// text is all that the terminal was sent.
func (u *user) text() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.screen.String()
}

// leaves waits for the end of go3sh and checks its status and that the terminal is as it was.
func (u *user) leaves(want int) {
	u.t.Helper()
	select {
	case <-u.ended:
	case <-time.After(10 * time.Second):
		u.t.Fatal("go3sh does not end")
	}
	if got := u.process.ProcessState.ExitCode(); got != want {
		u.t.Errorf("exit status %d, want %d; the terminal shows\n%q", got, want, u.text())
	}
	mode, err := unix.IoctlGetTermios(int(u.terminal.Fd()), unix.TCGETS)
	if err != nil {
		u.t.Fatal(err)
	}
	if cooked := uint32(unix.ECHO | unix.ICANON | unix.ISIG); mode.Lflag&cooked != cooked {
		u.t.Errorf("the terminal was left in raw mode: %#x", mode.Lflag)
	}
}

const (
	ctrlC = "\x03"
	ctrlD = "\x04"
	up    = "\x1b[A"
)

func TestPromptCompletesAndLeaves(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	u.types("enter_openat\t")
	u.sees("syscalls:sys_enter_openat")
	u.types(ctrlC)
	u.sees("go3sh> ")
	u.types(":he\t")
	u.sees("help ")
	u.types("keys\r")
	u.sees("Ctrl-D       leave")
	u.types(up)
	u.sees(":help keys")
	u.types(ctrlC + ctrlD)
	u.leaves(exitOK)
	if text, err := os.ReadFile(filepath.Join(u.home, ".local/state/go3sh/history")); err != nil || string(text) != ":help keys\n" {
		t.Errorf("the history holds %q (%v)", text, err)
	}
}

func TestPromptEndsWithTheProcessesSignals(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		u := sit(t)
		u.sees("go3sh> ")
		u.types("sched:sched_switch { half a li")
		u.sees("half a li")
		if err := u.process.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		u.leaves(exitOK)
	}
}

func TestPromptIsNotEndedByAnInterruptBetweenLines(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	for range 3 {
		if err := u.process.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	u.types(":help pid\r")
	u.sees("the process: uint32")
	u.types(ctrlD)
	u.leaves(exitOK)
}

func TestPromptShowsLiveCountsAndComesBackFromTheView(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	u.types("syscalls:sys_enter_openat @comm == \"opener\" {\r")
	u.sees("...> ")
	u.types("opens[comm]++ }\r")
	u.sees("attached sys_enter_openat (")
	if out, err := exec.Command(filepath.Join(bin, "opener"), "1234").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	u.types("opens\r")
	u.sees("1234")
	u.types(":view\r")
	u.sees("\x1b[?1049h") // the other screen
	u.sees("1,234")
	u.types("q")
	u.sees("\x1b[?1049l")
	u.sees("go3sh> ")
	u.types(":probes\r")
	u.sees("attached")
	u.types(":quit\r")
	u.sees("1234")
	u.leaves(exitOK)
}

func TestPromptShowsLogLinesAboveTheLine(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	u.types("syscalls:sys_enter_openat @comm == \"opener\" { printf(\"%s opened\\n\", str(ctx.filename)) }\r")
	u.sees("attached sys_enter_openat (")
	u.sees("go3sh> ")
	u.types("half a li")
	u.sees("half a li")
	if out, err := exec.Command(filepath.Join(bin, "opener"), "1").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	u.sees("/tmp/opener-000000000 opened\r\n")
	u.sees("half a li") // drawn again below it
	u.types(ctrlC + ctrlD)
	u.leaves(exitOK)
}

func TestViewIsWhereItStartsWhenAsked(t *testing.T) {
	u := sit(t, "--view", "-e", `syscalls:sys_enter_openat @comm == "opener" { opens[comm]++ }`)
	u.sees("\x1b[?1049h")
	u.sees("opens")
	u.types("q")
	u.sees("\x1b[?1049l")
	u.sees("go3sh> ")
	u.types(ctrlD)
	u.leaves(exitOK)
}

func TestDemoOpensTheView(t *testing.T) {
	u := sit(t, "--demo")
	u.sees("\x1b[?1049h")
	u.sees("demo-open")
	u.types("q")
	u.sees("\x1b[?1049l")
	u.sees("go3sh> ")
	u.types(ctrlD)
	u.leaves(exitOK)
}

func TestCtrlCEndsTracingAndPrints(t *testing.T) {
	u := sit(t, "-e", `syscalls:sys_enter_openat @comm == "opener" { printf("ready\n"); opens[comm]++ }`)
	for range 200 {
		_ = exec.Command(filepath.Join(bin, "opener"), "1").Run()
		if strings.Contains(u.text(), "ready") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	u.sees("ready")
	u.types(ctrlC)
	u.sees("opener")
	u.leaves(exitOK)
	if strings.Contains(u.text(), "\x1b") {
		t.Errorf("without a screen the terminal was sent escapes: %q", u.text())
	}
}
