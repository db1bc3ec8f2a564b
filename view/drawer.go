package view

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// drawer sends what has changed of the screen to the terminal: at once, and when changes come faster than that, one frame's time after
// the one before. bubbletea's own renderer looks for changes at fixed times instead, sixty times a second whether there are any or not, and keys
// wait for the next of them; here it does so once a second and sees to the terminal's modes.
//
// All of it happens on the program's goroutine, so that nothing is drawn when that has given the terminal away.
type drawer struct {
	to            io.Writer
	later         func(time.Duration) // has redraw sent after that time
	width, height int
	lines         []string // what the terminal shows; nil: not known
	last          time.Time
	waiting       bool // for redraw
	out           bytes.Buffer
}

// redraw says that it is time for the next frame.
type redraw struct{}

// see takes in what messages say about the terminal.
func (d *drawer) see(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		d.width, d.height, d.lines = msg.Width, msg.Height, nil
	case tea.SuspendMsg, tea.ResumeMsg:
		d.lines = nil // others have had the terminal meanwhile
	case redraw:
		d.waiting = false
	}
}

// show draws a screen if there was time for one since the last, or sees to it that it is asked to again.
func (d *drawer) show(screen string) {
	if d.waiting || d.height == 0 {
		return
	}
	lines := strings.Split(screen, "\n")
	if len(lines) > d.height {
		lines = lines[len(lines)-d.height:]
	}
	if !d.differs(lines) {
		return
	}
	if rest := time.Second/frames - time.Since(d.last); rest > 0 {
		d.waiting = true
		d.later(rest)
		return
	}
	d.draw(lines)
	d.last = time.Now()
}

func (d *drawer) differs(lines []string) bool {
	if len(lines) != len(d.lines) {
		return true
	}
	for i := range lines {
		if lines[i] != d.lines[i] {
			return true
		}
	}
	return false
}

// draw sends the lines that are others than those shown.
func (d *drawer) draw(lines []string) {
	d.out.Reset()
	for i, l := range lines {
		if i < len(d.lines) && d.lines[i] == l {
			continue
		}
		d.out.WriteString(ansi.CursorPosition(1, i+1))
		width := ansi.StringWidth(l)
		if width > d.width {
			l = ansi.Truncate(l, d.width, "")
		}
		d.out.WriteString(l)
		if width < d.width {
			d.out.WriteString(ansi.EraseLineRight)
		}
	}
	if d.lines == nil || len(d.lines) > len(lines) {
		if len(lines) < d.height {
			d.out.WriteString(ansi.CursorPosition(1, len(lines)+1) + ansi.EraseScreenBelow)
		}
	}
	d.out.WriteString(ansi.CursorPosition(1, len(lines)))
	_, _ = d.to.Write(d.out.Bytes()) // a terminal that is gone is noticed by those who read from it
	d.lines = lines
}

// drawn is the screen, drawn by a drawer.
type drawn struct {
	*screen
	drawer *drawer
}

// Update takes a message in.
func (d drawn) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	d.drawer.see(msg)
	if _, ok := msg.(redraw); ok {
		return d, nil
	}
	_, cmd := d.screen.Update(msg)
	return d, cmd
}

// View draws the screen, and returns it for bubbletea's renderer.
func (d drawn) View() string {
	screen := d.screen.View()
	d.drawer.show(screen)
	return screen
}

// serial is a writer for two that write at once.
type serial struct {
	mu sync.Mutex
	io.Writer
}

// Write writes p as a whole.
func (s *serial) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Writer.Write(p)
}

// serialFile is a serial that bubbletea knows for the terminal that it is.
type serialFile struct {
	*os.File
	serial *serial
}

// Write writes p as a whole.
func (f serialFile) Write(p []byte) (int, error) { return f.serial.Write(p) }

// shared is w for two that write at once.
func shared(w io.Writer) io.Writer {
	s := &serial{Writer: w}
	if f, ok := w.(*os.File); ok {
		return serialFile{f, s}
	}
	return s
}
