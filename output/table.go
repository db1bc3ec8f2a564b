package output

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session"
)

const (
	gap     = "  " // before each column
	minText = 8    // cells that a cut key keeps at least
)

// Table writes t as aligned text under a line with the map's name: key columns, then the total, largest last. Keys of several
// columns and columns of CPUs have a line with their names. A counter is one line, and so is an empty map.
func Table(w io.Writer, t session.Table, o Options) error {
	var b bytes.Buffer
	write(&b, t, o)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", t.Map.Name, err)
	}
	return nil
}

func write(b *bytes.Buffer, t session.Table, o Options) {
	switch {
	case len(t.Rows) == 0:
		fmt.Fprintf(b, "%s is empty\n", t.Map.Name)
	case isHistogram(t):
		writeHistograms(b, t, o)
	case len(t.Map.Columns) == 0:
		writeCounter(b, t, o)
	default:
		b.WriteString(t.Map.Name + "\n")
		g := newGrid(t, o)
		g.fit(o.Width)
		g.write(b)
	}
}

// writeCounter writes the one value of a counter.
func writeCounter(b *bytes.Buffer, t session.Table, o Options) {
	row := t.Rows[0]
	b.WriteString(t.Map.Name)
	names := valueColumns(row.Total)
	for i, v := range valueCells(row.Total) {
		b.WriteString(gap)
		if names != nil {
			b.WriteString(names[i] + " ")
		}
		b.WriteString(show(v))
	}
	if o.PerCPU {
		for i, v := range cpus(t, row) {
			fmt.Fprintf(b, "%scpu%d %s", gap, i, v)
		}
	}
	b.WriteByte('\n')
}

// show is a decoded value, harmless for a terminal.
func show(v any) string { return session.Escape(layout.Format(v)) }

// cpus are a row's values of the CPUs, signed as its total.
func cpus(t session.Table, r session.Row) []string {
	values := make([]string, min(t.CPUs, len(r.PerCPU)))
	for i := range values {
		values[i] = show(perCPU(r, i))
	}
	return values
}

// perCPU is a row's value of one CPU, of the type of its total.
func perCPU(r session.Row, cpu int) any {
	if _, signed := r.Total.(int64); signed {
		return int64(r.PerCPU[cpu])
	}
	return r.PerCPU[cpu]
}

// grid is a table of text, laid out by terminal cells.
type grid struct {
	lines  [][]string
	widths []int
	right  []bool // columns of numbers
	keys   int    // columns of the key
}

func newGrid(t session.Table, o Options) *grid {
	g := &grid{keys: len(t.Map.Columns)}
	if g.keys > 1 || o.PerCPU && t.CPUs > 0 || valueColumns(t.Rows[0].Total) != nil {
		g.lines = append(g.lines, header(t, o))
	}
	for _, r := range t.Rows {
		line := make([]string, 0, len(r.Key)+1+t.CPUs)
		for _, k := range r.Key {
			if k == "" {
				k = `""` // so that there is something to see
			}
			line = append(line, show(k))
		}
		for _, v := range valueCells(r.Total) {
			line = append(line, show(v))
		}
		if o.PerCPU {
			line = append(line, cpus(t, r)...)
		}
		g.lines = append(g.lines, line)
	}
	g.align(t.Rows[0])
	return g
}

// header names the columns.
func header(t session.Table, o Options) []string {
	names := append([]string{}, t.Map.Columns...)
	if len(names) == 1 {
		names[0] = "" // it would be the map's name once more
	}
	if values := valueColumns(t.Rows[0].Total); values != nil {
		names = append(names, values...)
	} else {
		names = append(names, "total")
	}
	if o.PerCPU {
		for cpu := range t.CPUs {
			names = append(names, fmt.Sprintf("cpu%d", cpu))
		}
	}
	return names
}

// align decides by a row's values which columns are numbers, and measures all.
func (g *grid) align(sample session.Row) {
	g.widths = make([]int, len(g.lines[0]))
	g.right = make([]bool, len(g.lines[0]))
	for i := range g.right {
		g.right[i] = i > g.keys || i == g.keys && number(valueCells(sample.Total)[0]) || i < g.keys && number(sample.Key[i])
	}
	for _, line := range g.lines {
		for i, s := range line {
			g.widths[i] = max(g.widths[i], source.Width(s))
		}
	}
}

func number(v any) bool {
	switch v.(type) {
	case int64, uint64, layout.Addr:
		return true
	}
	return false
}

// fit cuts the widest text columns of the key so that lines take at most width cells, if that leaves something to read.
func (g *grid) fit(width int) {
	total := 0
	for _, w := range g.widths {
		total += len(gap) + w
	}
	for excess := total - width; width > 0 && excess > 0; {
		widest := -1
		for i := range g.keys {
			if !g.right[i] && g.widths[i] > minText && (widest < 0 || g.widths[i] > g.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		g.widths[widest]--
		excess--
	}
}

func (g *grid) write(b *bytes.Buffer) {
	var line strings.Builder
	for _, cells := range g.lines {
		line.Reset()
		for i, s := range cells {
			s = cut(s, g.widths[i])
			pad := strings.Repeat(" ", g.widths[i]-source.Width(s))
			if g.right[i] {
				s = pad + s
			} else {
				s += pad
			}
			line.WriteString(gap + s)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// cut shortens s to width cells; the last one shows that something is missing.
func cut(s string, width int) string {
	if source.Width(s) <= width {
		return s
	}
	used := 0
	for i, r := range s {
		w := source.Width(string(r))
		if used+w > width-1 {
			return s[:i] + "…"
		}
		used += w
	}
	return s
}
