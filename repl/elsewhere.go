package repl

import (
	"context"
	"errors"
	"io"
	"strings"

	"go3s/repl/line"
)

// Outcome is what a text that was entered by Do came to.
type Outcome struct {
	Text    string // what the prompt would show
	Next    string // what the next entry begins with
	Refused bool
	Quit    bool // the text asks to leave the prompt
}

// Line is what an editor of this prompt elsewhere works with: the same completion, the same history.
func (r *Repl) Line() line.Options { return r.options }

// Do enters a text that was typed elsewhere than at the prompt, on the full screen, where lines take width columns. It must not be called at
// once with itself, nor with Run but while that shows the full screen.
func (r *Repl) Do(ctx context.Context, text string, width int) Outcome {
	p := &page{width: width, colours: r.term.Colours()}
	term := r.term
	r.term, r.bad = p, false
	defer func() { r.term = term }()
	r.history.Add(text)
	for _, entry := range entriesOf(text) {
		if !r.quit {
			r.enter(ctx, entry)
		}
	}
	o := Outcome{Text: p.text.String(), Next: r.next, Refused: r.bad, Quit: r.quit}
	r.next = ""
	return o
}

// page is a Terminal that keeps what is shown on it. Nothing can be typed on it.
type page struct {
	text    strings.Builder
	width   int
	colours line.Colours
}

func (p *page) Write(b []byte) (int, error) { return p.text.Write(b) }

func (p *page) ReadEntry(*line.Editor) (string, error) { return "", io.EOF }

func (p *page) Width() int { return p.width }

func (p *page) Colours() line.Colours { return p.colours }

func (p *page) Close() error { return nil }

// errElsewhere is why some commands can't be run from the full screen.
var errElsewhere = errors.New("not on the full screen; q goes back to the prompt, which can")

// elsewhere reports whether the entry at hand was not typed at the prompt.
func (r *Repl) elsewhere() bool {
	_, ok := r.term.(*page)
	return ok
}
