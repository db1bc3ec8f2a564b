package codegen

// liveness is which virtual registers are live at the ends of blocks. Registers that live inside of one block only
// have no place in the sets, which keeps them short.
type liveness struct {
	place []int32 // by virtual register: its bit in the sets, -1 where it is local
	regs  []int32 // by bit: the virtual register
	out   [][]uint64
}

func (m *function) liveness() *liveness {
	l := &liveness{place: m.mem.ints.Take(len(m.regs))}
	m.findGlobals(l)
	words := (len(l.regs) + 63) / 64
	store := m.mem.words.Take(4 * words * len(m.blocks))
	set := func() []uint64 {
		s := store[:words:words]
		store = store[words:]
		return s
	}
	n := len(m.blocks)
	gen, kill, in := m.mem.sets.Take(n), m.mem.sets.Take(n), m.mem.sets.Take(n)
	l.out = m.mem.sets.Take(n)
	for i, b := range m.blocks {
		gen[i], kill[i], in[i], l.out[i] = set(), set(), set(), set()
		m.transfer(l, b, gen[i], kill[i])
	}
	order := m.postorder()
	for changed := true; changed; {
		changed = false
		for _, b := range order {
			i := b.index
			for _, s := range b.term.succs() {
				for w, bits := range in[s.index] {
					l.out[i][w] |= bits
				}
			}
			for w := range in[i] {
				if n := gen[i][w] | l.out[i][w]&^kill[i][w]; n != in[i][w] {
					in[i][w] = n
					changed = true
				}
			}
		}
	}
	return l
}

// findGlobals gives a place to the registers that some block reads before it writes them.
func (m *function) findGlobals(l *liveness) {
	const local = -1
	written := m.mem.ints.Take(len(m.regs)) // 1 + the index of the last block that wrote the register
	for v := range l.place {
		l.place[v] = local
	}
	for i, b := range m.blocks {
		read := func(r reg) {
			if v := r - firstVirtual; v >= 0 && written[v] != int32(i)+1 && l.place[v] == local {
				l.place[v] = int32(len(l.regs))
				l.regs = append(l.regs, int32(v))
			}
		}
		for k := range b.insns {
			ins := &b.insns[k]
			x, y := ins.uses()
			read(x)
			read(y)
			if v := ins.def() - firstVirtual; v >= 0 {
				written[v] = int32(i) + 1
			}
		}
		if b.term.kind == termBranch {
			read(b.term.a)
			read(b.term.b)
		}
	}
}

// transfer fills in what the block reads before it writes it, and what it writes.
func (m *function) transfer(l *liveness, b *block, gen, kill []uint64) {
	read := func(r reg) {
		if r >= firstVirtual {
			if p := l.place[r-firstVirtual]; p >= 0 {
				gen[p/64] |= (1 << (p % 64)) &^ kill[p/64]
			}
		}
	}
	for k := range b.insns {
		ins := &b.insns[k]
		x, y := ins.uses()
		read(x)
		read(y)
		if d := ins.def(); d >= firstVirtual {
			if p := l.place[d-firstVirtual]; p >= 0 {
				kill[p/64] |= 1 << (p % 64)
			}
		}
	}
	if b.term.kind == termBranch {
		read(b.term.a)
		read(b.term.b)
	}
}

// liveSet is a set of virtual registers with constant-time changes and fast iteration.
type liveSet struct {
	dense  []int32
	sparse []int32 // by register: its place in dense
}

func (s *liveSet) has(v int32) bool {
	p := s.sparse[v]
	return int(p) < len(s.dense) && s.dense[p] == v
}

func (s *liveSet) add(v int32) {
	if !s.has(v) {
		s.sparse[v] = int32(len(s.dense))
		s.dense = append(s.dense, v)
	}
}

func (s *liveSet) remove(v int32) {
	if s.has(v) {
		last := s.dense[len(s.dense)-1]
		s.dense[s.sparse[v]] = last
		s.sparse[last] = s.sparse[v]
		s.dense = s.dense[:len(s.dense)-1]
	}
}
