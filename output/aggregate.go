package output

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"

	"go3s/incremental/source"
	"go3s/session/table"
)

// maxBar is the width of the longest bar in cells.
const maxBar = 48

// valueColumns are the names of the columns of a total that has several numbers; nil of others.
func valueColumns(total any) []string {
	switch v := total.(type) {
	case table.Summary:
		if v.Min == nil {
			return []string{"n", "sum", "avg"}
		}
		return []string{"n", "sum", "avg", "min", "max"}
	case table.Quantiles:
		return []string{"p50", "p90", "p99", "p99.9", "p99.99", "max", "n"}
	}
	return nil
}

// valueCells are the numbers of a total in the order of valueColumns.
func valueCells(total any) []any {
	switch v := total.(type) {
	case table.Summary:
		if v.Min == nil {
			return []any{v.N, v.Sum, v.Avg}
		}
		return []any{v.N, v.Sum, v.Avg, v.Min, v.Max}
	case table.Quantiles:
		return []any{v.P50, v.P90, v.P99, v.P999, v.P9999, v.Max, v.N}
	}
	return []any{total}
}

// isHistogram reports whether the rows of a table are histograms.
func isHistogram(t *table.Contents) bool {
	if t.Len() == 0 {
		return false
	}
	_, ok := t.Row(0).Total.(table.Histogram)
	return ok
}

// writeHistograms writes the histogram of each row under its key, or of a variable without keys under its name.
func writeHistograms(b *bytes.Buffer, t ranked, o Options) {
	unit := o.unit(t.Map.Name)
	if len(t.Map.Columns) > 0 {
		b.WriteString(t.title())
	}
	for r, grows := range t.rows() {
		h, _ := r.Total.(table.Histogram)
		head, indent := t.Map.Name, gap
		if len(t.Map.Columns) > 0 {
			head, indent = gap+keyLine(t, r, o), gap+gap
		}
		head += gap + "n " + unit.of("n").Text(h.N)
		if t.rates != nil {
			head += gap + rate(grows, unit.of("n"))
		}
		b.WriteString(head + "\n")
		writeBuckets(b, h, indent, unit, o.Width)
	}
}

// keyLine is a key on one line.
func keyLine(t ranked, r table.Row, o Options) string {
	parts := make([]string, len(r.Key))
	for i, k := range r.Key {
		parts[i] = keyText(k)
		if isTask(t, o, i) {
			parts[i] = strings.TrimSpace(parts[i] + " " + taskName(k, o))
		}
		if len(r.Key) > 1 {
			parts[i] = t.Map.Columns[i] + " " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

// writeBuckets writes a line for each bucket: its bounds, how many values, and a bar, which may be as long as there is room.
func writeBuckets(b *bytes.Buffer, h table.Histogram, indent string, unit Unit, width int) {
	most, bounds, counts := uint64(1), 0, 0
	for _, k := range h.Buckets {
		most = max(most, k.N)
		bounds = max(bounds, source.Width(Bounds(h, k, unit)))
		counts = max(counts, source.Width(unit.of("n").Text(k.N)))
	}
	bar := maxBar
	if width > 0 {
		bar = min(bar, max(0, width-len(indent)-bounds-counts-2*len(gap)))
	}
	for _, k := range h.Buckets {
		at, n := Bounds(h, k, unit), unit.of("n").Text(k.N)
		line := indent + at + strings.Repeat(" ", bounds-source.Width(at)) + gap + strings.Repeat(" ", counts-source.Width(n)) + n
		b.WriteString(strings.TrimRight(line+gap+Bar(k.N, most, bar), " ") + "\n")
	}
}

// Bounds are the bounds of a bucket as in mathematics, [1K, 2K). Those of a histogram of powers of two are in units of 1,024, if they are
// not in another unit.
func Bounds(h table.Histogram, b table.Bucket, unit Unit) string {
	text := func(v any) string {
		switch {
		case unit != Plain:
			return unit.Text(v)
		case !h.Linear:
			return binary(v)
		}
		return fmt.Sprint(v)
	}
	switch {
	case b.Lo == nil:
		return "(…, " + text(b.Hi) + ")"
	case b.Hi == nil:
		return "[" + text(b.Lo) + ", …)"
	case b.Single():
		return "[" + text(b.Lo) + "]"
	}
	return "[" + text(b.Lo) + ", " + text(b.Hi) + ")"
}

// binary writes a power of two in units of 1,024.
func binary(v any) string {
	n, ok := v.(uint64)
	if i, signed := v.(int64); signed {
		n, ok = uint64(i), i >= 0
	}
	if !ok || n < 1024 {
		return fmt.Sprint(v)
	}
	unit := min(bits.TrailingZeros64(n)/10, 6)
	return fmt.Sprintf("%d%s", n>>(10*unit), " KMGTPE"[unit:unit+1])
}

// Bar draws n as a part of most, which takes width cells, to an eighth of a cell. What is not zero leaves a trace where there is room.
func Bar(n, most uint64, width int) string {
	if width <= 0 {
		return ""
	}
	hi, lo := bits.Mul64(n, uint64(width)*8)
	eighths, _ := bits.Div64(hi, lo, most)
	if n > 0 {
		eighths = max(eighths, 1)
	}
	bar := strings.Repeat("█", int(eighths/8))
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}

// aggregateValue is a total of aggregates as docs/JSON.md describes it.
func aggregateValue(total any) (any, bool) {
	switch v := total.(type) {
	case table.Histogram:
		buckets := make([]any, len(v.Buckets))
		for i, b := range v.Buckets {
			buckets[i] = object{{"lo", b.Lo}, {"hi", b.Hi}, {"n", b.N}}
		}
		return object{{"n", v.N}, {"buckets", buckets}}, true
	case table.Summary, table.Quantiles:
		var o object
		cells := valueCells(total)
		for i, name := range valueColumns(total) {
			o = append(o, member{name, cells[i]})
		}
		return o, true
	}
	return nil, false
}
