package prompt

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"go3s/repl/complete"
	"go3s/repl/line"
	"go3s/view/pane"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

// options are those of a prompt for which a line is whole unless a brace is open.
var options = line.Options{
	Prompt: "go3sh> ", More: "  ...> ", History: past{"first", "second"},
	Whole: func(s string) bool { return strings.Count(s, "{") == strings.Count(s, "}") },
	Complete: func(text string, caret int) (int, []complete.Candidate) {
		return 0, []complete.Candidate{{Text: "opens", Type: "map[string]uint64"}, {Text: "openat", Type: "hook"}}
	},
}

// past is a history.
type past []string

func (p past) Len() int               { return len(p) }
func (p past) At(i int) string        { return p[i] }
func (p past) Search(string, int) int { return -1 }

func newPane(w, h int) *Pane {
	p := New(theme.Plain(), options)
	p.SetSize(w, h)
	p.Update(pane.Focus(true))
	return p
}

func TestScreens(t *testing.T) {
	for _, c := range []struct {
		name string
		msgs []any
	}{
		{"empty", nil},
		{"lines", []any{"a", "{", "enter", "b", "enter", "}"}},
		{"menu", []any{"o", "tab"}},
		{"history", []any{"up", "up"}},
		{"running", []any{"x", "enter"}},
		{"refused", []any{"x", "enter", pane.Outcome{Line: "x", Text: "x:1:1: undefined: x\n    x\n    ^\n", Bad: true}}},
		{"overflowing", []any{pane.Outcome{Text: strings.Repeat("a row of a long table\n", 100)}, "pgdown", "pgdown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPane(60, 7)
			viewtest.Play(p, c.msgs...)
			viewtest.Fits(t, c.name, p, 60, 7)
			viewtest.Golden(t, c.name, fmt.Sprintf("%s · %s, wants %d\n%s", p.Label().Name, p.Label().Note, p.Wants(), p.View()))
		})
	}
}

func TestLinesRunOneAfterTheOther(t *testing.T) {
	p := newPane(60, 5)
	do := func(want []tea.Msg, msgs ...any) {
		t.Helper()
		if diff := cmp.Diff(want, viewtest.Play(p, msgs...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", msgs, diff)
		}
	}
	do([]tea.Msg{pane.Do{Line: "a"}}, "a", "enter")
	do(nil, "b", "enter", "c", "enter", "d")
	do([]tea.Msg{pane.Do{Line: "b"}}, pane.Outcome{Line: "a"})
	do(nil, pane.Outcome{Line: ":clear x"}) // another pane's
	do(nil, pane.Outcome{Line: "b", Bad: true})
	if got := p.editor.Text(); got != "d" {
		t.Errorf("what was being typed is %q", got)
	}
	do([]tea.Msg{pane.Do{Line: "d"}}, "enter")
	do(nil, pane.Outcome{Line: "d", Bad: true})
	if got := p.editor.Text(); got != "d" {
		t.Errorf("the line that was refused is %q", got)
	}
	do([]tea.Msg{pane.Back{}}, "esc")
}

func TestFitsWhateverComes(t *testing.T) {
	keys := []string{"a", "世", "{", "}", "enter", "tab", "shift+tab", "up", "down", "esc", "backspace", "pgup", "pgdown", "left", "home", "ctrl+u"}
	for seed := range uint64(30) {
		p := newPane(0, 0)
		viewtest.Shake(t, seed, p, keys, func(r *rand.Rand) tea.Msg {
			switch r.IntN(3) {
			case 0:
				return pane.Edit{Text: strings.Repeat("世x\n", r.IntN(30))}
			case 1:
				return pane.Focus(r.IntN(2) == 0)
			}
			return pane.Outcome{Text: strings.Repeat("\x1b[31mwide 世界\x1b[0m ", r.IntN(20)) + strings.Repeat("\nline", r.IntN(50)), Bad: r.IntN(2) == 0}
		})
	}
}
