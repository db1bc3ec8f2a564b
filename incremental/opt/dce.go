package opt

import "go3s/incremental/ir"

// removeDead removes values that nobody needs: everything without an effect that no value with an effect and no
// terminator depends on. Phis that only feed each other go too. Parameters stay.
func removeDead(s *state, f *ir.Func) bool {
	live := s.flags(f.NumValues())
	work := s.work[:0]
	mark := func(v *ir.Value) {
		if !live[v.ID] {
			live[v.ID] = true
			work = append(work, v)
		}
	}
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpParam || v.HasEffect() {
				mark(v)
			}
		}
		for _, a := range b.Term.Args {
			mark(a)
		}
	}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		for _, a := range v.Args {
			mark(a)
		}
	}
	s.work = work
	changed := false
	for _, b := range f.Blocks {
		kept := b.Values[:0]
		for _, v := range b.Values {
			if live[v.ID] {
				kept = append(kept, v)
			}
		}
		if len(kept) < len(b.Values) {
			clear(b.Values[len(kept):])
			b.Values = kept
			changed = true
		}
	}
	return removeSlots(s, f) || changed
}

// removeSlots drops slots whose address is taken nowhere.
func removeSlots(s *state, f *ir.Func) bool {
	if len(f.Slots) == 0 {
		return false
	}
	used := s.flags(f.NumSlots())
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpSlot {
				used[v.Slot.ID] = true
			}
		}
	}
	kept := f.Slots[:0]
	for _, slot := range f.Slots {
		if used[slot.ID] {
			kept = append(kept, slot)
		}
	}
	changed := len(kept) < len(f.Slots)
	clear(f.Slots[len(kept):])
	f.Slots = kept
	return changed
}
