package incremental

import (
	"fmt"
	"strings"
	"testing"

	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// It does not matter which of several cells declares what others use.
func TestCellsAreInNoOrder(t *testing.T) {
	for _, c := range []struct{ cells, order, diags string }{
		{"func c() int { return b() } | func b() int { return k } | const k = 3", "2 1 0", ""},
		{"type T struct { u [2]U } | type U struct { x int }", "1 0", ""},
		{"sched:sched_switch { if start[pid] > 0 { n++ } } | p := sched:sched_switch { start[pid] = nsecs }", "1 0", ""},
		{"a := sched:sched_switch { x[pid]++ } | b := sched:sched_switch { x[pid]++; if y > 0 { z++ } } | c := sched:sched_switch { y++ }", "0 2 1", ""},
		{"q() | func q() int { return 1 }", "1 0", ""},
		{"n | n = 1 | sched:sched_switch { n++ }", "2 0 1", ""},
		{
			"func a() int { return b() } | func b() int { return a() }", "1 0",
			"1:23: the entry of a needs this one, and this one needs a [undefined-name]",
		},
		{"func f() int { return g() } | func g() int { return h() + k }", "1 0", "1:23: undefined: h [undefined-name] | 1:29: undefined: k [undefined-name]"},
	} {
		var cells []source.Cell
		s := New(universetest.Kernel())
		for i, text := range strings.Split(c.cells, " | ") {
			cell := source.Cell{Name: fmt.Sprint(i), Text: text}
			cells = append(cells, cell)
			if f := s.memo.parse(cell).file; !IsEvaluation(f) {
				s = s.With(cell)
			}
		}
		var order []string
		for _, cell := range Order(cells) {
			order = append(order, cell.Name)
		}
		if got := strings.Join(order, " "); got != c.order {
			t.Errorf("%s: sorted as %s, want %s", c.cells, got, c.order)
		}
		var diags []string
		for _, d := range s.Build(BuildOptions{Verify: true}).Diags {
			cell := cells[0]
			for _, o := range cells {
				if o.Name == d.Span.Cell {
					cell = o
				}
			}
			line, col := source.Position(cell.Text, d.Span.Start)
			diags = append(diags, fmt.Sprintf("%d:%d: %s [%s]", line, col, d.Msg, d.Code))
		}
		if got := strings.Join(diags, " | "); got != c.diags {
			t.Errorf("%s: %s, want %s", c.cells, got, c.diags)
		}
	}
}
