package opt

import "go3s/incremental/ir"

// forward finds what the bytes of a slot hold where they are read: a load becomes the value that was stored, a read
// of a copy becomes a read of the original. What is known at the end of all predecessors is known in the block; around
// a loop nothing is. Slots whose address escapes are left alone, and so is all other memory.
func forward(s *state, f *ir.Func) {
	sl, ok := s.newSlots(f)
	if !ok {
		return
	}
	w := &forwarder{s: s, f: f, slots: sl, uses: s.useCounts(f), repl: s.replacements(f), ends: s.factLists(f)}
	w.facts = s.known[:0]
	w.left = append(s.left[:0], make([]int32, f.NumBlocks())...)
	for _, b := range f.Blocks {
		w.left[b.ID] = int32(len(b.Term.Succs))
	}
	done := s.flags(f.NumBlocks())
	for _, b := range s.flow(f).Order {
		w.enter(b, done)
		w.block(b)
		w.ends[b.ID] = append(w.room(len(w.facts)), w.facts...)
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
}

// fact says what bytes off to off+size of a slot hold: the value as a store of that size left it; or, without a
// value, a copy of what is at the pointer from plus delta; or what the helper fill, which is constant within a run,
// wrote through the pointer at; or, without any of these, zeros.
type fact struct {
	slot      int32
	off, size int64
	value     *ir.Value
	from      *ir.Value
	delta     int64
	source    int32 // the slot that from points into, at sourceOff
	sourceOff int64
	fill      int64
	at        *ir.Value
}

// maxSpare bounds how many lists of facts are kept for other functions.
const maxSpare = 64

// maxFacts bounds how much is remembered; the oldest facts go first.
const maxFacts = 48

type forwarder struct {
	s     *state
	f     *ir.Func
	slots *slots
	uses  []int32
	repl  []*ir.Value
	ends  [][]fact // by block ID: what holds at its end
	left  []int32  // by block ID: how many of the blocks behind it have not been entered
	facts []fact
	out   []*ir.Value
	b     *ir.Block
	// replaced tells that a load is gone.
	replaced bool
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
			w.facts = append(w.facts, w.ends[p.ID]...)
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

// indexFact is the place of a fact in a list, or -1. The search starts where the fact is likely to be.
func indexFact(list []fact, x *fact, start int) int {
	for i := range list {
		at := start + i
		if at >= len(list) {
			at -= len(list)
		}
		if y := &list[at]; x.off == y.off && x.slot == y.slot && *x == *y {
			return at
		}
	}
	return -1
}

func (w *forwarder) block(b *ir.Block) {
	w.b, w.out = b, w.s.list[:0]
	for _, v := range b.Values {
		resolve(w.repl, v.Args)
		if r := w.value(v); r != nil {
			if r != v {
				w.repl[v.ID] = r
				w.replaced = true
			}
			continue
		}
		w.out = append(w.out, v)
	}
	setValues(b, w.out)
	w.s.list = w.out
	resolve(w.repl, b.Term.Args)
}

// value uses and updates the facts for one value. It returns what stands for a load that isn't needed, and v itself
// where nothing does.
func (w *forwarder) value(v *ir.Value) *ir.Value {
	fill, isFill := w.fills(v)
	if isFill && w.refill(v, fill) {
		return v
	}
	if v.Op == ir.OpMove {
		return w.move(v)
	}
	for _, a := range w.slots.of(v) {
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

// fills is what a call of a helper leaves that fills memory with the same bytes throughout a run.
func (w *forwarder) fills(v *ir.Value) (fact, bool) {
	if v.Op != ir.OpCall || len(v.Args) != 2 || w.uses[v.ID] > 0 {
		return fact{}, false
	}
	if h := v.Helper(); !h.Quiet || !h.Constant || h.Partial {
		return fact{}, false
	}
	list := w.slots.of(v)
	if len(list) != 1 || list[0].size < 0 {
		return fact{}, false
	}
	return fact{slot: list[0].slot, off: list[0].off, size: list[0].size, fill: v.Imm, at: v.Args[0]}, true
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
}

// accessOffset is the part of the place that the value itself adds to its pointer.
func accessOffset(v *ir.Value) int64 {
	if v.Op.AccessSize() > 0 {
		return v.Imm
	}
	return 0
}

// find is the fact that covers the access.
func (w *forwarder) find(a access) *fact {
	for i := len(w.facts) - 1; i >= 0; i-- {
		k := &w.facts[i]
		if k.slot == a.slot && k.off <= a.off && a.off+a.size <= k.off+k.size {
			return k
		}
	}
	return nil
}

// emit puts a new value before the one at hand.
func (w *forwarder) emit(op ir.Op, t ir.Type, like *ir.Value, args ...*ir.Value) *ir.Value {
	v := w.f.Unplaced(op, t, like.Span, args...)
	v.Block = w.b
	w.out = append(w.out, v)
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

// kill forgets what a write may change; of a larger fact the untouched parts stay, where parts make sense.
func (w *forwarder) kill(a access) {
	lo, hi := a.off, a.off+a.size
	if a.size < 0 {
		lo, hi = 0, 1<<62
	}
	n := len(w.facts)
	kept := w.facts[:0]
	var parts [16]fact
	extra := parts[:0]
	for _, k := range w.facts[:n] {
		if k.from != nil && k.source == a.slot {
			// The original changes: the copy is no longer equal there.
			k, extra = cut(k, lo-k.sourceOff+k.off, hi-k.sourceOff+k.off, extra)
		}
		if k.size > 0 && k.slot == a.slot {
			k, extra = cut(k, lo, hi, extra)
		}
		if k.size > 0 {
			kept = append(kept, k)
		}
	}
	w.facts = append(kept, extra...)
	w.limit()
}

// cut removes the bytes from lo to hi from a fact. What is left in front is returned, or size 0; what is left behind
// is appended to extra.
func cut(k fact, lo, hi int64, extra []fact) (fact, []fact) {
	end := k.off + k.size
	if hi <= k.off || end <= lo {
		return k, extra
	}
	if k.value != nil || k.fill != 0 {
		k.size = 0
		return k, extra
	}
	if hi < end && len(extra) < cap(extra) {
		extra = append(extra, k.part(hi, end))
	}
	if lo > k.off {
		return k.part(k.off, lo), extra
	}
	k.size = 0
	return k, extra
}

// part is the part of a fact from lo to hi.
func (k fact) part(lo, hi int64) fact {
	d := lo - k.off
	k.off, k.size = lo, hi-lo
	k.delta += d
	k.sourceOff += d
	return k
}

func (w *forwarder) limit() {
	if n := len(w.facts) - maxFacts; n > 0 {
		w.facts = append(w.facts[:0], w.facts[n:]...)
	}
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

// move handles a copy: it reads from the original of its source, and its destination is then equal to its source.
func (w *forwarder) move(v *ir.Value) *ir.Value {
	var src, dst *access
	list := append([]access(nil), w.slots.of(v)...)
	for i := range list {
		if list[i].read {
			src = &list[i]
		} else {
			dst = &list[i]
		}
	}
	var held []fact
	if src != nil && src.size > 0 {
		switch k := w.find(*src); {
		case k != nil && k.from != nil:
			w.redirect(v, *src, k)
		case k != nil && k.value == nil && k.fill == 0:
			v.Op, v.Args = ir.OpZero, v.Args[:1:1]
			src = nil
		case w.onlyCopied(src.slot):
			if parts := w.parts(v, *src); len(parts) > 0 {
				return w.spread(v, *src, parts)
			}
		}
		if src != nil && dst != nil && dst.size > 0 {
			held = w.within(*src, *dst)
		}
	}
	if dst == nil {
		return nil
	}
	w.kill(*dst)
	if dst.size > 0 {
		w.learnCopy(v, *dst)
		w.facts = append(w.facts, held...)
		w.limit()
	}
	return nil
}

// onlyCopied reports that nothing reads the slot but copies from it.
func (w *forwarder) onlyCopied(slot int32) bool {
	if w.copied == nil {
		w.copied = make([]bool, len(w.f.Slots))
		for i := range w.copied {
			w.copied[i] = true
		}
		for _, b := range w.f.Blocks {
			for _, v := range b.Values {
				for _, a := range w.slots.of(v) {
					if a.read && v.Op != ir.OpMove {
						w.copied[a.slot] = false
					}
				}
			}
		}
	}
	return w.copied[slot]
}

// parts are the facts, in order, that say of every byte of a copy's source which value was stored there; nil where some
// byte's isn't known, or a store to the destination wouldn't be aligned.
func (w *forwarder) parts(v *ir.Value, a access) []fact {
	to := ir.AddressOf(v.Args[0])
	if !to.Known {
		return nil
	}
	var parts []fact
	for off, end := a.off, a.off+a.size; off < end; {
		k, ok := w.partAt(a.slot, off, end)
		if !ok || (to.Offset+off-a.off)%k.size != 0 {
			return nil
		}
		parts = append(parts, k)
		off += k.size
	}
	return parts
}

// partAt is the newest fact of a value or of zeros that starts at off; zeros are cut to an aligned word.
func (w *forwarder) partAt(slot int32, off, end int64) (fact, bool) {
	for i := len(w.facts) - 1; i >= 0; i-- {
		k := w.facts[i]
		if k.slot != slot || k.off > off || k.off+k.size <= off || k.from != nil || k.fill != 0 {
			continue
		}
		if k.value != nil {
			return k, k.off == off && off+k.size <= end
		}
		n := int64(8)
		for off%n != 0 || off+n > min(end, k.off+k.size) {
			n /= 2
		}
		return k.part(off, off+n), true
	}
	return fact{}, false
}

// spread makes stores of a copy, as all that is copied is known as values.
func (w *forwarder) spread(v *ir.Value, src access, parts []fact) *ir.Value {
	for _, k := range parts {
		x := k.value
		op, t := ir.OpStore64, ir.I64
		switch k.size {
		case 1:
			op, t = ir.OpStore8, ir.I32
		case 2:
			op, t = ir.OpStore16, ir.I32
		case 4:
			op, t = ir.OpStore32, ir.I32
		}
		if x == nil {
			x = w.konst(t, 0, v)
		}
		st := w.emit(op, ir.Void, v, v.Args[0], x)
		st.Imm = k.off - src.off
		for _, a := range w.slots.of(st) {
			w.kill(a)
		}
		w.learn(st)
	}
	return v
}

// within is what is known of the parts of the source, told of the destination.
func (w *forwarder) within(src, dst access) []fact {
	var held []fact
	for _, k := range w.facts {
		if k.slot == src.slot && k.from == nil && k.off >= src.off && k.off+k.size <= src.off+src.size {
			k.slot, k.off = dst.slot, k.off-src.off+dst.off
			if k.fill != 0 {
				continue // the pointer at is the source's; the copy is known as one
			}
			held = append(held, k)
		}
	}
	return held
}

// learnCopy notes that the destination equals the source, where the source is a slot that is followed.
func (w *forwarder) learnCopy(v *ir.Value, dst access) {
	k := fact{slot: dst.slot, off: dst.off, size: dst.size}
	if v.Op == ir.OpMove {
		at := ir.AddressOf(v.Args[1])
		if at.Root.Op != ir.OpSlot || !at.Known || w.slots.escaped[w.slots.indexOf(at.Root.Slot)] {
			return
		}
		k.from, k.source, k.sourceOff = v.Args[1], w.slots.indexOf(at.Root.Slot), at.Offset
		if k.source == k.slot {
			return
		}
	}
	w.facts = append(w.facts, k)
}
