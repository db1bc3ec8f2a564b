// Package table makes values and rows of what maps hold: numbers summed over the CPUs, averages, histograms and quantiles, in order.
package table

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

// Table is the contents of a map at one moment.
type Table struct {
	Map  Map
	Time time.Time
	CPUs int   // number of CPU columns of a per-CPU map, else 0
	Rows []Row // by ascending total, then key
	// Factor is 0 when the totals are what programs have counted. Otherwise they are estimates: the guard samples the map's probes, or has
	// sampled them, so that what programs count now stands for Factor events, 1 or more. Minima, maxima and quantiles are those of the sample.
	Factor int
}

// Estimate says that totals of a Table with this Factor are estimates; empty if they are not.
func Estimate(factor int) string {
	switch {
	case factor > 1:
		return fmt.Sprintf("~ estimates, of 1 in %d events", factor)
	case factor > 0:
		return "~ estimates, of a part of the events"
	}
	return ""
}

// Row is one entry of a map.
type Row struct {
	// Key has one value a column, as layout.Decode returns it: bool, int64, uint64, string (raw, may hold any bytes), and
	// values of nested types.
	Key []any
	// Total is the value as layout.Decode returns it; for a per-CPU map of integers the sum over the CPUs, and for one of other
	// values []any, one a CPU. Of aggregates a Summary, Histogram or Quantiles, or the minimum or maximum over the CPUs.
	Total  any
	PerCPU []uint64 // one a CPU, of a per-CPU map with integer values; bits of int64 for a signed value
	// Counted is what programs have counted of a Total that is an estimate; nil of a row that is a difference.
	Counted any
}

// Estimated reports whether the numbers of the table are estimates: its map is that of sampled probes, now or earlier.
func (t Table) Estimated() bool { return t.Factor > 0 }

// WithCounted notes in the rows of a table of estimates what the programs have counted.
func (t *Table) WithCounted(counted []Row) {
	byKey := make(map[string]any, len(counted))
	for _, r := range counted {
		byKey[fmt.Sprintf("%q", r.Key)] = r.Total
	}
	for i := range t.Rows {
		t.Rows[i].Counted = byKey[fmt.Sprintf("%q", t.Rows[i].Key)]
	}
}

// Decoder makes rows of what is read of a map.
type Decoder struct {
	Map      *incremental.Map
	Resolver layout.Resolver // nil: addresses and times are numbers
}

// Aggregates reports whether what a map holds are aggregates. Counts and sums are not: they are integers.
func Aggregates(m *incremental.Map) bool { return aggregateKinds[m.Aggregate.Kind] != "" }

// Rows makes the rows of what was read, by ascending total, then key.
func (d *Decoder) Rows(read *attach.Rows) []Row {
	if Aggregates(d.Map) {
		rows := d.aggregateRows(read)
		sortRows(rows)
		return rows
	}
	rows := make([]Row, read.N)
	for i := range rows {
		rows[i] = d.row(read, i)
	}
	if d.Map.KeyType != nil && (d.Map.Kind == ir.Array || d.Map.Kind == ir.PerCPUArray) {
		rows = used(rows, read)
	}
	sortRows(rows) // keys differ, so that the order is whole
	return rows
}

// used are the elements of an array that are not zero: nobody asks for the others.
func used(all []Row, read *attach.Rows) []Row {
	rows := all[:0]
	for i, r := range all {
		_, values := read.Entry(i)
		if slices.ContainsFunc(values, func(b byte) bool { return b != 0 }) {
			rows = append(rows, r)
		}
	}
	return rows
}

// row decodes entry i of what was read.
func (d *Decoder) row(rows *attach.Rows, i int) Row {
	var r Row
	m := d.Map
	keys, values := rows.Entry(i)
	if !m.Counter {
		r.Key = d.key(keys)
	}
	value := func(cpu int) any {
		return layout.DecodeWith(m.ValueType, values[cpu*rows.ValueSize:(cpu+1)*rows.ValueSize], d.Resolver)
	}
	switch perCPU := m.Kind.PerCPU(); {
	case !perCPU:
		r.Total = value(0)
	case m.ValueType.IsInteger():
		r.PerCPU = make([]uint64, rows.CPUs)
		var sum uint64
		for cpu := range r.PerCPU {
			r.PerCPU[cpu] = bits(value(cpu))
			sum += r.PerCPU[cpu]
		}
		r.Total = sum
		if m.ValueType.Kind == layout.Int {
			r.Total = int64(sum)
		}
	default:
		// There is no sum of such values: one a CPU.
		all := make([]any, rows.CPUs)
		for cpu := range all {
			all[cpu] = value(cpu)
		}
		r.Total = all
	}
	return r
}

// key decodes a key to one value a column.
func (d *Decoder) key(b []byte) []any {
	t := d.Map.KeyType
	if !hasColumns(t) {
		return []any{layout.DecodeWith(t, b, d.Resolver)}
	}
	values := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		values[i] = layout.DecodeWith(f.Type, b[f.Offset:], d.Resolver)
	}
	return values
}

// bits are the 64 bits of a decoded integer.
func bits(v any) uint64 {
	if i, ok := v.(int64); ok {
		return uint64(i)
	}
	u, _ := v.(uint64)
	return u
}

func compareRows(a, b Row) int {
	if c := compareValues(Measure(a.Total), Measure(b.Total)); c != 0 {
		return c
	}
	return CompareKeys(a, b)
}

// CompareKeys orders rows of one map by their keys, column by column.
func CompareKeys(a, b Row) int { return slices.CompareFunc(a.Key, b.Key, compareValues) }

// compareValues orders two decoded values of one type, arrays and structs by their parts, others by their text.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case uint64:
		if b, ok := b.(uint64); ok {
			return cmp.Compare(a, b)
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case []byte:
		if b, ok := b.([]byte); ok {
			return bytes.Compare(a, b)
		}
	case []any:
		if b, ok := b.([]any); ok {
			return slices.CompareFunc(a, b, compareValues)
		}
	case layout.StructValue:
		if b, ok := b.(layout.StructValue); ok {
			return slices.CompareFunc(a.Values, b.Values, compareValues)
		}
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}
