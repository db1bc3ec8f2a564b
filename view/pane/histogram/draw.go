package histogram

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"go3s/output"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
)

const gap = "  "

// picture is the chosen distribution in w by h cells: the percentiles, and below them bars, or what came second by second.
func (p *Pane) picture(c *chart, w, h int) []string {
	r := c.Row(c.Sel)
	if r == nil || w <= 0 || h <= 0 {
		return nil
	}
	now := spreadOf(r.Total)
	if p.recent && !p.heat {
		var known bool
		if now, known = recent(c.Sheet, now); !known {
			return []string{p.theme.Dim.Text(pane.Fit("  a second has to pass", w))}
		}
	}
	var lines []string
	if h > 2 {
		lines = append(lines, p.percentileLine(c, r, now, w))
	}
	rest := h - len(lines)
	if p.heat {
		return append(lines, p.heatLines(c, w, rest)...)
	}
	return append(lines, p.barLines(c, now, w, rest)...)
}

// percentileLine is the percentiles: of quantiles as they are, of histograms the upper bounds of the buckets they are in. Of a key that
// stands in no list it has the name, too.
func (p *Pane) percentileLine(c *chart, r *sheet.Row, s spread, w int) string {
	t := p.theme
	var parts []string
	wide := 1
	put := func(name, value string, ink theme.Ink) bool {
		n := ansi.StringWidth(name) + 1 + ansi.StringWidth(value)
		if len(parts) > 0 {
			n += len(gap)
		}
		if wide+n > w {
			return false
		}
		wide += n
		parts = append(parts, t.Head.Text(name)+" "+ink.Text(value))
		return true
	}
	if c.keyed() && !p.listed(c) {
		key := ansi.Truncate(sheet.KeyText(r.Key), max(w/3, 8), "…")
		put(fmt.Sprintf("%d/%d", c.Sel+1, c.Sheet.Count), key, t.Accent)
	}
	for _, q := range percentiles {
		put(q.name, s.text(q, c.unit), t.Strong)
	}
	put("n", pane.Count(s.n), theme.Ink{})
	if !p.recent {
		put("per s", pane.Rate(r.Rate), theme.Ink{})
	}
	return " " + strings.Join(parts, gap)
}

// text is a percentile.
func (s spread) text(q percentile, unit output.Unit) string {
	if s.exact != nil {
		return unit.Text(s.known(q))
	}
	i := s.at(q.part)
	if i < 0 {
		return "–"
	}
	b := s.buckets[i]
	switch hi, lo := b.Hi, b.Lo; {
	case hi == nil && lo == nil:
		return "?"
	case hi == nil:
		return "≥" + bound(s, lo, unit)
	case b.Single():
		return bound(s, lo, unit)
	default:
		return "<" + bound(s, hi, unit)
	}
}

// bound is one bound as the buckets have it.
func bound(s spread, v any, unit output.Unit) string {
	// With the number after it there is one number in the bucket, which is then written alone, in brackets.
	one := table.Bucket{Lo: v}
	switch v := v.(type) {
	case int64:
		one.Hi = v + 1
	case uint64:
		one.Hi = v + 1
	}
	return strings.Trim(s.bounds(one, unit), "[]")
}

// bounds are the bounds of a bucket.
func (s spread) bounds(b table.Bucket, unit output.Unit) string {
	return output.Bounds(table.Histogram{Linear: s.linear}, b, unit)
}

// barLines are the buckets with their counts as bars. Those that the percentiles are in are marked. Where there is no room for all,
// neighbours stand on one line.
func (p *Pane) barLines(c *chart, s spread, w, h int) []string {
	if s.n == 0 {
		none := "  no values yet"
		if p.recent {
			none = "  no values in the last second"
		}
		return []string{p.theme.Dim.Text(pane.Fit(none, w))}
	}
	s = s.fold(h)
	bounds, most, counts := make([]string, len(s.buckets)), uint64(0), 0
	wide := 0
	for i, b := range s.buckets {
		bounds[i] = s.bounds(b, c.unit)
		wide = max(wide, ansi.StringWidth(bounds[i]))
		counts = max(counts, len(pane.Count(b.N)))
		most = max(most, b.N)
	}
	marks := make([]string, len(s.buckets))
	markW := 0
	for _, q := range percentiles[:len(percentiles)-1] {
		if i := s.at(q.part); i >= 0 {
			marks[i] = strings.TrimSpace(marks[i] + " " + q.name)
			markW = max(markW, len(marks[i]))
		}
	}
	bar := w - 1 - wide - len(gap) - counts - len(gap)
	if bar-len(gap)-2-markW >= 10 {
		bar -= len(gap) + 2 + markW
	} else {
		marks = make([]string, len(s.buckets))
	}
	t := p.theme
	var lines []string
	for i, b := range s.buckets {
		count, ink := pane.Count(b.N), theme.Ink{}
		if b.N == 0 {
			count, ink = "·", t.Dim
		}
		line := " " + t.Head.Text(pane.Fit(bounds[i], wide)) + gap + ink.Text(pane.FitRight(count, counts))
		if bar > 0 {
			line += gap + t.Bar.Text(pane.Fit(pane.Bar(b.N, most, bar), bar))
		}
		if marks[i] != "" {
			line += gap + t.Accent.Text("◂ "+marks[i])
		}
		lines = append(lines, ansi.Truncate(line, w, "…"))
	}
	return lines
}

// heatLines are what came second by second: a column is a second, the latest at the right, a row is a bucket, the largest at the top,
// and a cell is as dense as its part of the largest.
func (p *Pane) heatLines(c *chart, w, h int) []string {
	t := p.theme
	all := slicesOf(c.Sheet)
	now := spreadOf(c.Row(c.Sel).Total)
	f := frame(now, all).fold(max(h-1, 1))
	if len(f.buckets) == 0 {
		return []string{t.Dim.Text(pane.Fit("  nothing in the last seconds", w))}
	}
	wide := 0
	for _, b := range f.buckets {
		wide = max(wide, ansi.StringWidth(f.bounds(b, c.unit)))
	}
	cells := max(w-1-wide-len(gap), 0)
	grid := make([][]uint64, len(f.buckets))
	for i := range grid {
		grid[i] = make([]uint64, cells)
	}
	seen := make([]bool, cells)
	var most uint64
	for i, s := range all {
		last := cells - 1 - s.ago
		first := last
		if i+1 < len(all) && all[i+1].ago == s.ago+2 {
			first-- // a second that no moment fell into looks like the one after it
		}
		for x := max(first, 0); x <= last; x++ {
			seen[x] = true
			for _, b := range s.buckets {
				y := f.place(b)
				grid[y][x] += b.N
				most = max(most, grid[y][x])
			}
		}
	}
	var lines []string
	for y := len(grid) - 1; y >= 0; y-- {
		var b strings.Builder
		for x, n := range grid[y] {
			if !seen[x] {
				b.WriteByte(' ')
				continue
			}
			b.WriteRune(pane.Shade(float64(n), float64(most)))
		}
		line := " " + t.Head.Text(pane.Fit(f.bounds(f.buckets[y], c.unit), wide)) + gap + t.Bar.Text(b.String())
		lines = append(lines, ansi.Truncate(line, w, ""))
	}
	if h > 1 {
		lines = append(lines, ansi.Truncate(" "+pane.Blank(wide)+gap+t.Dim.Text(axis(cells, most)), w, ""))
	}
	return lines[:min(len(lines), h)]
}

// place is the row of a bucket in a frame.
func (s spread) place(b table.Bucket) int {
	at := 0
	for i, f := range s.buckets {
		if compareBounds(f.Lo, b.Lo) <= 0 {
			at = i
		}
	}
	return at
}

// axis names the times below a heat map of so many cells, and what the fullest cell stands for.
func axis(cells int, most uint64) string {
	left := fmt.Sprintf("-%ds", cells)
	middle := "█ " + pane.Short(most)
	right := "now"
	free := cells - ansi.StringWidth(left) - ansi.StringWidth(middle) - len(right)
	if free < 2 {
		return pane.FitRight(right, cells)
	}
	return left + pane.Blank(free/2) + middle + pane.Blank(free-free/2) + right
}
