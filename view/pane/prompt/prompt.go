// Package prompt is the pane where commands and probes are typed while everything else goes on. What a line came to stands below it.
package prompt

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/repl/line"
	"go3s/view/pane"
	"go3s/view/theme"
)

// Pane is a line.Editor with the outcome of the last line below it. A line that was refused stays, so that it can be mended.
type Pane struct {
	theme   *theme.Theme
	editor  *line.Editor
	w, h    int
	focus   bool
	running string   // the line that is being run; empty for none
	waiting []string // lines to run after it
	outcome []string // lines of what the last one came to
	top     int      // the first of them that is shown
}

// New is a prompt whose editor works with o.
func New(t *theme.Theme, o line.Options) *Pane {
	return &Pane{theme: t, editor: line.New(o)}
}

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) {
	p.w, p.h = w, h
	p.scroll(0)
}

// Wants is the lines of the text and of what the last one came to.
func (p *Pane) Wants() int { return len(p.editor.Frame(max(p.w, 1), tallest).Rows) + len(p.outcome) }

// tallest is higher than any screen.
const tallest = 1000

// Typing reports whether the pane has the keyboard: then all keys are text.
func (p *Pane) Typing() bool { return p.focus }

// Label is the pane's name, and whether a line is being run.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: "prompt"}
	switch {
	case p.running != "":
		l.Note = "running"
	case p.top > 0 || p.room() < len(p.outcome):
		l.Note = "pgup pgdn"
	case !p.focus:
		l.Note = ": or i"
	}
	return l
}

// Update takes in keys, pane.Edit, pane.Outcome and pane.Focus.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return p.press(msg)
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			p.scroll(-1)
		case tea.MouseButtonWheelDown:
			p.scroll(1)
		}
	case pane.Focus:
		p.focus = bool(msg)
	case pane.Edit:
		p.editor.Reset(msg.Text)
	case pane.Outcome:
		return p.take(msg)
	}
	return nil
}

// press is what a key does.
func (p *Pane) press(msg tea.KeyMsg) tea.Cmd {
	if cmd, known := keys.Press(p, msg); known {
		return cmd
	}
	k, ok := key(msg)
	if !ok {
		return nil
	}
	if k.Code == line.Escape && p.editor.Plain() {
		return back
	}
	switch p.editor.Key(k, false) {
	case line.Accept:
		return p.accept()
	case line.GiveUp:
		p.editor.Reset("")
	case line.Leave:
		return back
	case line.Wipe:
		p.outcome, p.top = nil, 0
	}
	return nil
}

func back() tea.Msg { return pane.Back{} }

// accept has the text run, after what is being run and waits.
func (p *Pane) accept() tea.Cmd {
	text := p.editor.Text()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	p.editor.Reset("")
	if p.running != "" {
		p.waiting = append(p.waiting, text)
		return nil
	}
	return p.run(text)
}

func (p *Pane) run(text string) tea.Cmd {
	p.running = text
	return func() tea.Msg { return pane.Do{Line: text} }
}

// take shows what a line came to. One that was refused comes back, unless another has been begun, and what waits behind it is forgotten.
func (p *Pane) take(o pane.Outcome) tea.Cmd {
	p.outcome, p.top = nil, 0
	if text := strings.TrimRight(o.Text, "\n"); text != "" {
		p.outcome = strings.Split(text, "\n")
	}
	if o.Line != p.running {
		return nil
	}
	p.running = ""
	if o.Bad {
		p.waiting = nil
		if p.editor.Text() == "" {
			p.editor.Reset(o.Line)
		}
	}
	if len(p.waiting) == 0 {
		return nil
	}
	next := p.waiting[0]
	p.waiting = p.waiting[1:]
	return p.run(next)
}

// frame is the editor as it is drawn.
func (p *Pane) frame() line.Frame { return p.editor.Frame(max(p.w, 1), max(p.h, 2)) }

// room is the number of lines below the text.
func (p *Pane) room() int { return max(p.h-len(p.frame().Rows), 0) }

// scroll moves the lines of the outcome.
func (p *Pane) scroll(n int) {
	p.top = max(min(p.top+n, len(p.outcome)-p.room()), 0)
}

// View is the text and the outcome.
func (p *Pane) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	f := p.frame()
	rows := f.Rows
	if p.focus && f.Row < len(rows) {
		rows[f.Row] = caret(p.theme, rows[f.Row], f.Col)
	}
	if len(rows) > p.h {
		rows = rows[max(min(f.Row, len(rows)-p.h), 0):][:p.h]
	}
	for _, l := range p.outcome[min(p.top, len(p.outcome)):] {
		if len(rows) == p.h {
			break
		}
		rows = append(rows, l)
	}
	for i, r := range rows {
		rows[i] = ansi.Truncate(r, p.w, "…")
	}
	return strings.Join(rows, "\n")
}

// caret marks the cell in which the next character will stand.
func caret(t *theme.Theme, row string, col int) string {
	below := ansi.Strip(ansi.Cut(row, col, col+1))
	if below == "" {
		below = " "
	}
	return ansi.Truncate(row, col, "") + t.Choice.Text(below) + ansi.TruncateLeft(row, col+ansi.StringWidth(below), "")
}

// Keys are the pane's rows of the key table.
func (p *Pane) Keys() []pane.Key { return keys.Rows() }

var keys = pane.Keymap[*Pane]{
	pane.Bind("enter", "run the text; a probe of that name is replaced", "enter run", (*Pane).none),
	pane.Bind("tab", "complete", "tab complete", (*Pane).none),
	pane.Bind("↑ ↓  ctrl+r", "what was typed before; search in it", "↑ history", (*Pane).none),
	pane.Bind("alt+enter", "a new line in the text", "", (*Pane).none),
	pane.Bind("pgup pgdn", "scroll what the last line came to", "", (*Pane).pages, "pgup", "pgdown"),
	pane.Bind("esc", "back to the panes", "esc panes", (*Pane).none),
}

// none is for rows whose keys the editor takes.
func (p *Pane) none(string) tea.Cmd { return nil }

func (p *Pane) pages(key string) tea.Cmd {
	step := max(p.room()-1, 1)
	if key == "pgup" {
		step = -step
	}
	p.scroll(step)
	return nil
}
