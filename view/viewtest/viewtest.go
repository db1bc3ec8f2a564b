// Package viewtest has what the tests of the panes share: golden screens, key presses by name, and sizes to try.
package viewtest

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"go3s/view/pane"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// Sizes are the windows that each pane is drawn for, in cells.
var Sizes = [][2]int{{80, 24}, {120, 40}, {200, 50}}

// Golden compares a screen with testdata/NAME.txt; spaces at the ends of lines don't count.
func Golden(t *testing.T, name, screen string) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got := strings.Join(lines, "\n") + "\n"
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("screen (-want +got):\n%s", diff)
	}
}

var special = map[string]tea.KeyType{
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	"home": tea.KeyHome, "end": tea.KeyEnd, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "esc": tea.KeyEsc, "enter": tea.KeyEnter,
	"backspace": tea.KeyBackspace, "ctrl+c": tea.KeyCtrlC, "ctrl+d": tea.KeyCtrlD, "ctrl+u": tea.KeyCtrlU, "ctrl+b": tea.KeyCtrlB, "ctrl+f": tea.KeyCtrlF,
}

// Key is the press of a key by its name, as tea.KeyMsg has it, or of a character.
func Key(name string) tea.KeyMsg {
	if k, ok := special[name]; ok {
		return tea.KeyMsg{Type: k}
	}
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(name)}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// Play gives messages to a pane, and to it again those that its commands return, as the program does. A string is a key. What goes beyond
// the pane, such as a pane.Do, is returned too.
func Play(p pane.Pane, msgs ...any) (out []tea.Msg) {
	queue := msgs
	for len(queue) > 0 {
		msg := queue[0]
		queue = queue[1:]
		if name, ok := msg.(string); ok {
			msg = Key(name)
		}
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				if cmd != nil {
					queue = append(queue, cmd())
				}
			}
			continue
		}
		if cmd := p.Update(msg); cmd != nil {
			got := cmd()
			out = append(out, got)
			queue = append(queue, got)
		}
	}
	return out
}

// Fits checks that a pane's view has no more lines than its height and none wider than its width.
func Fits(t *testing.T, at string, p pane.Pane, w, h int) {
	t.Helper()
	view := p.View()
	lines := strings.Split(view, "\n")
	if view != "" && len(lines) > h {
		t.Fatalf("%s: %d lines in a height of %d:\n%s", at, len(lines), h, view)
	}
	for _, l := range lines {
		if got := ansi.StringWidth(l); got > w {
			t.Fatalf("%s: %d cells in a width of %d: %q", at, got, w, l)
		}
	}
}

// Shake gives a pane random sizes, random ones of keys, and messages that next makes, and checks after each that it fits.
func Shake(t *testing.T, seed uint64, p pane.Pane, keys []string, next func(*rand.Rand) tea.Msg) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	w, h := 0, 0
	for range 60 {
		switch r.IntN(4) {
		case 0:
			w, h = r.IntN(240), r.IntN(60)
			p.SetSize(w, h)
		case 1:
			Play(p, next(r))
		default:
			Play(p, keys[r.IntN(len(keys))])
		}
		Fits(t, "after random messages", p, w, h)
	}
}
