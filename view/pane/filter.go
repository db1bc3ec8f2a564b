package pane

import tea "github.com/charmbracelet/bubbletea"

// FilterKeys are what help says while a filter is typed.
var FilterKeys = []Key{
	{Show: "enter", Does: "keep the filter", Line: "enter keep"},
	{Show: "esc", Does: "show all again", Line: "esc all"},
	{Show: "ctrl+u", Does: "begin anew", Line: "ctrl+u anew"},
}

// Filter does what a key means while a filter is typed in the field. The filter is text then, and no longer typed if open is false:
// after enter, which keeps it, and esc, which empties it.
func (f *Field) Filter(msg tea.KeyMsg) (text string, open bool) {
	switch msg.String() {
	case "enter":
		return f.String(), false
	case "esc":
		return "", false
	}
	f.Press(msg)
	return f.String(), true
}
