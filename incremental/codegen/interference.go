package codegen

import (
	"math/bits"
	"slices"
)

// graph is the interference graph of the virtual registers. Interference with R0 to R9 is a mask at each node, not
// edges.
type graph struct {
	nodes []node // by virtual register
	edges edgeSet
	moves []move
	// consts are instructions that compute a constant.
	consts []insn
	pool   *pool
}

// node is a virtual register.
type node struct {
	adj    list  // its neighbours
	of     list  // its moves
	degree int32 // edges plus forbidden registers
	forbid regMask
	state  nodeState
	color  int8 // -1 while it has none
	alias  reg  // with what it is coalesced
	cost   float32
	defs   int32 // how many instructions write it
	remat  int32 // 1 + the index into graph.consts of the instruction that computes it anew at any place, 0 where there is none
	// The last segments in which the scan has met a use and a definition.
	seenUse, seenDef int32
}

// again is the instruction that computes a node's register anew at any place, nil where there is none.
func (g *graph) again(v int) *insn {
	if i := g.nodes[v].remat; i > 0 {
		return &g.consts[i-1]
	}
	return nil
}

// move is a copy that coalescing may remove.
type move struct {
	dst, src reg
	state    moveState
	weight   float32
}

// spill costs of one access: a copy to or from memory replaces the copy between registers.
const (
	accessCost = 1
	moveCost   = 0.25
	rematCost  = 0.5 // of accessCost, as there is no store
)

// buildGraph scans every block backwards from what is live at its end. It drops instructions whose result nobody
// reads.
func (a *allocator) buildGraph() {
	m, n := a.m, len(a.m.regs)
	mem := m.mem
	a.graph = graph{nodes: mem.nodes.Take(n), moves: mem.moves.Take(n)[:0], consts: mem.insns.Take(n / 2)[:0], pool: &mem.pool}
	g := &a.graph
	g.pool.empty()
	g.edges.reset(n, mem)
	l := m.liveness()
	s := scan{m: m, g: g, live: liveSet{sparse: mem.ints.Take(n), dense: mem.ints.Take(n)[:0]}}
	for _, b := range m.blocks {
		s.live.dense = s.live.dense[:0]
		for w, set := range l.out.row(b.index) {
			for ; set != 0; set &= set - 1 {
				s.live.add(l.regs[w*64+bits.TrailingZeros64(set)])
			}
		}
		s.block(b)
	}
	for v := range g.nodes {
		switch x := &g.nodes[v]; {
		case m.regs[v].piece > 1:
			x.cost = unspillable
		case x.defs != 1:
			x.remat = 0
		case x.remat > 0:
			x.cost *= rematCost
		}
	}
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
	// segment numbers the runs of instructions between calls; a spilled register costs one access in each.
	segment int32
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
			s.g.pool.push(&s.g.nodes[r-firstVirtual].of, i)
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
	s.g.connectAll(v, s.live.dense, int32(except-firstVirtual))
	x := &s.g.nodes[v]
	x.defs++
	if accesses[ins.op]&isConstant != 0 {
		s.g.consts = append(s.g.consts, *ins)
		x.remat = int32(len(s.g.consts))
	}
	if x.seenDef != s.segment {
		x.seenDef = s.segment
		x.cost += s.freq * cost
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
	x := &s.g.nodes[v]
	if x.seenUse != s.segment || cost < accessCost {
		if cost >= accessCost {
			x.seenUse = s.segment
		}
		x.cost += s.freq * cost
	}
}

// connectAll adds edges from v to all others of a list but one.
func (g *graph) connectAll(v int32, list []int32, except int32) {
	x := &g.nodes[v]
	g.pool.reserve(&x.adj, len(list)+leastRoom)
	for _, u := range list {
		if u != except && g.edges.add(v, u) {
			x.join(u, g.pool)
			g.nodes[u].join(v, g.pool)
		}
	}
}

// connect adds an edge.
func (g *graph) connect(u, v int32) {
	if u == v || !g.edges.add(u, v) {
		return
	}
	g.nodes[u].join(v, g.pool)
	g.nodes[v].join(u, g.pool)
}

// join adds a neighbour.
func (x *node) join(u int32, p *pool) {
	p.push(&x.adj, u)
	x.degree++
}

// neighbours are the nodes that a node has an edge to, also those that are no longer in the graph.
func (g *graph) neighbours(v int32) []int32 { return g.pool.of(&g.nodes[v].adj) }

// movesOf are the indexes of the moves that a node is in.
func (g *graph) movesOf(v int32) []int32 { return g.pool.of(&g.nodes[v].of) }

func (g *graph) forbidRegs(v int32, mask regMask) {
	x := &g.nodes[v]
	if more := mask &^ x.forbid; more != 0 {
		x.forbid |= more
		x.degree += int32(bits.OnesCount16(uint16(more)))
	}
}

// edgeSet is a set of unordered pairs: a bit matrix for small functions, a hash table for large ones. Its memory is used again.
type edgeSet struct {
	words  int      // of a row of the matrix
	matrix []uint64 // each pair is in the rows of both; nil for large functions
	table  []uint64 // open addressing; 0 is empty, a pair is stored plus one
	used   int
}

// matrixLimit is the number of nodes up to which the matrix is at most 2 MB.
const matrixLimit = 4096

// reset makes the set empty, for pairs of n nodes.
func (s *edgeSet) reset(n int, mem *scratch) {
	*s = edgeSet{words: (n + 63) / 64}
	size := n * s.words
	if n > matrixLimit {
		size = 1 << bits.Len(uint(8*n))
	}
	mem.edges = slices.Grow(mem.edges[:0], size)[:size]
	clear(mem.edges)
	if n > matrixLimit {
		s.table = mem.edges
	} else {
		s.matrix = mem.edges
	}
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
	if s.matrix == nil {
		return s.table[s.slot(pairKey(u, v))] != 0
	}
	return s.matrix[int(u)*s.words+int(v)/64]>>(v%64)&1 != 0
}

// add reports whether the pair was new.
func (s *edgeSet) add(u, v int32) bool {
	if s.matrix == nil {
		return s.enter(pairKey(u, v))
	}
	row := &s.matrix[int(u)*s.words+int(v)/64]
	if *row>>(v%64)&1 != 0 {
		return false
	}
	*row |= 1 << (v % 64)
	s.matrix[int(v)*s.words+int(u)/64] |= 1 << (u % 64)
	return true
}

// enter adds to the hash table.
func (s *edgeSet) enter(key uint64) bool {
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
