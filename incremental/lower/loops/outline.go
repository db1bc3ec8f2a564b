package loops

import (
	"fmt"
	"slices"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// A round is a function of its own and has the registers of one. Between rounds all that the loop changes lies in a frame on the
// stack of the function that the loop was taken from, and so does what the loop reads from outside:
//
//	bpf_loop(rounds, round, &frame, 0)
//	which way out was taken: frame.exit, 0 when there was none
//
// The verifier must not learn the numbers that lie in the frame or that a round leaves in a variable outside, or it would look at each
// round anew, with each number. It forgets them where an atomic instruction adds to them, be it zero.
type outliner struct {
	r       *Rewriter
	builder Builder
	f       *ir.Func
	loop    *loop
	dom     *ir.DomTree // of the loop
	uses    *uses
	slot    *ir.Slot
	size    int
	span    source.Span
	round   *ir.Func
	entry   *ir.Block // of round
	frame   *ir.Value // in round

	blocks map[*ir.Block]*ir.Block // copies in round
	values map[*ir.Value]*ir.Value // copies and what is loaded from the frame, in round
	before *ir.Block               // runs before the loop, fills the frame
	base   *ir.Value               // the frame's address in before
	states map[*ir.Value]int       // phis of the header, and values used behind the loop: offsets in the frame
	edges  []exitEdge
	forget bool                  // the verifier need not know which way out was taken: no pointer depends on it
	slots  []*ir.Value           // addresses of slots that are used behind the loop
	own    map[*ir.Slot]*ir.Slot // slots that only the loop knows, with what they become
	aligns map[*ir.Value]int8    // of addresses that may not be multiples of 8, see ir.Value
}

// exitEdge is a way out of the loop.
type exitEdge struct {
	from *ir.Block
	succ int
}

// frameExit is the offset of the number of the way out.
const frameExit = 0

// outline makes a function of a loop.
func (r *Rewriter) outline(f *ir.Func, lp *loop, u *uses, b Builder) *ir.Func {
	u.find()
	o := &outliner{
		r: r, builder: b, f: f, loop: lp, dom: &lp.nest.tree, uses: u, size: 8,
		blocks: map[*ir.Block]*ir.Block{}, values: map[*ir.Value]*ir.Value{}, states: map[*ir.Value]int{},
	}
	o.span = lp.header.Term.Span
	r.rounds++
	o.round = ir.NewFunc(fmt.Sprintf("%s.loop%d", r.Program, r.rounds), ir.Sub)
	o.round.Span = o.span
	o.round.AddParam(ir.I64)
	o.frame = o.round.AddParam(ir.Ptr)
	o.entry = o.round.Entry()
	o.slot = f.NewSlot("loop", 8, 8)
	if r.frames == nil {
		r.frames = map[*ir.Slot]bool{}
	}
	r.frames[o.slot] = true
	o.noteAligns()
	o.preheader()
	o.phis()
	o.copyBlocks()
	o.copyTerms()
	o.after()
	o.slot.Size = o.size
	lp.nest.remove(lp)
	r.shareFrames(o.round)
	return o.round
}

// shareFrames gives one slot to the frames of all loops that were taken from a function: each is needed in a single block.
func (r *Rewriter) shareFrames(f *ir.Func) {
	var shared *ir.Slot
	for _, s := range f.Slots {
		switch {
		case !r.frames[s]:
		case shared == nil:
			shared = s
		default:
			shared.Size = max(shared.Size, s.Size)
		}
	}
	if shared == nil {
		return
	}
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpSlot && r.frames[v.Slot] {
				v.Slot = shared
			}
		}
	}
	f.Slots = slices.DeleteFunc(f.Slots, func(s *ir.Slot) bool { return r.frames[s] && s != shared })
}

// field makes room in the frame for a value.
func (o *outliner) field() int {
	off := o.size
	o.size += 8
	return off
}

// preheader puts a block on the edges that enter the loop.
func (o *outliner) preheader() {
	h := o.loop.header
	o.before = o.f.NewBlock()
	args := make([][]*ir.Value, len(h.Phis()))
	for _, p := range slices.Clone(h.Preds) {
		if o.loop.has(p) {
			continue
		}
		i := h.PredIndex(p)
		for k, phi := range h.Phis() {
			args[k] = append(args[k], phi.Args[i])
		}
		p.Retarget(slices.Index(p.Term.Succs, h), o.before)
	}
	o.base = o.f.NewValue(o.before, ir.OpSlot, ir.Ptr, o.span)
	o.base.Slot = o.slot
	for k, phi := range h.Phis() {
		first := args[k][0]
		if len(args[k]) > 1 {
			first = o.before.Phi(phi.Type, phi.Span)
			first.Args = args[k]
		}
		o.states[phi] = o.field()
		o.store(o.before, o.base, o.states[phi], first, true)
	}
}

// store writes a value into the frame; hide makes the verifier forget a number.
func (o *outliner) store(b *ir.Block, base *ir.Value, off int, v *ir.Value, hide bool) {
	o.put(b, wordStore(v.Type), base, off, v)
	switch {
	case !hide:
	case v.Type == ir.I32:
		o.put(b, ir.OpAtomic32, base, off, b.Const(ir.I32, 0, o.span))
	case v.Type == ir.I64:
		o.put(b, ir.OpAtomic64, base, off, b.Const(ir.I64, 0, o.span))
	}
}

func (o *outliner) put(b *ir.Block, op ir.Op, base *ir.Value, off int, v *ir.Value) {
	b.Func().NewValue(b, op, ir.Void, o.span, base, v).Imm = int64(off)
}

func (o *outliner) load(b *ir.Block, base *ir.Value, off int, t ir.Type) *ir.Value {
	v := b.Func().NewValue(b, wordLoad(t), t, o.span, base)
	v.Imm = int64(off)
	return v
}

// loadBack loads what was stored of a value.
func (o *outliner) loadBack(b *ir.Block, base *ir.Value, off int, stored *ir.Value) *ir.Value {
	v := o.load(b, base, off, stored.Type)
	v.Align = o.aligns[stored]
	return v
}

// noteAligns notes what addresses are multiples of, before phis lose the arguments that tell: those of the loop, and those that it uses.
func (o *outliner) noteAligns() {
	note := func(v *ir.Value) {
		if n := alignOf(v); n != 0 {
			if o.aligns == nil {
				o.aligns = map[*ir.Value]int8{}
			}
			o.aligns[v] = n
		}
	}
	for _, b := range o.loop.blocks {
		for _, v := range b.Values {
			note(v)
			for _, a := range v.Args {
				if !o.loop.has(a.Block) {
					note(a)
				}
			}
		}
		for _, a := range b.Term.Args {
			note(a)
		}
	}
}

// alignOf is the Align of a load that brings back an address; 0 for other values.
func alignOf(v *ir.Value) int8 {
	if v.Type != ir.Ptr {
		return 0
	}
	return int8(ir.Alignment(v) % 8)
}

// phis loads what the rounds carry along.
func (o *outliner) phis() {
	for _, phi := range o.loop.header.Phis() {
		o.values[phi] = o.loadBack(o.entry, o.frame, o.states[phi], phi)
	}
}

// copyBlocks copies the blocks with their values; arguments are filled in when all are there.
func (o *outliner) copyBlocks() {
	order := o.loop.blocks
	for _, b := range order {
		o.blocks[b] = o.round.NewBlock()
		for _, v := range b.Values {
			if o.values[v] != nil {
				continue // a phi of the header
			}
			c := o.round.NewValue(o.blocks[b], v.Op, v.Type, v.Span)
			c.Imm, c.Cond, c.Align, c.Slot, c.Map, c.Func = v.Imm, v.Cond, v.Align, v.Slot, v.Map, v.Func
			o.values[v] = c
			if v.Op == ir.OpSlot {
				o.copySlot(v, c)
			}
		}
	}
	for _, b := range order {
		for _, v := range b.Values {
			c := o.values[v]
			if v.Op == ir.OpPhi {
				continue
			}
			for _, a := range v.Args {
				c.Args = append(c.Args, o.inside(a))
			}
		}
	}
	for _, b := range order {
		o.hideStores(b)
	}
	o.entry.Jump(o.blocks[o.loop.header])
}

// copySlot finds the copy of a slot. One that only the loop knows is filled anew in each round and belongs to the round; the
// kernel would not let a round keep an address of its own in one of another function.
func (o *outliner) copySlot(v, c *ir.Value) {
	if o.own == nil {
		o.own = map[*ir.Slot]*ir.Slot{}
		for _, b := range o.loop.blocks {
			for _, v := range b.Values {
				if v.Op != ir.OpSlot {
					continue
				}
				if _, known := o.own[v.Slot]; !known && o.uses.owned(v.Slot, o.loop) {
					o.own[v.Slot] = nil
				}
			}
		}
	}
	own, ok := o.own[v.Slot]
	if !ok {
		o.passSlot(v, c)
		return
	}
	if own == nil {
		own = o.round.NewSlot(v.Slot.Name, v.Slot.Size, v.Slot.Align)
		o.own[v.Slot] = own
		o.r.frames[own] = o.r.frames[v.Slot]
		o.uses.take(v.Slot)
	}
	c.Slot = own
}

// passSlot makes the copy of a slot's address a load from the frame: the slot lies on the stack of the function outside.
func (o *outliner) passSlot(v, c *ir.Value) {
	off := o.field()
	at := o.f.NewValue(o.before, ir.OpSlot, ir.Ptr, v.Span)
	at.Slot = v.Slot
	o.store(o.before, o.base, off, at, false)
	c.Op, c.Slot, c.Imm, c.Align = ir.OpLoadPtr, nil, int64(off), o.aligns[v]
	c.Args = append(c.Args, o.frame)
}

// inside is what a value is called in the round. A value from outside the loop is made anew if it is constant, else loaded.
func (o *outliner) inside(v *ir.Value) *ir.Value {
	if c := o.values[v]; c != nil {
		return c
	}
	var c *ir.Value
	switch v.Op {
	case ir.OpConst, ir.OpMap, ir.OpMapValue, ir.OpFunc:
		c = o.round.NewValue(o.entry, v.Op, v.Type, v.Span)
		c.Imm, c.Map, c.Func = v.Imm, v.Map, v.Func
	default:
		off := o.field()
		o.store(o.before, o.base, off, v, false)
		c = o.loadBack(o.entry, o.frame, off, v)
	}
	o.values[v] = c
	return c
}

// after calls bpf_loop behind what has been put into the frame, and goes on where the loop was left.
func (o *outliner) after() {
	rounds := int64(maxRounds)
	if o.loop.rounds > 0 {
		rounds = min(o.loop.rounds, 8*maxRounds)
	}
	fn := o.f.NewValue(o.before, ir.OpFunc, ir.Ptr, o.span)
	fn.Func = o.round.Name
	call := o.f.NewValue(o.before, ir.OpCall, ir.I64, o.span,
		o.before.Const(ir.I64, rounds, o.span), fn, o.base, o.before.Const(ir.I64, 0, o.span))
	call.Imm = ir.HelperLoop
	way := o.load(o.before, o.base, frameExit, ir.I64)
	var left, back []*ir.Value // what is used behind the loop, and what it is there
	for _, b := range o.loop.blocks {
		for _, v := range b.Values {
			if off, ok := o.states[v]; ok {
				left, back = append(left, v), append(back, o.loadBack(o.before, o.base, off, v))
			}
		}
	}
	for _, v := range o.slots {
		at := o.f.NewValue(o.before, ir.OpSlot, ir.Ptr, v.Span)
		at.Slot = v.Slot
		left, back = append(left, v), append(back, at)
	}
	o.dispatch(way)
	o.loop.vanish()
	for i, v := range left {
		o.uses.replace(v, back[i], o.loop)
	}
}

// dispatch goes on from the block before where the loop was left.
func (o *outliner) dispatch(way *ir.Value) {
	var outs, nexts []*ir.Block
	cur := o.before
	for i, e := range o.edges {
		to := e.from.Term.Succs[e.succ]
		out, next := o.f.NewBlock(), o.f.NewBlock()
		cur.Branch(ir.Eq, way, cur.Const(ir.I64, int64(i+1), o.span), out, next, o.span)
		at := to.PredIndex(e.from)
		var args []*ir.Value
		for _, phi := range to.Phis() {
			args = append(args, phi.Args[at])
		}
		out.Jump(to)
		for k, phi := range to.Phis() {
			phi.Args = append(phi.Args, args[k])
		}
		outs, nexts = append(outs, out), append(nexts, next)
		cur = next
	}
	o.builder.Fault(cur, o.span)
	o.place(outs, nexts)
}

// place puts the new blocks of the function into the loops around: a way out into the innermost one that it stays in, the test of a way
// out into the innermost one that any way behind it stays in.
func (o *outliner) place(outs, nexts []*ir.Block) {
	n := o.loop.nest
	put := func(b *ir.Block, lp *loop) {
		if lp != nil {
			n.add(b, lp)
		}
		o.uses.noteBlock(b)
	}
	put(o.before, o.loop.outer)
	var behind *loop
	for i, e := range slices.Backward(o.edges) {
		in := o.loop.around(e.from.Term.Succs[e.succ])
		put(nexts[i], behind)
		put(outs[i], in)
		if in != nil && (behind == nil || in.depth > behind.depth) {
			behind = in
		}
	}
}
