package output

import (
	"fmt"
	"strings"

	"go3s/incremental/source"
)

// Columns lays items out in columns of equal width, at most rows lines of them, and says how many it left out.
func Columns(items []string, width, rows int) string {
	widest := 0
	for _, s := range items {
		widest = max(widest, source.Width(s))
	}
	across := max(1, (width+1)/(widest+len(gap)))
	shown := items
	if len(items) > across*rows {
		shown = items[:across*rows]
	}
	var b strings.Builder
	for i, s := range shown {
		if last := (i+1)%across == 0 || i == len(shown)-1; last {
			b.WriteString(s + "\n")
		} else {
			b.WriteString(s + strings.Repeat(" ", widest+len(gap)-source.Width(s)))
		}
	}
	if left := len(items) - len(shown); left > 0 {
		fmt.Fprintf(&b, "… and %d more\n", left)
	}
	return b.String()
}
