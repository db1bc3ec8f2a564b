package sheet

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"go3s/session"
	"go3s/view/pane"
)

// Tally is one map as it was read last, with what is remembered of it from before. It serves one goroutine.
type Tally struct {
	of    session.Table // without its rows
	rows  []Row
	meter meter
	past  past
	unit  string

	// The order that the last cut asked for, kept for the next one.
	sorted Cut
	order  []int32 // indices of rows that pass the filter; nil if it has to be made
	most   uint64
}

// Keys is the number of rows.
func (t *Tally) Keys() int { return len(t.rows) }

// Take replaces the contents; rates and trends go on by key. Unit is that of session.Unit.
func (t *Tally) Take(m session.Table, unit string) {
	rows := make([]Row, len(m.Rows))
	for i, r := range m.Rows {
		rows[i] = newRow(r)
	}
	m.Rows = nil
	t.of, t.rows, t.unit, t.order = m, rows, unit, nil
	t.meter.measure(m.Time, t.rows)
	t.past.take(m, t.rows)
}

func newRow(r session.Row) Row {
	n := Row{ID: identity(r.Key), Key: r.Key, Total: r.Total, Show: session.Measure(r.Total), CPU: r.PerCPU}
	switch v := n.Show.(type) {
	case uint64:
		n.Number, n.Bits = true, v
	case int64:
		n.Number, n.Signed, n.Bits = true, true, uint64(v)
	}
	return n
}

// identity is a text that is equal for equal keys only.
func identity(key []any) string {
	var room [64]byte
	b := room[:0]
	for _, v := range key {
		switch v := v.(type) {
		case string:
			b = binary.AppendUvarint(append(b, 's'), uint64(len(v)))
			b = append(b, v...)
		case uint64:
			b = binary.LittleEndian.AppendUint64(append(b, 'u'), v)
		case int64:
			b = binary.LittleEndian.AppendUint64(append(b, 'i'), uint64(v))
		default:
			s := fmt.Sprintf("%T %#v", v, v)
			b = binary.AppendUvarint(append(b, 'v'), uint64(len(s)))
			b = append(b, s...)
		}
	}
	return string(b)
}

// Cut is the part of the map that c asks for.
func (t *Tally) Cut(c Cut) Sheet {
	t.arrange(c)
	order := t.order
	if c.Top > 0 {
		order = order[:min(c.Top, len(order))]
	}
	n := len(order)
	s := Sheet{
		Cut: c, Map: t.of.Map, Unit: t.unit, Time: t.of.Time, CPUs: t.of.CPUs, Factor: t.of.Factor,
		Keys: len(t.rows), Matches: len(t.order), Count: n, Largest: t.most,
	}
	s.Index = max(min(c.At, n-1), 0)
	if c.Chosen != "" {
		for i, at := range order {
			if t.rows[at].ID == c.Chosen {
				s.Index = i
				break
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
		r := t.rows[at]
		r.Trend = t.past.trend(&r)
		s.Rows = append(s.Rows, r)
	}
	if s.Index < n && Distribution(t.of.Map) {
		s.Past = t.past.of(t.rows[order[s.Index]].ID)
	}
	return s
}

// arrange makes the order that c asks for, unless it is there already.
func (t *Tally) arrange(c Cut) {
	want := Cut{By: c.By, Up: c.Up, Filter: c.Filter}
	if t.order != nil && t.sorted == want {
		return
	}
	if t.order == nil || t.sorted.Filter != want.Filter {
		t.filter(c.Filter)
		if c.By == ByTotal && !c.Up {
			t.turn()
		}
	}
	t.sorted = want
	t.sort()
}

// filter finds the rows whose key has the text, and the largest of them.
func (t *Tally) filter(text string) {
	text = strings.ToLower(text)
	t.order = make([]int32, 0, len(t.rows))
	t.most = 0
	for i := range t.rows {
		r := &t.rows[i]
		if text != "" && !strings.Contains(strings.ToLower(KeyText(r.Key)), text) {
			continue
		}
		t.order = append(t.order, int32(i))
		if r.Number && (!r.Signed || r.Bits <= math.MaxInt64) {
			t.most = max(t.most, r.Bits)
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
