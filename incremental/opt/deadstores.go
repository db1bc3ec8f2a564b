package opt

import (
	"math/bits"

	"go3s/incremental/ir"
)

// removeDeadStores removes writes to slots that nobody reads: stores, copies, zeroing and helper calls that only
// fill memory. Zeroing of which a part is overwritten before it is read shrinks to the rest. Slots whose address
// escapes are left alone, and so is all other memory.
func removeDeadStores(s *state, f *ir.Func) bool {
	sl, ok := s.newSlots(f)
	if !ok {
		return false
	}
	d := &deadStores{s: s, f: f, slots: sl, life: s.life(0, f)}
	// A copy that goes away may have been the last reader of another slot.
	for before := -1; len(d.dead) != before; {
		before = len(d.dead)
		for i := range f.Slots {
			if !sl.escaped[i] {
				d.slot(int32(i))
			}
		}
	}
	if d.changed {
		d.sweep(s)
	}
	return d.changed
}

// deadStores is the state of the pass.
type deadStores struct {
	s       *state
	f       *ir.Func
	slots   *slots
	life    *life // of the slot at hand
	dead    map[*ir.Value]bool
	shrunk  map[*ir.Value][2]int64
	changed bool
}

// slot finds the dead writes of one slot: which bytes are read later, block by block against the flow, and within
// each block from its end.
func (d *deadStores) slot(i int32) {
	list := d.slots.bySlot[i]
	if d.f.Slots[i].Size > 512 || len(list) == 0 {
		return
	}
	d.life.of(list, d.dead)
	for _, b := range d.life.touched {
		d.judge(&d.life.at[b.ID])
	}
}

// judge goes through a block's accesses from the last to the first.
func (d *deadStores) judge(e *blockBytes) {
	live := e.out
	for i := len(e.list) - 1; i >= 0; i-- {
		a := e.list[i]
		if d.dead[a.v] {
			continue
		}
		set := rangeOf(a)
		if a.write {
			if !set.meets(&live) && d.removable(a) {
				d.remove(a.v)
				continue
			}
			if a.v.Op == ir.OpZero && a.size > 0 {
				d.shrink(a, live)
			}
			if a.whole {
				live.remove(&set)
			}
		}
		if a.read {
			live.add(&set)
		}
	}
}

// removable reports that the write is all that the value does.
func (d *deadStores) removable(a access) bool {
	switch op := a.v.Op; {
	case op.IsStore() || op == ir.OpZero || op == ir.OpMove || op == ir.OpAtomic32 || op == ir.OpAtomic64:
		return true
	case op == ir.OpCall:
		return a.v.Helper().Quiet && d.s.useCounts(d.f)[a.v.ID] == 0
	}
	return false
}

func (d *deadStores) remove(v *ir.Value) {
	if d.dead == nil {
		d.dead = map[*ir.Value]bool{}
	}
	d.dead[v] = true
	d.changed = true
}

// shrink narrows zeroing to the bytes that are read, in steps of the slot's alignment.
func (d *deadStores) shrink(a access, live byteSet) {
	step := int64(d.f.Slots[a.slot].Align)
	first, last := a.off+a.size, a.off
	for w, set := range live {
		base := int64(w) * 64
		for set != 0 {
			n := int64(bits.TrailingZeros64(set))
			if at := base + n; at >= a.off && at < a.off+a.size {
				first, last = min(first, at), max(last, at+1)
			}
			set &= set - 1
		}
	}
	step = min(step, 4)
	first, last = max(first&^(step-1), a.off), min((last+step-1)&^(step-1), a.off+a.size)
	if first > a.off || last < a.off+a.size {
		if d.shrunk == nil {
			d.shrunk = map[*ir.Value][2]int64{}
		}
		d.shrunk[a.v] = [2]int64{first - a.off, last - first}
		d.changed = true
	}
}

// sweep takes the dead values out of their blocks.
func (d *deadStores) sweep(s *state) {
	for _, b := range d.f.Blocks {
		s.list.start(b)
		for _, v := range b.Values {
			if d.dead[v] {
				continue
			}
			if part, ok := d.shrunk[v]; ok {
				if part[0] > 0 {
					p := d.f.Unplaced(ir.OpOffset, ir.Ptr, v.Span, v.Args[0])
					p.Imm, p.Block = part[0], b
					s.list.place(p)
					v.Args[0] = p
				}
				v.Imm = part[1]
			}
			s.list.place(v)
		}
		s.list.end()
	}
}
