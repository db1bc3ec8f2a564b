package codegen

// liveness is which virtual registers are live at the ends of blocks. Registers that live inside of one block only
// have no place in the sets, which keeps them short.
type liveness struct {
	place []int32 // by virtual register: 1 + its bit in the sets, 0 where it is local
	regs  []int32 // by bit: the virtual register
	out   bitRows // by block
}

// bitRows is a set of small numbers for each of several things, all in one piece of memory.
type bitRows struct {
	words int // of a row
	bits  []uint64
}

func newBitRows(rows, numbers int, mem *scratch) bitRows {
	words := (numbers + 63) / 64
	return bitRows{words, mem.words.Take(rows * words)}
}

// row is one of the sets.
func (r *bitRows) row(i int) []uint64 { return r.bits[i*r.words : (i+1)*r.words] }

func (m *function) liveness() liveness {
	l := liveness{place: m.mem.ints.Take(len(m.regs)), regs: m.mem.ints.Take(len(m.regs))[:0]}
	reads, writes := m.occurrences(&l)
	n, size := len(m.blocks), len(l.regs)
	gen, kill, ins := newBitRows(n, size, m.mem), newBitRows(n, size, m.mem), newBitRows(n, size, m.mem)
	l.out = newBitRows(n, size, m.mem)
	for _, o := range reads {
		bit := l.place[o.reg] - 1
		gen.row(int(o.block))[bit/64] |= 1 << (bit % 64)
	}
	for _, o := range writes {
		if bit := l.place[o.reg] - 1; bit >= 0 {
			kill.row(int(o.block))[bit/64] |= 1 << (bit % 64)
		}
	}
	order := m.postorder()
	for changed := true; changed; {
		changed = false
		for _, b := range order {
			in, out := ins.row(b.index), l.out.row(b.index)
			for _, s := range b.term.succs() {
				for w, bits := range ins.row(s.index) {
					out[w] |= bits
				}
			}
			gen, kill := gen.row(b.index), kill.row(b.index)
			for w := range in {
				if n := gen[w] | out[w]&^kill[w]; n != in[w] {
					in[w] = n
					changed = true
				}
			}
		}
	}
	return l
}

// occurrence is a virtual register in a block.
type occurrence struct{ block, reg int32 }

// occurrences is which registers blocks read before they write them, and which they write. It gives a place to the former.
func (m *function) occurrences(l *liveness) (reads, writes []occurrence) {
	reads, writes = m.mem.reads[:0], m.mem.writes[:0]
	// By virtual register: 1 + the index of the last block that was found to read and to write it.
	read, written := m.mem.ints.Take(len(m.regs)), m.mem.ints.Take(len(m.regs))
	for i, b := range m.blocks {
		block := int32(i)
		note := func(r reg) {
			v := int32(r - firstVirtual)
			if v < 0 || written[v] == block+1 || read[v] == block+1 {
				return
			}
			read[v] = block + 1
			reads = append(reads, occurrence{block, v})
			if l.place[v] == 0 {
				l.regs = append(l.regs, v)
				l.place[v] = int32(len(l.regs))
			}
		}
		for k := range b.insns {
			ins := &b.insns[k]
			x, y := ins.uses()
			note(x)
			note(y)
			if v := ins.def() - firstVirtual; v >= 0 && written[v] != block+1 {
				written[v] = block + 1
				writes = append(writes, occurrence{block, int32(v)})
			}
		}
		if b.term.kind == termBranch {
			note(b.term.a)
			note(b.term.b)
		}
	}
	m.mem.reads, m.mem.writes = reads, writes
	return reads, writes
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
