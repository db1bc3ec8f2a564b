// Package carry turns the contents of a map into those of another one, whose keys or values are of other types: what an edit of a probe
// does to the maps it counts in. It works on bytes and knows no kernel.
//
// A number that programs only add to is carried as numbers that are added up, so that what came while a map was replaced can be added,
// too. All other values are carried as they are.
package carry

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

// Plan is how entries of one map become entries of another one.
type Plan struct {
	from, to *incremental.Map
	cpus     int  // of a per-CPU map
	adds     bool // numbers are sums
	words    []word
	key      *conversion // nil: there is none, or it stays
	value    *conversion
}

// word is a number of a value that is a sum, or a maximum.
type word struct {
	offset, size         int // in the old map's value
	toSize               int
	toOffset             int
	signed, raise, exact bool // exact: the bits stay
}

// New plans the way from one map to another one of the same name. adds reports that programs do nothing but add to its values, beside
// reading them. Without a way why says, as the end of a sentence, what is in it.
func New(from, to *incremental.Map, adds bool, cpus int) (p *Plan, why string) {
	// What is kept per CPU is only added to.
	p = &Plan{from: from, to: to, cpus: cpus, adds: adds || from.Kind.PerCPU() || to.Kind.PerCPU() || from.Aggregate.Kind != abi.NoAggregate}
	if (from.KeyType == nil) != (to.KeyType == nil) {
		return nil, "one has keys and the other has none"
	}
	if from.KeyType != nil {
		c, ok := convert(from.KeyType, to.KeyType)
		if !ok {
			return nil, fmt.Sprintf("its keys were %s and are %s", from.KeyType.Name, to.KeyType.Name)
		}
		p.key = c
	}
	if to.Kind == ir.TaskStorage && from.Kind.PerCPU() {
		return nil, "it was kept per CPU and is kept with the threads"
	}
	if p.sums() {
		return p, ""
	}
	switch {
	case from.Aggregate == to.Aggregate:
	case from.Aggregate.Kind == to.Aggregate.Kind && from.Aggregate.Bucketed():
		return nil, "its buckets are others"
	case from.Aggregate.Kind == to.Aggregate.Kind:
		return nil, "one has numbers with a sign and the other without"
	default:
		return nil, "it made something else of its values"
	}
	if from.ValueType == nil || to.ValueType == nil {
		return nil, "its values are of another kind"
	}
	c, ok := convert(from.ValueType, to.ValueType)
	if !ok {
		return nil, fmt.Sprintf("its values were %s and are %s", from.ValueType.Name, to.ValueType.Name)
	}
	p.value = c
	switch {
	case from.Kind.PerCPU() != to.Kind.PerCPU():
		return nil, "its values were not numbers that have a sum"
	case p.key != nil && len(p.key.gone) > 0: // several would become one
		return nil, "its keys have lost " + strings.Join(p.key.gone, " and ") + ", and its values have no sum"
	}
	return p, ""
}

// sums finds the numbers of a value that is made of sums and maxima.
func (p *Plan) sums() bool {
	from, to := p.from, p.to
	a, b := from.Aggregate, to.Aggregate
	switch {
	case a == b && a.Kind != abi.NoAggregate:
		for i := range a.Words() {
			p.words = append(p.words, word{offset: 8 * i, size: 8, toOffset: 8 * i, toSize: 8, raise: a.Extreme(i), exact: true})
		}
		return true
	case !counts(a) || !counts(b) || !p.adds:
		return false
	case a.Kind == abi.NoAggregate && !number(from.ValueType) || b.Kind == abi.NoAggregate && !number(to.ValueType):
		return false
	}
	w := word{size: 8, toSize: 8, signed: a.Signed}
	if a.Kind == abi.NoAggregate {
		w.size, w.signed = from.ValueType.Size, from.ValueType.Kind == layout.Int
	}
	if b.Kind == abi.NoAggregate {
		w.toSize = to.ValueType.Size
	}
	w.exact = w.size == w.toSize
	p.words = []word{w}
	return true
}

// counts reports whether a map of that aggregate has one sum in an entry.
func counts(a abi.Aggregate) bool {
	return a.Kind == abi.NoAggregate || a.Kind == abi.Count || a.Kind == abi.Sum
}

// number reports whether values are numbers that have a sum.
func number(t *layout.Type) bool {
	return t != nil && t.As == layout.Plain && t.IsInteger()
}

// fixed reports whether the entries of a map are always there.
func fixed(m *incremental.Map) bool {
	return m.Kind == ir.Array || m.Kind == ir.PerCPUArray || m.Kind == ir.Counters
}

// Contents are entries as the new map has them.
type Contents struct {
	plan    *Plan
	order   []string
	entries map[string][][]byte // a value for each CPU, or one
	// Left is how many entries could not be carried, because a key or value does not fit.
	Left int
}

// Len is how many entries there are.
func (c *Contents) Len() int { return len(c.order) }

// Convert makes entries for the new map of those of the old one.
func (p *Plan) Convert(rows *attach.Rows) *Contents {
	c := &Contents{plan: p, entries: make(map[string][][]byte, rows.N)}
	for i := range rows.N {
		value := func(cpu int) []byte {
			at := (i*rows.CPUs + cpu) * rows.ValueSize
			return rows.Values[at : at+rows.ValueSize]
		}
		if fixed(p.from) && !fixed(p.to) && empty(rows, value) {
			continue // nobody has put anything there
		}
		key, ok := p.convertKey(rows.Keys[i*rows.KeySize : (i+1)*rows.KeySize])
		if !ok {
			c.Left++
			continue
		}
		values, ok := p.convertValue(rows.CPUs, value)
		if !ok {
			c.Left++
			continue
		}
		c.add(string(key), values)
	}
	c.fit()
	return c
}

func empty(rows *attach.Rows, value func(int) []byte) bool {
	for cpu := range rows.CPUs {
		if slices.ContainsFunc(value(cpu), func(b byte) bool { return b != 0 }) {
			return false
		}
	}
	return true
}

// add adds an entry; one of the same key is there already when keys have lost a part.
func (c *Contents) add(key string, values [][]byte) {
	there, twice := c.entries[key]
	if !twice {
		c.order = append(c.order, key)
		c.entries[key] = values
		return
	}
	for cpu, v := range values {
		for _, w := range c.plan.words {
			a, b := w.at(there[cpu]), w.at(v)
			if w.raise {
				w.put(there[cpu], max(a, b))
			} else {
				w.put(there[cpu], a+b)
			}
		}
	}
}

// fit leaves out what the new map has no room for.
func (c *Contents) fit() {
	to := c.plan.to
	if fixed(to) || to.Kind == ir.TaskStorage {
		return
	}
	for len(c.order) > to.Entries {
		last := len(c.order) - 1
		delete(c.entries, c.order[last])
		c.order = c.order[:last]
		c.Left++
	}
}

// convertKey makes a key as the new map has it.
func (p *Plan) convertKey(key []byte) ([]byte, bool) {
	switch {
	case p.to.Kind == ir.Counters:
		return nil, true
	case p.from.Kind == ir.Counters, p.key == nil && len(key) == 0:
		return make([]byte, 4), true
	case p.key == nil:
		return key, true
	}
	out := make([]byte, p.to.Key)
	if !p.key.do(out, key) {
		return nil, false
	}
	if p.to.Aggregate.Bucketed() {
		copy(out[abi.BucketOffset(p.to.KeyType.Size):], key[abi.BucketOffset(p.from.KeyType.Size):])
	}
	if fixed(p.to) && int(binary.LittleEndian.Uint32(out)) >= p.to.Entries {
		return nil, false
	}
	return out, true
}

// convertValue makes an entry's values as the new map has them.
func (p *Plan) convertValue(cpus int, value func(cpu int) []byte) ([][]byte, bool) {
	n, size := 1, p.to.Value
	if p.to.Kind.PerCPU() {
		n = p.cpus
	}
	if p.to.Kind == ir.Counters {
		size = abi.CounterLine
	}
	out := make([][]byte, n)
	for i := range out {
		out[i] = make([]byte, size)
	}
	if p.value != nil {
		for cpu := range out {
			if !p.value.do(out[cpu], value(cpu)) {
				return nil, false
			}
		}
		return out, true
	}
	for _, w := range p.words {
		var sum, parts uint64
		for cpu := range cpus {
			v := w.from(value(cpu))
			to := out[min(cpu, n-1)]
			if w.raise {
				w.put(to, max(w.at(to), v))
				continue
			}
			w.put(to, w.at(to)+v)
			sum += v
			parts += w.extend(v)
		}
		if w.exact || w.raise {
			continue
		}
		// A part may be beyond the old number's range where the sum is not.
		whole := w.extend(sum)
		w.put(out[0], w.at(out[0])+whole-parts)
		if !p.fits(w, whole) {
			return nil, false
		}
	}
	return out, true
}

// from is the number in an old value, extended to 64 bits.
func (w word) from(b []byte) uint64 { return w.extend(number64(b[w.offset:], w.size)) }

// extend makes a 64-bit number of the bits that an old one has.
func (w word) extend(v uint64) uint64 { return extend(v, w.size, w.signed) }

// fits reports whether the new number can hold v, a sum.
func (p *Plan) fits(w word, v uint64) bool {
	return v == extend(v, w.toSize, p.to.ValueType != nil && p.to.ValueType.Kind == layout.Int)
}

// at is the number in a new value.
func (w word) at(b []byte) uint64 { return number64(b[w.toOffset:], w.toSize) }

func (w word) put(b []byte, v uint64) {
	var bytes [8]byte
	binary.LittleEndian.PutUint64(bytes[:], v)
	copy(b[w.toOffset:w.toOffset+w.toSize], bytes[:])
}

// number64 is the number of size bytes at the start of b.
func number64(b []byte, size int) uint64 {
	var bytes [8]byte
	copy(bytes[:], b[:size])
	return binary.LittleEndian.Uint64(bytes[:])
}

// extend makes a 64-bit number of the lowest bytes of v.
func extend(v uint64, size int, signed bool) uint64 {
	above := 64 - 8*size
	if signed {
		return uint64(int64(v<<above) >> above)
	}
	return v << above >> above
}

// Rows are the contents as Kernel.FillMap takes them.
func (c *Contents) Rows() *attach.Rows {
	rows := &attach.Rows{N: len(c.order)}
	for i, key := range c.order {
		values := c.entries[key]
		if i == 0 {
			rows.CPUs, rows.KeySize, rows.ValueSize = len(values), len(key), len(values[0])
		}
		rows.Keys = append(rows.Keys, key...)
		for _, v := range values {
			rows.Values = append(rows.Values, v...)
		}
	}
	return rows
}
