package loops

import (
	"slices"

	"go3s/incremental/ir"
)

// uses says where the values of a function are used while loops are taken out of it. It is made when it is asked for the first time.
type uses struct {
	nest  *nest
	last  []int32 // by ID of a value: the use noted last, as its place in list, from 1
	list  []use
	slots map[*ir.Slot][]*ir.Value // the addresses of each slot
	taken map[*ir.Slot]bool        // slots that belong to functions now
}

// use is a place where a value may be an argument.
type use struct {
	block  *ir.Block
	value  *ir.Value // nil for the terminator of the block
	before int32     // the use of the same value that was noted before
}

// args are the arguments at the place.
func (u use) args() []*ir.Value {
	if u.value == nil {
		return u.block.Term.Args
	}
	return u.value.Args
}

// find notes all uses of all values.
func (x *uses) find() {
	if x.slots != nil {
		return
	}
	x.slots = map[*ir.Slot][]*ir.Value{}
	for _, b := range x.nest.f.Blocks {
		x.noteBlock(b)
	}
}

// noteBlock notes what is used in a block.
func (x *uses) noteBlock(b *ir.Block) {
	for _, v := range b.Values {
		if v.Op == ir.OpSlot {
			x.slots[v.Slot] = append(x.slots[v.Slot], v)
		}
		for _, a := range v.Args {
			x.note(a, use{block: b, value: v})
		}
	}
	for _, a := range b.Term.Args {
		x.note(a, use{block: b})
	}
}

func (x *uses) note(v *ir.Value, u use) {
	if more := x.nest.f.NumValues() - len(x.last); more > 0 {
		x.last = append(x.last, make([]int32, more)...)
	}
	u.before = x.last[v.ID]
	x.list = append(x.list, u)
	x.last[v.ID] = int32(len(x.list))
}

// outside goes through the uses of a value outside of a loop that is still there.
func (x *uses) outside(v *ir.Value, lp *loop) func(yield func(use) bool) {
	return func(yield func(use) bool) {
		for i := x.last[v.ID]; i > 0; i = x.list[i-1].before {
			if u := x.list[i-1]; !x.gone(u.block) && !lp.has(u.block) && !yield(u) {
				return
			}
		}
	}
}

// used reports whether a value is used outside of a loop.
func (x *uses) used(v *ir.Value, lp *loop) bool {
	for range x.outside(v, lp) {
		return true
	}
	return false
}

// replace puts another value in the place of v outside of a loop.
func (x *uses) replace(v, by *ir.Value, lp *loop) {
	for u := range x.outside(v, lp) {
		args := u.args()
		for i, a := range args {
			if a == v {
				args[i] = by
				x.note(by, u)
			}
		}
	}
	x.nest.changed(v)
}

// gone reports whether a block has become part of a function.
func (x *uses) gone(b *ir.Block) bool {
	in := x.nest.at(b)
	return in != nil && in.gone
}

// owned reports whether a slot is known to a loop only.
func (x *uses) owned(s *ir.Slot, lp *loop) bool {
	x.slots[s] = slices.DeleteFunc(x.slots[s], func(v *ir.Value) bool { return x.gone(v.Block) })
	for _, v := range x.slots[s] {
		if !lp.has(v.Block) {
			return false
		}
		for u := range x.outside(v, lp) {
			if u.value != nil {
				return false
			}
		}
	}
	return true
}

// take notes that a slot is not the function's any more.
func (x *uses) take(s *ir.Slot) {
	if x.taken == nil {
		x.taken = map[*ir.Slot]bool{}
	}
	x.taken[s] = true
}

// removeSlots takes the slots away that are not the function's any more.
func (x *uses) removeSlots() {
	f := x.nest.f
	f.Slots = slices.DeleteFunc(f.Slots, func(s *ir.Slot) bool { return x.taken[s] })
}
