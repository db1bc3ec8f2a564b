package main

import (
	"strings"
	"testing"
)

func TestCounterCountsLinesHoweverTheyArePieced(t *testing.T) {
	text := "x   \n12 a\nLost 7 events\n13 b\n\n14 Lost 9 events\nLost 20 events\n15"
	for size := 1; size <= len(text); size++ {
		var c counter
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			c.take([]byte(rest[:n]))
			rest = rest[n:]
		}
		if c.lines != 3 || c.lost != 27 {
			t.Errorf("in pieces of %d: %d lines and %d lost, want 3 and 27", size, c.lines, c.lost)
		}
	}
}

func TestLossesAsBothTell(t *testing.T) {
	text := strings.Repeat("p: 5 records lost, the ring buffer was full\n", 2) + "Lost 30 events\n"
	if got := lostOf(text); got != 40 {
		t.Errorf("%d lost, want 40", got)
	}
}
