package lower

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/source"
)

// instruction lowers one SSA instruction. The order of the cases is that of go/ssa's documentation.
func (l *lowerer) instruction(b *ssa.BasicBlock, ins ssa.Instruction) {
	if l.skip(ins) {
		return
	}
	switch ins := ins.(type) {
	case *ssa.Alloc:
		l.alloc(ins)
	case *ssa.Phi:
		l.phi(ins)
	case *ssa.Call:
		l.set(ins, l.callOperand(ins))
	case *ssa.BinOp:
		l.set(ins, l.binop(ins))
	case *ssa.UnOp:
		l.set(ins, l.unop(ins))
	case *ssa.ChangeType:
		l.set(ins, l.value(ins.X))
	case *ssa.Convert:
		l.set(ins, l.convert(ins))
	case *ssa.Field:
		l.set(ins, l.fieldOf(ins))
	case *ssa.FieldAddr:
		l.set(ins, l.fieldAddr(ins))
	case *ssa.Index:
		l.set(ins, l.index(ins))
	case *ssa.IndexAddr:
		l.set(ins, l.indexAddr(ins))
	case *ssa.Lookup:
		l.set(ins, l.lookup(ins))
	case *ssa.Slice:
		l.set(ins, l.slice(ins))
	case *ssa.Range:
		l.set(ins, l.rangeOver(ins))
	case *ssa.Next:
		l.set(ins, l.nextRune(ins))
	case *ssa.MakeClosure:
		l.set(ins, l.closure(ins))
	case *ssa.Extract:
		l.set(ins, l.value(ins.Tuple).elems[ins.Index])
	case *ssa.Store:
		l.storeTo(ins)
	case *ssa.MapUpdate:
		l.mapUpdate(ins)
	case *ssa.If:
		l.condition(b, ins)
	case *ssa.Jump:
		l.leave(b, b.Succs[0]).Jump(l.frame.entry[b.Succs[0].Index])
	case *ssa.Return:
		l.returns(b, ins)
	case *ssa.MakeInterface:
		if !panics(ins) {
			l.unsupported(ins.Pos(), construct(ins))
		}
	case *ssa.Panic:
		// Only the loops over functions that go/ssa writes have one, for functions that call the loop's body when it has ended.
		l.frame.exit[b.Index] = l.cur
		l.faultEnd(byPanic)
	case *ssa.DebugRef:
	default:
		l.unsupported(ins.Pos(), construct(ins))
	}
}

// construct names an instruction that has no lowering in the user's words.
func construct(ins ssa.Instruction) string {
	switch ins.(type) {
	case *ssa.MakeInterface, *ssa.ChangeInterface, *ssa.TypeAssert:
		return "an interface value"
	case *ssa.MakeMap:
		return "a map inside a function"
	case *ssa.MakeSlice:
		return "a slice"
	case *ssa.Panic:
		return "panic"
	}
	return "this construct"
}

// panics reports whether an interface value is only what a panic says, which no run does.
func panics(v *ssa.MakeInterface) bool {
	for _, r := range *v.Referrers() {
		if _, ok := r.(*ssa.Panic); !ok {
			return false
		}
	}
	return true
}

func (l *lowerer) set(v ssa.Value, x operand) {
	if x.ptr != nil && x.ptr.space == somewhere && text.IsPointer(v.Type()) {
		x.size = slotSize(l.pkg.layouts.loadedCapacity(v))
	}
	if len(l.diags) == 0 {
		l.frame.set(v, x)
	}
}

// constOperand is a constant as an operand.
func (l *lowerer) constOperand(c *ssa.Const) operand {
	t := l.pkg.layouts.of(c.Type())
	switch t.Kind {
	case layout.String:
		s := constant.StringVal(c.Value)
		return operand{konst: &s, size: len(s)}
	case layout.Struct, layout.Array:
		p := l.slot("tmp", t.Size)
		l.clear(p, t.Size)
		return operand{at: p, size: t.Size}
	case layout.Bool:
		n := int64(0)
		if constant.BoolVal(c.Value) {
			n = 1
		}
		return operand{v: l.constant(ir.I32, n)}
	}
	if c.Value == nil {
		if l.pkg.isKernelPointer(c.Type()) {
			return l.kernelPointer(l.constant(ir.Ptr, 0), false)
		}
		if isPointer(c.Type()) {
			return l.null()
		}
		if isFunc(c.Type()) {
			return operand{v: l.constant(ir.I64, noFunc)}
		}
		if isSlice(c.Type()) {
			return l.noSlice()
		}
		l.unsupported(c.Pos(), "nil")
		return operand{}
	}
	n, exact := constant.Int64Val(constant.ToInt(c.Value))
	if !exact {
		u, _ := constant.Uint64Val(constant.ToInt(c.Value))
		n = int64(u)
	}
	if l.irType(c.Type()) == ir.I32 {
		n = int64(int32(n))
	}
	return operand{v: l.constant(l.irType(c.Type()), n)}
}

// alloc makes a variable on the stack, zero each time its declaration runs.
func (l *lowerer) alloc(a *ssa.Alloc) {
	elem := a.Type().Underlying().(*types.Pointer).Elem()
	t := l.pkg.layouts.of(elem)
	if text.Is(elem) {
		t = stringLayout(elem, max(roundUp(l.pkg.layouts.loadedCapacity(a), 8), 8))
	}
	if _, done := l.frame.get(a); done {
		return // it shares the slot of the round before
	}
	if (isFunc(elem) || isSlice(elem)) && setOnce(a) {
		l.set(a, operand{cell: &onceCell{block: a.Block()}})
		return
	}
	p := l.slot(slotName(a), t.Size)
	l.clear(p, roundUp(t.Size, 8))
	p.made = a.Block()
	x := operand{ptr: p, size: t.Size}
	l.set(a, x)
	if phi := loopVariable(a); phi != nil {
		p.made = phi.Block()
		l.set(phi, x)
		for _, e := range phi.Edges {
			l.set(e, x)
		}
	}
}

// slotName names a variable's slot after it where it has a name that IR text can hold.
func slotName(a *ssa.Alloc) string {
	if token.IsIdentifier(a.Comment) {
		return a.Comment
	}
	return "var"
}

// phi joins values. Strings, structs and arrays are joined in a slot that each edge fills.
func (l *lowerer) phi(p *ssa.Phi) {
	t := l.pkg.layouts.of(p.Type())
	switch t.Kind {
	case layout.String:
		size := max(roundUp(l.pkg.layouts.capacity(p), 8), 8)
		l.set(p, operand{at: l.phiSlot(p, size), size: size})
	case layout.Struct, layout.Array:
		l.set(p, operand{at: l.phiSlot(p, t.Size), size: t.Size})
	default:
		if isPointer(p.Type()) {
			l.pointerPhi(p)
			return
		}
		if isSlice(p.Type()) {
			l.refuseSlice(p)
			return
		}
		v := l.cur.Phi(l.irType(p.Type()), l.span)
		l.frame.phis = append(l.frame.phis, pendingPhi{p, v})
		l.set(p, operand{v: v})
	}
}

// phiSlot is the slot of a phi in memory. An edge may be lowered before the phi's own block, so whoever comes first makes it. Its
// address is taken in the entry block, which all blocks can see.
func (l *lowerer) phiSlot(p *ssa.Phi, size int) *place {
	if x, ok := l.frame.get(p); ok {
		return x.at
	}
	s := l.fn.NewSlot("phi", max(roundUp(size, 8), 8), 8)
	v := l.entryValue(ir.OpSlot, ir.Ptr)
	v.Slot = s
	at := &place{base: v, align: 8}
	l.frame.set(p, operand{at: at, size: size})
	return at
}

// entryValue puts a value at the start of the entry block, where all blocks can see it.
func (l *lowerer) entryValue(op ir.Op, t ir.Type) *ir.Value {
	v := l.fn.Unplaced(op, t, l.span)
	entry := l.fn.Entry()
	v.Block = entry
	entry.Values = slices.Insert(entry.Values, len(l.fn.Params), v)
	return v
}

// leave fills the memory phis of a successor and returns the block that has to jump to it. An edge from a block with two
// successors gets a block of its own, so that the other successor does not see what was filled in.
func (l *lowerer) leave(b, to *ssa.BasicBlock) *ir.Block {
	phis := memoryPhis(l, to)
	if len(phis) > 0 {
		if len(b.Succs) > 1 {
			l.cur = l.fn.NewBlock()
			l.frame.split(b, to, l.cur)
		}
		l.fillPhis(phis, predIndex(b, to))
	}
	if l.frame.edges[edge{b, to}] == nil {
		l.frame.exit[b.Index] = l.cur
	}
	return l.cur
}

func predIndex(from, to *ssa.BasicBlock) int {
	for i, p := range to.Preds {
		if p == from {
			return i
		}
	}
	panic("not a predecessor")
}

// memoryPhis lists the phis of a block whose values lie in memory.
func memoryPhis(l *lowerer, b *ssa.BasicBlock) []*ssa.Phi {
	var phis []*ssa.Phi
	for _, ins := range b.Instrs {
		p, ok := ins.(*ssa.Phi)
		if !ok {
			break
		}
		switch l.pkg.layouts.of(p.Type()).Kind {
		case layout.String, layout.Struct, layout.Array:
			phis = append(phis, p)
		}
	}
	return phis
}

// fillPhis copies the values of one edge into the slots of phis, as if all at once.
func (l *lowerer) fillPhis(phis []*ssa.Phi, edge int) {
	from := make([]operand, len(phis))
	for i, p := range phis {
		from[i] = l.value(p.Edges[edge])
		if from[i].at != nil && (len(phis) > 1 || l.partOfPhi(from[i].at, p)) {
			from[i].at = l.copyOf(from[i].at, max(from[i].room(), from[i].size))
		}
	}
	for i, p := range phis {
		size := 0
		if text.Is(p.Type()) {
			size = max(roundUp(l.pkg.layouts.capacity(p), 8), 8)
			l.storeString(l.phiSlot(p, size), size, from[i], false)
			continue
		}
		t := l.pkg.layouts.of(p.Type())
		if from[i].at == l.phiSlot(p, t.Size) {
			continue
		}
		l.store(l.phiSlot(p, t.Size), t, from[i], false)
	}
}

// partOfPhi reports whether a place is a part of the slot of a phi, which would be overwritten while it is read.
func (l *lowerer) partOfPhi(at *place, p *ssa.Phi) bool {
	x, ok := l.frame.get(p)
	return ok && x.at != nil && at.base == x.at.base && at.off != 0
}

// condition lowers an If. A comparison that only decides this branch becomes the branch's own.
func (l *lowerer) condition(b *ssa.BasicBlock, ins *ssa.If) {
	from := l.cur
	if b.Succs[0] == b.Succs[1] {
		l.leave(b, b.Succs[0]).Jump(l.frame.entry[b.Succs[0].Index])
		return
	}
	cond := l.value(ins.Cond)
	if cond.over != nil {
		l.rangeCondition(b, cond.over)
		return
	}
	l.frame.exit[b.Index] = from
	targets := [2]*ir.Block{}
	for i, to := range b.Succs {
		l.cur = from
		at := l.leave(b, to)
		targets[i] = l.frame.entry[to.Index]
		if at != from {
			at.Jump(targets[i])
			targets[i] = at
		}
	}
	l.cur = from
	l.branch(ir.Ne, cond.v, l.constant(ir.I32, 0), targets[0], targets[1])
}

// returns hands the results to whoever lowered the function.
func (l *lowerer) returns(b *ssa.BasicBlock, ins *ssa.Return) {
	results := make([]operand, len(ins.Results))
	for i, r := range ins.Results {
		results[i] = l.value(r)
	}
	l.frame.exit[b.Index] = l.cur
	l.frame.ret(results)
}

// fieldOf reads a field of a struct value.
func (l *lowerer) fieldOf(ins *ssa.Field) operand {
	t := l.pkg.layouts.of(ins.X.Type())
	f := t.Fields[ins.Field]
	return l.part(l.value(ins.X).at.plus(int64(f.Offset)), f.Type, ins.Type())
}

// part is the value of type typ, with layout t, at a place that does not change.
func (l *lowerer) part(p *place, t *layout.Type, typ types.Type) operand {
	if isPointer(typ) {
		return l.load(p, typ, true)
	}
	switch t.Kind {
	case layout.String, layout.Struct, layout.Array:
		return operand{at: p, size: t.Size}
	}
	return operand{v: l.loadScalar(p, t)}
}

// fieldAddr is the address of a field of a variable or of the context.
func (l *lowerer) fieldAddr(ins *ssa.FieldAddr) operand {
	base := l.deref(l.value(ins.X).ptr)
	if base == nil {
		l.unsupported(ins.Pos(), "this pointer")
		return operand{}
	}
	if p := l.kernelField(base, ins); p != nil {
		return operand{ptr: p}
	}
	if f := l.pkg.contextField(ins); f != nil {
		l.note(f)
		p := base.plus(int64(f.Offset))
		p.field = f
		return operand{ptr: p, size: f.layout.Size}
	}
	f := l.pkg.layouts.of(structType(ins.X.Type())).Fields[ins.Field]
	return operand{ptr: base.plus(int64(f.Offset)), size: f.Type.Size}
}

// structType is the struct type that a pointer type points to.
func structType(t types.Type) types.Type { return t.Underlying().(*types.Pointer).Elem() }

// storeTo stores a value to a variable, a field or an element.
func (l *lowerer) storeTo(ins *ssa.Store) {
	if g, ok := ins.Addr.(*ssa.Global); ok && l.maps[g.Name()] != nil && l.maps[g.Name()].Counter {
		l.storeGlobal(l.maps[g.Name()], ins)
		return
	}
	to := l.value(ins.Addr)
	if to.cell != nil {
		l.storeCell(to.cell, ins)
		return
	}
	if to.ptr = l.deref(to.ptr); to.ptr == nil {
		l.unsupported(ins.Pos(), "a store through this pointer")
		return
	}
	if to.ptr.space == inKernel {
		l.errorf(source.Type, ins.Pos(), "copy what you need to a variable", "cannot assign to the kernel's memory: it is read-only")
		return
	}
	if to.ptr.space == inContext {
		l.errorf(source.Type, ins.Pos(), "copy the field to a variable first", "cannot assign to a field of ctx: it is read-only")
		return
	}
	if isSlice(ins.Val.Type()) {
		l.refuseSlice(ins)
		return
	}
	t := l.pkg.layouts.of(ins.Val.Type())
	if text.Is(ins.Val.Type()) {
		t = stringLayout(ins.Val.Type(), to.size)
	}
	x := l.value(ins.Val)
	if l.endsWith(ins.Addr, x) || l.keeps(x, ins.Pos()) {
		l.store(to.ptr, t, x, false)
	}
}

// index reads an element of an array or a byte of a string.
func (l *lowerer) index(ins *ssa.Index) operand {
	x := l.value(ins.X)
	if text.Is(ins.X.Type()) {
		return l.stringIndex(x, ins.Index)
	}
	t := l.pkg.layouts.of(ins.X.Type())
	l.steady(ins.Index, ins.Type(), ins.Pos())
	return l.part(l.element(x.at, t.Elem, t.Len, ins.Index), t.Elem, ins.Type())
}

// indexAddr is the address of an element of an array variable.
func (l *lowerer) indexAddr(ins *ssa.IndexAddr) operand {
	x := l.value(ins.X)
	l.steady(ins.Index, structType(ins.Type()), ins.Pos())
	if isSlice(ins.X.Type()) {
		elem := l.elemLayout(ins.X.Type())
		return operand{ptr: l.element(x.ptr, elem, x.size, ins.Index), size: elem.Size}
	}
	base := l.deref(x.ptr)
	arr, ok := structType(ins.X.Type()).Underlying().(*types.Array)
	if base == nil || !ok {
		l.unsupported(ins.Pos(), "an element of this type")
		return operand{}
	}
	t := l.pkg.layouts.of(arr)
	if base.field != nil {
		elem := base.field.Elem
		if _, isConst := ins.Index.(*ssa.Const); !isConst {
			base = l.contextValue(base, t).at
		} else if elem != t.Elem.Size {
			panic("context array of another element size")
		}
	}
	return operand{ptr: l.element(base, t.Elem, t.Len, ins.Index), size: t.Elem.Size}
}

// steady refuses an index that is not constant into an array with pointers: the verifier knows what points where only as long as it knows
// where the pointers lie.
func (l *lowerer) steady(i ssa.Value, elem types.Type, pos token.Pos) {
	if _, ok := i.(*ssa.Const); !ok && hasPointer(elem) {
		l.refuse(pos, "keep the values themselves in the array, or choose with if and switch", "an index that is not constant into an array of pointers")
	}
}

// hasPointer reports whether a type is a pointer or has one as a part.
func hasPointer(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return true
	case *types.Array:
		return hasPointer(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if hasPointer(f.Type()) {
				return true
			}
		}
	}
	return false
}

// element is the place of element i of an array of n; an index out of range ends the run.
func (l *lowerer) element(base *place, elem *layout.Type, n int, i ssa.Value) *place {
	if c, ok := i.(*ssa.Const); ok {
		at := c.Int64()
		if uint64(at) >= uint64(n) {
			l.faultAlways(byIndex)
			at = 0
		}
		return base.plus(at * int64(elem.Size))
	}
	idx := l.widen(l.scalar(i), l.pkg.layouts.of(i.Type()))
	l.faultIf(byIndex, ir.Uge, idx, l.constant(ir.I64, int64(n)))
	if n == 1 {
		return base.plus(0) // the test may become one of bits, from which the verifier learns nothing
	}
	off := l.emit(ir.OpMul, ir.I64, idx, l.constant(ir.I64, int64(elem.Size)))
	return &place{base: l.emit(ir.OpPtrAdd, ir.Ptr, l.address(base), off), space: base.space, align: min(base.align, elem.Align)}
}
