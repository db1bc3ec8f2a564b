package codegen

import (
	"math"
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
		a := allocator{m: m}
		a.buildGraph()
		a.start()
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
	graph
	m *function

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

// start fills the worklists.
func (a *allocator) start() {
	n := len(a.nodes)
	list := func(n int) []int32 { return a.m.mem.ints.Take(n)[:0] }
	a.work, a.stack, a.simplify, a.freeze, a.costly = list(len(a.moves)), list(n), list(n), list(n), list(n)
	a.spilled = list(n)
	a.orderMoves()
	for v := range int32(n) {
		a.nodes[v].color = -1
		a.place(v)
	}
}

// orderMoves lists the moves so that the heaviest are tried first, of equal ones the last.
func (a *allocator) orderMoves() {
	keys := a.m.mem.words.Take(len(a.moves)) // no weight is negative: their bits are in the order of the numbers
	for i := range a.moves {
		keys[i] = uint64(math.Float32bits(a.moves[i].weight))<<32 | uint64(i)
	}
	slices.Sort(keys)
	for _, k := range keys {
		a.work = append(a.work, int32(uint32(k)))
	}
}

// place puts a node into the worklist that it belongs to.
func (a *allocator) place(v int32) {
	switch {
	case a.nodes[v].degree >= colors:
		a.nodes[v].state = inCostly
		a.costly = append(a.costly, v)
	case a.inMove(v):
		a.nodes[v].state = inFreeze
		a.freeze = append(a.freeze, v)
	default:
		a.nodes[v].state = inSimplify
		a.simplify = append(a.simplify, v)
	}
}

// inMove reports that some move of v may still be coalesced.
func (a *allocator) inMove(v int32) bool {
	for _, i := range a.movesOf(v) {
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
			if v := pop(&a.simplify); a.nodes[v].state == inSimplify {
				a.remove(v)
			}
		case len(a.work) > 0:
			if i := pop(&a.work); a.moves[i].state == moveReady {
				a.coalesce(i)
			}
		case len(a.freeze) > 0:
			if v := pop(&a.freeze); a.nodes[v].state == inFreeze {
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
func (a *allocator) inGraph(v int32) bool { return a.nodes[v].state < onStack }

// remove takes a node out of the graph; it will be coloured after everything that stays.
func (a *allocator) remove(v int32) {
	a.nodes[v].state = onStack
	a.stack = append(a.stack, v)
	for _, u := range a.neighbours(v) {
		if a.inGraph(u) {
			a.loseNeighbour(u)
		}
	}
}

func (a *allocator) loseNeighbour(v int32) {
	a.nodes[v].degree--
	if a.nodes[v].degree != colors-1 || a.nodes[v].state != inCostly {
		return
	}
	a.retryMoves(v)
	for _, u := range a.neighbours(v) {
		if a.inGraph(u) {
			a.retryMoves(u)
		}
	}
	a.place(v)
}

func (a *allocator) retryMoves(v int32) {
	for _, i := range a.movesOf(v) {
		if a.moves[i].state == moveActive {
			a.moves[i].state = moveReady
			a.work = append(a.work, i)
		}
	}
}

// find is what the register has been coalesced into.
func (a *allocator) find(r reg) reg {
	for r >= firstVirtual && a.nodes[r-firstVirtual].state == isCoalesced {
		n := &a.nodes[r-firstVirtual]
		if next := n.alias; next >= firstVirtual && a.nodes[next-firstVirtual].state == isCoalesced {
			n.alias = a.nodes[next-firstVirtual].alias // half as far the next time
		}
		r = n.alias
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
		a.settle(a.find(u))
	default:
		mv.state = moveActive
	}
}

func (a *allocator) conflict(u, v reg) bool {
	if u < firstVirtual {
		return a.nodes[v-firstVirtual].forbid>>u&1 != 0 || u == r10
	}
	return a.edges.has(int32(u-firstVirtual), int32(v-firstVirtual))
}

// settle moves a node on that is in no move any more.
func (a *allocator) settle(r reg) {
	if r < firstVirtual {
		return
	}
	v := int32(r - firstVirtual)
	if a.nodes[v].state == inFreeze && !a.inMove(v) {
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
	many := bits.OnesCount16(uint16(a.nodes[x].forbid | a.nodes[y].forbid))
	for _, t := range a.neighbours(x) {
		if a.inGraph(t) {
			d := a.nodes[t].degree
			if a.edges.has(t, y) {
				d--
			}
			if d >= colors {
				many++
			}
		}
	}
	for _, t := range a.neighbours(y) {
		if a.inGraph(t) && a.nodes[t].degree >= colors && !a.edges.has(t, x) {
			many++
		}
	}
	return many < colors
}

// absorbs reports that every neighbour of v that matters is one of u already.
func (a *allocator) absorbs(u, v reg) bool {
	y := int32(v - firstVirtual)
	if u >= firstVirtual && a.nodes[y].forbid&^a.nodes[u-firstVirtual].forbid != 0 {
		return false
	}
	for _, t := range a.neighbours(y) {
		if !a.inGraph(t) || a.nodes[t].degree < colors {
			continue
		}
		if u < firstVirtual {
			if a.nodes[t].forbid>>u&1 == 0 {
				return false
			}
		} else if !a.edges.has(t, int32(u-firstVirtual)) {
			return false
		}
	}
	return true
}

// manyNeighbours is from how many neighbours on the node that has more of them stays.
const manyNeighbours = 256

// combine makes v the same node as u, or u the same as v where that has so many more neighbours that to list them again would take time.
func (a *allocator) combine(u, v reg) {
	if n := len(a.neighbours(int32(v - firstVirtual))); n >= manyNeighbours && u >= firstVirtual && n > len(a.neighbours(int32(u-firstVirtual))) {
		u, v = v, u
	}
	y := int32(v - firstVirtual)
	a.nodes[y].state = isCoalesced
	a.nodes[y].alias = u
	if u < firstVirtual {
		for _, t := range a.neighbours(y) {
			if a.inGraph(t) {
				a.forbidRegs(t, 1<<u)
				a.loseNeighbour(t)
			}
		}
		return
	}
	x := int32(u - firstVirtual)
	for _, i := range a.movesOf(y) {
		if mv := &a.moves[i]; mv.state != moveDone || a.find(mv.dst) != a.find(mv.src) {
			a.pool.push(&a.nodes[x].of, i)
		}
	}
	a.nodes[x].cost += a.nodes[y].cost
	a.forbidRegs(x, a.nodes[y].forbid)
	for _, t := range a.neighbours(y) {
		if a.inGraph(t) {
			a.connect(t, x)
			a.loseNeighbour(t)
		}
	}
	if a.nodes[x].degree >= colors && a.nodes[x].state != inCostly {
		a.place(x)
	}
}

// giveUpMoves makes a node simplifiable at the price of its copies.
func (a *allocator) giveUpMoves(v int32) {
	for _, i := range a.movesOf(v) {
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
	a.nodes[v].state = inSimplify
	a.simplify = append(a.simplify, v)
}

// chooseSpill removes the node that is cheapest to spill for the room it makes. It may still get a colour.
func (a *allocator) chooseSpill() {
	best, bestAt := float32(0), -1
	kept := a.costly[:0]
	for _, v := range a.costly {
		if a.nodes[v].state != inCostly {
			continue
		}
		if c := a.nodes[v].cost / float32(a.nodes[v].degree); bestAt < 0 || c < best {
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
		free := allocatable &^ a.nodes[v].forbid
		for _, u := range a.neighbours(v) {
			if r := a.physical(firstVirtual + reg(u)); r >= 0 {
				free &^= 1 << r
			}
		}
		if free == 0 {
			a.spilled = append(a.spilled, v)
			continue
		}
		a.nodes[v].color = int8(a.pick(v, free))
	}
}

// physical is the register that a register has become, noReg as long as that is open.
func (a *allocator) physical(r reg) reg {
	if r = a.find(r); r >= firstVirtual {
		return reg(a.nodes[r-firstVirtual].color)
	}
	return r
}

// order is the colours from the least to the most precious.
var order = [colors]reg{r1, r2, r3, r4, r5, r0, r6, r7, r8, r9}

// pick chooses the colour that removes most copies, or else leaves most chances to others.
func (a *allocator) pick(v int32, free regMask) reg {
	moves := a.movesOf(v)
	if len(moves) == 0 {
		return order[slices.IndexFunc(order[:], func(r reg) bool { return free>>r&1 != 0 })]
	}
	var score [colors]float32
	for _, i := range moves {
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
		case a.nodes[other-firstVirtual].color >= 0:
			score[a.nodes[other-firstVirtual].color] += mv.weight
		default:
			for c := range score {
				if a.nodes[other-firstVirtual].forbid>>c&1 != 0 {
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
	for _, b := range a.m.blocks {
		kept := b.insns[:0]
		for _, ins := range b.insns {
			ins.dst, ins.src = a.physical(ins.dst), a.physical(ins.src)
			if ins.op != mopDropped && !(ins.op == mopMov && ins.dst == ins.src) {
				kept = append(kept, ins)
			}
		}
		b.insns = kept
		b.term.a, b.term.b = a.physical(b.term.a), a.physical(b.term.b)
	}
}
