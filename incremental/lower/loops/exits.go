package loops

import (
	"slices"

	"go3s/incremental/ir"
)

// copyTerms copies the terminators. An edge back to the header ends the round and asks for the next, an edge out of the loop
// ends the last one.
func (o *outliner) copyTerms() {
	order := o.loop.blocks
	escaping := o.escaping(order)
	o.zero(frameExit, ir.I64)
	for _, b := range order {
		c, t := o.blocks[b], &b.Term
		succs := make([]*ir.Block, len(t.Succs))
		for i, s := range t.Succs {
			switch {
			case s == o.loop.header:
				succs[i] = o.again(b)
			case !o.loop.has(s):
				succs[i] = o.leave(b, i, escaping)
			default:
				succs[i] = o.blocks[s]
			}
		}
		switch t.Kind {
		case ir.TermJump:
			c.Jump(succs[0])
		case ir.TermBranch:
			c.Branch(t.Cond, o.inside(t.Args[0]), o.inside(t.Args[1]), succs[0], succs[1], t.Span)
			c.Term.Likely = t.Likely
		}
	}
	for _, b := range order {
		o.innerPhis(b)
	}
}

// innerPhis fills in the phis of a block that is not the header, in the order of the copy's predecessors.
func (o *outliner) innerPhis(b *ir.Block) {
	if b == o.loop.header {
		return
	}
	for _, phi := range b.Phis() {
		for _, p := range o.blocks[b].Preds {
			for i, q := range b.Preds {
				if o.blocks[q] == p {
					o.values[phi].Args = append(o.values[phi].Args, o.inside(phi.Args[i]))
					break
				}
			}
		}
	}
}

// again is a block that leaves the values of the header's phis for the next round.
func (o *outliner) again(from *ir.Block) *ir.Block {
	b := o.round.NewBlock()
	h := o.loop.header
	i := h.PredIndex(from)
	for _, phi := range h.Phis() {
		if v := o.inside(phi.Args[i]); v != o.values[phi] {
			o.store(b, o.frame, o.states[phi], v, true)
		}
	}
	b.Return(b.Const(ir.I64, 0, o.span), o.span)
	return b
}

// leave is a block that leaves what is used behind the loop, and which way out this is.
func (o *outliner) leave(from *ir.Block, succ int, escaping []*ir.Value) *ir.Block {
	o.edges = append(o.edges, exitEdge{from, succ})
	b := o.round.NewBlock()
	for _, v := range escaping {
		if (v.Op != ir.OpPhi || v.Block != o.loop.header) && o.dom.Dominates(v.Block, from) {
			o.store(b, o.frame, o.states[v], o.values[v], o.forget)
		}
	}
	o.store(b, o.frame, frameExit, b.Const(ir.I64, int64(len(o.edges)), o.span), o.forget)
	b.Return(b.Const(ir.I64, 1, o.span), o.span)
	return b
}

// escaping lists the values of the loop that are used outside of it, and makes room for them.
func (o *outliner) escaping(order []*ir.Block) []*ir.Value {
	var list, fresh []*ir.Value
	for _, b := range order {
		for _, v := range b.Values {
			if !o.uses.used(v, o.loop) {
				continue
			}
			if v.Op == ir.OpSlot {
				o.slots = append(o.slots, v)
				continue // an address is no state, and the kernel does not let a round leave one behind
			}
			list = append(list, v)
			if _, ok := o.states[v]; !ok {
				o.states[v] = o.field()
				fresh = append(fresh, v)
			}
		}
	}
	o.forget = !slices.ContainsFunc(list, func(v *ir.Value) bool { return v.Type == ir.Ptr })
	for _, v := range fresh {
		o.zero(o.states[v], v.Type)
	}
	return list
}

// zero clears a field of the frame before the loop.
func (o *outliner) zero(off int, t ir.Type) {
	if t == ir.Ptr {
		t = ir.I64
	}
	o.store(o.before, o.base, off, o.before.Const(t, 0, o.span), o.forget)
}
