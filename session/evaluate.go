package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session/blame"
	"go3s/session/printed"
	"go3s/session/table"
)

// evaluate compiles and runs a cell that is an expression or statements. The caller holds changing.
func (s *Session) evaluate(cell source.Cell, watch *stopwatch) Result {
	cell.Name = s.program.Unique(cell.Name)
	e := s.program.Evaluate(cell, watch.stage)
	if left := s.orphans(cell, e.Diags); len(left) > 0 {
		e = s.evaluateInThePast(cell, left, watch, e)
	}
	if len(e.Diags) > 0 {
		return Result{Diags: e.Diags, Time: watch.stop()}
	}
	r := &once{Session: s, evaluation: e, cell: cell, span: source.Span{Cell: cell.Name, End: len(cell.Text)}, watch: watch}
	out := Result{Evaluated: true}
	out.Value, out.Err = r.value()
	if diag := r.diag; diag != nil {
		out.Diags = []source.Diagnostic{*diag}
	}
	out.Time = watch.stop()
	return out
}

// orphans are the names that a cell is refused for because no cell declares them any more, whose maps are there still.
func (s *Session) orphans(cell source.Cell, diags []source.Diagnostic) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, d := range diags {
		if d.Code != source.UndefinedName || d.Span.Cell != cell.Name {
			return nil
		}
		name := cell.Text[d.Span.Start:d.Span.End]
		if m := s.live(name); m == nil || m.own() {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// evaluateInThePast compiles a cell among the cells of the last moment in which the named maps were declared, as they are now. If there
// is none it is now, what the cell has come to among the cells of this moment.
func (s *Session) evaluateInThePast(cell source.Cell, names []string, watch *stopwatch, now *incremental.Evaluation) *incremental.Evaluation {
	for _, m := range slices.Backward(s.history.past) {
		if slices.ContainsFunc(names, func(n string) bool { return !s.unchanged(n, m.maps) }) {
			continue
		}
		e := m.program.Evaluate(cell, watch.stage)
		if len(e.Diags) > 0 {
			continue
		}
		used := append([]string{e.Map}, e.Counts...)
		if e.Program != nil {
			used = append(used, e.Program.Maps...)
		}
		used = slices.DeleteFunc(used, func(name string) bool {
			return name == "" || slices.ContainsFunc(e.Maps, func(m *incremental.Map) bool { return m.Name == name })
		})
		if !slices.ContainsFunc(used, func(n string) bool { return !s.unchanged(n, m.maps) }) {
			return e
		}
	}
	return now
}

// unchanged reports whether a map is what it was among those of a build.
func (s *Session) unchanged(name string, maps []*incremental.Map) bool {
	i := slices.IndexFunc(maps, func(m *incremental.Map) bool { return m.Name == name })
	if i < 0 {
		return false
	}
	m := s.sized(maps[i])
	s.mu.Lock()
	defer s.mu.Unlock()
	live := s.live(name)
	return live != nil && sameShape(live.Map, m)
}

// once is a program that runs once, and what it has in the kernel meanwhile.
type once struct {
	*Session
	evaluation *incremental.Evaluation
	cell       source.Cell
	span       source.Span
	watch      *stopwatch

	maps  map[string]*liveMap // that only this program has
	lent  []lent              // copies that it has in the place of maps
	notes []string            // what fell short
	diag  *source.Diagnostic
}

// value finds the value of the expression; nil if it has none.
func (o *once) value() (v *Value, err error) {
	e := o.evaluation
	switch {
	case e.Constant != nil:
		return constantValue(e.Constant), nil
	case e.Whole:
		return o.whole(e.Map)
	case e.Count:
		n, err := o.count(e.Map)
		return constantValue(&incremental.Constant{Type: "int", Value: n}), err
	}
	var results []byte
	if results, err = o.run(); err != nil || o.diag != nil {
		return nil, err
	}
	v = &Value{}
	if len(e.Results) > 0 {
		v = decoded(e.Results, results, o.resolver())
	}
	if e.Map != "" {
		if v, err = o.entry(e.Map, v.Value); err != nil {
			return nil, err
		}
	} else if len(e.Results) == 0 && len(o.notes) == 0 {
		return nil, nil
	}
	v.Notes = o.notes
	return v, nil
}

// whole is all of a map, or the value of a variable or counter.
func (o *once) whole(name string) (*Value, error) {
	t, err := o.Read(name)
	if err != nil {
		return nil, err
	}
	return o.simple(name, t), nil
}

// count is how many keys a map has: those that are there, or all that an array has room for.
func (o *once) count(name string) (int64, error) {
	o.mu.Lock()
	m := o.live(name)
	o.mu.Unlock()
	if m != nil && (m.Kind == ir.Array || m.Kind == ir.PerCPUArray) {
		return int64(m.Entries), nil
	}
	c, err := o.Contents(name)
	if err != nil {
		return 0, err
	}
	return int64(c.Len()), nil
}

// countAll tells the program how many keys the maps have that it asks for.
func (o *once) countAll() error {
	m := o.maps[incremental.CountMap]
	if m == nil {
		return nil
	}
	rows := attach.Rows{Keys: make([]byte, m.Key), N: 1, CPUs: 1, KeySize: m.Key, ValueSize: m.Value}
	for _, name := range o.evaluation.Counts {
		n, err := o.count(name)
		if err != nil {
			return err
		}
		rows.Values = binary.LittleEndian.AppendUint64(rows.Values, uint64(n))
	}
	return o.kernel.FillMap(m.id, &rows)
}

// simple makes a value of a table that holds a single one which is neither a histogram nor a summary.
func (o *once) simple(name string, t table.Table) *Value {
	o.mu.Lock()
	m := o.live(name)
	o.mu.Unlock()
	v := &Value{Type: t.Map.Value, Table: &t}
	if len(t.Rows) != 1 || m == nil || !m.Counter && o.evaluation.Whole {
		if m != nil && !m.Counter {
			v.Type = "map[" + t.Map.Key + "]" + t.Map.Value
		}
		return v
	}
	switch total := t.Rows[0].Total.(type) {
	case bool, int64, uint64, string, layout.StructValue, layout.Addr:
		return &Value{Type: t.Map.Value, Value: total, Text: text(m.ValueType, total)}
	case []any, []byte:
		if t.CPUs == 0 && !t.Map.PerCPU {
			return &Value{Type: t.Map.Value, Value: total, Text: text(m.ValueType, total)}
		}
	}
	return v
}

// entry is the entry of a map with a key.
func (o *once) entry(name string, key any) (*Value, error) {
	t, err := o.Read(name)
	if err != nil {
		return nil, err
	}
	columns := []any{key}
	if s, ok := key.(layout.StructValue); ok && len(t.Map.Columns) == len(s.Values) {
		columns = s.Values
	}
	same := func(a, b any) bool { return layout.Format(a) == layout.Format(b) }
	t.Rows = slices.DeleteFunc(t.Rows, func(r table.Row) bool { return !slices.EqualFunc(r.Key, columns, same) })
	o.mu.Lock()
	m := o.live(name)
	o.mu.Unlock()
	if len(t.Rows) == 0 && m != nil && m.ValueType != nil && !table.Aggregates(m.Map) {
		zero := layout.DecodeWith(m.ValueType, make([]byte, m.ValueType.Size), o.resolver())
		return &Value{Type: t.Map.Value, Value: zero, Text: text(m.ValueType, zero)}, nil
	}
	return o.simple(name, t), nil
}

// run loads the program, runs it and returns what it has left in the result map.
func (o *once) run() (results []byte, err error) {
	defer func() { err = errors.Join(err, o.free()) }()
	p := o.evaluation.Program
	o.watch.stage("maps")
	if err := errors.Join(o.createMaps(), o.countAll()); err != nil {
		return nil, err
	}
	spec := attach.ProgramSpec{Name: p.Name, Type: attach.RawTracepoint, Insns: p.Insns, Maps: make(map[string]attach.MapID, len(p.Maps))}
	for _, name := range p.Maps {
		m := o.named(name)
		if m == nil {
			return nil, fmt.Errorf("evaluate: the map %s was not built", name)
		}
		spec.Maps[name] = m.id
		if m.Kind == ir.TaskStorage {
			if spec.Maps[name], err = o.copyStates(m); err != nil {
				return nil, err
			}
		}
	}
	o.gate.Lock()
	for _, schema := range p.Schemas {
		o.forms[schema.ID] = printed.New(schema)
	}
	o.gate.Unlock()
	o.watch.stage("load")
	id, err := o.kernel.Load(spec)
	if err != nil {
		return nil, o.refused(err)
	}
	o.watch.stage("run")
	select {
	case <-o.done: // of an earlier program
	default:
	}
	err = errors.Join(o.kernel.Run(id), o.kernel.FreeProgram(id), o.changeStates())
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	results, err = o.results()
	if len(p.Schemas) > 0 && err == nil && o.diag == nil {
		o.await()
	}
	return results, err
}

// patience is how long it may take until a program's records have arrived; only a full ring takes them away.
const patience = time.Second

// await waits until the program's records have been told, so that its value comes behind them.
func (o *once) await() {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-o.done:
	case <-late.C:
	}
}

// named is a map of this program's own, or one of the session's.
func (o *once) named(name string) *liveMap {
	if m := o.maps[name]; m != nil {
		return m
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.live(name)
}

// createMaps creates the maps that only this program has, and the ring if no probe has needed it yet, which stays.
func (o *once) createMaps() error {
	o.maps = make(map[string]*liveMap)
	for _, m := range o.evaluation.Maps {
		if m.Kind == ir.Ring && o.named(m.Name) != nil {
			continue
		}
		spec := attach.MapSpec{Name: m.Name, Kind: mapKinds[m.Kind], Key: m.Key, Value: m.Value, Entries: m.Entries}
		if m.Kind == ir.Ring && o.options.RingSize > 0 {
			spec.Entries = o.options.RingSize
		}
		id, err := o.kernel.CreateMap(spec)
		if err != nil {
			return fmt.Errorf("evaluate: %w", err)
		}
		live := &liveMap{Map: m, id: id, resolve: o.resolver()}
		if m.Kind != ir.Ring {
			o.maps[m.Name] = live
			continue
		}
		o.mu.Lock()
		o.putMap(live)
		o.ring.start(o.readRing(id))
		o.mu.Unlock()
	}
	return nil
}

// shortfalls are the counters that tell of a result that is less than it should be.
var shortfalls = []struct {
	stat int
	what string
}{
	{incremental.StatCut, "a string was cut to its place"},
	{incremental.StatRead, "memory could not be read"},
	{incremental.StatMapFull, "a map was full"},
	{incremental.StatLost, "the ring was full"},
}

// results is what the program has left. A program that leaves a result and has not come so far has met a fault.
func (o *once) results() ([]byte, error) {
	stats := o.stats()
	for _, s := range shortfalls {
		if n := stats[s.stat]; n > 0 {
			o.notes = append(o.notes, s.what)
		}
	}
	if m := o.maps[incremental.ResultMap]; m != nil {
		if err := o.kernel.ReadMap(m.id, &m.rows); err != nil {
			return nil, fmt.Errorf("evaluate: read the result: %w", err)
		}
		if binary.LittleEndian.Uint64(m.rows.Values) != 0 {
			return slices.Clone(m.rows.Values), nil
		}
	}
	if stats[incremental.StatFault] > 0 {
		span, cause := o.fault()
		o.diag = &source.Diagnostic{Code: source.RunFault, Span: span, Msg: "it ended here by " + cause}
	} else if len(o.evaluation.Results) > 0 {
		o.diag = &source.Diagnostic{Code: source.RunFault, Span: o.span, Msg: "it ended before it had a value"}
	}
	return nil, nil
}

// fault is the place of the fault that ended the program, and what it was; the whole expression if nothing tells.
func (o *once) fault() (at source.Span, cause string) {
	p := o.evaluation.Program
	at, cause = o.span, "a fault"
	m := o.maps[p.FaultMap]
	if m == nil || o.kernel.ReadMap(m.id, &m.rows) != nil {
		return at, cause
	}
	for i, f := range p.Faults {
		if words := m.rows.Values[8*i:]; binary.LittleEndian.Uint64(words) == 0 {
			continue
		}
		if f.Cause != "" {
			cause = f.Cause
		}
		for _, c := range append([]source.Cell{o.cell}, o.program.Cells()...) {
			if start := source.Offset(c.Text, f.Line, f.Column); c.Name == f.Cell && start >= 0 {
				at = source.Span{Cell: c.Name, Start: start, End: start}
			}
		}
		break
	}
	return at, cause
}

// stats are the program's own counters.
func (o *once) stats() (words [8]uint64) {
	if m := o.maps[o.evaluation.Program.Name+incremental.StatsSuffix]; m != nil {
		words = m.counters(o.kernel)
	}
	return words
}

// refused says that the kernel would not load the program.
func (o *once) refused(err error) error {
	if refusal, ok := errors.AsType[*attach.VerifierError](err); ok {
		o.diag = blame.Verifier(refusal, o.evaluation.Program, o.span)
	}
	return err
}

// free gives the program's own maps back.
func (o *once) free() error {
	var errs []error
	for _, m := range o.maps {
		errs = append(errs, o.kernel.FreeMap(m.id))
	}
	for _, l := range o.lent {
		errs = append(errs, o.kernel.FreeMap(l.copy))
	}
	return errors.Join(errs...)
}
