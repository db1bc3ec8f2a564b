package opt

import (
	"math"
	"slices"

	"go3s/incremental/ir"
)

// imply decides branches whose outcome follows from branches that dominate them, from the ranges of loop counters, or
// from both. The verifier follows all of these: it refines the very register that a branch tested, and it runs a loop
// that counts from a constant by a constant with the counter's exact values.
func imply(s *state, f *ir.Func) bool {
	m := &implier{f: f, dom: s.flow(f)}
	var decided []*ir.Block
	var way []int
	for _, b := range m.dom.Order {
		if b.Term.Kind != ir.TermBranch {
			continue
		}
		if holds, ok := m.decide(b); ok {
			decided, way = append(decided, b), append(way, int(1-b2i(holds)))
		}
	}
	// The decisions rest on the graph as it was, and so do not change each other.
	for i, b := range decided {
		b.TakeOnly(way[i])
	}
	if len(decided) > 0 {
		s.flowChanged()
		f.RemoveUnreachable()
	}
	return len(decided) > 0
}

// implier is the state of the pass.
type implier struct {
	f    *ir.Func
	dom  *ir.DomTree
	open []*ir.Value // phis whose range is being found
}

// limits of the search.
const (
	maxClimb = 48 // dominators
	maxDepth = 6  // operands
)

// interval is the signed numbers from lo to hi.
type interval struct{ lo, hi int64 }

func full(t ir.Type) interval {
	if t == ir.I32 {
		return interval{math.MinInt32, math.MaxInt32}
	}
	return interval{math.MinInt64, math.MaxInt64}
}

func (r interval) meet(o interval) interval { return interval{max(r.lo, o.lo), min(r.hi, o.hi)} }

// within is r where it lies in o, else o.
func (r interval) within(o interval) interval {
	if r.lo < o.lo || r.hi > o.hi {
		return o
	}
	return r
}

// The outcomes of a comparison of two numbers.
const (
	less = 1 << iota
	equal
	greater
)

// outcomes is when a condition holds, and whether it goes by sign; ok is false for Set.
func outcomes(c ir.Cond) (set int, signed, ok bool) {
	switch c {
	case ir.Eq:
		return equal, false, true
	case ir.Ne:
		return less | greater, false, true
	case ir.Slt, ir.Ult:
		return less, c == ir.Slt, true
	case ir.Sle, ir.Ule:
		return less | equal, c == ir.Sle, true
	case ir.Sgt, ir.Ugt:
		return greater, c == ir.Sgt, true
	case ir.Sge, ir.Uge:
		return greater | equal, c == ir.Sge, true
	}
	return 0, false, false
}

// decide says how the block's branch ends.
func (m *implier) decide(b *ir.Block) (holds, ok bool) {
	t := &b.Term
	x, y := t.Args[0], t.Args[1]
	if holds, ok := m.before(b, t.Cond, x, y); ok {
		return holds, true
	}
	if x.Type == ir.Ptr || t.Cond == ir.Set {
		return false, false
	}
	rx, ry := m.at(x, b, 0), m.at(y, b, 0)
	if rx.lo > rx.hi || ry.lo > ry.hi {
		return false, false // the block is never reached
	}
	set, signed, _ := outcomes(t.Cond)
	equality := t.Cond == ir.Eq || t.Cond == ir.Ne
	if !signed && !equality && (rx.lo < 0 || ry.lo < 0) {
		return false, false
	}
	possible := 0
	if rx.lo < ry.hi {
		possible |= less
	}
	if rx.hi > ry.lo {
		possible |= greater
	}
	if rx.lo <= ry.hi && rx.hi >= ry.lo {
		possible |= equal
	}
	return possible&^set == 0, possible&^set == 0 || possible&set == 0
}

// before looks for a dominating branch on the same two values.
func (m *implier) before(b *ir.Block, c ir.Cond, x, y *ir.Value) (holds, ok bool) {
	set, signed, ok := outcomes(c)
	if !ok {
		return false, false
	}
	order := c != ir.Eq && c != ir.Ne
	for n := 0; b != nil && n < maxClimb; n++ {
		cond, p, q := m.edgeInto(b)
		b = m.dom.Idom(b)
		if p == nil || p.Type != x.Type {
			continue
		}
		if sameValue(p, y) && sameValue(q, x) {
			cond, p, q = cond.Swap(), q, p
		}
		known, knownSigned, ok := outcomes(cond)
		if !ok || !sameValue(p, x) || !sameValue(q, y) {
			continue
		}
		if knownOrder := cond != ir.Eq && cond != ir.Ne; order && knownOrder && signed != knownSigned {
			continue
		}
		switch {
		case known&^set == 0:
			return true, true
		case known&set == 0:
			return false, true
		}
	}
	return false, false
}

func sameValue(x, y *ir.Value) bool {
	return x == y || x.Op == ir.OpConst && y.Op == ir.OpConst && x.Imm == y.Imm && x.Type == y.Type
}

// edgeInto is what is known to hold of two values when b runs, as its only predecessor branched to it; p is nil where
// nothing is.
func (m *implier) edgeInto(b *ir.Block) (c ir.Cond, p, q *ir.Value) {
	if len(b.Preds) != 1 {
		return 0, nil, nil
	}
	return edge(b.Preds[0], b)
}

// edge is what holds when from branches to the block.
func edge(from, to *ir.Block) (c ir.Cond, p, q *ir.Value) {
	t := &from.Term
	if t.Kind != ir.TermBranch || t.Succs[0] == t.Succs[1] {
		return 0, nil, nil
	}
	if t.Succs[0] == to {
		return t.Cond, t.Args[0], t.Args[1]
	}
	n, ok := t.Cond.Negate()
	if !ok {
		return 0, nil, nil
	}
	return n, t.Args[0], t.Args[1]
}

// at is the range of a value when the block runs.
func (m *implier) at(v *ir.Value, b *ir.Block, depth int) interval {
	r := m.of(v, depth)
	if v.Op == ir.OpConst {
		return r
	}
	for n := 0; b != nil && n < maxClimb; n++ {
		c, p, q := m.edgeInto(b)
		r = m.refined(r, v, c, p, q, b, depth)
		b = m.dom.Idom(b)
	}
	return r
}

// refined narrows the range of v by a comparison of p and q, if it is one of v.
func (m *implier) refined(r interval, v *ir.Value, c ir.Cond, p, q *ir.Value, b *ir.Block, depth int) interval {
	if p == nil {
		return r
	}
	if q == v {
		c, p, q = c.Swap(), q, p
	}
	if p != v || q == v {
		return r
	}
	o := full(v.Type)
	switch {
	case q.Op == ir.OpConst:
		o = interval{q.Imm, q.Imm}
	case depth < maxDepth:
		o = m.at(q, b, depth+1)
	}
	return narrowed(r, c, o)
}

// narrowed is r given that the comparison with a number of o holds.
func narrowed(r interval, c ir.Cond, o interval) interval {
	switch c {
	case ir.Ult, ir.Ule:
		if o.lo < 0 {
			return r
		}
		r.lo = max(r.lo, 0) // as the other side, taken as unsigned, has no top bit
	case ir.Ugt, ir.Uge:
		if r.lo < 0 || o.lo < 0 {
			return r
		}
	}
	switch c {
	case ir.Eq:
		return r.meet(o)
	case ir.Slt, ir.Ult:
		r.hi = min(r.hi, oneLess(o.hi))
	case ir.Sle, ir.Ule:
		r.hi = min(r.hi, o.hi)
	case ir.Sgt, ir.Ugt:
		r.lo = max(r.lo, oneMore(o.lo))
	case ir.Sge, ir.Uge:
		r.lo = max(r.lo, o.lo)
	case ir.Ne:
		if o.lo == o.hi && o.lo == r.lo {
			r.lo = oneMore(r.lo)
		}
		if o.lo == o.hi && o.lo == r.hi {
			r.hi = oneLess(r.hi)
		}
	}
	return r
}

func oneLess(n int64) int64 { return n - b2i(n != math.MinInt64) }
func oneMore(n int64) int64 { return n + b2i(n != math.MaxInt64) }

// of is the range of a value by what computes it. What was tested of its operands counts only where the test came before:
// the verifier doesn't look back from an operand to what was made of it.
func (m *implier) of(v *ir.Value, depth int) interval {
	all, b := full(v.Type), v.Block
	if depth > maxDepth || v.Type != ir.I32 && v.Type != ir.I64 {
		return all
	}
	switch v.Op {
	case ir.OpConst:
		return interval{v.Imm, v.Imm}
	case ir.OpLoad8, ir.OpZext8:
		return interval{0, math.MaxUint8}
	case ir.OpLoad16, ir.OpZext16:
		return interval{0, math.MaxUint16}
	case ir.OpZext32:
		if r := m.at(v.Args[0], b, depth+1); r.lo >= 0 {
			return r
		}
		return interval{0, math.MaxUint32}
	case ir.OpSext32:
		return m.at(v.Args[0], b, depth+1)
	case ir.OpTrunc:
		return m.at(v.Args[0], b, depth+1).within(all)
	case ir.OpCmp:
		return interval{0, 1}
	case ir.OpPhi:
		return m.counter(v, depth)
	}
	if len(v.Args) == 2 && v.Op >= ir.OpAdd && v.Op <= ir.OpAshr {
		return m.arith(v, b, depth)
	}
	return all
}

// arith is the range of what two numbers give.
func (m *implier) arith(v *ir.Value, b *ir.Block, depth int) interval {
	all, k := full(v.Type), v.Args[1]
	switch {
	case v.Op == ir.OpAnd && k.Op == ir.OpConst && k.Imm >= 0:
		return interval{0, k.Imm}
	case v.Op == ir.OpLshr && k.Op == ir.OpConst && k.Imm > 0 && k.Imm < int64(v.Type.Bits()):
		return interval{0, int64(uint64(1)<<(int64(v.Type.Bits())-k.Imm) - 1)}
	case v.Op != ir.OpAdd && v.Op != ir.OpSub:
		return all
	}
	x, y := m.at(v.Args[0], b, depth+1), m.at(k, b, depth+1)
	if v.Op == ir.OpSub {
		if y.lo == math.MinInt64 {
			return all
		}
		y = interval{-y.hi, -y.lo}
	}
	lo, hi := x.lo+y.lo, x.hi+y.hi
	if (lo < x.lo) != (y.lo < 0) || (hi < x.hi) != (y.hi < 0) {
		return all
	}
	return interval{lo, hi}.within(all)
}

// counter is the range of a phi that starts at a constant and is changed by a constant each time around: what the
// edge back says of it bounds it on one side, its start on the other.
func (m *implier) counter(v *ir.Value, depth int) interval {
	all := full(v.Type)
	if len(v.Args) != 2 || slices.Contains(m.open, v) {
		return all
	}
	for i, next := range v.Args {
		start := v.Args[1-i]
		if next.Op != ir.OpAdd || next.Args[0] != v || next.Args[1].Op != ir.OpConst || start.Op != ir.OpConst {
			continue
		}
		step, from := next.Args[1].Imm, v.Block.Preds[i]
		if !m.dom.Reached(from) || step == 0 || step != int64(int32(step)) {
			return all
		}
		m.open = append(m.open, v)
		r := m.at(next, from, depth+1)
		c, p, q := edge(from, v.Block)
		r = m.refined(r, next, c, p, q, from, depth+1)
		m.open = m.open[:len(m.open)-1]
		if step > 0 {
			if last := max(start.Imm, r.hi); last <= all.hi-step {
				return interval{start.Imm, last}
			}
			return all
		}
		if last := min(start.Imm, r.lo); last >= all.lo-step {
			return interval{last, start.Imm}
		}
		return all
	}
	return all
}
