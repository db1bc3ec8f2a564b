package opt

import "go3s/incremental/ir"

// fact says what bytes off to off+size of a slot hold: the value as a store of that size left it; or, without a
// value, a copy of what is at the pointer from plus delta; or what the helper fill, which is constant within a run,
// wrote through the pointer at; or, without any of these, zeros.
type fact struct {
	slot      int32
	off, size int64
	value     *ir.Value
	from      *ir.Value
	delta     int64
	source    int32 // the slot that from points into, at sourceOff
	sourceOff int64
	fill      int64
	at        *ir.Value
}

// maxFacts bounds how much is remembered; the oldest facts go first.
const maxFacts = 48

// indexFact is the place of a fact in a list, or -1. The search starts where the fact is likely to be.
func indexFact(list []fact, x *fact, start int) int {
	for i := range list {
		at := start + i
		if at >= len(list) {
			at -= len(list)
		}
		if y := &list[at]; x.off == y.off && x.slot == y.slot && *x == *y {
			return at
		}
	}
	return -1
}

// find is the fact that covers the access.
func (w *forwarder) find(a access) *fact {
	for i := len(w.facts) - 1; i >= 0; i-- {
		k := &w.facts[i]
		if k.slot == a.slot && k.off <= a.off && a.off+a.size <= k.off+k.size {
			return k
		}
	}
	return nil
}

// kill forgets what a write may change; of a larger fact the untouched parts stay, where parts make sense.
func (w *forwarder) kill(a access) {
	lo, hi := a.off, a.off+a.size
	if a.size < 0 {
		lo, hi = 0, 1<<62
	}
	n := len(w.facts)
	kept := w.facts[:0]
	var parts [16]fact
	extra := parts[:0]
	for _, k := range w.facts[:n] {
		if k.from != nil && k.source == a.slot {
			// The original changes: the copy is no longer equal there.
			k, extra = cut(k, lo-k.sourceOff+k.off, hi-k.sourceOff+k.off, extra)
		}
		if k.size > 0 && k.slot == a.slot {
			k, extra = cut(k, lo, hi, extra)
		}
		if k.size > 0 {
			kept = append(kept, k)
		}
	}
	w.facts = append(kept, extra...)
	w.limit()
}

// cut removes the bytes from lo to hi from a fact. What is left in front is returned, or size 0; what is left behind
// is appended to extra.
func cut(k fact, lo, hi int64, extra []fact) (fact, []fact) {
	end := k.off + k.size
	if hi <= k.off || end <= lo {
		return k, extra
	}
	if k.value != nil || k.fill != 0 {
		k.size = 0
		return k, extra
	}
	if hi < end && len(extra) < cap(extra) {
		extra = append(extra, k.part(hi, end))
	}
	if lo > k.off {
		return k.part(k.off, lo), extra
	}
	k.size = 0
	return k, extra
}

// part is the part of a fact from lo to hi.
func (k fact) part(lo, hi int64) fact {
	d := lo - k.off
	k.off, k.size = lo, hi-lo
	k.delta += d
	k.sourceOff += d
	return k
}

func (w *forwarder) limit() {
	if n := len(w.facts) - maxFacts; n > 0 {
		w.facts = append(w.facts[:0], w.facts[n:]...)
	}
}

// anyForwarded reports that there may be something to forward: a slot is loaded or copied, or several calls fill slots alike.
func (s *slots) anyForwarded() bool {
	fills := 0
	for _, list := range s.bySlot {
		for i := range list {
			switch v := list[i].v; {
			case v.Op.IsLoad() || v.Op == ir.OpMove:
				return true
			case fillsAlike(v):
				fills++
			}
		}
	}
	return fills > 1
}
