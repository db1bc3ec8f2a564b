// Package repl is the line loop of go3sh: it reads entries from a Terminal, enters them into a session.Session and says in one line what came
// of it; log lines that arrive meanwhile appear above the text that is being typed. What an entry may become, what was entered before and
// how a text is edited are packages of their own below it, which know no terminal.
//
// Terminal is all that is known here of the real one, so that the tests compare whole transcripts.
package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"go3s/incremental/syntax"
	"go3s/repl/command"
	"go3s/repl/complete"
	"go3s/repl/history"
	"go3s/repl/line"
	"go3s/session"
)

// Repl is one user at the prompt of one session.
type Repl struct {
	session *session.Session
	term    Terminal
	view    func(context.Context) error
	picture func(context.Context, string) ([]byte, error)
	printer *printer
	history *history.History
	hello   string // see Options.Greeting
	options line.Options
	editor  *line.Editor

	ahead   ahead
	entries atomic.Int64   // entered so far
	last    session.Result // of the last entry that was no command
	entered bool           // there was one
	refused session.Result // of the last entry that was refused
	shown   string         // what was shown of it
	next    string         // what the next entry begins with
	given   bool           // the last thing that was typed is Ctrl-C, without a text
	bad     bool           // an entry was refused since Do began
	quit    bool
}

// Options are what a Repl is given beside session and terminal.
type Options struct {
	// View shows the full screen until the user leaves it; nil when there is none.
	View func(context.Context) error
	// Picture is the full screen as the ending of a file's name says, see command.Camera; nil when there is none.
	Picture func(ctx context.Context, name string) ([]byte, error)
	// History is what was typed before, and takes what is typed now; nil for one that is forgotten.
	History *history.History
	// Greeting is what those see above the first prompt who have never entered anything; empty for nothing.
	Greeting string
}

// ErrInterrupt is what Terminal.ReadEntry returns when the user gave the entry up with Ctrl-C.
var ErrInterrupt = errors.New("interrupted")

const (
	prompt = "go3sh> "
	more   = "  ...> "
)

// New returns a Repl on s that talks to t. Neither is closed by it.
func New(s *session.Session, t Terminal, o Options) *Repl {
	r := &Repl{session: s, term: t, view: o.View, picture: o.Picture, printer: newPrinter(t), history: o.History, hello: o.Greeting}
	if r.history == nil {
		r.history = &history.History{}
	}
	r.ahead.do = r.prepare
	r.options = line.Options{
		Prompt: prompt, More: more,
		Complete: complete.New(s, complete.Commands(s)).Complete,
		Whole:    whole,
		Typed:    r.ahead.typed,
		History:  r.history,
		Colours:  t.Colours(),
	}
	r.editor = line.New(r.options)
	return r
}

// Run reads and enters texts until the user quits, the input ends, or ctx does. Then t must make ReadEntry return; see Terminal.
func (r *Repl) Run(ctx context.Context) error {
	cancel := r.session.Subscribe(r.printer.event)
	defer cancel()
	defer r.printer.close()
	defer r.ahead.cancel()
	if r.hello != "" && r.history.Len() == 0 {
		r.print(r.colours().Dim.Text(r.hello) + "\n")
	}
	for !r.quit && ctx.Err() == nil {
		text, err := r.read()
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrInterrupt):
			r.giveUp()
			continue
		case err != nil:
			return fmt.Errorf("read from the terminal: %w", err)
		}
		r.given = false
		for _, entry := range entriesOf(text) {
			if !r.quit {
				r.enter(ctx, entry)
			}
		}
	}
	return nil
}

// read returns what the user types next, which is kept in the history.
func (r *Repl) read() (string, error) {
	r.editor.Paint(r.colours())
	r.editor.Reset(r.next)
	r.next = ""
	text, err := r.term.ReadEntry(r.editor)
	if err == nil {
		r.history.Add(text)
	}
	return text, err
}

// giveUp tells those who press Ctrl-C again and again how to leave.
func (r *Repl) giveUp() {
	empty := strings.TrimSpace(r.editor.Text()) == ""
	if empty && r.given {
		r.print(":quit or Ctrl-D leaves; the probes run until then\n")
	}
	r.given = empty && !r.given
}

// whole reports whether a text can be entered as it is. Its last line may be a command.
func whole(text string) bool {
	last := text
	if entries := entriesOf(text); len(entries) > 0 {
		last = entries[len(entries)-1]
	}
	return strings.TrimSpace(last) == "" || isCommand(last) || !syntax.Incomplete(last)
}

func isCommand(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, ":") && !strings.HasPrefix(text, ":=")
}

// entriesOf cuts a text, such as a paste, into entries: each line that is a command is one, and what stands between them is.
func entriesOf(text string) []string {
	if !strings.Contains(text, "\n") {
		return []string{text}
	}
	var entries []string
	open := ""
	for l := range strings.Lines(text) {
		if !isCommand(l) || strings.TrimSpace(open) != "" && syntax.Incomplete(open) {
			open += l
			continue
		}
		if strings.TrimSpace(open) != "" {
			entries = append(entries, open)
		}
		entries, open = append(entries, l), ""
	}
	if strings.TrimSpace(open) != "" {
		entries = append(entries, open)
	}
	return entries
}

// enter does what one entry asks for and shows what came of it.
func (r *Repl) enter(ctx context.Context, text string) {
	r.ahead.cancel()
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
	case isCommand(text):
		h := host{r}
		err := command.Run(ctx, r.session, h, trimmed[1:])
		h.endDraw()
		if err != nil {
			r.complain(err)
		}
	case r.session.HasMap(trimmed):
		if err := command.ShowMap(r.session, host{r}, trimmed); err != nil {
			r.complain(err)
		}
	default:
		cell := r.cell(text)
		r.print(r.outcome(cell, r.session.Enter(cell)))
	}
}

func (r *Repl) complain(err error) {
	r.bad = true
	r.print(r.colours().Error.Text(err.Error()) + "\n")
}

func (r *Repl) print(text string) { _, _ = io.WriteString(r.term, text) }
