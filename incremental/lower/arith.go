package lower

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
)

// intOps are the operations of Go's integers that are one IR operation, unsigned and signed.
var intOps = map[token.Token][2]ir.Op{
	token.ADD: {ir.OpAdd, ir.OpAdd},
	token.SUB: {ir.OpSub, ir.OpSub},
	token.MUL: {ir.OpMul, ir.OpMul},
	token.QUO: {ir.OpUDiv, ir.OpSDiv},
	token.REM: {ir.OpUMod, ir.OpSMod},
	token.AND: {ir.OpAnd, ir.OpAnd},
	token.OR:  {ir.OpOr, ir.OpOr},
	token.XOR: {ir.OpXor, ir.OpXor},
}

// conds are the comparisons, unsigned and signed.
var conds = map[token.Token][2]ir.Cond{
	token.EQL: {ir.Eq, ir.Eq},
	token.NEQ: {ir.Ne, ir.Ne},
	token.LSS: {ir.Ult, ir.Slt},
	token.LEQ: {ir.Ule, ir.Sle},
	token.GTR: {ir.Ugt, ir.Sgt},
	token.GEQ: {ir.Uge, ir.Sge},
}

// binop lowers a binary operation.
func (l *lowerer) binop(ins *ssa.BinOp) operand {
	if c, ok := conds[ins.Op]; ok {
		return l.compare(ins, c)
	}
	if text.Is(ins.Type()) {
		return l.joinStrings(ins)
	}
	t := l.pkg.layouts.of(ins.Type())
	x := l.scalar(ins.X)
	switch ins.Op {
	case token.SHL, token.SHR:
		return operand{v: l.shift(ins, t, x)}
	case token.AND_NOT:
		y := l.emit(ir.OpXor, x.Type, l.scalar(ins.Y), l.constant(x.Type, -1))
		return operand{v: l.emit(ir.OpAnd, x.Type, x, l.normalize(y, t))}
	}
	y := l.scalar(ins.Y)
	if ins.Op == token.QUO || ins.Op == token.REM {
		if c, ok := ins.Y.(*ssa.Const); !ok || c.Int64() == 0 {
			l.faultIf(byZero, ir.Eq, y, l.constant(y.Type, 0))
		}
	}
	op := intOps[ins.Op][signIndex(t)]
	v := l.emit(op, x.Type, x, y)
	switch ins.Op {
	case token.AND, token.OR, token.XOR:
		return operand{v: v} // of normalized operands the result is normalized
	}
	return operand{v: l.normalize(v, t)}
}

// signIndex is 1 for signed integers, else 0.
func signIndex(t *layout.Type) int {
	if t.Kind == layout.Int {
		return 1
	}
	return 0
}

// normalize extends an I32 that stands for a narrower integer from its low bits.
func (l *lowerer) normalize(v *ir.Value, t *layout.Type) *ir.Value {
	switch {
	case t.Size == 1 && t.Kind == layout.Int:
		return l.emit(ir.OpSext8, v.Type, v)
	case t.Size == 1:
		return l.emit(ir.OpZext8, v.Type, v)
	case t.Size == 2 && t.Kind == layout.Int:
		return l.emit(ir.OpSext16, v.Type, v)
	case t.Size == 2:
		return l.emit(ir.OpZext16, v.Type, v)
	}
	return v
}

// widen makes an I64 of an integer of type t.
func (l *lowerer) widen(v *ir.Value, t *layout.Type) *ir.Value {
	switch {
	case v.Type != ir.I32:
		return v
	case t.Kind == layout.Int:
		return l.emit(ir.OpSext32, ir.I64, v)
	}
	return l.emit(ir.OpZext32, ir.I64, v)
}

// shift lowers << and >>. A count of the width or more shifts everything out; a negative count ends the run.
func (l *lowerer) shift(ins *ssa.BinOp, t *layout.Type, x *ir.Value) *ir.Value {
	op := ir.OpShl
	if ins.Op == token.SHR {
		op = [2]ir.Op{ir.OpLshr, ir.OpAshr}[signIndex(t)]
	}
	width := int64(t.Size * 8)
	if c, ok := ins.Y.(*ssa.Const); ok {
		n := c.Uint64()
		switch {
		case l.pkg.layouts.of(ins.Y.Type()).Kind == layout.Int && c.Int64() < 0:
			l.faultAlways(byShift)
			return l.constant(x.Type, 0)
		case n < uint64(width):
			return l.normalize(l.emit(op, x.Type, x, l.constant(x.Type, int64(n))), t)
		case op == ir.OpAshr:
			return l.emit(op, x.Type, x, l.constant(x.Type, width-1))
		}
		return l.constant(x.Type, 0)
	}
	ct := l.pkg.layouts.of(ins.Y.Type())
	count := l.widen(l.scalar(ins.Y), ct)
	if ct.Kind == layout.Int {
		l.faultIf(byShift, ir.Slt, count, l.constant(ir.I64, 0))
	}
	n := count
	if x.Type == ir.I32 {
		n = l.emit(ir.OpTrunc, ir.I32, count)
	}
	inRange := func() *ir.Value { return l.normalize(l.emit(op, x.Type, x, n), t) }
	beyond := func() *ir.Value {
		if op == ir.OpAshr {
			return l.emit(op, x.Type, x, l.constant(x.Type, width-1))
		}
		return l.constant(x.Type, 0)
	}
	return l.choose(ir.Ult, count, l.constant(ir.I64, width), x.Type, inRange, beyond)
}

// choose computes one of two values, depending on a condition.
func (l *lowerer) choose(c ir.Cond, x, y *ir.Value, t ir.Type, then, els func() *ir.Value) *ir.Value {
	a, b, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	l.branch(c, x, y, a, b)
	l.cur = a
	va := then()
	l.cur.Jump(join)
	l.cur = b
	vb := els()
	l.cur.Jump(join)
	l.cur = join
	phi := join.Phi(t, l.span)
	phi.Args = []*ir.Value{va, vb}
	return phi
}

// compare lowers a comparison to 0 or 1.
func (l *lowerer) compare(ins *ssa.BinOp, conds [2]ir.Cond) operand {
	t := l.pkg.layouts.of(ins.X.Type())
	switch t.Kind {
	case layout.String:
		return operand{v: l.compareStrings(ins.Op, l.value(ins.X), l.value(ins.Y))}
	case layout.Struct, layout.Array:
		return operand{v: l.compareParts(ins, t)}
	}
	if isPointer(ins.X.Type()) || isFunc(ins.X.Type()) {
		return l.comparePointers(ins)
	}
	v := l.emit(ir.OpCmp, ir.I32, l.scalar(ins.X), l.scalar(ins.Y))
	v.Cond = conds[signIndex(t)]
	return operand{v: v}
}

// compareParts compares two structs or arrays for equality, part by part.
func (l *lowerer) compareParts(ins *ssa.BinOp, t *layout.Type) *ir.Value {
	x, y := l.value(ins.X), l.value(ins.Y)
	differ, join := l.fn.NewBlock(), l.fn.NewBlock()
	l.equalParts(t, x.at, y.at, differ)
	return l.equality(ins.Op, differ, join)
}

// equalParts goes on when the two places hold equal values and branches to differ when they don't.
func (l *lowerer) equalParts(t *layout.Type, x, y *place, differ *ir.Block) {
	switch t.Kind {
	case layout.Struct:
		for _, f := range t.Fields {
			if f.Name != "_" {
				l.equalParts(f.Type, x.plus(int64(f.Offset)), y.plus(int64(f.Offset)), differ)
			}
		}
	case layout.Array:
		for i := range t.Len {
			off := int64(i * t.Elem.Size)
			l.equalParts(t.Elem, x.plus(off), y.plus(off), differ)
		}
	case layout.String:
		l.equalBytes(operand{at: x, size: t.Size}, operand{at: y, size: t.Size}, differ)
	default:
		l.orElse(ir.Ne, l.loadScalar(x, t), l.loadScalar(y, t), differ)
	}
}

// orElse branches to other when the condition holds and goes on when it does not.
func (l *lowerer) orElse(c ir.Cond, x, y *ir.Value, other *ir.Block) {
	next := l.fn.NewBlock()
	l.branch(c, x, y, other, next)
	l.cur = next
}

// equality joins the two outcomes of a comparison: the current block is reached when the operands are equal, differ when not.
func (l *lowerer) equality(op token.Token, differ, join *ir.Block) *ir.Value {
	equal := int64(1)
	if op == token.NEQ {
		equal = 0
	}
	args := []*ir.Value{l.constant(ir.I32, equal)}
	l.cur.Jump(join)
	if len(differ.Preds) > 0 {
		l.cur = differ
		args = append(args, l.constant(ir.I32, 1-equal))
		l.cur.Jump(join)
	}
	l.cur = join
	phi := join.Phi(ir.I32, l.span)
	phi.Args = args
	return phi
}

// unop lowers a unary operation; the load of a variable is one.
func (l *lowerer) unop(ins *ssa.UnOp) operand {
	t := l.pkg.layouts.of(ins.Type())
	switch ins.Op {
	case token.MUL:
		return l.loadFrom(ins)
	case token.SUB:
		x := l.scalar(ins.X)
		return operand{v: l.normalize(l.emit(ir.OpNeg, x.Type, x), t)}
	case token.XOR:
		x := l.scalar(ins.X)
		return operand{v: l.normalize(l.emit(ir.OpXor, x.Type, x, l.constant(x.Type, -1)), t)}
	case token.NOT:
		x := l.scalar(ins.X)
		return operand{v: l.emit(ir.OpXor, ir.I32, x, l.constant(ir.I32, 1))}
	}
	l.unsupported(ins.Pos(), "operator "+ins.Op.String())
	return operand{}
}

// loadFrom reads a variable, a field, an element or a predeclared value.
func (l *lowerer) loadFrom(ins *ssa.UnOp) operand {
	if g, ok := ins.X.(*ssa.Global); ok {
		if l.readsInto(ins) && l.onlyComm(g, ins) {
			return readComm()
		}
		return l.loadGlobal(g, ins)
	}
	x := l.value(ins.X)
	if x.cell != nil {
		return l.loadCell(x.cell, ins.Type())
	}
	if x.ptr = l.deref(x.ptr); x.ptr == nil {
		l.unsupported(ins.Pos(), "reading through this pointer")
		return operand{}
	}
	if x.ptr.space == inKernel {
		return l.loadKernel(x.ptr, ins.Type())
	}
	if text.Is(ins.Type()) && x.ptr.field == nil {
		p := x.ptr
		if !l.stable(ins) {
			p = l.copyOf(p, x.size)
		}
		return operand{at: p, size: x.size}
	}
	l.direct = text.Is(ins.Type()) && l.readsInto(ins)
	defer func() { l.direct = false }()
	return l.load(x.ptr, ins.Type(), l.stable(ins))
}

// stable reports whether the memory that ins loads stays as it is until the last use of the loaded value, so that the value
// needs no copy: it is a scalar, or all uses follow in the same block with nothing between that could write memory.
func (l *lowerer) stable(ins *ssa.UnOp) bool {
	if isScalar(l.pkg.layouts.of(ins.Type())) {
		return true
	}
	last := map[ssa.Instruction]bool{}
	for _, r := range *ins.Referrers() {
		if r.Block() != ins.Block() {
			return false
		}
		if _, phi := r.(*ssa.Phi); phi {
			return false
		}
		last[r] = true
	}
	for _, i := range l.frame.rest {
		if last[i] {
			// What else the user of the value makes of it may be the value itself, or a part of it.
			switch i := i.(type) {
			case *ssa.Store, *ssa.MapUpdate, *ssa.Lookup:
			case *ssa.Index:
				if !text.Is(i.X.Type()) {
					return false
				}
			case *ssa.BinOp:
				if l.partOfJoin(i) {
					return false
				}
			case *ssa.Call:
				if l.entered(i) || !isScalar(l.pkg.layouts.of(i.Type())) {
					return false // the function may change the variable while its parameter must not change
				}
			default:
				return false
			}
			delete(last, i)
		}
		if len(last) == 0 {
			return true
		}
		switch i.(type) {
		case *ssa.Store, *ssa.Call, *ssa.Alloc:
			return false
		}
	}
	return false
}

// convert lowers a conversion between integer types.
func (l *lowerer) convert(ins *ssa.Convert) operand {
	if text.Is(ins.Type()) {
		return l.toString(ins)
	}
	from, to := l.pkg.layouts.of(ins.X.Type()), l.pkg.layouts.of(ins.Type())
	if !isInteger(from) || !isInteger(to) {
		l.unsupported(ins.Pos(), "a conversion of "+from.Name+" to "+to.Name)
		return operand{}
	}
	return operand{v: l.convertInt(l.scalar(ins.X), from, to)}
}

func isInteger(t *layout.Type) bool {
	return t.Kind == layout.Int || t.Kind == layout.Uint || t.Kind == layout.Pointer
}

// convertInt converts an integer between widths and signs.
func (l *lowerer) convertInt(v *ir.Value, from, to *layout.Type) *ir.Value {
	if to.Size == 8 {
		return l.widen(v, from)
	}
	if v.Type == ir.I64 {
		v = l.emit(ir.OpTrunc, ir.I32, v)
	}
	if to.Size == 4 || to.Size > from.Size && (to.Kind == from.Kind || from.Kind != layout.Int) {
		return v // the extended narrower value is the wider one
	}
	return l.normalize(v, to)
}
