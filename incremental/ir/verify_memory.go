package ir

// memory checks accesses whose place the text shows.
func (c *verifier) memory() {
	for _, b := range c.f.Blocks {
		for _, v := range b.Values {
			switch size := int64(v.Op.AccessSize()); {
			case size > 0:
				c.access(b, v, v.Args[0], v.Imm, size, v.Op.Info().Writes)
				c.aligned(b, v, size)
			case v.Op == OpZero:
				c.access(b, v, v.Args[0], 0, v.Imm, true)
			case v.Op == OpMove:
				c.access(b, v, v.Args[0], 0, v.Imm, true)
				c.access(b, v, v.Args[1], 0, v.Imm, false)
			case v.Op == OpCall:
				c.callMemory(b, v)
			}
		}
	}
}

// access checks size bytes at ptr+off.
func (c *verifier) access(b *Block, v, ptr *Value, off, size int64, write bool) {
	a := AddressOf(ptr)
	switch {
	case a.Root.Op == OpMap || a.Root.Op == OpFunc:
		c.errorf(b, v, "v%d is no memory", ptr.ID)
		return
	case write && c.f.Kind != Sub && a.Root == c.f.Params[0]:
		c.errorf(b, v, "the context is written")
		return
	}
	room, ok := a.Object()
	if !ok || !a.Known {
		return
	}
	if at := a.Offset + off; at < 0 || at+size > room || at+size < at {
		c.errorf(b, v, "bytes %d to %d of an object of %d bytes", at, at+size, room)
	}
}

// aligned checks a scalar access to a slot: the kernel takes only aligned ones on the stack.
func (c *verifier) aligned(b *Block, v *Value, size int64) {
	a := AddressOf(v.Args[0])
	if a.Root.Op != OpSlot || !a.Known {
		return
	}
	if at := a.Offset + v.Imm; at%size != 0 || int64(a.Root.Slot.Align) < size {
		c.errorf(b, v, "%d bytes at %d of a slot aligned to %d", size, at, a.Root.Slot.Align)
	}
}

// callMemory checks what a helper reads and writes through its pointers.
func (c *verifier) callMemory(b *Block, v *Value) {
	h := v.Helper()
	for i, a := range v.Args {
		size, write, ok := h.Touches(v, i)
		if size < 0 {
			size = 1
		}
		if ok && !(h.Args[i] == ArgMapValueOrNull && a.Op == OpConst) {
			c.access(b, v, a, 0, size, write)
		}
	}
}

// Touches says how many bytes the call reads or writes through its i-th argument, -1 where it doesn't show, and
// whether they are written. Not ok means that the helper takes no pointer there, or one to whatever is at it.
func (h *Helper) Touches(v *Value, i int) (size int64, write, ok bool) {
	var m *Map
	if len(v.Args) > 0 && v.Args[0].Op == OpMap {
		m = v.Args[0].Map
	}
	switch kind := h.Args[i]; kind {
	case ArgKey, ArgMapValue, ArgMapValueOrNull:
		switch {
		case m == nil:
			return -1, false, true
		case kind == ArgKey:
			return int64(m.Key), false, true
		}
		return int64(m.Value), false, true
	case ArgRead, ArgWrite:
		size = -1
		if i+1 < len(v.Args) && v.Args[i+1].Op == OpConst {
			size = v.Args[i+1].Imm
		}
		return size, kind == ArgWrite, true
	case ArgWrite8:
		return 8, true, true
	}
	return 0, false, false
}

// guard is a block that is entered only when a pointer is not null, and from where on that holds.
type guard struct {
	ptr   *Value
	block *Block
}

// NonNull is the edge of a branch on which a pointer that is compared with null is known not to be null.
// ok is false where the terminator is no such test.
func (t *Term) NonNull() (ptr *Value, succ int, ok bool) {
	if t.Kind != TermBranch || t.Args[0].Type != Ptr || t.Cond != Eq && t.Cond != Ne {
		return nil, 0, false
	}
	x, y := t.Args[0], t.Args[1]
	if y.Op != OpConst {
		x, y = y, x
	}
	if y.Op != OpConst {
		return nil, 0, false
	}
	if t.Cond == Eq {
		return x, 1, true
	}
	return x, 0, true
}

// nullable checks that nullable pointers are tested before they are used as addresses. A phi of pointers is
// nullable as soon as one of its arguments is, where its edge starts.
func (c *verifier) nullable() {
	maybe := map[*Value]bool{}
	guards := map[guard]bool{}
	for _, b := range c.dom.Order {
		if p, i, ok := b.Term.NonNull(); ok && len(b.Term.Succs[i].Preds) == 1 {
			guards[guard{p, b.Term.Succs[i]}] = true
		}
		for _, v := range b.Values {
			if h := v.Helper(); v.Op == OpCall && h.Result.Nullable() || v.Op == OpConst && v.Type == Ptr {
				maybe[v] = true
			}
		}
	}
	if len(maybe) == 0 {
		return
	}
	safe := func(p *Value, at *Block) bool {
		if !maybe[p] {
			return true
		}
		for ; at != nil; at = c.dom.Idom(at) {
			if guards[guard{p, at}] {
				return true
			}
		}
		return false
	}
	for changed := true; changed; {
		changed = false
		for _, b := range c.dom.Order {
			for _, v := range b.Phis() {
				for i, a := range v.Args {
					from := b.Preds[i]
					if v.Type != Ptr || maybe[v] || !c.dom.Reached(from) {
						continue
					}
					p, j, ok := from.Term.NonNull()
					if !safe(a, from) && !(ok && p == a && from.Term.Succs[j] == b) {
						maybe[v], changed = true, true
					}
				}
			}
		}
	}
	for _, b := range c.dom.Order {
		for _, v := range b.Values {
			for i, a := range v.Args {
				if usesAddress(v, i) && !safe(a, b) {
					c.errorf(b, v, "v%d may be null here", a.ID)
				}
			}
		}
	}
}

// usesAddress reports that v computes with its i-th argument as an address.
func usesAddress(v *Value, i int) bool {
	switch op := v.Op; {
	case op == OpOffset || op == OpPtrAdd || op.AccessSize() > 0 || op == OpZero:
		return i == 0
	case op == OpMove:
		return true
	case op == OpCall:
		h := v.Helper()
		_, _, touched := h.Touches(v, i)
		return h.Args[i] == ArgRecord || touched && h.Args[i] != ArgMapValueOrNull
	}
	return false
}

// The states of a ring record on the ways to a place, as a set.
const (
	recordNone uint8 = 1 << iota // not reserved, or known to be null
	recordHeld
	recordDone
)

// records checks the life of every ring record. A record that goes through a phi, a store or a function is left
// to the kernel.
func (c *verifier) records() {
	uses := map[*Value]bool{}
	for _, b := range c.dom.Order {
		for _, v := range b.Values {
			for i, a := range v.Args {
				if v.Op == OpPhi || v.Op == OpCallFunc || v.Op == OpStore64 && i == 1 {
					uses[AddressOf(a).Root] = true
				}
			}
		}
	}
	for _, b := range c.dom.Order {
		for _, v := range b.Values {
			if v.Op == OpCall && v.Helper().Result == HelperResultRecord && !uses[v] {
				c.record(v)
			}
		}
	}
}

// record follows one record along all ways.
func (c *verifier) record(r *Value) {
	in := make([]uint8, c.f.nextBlock)
	in[c.f.Blocks[0].ID] = recordNone
	for changed := true; changed; {
		changed = false
		for _, b := range c.dom.Order {
			out := c.recordBlock(r, b, in[b.ID], false)
			for i, s := range b.Term.Succs {
				state := out
				if p, nonNull, ok := b.Term.NonNull(); ok && p == r && i != nonNull && state&recordHeld != 0 {
					state = state&^recordHeld | recordNone
				}
				if in[s.ID]|state != in[s.ID] {
					in[s.ID] |= state
					changed = true
				}
			}
		}
	}
	for _, b := range c.dom.Order {
		c.recordBlock(r, b, in[b.ID], true)
	}
}

// recordBlock is the state after the block; it reports faults on request.
func (c *verifier) recordBlock(r *Value, b *Block, state uint8, report bool) uint8 {
	fault := func(v *Value, format string) {
		if report {
			c.errorf(b, v, format, r.ID)
		}
	}
	for _, v := range b.Values {
		if v == r {
			if state&recordHeld != 0 {
				fault(v, "the record v%d is reserved again before it is submitted")
			}
			state = recordHeld
			continue
		}
		for i, a := range v.Args {
			if !usesAddress(v, i) || AddressOf(a).Root != r {
				continue
			}
			if state&recordDone != 0 {
				fault(v, "the record v%d is gone here")
			}
			if v.Op == OpCall && v.Helper().Args[i] == ArgRecord {
				state = recordDone
			}
		}
	}
	if b.Term.Kind == TermReturn && state&recordHeld != 0 {
		fault(nil, "the record v%d is neither submitted nor discarded")
	}
	return state
}
