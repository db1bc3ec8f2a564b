package counters

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"go3s/output"
	"go3s/session/harmless"
	"go3s/view/pane"
	"go3s/view/sheet"
)

const (
	gap        = 2  // cells between columns
	ruleGap    = 3  // cells of the rule before the CPUs
	keyLeast   = 4  // cells that a key column keeps
	keyFair    = 24 // cells that a key keeps while other columns want room
	keyMore    = 10 // cells that each further key column keeps then
	barLeast   = 10 // cells below which bars say nothing
	barMost    = 32
	trendLeast = 8
	trendMost  = 20
	stripLeast = 8  // CPUs in a strip
	stripFair  = 32 // cells that it may have before long keys are shown whole
	stripMost  = 64 // above that a cell stands for several
)

// grid is the columns of a table on screen. Widths only grow while a table is shown, so that numbers don't jump.
type grid struct {
	keys            []int // widths of the key columns
	total, rate     int   // rate is 0 where it has no room, or no meaning
	trend           int   // width of the trend, or 0
	cpu             int   // width of each CPU column
	cpus            int   // CPU columns: all or none
	strip           int   // width of the strip that has the CPUs where there is no room for columns, or 0
	bar             int   // width of the bars, or 0
	natural         []int // what keys would need
	wideTotal, wide int   // what total and CPU columns would need
	wideRate        int
}

// span is a column that can be sorted by, and the cells that it takes.
type span struct{ by, from, to int }

// spans are the columns by which the table can be sorted, from left to right.
func (g *grid) spans() []span {
	var c []span
	x := 1
	add := func(by, w int) {
		c = append(c, span{by, x, x + w})
		x += w + gap
	}
	for i, w := range g.keys {
		add(i, w)
	}
	add(sheet.ByTotal, g.total)
	if g.rate > 0 {
		add(sheet.ByRate, g.rate)
	}
	if g.trend > 0 {
		x += g.trend + gap
	}
	x += ruleGap - gap
	for i := range g.cpus {
		add(sheet.ByCPU-i, g.cpu)
	}
	return c
}

// sortable are the columns by which the table can be sorted.
func (g *grid) sortable() []int {
	var c []int
	for _, s := range g.spans() {
		c = append(c, s.by)
	}
	return c
}

// layout gives each column its width. Total comes first, then the rate, then the keys as far as they are readable, then the CPUs, as
// columns or as a strip, then the trend and the bars.
func (t *board) layout() {
	t.grow()
	g := &t.grid
	room := t.w - 2 // the margins
	g.total, g.rate, g.cpu = g.wideTotal, g.wideRate, g.wide
	g.keys = append(g.keys[:0:0], g.natural...)
	fixed := func() int {
		w := g.total
		if g.rate > 0 {
			w += gap + g.rate
		}
		return w + gap*len(g.keys)
	}
	keyRoom := room - fixed()
	if least := keyLeast * len(g.keys); keyRoom < least {
		g.rate = 0
		keyRoom = room - fixed()
		if keyRoom < least {
			g.total = max(g.total-(least-keyRoom), min(g.total, 5))
			keyRoom = room - fixed()
		}
	}
	cpus := t.Sheet.CPUs
	if cpus > 0 {
		fair := keyFair + keyMore*max(len(g.keys)-1, 0)
		keyRoom = max(keyRoom-ruleGap-min(cpus*(g.cpu+gap), max(2*(g.cpu+gap), stripFair)), min(keyRoom, fair))
	}
	shrink(g.keys, keyRoom)
	rest := t.fold(room - fixed() - sum(g.keys))
	g.trend, g.bar = 0, 0
	if g.rate > 0 && rest-gap >= trendLeast {
		g.trend = min(max(rest/2-gap, trendLeast), trendMost)
		if rest-g.trend-2*gap < barLeast {
			g.trend = min(rest-gap, trendMost)
		}
		rest -= g.trend + gap
	}
	if rest-gap >= barLeast && t.Sheet.Largest > 0 {
		g.bar = min(rest-gap, barMost)
	}
}

// fold gives the CPUs columns if all fit into rest cells, or a strip, and returns what is left.
func (t *board) fold(rest int) int {
	g, n := &t.grid, t.Sheet.CPUs
	g.cpus, g.strip = 0, 0
	if n == 0 {
		return rest
	}
	if w := ruleGap + n*g.cpu + (n-1)*gap; w <= rest {
		g.cpus = n
		return rest - w
	}
	if w := min(n, stripMost, rest-ruleGap); w >= min(n, stripLeast) {
		g.strip = max(w, min(ansi.StringWidth(stripHead(n, rest-ruleGap)), rest-ruleGap))
		return rest - ruleGap - g.strip
	}
	return rest
}

// stripHead is what stands above the strip, if it may have w cells.
func stripHead(cpus, w int) string {
	head := fmt.Sprintf("cpu 0–%d", cpus-1)
	if ansi.StringWidth(head) > w {
		return "cpu"
	}
	return head
}

// grow widens the columns to what the rows on screen need.
func (t *board) grow() {
	g := &t.grid
	if len(g.natural) != len(t.keys) {
		g.natural = make([]int, len(t.keys))
	}
	for i, head := range t.keys {
		g.natural[i] = max(g.natural[i], ansi.StringWidth(harmless.Text(head))+2)
	}
	g.wideTotal, g.wide = max(g.wideTotal, len("total")+2), max(g.wide, len("cpu00")+1)
	if t.numeric() {
		g.wideRate = max(g.wideRate, len("delta/s")+2)
	}
	for i := t.Offset; i < t.Offset+t.shown(); i++ {
		r := t.Row(i)
		if r == nil {
			continue
		}
		for k := range g.natural {
			g.natural[k] = max(g.natural[k], ansi.StringWidth(pane.Value(at(r.Key, k))))
		}
		g.wideTotal = max(g.wideTotal, ansi.StringWidth(t.totalText(r)))
		if r.Number {
			g.wideRate = max(g.wideRate, ansi.StringWidth(t.rate(r)))
		}
		for _, n := range r.CPU {
			g.wide = max(g.wide, ansi.StringWidth(t.number(n, r.Signed)))
		}
	}
}

// align gives tables with as many key columns, one below the other, columns of the same widths.
func align(tables []*board) {
	widest := map[int]*grid{}
	for _, t := range tables {
		g := widest[len(t.keys)]
		if g == nil {
			g = &grid{natural: make([]int, len(t.keys))}
			widest[len(t.keys)] = g
		}
		g.wideTotal, g.wideRate, g.wide = max(g.wideTotal, t.grid.wideTotal), max(g.wideRate, t.grid.wideRate), max(g.wide, t.grid.wide)
		for i, n := range t.grid.natural {
			g.natural[i] = max(g.natural[i], n)
		}
	}
	for _, t := range tables {
		g := widest[len(t.keys)]
		t.grid.wideTotal, t.grid.wide = g.wideTotal, g.wide
		if t.numeric() {
			t.grid.wideRate = g.wideRate
		}
		copy(t.grid.natural, g.natural)
		t.layout()
	}
}

func at[T any](s []T, i int) T {
	if i < len(s) {
		return s[i]
	}
	var zero T
	return zero
}

// shrink takes cells from the widest until all fit room, but leaves each keyLeast.
func shrink(widths []int, room int) {
	for sum(widths) > room {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if len(widths) == 0 || widths[widest] <= keyLeast {
			return
		}
		widths[widest]--
	}
}

func sum(widths []int) int {
	n := 0
	for _, w := range widths {
		n += w
	}
	return n
}

// totalText is the value of a row.
func (t *board) totalText(r *sheet.Row) string {
	if r.Number {
		return t.number(r.Bits, r.Signed)
	}
	return pane.Value(r.Show)
}

// number is a number in the unit of the map.
func (t *board) number(bits uint64, signed bool) string {
	switch {
	case t.unit != output.Plain && signed:
		return t.unit.Text(int64(bits))
	case t.unit != output.Plain:
		return t.unit.Text(bits)
	case signed:
		return pane.Signed(int64(bits))
	}
	return pane.Count(bits)
}

// squeeze is the number in w cells: with less digits where they don't all fit, never cut.
func (t *board) squeeze(bits uint64, signed bool, w int) string {
	s := t.number(bits, signed)
	switch {
	case ansi.StringWidth(s) <= w:
		return s
	case signed && int64(bits) < 0:
		return "-" + pane.Short(-bits)
	}
	return pane.Short(bits)
}

// rate is what comes a second, in the unit of the map.
func (t *board) rate(r *sheet.Row) string {
	if t.unit != output.Plain {
		return t.unit.Text(r.Rate)
	}
	return pane.Rate(r.Rate)
}
