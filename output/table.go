package output

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session/harmless"
	"go3s/session/table"
)

const (
	gap     = "  " // before each column
	minText = 8    // cells that a cut key keeps as long as columns can be left out instead
)

// Table writes t as aligned text under a line with the map's name: key columns, then the total, largest last. Keys of several
// columns and columns of CPUs have a line with their names. A counter is one line, and so is an empty map.
func Table(w io.Writer, t table.Table, o Options) error { return Contents(w, table.ContentsOf(t), o) }

// Contents writes what Table writes, of a map whose rows are decoded as they are written.
func Contents(w io.Writer, t *table.Contents, o Options) error {
	var b bytes.Buffer
	write(&b, t, o)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", t.Map.Name, err)
	}
	return nil
}

func write(w *bytes.Buffer, t *table.Contents, o Options) {
	var b bytes.Buffer
	r := rank(t, o)
	switch {
	case t.Len() == 0:
		fmt.Fprintf(&b, "%s is empty\n", t.Map.Name)
	case isHistogram(t):
		if t.Factor > 0 {
			b.WriteString(r.title())
		}
		writeHistograms(&b, r, o)
	case len(t.Map.Columns) == 0:
		writeCounter(&b, r, o)
	default:
		b.WriteString(r.title())
		g := newGrid(r, o)
		g.fit(o.Width)
		g.write(&b)
	}
	for line := range strings.Lines(b.String()) {
		w.WriteString(clip(strings.TrimSuffix(line, "\n"), o.Width) + "\n")
	}
}

// clip is a line that does not wrap in a terminal of width columns, 0 for any.
func clip(line string, width int) string {
	if width <= 0 {
		return line
	}
	return cut(line, width)
}

// title is the line above a table.
func (r *ranked) title() string {
	var notes []string
	if r.note != "" {
		notes = append(notes, r.note)
	}
	if estimate := table.Estimate(r.Factor); estimate != "" {
		notes = append(notes, estimate)
	}
	if notes == nil {
		return r.Map.Name + "\n"
	}
	return fmt.Sprintf("%s (%s)\n", r.Map.Name, strings.Join(notes, "; "))
}

// estimate is the text of a value in a column of the total, with a mark if it is scaled up from a sample.
func (r *ranked) estimate(column, text string) string {
	if r.Factor > 0 && (column == "" || column == "n" || column == "sum") {
		return "~" + text
	}
	return text
}

// unit is what a map's numbers are written in.
func (o Options) unit(m string) Unit {
	if o.Units == nil {
		return Plain
	}
	return o.Units(m)
}

// of is the unit of a column of a total: how many values there are is a count whatever they measure.
func (u Unit) of(column string) Unit {
	if column == "n" && u != Plain {
		return Counts
	}
	return u
}

// writeCounter writes the one value of a counter.
func writeCounter(b *bytes.Buffer, t ranked, o Options) {
	row, unit := t.first(), o.unit(t.Map.Name)
	line := t.Map.Name
	names := valueColumns(row.Total)
	for i, v := range valueCells(row.Total) {
		line += gap
		if names == nil {
			line += t.estimate("", unit.Text(v))
		} else {
			line += names[i] + " " + t.estimate(names[i], unit.of(names[i]).Text(v))
		}
	}
	if t.rates != nil {
		line += gap + rate(t.rates[t.order[0]], unit)
	}
	var items []string
	if o.PerCPU {
		for i, v := range cpus(t.Table, row, unit) {
			items = append(items, fmt.Sprintf("cpu%d %s", i, v))
		}
	}
	if together := strings.Join(append([]string{line}, items...), gap); o.Width <= 0 || source.Width(together) <= o.Width {
		b.WriteString(together + "\n")
		return
	}
	b.WriteString(line + "\n")
	if len(items) > 0 {
		for below := range strings.Lines(Columns(items, o.Width-len(gap), len(items))) {
			b.WriteString(gap + below)
		}
	}
}

// rate is how much something grows in a second.
func rate(perSecond float64, u Unit) string {
	if u == Plain {
		u = Counts
	}
	return u.Text(perSecond) + "/s"
}

// show is a decoded value, harmless for a terminal.
func show(v any) string { return harmless.Text(layout.Format(v)) }

// cpus are a row's values of the CPUs, signed as its total.
func cpus(t table.Table, r table.Row, u Unit) []string {
	values := make([]string, min(t.CPUs, len(r.PerCPU)))
	for i := range values {
		values[i] = u.Text(perCPU(r, i))
	}
	return values
}

// perCPU is a row's value of one CPU, of the type of its total.
func perCPU(r table.Row, cpu int) any {
	if _, signed := r.Total.(int64); signed {
		return int64(r.PerCPU[cpu])
	}
	return r.PerCPU[cpu]
}
