package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// coalesceSlots gives slots that are copies of each other one place, where neither is written while the other's bytes
// are still read; the copies between them go away. A slot may take its place within a larger one.
//
// Source: Chaitin, "Register Allocation and Spilling via Graph Coloring", 1982, for the rule that a copy doesn't make
// its two sides interfere; here it is applied to bytes.
func coalesceSlots(s *state, f *ir.Func) bool {
	if len(f.Slots) < 2 || !hasMoves(f) {
		return false
	}
	sl, ok := s.newSlots(f)
	if !ok {
		return false
	}
	c := &coalescer{f: f, slots: sl, home: make([]place, len(f.Slots)), gone: map[*ir.Value]bool{}}
	for i := range c.home {
		c.home[i].slot = int32(i)
	}
	c.collect()
	if len(c.moves) == 0 {
		return false
	}
	c.number()
	c.lives[0], c.lives[1] = s.life(0, f), s.life(1, f)
	for _, v := range c.moves {
		c.move(v)
	}
	if len(c.gone) > 0 {
		c.rewrite()
	}
	return len(c.gone) > 0
}

// hasMoves reports that there is a copy at all.
func hasMoves(f *ir.Func) bool {
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpMove {
				return true
			}
		}
	}
	return false
}

// coalescer is the state of the pass.
type coalescer struct {
	f     *ir.Func
	slots *slots
	home  []place // by slot: the slot that it has its place in
	acc   [][]access
	order map[*ir.Value]int // of the values that access slots
	moves []*ir.Value
	lives [2]*life
	gone  map[*ir.Value]bool // copies within one place
	tried map[attempt]bool   // that failed
}

// attempt is the slot y within the slot x.
type attempt struct {
	x, y  int32
	delta int64
}

// place is a distance into a slot.
type place struct {
	slot int32
	off  int64
}

func (c *coalescer) collect() {
	c.acc = c.slots.bySlot
	for _, b := range c.f.Blocks {
		for _, v := range b.Values {
			if v.Op != ir.OpMove {
				continue
			}
			if list := c.slots.of(v); len(list) == 2 && list[0].size > 0 && list[1].size > 0 && list[0].slot != list[1].slot {
				c.moves = append(c.moves, v)
			}
		}
	}
}

// number numbers the values that access slots in program order.
func (c *coalescer) number() {
	c.order = map[*ir.Value]int{}
	for _, b := range c.f.Blocks {
		for _, v := range b.Values {
			if len(c.slots.of(v)) > 0 {
				c.order[v] = len(c.order)
			}
		}
	}
}

// find is where a place of a slot is by now.
func (c *coalescer) find(p place) place {
	for c.home[p.slot].slot != p.slot {
		h := c.home[p.slot]
		p = place{h.slot, p.off + h.off}
	}
	return p
}

// at is the place that a pointer to a slot points to.
func (c *coalescer) at(v *ir.Value) place {
	a := ir.AddressOf(v)
	return c.find(place{c.slots.indexOf(a.Root.Slot), a.Offset})
}

// move tries to make the two sides of a copy one.
func (c *coalescer) move(v *ir.Value) {
	dst, src := c.at(v.Args[0]), c.at(v.Args[1])
	if dst.slot == src.slot {
		if dst.off == src.off {
			c.gone[v] = true
		}
		return
	}
	if c.into(dst.slot, src.slot, dst.off-src.off) || c.into(src.slot, dst.slot, src.off-dst.off) {
		c.gone[v] = true
	}
}

// into puts the slot y into the slot x, delta bytes behind its start, if that is possible.
func (c *coalescer) into(x, y int32, delta int64) bool {
	a := attempt{x, y, delta}
	if c.tried[a] || !c.fits(x, y, delta) || c.interfere(x, y, delta) {
		if c.tried == nil {
			c.tried = map[attempt]bool{}
		}
		c.tried[a] = true
		return false
	}
	moved := c.acc[y]
	for i := range moved {
		moved[i].slot = x
		moved[i].off += delta
	}
	c.home[y] = place{x, delta}
	c.acc[x] = slices.DeleteFunc(c.merged(c.acc[x], moved), func(a access) bool { return c.isWithin(a.v, x) })
	c.acc[y] = nil
	return true
}

// isWithin reports a copy from a place of x to the same place, now that home has changed.
func (c *coalescer) isWithin(v *ir.Value, x int32) bool {
	if v.Op != ir.OpMove {
		return false
	}
	for _, a := range v.Args {
		if ir.AddressOf(a).Root.Op != ir.OpSlot {
			return false
		}
	}
	dst, src := c.at(v.Args[0]), c.at(v.Args[1])
	return dst.slot == x && dst == src
}

// merged is two lists of accesses in program order as one.
func (c *coalescer) merged(a, b []access) []access {
	list := append(append(make([]access, 0, len(a)+len(b)), a...), b...)
	slices.SortStableFunc(list, func(p, q access) int { return c.order[p.v] - c.order[q.v] })
	return list
}

// fits reports that all that is done to y can be done within x: it has the room, and is aligned where the kernel wants
// alignment.
func (c *coalescer) fits(x, y int32, delta int64) bool {
	size, align := int64(c.f.Slots[x].Size), int64(c.f.Slots[x].Align)
	for _, a := range c.acc[y] {
		off, n := a.off, a.size
		if n < 0 {
			off, n = 0, int64(c.f.Slots[y].Size)
		}
		if off+delta < 0 || off+n+delta > size {
			return false
		}
		if need := a.needs(c.f.Slots[y]); need > align || delta%need != 0 {
			return false
		}
	}
	return true
}

// needs is the alignment that the access relies on.
func (a access) needs(s *ir.Slot) int64 {
	switch op := a.v.Op; {
	case op.AccessSize() > 0:
		return int64(op.AccessSize())
	case a.size < 0:
		return int64(s.Align)
	}
	// A copy and zeroing take the words that the alignment allows.
	return 1
}

// interfere reports that one of the slots is written while the other's bytes at that place are still read, other than
// by a copy from there.
func (c *coalescer) interfere(x, y int32, delta int64) bool {
	c.lives[0].of(c.acc[x], nil)
	c.lives[1].of(c.acc[y], nil)
	for n, l := range c.lives {
		for _, b := range l.touched {
			if n == 1 && c.lives[0].at[b.ID].known {
				continue // seen from the other side
			}
			if c.conflict(b, x, y, delta) {
				return true
			}
		}
	}
	return false
}

func (c *coalescer) conflict(b *ir.Block, x, y int32, delta int64) bool {
	ex, ey := &c.lives[0].at[b.ID], &c.lives[1].at[b.ID]
	live := [2]byteSet{ex.out, ey.out}
	list := c.merged(ex.list, ey.list)
	for len(list) > 0 {
		// All that one value does, at once.
		n := len(list) - 1
		for n > 0 && list[n-1].v == list[n].v {
			n--
		}
		group := list[n:]
		list = list[:n]
		isCopy := c.copies(group[0].v, x, y, delta)
		if !isCopy {
			c.reads(group, x, &live)
		}
		for _, a := range group {
			if a.write && !isCopy && c.clobbers(a, x, delta, &live) {
				return true
			}
		}
		for _, a := range group {
			if a.write && a.whole {
				set := rangeOf(a)
				live[side(a, x)].remove(&set)
			}
		}
		c.reads(group, x, &live)
	}
	return false
}

// side is 0 for an access to x and 1 for one to the other slot.
func side(a access, x int32) int {
	if a.slot == x {
		return 0
	}
	return 1
}

func (c *coalescer) reads(group []access, x int32, live *[2]byteSet) {
	for _, a := range group {
		if a.read {
			set := rangeOf(a)
			live[side(a, x)].add(&set)
		}
	}
}

// copies reports a copy between the places that would become one.
func (c *coalescer) copies(v *ir.Value, x, y int32, delta int64) bool {
	if v.Op != ir.OpMove {
		return false
	}
	for _, a := range v.Args {
		if ir.AddressOf(a).Root.Op != ir.OpSlot {
			return false
		}
	}
	p, q := c.at(v.Args[0]), c.at(v.Args[1])
	if p.slot == y {
		p, q = q, p
	}
	return p.slot == x && q.slot == y && p.off == q.off+delta
}

// clobbers reports that a write to one slot hits bytes of the other one that are read later.
func (c *coalescer) clobbers(a access, x int32, delta int64, live *[2]byteSet) bool {
	off, size := a.off, a.size
	if size < 0 {
		off, size = 0, int64(c.f.Slots[a.slot].Size)
	}
	var set byteSet
	if a.slot == x {
		set.addRange(off-delta, off-delta+size)
		return set.meets(&live[1])
	}
	set.addRange(off+delta, off+delta+size)
	return set.meets(&live[0])
}

// rewrite gives the slots' addresses their new places.
func (c *coalescer) rewrite() {
	for _, b := range c.f.Blocks {
		kept := make([]*ir.Value, 0, len(b.Values))
		for _, v := range b.Values {
			if c.gone[v] {
				continue
			}
			if v.Op == ir.OpSlot {
				if p := c.find(place{slot: c.slots.indexOf(v.Slot)}); p.off != 0 {
					base := c.f.Unplaced(ir.OpSlot, ir.Ptr, v.Span)
					base.Slot, base.Block = c.f.Slots[p.slot], b
					kept = append(kept, base)
					v.Op, v.Slot, v.Imm, v.Args = ir.OpOffset, nil, p.off, []*ir.Value{base}
				} else {
					v.Slot = c.f.Slots[p.slot]
				}
			}
			kept = append(kept, v)
		}
		b.Values = kept
	}
	n := 0
	for i, s := range c.f.Slots {
		if c.home[i].slot == int32(i) {
			c.f.Slots[n] = s
			n++
		}
	}
	clear(c.f.Slots[n:])
	c.f.Slots = c.f.Slots[:n]
}
