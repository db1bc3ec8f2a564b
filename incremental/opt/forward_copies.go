package opt

import "go3s/incremental/ir"

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
			w.changed = true
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
