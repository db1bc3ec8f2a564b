package opt

import "go3s/incremental/ir"

// foldedFunc is what the last fold of a function knew when it was done. With it the next one leaves out what it would only find out
// again: a value is as simple as it was if it is what it was, and so is all that it is computed from.
type foldedFunc struct {
	values []foldedValue // by ID
	uses   []int32       // by value ID
	round  uint8         // of the last fold, from 1
}

// foldedValue is a value as fold placed it.
type foldedValue struct {
	mark  uint64 // of markOf; 0 without arguments
	bits  known  // not of constants
	round uint8  // of the fold that placed it last
}

// reset forgets the function.
func (p *foldedFunc) reset() { p.values, p.uses, p.round = p.values[:0], p.uses[:0], 0 }

// begin finds what is new since the last fold. A value that is used once now and was not then is among it: some rules wait for that.
func (d *folder) begin(s *state) {
	last := d.last
	last.round++
	if n := d.f.NumValues() - len(last.values); n > 0 {
		last.values = append(last.values, make([]foldedValue, n)...)
	}
	if last.round == 1 {
		return
	}
	d.touched = s.flags(d.f.NumValues())
	for id, n := range last.uses {
		if n != 1 && d.uses[id] == 1 {
			d.touched[id] = true
		}
	}
}

// markOf tells apart what a value was before and after a rewrite. Equal constants are one to the rules, and the addresses of slots are.
func markOf(v *ir.Value) uint64 {
	mark := markOfOp(v)
	for _, a := range v.Args {
		mark = markWith(mark, a)
	}
	return mark
}

func markOfOp(v *ir.Value) uint64 { return uint64(v.Imm)*mul ^ uint64(v.Op) ^ uint64(v.Cond)<<8 }

func markWith(mark uint64, a *ir.Value) uint64 {
	x := uint64(a.ID)
	if a.Op == ir.OpConst || a.Op == ir.OpSlot {
		x = ^uint64(a.Imm)
	}
	return (mark ^ mark>>29 ^ x) * mul
}

// mul spreads the bits of a mark.
const mul = 0x9e3779b97f4a7c15

// settled reports that there is nothing to do for v: the last fold placed it as it is, and what it is computed from. What a phi has
// from around a loop may have changed after the phi was placed.
func (d *folder) settled(v *ir.Value) bool {
	if len(d.touched) <= v.ID {
		return false
	}
	last := &d.last.values[v.ID]
	if len(v.Args) == 0 {
		return last.round != 0
	}
	mark := markOfOp(v)
	for _, a := range v.Args {
		if a.ID >= len(d.touched) || d.touched[a.ID] || v.Op == ir.OpPhi && !d.seen(a) {
			d.touched[v.ID] = true
			return false
		}
		mark = markWith(mark, a)
	}
	if mark != last.mark {
		d.touched[v.ID] = true
		return false
	}
	return true
}

// settle notes a value that is placed.
func (d *folder) settle(v *ir.Value) {
	for v.ID >= len(d.last.values) {
		d.last.values = append(d.last.values, foldedValue{})
	}
	e := &d.last.values[v.ID]
	e.round = d.last.round
	if v.Op == ir.OpConst {
		return
	}
	if d.bitsOf == v.ID {
		e.bits = d.bits
		d.bitsOf = noValue
	} else {
		e.bits = d.knownBits(v)
	}
	if len(v.Args) > 0 {
		e.mark = markOf(v)
	}
}

// seen reports that a value has been placed, or is known to stay as it is.
func (d *folder) seen(v *ir.Value) bool {
	return v.ID < len(d.last.values) && d.last.values[v.ID].round == d.last.round
}

// known is what is known of a value; of one that comes around a loop that is nothing, unless it is a constant.
func (d *folder) known(v *ir.Value) known {
	if v.Op == ir.OpConst {
		return knownConst(v)
	}
	if d.seen(v) {
		return d.last.values[v.ID].bits
	}
	return known{}
}
