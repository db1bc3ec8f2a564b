package repl

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"go3s/repl/line"
)

// device is the terminal as a file: bytes in and out, and its modes.
type device interface {
	// Read waits for bytes, for at most wait unless that is negative; then it returns none, and also when the size has changed. At the end, or
	// when it is closed, the error is io.EOF. It may be called at once with the other methods.
	Read(p []byte, wait time.Duration) (int, error)
	io.Writer
	Size() (columns, rows int)
	// Raw hands over each key as it is pressed; Cooked hands over lines, with Ctrl-C as a byte. Both return what undoes it.
	Raw() (restore func(), err error)
	Cooked() (restore func(), err error)
	Close() error
}

// screen is a Terminal on a device that understands the controls of a VT100, or, if it is dumb, on any.
type screen struct {
	device
	dumb    bool
	colours line.Colours

	decoder line.Decoder
	keys    []line.Key // typed and not used yet
	bytes   string     // the same of a dumb terminal

	mu     sync.Mutex   // of what is shown
	editor *line.Editor // while an entry is typed
	row    int          // where the caret is in the rows that are drawn
	// drawing is what a command shows while it changes, nil for none.
	drawing *drawing
}

// The controls that make a terminal mark pasted text.
const pasteOn, pasteOff = "\x1b[?2004h", "\x1b[?2004l"

func (s *screen) Width() int {
	width, _ := s.Size()
	return width
}

func (s *screen) Colours() line.Colours { return s.colours }

// Write shows lines above the entry that is being typed.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.editor == nil && s.drawing != nil {
		text := s.eraseDrawing() + strings.ReplaceAll(string(p), "\n", "\r\n") + s.drawn()
		if _, err := io.WriteString(s.device, text); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	if s.editor == nil {
		return s.device.Write(p)
	}
	if s.dumb {
		return s.device.Write([]byte("\n" + string(p) + s.editor.Frame(s.Size()).Rows[0]))
	}
	text := s.erase() + string(p)
	if _, err := io.WriteString(s.device, text+s.draw()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ReadEntry reads keys until the text is an entry.
func (s *screen) ReadEntry(e *line.Editor) (string, error) {
	if s.dumb {
		return s.readLines(e)
	}
	restore, err := s.Raw()
	if err != nil {
		return "", err
	}
	defer restore()
	s.mu.Lock()
	s.editor, s.row = e, 0
	s.write(pasteOn + s.draw())
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.editor = nil
		s.write(pasteOff)
	}()
	for {
		k, more, err := s.key()
		if err != nil {
			s.leave("")
			return "", err
		}
		switch s.press(e, k, more) {
		case line.Accept:
			s.leave("")
			return e.Text(), nil
		case line.GiveUp:
			s.leave("^C")
			return "", ErrInterrupt
		case line.Leave:
			s.leave("")
			return "", io.EOF
		}
	}
}

// press hands a key to the editor and shows what comes of it.
func (s *screen) press(e *line.Editor, k line.Key, more bool) line.Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	action := e.Key(k, more)
	switch {
	case action == line.Wipe:
		s.row = 0
		s.write("\x1b[H\x1b[2J" + s.draw())
	case action == line.Continue && !more:
		s.write(s.erase() + s.draw())
	}
	return action
}

// leave ends the drawing of an entry, behind its text.
func (s *screen) leave(mark string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.editor.Finish()
	s.write(s.erase() + s.draw() + mark + "\n")
}

// key is the next key; more reports that another is there already.
func (s *screen) key() (k line.Key, more bool, err error) {
	buf := make([]byte, 4096)
	for len(s.keys) == 0 {
		wait := time.Duration(-1)
		if s.decoder.Waiting() {
			wait = 50 * time.Millisecond
		}
		n, err := s.Read(buf, wait)
		if err != nil {
			return k, false, err
		}
		if n == 0 {
			if s.keys = s.decoder.Flush(); len(s.keys) == 0 {
				s.redraw()
			}
			continue
		}
		s.keys = s.decoder.Feed(buf[:n])
	}
	k, s.keys = s.keys[0], s.keys[1:]
	return k, len(s.keys) > 0, nil
}

// redraw draws the entry anew, as when the terminal has changed its size.
func (s *screen) redraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(s.erase() + s.draw())
}

// erase goes to where the drawing begins and clears it.
func (s *screen) erase() string {
	up := ""
	if s.row > 0 {
		up = fmt.Sprintf("\x1b[%dA", s.row)
	}
	return up + "\r\x1b[J"
}

// draw writes the editor's rows and goes to the caret.
func (s *screen) draw() string {
	width, height := s.Size()
	f := s.editor.Frame(width, height)
	s.row = f.Row
	text := strings.Join(f.Rows, "\r\n")
	if up := len(f.Rows) - 1 - f.Row; up > 0 {
		text += fmt.Sprintf("\x1b[%dA", up)
	}
	text += "\r"
	if f.Col > 0 {
		text += fmt.Sprintf("\x1b[%dC", f.Col)
	}
	return text
}

func (s *screen) write(text string) { _, _ = io.WriteString(s.device, text) }

// readLines reads an entry from a terminal that can't be drawn on: the terminal itself edits each line.
func (s *screen) readLines(e *line.Editor) (string, error) {
	restore, err := s.Cooked()
	if err != nil {
		return "", err
	}
	defer restore()
	s.mu.Lock()
	s.editor = e
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.editor = nil
	}()
	s.write(e.Frame(s.Size()).Rows[0])
	for {
		text, err := s.line()
		if err != nil {
			s.write("\n")
			return "", err
		}
		for _, k := range (&line.Decoder{}).Feed([]byte(text)) {
			if e.Key(k, true) == line.Accept {
				return e.Text(), nil
			}
		}
		rows := e.Frame(s.Size()).Rows
		s.write(rows[len(rows)-1])
	}
}

// line is the next line of a dumb terminal, with its end.
func (s *screen) line() (string, error) {
	buf := make([]byte, 4096)
	for {
		if i := strings.IndexAny(s.bytes, "\n\x03"); i >= 0 {
			text := s.bytes[:i+1]
			s.bytes = s.bytes[i+1:]
			if strings.HasSuffix(text, "\x03") {
				s.write("\n")
				return "", ErrInterrupt
			}
			return text, nil
		}
		n, err := s.Read(buf, -1)
		if err != nil {
			return "", err
		}
		s.bytes += string(buf[:n])
	}
}
