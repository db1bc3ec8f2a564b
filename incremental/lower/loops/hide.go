package loops

import (
	"slices"

	"go3s/incremental/ir"
)

// hideStores makes the verifier forget the numbers that the block writes into variables outside of the loop. Of one with less than 4
// bytes it forgets the word around it. An atomic instruction has to know its place: an element is written in halves, the lower one
// first, as the verifier remembers only what is written last at the address of a word.
func (o *outliner) hideStores(b *ir.Block) {
	c := o.blocks[b]
	for _, v := range b.Values {
		if !v.Op.IsStore() || v.Args[1].Type == ir.Ptr || !o.outside(v.Args[0]) {
			continue
		}
		k := slices.Index(c.Values, o.values[v]) + 1
		behind := slices.Clone(c.Values[k:])
		c.Values = c.Values[:k]
		slot, off := v.Args[0].Slot, int(v.Imm)
		switch {
		case slot == nil && v.Op != ir.OpStore8 && v.Args[1].Op != ir.OpConst:
			o.halve(c, o.values[v])
		case slot != nil && v.Op == ir.OpStore64:
			o.put(c, ir.OpAtomic64, o.values[v].Args[0], off, c.Const(ir.I64, 0, o.span))
		case slot != nil && off&^3+4 <= slot.Size:
			o.put(c, ir.OpAtomic32, o.values[v].Args[0], off&^3, c.Const(ir.I32, 0, o.span))
		}
		c.Values = append(c.Values, behind...)
	}
}

// halve makes a store, the last value of block c, one of the lower half, and adds that of the upper half.
func (o *outliner) halve(c *ir.Block, low *ir.Value) {
	op, bits := ir.OpStore32, int64(32)
	switch low.Op {
	case ir.OpStore32:
		op, bits = ir.OpStore16, 16
	case ir.OpStore16:
		op, bits = ir.OpStore8, 8
	}
	at, x := low.Args[0], low.Args[1]
	c.Values = c.Values[:len(c.Values)-1]
	high := o.round.NewValue(c, ir.OpLshr, x.Type, low.Span, x, c.Const(x.Type, bits, low.Span))
	if x.Type == ir.I64 {
		x = o.round.NewValue(c, ir.OpTrunc, ir.I32, low.Span, x)
		high = o.round.NewValue(c, ir.OpTrunc, ir.I32, low.Span, high)
	}
	low.Op, low.Args[1] = op, x
	c.Values = append(c.Values, low)
	o.round.NewValue(c, op, ir.Void, low.Span, at, high).Imm = low.Imm + bits/8
}

// outside reports whether an address is that of a variable on the stack of a function that the loop lies in.
func (o *outliner) outside(at *ir.Value) bool {
	for at.Op == ir.OpPtrAdd {
		at = at.Args[0]
	}
	if at.Op != ir.OpSlot {
		return false
	}
	_, own := o.own[at.Slot]
	return !own
}
