package opt

import "go3s/incremental/ir"

// relist is a block's list of values while a pass goes through it. As long as what the pass places is what was there, nothing is
// written, which spares the garbage collector's barriers.
type relist struct {
	b    *ir.Block
	same int         // of the block's values have been placed again, if other is empty
	out  []*ir.Value // the new list from the first value on that is another; its memory goes from block to block
}

// start begins with a block.
func (l *relist) start(b *ir.Block) { l.b, l.same, l.out = b, 0, l.out[:0] }

// place puts a value at the end of the new list.
func (l *relist) place(v *ir.Value) {
	if len(l.out) == 0 {
		if l.same < len(l.b.Values) && l.b.Values[l.same] == v {
			l.same++
			return
		}
	}
	l.out = append(l.out, v)
}

// end gives the block its new list and reports whether it is another one.
func (l *relist) end() (changed bool) {
	if len(l.out) == 0 && l.same == len(l.b.Values) {
		return false
	}
	l.b.Values = append(l.b.Values[:l.same], l.out...)
	return true
}
