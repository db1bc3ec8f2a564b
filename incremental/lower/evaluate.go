package lower

import (
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/source"
)

// Evaluate lowers the probe of a cell that runs once. The result describes what it leaves in the result map; it is nil if it leaves
// nothing.
//
// Such a program reads and assigns maps that are kept per CPU, which no other does: a value is the sum over the CPUs, and what is
// assigned takes the place of all CPUs' values. It is one program beside those that count, so that what they add in the same moment
// may be missed. For careful see Options.
func (p *Package) Evaluate(pr *check.Probe, maps map[string]*Map, ring *ir.Map, careful bool) (*Program, *abi.Schema, []source.Diagnostic) {
	l := p.lowerer(pr, ir.RawTP, snapshots(maps), ring, careful)
	l.once = true
	l.runOnce(p.ssa.Prog.FuncValue(pr.Func))
	l.checkCounted()
	if len(l.diags) == 0 {
		l.rewriteLoops()
	}
	if len(l.diags) > 0 {
		return nil, nil, l.diags
	}
	out := l.finished()
	out.Counted = l.counted.names
	return out, l.evaluated, nil
}

// counted are the maps whose lengths a program that runs once asks for. They are those from before it runs.
type counted struct {
	m       *ir.Map
	names   []string
	maps    []*Map
	places  []token.Pos
	changed []*Map // that it writes to
}

// mapLen lowers len(m) of a map.
func (l *lowerer) mapLen(ins *ssa.Call) operand {
	c := &l.counted
	m := l.mapOf(ins.Call.Args[0], ins.Pos())
	if m == nil {
		return operand{}
	}
	if c.m == nil {
		c.m = &ir.Map{Name: abi.CountMap, Kind: ir.Array, Key: 4, Entries: 1}
		l.use(c.m)
	}
	i := slices.Index(c.maps, m)
	if i < 0 {
		i = len(c.maps)
		c.names, c.maps, c.places = append(c.names, text.Global(ins.Call.Args[0]).Name()), append(c.maps, m), append(c.places, ins.Pos())
		c.m.Value = 8 * len(c.maps)
	}
	p := &place{base: l.mapValue(c.m, int64(8*i)), space: inMap, align: 8}
	return operand{v: l.loadScalar(p, layoutInt)}
}

// changes notes that the program writes to a map.
func (l *lowerer) changes(m *Map) {
	if l.once {
		l.counted.changed = append(l.counted.changed, m)
	}
}

// checkCounted refuses to tell the length of a map that the same statements change.
func (l *lowerer) checkCounted() {
	for i, m := range l.counted.maps {
		if slices.Contains(l.counted.changed, m) {
			l.errorf(source.Unsupported, l.counted.places[i], "ask for it in an entry of its own", "%s is counted before these statements run, and they change it", l.counted.names[i])
		}
	}
}

// runOnce lowers the function of a program that runs once. If it writes records, one more says that these are all.
func (l *lowerer) runOnce(fn *ssa.Function) {
	l.cur = l.fn.Blocks[0]
	done := l.fn.NewBlock()
	l.function(fn, nil, func([]operand) { l.cur.Jump(done) })
	if len(l.diags) > 0 {
		return
	}
	l.cur = done
	if len(l.schemas) > 0 {
		l.recordWith(l.schema(abi.Done, "", nil, nil), nil, ringWake)
	}
	l.cur.Return(l.constant(ir.I64, 0), l.span)
}

// result leaves the value of an expression in the result map, behind a word that says that there is one.
func (l *lowerer) result(values []ssa.Value) {
	args, parts := l.arguments(values)
	if len(l.diags) > 0 {
		return
	}
	s := &abi.Schema{Kind: abi.Emit, Probe: l.probe.Syntax.Name, Span: l.span}
	s.Fields, s.Size = packed(nil, parts)
	roomBehind(s, args)
	l.evaluated = s
	m := &ir.Map{Name: abi.ResultMap, Kind: ir.Array, Key: 4, Value: s.Size, Entries: 1}
	p := &place{base: l.mapValue(m, 0), space: inMap, align: 8}
	l.fields(p, abi.EventHeader, s.Fields, s.Size, args)
	l.storeScalar(p, 8, l.constant(ir.I64, 1))
}

// perCPUFloor is the first kernel with bpf_map_lookup_percpu_elem, 5.19.
const perCPUFloor = 5<<16 | 19<<8

// summed reports whether a value of the map is a sum over the CPUs, as only a program that runs once reads it.
func (l *lowerer) summed(m *Map) bool {
	return l.once && (m.IR.Kind == ir.PerCPUHash || m.IR.Kind == ir.PerCPULRU || m.IR.Kind == ir.PerCPUArray)
}

// sumOf lowers m[k] of a map that is kept per CPU. found is 1 if there is such a key, else 0.
func (l *lowerer) sumOf(m *Map, key *ir.Value) (sum, found *ir.Value) {
	features := l.pkg.universe.Kernel.Features()
	switch {
	case !isInteger(m.Value):
		l.refuse(token.NoPos, "enter the map with its key alone to see them", "%s has a value of its own on each CPU", m.IR.Name)
		return nil, nil
	case !l.pkg.universe.Has(ir.HelperMapLookupPerCPUElem, perCPUFloor):
		l.refuse(token.NoPos, "enter the map with its key alone", "reading a map that is kept per CPU within an expression needs Linux 5.19")
		return nil, nil
	}
	return l.overCPUs(m, features.CPUs, func(cpu *ir.Value) *ir.Value {
		return l.call(ir.HelperMapLookupPerCPUElem, ir.Ptr, l.mapArg(m.IR), key, cpu)
	})
}

// overCPUs sums the values that at finds for each CPU until it finds none. found is 1 if there is any.
func (l *lowerer) overCPUs(m *Map, cpus int, at func(cpu *ir.Value) *ir.Value) (sum, found *ir.Value) {
	head, there, done := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	zero, nothing := l.constant(ir.I64, 0), l.zeroOf(m.Value)
	l.cur.Jump(head)
	l.cur = head
	cpu, total := head.Phi(ir.I64, l.span), head.Phi(nothing.Type, l.span)
	p := at(cpu)
	l.branch(ir.Ne, p, l.constantIn(head, ir.Ptr, 0), there, done)
	l.cur = there
	v := l.loadScalar(&place{base: p, space: inMap, align: 8}, m.Value)
	more := l.emit(ir.OpAdd, nothing.Type, total, v)
	next := l.emit(ir.OpAdd, ir.I64, cpu, l.constant(ir.I64, 1))
	l.branch(ir.Ult, next, l.constantIn(there, ir.I64, int64(cpus)), head, done)
	cpu.Args, total.Args = []*ir.Value{zero, next}, []*ir.Value{nothing, more}
	l.cur = done
	result, seen := done.Phi(nothing.Type, l.span), done.Phi(ir.I64, l.span)
	result.Args, seen.Args = []*ir.Value{total, more}, []*ir.Value{cpu, next}
	found = l.choose(ir.Ne, seen, l.constant(ir.I64, 0), ir.I32,
		func() *ir.Value { return l.constant(ir.I32, 1) }, func() *ir.Value { return l.constant(ir.I32, 0) })
	return l.normalize(result, m.Value), found
}

// zeroOf is the zero of an integer of layout t.
func (l *lowerer) zeroOf(t *layout.Type) *ir.Value {
	if t.Size == 8 {
		return l.constant(ir.I64, 0)
	}
	return l.constant(ir.I32, 0)
}

// constantIn makes a constant in a block that is not finished.
func (l *lowerer) constantIn(b *ir.Block, t ir.Type, v int64) *ir.Value { return b.Const(t, v, l.span) }

// lineSum is the sum of a counter over the CPUs.
func (l *lowerer) lineSum(m *Map) *ir.Value {
	sum := l.constant(ir.I64, 0)
	for line := range m.IR.Value / abi.CounterLine {
		p := &place{base: l.mapValue(m.IR, int64(line*abi.CounterLine)), space: inMap, align: 8}
		sum = l.emit(ir.OpAdd, ir.I64, sum, l.loadScalar(p, layoutInt))
	}
	return sum
}

// setLines gives a counter a value: one CPU has all of it.
func (l *lowerer) setLines(m *Map, v *ir.Value) {
	for line := range m.IR.Value / abi.CounterLine {
		l.storeScalar(&place{base: l.mapValue(m.IR, int64(line*abi.CounterLine)), space: inMap, align: 8}, 8, v)
		v = l.constant(ir.I64, 0)
	}
}

// forget takes a key out of a map that is kept per CPU before it gets a new value, so that none of another CPU is left.
func (l *lowerer) forget(m *Map, key *ir.Value) {
	if l.summed(m) && m.IR.Kind != ir.PerCPUArray {
		l.call(ir.HelperMapDeleteElem, ir.I64, l.mapArg(m.IR), key)
	}
}
