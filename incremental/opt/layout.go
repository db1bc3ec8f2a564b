package opt

import "go3s/incremental/ir"

// layOut orders the blocks so that the expected way falls through: after a block comes the successor that is likely,
// once all that lead to it are placed; what is unlikely goes behind everything else.
func layOut(_ *state, f *ir.Func) {
	l := &layout{placed: make([]bool, f.NumBlocks()), aside: make([]bool, f.NumBlocks()), waiting: make([]int32, f.NumBlocks())}
	seen := make([]bool, f.NumBlocks())
	for _, b := range f.ReversePostorder() {
		seen[b.ID] = true
		for _, s := range b.Term.Succs {
			if !seen[s.ID] {
				l.waiting[s.ID]++ // an edge that doesn't go back
			}
		}
	}
	l.order = make([]*ir.Block, 0, len(f.Blocks))
	l.ready = append(l.ready, f.Blocks[0])
	for b := l.next(); b != nil; b = l.next() {
		l.placed[b.ID] = true
		l.order = append(l.order, b)
		if !l.aside[b.ID] {
			for _, i := range expectedLast(&b.Term) {
				l.reach(b, i)
			}
		}
	}
	if len(l.order) == len(f.Blocks) {
		copy(f.Blocks, l.order)
	}
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
// one that goes on rather than one that returns, then the one for the condition not holding.
func expectedLast(t *ir.Term) []int {
	switch {
	case t.Kind == ir.TermJump:
		return []int{0}
	case t.Kind != ir.TermBranch:
		return nil
	}
	follow := expected(t)
	if follow < 0 {
		follow = 1
		if t.Succs[1].Term.Kind == ir.TermReturn && t.Succs[0].Term.Kind != ir.TermReturn {
			follow = 0
		}
	}
	return []int{1 - follow, follow}
}
