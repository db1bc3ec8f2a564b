package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// layOut orders the blocks so that the expected way falls through: after a block comes the successor that is likely,
// once all that lead to it are placed; what is unlikely goes behind everything else.
func layOut(s *state, f *ir.Func) bool {
	n := f.NumBlocks()
	flags := s.flags(3 * n)
	seen := flags[2*n:]
	l := &layout{placed: flags[:n], aside: flags[n : 2*n], waiting: s.numbers(n)}
	for _, b := range s.flow(f).Order {
		seen[b.ID] = true
		for _, s := range b.Term.Succs {
			if !seen[s.ID] {
				l.waiting[s.ID]++ // an edge that doesn't go back
			}
		}
	}
	room := append(s.order[:0], make([]*ir.Block, 3*n)...)
	l.order, l.ready, l.cold = room[:0:n], append(room[n:n:2*n], f.Blocks[0]), room[2*n:2*n:3*n]
	for b := l.next(); b != nil; b = l.next() {
		l.placed[b.ID] = true
		l.order = append(l.order, b)
		if !l.aside[b.ID] {
			first, last := expectedLast(&b.Term)
			if first >= 0 {
				l.reach(b, first)
			}
			if last >= 0 {
				l.reach(b, last)
			}
		}
	}
	changed := len(l.order) == len(f.Blocks) && !slices.Equal(f.Blocks, l.order)
	if changed {
		copy(f.Blocks, l.order)
	}
	clear(room)
	s.order = room
	return changed
}

// layout is the state of the walk.
type layout struct {
	placed  []bool
	aside   []bool
	waiting []int32     // by block ID: edges from blocks that aren't placed yet, back edges not counted
	ready   []*ir.Block // a stack: the next block is on top
	cold    []*ir.Block // ready, but unlikely
	order   []*ir.Block
}

// next takes the block to place.
func (l *layout) next() *ir.Block {
	for _, list := range []*[]*ir.Block{&l.ready, &l.cold} {
		for len(*list) > 0 {
			b := (*list)[len(*list)-1]
			*list = (*list)[:len(*list)-1]
			if !l.placed[b.ID] {
				return b
			}
		}
	}
	return nil
}

// reach notes that the way to the i-th successor is placed.
func (l *layout) reach(b *ir.Block, i int) {
	s := b.Term.Succs[i]
	if l.placed[s.ID] {
		return
	}
	if l.waiting[s.ID]--; l.waiting[s.ID] > 0 {
		return
	}
	if likely := expected(&b.Term); likely >= 0 && likely != i {
		l.setAside(s)
		return
	}
	l.ready = append(l.ready, s)
}

// setAside puts an unlikely block behind the others. Where it leads doesn't wait for it.
func (l *layout) setAside(b *ir.Block) {
	l.cold = append(l.cold, b)
	l.aside[b.ID] = true
	for _, s := range b.Term.Succs {
		if l.waiting[s.ID]--; l.waiting[s.ID] == 0 && !l.placed[s.ID] {
			l.ready = append(l.ready, s)
		}
	}
}

// expected is the successor that is likely, -1 where nothing is known. Pointers are rarely null.
func expected(t *ir.Term) int {
	if t.Kind != ir.TermBranch {
		return -1
	}
	if t.Likely != 0 {
		return int(t.Likely) - 1
	}
	if _, i, ok := t.NonNull(); ok {
		return i
	}
	return -1
}

// expectedLast is the order in which successors are stacked: the one to follow comes last. Without an opinion that is
// one that goes on rather than one that returns, then the one for the condition not holding. There is none at -1.
func expectedLast(t *ir.Term) (first, last int) {
	switch {
	case t.Kind == ir.TermJump:
		return -1, 0
	case t.Kind != ir.TermBranch:
		return -1, -1
	}
	follow := expected(t)
	if follow < 0 {
		follow = 1
		if t.Succs[1].Term.Kind == ir.TermReturn && t.Succs[0].Term.Kind != ir.TermReturn {
			follow = 0
		}
	}
	return 1 - follow, follow
}
