package pane

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
)

// Key is one row of the key table, as help shows it.
type Key struct {
	Show string // the keys: "s S"
	Does string // what they do: "sort by next column, reverse"
	Line string // the short form for the help line; empty: not in it
}

// Binding is a Key and what it does to a P.
type Binding[P any] struct {
	Key
	Press []string // names as tea.KeyMsg has them
	Do    func(p P, key string) tea.Cmd
}

// Bind is a row that help shows as keys and what they do, and the help line as line, if not empty.
func Bind[P any](show, does, line string, do func(p P, key string) tea.Cmd, press ...string) Binding[P] {
	return Binding[P]{Key: Key{Show: show, Does: does, Line: line}, Press: press, Do: do}
}

// Keymap is a table of bindings: what is pressed and what help says come from the same rows.
type Keymap[P any] []Binding[P]

// Press does what the table says of the key; known reports that it says anything.
func (m Keymap[P]) Press(p P, msg tea.KeyMsg) (cmd tea.Cmd, known bool) {
	name := msg.String()
	for _, b := range m {
		if slices.Contains(b.Press, name) {
			return b.Do(p, name), true
		}
	}
	return nil, false
}

// Rows are the rows that help shows.
func (m Keymap[P]) Rows() []Key {
	var rows []Key
	for _, b := range m {
		if b.Show != "" {
			rows = append(rows, b.Key)
		}
	}
	return rows
}
