package pane

import (
	"math/rand/v2"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/view/theme"
)

// strokes are keys by name; what is not among them is typed.
var strokes = map[string]tea.KeyType{
	"left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
	"ctrl+u": tea.KeyCtrlU, "ctrl+k": tea.KeyCtrlK, "ctrl+w": tea.KeyCtrlW, "enter": tea.KeyEnter, "up": tea.KeyUp,
}

func stroke(name string) tea.KeyMsg {
	if k, ok := strokes[name]; ok {
		return tea.KeyMsg{Type: k}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

func TestFieldEdits(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string // with the caret
	}{
		{nil, "▏   "},
		{[]string{"a", "b", "c"}, "abc▏"},
		{[]string{"a", "b", "left", "x"}, "ax▏b"},
		{[]string{"a", "b", "left", "left", "left", "x"}, "x▏ab"},
		{[]string{"a", "b", "home", "delete", "right", "right", "c"}, "bc▏ "},
		{[]string{"a", "b", "backspace", "backspace", "backspace"}, "▏   "},
		{[]string{"a b", "ctrl+w"}, "a ▏ "},
		{[]string{"ab", "left", "ctrl+u"}, "▏b  "},
		{[]string{"ab", "left", "ctrl+k"}, "a▏  "},
		{[]string{"a\x1b\nb"}, "ab▏ "},
		{[]string{"abcdef"}, "…ef▏"},
		{[]string{"abcdef", "home"}, "▏ab…"},
		{[]string{"世界世", "left"}, "…界▏"},
	} {
		var f Field
		for _, k := range c.keys {
			if !f.Press(stroke(k)) {
				t.Errorf("%q means nothing", k)
			}
		}
		if got := f.View(theme.Plain(), "/", 5); got != "/"+c.want {
			t.Errorf("%q: %q, want %q", c.keys, got, "/"+c.want)
		}
	}
}

func TestFieldLeavesOtherKeys(t *testing.T) {
	f := NewField("x")
	for _, k := range []string{"enter", "up"} {
		if f.Press(stroke(k)) {
			t.Errorf("%q means something to a field", k)
		}
	}
}

func TestFieldFits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	keys := []string{"世界", "e\u0301", "abc ", "left", "right", "home", "end", "backspace", "delete", "ctrl+w"}
	for range 500 {
		var f Field
		for range r.IntN(30) {
			f.Press(stroke(keys[r.IntN(len(keys))]))
		}
		w := r.IntN(30)
		if got := ansi.StringWidth(f.View(theme.Plain(), "filter ", w)); got != w {
			t.Fatalf("%q: %d cells, want %d", f.String(), got, w)
		}
	}
}
