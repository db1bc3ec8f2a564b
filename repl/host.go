package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"go3s/incremental/source"
	"go3s/repl/line"
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

// colours are what the user has set, or what the terminal has.
func (r *Repl) colours() line.Colours {
	switch r.session.Value("colours") {
	case "always":
		return line.Basic
	case "never":
		return line.Colours{}
	}
	return r.term.Colours()
}

// Refused is the last entry that was refused, and what was shown of it.
func (h host) Refused() (string, session.Result) { return h.shown, h.refused }

// Enter enters a cell and shows what came of it. One without a name is like one that was typed.
func (h host) Enter(cell source.Cell) {
	if cell.Name == "" {
		cell = h.cell(cell.Text)
	}
	h.print(h.outcome(cell, h.session.Enter(cell)))
}

// Report shows what a change came to.
func (h host) Report(r session.Result) { h.print(h.outcome(source.Cell{}, r)) }

// Prefill makes text what the next entry begins with.
func (h host) Prefill(text string) { h.next = text }

// drawer is a Terminal that can draw over what it has drawn.
type drawer interface {
	Draw(ctx context.Context, text string, wait time.Duration) (done bool, err error)
	EndDraw()
}

// Draw shows text in the place of what it has shown last, and waits for a key.
func (h host) Draw(ctx context.Context, text string, wait time.Duration) (bool, error) {
	if h.elsewhere() {
		return true, errElsewhere
	}
	d, ok := h.term.(drawer)
	if !ok {
		return true, errors.New("this terminal can't draw")
	}
	return d.Draw(ctx, text, wait)
}

// endDraw ends what Draw has begun, if it has.
func (h host) endDraw() {
	if d, ok := h.term.(drawer); ok {
		d.EndDraw()
	}
}

// Quit ends the loop behind this command.
func (h host) Quit() { h.quit = true }

// OpenView shows the full screen; the prompt is quiet meanwhile.
func (h host) OpenView(ctx context.Context) error {
	if h.elsewhere() {
		return errors.New("this is it")
	}
	if h.view == nil {
		return errors.New("there is no screen to open the view on")
	}
	h.printer.pause(true)
	defer h.printer.pause(false)
	return h.view(ctx)
}

// Picture is a picture of the full screen.
func (h host) Picture(ctx context.Context, name string) ([]byte, error) {
	if h.picture == nil {
		return nil, errors.New("there is no screen to take a picture of")
	}
	return h.picture(ctx, name)
}

// Edit opens text in the user's editor, $VISUAL or $EDITOR or vi, and returns what that has saved.
func (h host) Edit(ctx context.Context, text string) (string, error) {
	if h.elsewhere() {
		return "", errElsewhere
	}
	editor := strings.Fields(cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi"))
	if len(editor) == 0 {
		return "", errors.New("$EDITOR names no program")
	}
	f, err := os.CreateTemp("", "go3sh-*.go3s") // for its owner only
	if err != nil {
		return "", fmt.Errorf("make a file for the editor: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("make a file for the editor: %w", err)
	}
	h.printer.pause(true)
	defer h.printer.pause(false)
	c := exec.CommandContext(ctx, editor[0], append(editor[1:], f.Name())...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("edit with %s: %w", editor[0], err)
	}
	changed, err := os.ReadFile(f.Name())
	if err != nil {
		return "", fmt.Errorf("read what the editor has saved: %w", err)
	}
	return string(changed), nil
}
