package hush

import (
	"strings"
	"testing"
)

func TestWantsScreen(t *testing.T) {
	for line, want := range map[string]bool{
		"go3sh":                    true,
		"go3sh --view":             true,
		"go3sh -e n++ --view":      true,
		"go3sh --demo":             true,
		"go3sh --demo --for 1s":    true,
		"go3sh -e sched:x":         false,
		"go3sh file.go3s":          false,
		"go3sh --version":          false,
		"--view -e sched:x":        false,
		"go3sh --for 5s file.go3s": false,
	} {
		if got := wantsScreen(strings.ReplaceAll(line, " ", "\x00") + "\x00"); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}
