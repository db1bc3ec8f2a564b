package pane

import (
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/view/theme"
)

// Field is one line of text that is typed in a pane: what to filter by, what to search for. The zero Field is empty.
type Field struct {
	text []rune
	at   int // of the caret
}

// NewField is a field with the caret behind text.
func NewField(text string) Field { return Field{text: []rune(text), at: len([]rune(text))} }

// String is what has been typed.
func (f *Field) String() string { return string(f.text) }

// Press does what a key means to the field, and reports whether it means anything.
func (f *Field) Press(msg tea.KeyMsg) bool {
	switch msg.String() {
	case "left", "ctrl+b":
		f.at = max(f.at-1, 0)
	case "right", "ctrl+f":
		f.at = min(f.at+1, len(f.text))
	case "home", "ctrl+a":
		f.at = 0
	case "end", "ctrl+e":
		f.at = len(f.text)
	case "backspace", "ctrl+h":
		f.erase(f.at-1, f.at)
	case "delete", "ctrl+d":
		f.erase(f.at, f.at+1)
	case "ctrl+u":
		f.erase(0, f.at)
	case "ctrl+k":
		f.erase(f.at, len(f.text))
	case "ctrl+w":
		f.erase(f.word(), f.at)
	default:
		if msg.Alt || (msg.Type != tea.KeyRunes && msg.Type != tea.KeySpace) {
			return false
		}
		f.insert(msg.Runes)
	}
	return true
}

// insert puts what is typed or pasted at the caret; what can't be seen is left out.
func (f *Field) insert(runes []rune) {
	for _, r := range runes {
		if unicode.IsPrint(r) {
			f.text = append(f.text[:f.at:f.at], append([]rune{r}, f.text[f.at:]...)...)
			f.at++
		}
	}
}

func (f *Field) erase(from, to int) {
	from, to = max(from, 0), min(to, len(f.text))
	f.text = append(f.text[:from:from], f.text[to:]...)
	f.at = from
}

// word is where the word before the caret begins.
func (f *Field) word() int {
	i := f.at
	for i > 0 && f.text[i-1] == ' ' {
		i--
	}
	for i > 0 && f.text[i-1] != ' ' {
		i--
	}
	return i
}

// View draws the field w cells wide behind a label, with its caret. Of a text that is too long the part around the caret is shown.
func (f *Field) View(t *theme.Theme, label string, w int) string {
	room := w - ansi.StringWidth(label)
	if room < 2 {
		return Fit(label, w)
	}
	before, after := string(f.text[:f.at]), string(f.text[f.at:])
	for cut, whole := ansi.StringWidth(before)+2-room, before; ansi.StringWidth(before)+1 > room; cut++ {
		before = ansi.TruncateLeft(whole, cut, "…")
	}
	after = ansi.Truncate(after, max(room-1-ansi.StringWidth(before), 0), "…")
	line := before + "▏" + after
	return t.Accent.Text(label) + before + t.Accent.Text("▏") + after + Blank(room-ansi.StringWidth(line))
}
