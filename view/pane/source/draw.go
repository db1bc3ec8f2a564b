package source

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"go3s/session/harmless"
	"go3s/view/pane"
	"go3s/view/theme"
)

// column is what stands before the source on each line.
type column struct {
	head  string
	width int
	text  func(i int) (string, theme.Ink)
	left  bool
}

const (
	gap   = 2   // cells between columns
	least = 32  // cells of source below which a column is to go
	wide  = 100 // cells from which on bars are long
)

// cells of the bar of a line that is run as often as any.
const (
	longBar  = 8
	shortBar = 4
)

// View is the source, with the counts on its left.
func (p *Pane) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	if len(p.listing.Lines) == 0 {
		return p.nothing()
	}
	head, body, foot := p.parts()
	cols := p.columns()
	var lines []string
	if head > 0 {
		lines = append(lines, p.head(cols))
	}
	for i := p.offset; i < min(p.offset+body, len(p.listing.Lines)); i++ {
		lines = append(lines, p.line(cols, i))
	}
	below := p.below()
	if missing := p.h - foot - len(lines); foot > 0 && missing > 0 && len(p.listing.Lines) > body {
		lines = append(lines, strings.Split(strings.Repeat("\n", missing-1), "\n")...)
	}
	for _, text := range below[:foot] {
		lines = append(lines, ansi.Truncate(text, p.w, "…"))
	}
	return strings.Join(lines, "\n")
}

// nothing is the pane without lines.
func (p *Pane) nothing() string {
	t := p.theme
	switch {
	case p.group == "":
		return pane.Lines(p.w, p.h, t.Head.Text("no probe is opened"), t.Dim.Text("choose one of the probes and press enter"))
	case p.err != nil:
		return pane.Lines(p.w, p.h, t.Warn.Text("▲ "+harmless.Text(p.err.Error())))
	}
	return pane.Lines(p.w, p.h, t.Dim.Text("reading "+harmless.Text(p.group)))
}

// columns are those for which there is room beside the source.
func (p *Pane) columns() []column {
	t := p.theme
	heat := shortBar
	if p.w >= wide {
		heat = longBar
	}
	weights := p.weights()
	top := slices.Max(weights)
	faults := false
	for _, l := range p.listing.Lines {
		faults = faults || l.Faults > 0
	}
	number := column{head: "", text: func(i int) (string, theme.Ink) { return strconv.Itoa(p.listing.Lines[i].Number), t.Dim }}
	hits := column{head: "hits", text: p.hits}
	rate := column{head: "hits/s", text: p.perSecond}
	bars := column{head: "", left: true, text: func(i int) (string, theme.Ink) { return bar(weights[i]/top, heat), t.Bar }}
	fault := column{head: "faults", text: func(i int) (string, theme.Ink) {
		if n := p.listing.Lines[i].Faults; n > 0 {
			return "▲" + pane.Short(n), t.Warn
		}
		return "", t.Dim
	}}
	cols := []column{number, hits, rate, bars}
	if faults {
		cols = []column{number, hits, rate, fault, bars}
	}
	if !p.listing.Counted {
		cols = []column{number, fault}
		if !faults {
			cols = cols[:1]
		}
	}
	for i := range cols {
		cols[i].width = ansi.StringWidth(cols[i].head)
		for k := range p.listing.Lines {
			text, _ := cols[i].text(k)
			cols[i].width = max(cols[i].width, ansi.StringWidth(text))
		}
	}
	// The number of the line goes last, after the bars, the rate and the faults.
	for len(cols) > 1 && p.w-taken(cols) < least {
		if at := len(cols) - 1; cols[at].left || at == 1 {
			cols = cols[:at]
		} else {
			cols = append(cols[:2], cols[3:]...)
		}
	}
	return cols
}

// taken is the cells of the columns with the gaps behind them, and the blank before them.
func taken(cols []column) int {
	n := 1
	for _, c := range cols {
		n += c.width + gap
	}
	return n
}

// weights are by what lines are compared: their rates, and their counts where nothing is going on.
func (p *Pane) weights() []float64 {
	weights := make([]float64, len(p.listing.Lines))
	for i := range weights {
		weights[i] = max(p.rate(i), 0)
	}
	if slices.Max(weights) == 0 {
		for i := range weights {
			weights[i] = float64(p.count(i))
		}
	}
	return weights
}

// bar is part of so many cells; what is not zero has half a cell at least.
func bar(part float64, cells int) string {
	if !(part > 0) {
		return ""
	}
	half := max(int(math.Round(part*2*float64(cells))), 1)
	return strings.Repeat("━", half/2) + strings.Repeat("╸", half%2)
}

// hits is the count of a line.
func (p *Pane) hits(i int) (string, theme.Ink) {
	l := p.listing.Lines[i]
	switch n := p.count(i); {
	case !l.Code:
		return "", p.theme.Dim
	case n == 0:
		return "0", p.theme.Dim
	case n < 100_000_000:
		return pane.Count(n), p.theme.Strong
	default:
		return pane.Short(n), p.theme.Strong
	}
}

func (p *Pane) perSecond(i int) (string, theme.Ink) {
	r := p.rate(i)
	switch {
	case !p.listing.Lines[i].Code:
		return "", p.theme.Dim
	case r < 0:
		return "–", p.theme.Dim
	case r == 0:
		return "0", p.theme.Dim
	case r < 10:
		return pane.Rate(r), theme.Ink{}
	}
	return pane.Short(uint64(r)), theme.Ink{}
}

// head is the names of the columns.
func (p *Pane) head(cols []column) string {
	var b strings.Builder
	b.WriteString(" ")
	for _, c := range cols {
		b.WriteString(p.theme.Head.Text(fit(c.head, c)) + pane.Blank(gap))
	}
	name := "source"
	if n := len(p.listing.Lines); p.offset > 0 || n > p.h {
		_, body, _ := p.parts()
		name = fmt.Sprintf("lines %d-%d of %d", p.offset+1, min(p.offset+body, n), n)
	}
	b.WriteString(p.theme.Head.Text(name))
	return ansi.Truncate(b.String(), p.w, "…")
}

// line is one line of the source. Those of another cell than the line before say which.
func (p *Pane) line(cols []column, i int) string {
	var b strings.Builder
	b.WriteString(" ")
	for _, c := range cols {
		text, ink := c.text(i)
		b.WriteString(ink.Text(fit(text, c)) + pane.Blank(gap))
	}
	text := p.texts[i]
	if l := p.listing.Lines[i]; i > 0 && l.Cell != p.listing.Lines[i-1].Cell {
		text += p.theme.Dim.Text("  // in " + harmless.Text(l.Cell))
	}
	if p.aside > 0 {
		text = ansi.TruncateLeft(text, p.aside, "")
	}
	return ansi.Truncate(b.String()+text, p.w, "…")
}

func fit(text string, c column) string {
	if c.left {
		return pane.Fit(text, c.width)
	}
	return pane.FitRight(text, c.width)
}
