package loops

import (
	"slices"

	"go3s/incremental/ir"
)

// ring is a loop with its copies: the first is the loop itself, and the last goes on with the first.
type ring struct {
	f      *ir.Func
	loop   *loop
	copies int64
	count  *counted
	full   bool // one copy for each round

	turns  []turn
	backTo map[*ir.Block]map[*ir.Value]*ir.Value // what the edges to the header bring for its phis
}

// turn is one copy.
type turn struct {
	blocks map[*ir.Block]*ir.Block
	values map[*ir.Value]*ir.Value
}

func (r *ring) build() {
	r.freeOutside()
	h := r.loop.header
	r.backTo = map[*ir.Block]map[*ir.Value]*ir.Value{}
	for i, p := range h.Preds {
		if r.loop.has(p) {
			r.backTo[p] = map[*ir.Value]*ir.Value{}
			for _, phi := range h.Phis() {
				r.backTo[p][phi] = phi.Args[i]
			}
		}
	}
	r.turns = append(r.turns, turn{})
	for k := range r.copies - 1 {
		r.turns = append(r.turns, r.copyBlocks(k+1))
	}
	for k := int64(1); k < r.copies; k++ {
		r.copyTerms(k)
	}
	if r.copies > 1 {
		r.link()
	}
	r.phis()
	r.cut()
}

// in is what a value is called in copy k.
func (r *ring) in(k int64, v *ir.Value) *ir.Value {
	if c := r.turns[k].values[v]; c != nil {
		return c
	}
	return v
}

// block is the copy of a block.
func (r *ring) block(k int64, b *ir.Block) *ir.Block {
	if c := r.turns[k].blocks[b]; c != nil {
		return c
	}
	return b
}

// copyBlocks makes copy k, with the arguments of all but its phis. Of the count it knows more than that it grows.
func (r *ring) copyBlocks(k int64) turn {
	t := turn{blocks: map[*ir.Block]*ir.Block{}, values: map[*ir.Value]*ir.Value{}}
	for _, b := range r.loop.blocks {
		t.blocks[b] = r.f.NewBlock()
		for _, v := range b.Values {
			if r.count != nil && v == r.count.phi {
				continue
			}
			c := r.f.NewValue(t.blocks[b], v.Op, v.Type, v.Span)
			c.Imm, c.Cond, c.Align, c.Slot, c.Map, c.Func = v.Imm, v.Cond, v.Align, v.Slot, v.Map, v.Func
			t.values[v] = c
		}
		if r.count != nil && b == r.loop.header {
			t.values[r.count.phi] = r.countIn(t.blocks[b], k)
		}
	}
	for _, b := range r.loop.blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpPhi {
				continue
			}
			for _, a := range v.Args {
				if c := t.values[a]; c != nil {
					a = c
				}
				t.values[v].Args = append(t.values[v].Args, a)
			}
		}
	}
	return t
}

// countIn is the count of the rounds in copy k, at the top of its block b.
func (r *ring) countIn(b *ir.Block, k int64) *ir.Value {
	phi := r.count.phi
	at := len(b.Phis())
	rest := slices.Clone(b.Values[at:])
	b.Values = b.Values[:at]
	var v *ir.Value
	if r.full {
		v = b.Const(phi.Type, r.count.low+k*r.count.step, phi.Span)
	} else {
		v = r.f.NewValue(b, ir.OpAdd, phi.Type, phi.Span, phi, b.Const(phi.Type, k*r.count.step, phi.Span))
	}
	b.Values = append(b.Values, rest...)
	return v
}

// copyTerms copies the terminators of copy k.
func (r *ring) copyTerms(k int64) {
	for _, b := range r.loop.blocks {
		c, t := r.block(k, b), &b.Term
		succs := make([]*ir.Block, len(t.Succs))
		for i, s := range t.Succs {
			switch {
			case s == r.loop.header:
				succs[i] = r.block((k+1)%r.copies, s)
			case r.loop.has(s):
				succs[i] = r.block(k, s)
			default:
				succs[i] = s
			}
		}
		switch t.Kind {
		case ir.TermJump:
			c.Jump(succs[0])
		case ir.TermBranch:
			c.Branch(t.Cond, r.in(k, t.Args[0]), r.in(k, t.Args[1]), succs[0], succs[1], t.Span)
			c.Term.Likely = t.Likely
		}
		c.Term.Span = t.Span
		for _, s := range t.Succs {
			if s == r.loop.header && k == r.copies-1 {
				for _, phi := range s.Phis() {
					phi.Args = append(phi.Args, r.back(k, b, c, phi))
				}
			}
		}
	}
}

// back is what the edge from copy k of b, called c, brings for a phi of the header. The count takes all copies in one step, so
// that the number of turns can be told from it.
func (r *ring) back(k int64, b, c *ir.Block, phi *ir.Value) *ir.Value {
	v := r.backTo[b][phi]
	if r.count == nil || phi != r.count.phi || v.Op != ir.OpAdd && v.Op != ir.OpSub {
		return r.in(k, v)
	}
	return r.f.NewValue(c, ir.OpAdd, phi.Type, phi.Span, phi, c.Const(phi.Type, r.copies*r.count.step, phi.Span))
}

// link makes the loop itself go on with its first copy.
func (r *ring) link() {
	h := r.loop.header
	for _, b := range r.loop.blocks {
		for i, s := range b.Term.Succs {
			if s == h {
				b.Retarget(i, r.block(1, h))
			}
		}
	}
}

// phis fills in the phis of the copies, in the order of their predecessors.
func (r *ring) phis() {
	for k := int64(1); k < r.copies; k++ {
		for _, b := range r.loop.blocks {
			for _, phi := range b.Phis() {
				c := r.in(k, phi)
				if c.Op != ir.OpPhi {
					continue
				}
				for _, p := range c.Block.Preds {
					c.Args = append(c.Args, r.arg(k, b, phi, p))
				}
			}
		}
	}
}

// arg is what predecessor p of copy k of block b brings for a phi.
func (r *ring) arg(k int64, b *ir.Block, phi *ir.Value, p *ir.Block) *ir.Value {
	for _, q := range r.loop.blocks {
		switch {
		case b == r.loop.header && r.block(k-1, q) == p:
			return r.in(k-1, r.backTo[q][phi])
		case b != r.loop.header && r.block(k, q) == p:
			return r.in(k, phi.Args[b.PredIndex(q)])
		}
	}
	panic("a copy of a loop is entered from outside")
}

// cut takes the test out of the copies that it does not end the loop in, and from the one where it does if there is one for each round.
func (r *ring) cut() {
	c := r.count
	if c == nil {
		return
	}
	for k := range r.copies {
		test := r.block(k, c.test)
		switch {
		case k != c.last%r.copies:
			test.TakeOnly(c.stay)
		case r.full:
			test.TakeOnly(1 - c.stay)
		}
	}
}

// freeOutside makes what follows the loop independent of which copy a value comes from: addresses are made anew, anything else goes
// through the stack, from which package opt takes it back.
func (r *ring) freeOutside() {
	for _, b := range r.loop.blocks {
		for i, s := range b.Term.Succs {
			if !r.loop.has(s) && len(s.Phis()) > 0 {
				b.SplitEdge(i)
			}
		}
	}
	slots := map[*ir.Value]*ir.Slot{}
	for _, b := range r.f.Blocks {
		if r.loop.has(b) {
			continue
		}
		if !r.uses(b) {
			continue
		}
		values := b.Values
		b.Values = nil
		for _, v := range values {
			if v.Op != ir.OpPhi {
				r.free(slots, b, v.Args)
			}
			b.Values = append(b.Values, v)
		}
		r.free(slots, b, b.Term.Args)
	}
	for _, b := range r.f.Blocks {
		for _, phi := range b.Phis() {
			for i, p := range b.Preds {
				if !r.loop.has(p) && !r.loop.has(b) || b == r.loop.header && !r.loop.has(p) {
					r.free(slots, p, phi.Args[i:i+1])
				}
			}
		}
	}
	entry := r.f.Entry()
	for _, b := range r.loop.blocks {
		for _, v := range slices.Clone(b.Values) {
			if s := slots[v]; s != nil {
				at := r.f.Unplaced(ir.OpSlot, ir.Ptr, v.Span)
				at.Slot, at.Block = s, entry
				entry.Values = slices.Insert(entry.Values, len(r.f.Params), at)
				r.f.NewValue(b, wordStore(v.Type), ir.Void, v.Span, at, v)
			}
		}
	}
}

// uses reports whether a block outside of the loop has arguments from inside, but for its phis.
func (r *ring) uses(b *ir.Block) bool {
	inside := func(a *ir.Value) bool { return r.loop.has(a.Block) }
	for _, v := range b.Values[len(b.Phis()):] {
		if slices.ContainsFunc(v.Args, inside) {
			return true
		}
	}
	return slices.ContainsFunc(b.Term.Args, inside)
}

// free replaces the values of the loop among the arguments of what comes next in block b.
func (r *ring) free(slots map[*ir.Value]*ir.Slot, b *ir.Block, args []*ir.Value) {
	for i, a := range args {
		if !r.loop.has(a.Block) {
			continue
		}
		switch a.Op {
		case ir.OpConst, ir.OpMap, ir.OpMapValue, ir.OpFunc, ir.OpSlot:
			c := r.f.NewValue(b, a.Op, a.Type, a.Span)
			c.Imm, c.Slot, c.Map, c.Func = a.Imm, a.Slot, a.Map, a.Func
			args[i] = c
			continue
		}
		if slots[a] == nil {
			slots[a] = r.f.NewSlot("unrolled", 8, 8)
		}
		at := r.f.NewValue(b, ir.OpSlot, ir.Ptr, a.Span)
		at.Slot = slots[a]
		args[i] = r.f.NewValue(b, wordLoad(a.Type), a.Type, a.Span, at)
		args[i].Align = alignOf(a)
	}
}

func wordLoad(t ir.Type) ir.Op {
	switch t {
	case ir.I32:
		return ir.OpLoad32
	case ir.Ptr:
		return ir.OpLoadPtr
	}
	return ir.OpLoad64
}

func wordStore(t ir.Type) ir.Op {
	if t == ir.I32 {
		return ir.OpStore32
	}
	return ir.OpStore64
}
