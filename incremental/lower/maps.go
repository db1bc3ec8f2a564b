package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/universe"
)

// Flags of map_update_elem.
const (
	updateAny     = 0 // BPF_ANY
	updateNoExist = 1 // BPF_NOEXIST
)

// addition is m[k] += v or n += v, found in the three instructions that go/ssa makes of it.
type addition struct {
	delta ssa.Value
	minus bool
}

// additionTo finds the addition whose result an instruction stores. load must be the only read of the old value and add its only
// use, so that nobody else sees them and the whole can be one operation on memory.
func additionTo(stored ssa.Value, isOld func(ssa.Value) bool) (addition, *ssa.BinOp, ssa.Value, bool) {
	bin, ok := stored.(*ssa.BinOp)
	if !ok || len(*bin.Referrers()) != 1 || text.Is(bin.Type()) {
		return addition{}, nil, nil, false
	}
	switch {
	case (bin.Op == token.ADD || bin.Op == token.SUB) && isOld(bin.X):
		return addition{delta: bin.Y, minus: bin.Op == token.SUB}, bin, bin.X, true
	case bin.Op == token.ADD && isOld(bin.Y):
		return addition{delta: bin.X}, bin, bin.Y, true
	}
	return addition{}, nil, nil, false
}

// additionOf is the addition that a map update is, if it is one.
func additionOf(u *ssa.MapUpdate) (addition, *ssa.BinOp, ssa.Value, bool) {
	return additionTo(u.Value, func(v ssa.Value) bool {
		lk, ok := v.(*ssa.Lookup)
		return ok && !lk.CommaOk && len(*lk.Referrers()) == 1 && lk.Block() == u.Block() &&
			text.Global(lk.X) == text.Global(u.Map) && sameKey(lk.Index, u.Key)
	})
}

// counterAddition is the addition that a store to a counter is, if it is one.
func counterAddition(st *ssa.Store) (addition, *ssa.BinOp, ssa.Value, bool) {
	g, ok := st.Addr.(*ssa.Global)
	if !ok {
		return addition{}, nil, nil, false
	}
	return additionTo(st.Val, func(v ssa.Value) bool {
		u, ok := v.(*ssa.UnOp)
		return ok && u.Op == token.MUL && u.X == g && len(*u.Referrers()) == 1 && u.Block() == st.Block()
	})
}

func sameKey(a, b ssa.Value) bool {
	if a == b {
		return true
	}
	ca, ok := a.(*ssa.Const)
	cb, ok2 := b.(*ssa.Const)
	return ok && ok2 && ca.Value != nil && cb.Value != nil && ca.Value.ExactString() == cb.Value.ExactString()
}

// skip reports whether an instruction is part of a larger operation that its last instruction stands for.
func (l *lowerer) skip(ins ssa.Instruction) bool {
	v, ok := ins.(ssa.Value)
	if !ok {
		return false
	}
	if l.pkg.isAggregate(v) || l.partOfJoin(v) {
		return true
	}
	refs := v.Referrers()
	if refs == nil || len(*refs) != 1 {
		return isMapLoad(v)
	}
	switch v.(type) {
	case *ssa.BinOp:
		return isAddition((*refs)[0], func(bin *ssa.BinOp, _ ssa.Value) bool { return bin == v })
	case *ssa.Lookup, *ssa.UnOp:
		if bin, ok := (*refs)[0].(*ssa.BinOp); ok && len(*bin.Referrers()) == 1 {
			if isAddition((*bin.Referrers())[0], func(_ *ssa.BinOp, old ssa.Value) bool { return old == v }) {
				return true
			}
		}
	}
	return isMapLoad(v)
}

func isAddition(ins ssa.Instruction, is func(bin *ssa.BinOp, old ssa.Value) bool) bool {
	var bin *ssa.BinOp
	var old ssa.Value
	var ok bool
	switch ins := ins.(type) {
	case *ssa.MapUpdate:
		_, bin, old, ok = additionOf(ins)
	case *ssa.Store:
		_, bin, old, ok = counterAddition(ins)
	}
	return ok && is(bin, old)
}

// isMapLoad reports whether a value is a map variable being read, which is no value here: the operation that uses it names the map.
func isMapLoad(v ssa.Value) bool {
	u, ok := v.(*ssa.UnOp)
	if !ok || u.Op != token.MUL || text.Global(u) == nil {
		return false
	}
	_, ok = u.Type().Underlying().(*types.Map)
	return ok
}

// mapOf is the map that an operand of a map operation names.
func (l *lowerer) mapOf(v ssa.Value, pos token.Pos) *Map {
	if g := text.Global(v); g != nil {
		if m := l.maps[g.Name()]; m != nil {
			return m
		}
	}
	l.unsupported(pos, "a map that is not a package-level variable")
	return nil
}

// keyArg is the key in memory, as the map's helpers take it; of a map of threads it is the number itself.
func (l *lowerer) keyArg(m *Map, key ssa.Value) *ir.Value {
	if m.IR.Kind == ir.TaskStorage {
		return l.scalar(key)
	}
	return l.address(l.inShape(m.Key, key.Type(), l.value(key)))
}

// mapUpdate lowers m[k] = v and m[k] += v.
func (l *lowerer) mapUpdate(u *ssa.MapUpdate) {
	m := l.mapOf(u.Map, u.Pos())
	if m == nil {
		return
	}
	key := l.keyArg(m, u.Key)
	if add, _, _, ok := additionOf(u); ok {
		l.mapAdd(m, key, l.delta(add))
		return
	}
	l.mapSet(m, key, l.value(u.Value))
}

// mapSet stores the value of a key.
func (l *lowerer) mapSet(m *Map, key *ir.Value, v operand) {
	l.changes(m)
	if m.IR.Kind == ir.TaskStorage {
		l.setState(m, key, v)
		return
	}
	value := l.address(l.valueInMemory(m, v))
	l.forget(m, key)
	r := l.call(ir.HelperMapUpdateElem, ir.I64, l.mapArg(m.IR), key, value, l.constant(ir.I64, updateAny))
	l.unlikely(ir.Slt, r, l.constant(ir.I64, 0), func() { l.count(abi.StatMapFull) })
}

// valueInMemory is a value as bytes that the map's helpers take.
func (l *lowerer) valueInMemory(m *Map, v operand) *place {
	if m.Value.Size > 0 {
		return l.inShape(m.Value, m.elem(), v)
	}
	p := l.slot("unit", leastValue)
	l.clear(p, 8)
	return p
}

// delta is what an addition adds.
func (l *lowerer) delta(add addition) *ir.Value {
	v := l.scalar(add.delta)
	if add.minus {
		v = l.emit(ir.OpNeg, v.Type, v)
	}
	return v
}

// mapAdd adds to the value of a key, which begins at zero. A per-CPU value is changed in place: it belongs to this CPU. A
// shared one is added to atomically.
func (l *lowerer) mapAdd(m *Map, key, delta *ir.Value) {
	l.changes(m)
	hit, miss, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	p := l.call(ir.HelperMapLookupElem, ir.Ptr, l.mapArg(m.IR), key)
	from := l.cur
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), hit, miss)
	from.Term.Likely = 1
	l.cur = hit
	l.addInPlace(m, p, delta)
	l.cur.Jump(join)
	l.cur = miss
	if m.isArray() {
		// There is no such element.
		l.count(abi.StatMapFull)
		l.cur.Jump(join)
		l.cur = join
		return
	}
	first := l.slot("first", m.Value.Size)
	l.storeScalar(first, m.Value.Size, delta)
	flag := int64(updateAny)
	if m.Shared() {
		flag = updateNoExist
	}
	r := l.call(ir.HelperMapUpdateElem, ir.I64, l.mapArg(m.IR), key, l.address(first), l.constant(ir.I64, flag))
	if !m.Shared() {
		l.unlikely(ir.Slt, r, l.constant(ir.I64, 0), func() { l.count(abi.StatMapFull) })
		l.cur.Jump(join)
		l.cur = join
		return
	}
	// Another CPU may have made the entry in between; then its value is there to be added to.
	l.orElse(ir.Ne, r, l.constant(ir.I64, 0), l.retryAdd(m, key, delta, join))
	l.cur.Jump(join)
	l.cur = join
}

// retryAdd is a block that adds to an entry which should be there by now, and counts the event as not stored if it is not.
func (l *lowerer) retryAdd(m *Map, key, delta *ir.Value, join *ir.Block) *ir.Block {
	saved := l.cur
	retry := l.fn.NewBlock()
	l.cur = retry
	p := l.call(ir.HelperMapLookupElem, ir.Ptr, l.mapArg(m.IR), key)
	there, gone := l.fn.NewBlock(), l.fn.NewBlock()
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), there, gone)
	l.cur = there
	l.addInPlace(m, p, delta)
	l.cur.Jump(join)
	l.cur = gone
	l.count(abi.StatMapFull)
	l.cur.Jump(join)
	l.cur = saved
	return retry
}

// addInPlace adds to a value of a map at its address.
func (l *lowerer) addInPlace(m *Map, at, delta *ir.Value) {
	if m.Shared() && m.Value.Size >= 4 {
		op := ir.OpAtomic64
		if m.Value.Size == 4 {
			op = ir.OpAtomic32
		}
		l.emit(op, ir.Void, at, delta)
		return
	}
	p := &place{base: at, space: inMap, align: 8}
	l.storeScalar(p, m.Value.Size, l.emit(ir.OpAdd, delta.Type, l.loadScalar(p, m.Value), delta))
}

// lookup lowers m[k] and v, ok := m[k]. A key that is not there gives the zero value.
func (l *lowerer) lookup(ins *ssa.Lookup) operand {
	m := l.mapOf(ins.X, ins.Pos())
	if m == nil {
		return operand{}
	}
	return l.mapGet(m, l.keyArg(m, ins.Index), ins.CommaOk)
}

// mapGet reads the value of a key, and if asked whether it is there.
func (l *lowerer) mapGet(m *Map, key *ir.Value, commaOk bool) operand {
	if l.summed(m) {
		sum, found := l.sumOf(m, key)
		if !commaOk {
			return operand{v: sum}
		}
		return operand{elems: []operand{{v: sum}, {v: found}}}
	}
	found, missing, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	var in *place
	if !isScalar(m.Value) {
		in = l.slot("tmp", m.Value.Size)
	}
	at := l.find(m, key, found, missing)
	var there, zero *ir.Value
	l.cur = found
	if in != nil {
		l.copyBytes(in, at, m.Value.Size)
	} else {
		there = l.loadScalar(at, m.Value)
	}
	yes := l.constant(ir.I32, 1)
	l.cur.Jump(join)
	l.cur = missing
	if in != nil {
		l.clear(in, roundUp(m.Value.Size, 8))
	} else {
		zero = l.constant(there.Type, 0)
	}
	no := l.constant(ir.I32, 0)
	l.cur.Jump(join)
	l.cur = join
	value := l.ownShape(m.Value, m.elem(), operand{at: in, size: m.Value.Size})
	if in == nil {
		value.v = join.Phi(there.Type, l.span)
		value.v.Args = []*ir.Value{there, zero}
	}
	if !commaOk {
		return value
	}
	ok := join.Phi(ir.I32, l.span)
	ok.Args = []*ir.Value{yes, no}
	return operand{elems: []operand{value, {v: ok}}}
}

// find goes to found if there is such a key, whose value is at the place then, else to missing.
func (l *lowerer) find(m *Map, key *ir.Value, found, missing *ir.Block) *place {
	if m.IR.Kind == ir.TaskStorage {
		return l.findState(m, key, found, missing)
	}
	p := l.call(ir.HelperMapLookupElem, ir.Ptr, l.mapArg(m.IR), key)
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), found, missing)
	return &place{base: p, space: inMap, align: 8}
}

func isScalar(t *layout.Type) bool {
	return t.Kind != layout.String && t.Kind != layout.Struct && t.Kind != layout.Array
}

// isArray reports whether the keys are the numbers of elements that are always there.
func (m *Map) isArray() bool { return m.IR.Kind == ir.Array || m.IR.Kind == ir.PerCPUArray }

// mapCall lowers a call of a method of the generic map types.
func (l *lowerer) mapCall(ins *ssa.Call, method universe.MapMethod) operand {
	args := ins.Call.Args
	m := l.mapOf(args[0], ins.Pos())
	if m == nil {
		return operand{}
	}
	key := l.keyArg(m, args[1])
	switch method {
	case universe.MapIncrement:
		t := ir.I32
		if m.Value.Size == 8 {
			t = ir.I64
		}
		l.mapAdd(m, key, l.constant(t, 1))
	case universe.MapAdd:
		l.mapAdd(m, key, l.scalar(args[2]))
	case universe.MapSet:
		l.mapSet(m, key, l.value(args[2]))
	case universe.MapDelete:
		l.mapDelete(m, key)
	case universe.MapGet, universe.MapLookup:
		return l.mapGet(m, key, method == universe.MapLookup)
	}
	return operand{}
}

// deleteKey lowers delete(m, k).
func (l *lowerer) deleteKey(call *ssa.Call) {
	m := l.mapOf(call.Call.Args[0], call.Pos())
	if m == nil {
		return
	}
	l.mapDelete(m, l.keyArg(m, call.Call.Args[1]))
}

// mapDelete takes a key out of a map.
func (l *lowerer) mapDelete(m *Map, key *ir.Value) {
	l.changes(m)
	if m.IR.Kind == ir.TaskStorage {
		l.dropState(m)
		return
	}
	l.call(ir.HelperMapDeleteElem, ir.I64, l.mapArg(m.IR), key)
}
