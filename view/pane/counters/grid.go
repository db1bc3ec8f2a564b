package counters

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/view/pane"
)

const (
	gap      = 2  // cells between columns
	ruleGap  = 3  // cells of the rule before the CPUs
	keyLeast = 4  // cells that a key column keeps
	keyFair  = 24 // cells that keys keep while CPU columns want room
	barLeast = 10 // cells below which bars say nothing
	barMost  = 32
)

// grid is the columns of a table on screen. Widths only grow while a table is shown, so that numbers don't jump.
type grid struct {
	keys            []int // widths of the key columns
	total, rate     int   // rate is 0 where it has no room, or no meaning
	cpu             int   // width of each CPU column
	shown, hidden   int   // CPU columns
	bar             int   // width of the bars, or 0
	natural         []int // what keys would need
	wideTotal, wide int   // what total and CPU columns would need
	wideRate        int
}

// sortable are the columns on screen by which the table can be sorted, from left to right.
func (g *grid) sortable() []int {
	var c []int
	for i := range g.keys {
		c = append(c, i)
	}
	c = append(c, byTotal)
	if g.rate > 0 {
		c = append(c, byRate)
	}
	for i := range g.shown {
		c = append(c, byCPU-i)
	}
	return c
}

// layout gives each column its width. Total comes first, then the rate, then the keys as far as they are readable, then
// as many CPUs as fit, then bars.
func (t *table) layout() {
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
	if t.cpus > 0 {
		two := ruleGap + min(t.cpus, 2)*(g.cpu+gap)
		keyRoom = max(keyRoom-two, min(keyRoom, keyFair))
	}
	shrink(g.keys, keyRoom)
	rest := room - fixed() - sum(g.keys)
	g.shown, g.hidden, g.bar = 0, 0, 0
	if t.cpus > 0 {
		rest = t.fold(rest)
	}
	if g.hidden == 0 && rest-gap >= barLeast && t.top() > 0 {
		g.bar = min(rest-gap, barMost)
	}
}

// fold finds how many CPU columns fit in rest cells, beside the word that says how many don't, and returns what is left.
func (t *table) fold(rest int) int {
	g := &t.grid
	for n := t.cpus; n > 0; n-- {
		w := ruleGap + n*g.cpu + (n-1)*gap
		if n < t.cpus {
			w += gap + len(more(t.cpus-n))
		}
		if w <= rest {
			g.shown, g.hidden = n, t.cpus-n
			return rest - w
		}
	}
	g.hidden = t.cpus
	return rest
}

// more is what the head says of CPU columns that have no room.
func more(hidden int) string { return fmt.Sprintf("+%d more", hidden) }

// grow widens the columns to what the rows on screen need.
func (t *table) grow() {
	g := &t.grid
	if len(g.natural) != len(t.keys) {
		g.natural = make([]int, len(t.keys))
	}
	for i, head := range t.keys {
		g.natural[i] = max(g.natural[i], ansi.StringWidth(session.Escape(head))+2)
	}
	g.wideTotal, g.wide = max(g.wideTotal, len("total")+2), max(g.wide, len("cpu00")+1)
	if t.numeric() {
		g.wideRate = max(g.wideRate, len("rate/s")+2)
	}
	for i := t.offset; i < min(t.offset+t.shown(), len(t.rows)); i++ {
		r := &t.rows[i]
		for k := range g.natural {
			g.natural[k] = max(g.natural[k], ansi.StringWidth(pane.Value(at(r.key, k))))
		}
		g.wideTotal = max(g.wideTotal, ansi.StringWidth(r.totalText()))
		if r.number {
			g.wideRate = max(g.wideRate, len(pane.Rate(r.rate)))
		}
		for _, n := range r.cpu {
			g.wide = max(g.wide, len(number(n, r.signed)))
		}
	}
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

// totalText is the value of the row.
func (r *row) totalText() string {
	if r.number {
		return number(r.bits, r.signed)
	}
	return pane.Value(r.total)
}

func number(bits uint64, signed bool) string {
	if signed {
		return pane.Signed(int64(bits))
	}
	return pane.Count(bits)
}

// squeeze is the number in w cells: with less digits where they don't all fit, never cut.
func squeeze(bits uint64, signed bool, w int) string {
	s := number(bits, signed)
	if len(s) <= w {
		return s
	}
	if signed && int64(bits) < 0 {
		return "-" + pane.Short(-bits)
	}
	return pane.Short(bits)
}

// bar is a line as long as part is of whole, w cells when they are the same, in steps of half a cell. What is not zero is never
// invisible.
func bar(part, whole uint64, w int) string {
	if part == 0 || whole == 0 || w <= 0 {
		return ""
	}
	halves := max(min(int(float64(2*w)*(float64(part)/float64(whole))+0.5), 2*w), 1)
	return strings.Repeat("━", halves/2) + strings.Repeat("╸", halves%2)
}
