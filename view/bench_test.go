package view

import (
	"fmt"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session/table"
	"go3s/view/pane"
)

// BenchmarkTables is one round of a map with 10,000 keys and two CPUs: made ready beside the screen, taken in and drawn. There are four
// such rounds a second.
func BenchmarkTables(b *testing.B) {
	s := newSilentStage(nil, coloured(), 0)
	s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	t := tableOf("opens", []string{"comm", "fd"}, 10_000, 2, time.Hour)
	slices.Reverse(t.Rows) // by ascending total, then key
	for i := range t.Rows {
		t.Rows[i].Key[0] = fmt.Sprintf("worker/%05d", i)
	}
	for i := 0; b.Loop(); i++ {
		t.Time = start.Add(time.Duration(i) * 250 * time.Millisecond)
		s.send([]table.Table{t})
		_ = s.View()
	}
}

// BenchmarkLines is one round of the log at 10,000 lines a second.
func BenchmarkLines(b *testing.B) {
	const size = 1 << 40
	s := &stage{screen: newScreen(coloured(), callsFor(size))}
	s.w, s.h = 120, 40
	s.arrange()
	_, records := read(size)(0, tail)
	for i := uint64(1); b.Loop(); i++ {
		s.send(pane.Tail{Next: i * 1000, Records: records})
		_ = s.View()
	}
}
