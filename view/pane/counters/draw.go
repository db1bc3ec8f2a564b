package counters

import (
	"fmt"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"go3s/session/harmless"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
)

// draw appends the table's lines.
func (t *board) draw(th *theme.Theme, lines []string, active, focus bool) []string {
	if t.h <= 0 {
		return lines
	}
	end := len(lines) + t.h
	if t.hasHeading() {
		lines = append(lines, t.headingLine(th, active, focus))
	}
	if t.hasHead() {
		lines = append(lines, t.headLine(th))
	}
	if t.Sheet.Count == 0 {
		lines = append(lines, t.nothing(th))
	}
	for i := t.Offset; i < t.Sheet.Count && len(lines) < end; i++ {
		lines = append(lines, t.rowLine(th, i, focus && active))
	}
	return lines[:min(len(lines), end)]
}

// nothing says why there are no rows.
func (t *board) nothing(th *theme.Theme) string {
	switch {
	case t.Sheet.Err != nil:
		return th.Warn.Text(pane.Fit("  ▲ "+harmless.Text(t.Sheet.Err.Error()), t.w))
	case !t.Have:
		return ""
	case t.Cut.Filter != "" && t.Sheet.Keys > 0:
		return th.Dim.Text(pane.Fit("  no key has "+harmless.Text(t.Cut.Filter)+"; esc shows all", t.w))
	}
	return th.Dim.Text(pane.Fit("  nothing counted yet", t.w))
}

// headingLine names the table where several share the pane.
func (t *board) headingLine(th *theme.Theme, active, focus bool) string {
	mark, name := "  ", th.Strong
	if active {
		mark = "▸ "
		if focus {
			name = th.Accent
		}
	}
	title, about := mark+t.title()+" ", t.about()+" "
	rest := t.w - ansi.StringWidth(title) - ansi.StringWidth(about)
	if rest < 0 {
		return name.Text(pane.Fit(title, t.w))
	}
	ink := th.Head
	if t.troubled() {
		ink = th.Warn
	}
	return name.Text(title) + ink.Text(about) + th.Border.Text(strings.Repeat("─", rest))
}

// headLine is the names of the columns; the one that is sorted by has a mark.
func (t *board) headLine(th *theme.Theme) string {
	g := &t.grid
	var b line
	b.put(theme.Ink{}, " ", 1)
	head := func(by int, name string, w int, right bool) {
		ink := th.Head
		if by == t.Cut.By {
			ink = th.Accent
			mark := "▾"
			if t.Cut.Up {
				mark = "▴"
			}
			if right {
				name = mark + name
			} else {
				name = pane.Fit(name, min(ansi.StringWidth(name), w-1)) + mark
			}
		}
		b.cell(ink, name, w, right)
	}
	for i, w := range g.keys {
		head(i, harmless.Text(t.keys[i]), w, false)
		b.gap()
	}
	head(sheet.ByTotal, t.totalName(), g.total, t.numeric())
	if g.rate > 0 {
		b.gap()
		head(sheet.ByRate, "delta/s", g.rate, true)
	}
	if g.trend > 0 {
		b.gap()
		b.cell(th.Head, "trend", g.trend, true)
	}
	for i := range g.cpus {
		b.rule(th, i)
		head(sheet.ByCPU-i, fmt.Sprintf("cpu%d", i), g.cpu, true)
	}
	if g.strip > 0 {
		b.rule(th, 0)
		b.cell(th.Head, stripHead(t.Sheet.CPUs, g.strip), g.strip, false)
	}
	return b.fit(t.w)
}

// rowLine is row i. The largest row is bold; zeros are only dots, so that the eye finds what counts.
func (t *board) rowLine(th *theme.Theme, i int, focus bool) string {
	g, r := &t.grid, t.Row(i)
	if r == nil { // on its way
		return th.Dim.Text(pane.Fit("  …", t.w))
	}
	top := t.Sheet.Largest
	var b line
	selected := focus && i == t.Sel
	b.plain = selected
	mark := " "
	if selected {
		mark = "▌"
	}
	b.put(theme.Ink{}, mark, 1)
	ink := theme.Ink{}
	if r.Number && r.Bits == top && top > 0 {
		ink = th.Strong
	}
	for k, w := range g.keys {
		b.cell(ink, pane.Value(at(r.Key, k)), w, false)
		b.gap()
	}
	if r.Number {
		b.cell(ink, t.squeeze(r.Bits, r.Signed, g.total), g.total, true)
	} else {
		b.cell(ink, t.totalText(r), g.total, t.numeric())
	}
	if g.rate > 0 {
		b.gap()
		b.rate(th, t, r)
	}
	if g.trend > 0 {
		b.gap()
		b.cell(th.Bar, pane.Spark(r.Trend, g.trend), g.trend, true)
	}
	for c := range g.cpus {
		b.rule(th, c)
		b.count(th, t, r, c)
	}
	if g.strip > 0 {
		b.rule(th, 0)
		b.cell(th.Bar, strip(r, min(g.strip, t.Sheet.CPUs)), g.strip, false)
	}
	if g.bar > 0 {
		b.gap()
		part := r.Bits
		if !r.Number || r.Signed && r.Bits > math.MaxInt64 {
			part = 0
		}
		b.cell(th.Bar, pane.Bar(part, top, g.bar), g.bar, false)
	}
	if selected {
		return th.Choice.Text(b.fit(t.w))
	}
	return b.fit(t.w)
}

// strip is the counts of the CPUs in w cells, each as dense as its part of the largest. With less cells than CPUs a cell has the largest
// of its CPUs.
func strip(r *sheet.Row, w int) string {
	most := make([]uint64, w)
	var top uint64
	for i, n := range r.CPU {
		if r.Signed && int64(n) < 0 {
			n = -n
		}
		cell := i * w / len(r.CPU)
		most[cell] = max(most[cell], n)
		top = max(top, n)
	}
	var b strings.Builder
	for _, n := range most {
		b.WriteRune(pane.Shade(float64(n), float64(top)))
	}
	return b.String()
}

// numeric reports whether the values are numbers.
func (t *board) numeric() bool { return len(t.Sheet.Rows) == 0 || t.Sheet.Rows[0].Number }

// line is a line being written, with its width kept.
type line struct {
	strings.Builder
	w     int
	plain bool // without inks, to be drawn as a whole
}

func (b *line) put(ink theme.Ink, s string, w int) {
	if b.plain {
		b.WriteString(s)
	} else {
		b.WriteString(ink.Text(s))
	}
	b.w += w
}

func (b *line) cell(ink theme.Ink, s string, w int, right bool) {
	if right {
		s = pane.FitRight(s, w)
	} else {
		s = pane.Fit(s, w)
	}
	b.put(ink, s, w)
}

func (b *line) gap() { b.put(theme.Ink{}, "  ", gap) }

// rule is what stands before CPU column i.
func (b *line) rule(th *theme.Theme, i int) {
	if i == 0 {
		b.put(th.Border, " │ ", ruleGap)
		return
	}
	b.gap()
}

func (b *line) rate(th *theme.Theme, t *board, r *sheet.Row) {
	w := t.grid.rate
	if !r.Rated || r.Rate == 0 {
		b.cell(th.Dim, "·", w, true)
		return
	}
	s := t.rate(r)
	if ansi.StringWidth(s) > w {
		s = pane.Short(uint64(max(r.Rate, 0)))
	}
	b.cell(theme.Ink{}, s, w, true)
}

func (b *line) count(th *theme.Theme, t *board, r *sheet.Row, cpu int) {
	w := t.grid.cpu
	n := at(r.CPU, cpu)
	if n == 0 {
		b.cell(th.Dim, "·", w, true)
		return
	}
	b.cell(th.Head, t.squeeze(n, r.Signed, w), w, true)
}

// fit is the line, filled or cut to w cells.
func (b *line) fit(w int) string {
	if b.w > w {
		return ansi.Truncate(b.String(), max(w, 0), "")
	}
	return b.String() + pane.Blank(w-b.w)
}

// tab is a table's name on the line of tabs, and the cells it takes.
type tab struct {
	table    *board
	text     string
	from, to int
}

// tabs are the tables on the line of tabs, from the one at first on, as many as fit into w cells.
func tabs(tables []*board, first int, active string, w int) []tab {
	var out []tab
	x := 0
	if first > 0 {
		x = 2
	}
	for _, t := range tables[first:] {
		text := "  " + t.title() + " "
		if t.name == active {
			text = " [" + t.title() + "]"
		}
		if x >= w {
			break
		}
		out = append(out, tab{t, text, x, x + ansi.StringWidth(text)})
		x += ansi.StringWidth(text)
	}
	return out
}
