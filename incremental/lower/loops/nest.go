package loops

import (
	"cmp"
	"slices"

	"go3s/incremental/ir"
)

// nest is the loops of a function, one inside the other, while they are taken out of it one by one. What is done to a loop takes time for
// its own blocks, not for all that the function has.
type nest struct {
	f     *ir.Func
	inner []*loop   // by ID of a block: the innermost loop that it is in
	loops []*loop   // from small to large
	odd   *ir.Block // goes back to a block of a loop that is also entered elsewhere, or nil
	tree  ir.DomTree
	ready []*loop // those inside of which nothing is left to do, from small to large
	// far are loops that are left to the verifier, by values of other loops that they were measured by.
	far map[*ir.Value][]*loop
}

// newNest finds the natural loops of a function.
func newNest(f *ir.Func, dom *ir.DomTree) *nest {
	n := &nest{f: f}
	var latches [][]*ir.Block
	for i, b := range dom.Order {
		for _, s := range b.Term.Succs {
			if dom.Place(s) > i {
				continue
			}
			if !dom.Dominates(s, b) {
				n.odd = cmp.Or(n.odd, b)
				continue
			}
			lp := n.at(s)
			if lp == nil {
				lp = &loop{nest: n, header: s, number: len(n.loops)}
				n.loops, latches = append(n.loops, lp), append(latches, nil)
				n.add(s, lp)
			}
			latches[lp.number] = append(latches[lp.number], b)
		}
	}
	if len(n.loops) == 0 {
		return n
	}
	slices.SortFunc(n.loops, func(a, b *loop) int { return dom.Place(b.header) - dom.Place(a.header) })
	for _, lp := range n.loops {
		n.fill(lp, latches[lp.number])
		lp.sum()
	}
	for _, lp := range slices.Backward(n.loops) {
		if lp.outer != nil {
			lp.depth = lp.outer.depth + 1
		}
	}
	slices.SortFunc(n.loops, smaller)
	return n
}

// smaller orders loops by their numbers of blocks.
func smaller(a, b *loop) int {
	return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.number, b.number))
}

// at is the innermost loop that has the block, or nil.
func (n *nest) at(b *ir.Block) *loop {
	if b.ID < len(n.inner) {
		return n.inner[b.ID]
	}
	return nil
}

// add puts a block into a loop that is the innermost one which has it.
func (n *nest) add(b *ir.Block, lp *loop) {
	lp.own++
	if more := n.f.NumBlocks() - len(n.inner); more > 0 {
		n.inner = append(n.inner, make([]*loop, more)...)
	}
	n.inner[b.ID] = lp
}

// fill puts into a loop all blocks from which its latches are reached without passing the header. Those of inner loops are there already.
func (n *nest) fill(lp *loop, work []*ir.Block) {
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		in := n.at(b)
		if in == nil {
			n.add(b, lp)
			work = append(work, b.Preds...)
			continue
		}
		for in != lp && in.outer != nil {
			in = in.outer
		}
		if in != lp {
			in.outer = lp
			lp.inside = append(lp.inside, in)
			work = append(work, in.header.Preds...)
		}
	}
}

// sum counts the blocks of a loop, with those of the loops inside.
func (lp *loop) sum() {
	lp.size = lp.own
	for _, in := range lp.inside {
		if !in.gone {
			lp.size += in.size
		}
	}
}

// gather lists the blocks of a loop, as they are now.
func (n *nest) gather(lp *loop) {
	n.tree.Within(n.f, lp.header, lp.has)
	lp.blocks = slices.Clone(n.tree.Order)
}

// start puts those loops into ready that have no other ones inside.
func (n *nest) start() {
	for _, lp := range n.loops {
		if lp.waits = len(lp.inside); lp.waits == 0 {
			n.ready = append(n.ready, lp)
		}
	}
}

// next takes the smallest of the loops that are ready, and measures it; nil when there are none left.
func (n *nest) next() *loop {
	if len(n.ready) == 0 {
		return nil
	}
	lp := n.ready[0]
	n.ready = n.ready[1:]
	n.gather(lp)
	lp.measure(&n.tree)
	lp.countWays(&n.tree)
	return lp
}

// leave leaves a loop to the verifier.
func (n *nest) leave(lp *loop) {
	lp.left = true
	for _, v := range lp.far {
		if n.far == nil {
			n.far = map[*ir.Value][]*loop{}
		}
		n.far[v] = append(n.far[v], lp)
	}
	n.settled(lp)
}

// settled says that nothing more is to be done inside of a loop or with it.
func (n *nest) settled(lp *loop) {
	o := lp.outer
	if o == nil {
		return
	}
	o.deep = max(o.deep, lp.deep)
	if o.waits--; o.waits == 0 {
		n.push(o)
	}
}

// push puts a loop into ready.
func (n *nest) push(lp *loop) {
	lp.sum()
	at, _ := slices.BinarySearchFunc(n.ready, lp, smaller)
	n.ready = slices.Insert(n.ready, at, lp)
}

// changed has loops measured once more that were left to the verifier because of a value, and those around them.
func (n *nest) changed(v *ir.Value) {
	list := n.far[v]
	delete(n.far, v)
	for _, lp := range list {
		if lp.gone || !lp.left {
			continue
		}
		lp.left = false
		n.push(lp)
		for o := lp.outer; o != nil; o = o.outer {
			if o.waits++; o.waits > 1 {
				break // it was waiting before
			}
			if !o.left {
				n.ready = slices.DeleteFunc(n.ready, func(r *loop) bool { return r == o })
				break
			}
			o.left = false
		}
	}
}

// remove takes the blocks of a loop that has become a function away.
func (n *nest) remove(lp *loop) {
	for _, b := range lp.blocks {
		b.Unlink()
	}
	lp.deep++
	n.settled(lp)
}

// vanish notes that a loop is not there any more, nor those inside.
func (lp *loop) vanish() {
	lp.gone = true
	for _, in := range lp.inside {
		if !in.gone {
			in.vanish()
		}
	}
}

// holdsGone reports whether a loop inside is not there any more as it was found.
func (lp *loop) holdsGone() bool {
	return slices.ContainsFunc(lp.inside, func(in *loop) bool { return in.gone || in.holdsGone() })
}

// around is the innermost of the loops around a loop that has the block, or nil.
func (lp *loop) around(b *ir.Block) *loop {
	o := lp.outer
	for o != nil && !o.has(b) {
		o = o.outer
	}
	return o
}
