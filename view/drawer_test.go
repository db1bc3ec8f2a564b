package view

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// paper is a terminal that knows what a drawer sends: places, erasures and letters.
type paper struct {
	cells  [][]rune
	writes int
	sent   int
}

func newPaper(w, h int) *paper {
	p := &paper{}
	for range h {
		p.cells = append(p.cells, []rune(strings.Repeat("?", w)))
	}
	return p
}

var sequence = regexp.MustCompile(`^\x1b\[(\d*)(?:;(\d*))?([HKJ])`)

func (p *paper) Write(b []byte) (int, error) {
	p.writes++
	p.sent += len(b)
	x, y := 0, 0
	for s := string(b); s != ""; {
		m := sequence.FindStringSubmatch(s)
		if m == nil {
			r := []rune(s)[0]
			p.cells[y][x] = r
			x++
			s = s[len(string(r)):]
			continue
		}
		s = s[len(m[0]):]
		switch m[3] {
		case "H":
			y, x = max(0, number(m[1])-1), max(0, number(m[2])-1)
		case "K":
			p.erase(y, x)
		case "J":
			p.erase(y, x)
			for row := y + 1; row < len(p.cells); row++ {
				p.erase(row, 0)
			}
		}
	}
	return len(b), nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func (p *paper) erase(y, from int) {
	for x := from; x < len(p.cells[y]); x++ {
		p.cells[y][x] = ' '
	}
}

func (p *paper) text() string {
	var lines []string
	for _, row := range p.cells {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func TestDrawerLeavesOnTheTerminalWhatIsOnTheScreen(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		w, h := 1+r.IntN(12), 1+r.IntN(6)
		p := newPaper(w, h)
		d := &drawer{to: p}
		d.see(tea.WindowSizeMsg{Width: w, Height: h})
		lines := make([]string, 1+r.IntN(h))
		for range 20 {
			switch r.IntN(10) {
			case 0:
				lines = make([]string, 1+r.IntN(h))
			case 1:
				d.see(tea.ResumeMsg{})
				p.cells = newPaper(w, h).cells
			default:
				lines = slices.Clone(lines)
				lines[r.IntN(len(lines))] = strings.Repeat(string(rune('a'+r.IntN(26))), r.IntN(w+3))
			}
			d.last = time.Time{}
			d.show(strings.Join(lines, "\n"))
			var want []string
			for _, l := range lines {
				want = append(want, l[:min(len(l), w)])
			}
			if got, want := p.text(), strings.TrimRight(strings.Join(want, "\n"), "\n"); got != want {
				t.Fatalf("the terminal has\n%s\nwant\n%s", got, want)
			}
		}
	}
}

func TestDrawerSendsWhatHasChanged(t *testing.T) {
	p := newPaper(100, 50)
	d := &drawer{to: p}
	d.see(tea.WindowSizeMsg{Width: 100, Height: 50})
	screen := strings.Repeat(strings.Repeat("x", 100)+"\n", 49)
	d.show(screen)
	before, writes := p.sent, p.writes
	for range 100 {
		d.last = time.Time{}
		d.show(screen)
	}
	if p.writes != writes {
		t.Error("a screen that is there is drawn again")
	}
	d.last = time.Time{}
	d.show("y" + screen[1:])
	if n := p.sent - before; n > 150 {
		t.Errorf("%d bytes are sent for one line", n)
	}
}

// TestDrawerAnswersAtOnceAndKeepsItsPace has a key answered without waiting, and changes that come faster than frames drawn in time.
func TestDrawerAnswersAtOnceAndKeepsItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaper(10, 1)
		messages := make(chan tea.Msg)
		d := &drawer{to: p, later: func(rest time.Duration) { time.AfterFunc(rest, func() { messages <- redraw{} }) }}
		d.see(tea.WindowSizeMsg{Width: 10, Height: 1})
		d.show("0")
		if p.text() != "0" {
			t.Fatalf("the first screen waits; the terminal has %q", p.text())
		}
		start := time.Now()
		end := time.NewTimer(time.Second)
		changes := time.NewTicker(time.Millisecond)
		screen := ""
	draw:
		for n := 1; ; {
			select {
			case <-end.C:
				break draw
			case m := <-messages:
				d.see(m)
			case <-changes.C:
				screen = fmt.Sprint(n)
				n++
			}
			d.show(screen)
		}
		changes.Stop()
		if p.writes < frames-3 || p.writes > frames+1 {
			t.Errorf("%d frames in %v, want %d", p.writes, time.Since(start), frames)
		}
		if d.waiting {
			d.see(<-messages)
			d.show(screen)
		}
		if p.text() != screen {
			t.Errorf("the terminal stays at %q, want %q", p.text(), screen)
		}
	})
}
