package counters

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"go3s/session"
	"go3s/view/pane"
)

// Columns that a table can be sorted by, beside its key columns, which are numbered from 0.
const (
	byTotal = -1
	byRate  = -2
	byCPU   = -3 // CPU n is byCPU-n
)

// table is one map on screen: its rows in the order shown, and what the user has done to them.
type table struct {
	name    string
	of      session.Map
	keys    []string // heads of the key columns
	cpus    int
	rows    []row
	meter   meter
	sortBy  int
	up      bool // ascending
	chosen  string
	sel     int // index of the selected row
	pinned  bool
	offset  int // index of the first row on screen
	w, h    int
	heading bool // it is named above its rows
	grid    grid
}

// row is one entry of a map.
type row struct {
	id     string // the key's identity
	key    []any
	total  any
	number bool   // total is a number
	signed bool   // of int64
	bits   uint64 // of the number
	cpu    []uint64
	rate   float64
	rated  bool
}

func newTable(name string) *table { return &table{name: name, sortBy: byTotal, pinned: true} }

// about says in a few words how much the table holds, which part of it is on screen, and whether it is about to be full.
func (t *table) about() string {
	n := len(t.rows)
	s := pane.Plural(uint64(n), "key")
	if t.name == loose {
		s = pane.Count(uint64(n)) + " without a key"
	}
	if shown := t.shown(); n > shown && shown > 0 {
		s = fmt.Sprintf("%s-%s of %s", pane.Count(uint64(t.offset+1)), pane.Count(uint64(min(t.offset+shown, n))), s)
	}
	if g := &t.grid; g.shown == 0 && g.hidden > 0 {
		s += fmt.Sprintf(", %d cpus hidden", g.hidden)
	}
	if t.name != loose && t.of.Entries > 0 && n >= t.of.Entries-t.of.Entries/10 {
		s += fmt.Sprintf(", %d%% full", 100*n/t.of.Entries)
	}
	return s
}

// title is the table's name as tabs and headings have it.
func (t *table) title() string {
	if t.name == loose {
		return "counters"
	}
	return session.Escape(t.name)
}

// height is the number of lines the table could use.
func (t *table) height() int { return around + max(len(t.rows), 1) }

// take replaces the contents.
func (t *table) take(m session.Table) {
	t.of, t.cpus = m.Map, m.CPUs
	t.keys = m.Map.Columns
	if len(t.keys) == 1 && t.keys[0] == t.name {
		t.keys = []string{"key"} // the table is named already
	}
	t.rows = make([]row, len(m.Rows))
	for i, r := range m.Rows {
		t.rows[i] = newRow(r)
	}
	t.meter.measure(m.Time, t.rows)
	if t.sortBy == byTotal && !t.up {
		turn(t.rows)
	}
	t.order()
}

// turn puts rows by ascending total, as a session has them, into descending order, rows of the same total as they were. Sorting what is
// sorted already costs next to nothing.
func turn(rows []row) {
	slices.Reverse(rows)
	for i := 0; i < len(rows); {
		n := i + 1
		for n < len(rows) && compareTotals(rows[i], rows[n]) == 0 {
			n++
		}
		slices.Reverse(rows[i:n])
		i = n
	}
}

// totalName is what the total of a row is, of aggregates what they are ordered by; at most as wide as "total".
func (t *table) totalName() string {
	switch t.of.Kind {
	case "histogram", "linear histogram", "quantiles":
		return "n"
	case "average":
		return "avg"
	case "statistics":
		return "sum"
	case "minimum":
		return "min"
	case "maximum":
		return "max"
	}
	return "total"
}

func newRow(r session.Row) row {
	n := row{id: identity(r.Key), key: r.Key, total: session.Measure(r.Total), cpu: r.PerCPU}
	switch v := n.total.(type) {
	case uint64:
		n.number, n.bits = true, v
	case int64:
		n.number, n.signed, n.bits = true, true, uint64(v)
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

// order sorts the rows and finds the selected one again. A pinned selection stays on the first row, whichever that is.
func (t *table) order() {
	slices.SortFunc(t.rows, t.compare)
	if t.pinned {
		t.sel = 0
	} else if i := slices.IndexFunc(t.rows, func(r row) bool { return r.id == t.chosen }); i >= 0 {
		t.sel = i
	}
	t.choose(t.sel)
}

// compare orders rows as shown. What is equal in the sort column goes by total, largest first, then by key.
func (t *table) compare(a, b row) int {
	var c int
	switch {
	case t.sortBy >= 0:
		c = compareValues(at(a.key, t.sortBy), at(b.key, t.sortBy))
	case t.sortBy == byTotal:
		c = compareTotals(a, b)
	case t.sortBy == byRate:
		c = cmp.Compare(a.rate, b.rate)
	default:
		n := byCPU - t.sortBy
		c = compareBits(a.signed, at(a.cpu, n), at(b.cpu, n))
	}
	if !t.up {
		c = -c
	}
	if c == 0 {
		c = -compareTotals(a, b)
	}
	for i := 0; c == 0 && i < min(len(a.key), len(b.key)); i++ {
		c = compareValues(a.key[i], b.key[i])
	}
	return c
}

func at[T any](s []T, i int) T {
	if i < len(s) {
		return s[i]
	}
	var zero T
	return zero
}

func compareTotals(a, b row) int {
	if a.number && b.number {
		return compareBits(a.signed, a.bits, b.bits)
	}
	return compareValues(a.total, b.total)
}

func compareBits(signed bool, a, b uint64) int {
	if signed {
		return cmp.Compare(int64(a), int64(b))
	}
	return cmp.Compare(a, b)
}

func compareValues(a, b any) int {
	switch a := a.(type) {
	case uint64:
		if b, ok := b.(uint64); ok {
			return cmp.Compare(a, b)
		}
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// sortNext sorts by the next column on screen: numbers largest first, keys smallest first.
func (t *table) sortNext() {
	columns := t.grid.sortable()
	if len(columns) == 0 {
		return
	}
	i := slices.Index(columns, t.sortBy)
	t.sortBy = columns[(i+1)%len(columns)]
	t.up = t.sortBy >= 0
	t.order()
}

func (t *table) reverse() {
	t.up = !t.up
	t.order()
}

// move moves the selection by n rows and takes it off the top.
func (t *table) move(n int) {
	t.pinned = false
	t.choose(t.sel + n)
}

// pin selects the first row and keeps the selection there.
func (t *table) pin() {
	t.pinned = true
	t.choose(0)
}

// choose selects row i, or the nearest there is, and scrolls to it.
func (t *table) choose(i int) {
	t.sel = max(min(i, len(t.rows)-1), 0)
	t.chosen = ""
	if t.sel < len(t.rows) {
		t.chosen = t.rows[t.sel].id
	}
	shown := t.shown()
	t.offset = min(t.offset, t.sel)
	t.offset = max(t.offset, t.sel-shown+1, 0)
	t.offset = max(min(t.offset, len(t.rows)-shown), 0)
}

// hasHeading and hasHead say which lines the table has above its rows; a very low one keeps to its rows.
func (t *table) hasHeading() bool { return t.heading && t.h > around }
func (t *table) hasHead() bool    { return t.h > 1 }

// shown is how many rows fit.
func (t *table) shown() int {
	n := t.h
	if t.hasHeading() {
		n--
	}
	if t.hasHead() {
		n--
	}
	return max(n, 0)
}

// setSize gives the table w by h cells, with a heading of its own or without, and lays out its columns for the rows that
// are now on screen.
func (t *table) setSize(w, h int, heading bool) {
	t.w, t.h, t.heading = w, h, heading
	t.choose(t.sel)
	t.layout()
}

// top is the largest total, for which a row stands out.
func (t *table) top() uint64 {
	var most uint64
	for i := range t.rows {
		if r := &t.rows[i]; r.number && !(r.signed && r.bits > math.MaxInt64) {
			most = max(most, r.bits)
		}
	}
	return most
}
