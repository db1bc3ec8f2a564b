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

// Shade is a cell as dense as n is part of top: a dot for none, and four steps up to a full cell.
func Shade(n, top float64) rune {
	if n <= 0 || top <= 0 {
		return '·'
	}
	steps := [...]rune{'░', '▒', '▓', '█'}
	return steps[max(min(int(n/top*float64(len(steps))), len(steps)-1), 0)]
}

// Bar is a line as long as part is of whole, w cells when they are the same, in steps of half a cell. What is not zero is never
// invisible.
func Bar(part, whole uint64, w int) string {
	if part == 0 || whole == 0 || w <= 0 {
		return ""
	}
	halves := max(min(int(float64(2*w)*(float64(part)/float64(whole))+0.5), 2*w), 1)
	return strings.Repeat("━", halves/2) + strings.Repeat("╸", halves%2)
}
