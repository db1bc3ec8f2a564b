package codegen

// measureLoops sets every block's depth, which is how many natural loops it is in, and its frequency.
func (m *function) measureLoops() {
	order := m.postorder()
	if len(order) == 0 {
		return
	}
	rank := m.mem.wide.Take(len(m.blocks)) // 1 + place in postorder, 0 where unreachable
	for i, b := range order {
		rank[b.index] = i + 1
	}
	idom := m.dominators(order, rank)
	dominates := func(a, b *block) bool {
		for rank[b.index] < rank[a.index] {
			b = idom[b.index]
		}
		return a == b
	}
	defer m.guessFrequencies(order, dominates)
	seen := m.mem.wide.Take(len(m.blocks))
	for i, head := range order {
		var stack []*block
		for _, p := range head.preds {
			if rank[p.index] > 0 && dominates(head, p) {
				stack = append(stack, p)
			}
		}
		if len(stack) == 0 {
			continue
		}
		mark := i + 1
		seen[head.index] = mark
		head.depth++
		for len(stack) > 0 {
			b := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[b.index] == mark || rank[b.index] == 0 {
				continue
			}
			seen[b.index] = mark
			b.depth++
			stack = append(stack, b.preds...)
		}
	}
}

// loopRuns is how often a loop is guessed to run.
const loopRuns = 8

// guessFrequencies spreads one run of the entry over the ways that branches take; loops multiply it.
func (m *function) guessFrequencies(order []*block, dominates func(a, b *block) bool) {
	m.blocks[0].freq = 1
	for i := len(order) - 1; i >= 0; i-- {
		b := order[i]
		for _, p := range b.preds {
			if dominates(b, p) {
				b.freq *= loopRuns
				break
			}
		}
		for k, s := range b.term.succs() {
			if !dominates(s, b) {
				s.freq += b.freq * b.loopProbability(k)
			}
		}
	}
}

// loopProbability is how likely the i-th way is taken, given that loops run loopRuns times.
func (b *block) loopProbability(i int) float32 {
	succs := b.term.succs()
	leaves := func(i int) bool { return succs[i].depth < b.depth }
	switch {
	case len(succs) < 2 || leaves(0) == leaves(1):
		return b.probability(i)
	case leaves(i):
		return 1.0 / loopRuns
	}
	return 1 - 1.0/loopRuns
}

// postorder is the reachable blocks, each after its successors where there is no loop. The blocks must be numbered.
func (m *function) postorder() []*block {
	if m.order == nil {
		m.order = m.findPostorder()
	}
	return m.order
}

func (m *function) findPostorder() []*block {
	type frame struct {
		b    *block
		next int
	}
	order := m.mem.refs.Take(len(m.blocks))[:0]
	seen := m.mem.flags.Take(len(m.blocks))
	seen[m.blocks[0].index] = true
	stack := append(make([]frame, 0, 32), frame{b: m.blocks[0]})
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		succs := top.b.term.succs()
		if top.next == len(succs) {
			order = append(order, top.b)
			stack = stack[:len(stack)-1]
			continue
		}
		s := succs[top.next]
		top.next++
		if !seen[s.index] {
			seen[s.index] = true
			stack = append(stack, frame{b: s})
		}
	}
	return order
}

// dominators is the immediate dominator of every reachable block, by block index; the entry's is itself.
//
// Source: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001.
func (m *function) dominators(order []*block, rank []int) []*block {
	idom := m.mem.refs.Take(len(m.blocks))
	entry := m.blocks[0]
	idom[entry.index] = entry
	meet := func(a, b *block) *block {
		for a != b {
			for rank[a.index] < rank[b.index] {
				a = idom[a.index]
			}
			for rank[b.index] < rank[a.index] {
				b = idom[b.index]
			}
		}
		return a
	}
	for changed := true; changed; {
		changed = false
		for i := len(order) - 2; i >= 0; i-- {
			b := order[i]
			var dom *block
			for _, p := range b.preds {
				switch {
				case idom[p.index] == nil:
				case dom == nil:
					dom = p
				default:
					dom = meet(dom, p)
				}
			}
			if dom != idom[b.index] {
				idom[b.index] = dom
				changed = true
			}
		}
	}
	return idom
}
