package source

import "strings"

// Position returns the line and the column of the byte at offset, both counted from 1. Columns are bytes, as in Go. An
// offset outside of the text counts as its nearest end.
func Position(text string, offset int) (line, col int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, len(before) - start + 1
}

// Offset is the byte offset of a position as Position gives it, or -1 if the text has no such position.
func Offset(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return -1
		}
		at += i + 1
	}
	if at += column - 1; column < 1 || at > len(text) {
		return -1
	}
	return at
}
