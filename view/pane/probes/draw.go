package probes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/session/harmless"
	"go3s/view/pane"
	"go3s/view/theme"
)

// column is one column of the table.
type column struct {
	head  string
	order order // by which the rows are sorted when the column has the mark; byEntry for none
	right bool
	rank  int // where not all fit, the lowest go first
	least int // cells that are of use; 0: what the texts need
	text  func(*row) (string, theme.Ink)
	width int
}

// columns are the columns that fit, with their widths.
func (p *Pane) columns() []column {
	all := p.table()
	for i := range all {
		c := &all[i]
		c.width = ansi.StringWidth(c.head)
		if c.order != byEntry {
			c.width++
		}
		for _, r := range p.rows {
			text, _ := c.text(r)
			c.width = max(c.width, ansi.StringWidth(text))
		}
	}
	for len(all) > 1 && taken(all, column.small) > p.w && drop(&all) {
	}
	for i := range all {
		if over := taken(all, column.full) - p.w; over > 0 {
			all[i].width = max(all[i].width-over, all[i].small())
		}
	}
	return all
}

const gap = 2

// taken is the cells of a line, in which each column has so many.
func taken(cols []column, width func(column) int) int {
	n := -gap // the mark of the selected row and the shorter gap behind the first column make up for each other
	for _, c := range cols {
		n += width(c) + gap
	}
	return n
}

func (c column) full() int { return c.width }

// small is the cells that the column can't do without.
func (c column) small() int {
	if c.least > 0 {
		return min(c.least, c.width)
	}
	return c.width
}

// drop leaves out the column of least rank, and reports whether there was one that may go.
func drop(cols *[]column) bool {
	out := -1
	for i, c := range *cols {
		if c.rank < most && (out < 0 || c.rank < (*cols)[out].rank) {
			out = i
		}
	}
	if out >= 0 {
		*cols = slices.Delete(*cols, out, out+1)
	}
	return out >= 0
}

// most is the rank of what is never left out.
const most = 99

// table is all columns in order.
func (p *Pane) table() []column {
	t := p.theme
	plain := theme.Ink{}
	counted := func(n uint64) (string, theme.Ink) {
		if n == 0 {
			return "·", t.Dim
		}
		return "▲" + pane.Short(n), t.Warn
	}
	return []column{
		{head: "", rank: most, text: func(r *row) (string, theme.Ink) { return mark(r.State), p.ink(r.State) }},
		{head: "probe", rank: most, least: 10, text: func(r *row) (string, theme.Ink) { return harmless.Text(r.Name), plain }},
		{head: "hook", rank: 3, least: 14, text: func(r *row) (string, theme.Ink) { return harmless.Text(r.Hook.String()), t.Head }},
		{head: "state", rank: 4, text: p.state},
		{head: "trend", rank: 1, least: 8, text: func(r *row) (string, theme.Ink) { return pane.Spark(r.trend, 20), t.Bar }},
		{head: "events/s", order: byRate, right: true, rank: 9, text: func(r *row) (string, theme.Ink) {
			if r.rate < 0 {
				return "–", t.Dim
			}
			return pane.Rate(r.rate), t.Strong
		}},
		{head: "events", right: true, rank: 2, text: func(r *row) (string, theme.Ink) { return pane.Short(r.Stats.Events), plain }},
		{head: "ns/event", right: true, rank: 6, text: p.perRun},
		{head: "cpu", order: byCost, right: true, rank: 7, text: p.share},
		{head: "lost", order: byLost, right: true, rank: 8, text: func(r *row) (string, theme.Ink) { return counted(r.Stats.Lost) }},
		{head: "faults", right: true, rank: 5, text: func(r *row) (string, theme.Ink) { return counted(r.Stats.Fault) }},
		{head: "short", right: true, rank: 4, text: func(r *row) (string, theme.Ink) { return counted(short(r.Stats)) }},
	}
}

// state is a probe's state, or which part of the events it gets.
func (p *Pane) state(r *row) (string, theme.Ink) {
	if r.State == session.Attached && r.Factor > 1 {
		return fmt.Sprintf("1 of %d", r.Factor), p.theme.Warn
	}
	return r.State.String(), p.ink(r.State)
}

// shortfalls are the ways in which a probe stopped short of what it was to do, beside lost records and faults.
func shortfalls(s session.Stats) []shortfall {
	return []shortfall{
		{s.Missed, "missed"},
		{s.MapFull, "map full"},
		{s.Cut, "cut"},
		{s.Read, "unread"},
		{s.Skipped, "skipped"},
		{s.Sampled, "sampled out"},
		{s.Quiet, "passed over"},
	}
}

type shortfall struct {
	n    uint64
	name string
}

// short is how often a probe stopped short in one of these ways.
func short(s session.Stats) (n uint64) {
	for _, f := range shortfalls(s) {
		n += f.n
	}
	return n
}

// detail is what else there is to say of the selected probe: why it is as it is, and where it stopped short; empty for nothing.
func (p *Pane) detail() string {
	r := p.current()
	if r == nil {
		return ""
	}
	var parts []string
	switch {
	case r.Err != nil:
		parts = append(parts, r.Err.Error())
	case r.Guard != "":
		parts = append(parts, r.Guard)
	}
	for _, f := range shortfalls(r.Stats) {
		if f.n > 0 {
			parts = append(parts, pane.Count(f.n)+" "+f.name)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return harmless.Text("▲ " + r.Name + ": " + strings.Join(parts, " · "))
}

// mark is a probe's state in one cell.
func mark(s session.State) string {
	switch s {
	case session.Attached:
		return "●"
	case session.Suspended:
		return "◌"
	case session.Failed:
		return "▲"
	}
	return "○"
}

func (p *Pane) ink(s session.State) theme.Ink {
	switch s {
	case session.Attached:
		return p.theme.Good
	case session.Suspended, session.Failed:
		return p.theme.Warn
	}
	return p.theme.Dim
}

// perRun is what one run of a probe takes.
func (p *Pane) perRun(r *row) (string, theme.Ink) {
	c, ok := p.costs[r.Name]
	if !ok || c.Runs == 0 || r.State != session.Attached {
		return "–", p.theme.Dim
	}
	return pane.Short(uint64(c.PerRun() / time.Nanosecond)), theme.Ink{}
}

// share is the part of one CPU that a probe takes.
func (p *Pane) share(r *row) (string, theme.Ink) {
	c, ok := p.costs[r.Name]
	if !ok || r.State != session.Attached {
		return "–", p.theme.Dim
	}
	return fmt.Sprintf("%.1f%%", 100*c.Share()), theme.Ink{}
}

// head is the names of the columns; the one that is sorted by has a mark.
func (p *Pane) head(cols []column) string {
	var b strings.Builder
	b.WriteString(" ")
	for i, c := range cols {
		name, ink := c.head, p.theme.Head
		if c.order != byEntry && c.order == p.by {
			name, ink = "▾"+name, p.theme.Accent
			if p.back {
				name = "▴" + c.head
			}
		}
		b.WriteString(between(i) + ink.Text(fit(name, c)))
	}
	return ansi.Truncate(b.String(), p.w, "…")
}

// line is one probe.
func (p *Pane) line(cols []column, r *row) string {
	selected := p.focus && r == p.current()
	var b strings.Builder
	if selected {
		b.WriteString("▌")
	} else {
		b.WriteString(" ")
	}
	for i, c := range cols {
		text, ink := c.text(r)
		if selected {
			ink = theme.Ink{}
		}
		b.WriteString(between(i) + ink.Text(fit(text, c)))
	}
	if selected {
		return p.theme.Choice.Text(pane.Fit(b.String(), p.w))
	}
	return ansi.Truncate(b.String(), p.w, "…")
}

// between is what stands before column i.
func between(i int) string {
	switch i {
	case 0:
		return ""
	case 1:
		return pane.Blank(gap - 1)
	}
	return pane.Blank(gap)
}

func fit(text string, c column) string {
	if c.right {
		return pane.FitRight(text, c.width)
	}
	return pane.Fit(text, c.width)
}
