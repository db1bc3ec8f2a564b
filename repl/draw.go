package repl

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// drawing is what a command shows and changes, while it does.
type drawing struct {
	restore func() // gives the terminal its mode back
	text    string
	rows    int // how many rows of it stand above the caret
}

// Draw shows text in the place of what it has shown last, and waits. It is done before the time is over when a key is pressed or
// ctx ends. Of what is higher than the terminal the first line and the last ones are shown. EndDraw ends it.
func (s *screen) Draw(ctx context.Context, text string, wait time.Duration) (done bool, err error) {
	if err := s.beginDraw(); err != nil {
		return true, err
	}
	s.mu.Lock()
	erase := s.eraseDrawing()
	s.drawing.text = text
	s.write(erase + s.drawn())
	s.mu.Unlock()
	for until := time.Now().Add(wait); ; {
		left := min(time.Until(until), 100*time.Millisecond) // so that the end of ctx is felt
		if left <= 0 {
			return false, nil
		}
		n, err := s.Read(make([]byte, 64), left)
		if n > 0 || err != nil || ctx.Err() != nil {
			return true, err
		}
	}
}

// beginDraw takes the terminal's keys, unless that is done.
func (s *screen) beginDraw() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawing != nil {
		return nil
	}
	mode := s.Raw
	if s.dumb {
		mode = s.Cooked
	}
	restore, err := mode()
	if err == nil {
		s.drawing = &drawing{restore: restore}
	}
	return err
}

// EndDraw leaves what was drawn where it is and gives the keys back. Without a drawing it does nothing.
func (s *screen) EndDraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawing != nil {
		s.drawing.restore()
		s.drawing = nil
	}
}

// eraseDrawing goes to where the drawing begins and clears it; a dumb terminal keeps it. The caller holds mu.
func (s *screen) eraseDrawing() string {
	if s.dumb || s.drawing.rows == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", s.drawing.rows)
}

// drawn is the drawing as it is written. The caller holds mu.
func (s *screen) drawn() string {
	rows := strings.SplitAfter(s.drawing.text, "\n")
	if rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	_, height := s.Size()
	if most := max(height-1, 2); !s.dumb && len(rows) > most {
		rows = append(rows[:1:1], rows[len(rows)-most+1:]...)
	}
	s.drawing.rows = len(rows)
	return strings.ReplaceAll(strings.Join(rows, ""), "\n", "\r\n")
}
