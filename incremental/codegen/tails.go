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
	// groupRoom is how many of them there is room for before their list is allocated apart.
	groupRoom = 4
)

// mergeTails lets blocks that end alike, and go on at the same place, share that end. It reports whether it found
// any.
func (m *function) mergeTails() bool {
	groups := m.mem.tails // by where a block jumps; nil for returns
	clear(groups)
	order := m.mem.refs.Take(len(m.blocks))[:0]
	for _, b := range m.blocks {
		to := b.term.to[0]
		if b.term.kind == termExit {
			to = nil
		}
		if b.term.kind == termBranch || len(b.insns) < leastTail(to) {
			continue
		}
		group := groups[to]
		if len(group) == 0 {
			order = append(order, to)
			group = m.mem.refs.Take(groupRoom)[:0]
		}
		if len(group) < tailGroup {
			groups[to] = append(group, b)
		}
	}
	changed := false
	for _, to := range order {
		if x, y, n := longestTail(groups[to]); n >= leastTail(to) {
			m.shareTail(x, y, n)
			changed = true
		}
	}
	if changed {
		m.number()
	}
	return changed
}

// leastTail is how much blocks that go on at the given block, nil for returns, must have in common.
func leastTail(to *block) int {
	if to == nil {
		return minReturn
	}
	return minTail
}

// longestTail finds the two blocks that have most instructions in common at their ends.
func longestTail(blocks []*block) (x, y *block, n int) {
	for i, a := range blocks {
		for _, b := range blocks[:i] {
			if k := commonTail(a, b); k > n {
				x, y, n = b, a, k
			}
		}
	}
	return x, y, n
}

func commonTail(a, b *block) int {
	n := 0
	for n < len(a.insns) && n < len(b.insns) && equalInsns(a.insns[len(a.insns)-1-n], b.insns[len(b.insns)-1-n]) {
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
