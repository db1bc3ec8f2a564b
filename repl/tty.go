package repl

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/chzyer/readline"
	"golang.org/x/sys/unix"

	"go3s/repl/line"
)

// tty is standard input and output as a device.
type tty struct {
	in, out int
	wake    [2]int // a pipe that ends a wait; its end of writing is closed when reading is to end
	close   func() error
}

// OpenTerminal returns the terminal on stdin and stdout. NO_COLOR keeps it from colours; where TERM is dumb or not set there are no
// controls at all.
func OpenTerminal() (Terminal, error) {
	t := &tty{in: int(os.Stdin.Fd()), out: int(os.Stdout.Fd())}
	if !readline.IsTerminal(t.in) {
		return nil, errors.New("standard input is no terminal")
	}
	if err := unix.Pipe2(t.wake[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, err
	}
	t.watchSize()
	s := &screen{device: t, dumb: Dumb()}
	if !s.dumb && os.Getenv("NO_COLOR") == "" {
		s.colours = line.Basic
	}
	return s, nil
}

// watchSize has Read return when the terminal's size changes, until the tty is closed.
func (t *tty) watchSize() {
	var mu sync.Mutex
	closed := false
	readline.DefaultOnWidthChanged(func() {
		mu.Lock()
		defer mu.Unlock()
		if !closed {
			_, _ = unix.Write(t.wake[1], []byte{0})
		}
	})
	t.close = sync.OnceValue(func() error {
		mu.Lock()
		defer mu.Unlock()
		closed = true
		return unix.Close(t.wake[1])
	})
}

// Dumb reports whether the terminal knows no controls, by what TERM says.
func Dumb() bool {
	name := os.Getenv("TERM")
	return name == "" || name == "dumb"
}

// Read waits for keys.
func (t *tty) Read(p []byte, wait time.Duration) (int, error) {
	timeout := -1
	if wait >= 0 {
		timeout = int(wait.Milliseconds())
	}
	for {
		fds := []unix.PollFd{{Fd: int32(t.in), Events: unix.POLLIN}, {Fd: int32(t.wake[0]), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, timeout)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case n == 0:
			return 0, nil
		case fds[1].Revents != 0:
			if n, _ := unix.Read(t.wake[0], make([]byte, 16)); n > 0 {
				return 0, nil
			}
			return 0, io.EOF
		}
		n, err = unix.Read(t.in, p)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.EIO), err == nil && n == 0:
			return 0, io.EOF
		}
		return n, err
	}
}

func (t *tty) Write(p []byte) (int, error) { return os.Stdout.Write(p) }

// Size is the terminal's; 80 by 24 if it does not tell.
func (t *tty) Size() (columns, rows int) {
	ws, err := unix.IoctlGetWinsize(t.out, unix.TIOCGWINSZ)
	if err != nil || ws.Col < 20 || ws.Row < 2 {
		return 80, 24
	}
	return int(ws.Col), int(ws.Row)
}

// Raw leaves the output as it is, where a line's end goes to the first column.
func (t *tty) Raw() (func(), error) {
	before, err := readline.MakeRaw(t.in)
	if err != nil {
		return nil, err
	}
	return func() { _ = readline.Restore(t.in, before) }, nil
}

// Cooked lets Ctrl-C end a line, as a byte of its own.
func (t *tty) Cooked() (func(), error) {
	before, err := readline.GetState(t.in)
	if err != nil {
		return nil, err
	}
	m, err := unix.IoctlGetTermios(t.in, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	m.Lflag &^= unix.ISIG
	m.Cc[unix.VEOL] = readline.CharInterrupt
	if err := unix.IoctlSetTermios(t.in, unix.TCSETS, m); err != nil {
		return nil, err
	}
	return func() { _ = readline.Restore(t.in, before) }, nil
}

// Close ends a Read. It may be called at once with itself: the end of the process and the end of the prompt can meet.
func (t *tty) Close() error { return t.close() }
