package pane

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go3s/session/harmless"

	"github.com/charmbracelet/x/ansi"
)

// Fit makes s exactly w cells wide: cut with an ellipsis, or filled with spaces.
func Fit(s string, w int) string {
	have := ansi.StringWidth(s)
	switch {
	case w <= 0:
		return ""
	case have > w:
		s = ansi.Truncate(s, w, "…")
		have = ansi.StringWidth(s) // a wide character that had no room leaves a cell
	}
	return s + Blank(w-have)
}

// FitRight is Fit with the text at the right edge.
func FitRight(s string, w int) string {
	have := ansi.StringWidth(s)
	if have > w {
		return Fit(s, w)
	}
	return Blank(w-have) + s
}

// Blank is n spaces.
func Blank(n int) string {
	const spaces = "                                                                                                                                "
	if n <= 0 {
		return ""
	}
	if n <= len(spaces) {
		return spaces[:n]
	}
	return strings.Repeat(" ", n)
}

// Value is a key or a value as text that is safe on a terminal.
func Value(v any) string {
	switch v := v.(type) {
	case string:
		return harmless.Text(v)
	case uint64:
		return strconv.FormatUint(v, 10)
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case nil:
		return ""
	}
	return harmless.Text(fmt.Sprint(v))
}

// Count is n with its digits in groups of three: 1,234,567.
func Count(n uint64) string { return group(strconv.FormatUint(n, 10)) }

// Signed is Count of a number that may be negative.
func Signed(n int64) string {
	if n >= 0 {
		return Count(uint64(n))
	}
	return "-" + Count(-uint64(n))
}

// group puts a comma before every third digit from the right.
func group(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	b := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, digits[i])
	}
	return string(b)
}

// Rate is events a second: a tenth is shown below ten, so that slow counters are seen to move.
func Rate(r float64) string {
	switch {
	case math.IsNaN(r) || math.IsInf(r, 0):
		return "?"
	case r < 0:
		return "-" + Rate(-r)
	case r < 9.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	case r >= math.MaxUint64:
		return "?"
	}
	return Count(uint64(math.Round(r)))
}

// Short is n in at most five cells: 999, 12.3k, 4.5M. It is for places where Count does not fit.
func Short(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10)
	}
	f := float64(n)
	for _, unit := range "kMGTPE" {
		f /= 1000
		if f < 99.95 {
			return strconv.FormatFloat(f, 'f', 1, 64) + string(unit)
		}
		if f < 999.5 {
			return strconv.FormatFloat(f, 'f', 0, 64) + string(unit)
		}
	}
	return strconv.FormatUint(n, 10)
}

// Plural is "1 key", "2 keys".
func Plural(n uint64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + one + "s"
}

// Lines puts text in the middle of a place of w by h cells, as panes do that have nothing to show.
func Lines(w, h int, text ...string) string {
	if len(text) > h {
		text = text[:max(h, 0)]
	}
	out := make([]string, 0, h)
	for range (h - len(text)) / 2 {
		out = append(out, "")
	}
	for _, s := range text {
		s = ansi.Truncate(s, max(w, 0), "…")
		out = append(out, Blank((w-ansi.StringWidth(s))/2)+s)
	}
	return strings.Join(out, "\n")
}
