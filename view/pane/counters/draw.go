package counters

import (
	"fmt"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/view/pane"
	"go3s/view/theme"
)

// draw appends the table's lines.
func (t *table) draw(th *theme.Theme, lines []string, active, focus bool) []string {
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
	if len(t.rows) == 0 {
		lines = append(lines, th.Dim.Text(pane.Fit("  nothing counted yet", t.w)))
	}
	top := t.top()
	for i := t.offset; i < len(t.rows) && len(lines) < end; i++ {
		lines = append(lines, t.rowLine(th, i, top, focus && active))
	}
	return lines[:min(len(lines), end)]
}

// headingLine names the table where several share the pane.
func (t *table) headingLine(th *theme.Theme, active, focus bool) string {
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
	return name.Text(title) + th.Head.Text(about) + th.Border.Text(strings.Repeat("─", rest))
}

// headLine is the names of the columns; the one that is sorted by has a mark.
func (t *table) headLine(th *theme.Theme) string {
	g := &t.grid
	var b line
	b.put(theme.Ink{}, " ", 1)
	head := func(by int, name string, w int, right bool) {
		ink := th.Head
		if by == t.sortBy {
			ink = th.Accent
			mark := "▾"
			if t.up {
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
		head(i, session.Escape(t.keys[i]), w, false)
		b.gap()
	}
	head(byTotal, t.totalName(), g.total, t.numeric())
	if g.rate > 0 {
		b.gap()
		head(byRate, "rate/s", g.rate, true)
	}
	for i := range g.shown {
		b.rule(th, i)
		head(byCPU-i, fmt.Sprintf("cpu%d", i), g.cpu, true)
	}
	if g.hidden > 0 && g.shown > 0 {
		b.put(th.Dim, "  "+more(g.hidden), gap+len(more(g.hidden)))
	}
	return b.fit(t.w)
}

// rowLine is row i. The largest row is bold; zeros are only dots, so that the eye finds what counts.
func (t *table) rowLine(th *theme.Theme, i int, top uint64, focus bool) string {
	g, r := &t.grid, &t.rows[i]
	var b line
	selected := focus && i == t.sel
	b.plain = selected
	mark := " "
	if selected {
		mark = "▌"
	}
	b.put(theme.Ink{}, mark, 1)
	ink := theme.Ink{}
	if r.number && r.bits == top && top > 0 {
		ink = th.Strong
	}
	for k, w := range g.keys {
		b.cell(ink, pane.Value(at(r.key, k)), w, false)
		b.gap()
	}
	if r.number {
		b.cell(ink, squeeze(r.bits, r.signed, g.total), g.total, true)
	} else {
		b.cell(ink, r.totalText(), g.total, t.numeric())
	}
	if g.rate > 0 {
		b.gap()
		b.rate(th, r, g.rate)
	}
	for c := range g.shown {
		b.rule(th, c)
		b.count(th, r, c, g.cpu)
	}
	if g.bar > 0 {
		b.gap()
		part := r.bits
		if !r.number || r.signed && r.bits > math.MaxInt64 {
			part = 0
		}
		b.cell(th.Bar, bar(part, top, g.bar), g.bar, false)
	}
	if selected {
		return th.Choice.Text(b.fit(t.w))
	}
	return b.fit(t.w)
}

// numeric reports whether the values are numbers.
func (t *table) numeric() bool { return len(t.rows) == 0 || t.rows[0].number }

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

func (b *line) rate(th *theme.Theme, r *row, w int) {
	switch {
	case !r.rated || r.rate == 0:
		b.cell(th.Dim, "·", w, true)
	default:
		s := pane.Rate(r.rate)
		if len(s) > w {
			s = pane.Short(uint64(r.rate))
		}
		b.cell(theme.Ink{}, s, w, true)
	}
}

func (b *line) count(th *theme.Theme, r *row, cpu, w int) {
	n := at(r.cpu, cpu)
	if n == 0 {
		b.cell(th.Dim, "·", w, true)
		return
	}
	b.cell(th.Head, squeeze(n, r.signed, w), w, true)
}

// fit is the line, filled or cut to w cells.
func (b *line) fit(w int) string {
	if b.w > w {
		return ansi.Truncate(b.String(), max(w, 0), "")
	}
	return b.String() + pane.Blank(w-b.w)
}

// tabs is the names of tables from the one at first on, the active one marked, cut to w cells.
func tabs(th *theme.Theme, tables []*table, first int, active string, w int) string {
	var b line
	if first > 0 {
		b.put(th.Dim, " …", 2)
	}
	for i := first; i < len(tables); i++ {
		name, ink := session.Escape(tables[i].title()), th.Head
		open, shut := "  ", " "
		if tables[i].name == active {
			ink, open, shut = th.Accent, " [", "]"
		}
		b.put(ink, open+name+shut, ansi.StringWidth(name)+len(open)+len(shut))
	}
	return b.fit(w)
}
