package clock

import (
	"testing"
	"time"
)

func TestStrftime(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 7_089_000, time.FixedZone("CET", 3600))
	for format, want := range map[string]string{
		"%H:%M:%S":       "04:05:06",
		"%F %T.%f":       "2026-02-03 04:05:06.007089",
		"%a %d %b %Y %%": "Tue 03 Feb 2026 %",
		"%L %N %j %u %w": "007 007089000 034 2 2",
		"%I %p %l|%k|%e": "04 AM  4| 4| 3",
		"%s":             "1770087906",
		"%q %":           "%q %",
		"15:04:05.000":   "04:05:06.007",
		"2006-01-02 15h": "2026-02-03 04h",
		"":               "04:05:06.007089",
		"%z %Z %C":       "+0100 CET 20",
		"%D %R %r %h":    "02/03/26 04:05 04:05:06 AM Feb",
	} {
		if got := Strftime(format, at); got != want {
			t.Errorf("%q: got %q, want %q", format, got, want)
		}
	}
}
