package opt

import (
	"math"

	"go3s/incremental/ir"
)

// comparison is one comparison under rewriting, of an OpCmp or a branch.
type comparison struct {
	cond ir.Cond
	x, y *ir.Value
}

// cmp is the rules for a comparison as a value.
func (d *folder) cmp(v *ir.Value) *ir.Value {
	c := comparison{v.Cond, v.Args[0], v.Args[1]}
	if holds, ok := d.decide(c); ok {
		return d.becomeConst(v, b2i(holds))
	}
	// A bool compared with 0 is itself.
	if c.cond == ir.Ne && isConst(c.y, 0) && v.Type == c.x.Type && d.seen(c.x) && d.known(c.x).max(ir.I32) <= 1 {
		return c.x
	}
	if !d.canonical(&c) {
		return nil
	}
	v.Cond, v.Args[0], v.Args[1] = c.cond, c.x, c.y
	return v
}

// branch is the rules for the block's terminator.
func (d *folder) branch(b *ir.Block) {
	t := &b.Term
	if t.Kind != ir.TermBranch {
		return
	}
	c := comparison{t.Cond, t.Args[0], t.Args[1]}
	for range rounds {
		if holds, ok := d.decide(c); ok {
			b.TakeOnly(int(1 - b2i(holds)))
			d.turned = true
			return
		}
		if d.canonical(&c) {
			continue
		}
		if !d.throughCmp(&c, t) {
			break
		}
	}
	if c != (comparison{t.Cond, t.Args[0], t.Args[1]}) {
		t.Cond, t.Args[0], t.Args[1] = c.cond, c.x, c.y
		d.changed = true
	}
}

// throughCmp branches on the comparison itself where its result, 0 or 1, was compared with 0.
func (d *folder) throughCmp(c *comparison, t *ir.Term) bool {
	x := c.x
	if x.Op == ir.OpAnd && isConst(c.y, 0) && (c.cond == ir.Ne || c.cond == ir.Eq) && x.Args[0].Type != ir.Ptr {
		if c.cond == ir.Eq {
			d.swapSuccs(t)
		}
		*c = comparison{ir.Set, x.Args[0], x.Args[1]}
		return true
	}
	if x.Op == ir.OpXor && isConst(x.Args[1], 1) && isConst(c.y, 0) && (c.cond == ir.Ne || c.cond == ir.Eq) && d.isBool(x.Args[0]) {
		d.swapSuccs(t)
		c.x = x.Args[0]
		return true
	}
	if x.Op != ir.OpCmp || !isConst(c.y, 0) || c.cond != ir.Ne && c.cond != ir.Eq {
		return false
	}
	if c.cond == ir.Eq {
		d.swapSuccs(t)
	}
	*c = comparison{x.Cond, x.Args[0], x.Args[1]}
	return true
}

func (d *folder) isBool(x *ir.Value) bool { return d.seen(x) && d.known(x).max(x.Type) <= 1 }

// swapSuccs exchanges what happens when the condition holds and when it does not.
func (d *folder) swapSuccs(t *ir.Term) {
	d.turned = true
	t.Succs[0], t.Succs[1] = t.Succs[1], t.Succs[0]
	if t.Likely != 0 {
		t.Likely = 3 - t.Likely
	}
}

func isConst(v *ir.Value, c int64) bool { return v.Op == ir.OpConst && v.Imm == c }

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// decide says how a comparison always ends.
func (d *folder) decide(c comparison) (holds, ok bool) {
	t := c.x.Type
	if c.x.Op == ir.OpConst && c.y.Op == ir.OpConst {
		return ir.EvalCond(c.cond, t, c.x.Imm, c.y.Imm), true
	}
	if c.x == c.y {
		switch c.cond {
		case ir.Eq, ir.Sle, ir.Sge, ir.Ule, ir.Uge:
			return true, true
		case ir.Set:
			return false, false
		}
		return false, true
	}
	if t == ir.Ptr {
		return decidePointers(c)
	}
	kx, ky := d.known(c.x), d.known(c.y)
	if kx.sign == 0 || ky.sign == 0 {
		return false, false
	}
	holds, ok = decideBits(c.cond, t, kx, ky)
	if c.cond != ir.Eq && c.cond != ir.Ne && c.cond != ir.Set && !(d.followed(c.x, 0) && d.followed(c.y, 0)) {
		return false, false
	}
	return holds, ok
}

// followed reports that the verifier, too, knows the bounds of a value that follow from how it is computed. It knows none of
// a quotient, of a remainder, or of what is shifted by a number that it doesn't know. A mask of those it knows, if that is all that there is to
// know.
func (d *folder) followed(v *ir.Value, depth int) bool {
	switch v.Op {
	case ir.OpUDiv, ir.OpUMod, ir.OpSDiv, ir.OpSMod, ir.OpCall:
		return false
	case ir.OpShl, ir.OpLshr, ir.OpAshr:
		if v.Args[1].Op != ir.OpConst {
			return false
		}
	case ir.OpAnd:
		if m := v.Args[1]; m.Op == ir.OpConst && d.known(v).max(v.Type) == knownConst(m).max(v.Type) {
			return true
		}
	}
	if v.Op >= ir.OpAdd && v.Op <= ir.OpTrunc || v.Op == ir.OpPhi {
		for _, a := range v.Args {
			if depth > 5 || a != v && !d.followed(a, depth+1) {
				return false
			}
		}
	}
	return true
}

// decidePointers knows that the address of an object is not null.
func decidePointers(c comparison) (holds, ok bool) {
	x, y := c.x, c.y
	if x.Op == ir.OpConst {
		x, y = y, x
	}
	if y.Op != ir.OpConst || x.Op != ir.OpSlot && x.Op != ir.OpMapValue && x.Op != ir.OpMap {
		return false, false
	}
	switch c.cond {
	case ir.Eq:
		return false, true
	case ir.Ne:
		return true, true
	}
	return false, false
}

// decideBits compares the ranges that the known bits leave.
func decideBits(cond ir.Cond, t ir.Type, kx, ky known) (holds, ok bool) {
	if kx.one&ky.zero|kx.zero&ky.one != 0 {
		switch cond {
		case ir.Eq:
			return false, true
		case ir.Ne:
			return true, true
		}
	}
	if cond == ir.Set {
		switch {
		case kx.one&ky.one != 0:
			return true, true
		case (kx.zero|ky.zero)&mask(t) == mask(t):
			return false, true
		}
		return false, false
	}
	if unsigned, isSigned := unsignedOf(cond); isSigned {
		// Both signs known to be plus: the orders agree.
		if kx.leading(t) == 0 || ky.leading(t) == 0 {
			return false, false
		}
		cond = unsigned
	}
	minX, maxX, minY, maxY := kx.one, kx.max(t), ky.one, ky.max(t)
	switch cond {
	case ir.Ult:
		return maxX < minY, maxX < minY || minX >= maxY
	case ir.Uge:
		return minX >= maxY, minX >= maxY || maxX < minY
	case ir.Ugt:
		return minX > maxY, minX > maxY || maxX <= minY
	case ir.Ule:
		return maxX <= minY, maxX <= minY || minX > maxY
	}
	return false, false
}

// unsignedOf is the unsigned comparison of a signed one.
func unsignedOf(c ir.Cond) (ir.Cond, bool) {
	if c >= ir.Slt && c <= ir.Sge {
		return c + (ir.Ult - ir.Slt), true
	}
	return c, false
}

// canonical brings a comparison one step nearer to its canonical form: a constant on the right, strictness that
// makes the constant smaller, 32 bits where both sides are extended, no extension that doesn't matter.
func (d *folder) canonical(c *comparison) bool {
	switch {
	case c.x.Op == ir.OpConst && c.y.Op != ir.OpConst:
		c.x, c.y, c.cond = c.y, c.x, c.cond.Swap()
		return true
	case c.y.Op == ir.OpConst && c.x.Type != ir.Ptr && d.canonicalConst(c):
		return true
	}
	if c.x.Op == ir.OpBswap64 && c.y.Op == ir.OpBswap64 && (c.cond == ir.Eq || c.cond == ir.Ne) {
		c.x, c.y = c.x.Args[0], c.y.Args[0]
		return true
	}
	return c.x.Type == ir.I64 && d.narrowCmp(c)
}

func (d *folder) canonicalConst(c *comparison) bool {
	t, k := c.x.Type, c.y.Imm
	to := func(cond ir.Cond, n int64) bool {
		if k == int64(int32(k)) && n != int64(int32(n)) {
			return false // the constant would no longer fit the instruction
		}
		c.cond = cond
		if n != k {
			c.y = d.konst(t, n, c.y.Span)
		}
		return true
	}
	lowest, highest := int64(math.MinInt64), int64(math.MaxInt64)
	if t == ir.I32 {
		lowest, highest = math.MinInt32, math.MaxInt32
	}
	switch c.cond {
	case ir.Ule:
		if k != -1 {
			return to(ir.Ult, k+1-wrap(t, k+1))
		}
	case ir.Ugt:
		if k == 0 {
			return to(ir.Ne, 0)
		}
	case ir.Ult:
		if k == 1 {
			return to(ir.Eq, 0)
		}
	case ir.Uge:
		if k == 1 {
			return to(ir.Ne, 0)
		}
		if k != 0 {
			return to(ir.Ugt, k-1-wrap(t, k-1))
		}
	case ir.Sle:
		if k != highest {
			return to(ir.Slt, k+1)
		}
	case ir.Sge:
		if k != lowest {
			return to(ir.Sgt, k-1)
		}
	case ir.Eq, ir.Ne:
		return d.equalConst(c)
	}
	return false
}

// wrap is what a number is too large or too small by for the type.
func wrap(t ir.Type, n int64) int64 {
	if t == ir.I32 {
		return n - int64(int32(n))
	}
	return 0
}

// equalConst compares what a constant was added to, or mixed with, directly.
func (d *folder) equalConst(c *comparison) bool {
	x := c.x
	if len(x.Args) != 2 || !d.usedOnce(x) {
		return false
	}
	if (x.Op == ir.OpSub || x.Op == ir.OpXor) && isConst(c.y, 0) {
		c.x, c.y = x.Args[0], x.Args[1]
		return true
	}
	if x.Args[1].Op != ir.OpConst {
		return false
	}
	var inverse ir.Op
	switch x.Op {
	case ir.OpAdd:
		inverse = ir.OpSub
	case ir.OpXor:
		inverse = ir.OpXor
	default:
		return false
	}
	n, _ := ir.Eval(inverse, x.Type, c.y.Imm, x.Args[1].Imm)
	c.x, c.y = x.Args[0], d.konst(x.Type, n, c.y.Span)
	return true
}

// narrowCmp compares at 32 bits what both sides were extended from. An extended value that has other uses is compared as it is:
// where it is an index, the verifier learns its bounds from this comparison, and not all of them from one of its lower half.
func (d *folder) narrowCmp(c *comparison) bool {
	x, y := c.x, c.y
	if !d.usedOnce(x) && y.Imm == int64(int32(y.Imm)) {
		return false
	}
	switch {
	case x.Op == ir.OpZext32 && y.Op == ir.OpZext32:
		// Both sides are small and not negative: the signed order is the unsigned one.
		c.cond, _ = unsignedOf(c.cond)
		c.x, c.y = x.Args[0], y.Args[0]
		return true
	case x.Op == ir.OpSext32 && y.Op == ir.OpSext32 && c.cond != ir.Set:
		c.x, c.y = x.Args[0], y.Args[0]
		return true
	case x.Op == ir.OpZext32 && y.Op == ir.OpConst && uint64(y.Imm) < 1<<32:
		c.cond, _ = unsignedOf(c.cond)
		c.x, c.y = x.Args[0], d.konst(ir.I32, y.Imm, y.Span)
		return true
	case x.Op == ir.OpSext32 && y.Op == ir.OpConst && y.Imm == int64(int32(y.Imm)) && c.cond != ir.Set:
		c.x, c.y = x.Args[0], d.konst(ir.I32, y.Imm, y.Span)
		return true
	}
	return false
}
