package session

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/source"
)

// Map is what a session says of one map, without its contents.
type Map struct {
	Name    string
	Kind    string   // "per-CPU hash"
	Key     string   // the key's Go type; "" for a counter
	Value   string   // the value's Go type
	Columns []string // names of the key's columns: the fields of a struct key, otherwise one, the map's own; empty for a counter
	Tasks   []bool   // which columns are numbers of processes or threads; see TaskName
	PerCPU  bool
	Entries int // the most it can hold; 0 where each thread can have one
	Probes  []string
}

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

// liveMap is a map of the session in the kernel.
type liveMap struct {
	*incremental.Map
	id      attach.MapID
	memory  uint64 // bytes in the kernel, as counted in Session.index
	resolve layout.Resolver

	reading sync.Mutex
	rows    attach.Rows                // reused by each reading; guarded by reading
	held    struct{ keys, values int } // bytes that the last reading into memory of its own came to; guarded by reading

	estimate estimates // guarded by reading
}

// own reports whether the map is the session's own rather than the user's.
func (m *liveMap) own() bool {
	return m.Kind == ir.Ring || m.Kind == ir.Stacks || strings.HasSuffix(m.Name, incremental.StatsSuffix) ||
		strings.Contains(m.Name, incremental.ScratchSuffix) || strings.Contains(m.Name, incremental.FaultsSuffix) ||
		strings.Contains(m.Name, incremental.LinesSuffix) || strings.HasSuffix(m.Name, incremental.RateSuffix)
}

// mapKinds is how the kinds of maps are called in package attach and on the screen.
var mapKinds = map[ir.MapKind]struct {
	kind   attach.MapKind
	name   string
	perCPU bool
}{
	ir.Hash:        {attach.Hash, "hash", false},
	ir.PerCPUHash:  {attach.PerCPUHash, "per-CPU hash", true},
	ir.Array:       {attach.Array, "array", false},
	ir.PerCPUArray: {attach.PerCPUArray, "per-CPU array", true},
	ir.LRUHash:     {attach.LRUHash, "LRU hash", false},
	ir.PerCPULRU:   {attach.PerCPULRU, "per-CPU LRU hash", true},
	ir.Counters:    {attach.Counters, "per-CPU counter", true},
	ir.Ring:        {attach.Ring, "ring", false},
	ir.Stacks:      {attach.Stacks, "stacks", false},
	ir.TaskStorage: {attach.TaskStorage, "thread state", false},
}

// Maps are the user's maps in order of creation; the events ring and the probes' own counters are not among them.
func (s *Session) Maps() []Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := make(map[string][]string, len(s.maps))
	for _, p := range s.probes {
		if p.state.Linked() {
			for _, name := range p.maps {
				users[name] = append(users[name], p.name)
			}
		}
	}
	var maps []Map
	for _, m := range s.maps {
		if !m.own() {
			maps = append(maps, s.mapValue(m, users[m.Name]))
		}
	}
	return maps
}

// HasMap reports whether the user has a map of that name.
func (s *Session) HasMap(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.live(name)
	return m != nil && !m.own()
}

// mapValue is a map as the session shows it, with the names of the probes that use it. The caller holds mu.
func (s *Session) mapValue(m *liveMap, users []string) Map {
	v := Map{
		Probes:  users,
		Name:    m.Name,
		Kind:    mapKinds[m.Kind].name,
		Value:   m.ValueType.Name,
		PerCPU:  mapKinds[m.Kind].perCPU,
		Entries: m.Entries,
	}
	if m.Counter {
		v.Kind, v.Entries = "counter", 1
		if v.PerCPU {
			v.Kind = "per-CPU counter"
		}
	} else {
		v.Key = m.KeyType.Name
		v.Columns = columns(m.KeyType, m.Name)
		v.Tasks = s.taskColumns(m)
	}
	if kind, ok := aggregateKinds[m.Aggregate.Kind]; ok {
		v.Kind, v.PerCPU = kind, false
	}
	return v
}

// hasColumns reports whether a key is shown as one column a field.
func hasColumns(key *layout.Type) bool { return key.Kind == layout.Struct && key.As == layout.Plain }

// columns are the names of a key's columns.
func columns(key *layout.Type, name string) []string {
	if !hasColumns(key) {
		return []string{name}
	}
	names := make([]string, len(key.Fields))
	for i, f := range key.Fields {
		names[i] = f.Name
	}
	return names
}

// userMap finds one of the user's maps.
func (s *Session) userMap(name string) (*liveMap, Map, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, Map{}, ErrClosed
	}
	var known []string
	for _, m := range s.maps {
		if m.own() {
			continue
		}
		if m.Name == name {
			return m, s.mapValue(m, s.users(name)), nil
		}
		known = append(known, m.Name)
	}
	return nil, Map{}, source.Unknown("map", name, known)
}

// users are the names of the linked probes that use a map. The caller holds mu.
func (s *Session) users(name string) (users []string) {
	for _, p := range s.probes {
		if p.state.Linked() && slices.Contains(p.maps, name) {
			users = append(users, p.name)
		}
	}
	return users
}

// Read reads all of a map from the kernel.
func (s *Session) Read(name string) (Table, error) { return s.read(name, func(*liveMap) {}) }

// read reads a map; change may change what was read before it is decoded.
func (s *Session) read(name string, change func(*liveMap)) (Table, error) {
	m, value, err := s.userMap(name)
	if err != nil {
		return Table{}, fmt.Errorf("read %s: %w", name, err)
	}
	m.reading.Lock()
	defer m.reading.Unlock()
	if err := s.kernel.ReadMap(m.id, &m.rows); err != nil {
		if other, _, gone := s.userMap(name); gone == nil && other != m {
			return s.read(name, change) // an edit has put another one in its place
		}
		return Table{}, fmt.Errorf("read %s: %w", name, err)
	}
	t := Table{Map: value, Time: time.Now()}
	if value.PerCPU && isInteger(m.ValueType) {
		t.CPUs = m.rows.CPUs
	}
	if !m.estimate.any() {
		change(m)
		t.Rows = m.decode()
		return t, nil
	}
	counted := m.decode()
	m.estimate.scale(&m.rows, m.addends())
	change(m)
	t.Factor, t.Rows = max(m.estimate.factor, 1), m.decode()
	t.withCounted(counted)
	return t, nil
}

// decode makes the rows of what was read.
func (m *liveMap) decode() []Row {
	if aggregateKinds[m.Aggregate.Kind] != "" {
		rows := m.aggregateRows()
		sortRows(rows)
		return rows
	}
	rows := make([]Row, m.rows.N)
	for i := range rows {
		rows[i] = m.row(&m.rows, i)
	}
	if m.KeyType != nil && (m.Kind == ir.Array || m.Kind == ir.PerCPUArray) {
		rows = m.used(rows)
	}
	sortRows(rows) // keys differ, so that the order is whole
	return rows
}

// used are the elements of an array that are not zero: nobody asks for the others.
func (m *liveMap) used(all []Row) []Row {
	rows := all[:0]
	size := m.rows.CPUs * m.rows.ValueSize
	for i, r := range all {
		if slices.ContainsFunc(m.rows.Values[i*size:(i+1)*size], func(b byte) bool { return b != 0 }) {
			rows = append(rows, r)
		}
	}
	return rows
}

// Clear removes all entries of a map, or sets them to zero where they are fixed.
func (s *Session) Clear(name string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	m, _, err := s.userMap(name)
	if err == nil {
		m.reading.Lock()
		if err = s.kernel.ClearMap(m.id); err == nil && m.estimate.any() {
			m.estimate.begun = map[string]reckoning{}
		}
		m.reading.Unlock()
	}
	if err != nil {
		return fmt.Errorf("clear %s: %w", name, err)
	}
	return nil
}

func isInteger(t *layout.Type) bool { return t.Kind == layout.Int || t.Kind == layout.Uint }

// row decodes entry i of what was read.
func (m *liveMap) row(rows *attach.Rows, i int) Row {
	var r Row
	keys, values := entryOf(rows, i)
	if !m.Counter {
		r.Key = key(m.KeyType, keys, m.resolve)
	}
	value := func(cpu int) any {
		return layout.DecodeWith(m.ValueType, values[cpu*rows.ValueSize:(cpu+1)*rows.ValueSize], m.resolve)
	}
	switch perCPU := mapKinds[m.Kind].perCPU; {
	case !perCPU:
		r.Total = value(0)
	case isInteger(m.ValueType):
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
func key(t *layout.Type, b []byte, resolve layout.Resolver) []any {
	if !hasColumns(t) {
		return []any{layout.DecodeWith(t, b, resolve)}
	}
	values := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		values[i] = layout.DecodeWith(f.Type, b[f.Offset:], resolve)
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
