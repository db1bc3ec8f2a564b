package opt

import "go3s/incremental/ir"

// access is what one value does to a slot through one of its arguments.
type access struct {
	v    *ir.Value
	arg  int32
	slot int32 // index into Func.Slots
	// off and size are the bytes; size is -1 where they aren't known, which means any byte of the slot.
	off, size   int64
	place       int32 // of v in its block
	read, write bool
	// whole reports that a write certainly covers all its bytes.
	whole bool
}

// slots is what a function does to its slots. A slot whose address goes where it can't be followed is escaped, and
// nothing is said about it.
type slots struct {
	f       *ir.Func
	index   []int32 // by slot ID
	escaped []bool
	inside  bool       // there is a slot that does not escape
	bySlot  [][]access // in program order, the blocks in layout order
	lists   [][]access // bySlot of the function that had most slots, for its memory
	buf     []access
}

// newSlots finds what the function does to the slots that don't escape. ok is false where there is none.
//
// The table is the one that all passes share. A pass that changes it must tell that it has changed something.
func (s *state) newSlots(f *ir.Func) (t *slots, ok bool) {
	if len(f.Slots) == 0 {
		return nil, false
	}
	t = &s.slots
	if !s.slotsKnown {
		t.fill(f)
		s.slotsKnown = true
	}
	return t, t.inside
}

func (s *slots) fill(f *ir.Func) {
	s.f = f
	s.index = append(s.index[:0], make([]int32, f.NumSlots())...)
	s.escaped = append(s.escaped[:0], make([]bool, len(f.Slots))...)
	for i, slot := range f.Slots {
		s.index[slot.ID] = int32(i)
	}
	for len(s.lists) < len(f.Slots) {
		s.lists = append(s.lists, nil)
	}
	s.bySlot = s.lists[:len(f.Slots)]
	for i := range s.bySlot {
		s.bySlot[i] = s.bySlot[i][:0]
	}
	for _, b := range f.Blocks {
		for n, v := range b.Values {
			s.escapes(v)
			for _, a := range s.of(v) {
				a.place = int32(n)
				s.bySlot[a.slot] = append(s.bySlot[a.slot], a)
			}
		}
		if b.Term.Kind == ir.TermReturn {
			for _, a := range b.Term.Args {
				s.escape(a)
			}
		}
	}
	s.inside = false
	for i, escaped := range s.escaped {
		if escaped {
			s.bySlot[i] = s.bySlot[i][:0]
		} else {
			s.inside = true
		}
	}
}

func (s *slots) escape(ptr *ir.Value) {
	if ptr.Type != ir.Ptr {
		return
	}
	if root := ir.AddressOf(ptr).Root; root.Op == ir.OpSlot {
		s.escaped[s.indexOf(root.Slot)] = true
	}
}

// indexOf is the place of a slot in Func.Slots.
func (s *slots) indexOf(slot *ir.Slot) int32 { return s.index[slot.ID] }

// escapes marks the slots whose addresses may be known elsewhere after v has taken them as arguments.
func (s *slots) escapes(v *ir.Value) {
	switch v.Op {
	case ir.OpPhi, ir.OpCallFunc:
		for _, a := range v.Args {
			s.escape(a)
		}
	case ir.OpStore64:
		s.escape(v.Args[1])
	case ir.OpCall:
		h := v.Helper()
		for i, a := range v.Args {
			if h == nil || h.Calls || h.Args[i] == ir.ArgRecord {
				s.escape(a)
			}
		}
	}
}

// of lists what v does to slots that don't escape. The list is valid until the next call.
func (s *slots) of(v *ir.Value) []access {
	if v.Op < ir.OpLoad8 || v.Op > ir.OpCall {
		return nil // not an op that touches memory
	}
	s.buf = s.buf[:0]
	switch op := v.Op; {
	case op.AccessSize() > 0:
		info := op.Info()
		s.add(access{v: v, off: v.Imm, size: int64(op.AccessSize()), read: info.Reads, write: info.Writes, whole: true})
	case op == ir.OpZero:
		s.add(access{v: v, size: v.Imm, write: true, whole: true})
	case op == ir.OpMove:
		s.add(access{v: v, arg: 1, size: v.Imm, read: true})
		s.add(access{v: v, size: v.Imm, write: true, whole: true})
	case op == ir.OpCall:
		s.ofCall(v)
	}
	return s.buf
}

// ofCall lists the reads before the writes, as the helper does them.
func (s *slots) ofCall(v *ir.Value) {
	h := v.Helper()
	for _, writes := range []bool{false, true} {
		for i, a := range v.Args {
			if a.Type != ir.Ptr {
				continue
			}
			size, write, ok := h.Touches(v, i)
			switch {
			case write != writes:
			case !ok:
				// Whatever the helper does with an address it takes as a number, it only reads there.
				s.add(access{v: v, arg: int32(i), size: -1, read: true})
			case write:
				s.add(access{v: v, arg: int32(i), size: size, write: true, whole: !h.Partial})
			default:
				s.add(access{v: v, arg: int32(i), size: size, read: true})
			}
		}
	}
}

// add fills in slot and place from the pointer and drops the access where it is to no slot of interest.
func (s *slots) add(a access) {
	at := ir.AddressOf(a.v.Args[a.arg])
	if at.Root.Op != ir.OpSlot {
		return
	}
	a.slot = s.indexOf(at.Root.Slot)
	if s.escaped[a.slot] {
		return
	}
	switch {
	case !at.Known || a.size < 0:
		a.off, a.size, a.whole = 0, -1, false
	default:
		a.off += at.Offset
	}
	s.buf = append(s.buf, a)
}
