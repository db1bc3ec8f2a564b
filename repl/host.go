package repl

import (
	"context"
	"errors"

	"go3s/session"
)

// host is a Repl as its commands see it. It implements command.Prompt.
type host struct{ *Repl }

// Print shows whole lines.
func (h host) Print(text string) { h.print(text) }

// Width is the terminal's.
func (h host) Width() int { return h.term.Width() }

// Last is what the last entry that was no command came to.
func (h host) Last() (session.Result, bool) { return h.last, h.entered }

// Quit ends the loop behind this command.
func (h host) Quit() { h.quit = true }

// OpenView shows the full screen; the prompt is quiet meanwhile.
func (h host) OpenView(ctx context.Context) error {
	if h.view == nil {
		return errors.New("there is no screen to open the view on")
	}
	h.printer.pause(true)
	defer h.printer.pause(false)
	return h.view(ctx)
}
