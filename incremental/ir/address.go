package ir

// Address is where a pointer points as far as the text of the function shows it.
type Address struct {
	// Root is the value that the pointer was made from by OpOffset and OpPtrAdd: an OpSlot, OpMapValue, OpParam,
	// OpCall, OpLoadPtr, OpPhi and so on.
	Root *Value
	// Offset is the distance from Root, where Known.
	Offset int64
	Known  bool
}

// AddressOf follows a pointer to its root. For an OpSlot and an OpMapValue the offset counts from the start of the
// slot and of the map's value.
func AddressOf(v *Value) Address {
	a := Address{Root: v, Known: true}
	for {
		switch a.Root.Op {
		case OpOffset:
			a.Offset += a.Root.Imm
		case OpPtrAdd:
			a.Known = false
		case OpMapValue:
			a.Offset += a.Root.Imm
			return a
		default:
			return a
		}
		a.Root = a.Root.Args[0]
	}
}

// Object is the size in bytes of the slot, map value or ring record that the root points to; ok is false where the
// text doesn't say.
func (a Address) Object() (size int64, ok bool) {
	switch r := a.Root; r.Op {
	case OpSlot:
		return int64(r.Slot.Size), true
	case OpMapValue:
		return int64(r.Map.Value), true
	case OpCall:
		switch h := r.Helper(); {
		case h == nil:
		case h.Result == HelperResultMapValue && len(r.Args) > 0 && r.Args[0].Op == OpMap:
			return int64(r.Args[0].Map.entrySize()), true
		case h.Result == HelperResultRecord && len(r.Args) > 1 && r.Args[1].Op == OpConst:
			return r.Args[1].Imm, true
		}
	}
	return 0, false
}
