package opt

import "go3s/incremental/ir"

// life says which bytes of one slot are read later, at the end of each block.
type life struct {
	at      []blockBytes // by block ID
	touched []*ir.Block  // the blocks that have an entry in at
	work    []*ir.Block
}

// blockBytes is what a block does to the slot at hand, in bytes of the slot.
type blockBytes struct {
	known     bool
	list      []access // the block's accesses
	gen, kill byteSet  // read before written; written
	out       byteSet  // read later
}

// byteSet is a set of bytes of a slot; the kernel's stack has 512.
type byteSet [8]uint64

func (s *byteSet) addRange(lo, hi int64) {
	for i := max(lo, 0); i < min(hi, 512); {
		n := min(64-i&63, hi-i)
		s[i>>6] |= (1<<n - 1) << (i & 63)
		i += n
	}
}

func (s *byteSet) add(o *byteSet) {
	for w := range s {
		s[w] |= o[w]
	}
}

func (s *byteSet) remove(o *byteSet) {
	for w := range s {
		s[w] &^= o[w]
	}
}

func (s *byteSet) meets(o *byteSet) bool {
	for w := range s {
		if s[w]&o[w] != 0 {
			return true
		}
	}
	return false
}

// rangeOf is the bytes of an access; one at an unknown place may touch all.
func rangeOf(a access) (s byteSet) {
	if a.size < 0 {
		s.addRange(0, 512)
	} else {
		s.addRange(a.off, a.off+a.size)
	}
	return s
}

// life is the i-th of the tables that the passes share, for a function's blocks.
func (s *state) life(i int, f *ir.Func) *life {
	l := &s.lives[i]
	l.reset()
	if n := f.NumBlocks(); len(l.at) < n {
		l.at = make([]blockBytes, n+n/2)
	}
	return l
}

// of computes the table for the slot whose accesses are listed, in program order; those of the values in dead don't
// count.
func (l *life) of(list []access, dead map[*ir.Value]bool) {
	l.reset()
	for len(list) > 0 {
		b, n := list[0].v.Block, 1
		for n < len(list) && list[n].v.Block == b {
			n++
		}
		l.summarize(b, list[:n], dead)
		list = list[n:]
	}
	l.flow()
}

// reset empties the table. The blocks must still be there.
func (l *life) reset() {
	for _, b := range l.touched {
		l.at[b.ID] = blockBytes{}
	}
	l.touched = l.touched[:0]
}

func (l *life) summarize(b *ir.Block, list []access, dead map[*ir.Value]bool) {
	e := l.entry(b)
	e.list = list
	for _, a := range list {
		if dead[a.v] {
			continue
		}
		set := rangeOf(a)
		if a.read {
			reads := set
			reads.remove(&e.kill)
			e.gen.add(&reads)
		}
		if a.write && a.whole {
			e.kill.add(&set)
		}
	}
}

func (l *life) entry(b *ir.Block) *blockBytes {
	e := &l.at[b.ID]
	if !e.known {
		e.known = true
		l.touched = append(l.touched, b)
	}
	return e
}

// flow carries what is read to the ends of the blocks before.
func (l *life) flow() {
	work := append(l.work[:0], l.touched...)
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		e := l.at[b.ID]
		in := e.out
		in.remove(&e.kill)
		in.add(&e.gen)
		if in == (byteSet{}) {
			continue
		}
		for _, p := range b.Preds {
			q := l.entry(p)
			old := q.out
			q.out.add(&in)
			if q.out != old {
				work = append(work, p)
			}
		}
	}
	l.work = work
}
