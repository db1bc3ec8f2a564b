package codegen

import (
	"math/bits"
)

// graph is the interference graph of the virtual registers. Interference with R0 to R9 is a mask at each node, not
// edges.
type graph struct {
	adj    [][]int32
	edges  edgeSet
	forbid []regMask
	degree []int32 // edges plus forbidden registers
	cost   []float32
	moves  []move
	of     [][]int32 // by node: its moves
	defs   []int32   // by node: how many instructions write it
	mem    *scratch
}

// move is a copy that coalescing may remove.
type move struct {
	dst, src reg
	state    moveState
	weight   float32
}

// How many neighbours and moves of a register there is room for before its lists are moved.
const (
	adjRoom  = 12
	moveRoom = 3
)

// spill costs of one access: a copy to or from memory replaces the copy between registers.
const (
	accessCost = 1
	moveCost   = 0.25
	rematCost  = 0.5 // of accessCost, as there is no store
)

// buildGraph scans every block backwards from what is live at its end. It drops instructions whose result nobody
// reads.
func (m *function) buildGraph() *graph {
	n := len(m.regs)
	mem := m.mem
	g := &graph{
		adj: mem.lists.Take(n), forbid: mem.masks.Take(n), degree: mem.ints.Take(n), cost: mem.costs.Take(n),
		of: mem.lists.Take(n), defs: mem.ints.Take(n), moves: mem.moves.Take(n)[:0], mem: mem,
	}
	g.edges.reset(n, mem)
	lists := mem.ints.Take(n * (adjRoom + moveRoom))
	for v := range n {
		g.adj[v], lists = lists[:0:adjRoom], lists[adjRoom:]
		g.of[v], lists = lists[:0:moveRoom], lists[moveRoom:]
	}
	l := m.liveness()
	s := scan{
		m: m, g: g, live: liveSet{sparse: mem.ints.Take(n), dense: mem.ints.Take(n)[:0]},
		seenUse: mem.ints.Take(n), seenDef: mem.ints.Take(n),
	}
	for _, b := range m.blocks {
		s.live.dense = s.live.dense[:0]
		for w, set := range l.out[b.index] {
			for ; set != 0; set &= set - 1 {
				s.live.add(l.regs[w*64+bits.TrailingZeros64(set)])
			}
		}
		s.block(b)
	}
	for v := range m.regs {
		switch info := &m.regs[v]; {
		case info.piece > 1:
			g.cost[v] = unspillable
		case g.defs[v] != 1:
			info.remat = nil
		case info.remat != nil:
			g.cost[v] *= rematCost
		}
	}
	return g
}

// unspillable is the cost of a register that lives for one instruction only.
const unspillable = 1e30

// scan walks a block backwards.
type scan struct {
	m    *function
	g    *graph
	live liveSet
	phys regMask // live physical registers
	freq float32
	// again keeps the instructions that compute a constant; one that has been moved by growth stays valid.
	again []insn
	// segment numbers the runs of instructions between calls; a spilled register costs one access in each.
	segment          int32
	seenUse, seenDef []int32
}

func (s *scan) block(b *block) {
	s.freq = b.freq
	s.segment++
	s.phys = 0
	switch b.term.kind {
	case termExit:
		s.phys = 1 << r0
	case termBranch:
		s.use(b.term.a, accessCost)
		s.use(b.term.b, accessCost)
	}
	for k := len(b.insns) - 1; k >= 0; k-- {
		ins := &b.insns[k]
		d := ins.def()
		if d >= firstVirtual && ins.pure() && !s.live.has(int32(d-firstVirtual)) {
			ins.op = mopDropped
			continue
		}
		cost := float32(accessCost)
		if ins.isMove() {
			cost = moveCost
			s.move(ins)
		}
		if ins.op == mopCall {
			s.call(ins)
			continue
		}
		s.def(ins, d, cost)
		x, y := ins.uses()
		s.use(x, cost)
		s.use(y, cost)
	}
}

func (s *scan) call(ins *insn) {
	for _, v := range s.live.dense {
		s.g.forbidRegs(v, callerSaved)
	}
	s.phys = s.phys&^callerSaved | ins.argMask()
	s.segment++
}

func (s *scan) move(ins *insn) {
	if ins.dst == ins.src {
		return
	}
	i := int32(len(s.g.moves))
	s.g.moves = append(s.g.moves, move{dst: ins.dst, src: ins.src, weight: s.freq})
	for _, r := range [2]reg{ins.dst, ins.src} {
		if r >= firstVirtual {
			s.g.of[r-firstVirtual] = append(s.g.of[r-firstVirtual], i)
		}
	}
}

// def makes what an instruction writes interfere with everything live after it, but for the source of a copy.
func (s *scan) def(ins *insn, d reg, cost float32) {
	if d == noReg {
		return
	}
	except := noReg
	if ins.isMove() {
		except = ins.src
	}
	if d < firstVirtual {
		s.phys &^= 1 << d
		for _, v := range s.live.dense {
			if v+int32(firstVirtual) != int32(except) {
				s.g.forbidRegs(v, 1<<d)
			}
		}
		return
	}
	v := int32(d - firstVirtual)
	s.live.remove(v)
	phys := s.phys
	if except >= 0 && except < firstVirtual {
		phys &^= 1 << except
	}
	s.g.forbidRegs(v, phys)
	for _, u := range s.live.dense {
		if u+int32(firstVirtual) != int32(except) {
			s.g.connect(v, u)
		}
	}
	s.g.defs[v]++
	switch ins.op {
	case mopImm, mopLea, mopMap, mopValue, mopFunc:
		s.again = append(s.again, *ins)
		s.m.regs[v].remat = &s.again[len(s.again)-1]
	}
	if s.seenDef[v] != s.segment {
		s.seenDef[v] = s.segment
		s.g.cost[v] += s.freq * cost
	}
}

func (s *scan) use(r reg, cost float32) {
	if r < 0 {
		return
	}
	if r < firstVirtual {
		if r != r10 {
			s.phys |= 1 << r
		}
		return
	}
	v := int32(r - firstVirtual)
	s.live.add(v)
	if s.seenUse[v] != s.segment || cost < accessCost {
		if cost >= accessCost {
			s.seenUse[v] = s.segment
		}
		s.g.cost[v] += s.freq * cost
	}
}

// connect adds an edge.
func (g *graph) connect(u, v int32) {
	if u == v || !g.edges.add(u, v) {
		return
	}
	g.adj[u] = g.mem.ints.Push(g.adj[u], v)
	g.adj[v] = g.mem.ints.Push(g.adj[v], u)
	g.degree[u]++
	g.degree[v]++
}

func (g *graph) forbidRegs(v int32, mask regMask) {
	if more := mask &^ g.forbid[v]; more != 0 {
		g.forbid[v] |= more
		g.degree[v] += int32(bits.OnesCount16(uint16(more)))
	}
}

// edgeSet is a set of unordered pairs: a bit matrix for small functions, a hash table for large ones.
type edgeSet struct {
	n      int
	matrix []uint64
	table  []uint64 // open addressing; 0 is empty, a pair is stored plus one
	used   int
}

// matrixLimit is the number of nodes up to which the matrix is at most 128 kB.
const matrixLimit = 1024

func (s *edgeSet) reset(n int, mem *scratch) {
	s.n = n
	if n <= matrixLimit {
		s.matrix = mem.words.Take((n*n + 63) / 64)
		return
	}
	size := 1 << bits.Len(uint(8*n))
	s.table = mem.words.Take(size)
}

// slot is where the pair is in the table, or the free place where it would be.
func (s *edgeSet) slot(key uint64) int {
	mask := len(s.table) - 1
	i := int(key*0x9E3779B97F4A7C15>>32) & mask
	for s.table[i] != 0 && s.table[i] != key {
		i = (i + 1) & mask
	}
	return i
}

func pairKey(u, v int32) uint64 {
	if u > v {
		u, v = v, u
	}
	return uint64(u)<<32 | uint64(v) + 1
}

func (s *edgeSet) has(u, v int32) bool {
	if s.matrix != nil {
		i := int(min(u, v))*s.n + int(max(u, v))
		return s.matrix[i/64]>>(i%64)&1 != 0
	}
	return s.table[s.slot(pairKey(u, v))] != 0
}

// add reports whether the pair was new.
func (s *edgeSet) add(u, v int32) bool {
	if s.matrix != nil {
		i := int(min(u, v))*s.n + int(max(u, v))
		old := s.matrix[i/64]
		s.matrix[i/64] |= 1 << (i % 64)
		return old != s.matrix[i/64]
	}
	key := pairKey(u, v)
	i := s.slot(key)
	if s.table[i] != 0 {
		return false
	}
	s.table[i] = key
	if s.used++; 2*s.used > len(s.table) {
		old := s.table
		s.table = make([]uint64, 2*len(old))
		for _, k := range old {
			if k != 0 {
				s.table[s.slot(k)] = k
			}
		}
	}
	return true
}
