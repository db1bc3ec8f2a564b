package pane

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestCountGroupsDigits(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", math.MaxUint64: "18,446,744,073,709,551,615",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{-1: "-1", -1000: "-1,000", math.MinInt64: "-9,223,372,036,854,775,808", 5000: "5,000"} {
		if got := Signed(n); got != want {
			t.Errorf("Signed(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestShortFitsFiveCells(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1.0k", 12345: "12.3k", 99950: "100k", 99949: "99.9k", 999499: "999k", 999500: "1.0M", 1e9: "1.0G", math.MaxUint64: "18.4E",
	} {
		if got := Short(n); got != want || len(got) > 5 {
			t.Errorf("Short(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestRateShowsTenthsWhenSlow(t *testing.T) {
	for r, want := range map[float64]string{
		0.04: "0.0", 0.25: "0.2", 9.94: "9.9", 9.95: "10", 1234.4: "1,234", 1234.5: "1,235", -2.5: "-2.5", math.Inf(1): "?", 1e30: "?",
	} {
		if got := Rate(r); got != want {
			t.Errorf("Rate(%v) = %q, want %q", r, got, want)
		}
	}
}

func TestFitIsExactlyAsWideAsAsked(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"abc", 5, "abc  "},
		{"abcdef", 4, "abc…"},
		{"世界", 3, "世…"},
		{"世界世界", 4, "世… "},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"e\u0301te", 3, "e\u0301te"},
	} {
		if got := Fit(c.in, c.w); got != c.want || ansi.StringWidth(got) != max(c.w, 0) {
			t.Errorf("Fit(%q, %d) = %q, want %q", c.in, c.w, got, c.want)
		}
	}
	if got := FitRight("12", 5); got != "   12" {
		t.Errorf("FitRight = %q", got)
	}
	if got := Blank(300); got != strings.Repeat(" ", 300) {
		t.Errorf("Blank(300) has %d cells", len(got))
	}
}

func TestValueIsHarmless(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{"a\x1b[31mb\n", `a\x1b[31mb\n`},
		{uint64(math.MaxUint64), "18446744073709551615"},
		{int64(-7), "-7"},
		{true, "true"},
		{nil, ""},
		{[]any{uint64(1), "x\x07"}, `[1 x\x07]`},
	} {
		if got := Value(c.in); got != c.want {
			t.Errorf("Value(%#v) = %q, want %q", c.in, got, c.want)
		}
	}
}
