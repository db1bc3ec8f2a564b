package source

import "strings"

// Position returns the line and the column of the byte at offset, both counted from 1. Columns are bytes, as in Go. An
// offset outside of the text counts as its nearest end.
func Position(text string, offset int) (line, col int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, len(before) - start + 1
}
