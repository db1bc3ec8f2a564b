package view

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go3s/session"
	"go3s/session/sessiontest"
	"go3s/session/table"
)

// terminal is a pseudo-terminal: what is written to keys is typed, and what appears on it is kept.
type terminal struct {
	t     *testing.T
	keys  *os.File
	tty   *os.File
	modes unix.Termios // before anything ran on it
	mu    sync.Mutex
	seen  bytes.Buffer
}

func newTerminal(t *testing.T, w, h int) *terminal {
	t.Helper()
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("LC_ALL", "C.UTF-8")
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(w), Row: uint16(h)}); err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, keys: master, tty: tty, modes: modes(t, tty)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			term.mu.Lock()
			term.seen.Write(b[:n])
			term.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		tty.Close()
		master.Close()
		<-done
	})
	return term
}

func modes(t *testing.T, tty *os.File) unix.Termios {
	t.Helper()
	m, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

// text is all that has been written to the terminal.
func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.seen.String()
}

// await waits until the terminal has been sent s.
func (term *terminal) await(s string) {
	term.t.Helper()
	for range 2000 {
		if strings.Contains(term.text(), s) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	term.t.Fatalf("%q did not appear; the terminal was sent:\n%q", s, term.text())
}

// restored checks that the terminal is as it was: its modes, the screen, the cursor.
func (term *terminal) restored() {
	term.t.Helper()
	if got := modes(term.t, term.tty); got != term.modes {
		term.t.Errorf("modes are %v, were %v", got, term.modes)
	}
	term.await("\x1b[?1049l")
	term.await("\x1b[?25h")
	text := term.text()
	for on, off := range map[string]string{"\x1b[?1049h": "\x1b[?1049l", "\x1b[?25l": "\x1b[?25h", "\x1b[?2004h": "\x1b[?2004l"} {
		if strings.LastIndex(text, on) > strings.LastIndex(text, off) {
			term.t.Errorf("%q was not taken back", on)
		}
	}
}

// open is an empty session on a kernel of its own.
func open(t *testing.T) *session.Session {
	t.Helper()
	s, err := session.Open(sessiontest.NewKernel(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestRunShowsTheSessionUntilQ(t *testing.T) {
	term := newTerminal(t, 80, 24)
	out := make(chan error)
	go func() { out <- Run(t.Context(), open(t), Options{In: term.tty, Out: term.tty}) }()
	term.await("no maps yet")
	term.await("lost 0")
	if _, err := term.keys.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if err := <-out; err != nil {
		t.Errorf("q returned %v, want nil", err)
	}
	term.restored()
}

func TestRunEndsWithItsContext(t *testing.T) {
	term := newTerminal(t, 80, 24)
	why := errors.New("time is up")
	ctx, cancel := context.WithCancelCause(t.Context())
	out := make(chan error)
	go func() { out <- Run(ctx, open(t), Options{In: term.tty, Out: term.tty}) }()
	term.await("no maps yet")
	cancel(why)
	if err := <-out; !errors.Is(err, why) {
		t.Errorf("returned %v, want %v", err, why)
	}
	term.restored()
}

func TestRunEndsOnSIGTERM(t *testing.T) {
	term := newTerminal(t, 80, 24)
	out := make(chan error)
	go func() { out <- Run(t.Context(), open(t), Options{In: term.tty, Out: term.tty}) }()
	term.await("no maps yet")
	if err := unix.Kill(unix.Getpid(), unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-out; err == nil || !strings.Contains(err.Error(), "terminated") {
		t.Errorf("returned %v, want that the process was terminated", err)
	}
	term.restored()
}

func TestPanicInTheFeedEndsTheViewWithAnError(t *testing.T) {
	term := newTerminal(t, 80, 24)
	s := &sitting{maps: []table.Map{{Name: "opens"}}, panics: true}
	if err := show(t.Context(), s, s, Options{In: term.tty, Out: term.tty}); err == nil || !strings.Contains(err.Error(), "out of order") {
		t.Errorf("returned %v, want the panic", err)
	}
	term.restored()
}

// A panic in the view is its caller's, who gets it with the terminal as it was and without a word on it.
func TestPanicInTheViewGoesOnWithTheTerminalGivenBack(t *testing.T) {
	term := newTerminal(t, 80, 24)
	s := &sitting{maps: []table.Map{{Name: "opens"}}}
	got := func() (p any) {
		defer func() { p = recover() }()
		_ = show(t.Context(), s, s, Options{In: term.tty, Out: term.tty, Shown: func(string) { panic("out of order") }})
		return nil
	}()
	if got != "out of order" {
		t.Errorf("recovered %v", got)
	}
	term.restored()
	term.mu.Lock()
	defer term.mu.Unlock()
	if strings.Contains(term.seen.String(), "out of order") || strings.Contains(term.seen.String(), "goroutine") {
		t.Errorf("the terminal was sent %q", &term.seen)
	}
}
