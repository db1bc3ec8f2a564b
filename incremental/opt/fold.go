package opt

import (
	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// fold computes what is constant, brings expressions into their canonical form and replaces them by cheaper ones:
// constants to the right, no extension that changes nothing, multiplication and division by powers of two as shifts
// and masks, 64-bit arithmetic on 32-bit values narrowed, comparisons and branches folded into each other. It walks
// the blocks once in reverse postorder; what one rewrite makes possible for its users is done in the same walk.
func fold(s *state, f *ir.Func) bool {
	d := &folder{f: f, last: &s.folded, list: &s.list, repl: s.replacements(f), uses: s.useCounts(f), bitsOf: noValue}
	d.begin(s)
	for _, b := range s.flow(f).Order {
		d.block(b)
	}
	if d.replaced {
		closePhis(f, d.repl)
	}
	d.last.uses = append(d.last.uses[:0], d.uses...)
	s.table = d.repl
	if d.turned {
		s.flowChanged()
		f.RemoveUnreachable()
	}
	return d.changed || d.replaced || d.turned
}

// folder is the state of one walk.
type folder struct {
	f    *ir.Func
	last *foldedFunc
	repl []*ir.Value // what a value was replaced by
	uses []int32     // as counted before the walk, with those of the values that one replaced; new values have none
	b    *ir.Block
	list *relist
	// touched tells by ID of the values of which something may be found out that the last fold didn't; it is empty where this is
	// the first.
	touched []bool

	bits   known // of the value with the ID bitsOf
	bitsOf int   // noValue where the bits of the value that was rewritten last are not known

	turned   bool // an edge is gone, or two have changed places
	mixed    bool // a phi of the block has become another value, where phis may follow
	replaced bool // a value is gone
	changed  bool // a value, or what decides a branch, is another
}

// noValue is the ID of no value.
const noValue = -1

// rounds bounds how often the rules are tried on one value.
const rounds = 16

func (d *folder) block(b *ir.Block) {
	d.b = b
	d.list.start(b)
	for _, v := range b.Values {
		if d.replaced {
			resolve(d.repl, v.Args)
		}
		if d.settled(v) {
			d.last.values[v.ID].round = d.last.round
			d.list.place(v)
			continue
		}
		if r := d.rewrite(v); r != v {
			d.setReplacement(v, r)
			continue
		}
		d.place(v)
	}
	if d.replaced {
		resolve(d.repl, b.Term.Args)
	}
	d.branch(b)
	d.list.end()
	if d.mixed {
		phisFirst(b.Values)
		d.mixed = false
	}
}

// phisFirst puts the phis before the others.
func phisFirst(list []*ir.Value) {
	n := 0 // of the phis
	for i, v := range list {
		if v.Op != ir.OpPhi {
			continue
		}
		if n < i {
			copy(list[n+1:i+1], list[n:i])
			list[n] = v
		}
		n++
	}
}

func (d *folder) setReplacement(v, r *ir.Value) {
	for v.ID >= len(d.repl) {
		d.repl = append(d.repl, nil)
	}
	d.repl[v.ID] = r
	d.replaced = true
	if v.ID < len(d.uses) && r.ID < len(d.uses) {
		d.uses[r.ID] += d.uses[v.ID]
		for _, a := range v.Args {
			if a == r {
				d.uses[r.ID]--
			}
		}
	}
}

// place puts a value at the end of what the block has so far and notes its bits.
func (d *folder) place(v *ir.Value) {
	if v.Block != d.b {
		v.Block = d.b
	}
	d.list.place(v)
	d.settle(v)
}

// rewrite applies the rules until none changes v. The result is v itself or the value that stands for it.
func (d *folder) rewrite(v *ir.Value) *ir.Value {
	if v.Op == ir.OpConst {
		return v
	}
	for range rounds {
		r := d.rule(v)
		if r == nil {
			break
		}
		d.changed = true
		if r != v {
			return r
		}
	}
	if (v.Type == ir.I32 || v.Type == ir.I64) && v.Op != ir.OpConst && !v.HasEffect() && !v.Op.IsLoad() {
		bits := d.knownBits(v)
		if c, ok := bits.constant(v.Type); ok {
			return d.konst(v.Type, c, v.Span)
		}
		d.bits, d.bitsOf = bits, v.ID
	}
	return v
}

// rule tries the rules of the value's op: nil means that none applies, v that it was changed in place, another value
// that this one stands for v.
func (d *folder) rule(v *ir.Value) *ir.Value {
	switch op := v.Op; {
	case op == ir.OpPhi:
		return d.phi(v)
	case op >= ir.OpAdd && op <= ir.OpBswap64:
		return d.arith(v)
	case op == ir.OpCmp:
		return d.cmp(v)
	case op == ir.OpOffset:
		return d.offset(v)
	case op == ir.OpPtrAdd:
		if c := v.Args[1]; c.Op == ir.OpConst {
			v.Op, v.Imm, v.Args = ir.OpOffset, c.Imm, v.Args[:1]
			return v
		}
	case op.AccessSize() > 0:
		return d.access(v)
	}
	return nil
}

// phi replaces a phi whose arguments are one value, not counting itself. One of swapped words swaps their phi.
func (d *folder) phi(v *ir.Value) *ir.Value {
	if d.swapsOnly(v) {
		p := d.f.Unplaced(ir.OpPhi, v.Type, v.Span, v.Args...)
		for i, a := range p.Args {
			p.Args[i] = ir.Resolve(d.repl, a).Args[0]
		}
		d.place(p)
		v.Op, v.Args = ir.OpBswap64, []*ir.Value{p}
		d.mixed = true
		return v
	}
	var one *ir.Value
	for _, a := range v.Args {
		a = ir.Resolve(d.repl, a)
		switch {
		case a == v || a == one:
		case one == nil:
			one = a
		case one.Op == ir.OpConst && a.Op == ir.OpConst && a.Imm == one.Imm && a.Type == one.Type:
		default:
			return nil
		}
	}
	switch {
	case one == nil:
		return nil
	case one.Op == ir.OpConst:
		// The constants may stand in the predecessors, where they don't dominate this block.
		v.Op, v.Imm, v.Args = ir.OpConst, one.Imm, nil
		d.mixed = true
		return v
	case !d.seen(one):
		return nil
	}
	return one
}

// swapsOnly reports that all arguments of a phi swap bytes for the phi alone.
func (d *folder) swapsOnly(v *ir.Value) bool {
	for _, a := range v.Args {
		if a = ir.Resolve(d.repl, a); a.Op != ir.OpBswap64 || !d.seen(a) || !d.usedOnce(a) {
			return false
		}
	}
	return len(v.Args) > 1
}

func (d *folder) offset(v *ir.Value) *ir.Value {
	switch p := v.Args[0]; {
	case v.Imm == 0:
		return p
	case p.Op == ir.OpOffset:
		v.Imm += p.Imm
		v.Args[0] = p.Args[0]
		return v
	case p.Op == ir.OpMapValue && inMap(p.Map, p.Imm+v.Imm):
		v.Op, v.Map, v.Imm, v.Args = ir.OpMapValue, p.Map, p.Imm+v.Imm, nil
		return v
	}
	return nil
}

func inMap(m *ir.Map, off int64) bool { return off >= 0 && off < int64(m.Value) }

// access moves a constant offset into a load, a store or an atomic, where BPF's 16-bit field has room for it.
func (d *folder) access(v *ir.Value) *ir.Value {
	if p := v.Args[0]; p.Op == ir.OpOffset {
		if off := v.Imm + p.Imm; off == int64(int16(off)) {
			v.Imm, v.Args[0] = off, p.Args[0]
			return v
		}
	}
	switch v.Op {
	case ir.OpStore8:
		return d.lowBits(v, 1, 8)
	case ir.OpStore16:
		return d.lowBits(v, 1, 16)
	}
	return nil
}

// lowBits replaces an argument of which only the low n bits matter by what it was extended from.
func (d *folder) lowBits(v *ir.Value, i, n int) *ir.Value {
	if a := d.strip(v.Args[i], n); a != v.Args[i] {
		v.Args[i] = a
		return v
	}
	return nil
}

// strip is a value of the type of x with the same low n bits that costs less.
func (d *folder) strip(x *ir.Value, n int) *ir.Value {
	for {
		switch {
		case (x.Op == ir.OpZext8 || x.Op == ir.OpSext8) && n <= 8, (x.Op == ir.OpZext16 || x.Op == ir.OpSext16) && n <= 16:
		case x.Op == ir.OpAnd && x.Args[1].Op == ir.OpConst && low(x.Args[1].Imm, n) == low(-1, n):
		default:
			return x
		}
		x = x.Args[0]
	}
}

func low(c int64, n int) int64 { return c & (1<<n - 1) }

// konst is a new constant at this place.
func (d *folder) konst(t ir.Type, c int64, span source.Span) *ir.Value {
	if t == ir.I32 {
		c = int64(int32(c))
	}
	v := d.f.Unplaced(ir.OpConst, t, span)
	v.Imm = c
	d.place(v)
	return v
}

// make is a new value at this place, simplified.
func (d *folder) make(op ir.Op, t ir.Type, span source.Span, args ...*ir.Value) *ir.Value {
	v := d.f.Unplaced(op, t, span, args...)
	v.Block = d.b
	if r := d.rewrite(v); r != v {
		return r
	}
	d.place(v)
	return v
}

// usedOnce reports that a value has one use; it may then be changed for the sake of its user.
func (d *folder) usedOnce(v *ir.Value) bool { return v.ID < len(d.uses) && d.uses[v.ID] == 1 }
