package codegen

import (
	"cmp"
	"slices"

	"go3s/incremental/ir"
)

// placer orders blocks so that as few jumps as possible are needed: it joins blocks to chains that fall through.
//
// A block that ends in a jump needs its one successor next; a branch is content with either, so the jumps choose
// first, and after them the branches that have only one way left. Among equals the way that is taken most often
// wins; so a loop is turned around, its test at the end. Source of the chains: Pettis, Hansen, "Profile Guided
// Code Positioning", 1990.
type placer struct {
	m          *function
	next, prev []*block // by block index
	chain      []int    // by block index: the chain's root in a union-find
}

// placeBlocks reorders m.blocks; the entry stays first.
func (m *function) placeBlocks() {
	if m.target.Forward {
		m.blocks = m.postorder()
		slices.Reverse(m.blocks)
		m.number()
		return
	}
	n := len(m.blocks)
	p := placer{m: m, next: m.mem.refs.Take(n), prev: m.mem.refs.Take(n), chain: m.mem.wide.Take(n)}
	for i := range p.chain {
		p.chain[i] = i
	}
	hot := append(m.mem.refs.Take(n)[:0], m.blocks...)
	slices.SortStableFunc(hot, func(x, y *block) int { return -cmp.Compare(x.freq, y.freq) })
	for _, b := range hot {
		if b.term.kind == termJump && p.joinable(b, b.term.to[0]) {
			p.join(b, b.term.to[0])
		}
	}
	for _, single := range [2]bool{true, false} {
		for _, b := range hot {
			if b.term.kind == termBranch && p.next[b.index] == nil {
				p.joinBranch(b, single)
			}
		}
	}
	p.order()
}

// joinBranch joins a branch with the likelier of its ways that are free; single asks for those with only one.
func (p *placer) joinBranch(b *block, single bool) {
	first := b.term.cond != ir.Set && p.joinable(b, b.term.to[0]) // the opposite of Set can't be tested
	second := p.joinable(b, b.term.to[1])
	switch {
	case single && first && second:
	case first && (!second || b.probability(0) > b.probability(1)):
		p.join(b, b.term.to[0])
	case second:
		p.join(b, b.term.to[1])
	}
}

// probability is how likely the i-th way of a block is taken.
func (b *block) probability(i int) float32 {
	switch {
	case b.term.kind != termBranch:
		return 1
	case b.term.likely == 0:
		return 0.5
	case int(b.term.likely) == i+1:
		return 0.95
	}
	return 0.05
}

func (p *placer) root(i int) int {
	for p.chain[i] != i {
		p.chain[i] = p.chain[p.chain[i]]
		i = p.chain[i]
	}
	return i
}

// joinable reports that b can end a chain that to goes on with.
func (p *placer) joinable(b, to *block) bool {
	return to.index != 0 && p.next[b.index] == nil && p.prev[to.index] == nil && p.root(b.index) != p.root(to.index)
}

func (p *placer) join(b, to *block) {
	p.next[b.index], p.prev[to.index] = to, b
	p.chain[p.root(to.index)] = p.root(b.index)
}

// order writes the chains one after the other, each where its first block was.
func (p *placer) order() {
	placed := p.m.mem.refs.Take(len(p.m.blocks))[:0]
	for _, b := range p.m.blocks {
		if p.prev[b.index] == nil {
			for ; b != nil; b = p.next[b.index] {
				placed = append(placed, b)
			}
		}
	}
	p.m.blocks = placed
	p.m.number()
}
