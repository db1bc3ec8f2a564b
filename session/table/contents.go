package table

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

// Contents is what a Table is, for maps with many rows of which few are looked at: a row is decoded when it is asked for. Rows are in the
// order in which they came, which is nearly the same from one reading to the next. It does not change. It serves one goroutine.
type Contents struct {
	Table // without Rows

	done *decodedRows // the rows, where they can't be decoded one by one; the rest is nil then

	of      *Decoder
	raw     attach.Rows
	counted *attach.Rows // what programs have counted, where raw are estimates
	columns []column
	sums    []uint64

	places map[string]int32 // rows by identity; made when first needed
}

// decodedRows are rows with their identities.
type decodedRows struct {
	rows []Row
	ids  [][]byte // made when first needed
}

// ContentsOf is the contents of a table with its rows.
func ContentsOf(t Table) *Contents {
	d := &decodedRows{rows: t.Rows}
	t.Rows = nil
	return &Contents{Table: t, done: d}
}

// Plain reports whether each entry of a map in the kernel is a row with an integer that stands for itself, so that there is a Contents of it
// in which nothing is decoded before it is asked for.
func Plain(m *incremental.Map) bool {
	return !m.Counter && !Aggregates(m) && m.Kind != ir.Array && m.Kind != ir.PerCPUArray &&
		m.ValueType.IsInteger() && m.ValueType.As == layout.Plain
}

// Contents is the contents of a Plain map: those of t, whose rows are raw. counted is what programs have counted where raw are estimates,
// else nil. The memory of both is the result's from then on.
func (d *Decoder) Contents(t Table, raw attach.Rows, counted *attach.Rows) *Contents {
	c := &Contents{Table: t, of: d, raw: raw, counted: counted, columns: columnsOf(d.Map.KeyType)}
	if t.Map.PerCPU {
		c.CPUs = raw.CPUs
	}
	c.sum()
	return c
}

// sum adds up the values of the CPUs.
func (c *Contents) sum() {
	c.sums = make([]uint64, c.raw.N)
	of, size := c.of.Map.ValueType, c.raw.ValueSize
	at := 0
	for i := range c.sums {
		for range c.raw.CPUs {
			c.sums[i] += of.Bits(c.raw.Values[at : at+size])
			at += size
		}
	}
}

// Len is the number of rows.
func (c *Contents) Len() int {
	if c.done != nil {
		return len(c.done.rows)
	}
	return c.raw.N
}

// ID is what tells row i from the others, now and in other contents of the map. It must not be changed.
func (c *Contents) ID(i int) []byte {
	if c.done != nil {
		if c.done.ids == nil {
			c.done.ids = make([][]byte, len(c.done.rows))
			for i, r := range c.done.rows {
				c.done.ids[i] = identity(r.Key)
			}
		}
		return c.done.ids[i]
	}
	id, _ := c.raw.Entry(i)
	return id
}

// Number is the number that row i is ordered by, as Measure has it, if it is one; signed says that the bits are those of an int64.
func (c *Contents) Number(i int) (bits uint64, signed, ok bool) {
	if c.done == nil {
		return c.sums[i], c.of.Map.ValueType.Kind == layout.Int, true
	}
	switch v := Measure(c.done.rows[i].Total).(type) {
	case uint64:
		return v, false, true
	case int64:
		return uint64(v), true, true
	}
	return 0, false, false
}

// CPU is what CPU n has of row i, as bits; 0 where there is no such part.
func (c *Contents) CPU(i, n int) uint64 {
	if c.done != nil {
		if parts := c.done.rows[i].PerCPU; n < len(parts) {
			return parts[n]
		}
		return 0
	}
	if n >= c.CPUs {
		return 0
	}
	return c.of.Map.ValueType.Bits(c.raw.Values[(i*c.raw.CPUs+n)*c.raw.ValueSize:])
}

// Row is row i.
func (c *Contents) Row(i int) Row {
	if c.done != nil {
		return c.done.rows[i]
	}
	r := c.of.row(&c.raw, i)
	if c.counted != nil {
		r.Counted = c.of.row(c.counted, i).Total
	}
	return r
}

// Find is the place of the row with that identity, -1 if there is none. It looks first about the place where the row may be.
func (c *Contents) Find(id []byte, about int) int {
	const near = 8
	for i := max(about-near, 0); i < min(about+near, c.Len()); i++ {
		if bytes.Equal(c.ID(i), id) {
			return i
		}
	}
	if c.places == nil {
		c.places = make(map[string]int32, c.Len())
		for i := range c.Len() {
			c.places[string(c.ID(i))] = int32(i)
		}
	}
	if i, ok := c.places[string(id)]; ok {
		return int(i)
	}
	return -1
}

// CompareTotals orders rows i and j by what Measure has of them.
func (c *Contents) CompareTotals(i, j int) int {
	if c.done != nil {
		return compareValues(Measure(c.done.rows[i].Total), Measure(c.done.rows[j].Total))
	}
	if c.of.Map.ValueType.Kind == layout.Int {
		return cmp.Compare(int64(c.sums[i]), int64(c.sums[j]))
	}
	return cmp.Compare(c.sums[i], c.sums[j])
}

// CompareKeys orders rows i and j by their keys, column by column.
func (c *Contents) CompareKeys(i, j int) int {
	if c.done != nil {
		return CompareKeys(c.done.rows[i], c.done.rows[j])
	}
	for n := range c.columns {
		if d := c.CompareColumn(n, i, j); d != 0 {
			return d
		}
	}
	return 0
}

// CompareColumn orders rows i and j by column n of their keys. Columns that there are not are equal.
func (c *Contents) CompareColumn(n, i, j int) int {
	if c.done != nil {
		a, b := c.done.rows[i].Key, c.done.rows[j].Key
		if n >= min(len(a), len(b)) {
			return 0
		}
		return compareValues(a[n], b[n])
	}
	if n >= len(c.columns) {
		return 0
	}
	return c.columns[n].compare(c.ID(i), c.ID(j), c.of.Resolver)
}

// column is one value of a key in the kernel.
type column struct {
	at int
	of *layout.Type
}

// columnsOf are the columns of a key.
func columnsOf(key *layout.Type) []column {
	if !hasColumns(key) {
		return []column{{0, key}}
	}
	all := make([]column, len(key.Fields))
	for i, f := range key.Fields {
		all[i] = column{f.Offset, f.Type}
	}
	return all
}

// isInteger reports whether the column is a number that stands for itself.
func (c column) isInteger() bool { return c.of.IsInteger() && c.of.As == layout.Plain }

// compare orders the column of two keys as compareValues orders what they are decoded to.
func (c column) compare(a, b []byte, resolve layout.Resolver) int {
	a, b = a[c.at:], b[c.at:]
	switch plain := c.of.As == layout.Plain; {
	case plain && c.of.Kind == layout.Uint:
		return cmp.Compare(c.of.Bits(a), c.of.Bits(b))
	case plain && c.of.Kind == layout.Int:
		return cmp.Compare(int64(c.of.Bits(a)), int64(c.of.Bits(b)))
	case plain && c.of.Kind == layout.String:
		// What follows the end is zero, so that it does not change the order.
		return bytes.Compare(a[:c.of.Size], b[:c.of.Size])
	}
	return compareValues(layout.DecodeWith(c.of, a, resolve), layout.DecodeWith(c.of, b, resolve))
}

// identity is equal for equal keys only.
func identity(key []any) []byte {
	var b []byte
	for _, v := range key {
		switch v := v.(type) {
		case string:
			b = binary.AppendUvarint(append(b, 's'), uint64(len(v)))
			b = append(b, v...)
		case uint64:
			b = binary.LittleEndian.AppendUint64(append(b, 'u'), v)
		case int64:
			b = binary.LittleEndian.AppendUint64(append(b, 'i'), uint64(v))
		default:
			s := fmt.Sprintf("%T %#v", v, v)
			b = binary.AppendUvarint(append(b, 'v'), uint64(len(s)))
			b = append(b, s...)
		}
	}
	return slices.Clip(b)
}
