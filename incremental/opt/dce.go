package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// removeDead removes values that nobody needs: everything without an effect that no value with an effect and no
// terminator depends on. Phis that only feed each other go too. Parameters stay. Slots go whose address is taken nowhere.
func removeDead(s *state, f *ir.Func) bool {
	live := s.markLive(f)
	s.slotUsed = append(s.slotUsed[:0], make([]bool, f.NumSlots())...)
	changed := false
	for _, b := range f.Blocks {
		kept := b.Values[:0]
		for i, v := range b.Values {
			if !live[v.ID] {
				continue
			}
			if v.Op == ir.OpSlot {
				s.slotUsed[v.Slot.ID] = true
			}
			if len(kept) < i {
				kept = append(kept, v)
			} else {
				kept = b.Values[:i+1]
			}
		}
		if len(kept) < len(b.Values) {
			clear(b.Values[len(kept):])
			b.Values = kept
			changed = true
		}
	}
	slots := len(f.Slots)
	f.Slots = slices.DeleteFunc(f.Slots, func(slot *ir.Slot) bool { return !s.slotUsed[slot.ID] })
	return changed || len(f.Slots) < slots
}

// markLive marks by ID the values that are needed. It goes backwards, so that a value's uses are passed before the value is, but for
// those around loops.
func (s *state) markLive(f *ir.Func) []bool {
	live := s.flags(f.NumValues())
	dom, late := s.flow(f), s.work[:0]
	for place := len(dom.Order) - 1; place >= 0; place-- {
		b := dom.Order[place]
		for _, a := range b.Term.Args {
			live[a.ID] = true
		}
		for _, v := range slices.Backward(b.Values) {
			if !live[v.ID] && v.Op != ir.OpParam && !v.HasEffect() {
				continue
			}
			live[v.ID] = true
			for i, a := range v.Args {
				if v.Op == ir.OpPhi && !live[a.ID] && dom.Place(b.Preds[i]) >= place {
					late = append(late, a)
				}
				live[a.ID] = true
			}
		}
	}
	for len(late) > 0 {
		v := late[len(late)-1]
		late = late[:len(late)-1]
		for _, a := range v.Args {
			if !live[a.ID] {
				live[a.ID] = true
				late = append(late, a)
			}
		}
	}
	s.work = late
	return live
}
