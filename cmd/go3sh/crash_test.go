package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go3s/cmd/go3sh/keeper"
	"go3s/demo"
)

// panicVar names the file whose appearance makes a goroutine panic when this test binary is started as go3sh.
const panicVar = "GO3SH_TEST_PANIC"

// drawingVar has it panic while it draws a screen, instead of in a goroutine of its own.
const drawingVar = "GO3SH_TEST_PANIC_DRAWING"

// hostile is a text that would do things to a terminal.
const hostile = "boom \x1b]0;title\x07\x1b[2J\x9b2J\u202e"

// asProgram is go3sh itself, with a goroutine that panics, where a test or a keeper has started this binary as that.
func asProgram() {
	file := os.Getenv(panicVar)
	if file == "" && (len(os.Args) != 2 || os.Args[1] != keeper.Flag) {
		return
	}
	watched = func() {
		if _, err := os.Stat(file); err == nil {
			panic(hostile)
		}
	}
	go func() {
		for file != "" && os.Getenv(drawingVar) == "" && !slices.Contains(os.Args, demo.WorkFlag) {
			if _, err := os.Stat(file); err == nil {
				panic(hostile)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	main()
	os.Exit(0)
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// sitInShell starts a program on a new terminal as a shell does that goes on when it is gone, and then tells its status.
func sitInShell(t *testing.T, program string, env []string, args ...string) *user {
	t.Helper()
	shell := fmt.Sprintf("%s %s; echo status $?; sleep 0.3; stty -a; read -r wait", program, strings.Join(args, " "))
	return sitOn(t, t.TempDir(), env, "/bin/sh", "-c", shell)
}

// child is the process that the shell runs; it is waited for.
func (u *user) child() int {
	u.t.Helper()
	for range 1000 {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", u.process.Process.Pid))
		var pid int
		if n, _ := fmt.Sscan(string(text), &pid); n == 1 {
			return pid
		}
		time.Sleep(10 * time.Millisecond)
	}
	u.t.Fatal("the shell has no child")
	return 0
}

// end is the end of a long text.
func end(text string) string { return text[max(0, len(text)-2000):] }

// givenBack checks that the terminal shows lines again, with a cursor and without mouse, and edits them itself.
func (u *user) givenBack(status string) {
	u.t.Helper()
	from := u.seen
	u.sees(status)
	u.sees(" icanon")
	u.sees(" echo ")
	u.seen = from // what the keeper shows may stand before the status or behind it
	u.sees("\x1b[?25h")
	text := u.text()
	last := func(what string) int { return strings.LastIndex(text, what) }
	for _, mode := range []string{"?1049", "?1002", "?2004"} {
		if last("\x1b["+mode+"h") > last("\x1b["+mode+"l") {
			u.t.Errorf("the terminal was left in the mode %s; it was sent\n%q", mode, end(text))
		}
	}
	if last("\x1b[?25l") > last("\x1b[?25h") {
		u.t.Errorf("the terminal was left without a cursor; it was sent\n%q", end(text))
	}
}

// However go3sh ends, the terminal is as it was, and the kernel too.
func TestTheTerminalComesBackWhateverHappens(t *testing.T) {
	const killed, told = "status 137", "status 0"
	for _, c := range []struct {
		name   string
		args   []string
		end    func(pid int) error
		status string
	}{
		{"killed at the prompt", nil, func(pid int) error { return unix.Kill(pid, unix.SIGKILL) }, killed},
		{"killed on the full screen", []string{"--demo"}, func(pid int) error { return unix.Kill(pid, unix.SIGKILL) }, killed},
		{"asked to end on the full screen", []string{"--demo"}, func(pid int) error { return unix.Kill(pid, unix.SIGTERM) }, told},
		{"hung up", []string{"--demo"}, func(pid int) error { return unix.Kill(pid, unix.SIGHUP) }, told},
		{"crashed on the full screen", []string{"--demo"}, func(pid int) error { return unix.Kill(pid, unix.SIGSEGV) }, "status 2"},
		{"asked twice", []string{"--demo"}, func(pid int) error {
			err := unix.Kill(pid, unix.SIGTERM)
			time.Sleep(patience + 100*time.Millisecond)
			_ = unix.Kill(pid, unix.SIGTERM) // it may have gone
			return err
		}, "status "},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := sitInShell(t, filepath.Join(bin, "go3sh"), nil, c.args...)
			pid := u.child()
			if c.args == nil {
				u.sees("go3sh> ")
				u.types("p := sched:sched_switch { n++ }\r")
				u.sees("attached p")
			} else {
				u.sees("3 probes")
			}
			held, err := heldBy(pid)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.end(pid); err != nil {
				t.Fatal(err)
			}
			u.givenBack(c.status)
			if err := held.gone(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAPanicInAnyGoroutineIsOneLineAndTheTerminalComesBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		args    []string
		drawing bool
		stack   bool
		status  string
	}{
		{"prompt", nil, false, false, "status 2"},
		{"screen", []string{"--demo"}, false, false, "status 2"},
		{"with -v", []string{"--demo", "-v"}, false, true, "status 2"},
		{"while the screen is drawn", []string{"--demo"}, true, false, "status 70"},
		{"while the screen is drawn, with -v", []string{"--demo", "-v"}, true, true, "status 70"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "panic")
			env := []string{panicVar + "=" + file}
			if c.drawing {
				env = append(env, drawingVar+"=yes")
			}
			u := sitInShell(t, self(t), env, c.args...)
			pid := u.child()
			if c.args == nil {
				u.sees("go3sh> ")
				u.types("p := sched:sched_switch { n++ }\r")
				u.sees("attached p")
			} else {
				u.sees("3 probes")
			}
			held, err := heldBy(pid)
			if err != nil {
				t.Fatal(err)
			}
			u.mu.Lock()
			u.seen = u.screen.Len()
			u.mu.Unlock()
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			u.givenBack(c.status)
			if want := "go3sh: internal error, please report it: "; !strings.Contains(u.text(), want) || !strings.Contains(u.text(), "boom ") {
				t.Errorf("it does not say %q; the terminal was sent\n%q", want, end(u.text()))
			}
			if got := strings.Contains(u.text(), "crash_test.go"); got != c.stack {
				t.Errorf("the stack is shown: %v, want %v; the terminal was sent\n%q", got, c.stack, end(u.text()))
			}
			for _, raw := range []string{"\x1b]0;title", "\x1b[2J\x9b"} {
				if strings.Contains(u.text(), raw) {
					t.Errorf("the panic's text has reached the terminal: %q in\n%q", raw, end(u.text()))
				}
			}
			if err := held.gone(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Without a terminal a crash is told by the runtime, and has a status that is not 0.
func TestACrashWithoutATerminalLeavesNothing(t *testing.T) {
	needRoot(t)
	file := filepath.Join(t.TempDir(), "panic")
	c := exec.Command(self(t), "-e", "sched:sched_switch { n++ }")
	c.Env = append(os.Environ(), panicVar+"="+file)
	var stderr strings.Builder
	c.Stderr = &stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	held, err := heldBy(c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || !strings.HasPrefix(stderr.String(), "panic: boom") {
		t.Errorf("it ends with %v and says\n%s", err, stderr.String())
	}
	if err := held.gone(); err != nil {
		t.Error(err)
	}
}
