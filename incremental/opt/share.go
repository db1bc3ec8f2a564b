package opt

import (
	"cmp"
	"slices"

	"go3s/incremental/ir"
)

// shareSlots makes one slot of those that are written once, with the same values: the key of several map operations,
// the name of the command. A slot takes over those that are written where its own writes have been; two slots written on
// the two ways of one branch are written before it instead.
func shareSlots(s *state, f *ir.Func) bool {
	sl, ok := s.newSlots(f)
	if !ok || len(f.Slots) < 2 {
		return false
	}
	h := &sharer{s: s, f: f, slots: sl, dom: s.flow(f), all: s.once(f)}
	h.collect()
	h.share()
	if h.changed {
		h.rewrite()
	}
	return h.changed
}

// sharer is the state of the pass.
type sharer struct {
	s       *state
	f       *ir.Func
	slots   *slots
	dom     *ir.DomTree
	all     []once
	into    []int32 // by slot: the slot that stands for it, or -1
	gone    map[*ir.Value]bool
	changed bool
}

// once is a slot that is written in one run of one block, before it is read there.
type once struct {
	slot        int32
	block       *ir.Block // nil where the slot is not written like that
	writes      []access  // by offset, apart from each other
	first, last int       // places of the writes in the block
	end         int64     // behind the last byte that is used
	next        *once     // another that may be written alike
}

func (h *sharer) collect() {
	h.into = h.s.numbers(len(h.f.Slots))
	for i := range h.all {
		o := &h.all[i]
		o.slot, h.into[i] = int32(i), -1
		if !h.slots.escaped[i] && (!h.note(o, h.slots.bySlot[i]) || !o.sorted()) {
			o.block = nil
		}
	}
}

// note takes in what is done to the slot. It fails where the slot is not written in one run of one block before it is read there.
func (h *sharer) note(o *once, list []access) bool {
	var readIn *ir.Block // the last block in which it was read
	for i := range list {
		a := &list[i]
		b := a.v.Block
		o.end = max(o.end, a.off+a.size)
		if a.size < 0 {
			o.end = int64(h.f.Slots[a.slot].Size)
		}
		switch {
		case a.read && a.write:
			return false
		case a.read:
			readIn = b
		case o.block != nil && o.block != b || readIn == b || !h.plain(a):
			return false
		default:
			if o.block == nil {
				o.block, o.first = b, int(a.place)
			}
			o.last = int(a.place)
			o.writes = append(o.writes, *a)
		}
	}
	return true
}

// plain reports a write that can be compared: a store, zeroing, or a helper that always fills in the same.
func (h *sharer) plain(a *access) bool {
	switch v := a.v; {
	case a.size < 0 || !a.whole:
		return false
	case v.Op.IsStore() || v.Op == ir.OpZero:
		return true
	case v.Op == ir.OpCall:
		hp := v.Helper()
		return hp.Quiet && hp.Constant && len(v.Args) == 2 && h.s.useCounts(h.f)[v.ID] == 0
	}
	return false
}

// sorted brings the writes into order. It fails where there are none, or some overlap.
func (o *once) sorted() bool {
	slices.SortFunc(o.writes, func(a, b access) int { return cmp.Compare(a.off, b.off) })
	for i := 1; i < len(o.writes); i++ {
		if o.writes[i-1].off+o.writes[i-1].size > o.writes[i].off {
			return false
		}
	}
	return len(o.writes) > 0
}

// equal reports that two slots are written alike.
func (o *once) equal(p *once) bool {
	return slices.EqualFunc(o.writes, p.writes, func(a, b access) bool {
		if a.off != b.off || a.size != b.size || a.v.Op != b.v.Op {
			return false
		}
		switch {
		case a.v.Op.IsStore():
			x, y := a.v.Args[1], b.v.Args[1]
			return x == y || x.Op == ir.OpConst && y.Op == ir.OpConst && x.Imm == y.Imm && x.Type == y.Type
		case a.v.Op == ir.OpCall:
			return a.v.Imm == b.v.Imm
		}
		return true
	})
}

// maxAlike bounds how many slots one is compared with.
const maxAlike = 16

// share finds the pairs. The slots are taken in the order of their writes, so that one stands for all later ones.
func (h *sharer) share() {
	s := h.s
	order := s.sorted[:0]
	for i := range h.all {
		if h.all[i].block != nil {
			order = append(order, &h.all[i])
		}
	}
	if s.sorted = order; len(order) < 2 {
		return
	}
	slices.SortFunc(order, func(a, b *once) int {
		return cmp.Or(h.dom.Place(a.block)-h.dom.Place(b.block), a.first-b.first)
	})
	if s.alike == nil {
		s.alike = map[writeKey]*once{}
	}
	clear(s.alike)
	for _, o := range order {
		k := o.key()
		list, n := s.alike[k], 0
		last := list
		for p := list; p != nil && !h.join(p, o); p = p.next {
			last = p
			n++
		}
		switch {
		case h.into[o.slot] >= 0 || n >= maxAlike:
		case list == nil:
			s.alike[k] = o
		default:
			last.next = o
		}
	}
}

// key is equal of two slots that are written alike.
func (o *once) key() writeKey {
	w := o.writes[0].v
	if w.Op.IsStore() && w.Args[1].Op != ir.OpConst {
		return writeKey{value: w.Args[1].ID}
	}
	return writeKey{value: noValue, imm: w.Imm}
}

// writeKey is what the first write of a slot writes: a value, or what its Imm says.
type writeKey struct {
	value int
	imm   int64
}

// join lets p stand for o, if that is possible.
func (h *sharer) join(p, o *once) bool {
	s, t := h.f.Slots[p.slot], h.f.Slots[o.slot]
	if !p.equal(o) || s.Align < t.Align || int64(s.Size) < o.end {
		return false
	}
	switch {
	case p.block == o.block && p.last < o.first, p.block != o.block && h.dom.Dominates(p.block, o.block):
	case h.siblings(p, o):
		h.raise(p)
	default:
		return false
	}
	p.end = max(p.end, o.end)
	h.into[o.slot] = p.slot
	h.drop(o)
	h.changed = true
	return true
}

func (h *sharer) drop(o *once) {
	if h.gone == nil {
		h.gone = map[*ir.Value]bool{}
	}
	for _, w := range o.writes {
		h.gone[w.v] = true
	}
}

// siblings reports that the slots are written on the two ways of one branch, and with what the branch's block knows.
func (h *sharer) siblings(p, o *once) bool {
	a, b := p.block, o.block
	if a == b || len(a.Preds) != 1 || len(b.Preds) != 1 || a.Preds[0] != b.Preds[0] {
		return false
	}
	return !slices.ContainsFunc(p.writes, func(w access) bool {
		if !w.v.Op.IsStore() {
			return false
		}
		x := w.v.Args[1]
		return x.Op != ir.OpConst && !h.dom.Dominates(x.Block, a.Preds[0])
	})
}

// raise writes p at the end of the block before.
func (h *sharer) raise(p *once) {
	b := p.block.Preds[0]
	slot := h.f.NewValue(b, ir.OpSlot, ir.Ptr, b.Term.Span)
	slot.Slot = h.f.Slots[p.slot]
	h.drop(p)
	p.first = len(b.Values)
	for i, w := range p.writes {
		at := slot
		if w.off != 0 && !w.v.Op.IsStore() {
			at = h.f.NewValue(b, ir.OpOffset, ir.Ptr, w.v.Span, slot)
			at.Imm = w.off
		}
		args := []*ir.Value{at}
		for _, x := range w.v.Args[1:] {
			if x.Op == ir.OpConst {
				k := h.f.NewValue(b, ir.OpConst, x.Type, x.Span)
				k.Imm = x.Imm
				x = k
			}
			args = append(args, x)
		}
		v := h.f.NewValue(b, w.v.Op, w.v.Type, w.v.Span, args...)
		v.Imm = w.v.Imm
		if v.Op.IsStore() {
			v.Imm = w.off
		}
		p.writes[i].v = v
	}
	p.block, p.last = b, len(b.Values)
}

// rewrite lets the addresses of the slots that are gone be those of the slots that stand for them.
func (h *sharer) rewrite() {
	for _, b := range h.f.Blocks {
		kept := b.Values[:0]
		for _, v := range b.Values {
			if h.gone[v] {
				continue
			}
			if v.Op == ir.OpSlot {
				to := h.slots.indexOf(v.Slot)
				for h.into[to] >= 0 {
					to = h.into[to]
				}
				v.Slot = h.f.Slots[to]
			}
			kept = append(kept, v)
		}
		clear(b.Values[len(kept):])
		b.Values = kept
	}
	h.f.Slots = slices.DeleteFunc(h.f.Slots, func(s *ir.Slot) bool { return h.into[h.slots.indexOf(s)] >= 0 })
}
