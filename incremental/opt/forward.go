package opt

import "go3s/incremental/ir"

// forward finds what the bytes of a slot hold where they are read: a load becomes the value that was stored, a read
// of a copy becomes a read of the original. What is known at the end of all predecessors is known in the block; around
// a loop nothing is. Slots whose address escapes are left alone, and so is all other memory.
func forward(s *state, f *ir.Func) bool {
	sl, ok := s.newSlots(f)
	if !ok || !sl.anyForwarded() {
		return false
	}
	w := &forwarder{s: s, f: f, slots: sl, list: &s.list, repl: s.replacements(f), ends: s.factLists(f)}
	w.facts = s.known[:0]
	w.left = append(s.left[:0], make([]int32, f.NumBlocks())...)
	for _, b := range f.Blocks {
		w.left[b.ID] = int32(len(b.Term.Succs))
	}
	done := s.flags(f.NumBlocks())
	for _, b := range s.flow(f).Order {
		w.enter(b, done)
		w.block(b)
		if w.left[b.ID] > 0 {
			w.ends[b.ID] = append(w.room(len(w.facts)), w.facts...)
		}
		done[b.ID] = true
	}
	for _, list := range w.ends {
		if list != nil && len(s.spare) < maxSpare {
			s.spare = append(s.spare, list)
		}
	}
	clear(w.ends)
	if w.replaced {
		closePhis(f, w.repl)
	}
	s.table, s.known, s.left = w.repl, w.facts, w.left
	return w.changed
}

// maxSpare bounds how many lists of facts are kept for other functions.
const maxSpare = 64

type forwarder struct {
	s        *state
	f        *ir.Func
	slots    *slots
	repl     []*ir.Value
	ends     [][]fact // by block ID: what holds at its end
	left     []int32  // by block ID: how many of the blocks behind it have not been entered
	facts    []fact
	list     *relist
	b        *ir.Block
	replaced bool // a load is gone
	changed  bool // a value is another, or gone
	// copied tells of each slot that only copies read it; nil as long as nobody has asked.
	copied []bool
}

// room is an empty list with room for n facts, and for as many as there may be if it is to be used again.
func (w *forwarder) room(n int) []fact {
	if n == 0 {
		return nil
	}
	if last := len(w.s.spare) - 1; last >= 0 {
		list := w.s.spare[last]
		w.s.spare = w.s.spare[:last]
		return list[:0]
	}
	return make([]fact, 0, maxFacts)
}

// leave says that a block behind p has been entered. After the last, nobody asks for what holds at its end.
func (w *forwarder) leave(p *ir.Block) {
	if w.left[p.ID]--; w.left[p.ID] == 0 && w.ends[p.ID] != nil {
		w.s.spare = append(w.s.spare, w.ends[p.ID])
		w.ends[p.ID] = nil
	}
}

// enter sets the facts to what all predecessors agree on.
func (w *forwarder) enter(b *ir.Block, done []bool) {
	w.facts = w.facts[:0]
	for i, p := range b.Preds {
		if !done[p.ID] {
			w.facts = w.facts[:0]
			return
		}
		if i == 0 {
			if w.left[p.ID] == 1 && w.ends[p.ID] != nil {
				w.facts, w.ends[p.ID] = w.ends[p.ID], w.facts
			} else {
				w.facts = append(w.facts, w.ends[p.ID]...)
			}
			w.leave(p)
			continue
		}
		kept := w.facts[:0]
		list, next := w.ends[p.ID], 0
		for i := range w.facts {
			if k := indexFact(list, &w.facts[i], next); k >= 0 {
				kept = append(kept, w.facts[i])
				next = k + 1
			}
		}
		w.facts = kept
		w.leave(p)
	}
}

func (w *forwarder) block(b *ir.Block) {
	w.b = b
	w.list.start(b)
	for _, v := range b.Values {
		resolve(w.repl, v.Args)
		if r := w.value(v); r != nil {
			if r != v {
				w.repl[v.ID] = r
				w.replaced = true
			}
			w.changed = true
			continue
		}
		w.list.place(v)
	}
	w.list.end()
	resolve(w.repl, b.Term.Args)
}

// value uses and updates the facts for one value. It returns what stands for a load that isn't needed, and v itself
// where nothing does.
func (w *forwarder) value(v *ir.Value) *ir.Value {
	list := w.slots.of(v)
	if len(list) == 0 {
		return nil
	}
	fill, isFill := w.fills(v, list)
	if isFill && w.refill(v, fill) {
		return v
	}
	if v.Op == ir.OpMove {
		return w.move(v)
	}
	for _, a := range list {
		if a.read && a.size > 0 {
			if r := w.read(v, a); r != nil {
				return r
			}
		}
		if a.write {
			w.kill(a)
		}
	}
	w.learn(v)
	if isFill {
		w.facts = append(w.facts, fill)
		w.limit()
	}
	return nil
}

// fills is what a call of a helper leaves that fills memory with the same bytes throughout a run, given what it does to slots.
func (w *forwarder) fills(v *ir.Value, list []access) (fact, bool) {
	if !fillsAlike(v) || len(list) != 1 || list[0].size < 0 || w.s.useCounts(w.f)[v.ID] > 0 {
		return fact{}, false
	}
	return fact{slot: list[0].slot, off: list[0].off, size: list[0].size, fill: v.Imm, at: v.Args[0]}, true
}

// fillsAlike reports a call of a helper that does nothing but fill memory, with the same bytes each time.
func fillsAlike(v *ir.Value) bool {
	if v.Op != ir.OpCall || len(v.Args) != 2 {
		return false
	}
	h := v.Helper()
	return h.Quiet && h.Constant && !h.Partial
}

// refill uses what an earlier call left: one in the same place makes this one superfluous, which refill reports; one
// in another place makes it a copy.
func (w *forwarder) refill(v *ir.Value, k fact) bool {
	for _, old := range w.facts {
		if old.fill != k.fill || old.size != k.size {
			continue
		}
		if old.slot == k.slot && old.off == k.off {
			return true
		}
		if old.slot != k.slot {
			v.Op, v.Type, v.Args[1], v.Imm = ir.OpMove, ir.Void, old.at, k.size
			w.changed = true
			return false
		}
	}
	return false
}

// read replaces a load, or lets v read the original of a copy.
func (w *forwarder) read(v *ir.Value, a access) *ir.Value {
	k := w.find(a)
	if k == nil || v.Op == ir.OpAtomic32 || v.Op == ir.OpAtomic64 {
		return nil
	}
	switch {
	case k.from != nil && w.aligned(v, a, k):
		w.redirect(v, a, k)
	case k.from == nil && k.fill == 0 && v.Op.IsLoad():
		if r := w.extract(v, k, a.off-k.off); r != nil {
			return r
		}
	}
	return nil
}

// aligned reports that a load may read the original: the kernel wants loads from the stack aligned.
func (w *forwarder) aligned(v *ir.Value, a access, k *fact) bool {
	size := int64(v.Op.AccessSize())
	return size == 0 || (k.sourceOff+a.off-k.off)%size == 0 && int64(w.f.Slots[k.source].Align) >= size
}

// redirect lets v read what the fact is a copy of.
func (w *forwarder) redirect(v *ir.Value, a access, k *fact) {
	delta := k.delta + a.off - k.off - accessOffset(v)
	p := k.from
	if delta != 0 {
		p = w.emit(ir.OpOffset, ir.Ptr, v, k.from)
		p.Imm = delta
	}
	v.Args[a.arg] = p
	w.changed = true
}

// accessOffset is the part of the place that the value itself adds to its pointer.
func accessOffset(v *ir.Value) int64 {
	if v.Op.AccessSize() > 0 {
		return v.Imm
	}
	return 0
}

// emit puts a new value before the one at hand.
func (w *forwarder) emit(op ir.Op, t ir.Type, like *ir.Value, args ...*ir.Value) *ir.Value {
	v := w.f.Unplaced(op, t, like.Span, args...)
	v.Block = w.b
	w.list.place(v)
	for v.ID >= len(w.repl) {
		w.repl = append(w.repl, nil)
	}
	return v
}

func (w *forwarder) konst(t ir.Type, c int64, like *ir.Value) *ir.Value {
	if t == ir.I32 {
		c = int64(int32(c))
	}
	v := w.emit(ir.OpConst, t, like)
	v.Imm = c
	return v
}

// extract computes what a load at distance d into the fact gives; nil where that isn't worth it.
func (w *forwarder) extract(v *ir.Value, k *fact, d int64) *ir.Value {
	x := k.value
	if x == nil {
		return w.konst(v.Type, 0, v)
	}
	size := int64(v.Op.AccessSize())
	if size == 8 {
		if x.Type == v.Type {
			return x
		}
		return nil
	}
	if x.Type == ir.Ptr {
		return nil
	}
	if d > 0 {
		x = w.emit(ir.OpLshr, x.Type, v, x, w.konst(x.Type, 8*d, v))
	}
	if x.Type == ir.I64 {
		x = w.emit(ir.OpTrunc, ir.I32, v, x)
	}
	switch v.Op {
	case ir.OpLoad8:
		x = w.emit(ir.OpZext8, ir.I32, v, x)
	case ir.OpLoads8:
		x = w.emit(ir.OpSext8, ir.I32, v, x)
	case ir.OpLoad16:
		x = w.emit(ir.OpZext16, ir.I32, v, x)
	case ir.OpLoads16:
		x = w.emit(ir.OpSext16, ir.I32, v, x)
	}
	return x
}

// learn adds what v leaves in a slot, or found there.
func (w *forwarder) learn(v *ir.Value) {
	if !v.Op.IsStore() && !v.Op.IsLoad() && v.Op != ir.OpZero || v.Op == ir.OpLoads8 || v.Op == ir.OpLoads16 {
		return
	}
	for _, a := range w.slots.of(v) {
		if a.size < 0 {
			continue
		}
		k := fact{slot: a.slot, off: a.off, size: a.size}
		switch {
		case v.Op.IsStore():
			k.value = v.Args[1]
		case v.Op.IsLoad():
			k.value = v
		}
		w.facts = append(w.facts, k)
		w.limit()
	}
}
