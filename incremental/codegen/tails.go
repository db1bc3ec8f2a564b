package codegen

import "slices"

const (
	// minTail is how many instructions two blocks must end in alike for one of them to jump into the other: the jump
	// hides from the user's lines which way the program came.
	minTail = 2
	// minReturn is the same for returns: setting the result says little of the way.
	minReturn = 1
	// tailGroup bounds how many blocks with one successor are compared with each other.
	tailGroup = 24
)

// mergeTails lets blocks that end alike, and go on at the same place, share that end. It reports whether it found
// any.
func (m *function) mergeTails() bool {
	n := len(m.blocks)
	groups, pool := m.mem.lists.Take(n+1), &m.mem.pool // of blocks, by the index of the one that they jump to; behind those, the returns
	pool.empty()
	order := m.mem.ints.Take(n + 1)[:0]
	for _, b := range m.blocks {
		to, least := n, minReturn
		if b.term.kind != termExit {
			to, least = b.term.to[0].index, minTail
		}
		if b.term.kind == termBranch || len(b.insns) < least {
			continue
		}
		group := &groups[to]
		if group.n == 0 {
			order = append(order, int32(to))
		}
		if group.n < tailGroup {
			pool.push(group, int32(b.index))
		}
	}
	changed := false
	for _, to := range order {
		least := minTail
		if int(to) == n {
			least = minReturn
		}
		if x, y, n := m.longestTail(pool.of(&groups[to])); n >= least {
			m.shareTail(x, y, n)
			changed = true
		}
	}
	m.tidy = m.tidy && !changed
	return changed
}

// longestTail finds the two of the blocks that have most instructions in common at their ends.
func (m *function) longestTail(indexes []int32) (x, y *block, n int) {
	for i, at := range indexes {
		a := m.blocks[at]
		for _, at := range indexes[:i] {
			b := m.blocks[at]
			if k := commonTail(a, b); k > n {
				x, y, n = b, a, k
			}
		}
	}
	return x, y, n
}

func commonTail(a, b *block) int {
	n := 0
	for n < len(a.insns) && n < len(b.insns) && equalInsns(&a.insns[len(a.insns)-1-n], &b.insns[len(b.insns)-1-n]) {
		n++
	}
	return n
}

// shareTail lets x jump to the last n instructions of y.
func (m *function) shareTail(x, y *block, n int) {
	if len(x.insns) == n {
		x, y = y, x
	}
	tail := y
	if len(y.insns) > n || y == m.blocks[0] {
		tail = &block{insns: slices.Clone(y.insns[len(y.insns)-n:]), term: y.term, depth: y.depth, freq: x.freq + y.freq}
		y.insns = y.insns[:len(y.insns)-n]
		y.term = term{kind: termJump, to: [2]*block{tail}, a: noReg, b: noReg, span: y.term.span}
		m.blocks = append(m.blocks, tail)
	}
	x.insns = x.insns[:len(x.insns)-n]
	x.term = term{kind: termJump, to: [2]*block{tail}, a: noReg, b: noReg, span: x.term.span}
}
