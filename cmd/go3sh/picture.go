package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	commands "go3s/repl/command"
	"go3s/session"
	"go3s/view"
	"go3s/view/shot"
)

// size is that of a screen, in cells.
type size struct{ w, h int }

// usualSize is that of a picture for which none is given.
var usualSize = size{120, 40}

// set reads a size such as 120x40.
func (s *size) set(text string) error {
	var read size
	var rest string
	if n, _ := fmt.Sscanf(text, "%dx%d%s", &read.w, &read.h, &rest); n != 2 {
		return errors.New("it is no size such as 120x40")
	}
	if read.w < 20 || read.h < 5 || read.w > 500 || read.h > 200 {
		return errors.New("it needs columns and lines between 20x5 and 500x200")
	}
	*s = read
	return nil
}

// camera makes pictures of the full screen for the prompt.
type camera struct {
	session *session.Session
	screen  atomic.Pointer[string] // what is shown; nil while it is not open
}

// moment is how long a screen is drawn that nobody has open: rates need two readings.
const moment = time.Second

// picture is the screen as it is, or as it would be, as the ending of a file's name says.
func (c *camera) picture(ctx context.Context, name string) ([]byte, error) {
	if err := shot.Check(name); err != nil {
		return nil, err
	}
	if screen := c.screen.Load(); screen != nil {
		return shot.Encode(*screen, name)
	}
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	screen, err := view.Picture(ctx, c.session, view.Options{}, usualSize.w, usualSize.h)
	if err != nil {
		return nil, err
	}
	return shot.Encode(screen, name)
}

// photograph draws the full screen until ctx ends; then what it returns writes the picture that --shot asks for.
func (t *sitting) photograph(ctx context.Context) (write func() error) {
	if t.shot == "" {
		return func() error { return nil }
	}
	type drawn struct {
		screen string
		err    error
	}
	done := make(chan drawn, 1)
	go func() {
		screen, err := view.Picture(ctx, t.session, view.Options{}, t.size.w, t.size.h)
		done <- drawn{screen, err}
	}()
	return func() error {
		d := <-done
		if d.err != nil {
			return d.err
		}
		data, err := shot.Encode(d.screen, t.shot)
		if err == nil {
			err = commands.WriteFile(t.shot, data, true)
		}
		if err != nil {
			return fmt.Errorf("take a picture: %w", err)
		}
		return nil
	}
}
