package codegen

import (
	"cmp"
	"math/bits"
	"slices"
)

// allocate gives every virtual register one of R0 to R9 or a home on the stack.
//
// It is iterated register coalescing with conservative tests and optimistic colouring. Registers that get no colour
// are spilled, and the whole is repeated. A spilled register becomes short pieces, which are spilled again only into
// pieces of one instruction, and those always find a register; so the loop ends.
//
// Source: George, Appel, "Iterated Register Coalescing", 1996.
func (m *function) allocate() {
	for {
		m.number()
		a := newAllocator(m)
		a.run()
		if len(a.spilled) == 0 {
			a.assign()
			return
		}
		a.spill()
	}
}

// colors is how many registers there are to give.
const colors = 10

// allocator is one round of colouring.
type allocator struct {
	*graph
	m     *function
	state []nodeState
	alias []reg // by node that is coalesced: with what
	color []int8

	simplify, freeze, costly, work []int32 // worklists: nodes, and moves
	stack                          []int32
	spilled                        []int32
}

// nodeState says in which worklist a node is. An entry of a worklist whose node is in another state is stale.
type nodeState uint8

const (
	inSimplify  nodeState = iota // few neighbours, not in a move
	inFreeze                     // few neighbours, in a move
	inCostly                     // many neighbours
	onStack                      // removed from the graph, to be coloured
	isCoalesced                  // one with alias
)

// moveState says what may become of a move.
type moveState uint8

const (
	moveReady  moveState = iota // to be tried
	moveActive                  // tried in vain; to be tried again when the graph has shrunk
	moveDone                    // coalesced, impossible or given up
)

func newAllocator(m *function) *allocator {
	n := len(m.regs)
	a := &allocator{graph: m.buildGraph(), m: m, state: m.mem.states.Take(n), alias: m.mem.regs.Take(n), color: m.mem.colors.Take(n)}
	list := func(n int) []int32 { return m.mem.ints.Take(n)[:0] }
	a.work, a.stack, a.simplify, a.freeze, a.costly = list(len(a.moves)), list(n), list(n), list(n), list(n)
	for i := range a.moves {
		a.work = append(a.work, int32(i))
	}
	slices.SortStableFunc(a.work, func(x, y int32) int { return cmp.Compare(a.moves[x].weight, a.moves[y].weight) })
	for v := range int32(n) {
		a.color[v] = -1
		a.place(v)
	}
	return a
}

// place puts a node into the worklist that it belongs to.
func (a *allocator) place(v int32) {
	switch {
	case a.degree[v] >= colors:
		a.state[v] = inCostly
		a.costly = append(a.costly, v)
	case a.inMove(v):
		a.state[v] = inFreeze
		a.freeze = append(a.freeze, v)
	default:
		a.state[v] = inSimplify
		a.simplify = append(a.simplify, v)
	}
}

// inMove reports that some move of v may still be coalesced.
func (a *allocator) inMove(v int32) bool {
	for _, i := range a.of[v] {
		if a.moves[i].state != moveDone {
			return true
		}
	}
	return false
}

func (a *allocator) run() {
	for {
		switch {
		case len(a.simplify) > 0:
			if v := pop(&a.simplify); a.state[v] == inSimplify {
				a.remove(v)
			}
		case len(a.work) > 0:
			if i := pop(&a.work); a.moves[i].state == moveReady {
				a.coalesce(i)
			}
		case len(a.freeze) > 0:
			if v := pop(&a.freeze); a.state[v] == inFreeze {
				a.giveUpMoves(v)
			}
		case len(a.costly) > 0:
			a.chooseSpill()
		default:
			a.colorAll()
			return
		}
	}
}

func pop(list *[]int32) int32 {
	l := *list
	v := l[len(l)-1]
	*list = l[:len(l)-1]
	return v
}

// inGraph reports that v is neither on the stack nor coalesced.
func (a *allocator) inGraph(v int32) bool { return a.state[v] < onStack }

// remove takes a node out of the graph; it will be coloured after everything that stays.
func (a *allocator) remove(v int32) {
	a.state[v] = onStack
	a.stack = append(a.stack, v)
	for _, u := range a.adj[v] {
		if a.inGraph(u) {
			a.loseNeighbour(u)
		}
	}
}

func (a *allocator) loseNeighbour(v int32) {
	a.degree[v]--
	if a.degree[v] != colors-1 || a.state[v] != inCostly {
		return
	}
	a.retryMoves(v)
	for _, u := range a.adj[v] {
		if a.inGraph(u) {
			a.retryMoves(u)
		}
	}
	a.place(v)
}

func (a *allocator) retryMoves(v int32) {
	for _, i := range a.of[v] {
		if a.moves[i].state == moveActive {
			a.moves[i].state = moveReady
			a.work = append(a.work, i)
		}
	}
}

// find is what the register has been coalesced into.
func (a *allocator) find(r reg) reg {
	for r >= firstVirtual && a.state[r-firstVirtual] == isCoalesced {
		r = a.alias[r-firstVirtual]
	}
	return r
}

func (a *allocator) coalesce(i int32) {
	mv := &a.moves[i]
	u, v := a.find(mv.dst), a.find(mv.src)
	if v < firstVirtual {
		u, v = v, u // a physical register comes first
	}
	switch {
	case u == v:
		mv.state = moveDone
		a.settle(u)
	case v < firstVirtual || a.conflict(u, v):
		mv.state = moveDone
		a.settle(u)
		a.settle(v)
	case a.safe(u, v):
		mv.state = moveDone
		a.combine(u, v)
		a.settle(u)
	default:
		mv.state = moveActive
	}
}

func (a *allocator) conflict(u, v reg) bool {
	if u < firstVirtual {
		return a.forbid[v-firstVirtual]>>u&1 != 0 || u == r10
	}
	return a.edges.has(int32(u-firstVirtual), int32(v-firstVirtual))
}

// settle moves a node on that is in no move any more.
func (a *allocator) settle(r reg) {
	if r < firstVirtual {
		return
	}
	v := int32(r - firstVirtual)
	if a.state[v] == inFreeze && !a.inMove(v) {
		a.place(v)
	}
}

// safe reports that the graph stays as colourable when u and v become one: the tests of George and of Briggs.
func (a *allocator) safe(u, v reg) bool {
	if a.absorbs(u, v) {
		return true
	}
	if u < firstVirtual {
		return false
	}
	if a.absorbs(v, u) {
		return true
	}
	x, y := int32(u-firstVirtual), int32(v-firstVirtual)
	many := bits.OnesCount16(uint16(a.forbid[x] | a.forbid[y]))
	for _, t := range a.adj[x] {
		if a.inGraph(t) {
			d := a.degree[t]
			if a.edges.has(t, y) {
				d--
			}
			if d >= colors {
				many++
			}
		}
	}
	for _, t := range a.adj[y] {
		if a.inGraph(t) && a.degree[t] >= colors && !a.edges.has(t, x) {
			many++
		}
	}
	return many < colors
}

// absorbs reports that every neighbour of v that matters is one of u already.
func (a *allocator) absorbs(u, v reg) bool {
	y := int32(v - firstVirtual)
	if u >= firstVirtual && a.forbid[y]&^a.forbid[u-firstVirtual] != 0 {
		return false
	}
	for _, t := range a.adj[y] {
		if !a.inGraph(t) || a.degree[t] < colors {
			continue
		}
		if u < firstVirtual {
			if a.forbid[t]>>u&1 == 0 {
				return false
			}
		} else if !a.edges.has(t, int32(u-firstVirtual)) {
			return false
		}
	}
	return true
}

// combine makes v the same node as u.
func (a *allocator) combine(u, v reg) {
	y := int32(v - firstVirtual)
	a.state[y] = isCoalesced
	a.alias[y] = u
	if u < firstVirtual {
		for _, t := range a.adj[y] {
			if a.inGraph(t) {
				a.forbidRegs(t, 1<<u)
				a.loseNeighbour(t)
			}
		}
		return
	}
	x := int32(u - firstVirtual)
	a.of[x] = append(a.of[x], a.of[y]...)
	a.cost[x] += a.cost[y]
	a.forbidRegs(x, a.forbid[y])
	for _, t := range a.adj[y] {
		if a.inGraph(t) {
			a.connect(t, x)
			a.loseNeighbour(t)
		}
	}
	if a.degree[x] >= colors && a.state[x] != inCostly {
		a.place(x)
	}
}

// giveUpMoves makes a node simplifiable at the price of its copies.
func (a *allocator) giveUpMoves(v int32) {
	for _, i := range a.of[v] {
		mv := &a.moves[i]
		if mv.state == moveDone {
			continue
		}
		mv.state = moveDone
		for _, r := range [2]reg{a.find(mv.dst), a.find(mv.src)} {
			if r >= firstVirtual && int32(r-firstVirtual) != v {
				a.settle(r)
			}
		}
	}
	a.state[v] = inSimplify
	a.simplify = append(a.simplify, v)
}

// chooseSpill removes the node that is cheapest to spill for the room it makes. It may still get a colour.
func (a *allocator) chooseSpill() {
	best, bestAt := float32(0), -1
	kept := a.costly[:0]
	for _, v := range a.costly {
		if a.state[v] != inCostly {
			continue
		}
		if c := a.cost[v] / float32(a.degree[v]); bestAt < 0 || c < best {
			best, bestAt = c, len(kept)
		}
		kept = append(kept, v)
	}
	a.costly = kept
	if bestAt < 0 {
		return
	}
	v := kept[bestAt]
	kept[bestAt] = kept[len(kept)-1]
	a.costly = kept[:len(kept)-1]
	a.giveUpMoves(v)
}

// colorAll gives colours in the reverse order of removal.
func (a *allocator) colorAll() {
	for len(a.stack) > 0 {
		v := pop(&a.stack)
		free := allocatable &^ a.forbid[v]
		for _, u := range a.adj[v] {
			switch r := a.find(firstVirtual + reg(u)); {
			case r < firstVirtual:
				free &^= 1 << r
			case a.color[r-firstVirtual] >= 0:
				free &^= 1 << a.color[r-firstVirtual]
			}
		}
		if free == 0 {
			a.spilled = append(a.spilled, v)
			continue
		}
		a.color[v] = int8(a.pick(v, free))
	}
}

// order is the colours from the least to the most precious.
var order = [colors]reg{r1, r2, r3, r4, r5, r0, r6, r7, r8, r9}

// pick chooses the colour that removes most copies, or else leaves most chances to others.
func (a *allocator) pick(v int32, free regMask) reg {
	var score [colors]float32
	for _, i := range a.of[v] {
		mv := &a.moves[i]
		other := a.find(mv.dst)
		if other == firstVirtual+reg(v) {
			other = a.find(mv.src)
		}
		switch {
		case other < firstVirtual:
			if other != r10 {
				score[other] += mv.weight
			}
		case a.color[other-firstVirtual] >= 0:
			score[a.color[other-firstVirtual]] += mv.weight
		default:
			for c := range score {
				if a.forbid[other-firstVirtual]>>c&1 != 0 {
					score[c] -= mv.weight / 2
				}
			}
		}
	}
	best := noReg
	for _, c := range order {
		if free>>c&1 != 0 && (best == noReg || score[c] > score[best]) {
			best = c
		}
	}
	return best
}

// assign replaces virtual registers by their colours.
func (a *allocator) assign() {
	physical := func(r reg) reg {
		if r = a.find(r); r >= firstVirtual {
			return reg(a.color[r-firstVirtual])
		}
		return r
	}
	for _, b := range a.m.blocks {
		kept := b.insns[:0]
		for _, ins := range b.insns {
			ins.dst, ins.src = physical(ins.dst), physical(ins.src)
			if ins.op != mopDropped && !(ins.op == mopMov && ins.dst == ins.src) {
				kept = append(kept, ins)
			}
		}
		b.insns = kept
		b.term.a, b.term.b = physical(b.term.a), physical(b.term.b)
	}
}
