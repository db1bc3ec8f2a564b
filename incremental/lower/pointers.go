package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
)

// A pointer is a place. As long as the compiler knows which variable it points to, it costs nothing; where pointers to different
// variables meet, or where one lies in memory, it is an address that the program carries along. The verifier follows such an
// address on every path, so that it needs no check but the one for nil.

// pointer is a pointer whose address is only known at run time.
func (l *lowerer) pointer(v *ir.Value, typ types.Type) operand {
	if l.pkg.isKernelPointer(typ) {
		return l.kernelPointer(v, false)
	}
	elem := typ.Underlying().(*types.Pointer).Elem()
	t := l.pkg.layouts.of(elem)
	p := &place{base: v, space: somewhere, align: max(t.Align, 1), nilable: true}
	if p.align < 8 && (v.Op == ir.OpParam || v.Op == ir.OpLoadPtr) {
		v.Align = int8(p.align)
	}
	return operand{ptr: p, size: t.Size}
}

// null is the nil pointer.
func (l *lowerer) null() operand {
	return operand{ptr: &place{base: l.constant(ir.Ptr, 0), space: somewhere, align: 8, nilable: true}}
}

// deref is the place that a pointer points to, to be read or written. A nil pointer ends the run.
func (l *lowerer) deref(p *place) *place {
	if p == nil || !p.nilable || p.space == inKernel {
		return p
	}
	l.faultIf(byNil, ir.Eq, p.base, l.constant(ir.Ptr, 0))
	q := *p
	q.nilable = false
	return &q
}

// of says that the variable which a pointer points to is made anew each time block b runs.
func (x operand) of(b *ssa.BasicBlock) operand {
	if x.ptr != nil && x.ptr.made != nil {
		p := *x.ptr
		p.made = b
		x.ptr = &p
	}
	return x
}

// keeps refuses a pointer to a variable of a loop's body that is kept beyond the round of the loop: in Go, the next round has a
// variable of its own.
func (l *lowerer) keeps(x operand, pos token.Pos) bool {
	if x.ptr == nil || x.ptr.made == nil || !inLoop(x.ptr.made) {
		return true
	}
	l.refuse(pos, "declare the variable before the loop", "the address of a variable that is declared in a loop is kept")
	return false
}

// endsWith reports whether a variable that a pointer is stored to is made anew whenever the variable is that the pointer points to:
// it belongs to a function that is called in the round, or is declared in the same round.
func (l *lowerer) endsWith(to ssa.Value, x operand) bool {
	a, ok := to.(*ssa.Alloc)
	if !ok || x.ptr == nil || x.ptr.made == nil || loopVariable(a) != nil {
		return false
	}
	if made := x.ptr.made; made.Parent() == a.Parent() {
		return made == a.Block() || !comesBack(made, a.Block())
	}
	for f := l.frame.caller; f != nil; f = f.caller {
		if f.fn == x.ptr.made.Parent() {
			return true
		}
	}
	return false
}

// inLoop reports whether a block can run more than once in one run of its function.
func inLoop(b *ssa.BasicBlock) bool { return comesBack(b, nil) }

// comesBack reports whether a block can run again without block but running in between.
func comesBack(b, but *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{but: true}
	work := append([]*ssa.BasicBlock(nil), b.Succs...)
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		if x == b {
			return true
		}
		if !seen[x] {
			seen[x] = true
			work = append(work, x.Succs...)
		}
	}
	return false
}

// pointerPhi joins pointers.
func (l *lowerer) pointerPhi(p *ssa.Phi) {
	if _, done := l.frame.get(p); done {
		return // the variable of a loop, see loopVariable
	}
	v := l.cur.Phi(ir.Ptr, l.span)
	l.frame.phis = append(l.frame.phis, pendingPhi{p, v})
	x := l.pointer(v, p.Type())
	x.ptr.made = madeIn(p, map[ssa.Value]bool{})
	l.set(p, x)
}

// madeIn is the block in a loop that makes the variable which a pointer may point to, if there is one.
func madeIn(v ssa.Value, seen map[ssa.Value]bool) *ssa.BasicBlock {
	if seen[v] {
		return nil
	}
	seen[v] = true
	switch v := v.(type) {
	case *ssa.Alloc:
		if inLoop(v.Block()) {
			return v.Block()
		}
	case *ssa.FieldAddr:
		return madeIn(v.X, seen)
	case *ssa.IndexAddr:
		return madeIn(v.X, seen)
	case *ssa.Phi:
		for _, e := range v.Edges {
			if b := madeIn(e, seen); b != nil {
				return b
			}
		}
	}
	return nil
}

// phiPointer is what an edge brings to a phi of pointers.
func (l *lowerer) phiPointer(p *ssa.Phi, i int) *ir.Value {
	x := l.value(p.Edges[i])
	if x.ptr == nil {
		l.unsupported(p.Pos(), "this pointer")
		return l.constant(ir.Ptr, 0)
	}
	b := p.Block()
	if made := x.ptr.made; made != nil && made.Parent() == b.Parent() && b.Dominates(made) && b.Dominates(b.Preds[i]) {
		l.keeps(x, p.Pos())
	}
	if x.ptr.field != nil || x.ptr.glob != nil {
		l.refuse(p.Pos(), "copy what it points to: v := ctx.f", "a pointer that may point to one or another field of ctx, or to a counter")
		return l.constant(ir.Ptr, 0)
	}
	return l.address(x.ptr)
}

// loopVariable finds the phi by which a variable of a three-clause loop that is captured or whose address is taken gets a new
// address each round. The rounds share one slot: no pointer to it outlives a round.
func loopVariable(a *ssa.Alloc) *ssa.Phi {
	for _, r := range *a.Referrers() {
		p, ok := r.(*ssa.Phi)
		if !ok || p.Comment != a.Comment {
			continue
		}
		same := true
		for _, e := range p.Edges {
			other, ok := e.(*ssa.Alloc)
			same = same && ok && other.Comment == a.Comment && other.Pos() == a.Pos()
		}
		if same {
			return p
		}
	}
	return nil
}

// comparePointers lowers == and != of pointers.
func (l *lowerer) comparePointers(ins *ssa.BinOp) operand {
	if isFunc(ins.X.Type()) {
		v := ins.X
		if isNil(v) {
			v = ins.Y
		}
		x := l.value(v)
		if x.fn != nil {
			return l.bool(ins.Op == token.NEQ) // it is not nil
		}
		c := l.emit(ir.OpCmp, ir.I32, x.v, l.constant(ir.I64, noFunc))
		c.Cond = conds[ins.Op][0]
		return operand{v: c}
	}
	x, y := l.value(ins.X), l.value(ins.Y)
	if x.ptr == nil || y.ptr == nil {
		l.unsupported(ins.Pos(), "comparing these pointers")
		return operand{}
	}
	if isNil(ins.Y) && !x.ptr.nilable || isNil(ins.X) && !y.ptr.nilable {
		return l.bool(ins.Op == token.NEQ)
	}
	v := l.emit(ir.OpCmp, ir.I32, l.address(x.ptr), l.address(y.ptr))
	v.Cond = conds[ins.Op][0]
	return operand{v: v}
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.Value == nil
}

// bool is a constant bool.
func (l *lowerer) bool(b bool) operand {
	n := int64(0)
	if b {
		n = 1
	}
	return operand{v: l.constant(ir.I32, n)}
}
