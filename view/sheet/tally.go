package sheet

import (
	"math"
	"slices"
	"strings"

	"go3s/session/table"
	"go3s/view/pane"
)

// Tally is one map as it was read last, with what is remembered of it from before. It serves one goroutine.
type Tally struct {
	now   *table.Contents
	meter meter
	past  past
	unit  string

	// The order that the last cut asked for, kept for the next one.
	sorted Cut
	fresh  bool    // order is that of now
	order  []int32 // places of rows that pass the filter
	most   uint64
	chosen int // where the chosen row was last
}

// Keys is the number of rows.
func (t *Tally) Keys() int {
	if t.now == nil {
		return 0
	}
	return t.now.Len()
}

// Take replaces the contents; rates and trends go on by key. Unit is that of session.Unit.
func (t *Tally) Take(c *table.Contents, unit string) {
	t.now, t.unit, t.fresh = c, unit, false
	t.meter.take(c)
	t.past.take(c, &t.meter)
}

// row is row i, with its rate.
func (t *Tally) row(i int) Row {
	r := t.now.Row(i)
	n := Row{ID: string(t.now.ID(i)), Key: r.Key, Total: r.Total, Show: table.Measure(r.Total), CPU: r.PerCPU}
	n.Bits, n.Signed, n.Number = t.now.Number(i)
	n.Rate, n.Rated = t.meter.rate(i)
	return n
}

// Cut is the part of the map that c asks for.
func (t *Tally) Cut(c Cut) Sheet {
	if t.now == nil {
		return Sheet{Cut: c}
	}
	t.arrange(c)
	order := t.order
	if c.Top > 0 {
		order = order[:min(c.Top, len(order))]
	}
	n := len(order)
	s := Sheet{
		Cut: c, Map: t.now.Map, Unit: t.unit, Time: t.now.Time, CPUs: t.now.CPUs, Factor: t.now.Factor,
		Keys: t.now.Len(), Matches: len(t.order), Count: n, Largest: t.most,
	}
	s.Index = max(min(c.At, n-1), 0)
	if c.Chosen != "" {
		if at := t.now.Find([]byte(c.Chosen), t.chosen); at >= 0 {
			t.chosen = at
			if i := slices.Index(order, int32(at)); i >= 0 {
				s.Index = i
			}
		}
	}
	s.Offset = Scroll(c.Offset, s.Index, c.Height, n)
	margin := max(c.Height, 20)
	s.From = max(s.Offset-margin, 0)
	end := min(s.Offset+c.Height+margin, n)
	if c.Whole {
		s.From, end = 0, min(n, Most)
	}
	s.Rows = make([]Row, 0, max(end-s.From, 0))
	for _, at := range order[min(s.From, end):end] {
		r := t.row(int(at))
		r.Trend = t.past.trend(&r, int(at))
		s.Rows = append(s.Rows, r)
	}
	if s.Index < n && Distribution(t.now.Map) {
		s.Past = t.past.of(string(t.now.ID(int(order[s.Index]))))
	}
	return s
}

// arrange makes the order that c asks for, unless it is there already. The order of the contents before is where it starts: sorting what is
// nearly sorted costs little.
func (t *Tally) arrange(c Cut) {
	want := Cut{By: c.By, Up: c.Up, Filter: c.Filter}
	if t.fresh && t.sorted == want {
		return
	}
	if !t.fresh || t.sorted.Filter != want.Filter {
		t.filter(c.Filter)
	}
	t.sorted, t.fresh = want, true
	t.sort()
}

// filter finds the rows whose key has the text, and the largest of them.
func (t *Tally) filter(text string) {
	n := t.now.Len()
	if text != "" || t.sorted.Filter != "" || len(t.order) != n {
		t.order = slices.Grow(t.order[:0], n)
		text = strings.ToLower(text)
		for i := range n {
			if text == "" || strings.Contains(strings.ToLower(KeyText(t.now.Row(i).Key)), text) {
				t.order = append(t.order, int32(i))
			}
		}
	}
	t.most = 0
	for _, i := range t.order {
		if bits, signed, ok := t.now.Number(int(i)); ok && (!signed || bits <= math.MaxInt64) {
			t.most = max(t.most, bits)
		}
	}
}

// KeyText is a key as text that is safe on a terminal, its columns parted by a space.
func KeyText(key []any) string {
	if len(key) == 1 {
		return pane.Value(key[0])
	}
	parts := make([]string, len(key))
	for i, v := range key {
		parts[i] = pane.Value(v)
	}
	return strings.Join(parts, " ")
}
