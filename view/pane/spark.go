package pane

import "strings"

// Spark is the last n of some numbers as bars of eight heights beside each other, the highest for the largest. Zero is the lowest
// line, so that something that has stopped is told from something that was never there.
func Spark(values []float64, n int) string {
	values = values[max(len(values)-n, 0):]
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	const bars = "▁▂▃▄▅▆▇█"
	steps := []rune(bars)
	var b strings.Builder
	for _, v := range values {
		at := 0
		if top > 0 && v > 0 {
			at = min(1+int(v/top*float64(len(steps)-2)), len(steps)-1)
		}
		b.WriteRune(steps[at])
	}
	return b.String()
}
