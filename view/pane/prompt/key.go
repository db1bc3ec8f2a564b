package prompt

import (
	tea "github.com/charmbracelet/bubbletea"

	"go3s/repl/line"
)

// codes are the editor's keys by bubbletea's names.
var codes = map[string]line.Code{
	"enter": line.Enter, "ctrl+j": line.Enter, "alt+enter": line.Newline, "tab": line.Tab, "shift+tab": line.BackTab, "esc": line.Escape,
	"backspace": line.Backspace, "ctrl+h": line.Backspace, "delete": line.Delete, "left": line.Left, "ctrl+b": line.Left, "right": line.Right,
	"ctrl+f": line.Right, "up": line.Up, "down": line.Down, "home": line.Home, "ctrl+a": line.Home, "end": line.End, "ctrl+e": line.End,
	"ctrl+left": line.WordLeft, "alt+left": line.WordLeft, "alt+b": line.WordLeft, "ctrl+right": line.WordRight, "alt+right": line.WordRight,
	"alt+f": line.WordRight, "ctrl+k": line.CutEnd, "ctrl+u": line.CutStart, "ctrl+w": line.CutWord, "alt+backspace": line.CutWord,
	"alt+d": line.CutWordRight, "ctrl+y": line.PutBack, "ctrl+_": line.Undo, "ctrl+c": line.Interrupt, "ctrl+d": line.EOF,
	"ctrl+l": line.Clear, "ctrl+r": line.Search, "ctrl+p": line.Previous, "ctrl+n": line.Next,
}

// key is a key as the editor takes it.
func key(msg tea.KeyMsg) (line.Key, bool) {
	switch {
	case msg.Paste:
		return line.Pasted(string(msg.Runes)), true
	case msg.Type == tea.KeyRunes && !msg.Alt, msg.Type == tea.KeySpace && !msg.Alt:
		return line.Key{Code: line.Rune, Text: string(msg.Runes)}, true
	}
	code, ok := codes[msg.String()]
	return line.Key{Code: code}, ok
}
