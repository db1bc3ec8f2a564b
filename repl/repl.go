// Package repl is the line loop of go3sh: the prompt, its history, completion and the ":" commands. It reads cells from a
// Terminal, enters them into a session.Session and says in one line what came of it; log lines that arrive meanwhile appear
// above the line that is being typed.
//
// It is the only package that knows chzyer/readline, and it knows it behind Terminal, so that the tests compare whole transcripts.
package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/output"
	"go3s/repl/command"
	"go3s/session"
)

// Repl is one user at the prompt of one session. Only Run uses it.
type Repl struct {
	session *session.Session
	term    Terminal
	view    func(context.Context) error
	printer *printer

	texts   map[string]string // the cells entered, by name
	last    session.Result    // of the last entry that was no command
	entered bool              // there was one
	open    string            // the lines of an entry that is not complete yet
	quit    bool
}

// Options are what a Repl is given beside session and terminal.
type Options struct {
	// View shows the full screen until the user leaves it; nil when there is none.
	View func(context.Context) error
}

// ErrInterrupt is what Terminal.ReadLine returns when the user gave the line up with Ctrl-C.
var ErrInterrupt = errors.New("interrupted")

const (
	prompt = "go3sh> "
	more   = "  ...> "
)

// New returns a Repl on s that talks to t. Neither is closed by it.
func New(s *session.Session, t Terminal, o Options) *Repl {
	return &Repl{session: s, term: t, view: o.View, printer: newPrinter(t), texts: map[string]string{}}
}

// Run reads and enters lines until the user quits, the input ends, or ctx does. Then t must make ReadLine return; see Terminal.
func (r *Repl) Run(ctx context.Context) error {
	r.term.OnTab(r.complete)
	cancel := r.session.Subscribe(r.printer.event)
	defer cancel()
	defer r.printer.close()

	for !r.quit && ctx.Err() == nil {
		text, err := r.read()
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrInterrupt):
			continue
		case err != nil:
			return fmt.Errorf("read a line from the terminal: %w", err)
		}
		r.enter(ctx, text)
	}
	return nil
}

// read returns one whole entry, which may take several lines.
func (r *Repl) read() (string, error) {
	r.open = ""
	for {
		p := prompt
		if r.open != "" {
			p = more
		}
		line, err := r.term.ReadLine(p)
		if err != nil {
			return "", err
		}
		text := r.open + line
		if strings.TrimSpace(text) != "" && !isCommand(text) && syntax.Incomplete(text) {
			r.open = text + "\n"
			continue
		}
		r.term.Remember(text)
		return text, nil
	}
}

func isCommand(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), ":") }

// enter does what one entry asks for and shows what came of it.
func (r *Repl) enter(ctx context.Context, text string) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
	case isCommand(text):
		if err := command.Run(ctx, r.session, host{r}, trimmed[1:]); err != nil {
			r.print(err.Error() + "\n")
		}
	case r.isMap(trimmed):
		if err := command.ShowMap(r.session, host{r}, trimmed); err != nil {
			r.print(err.Error() + "\n")
		}
	default:
		r.print(r.outcome(r.session.Enter(r.cell(text))))
	}
}

func (r *Repl) isMap(name string) bool { return slices.Contains(r.mapNames(), name) }

func (r *Repl) mapNames() []string {
	var names []string
	for _, m := range r.session.Maps() {
		names = append(names, m.Name)
	}
	return names
}

// cell gives text a name that no other entry has: that of its first probe, with a number if it was entered before.
func (r *Repl) cell(text string) source.Cell {
	name := "entry"
	if f, _ := syntax.Parse(source.Cell{Name: name, Text: text}); len(f.Probes) > 0 {
		name = f.Probes[0].Name
	}
	unique := name
	for n := 2; r.texts[unique] != ""; n++ {
		unique = fmt.Sprintf("%s#%d", name, n)
	}
	r.texts[unique] = text
	return source.Cell{Name: unique, Text: text}
}

// outcome says what entering a cell did: its diagnostics, or one quiet line.
func (r *Repl) outcome(res session.Result) string {
	r.last, r.entered = res, true
	if !res.OK() {
		var b strings.Builder
		for _, d := range res.Diags {
			b.WriteString(source.Render(d, r.texts[d.Span.Cell]))
		}
		if len(res.Diags) == 0 {
			b.WriteString(session.Escape(res.Err.Error()) + "\n")
		}
		return b.String()
	}
	if res.Value != nil {
		var b strings.Builder
		_ = output.Value(&b, res.Value, output.Options{Width: r.term.Width()})
		return b.String()
	}
	var parts []string
	if len(res.Attached) > 0 {
		parts = append(parts, "attached "+strings.Join(res.Attached, ", "))
	}
	if len(res.Swapped) > 0 {
		parts = append(parts, "swapped "+strings.Join(r.versions(res.Swapped), ", "))
	}
	if len(res.Kept) > 0 {
		parts = append(parts, "unchanged "+strings.Join(res.Kept, ", "))
	}
	if len(parts) == 0 {
		parts = append(parts, "ok")
	}
	return fmt.Sprintf("%s (%s)\n", strings.Join(parts, "; "), milliseconds(total(res.Time)))
}

// versions puts the version of each probe after its name.
func (r *Repl) versions(names []string) []string {
	version := map[string]int{}
	for _, p := range r.session.Probes() {
		version[p.Name] = p.Version
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%s v%d", n, version[n])
	}
	return out
}

func (r *Repl) print(text string) { _, _ = io.WriteString(r.term, text) }

func total(ts session.Times) time.Duration {
	var sum time.Duration
	for _, t := range ts {
		sum += t.Time
	}
	return sum
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
