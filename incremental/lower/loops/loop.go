package loops

import "go3s/incremental/ir"

// Limits of what is left to the verifier, which gives up after 1,000,000 instructions or 8,192 branches whose other side it
// has still to look at.
const (
	maxFollowed = 30_000 // values of the IR in all rounds
	maxForks    = 1_000  // branches in all rounds: the ways through a round multiply where the verifier can not tell that they meet
)

// maxRounds ends a loop whose end is only known at run time, as a fault: a probe must not hold up the host. The kernel's own
// limit, BPF_MAX_LOOPS, is eight times as large.
const maxRounds = 1 << 20

// loop is a natural loop of a function.
type loop struct {
	nest   *nest
	header *ir.Block
	outer  *loop
	inside []*loop // directly
	depth  int     // how many loops are around it
	number int     // in the order in which the verifier comes by
	own    int     // how many blocks are in no loop inside of it
	size   int     // how many there are in all
	waits  int     // how many of the loops inside are neither left to the verifier nor gone
	deep   int     // how many of the loops inside of it, one in the other, have become functions
	left   bool    // it is left to the verifier
	gone   bool    // it has become a function, or one around it has

	blocks []*ir.Block // dominators first
	far    []*ir.Value // of other loops, that it was measured by
	rounds int64       // at most so many, 0 where that is not known
	values int64       // what the verifier follows: IR values in all rounds
	forks  int64       // and branches
	splits int64       // those after which the round goes on both ways: the verifier may have to follow all combinations of them
	called bool        // a round calls bpf_loop
	test   *ir.Block   // where it ends after a number of rounds that the verifier knows, or nil

	through ways // all rounds
	ways    ways // out of them
}

// The most that is left to the verifier where it can tell rounds from each other by what they leave behind. Most ways meet again: where
// the end is known, the first loop seen to take more than 100,000 steps had 2^96 ways. Those that differ in how often a loop was gone
// round do not: 2^37 of them took a million.
const (
	maxSplits       = 100 // in all rounds
	maxSplitRounds  = 20  // of a round with one
	maxCalledRounds = 5
	maxWays         = 1 << 80
	maxUnsureWays   = 1 << 16 // of loops whose end depends on a value
)

// Limits of what is left to the verifier in a program that it gave up on.
const (
	carefulValues = 2_000
	carefulWays   = 1 << 6
)

// followed reports whether the verifier can follow the loop to its end.
func (lp *loop) followed(careful bool) bool {
	switch {
	case careful && (lp.called || lp.values > carefulValues || lp.ways.all > carefulWays):
		return false
	case lp.rounds == 0 || lp.values > maxFollowed || lp.forks > maxForks:
		return false
	case lp.ways.all > maxWays, lp.ways.all > maxUnsureWays && lp.test == nil, lp.ways.rolls > maxUnsureWays:
		return false
	case lp.splits > maxSplits, lp.splits > 0 && lp.rounds > maxSplitRounds, lp.called && lp.rounds > maxCalledRounds:
		return false
	}
	return true
}

// has reports whether a block is part of the loop.
func (lp *loop) has(b *ir.Block) bool {
	in := lp.nest.at(b)
	for in != nil && in.depth > lp.depth {
		in = in.outer
	}
	return in == lp
}

// note keeps a value in mind that the loop is measured by, if it may become one that is known less of.
func (lp *loop) note(v *ir.Value) {
	if lp.nest.at(v.Block) != nil && !lp.has(v.Block) {
		lp.far = append(lp.far, v)
	}
}

// measure finds how long the verifier follows the loop. Inner loops have been measured already.
func (lp *loop) measure(dom *ir.DomTree) {
	lp.rounds, lp.values, lp.forks, lp.splits, lp.called, lp.test, lp.far = 0, 0, 0, 0, false, nil, lp.far[:0]
	for _, in := range lp.inside {
		if !in.gone {
			lp.values += in.values
			lp.forks += in.forks
			lp.splits += in.splits
		}
	}
	leaves := len(lp.header.Phis()) > 1
	for _, b := range lp.blocks {
		for _, v := range b.Values {
			leaves = leaves || v.Op.IsStore() || v.Op == ir.OpMove || v.Op == ir.OpZero
			lp.called = lp.called || v.Op == ir.OpCall && v.Imm == ir.HelperLoop
		}
		lp.values += int64(len(b.Values)) + 1
		if b.Term.Kind == ir.TermBranch {
			lp.forks++
			if lp.has(b.Term.Succs[0]) && lp.has(b.Term.Succs[1]) {
				lp.splits++
			}
		}
		if n, exact := lp.exitRounds(b, dom); n > 0 && (lp.rounds == 0 || n < lp.rounds) {
			lp.rounds, lp.test = n, nil
			if exact {
				lp.test = b
			}
		}
	}
	if !leaves {
		lp.splits = 0 // the ways through a round meet again
	}
	lp.values *= max(lp.rounds, 1)
	lp.forks *= max(lp.rounds, 1)
	lp.splits *= max(lp.rounds, 1)
}

// exitRounds is how often block b lets the loop go round at most, when it leaves the loop by comparing a count with a bound that
// the compiler knows; otherwise 0. It is exact when the verifier knows the count and the bound.
func (lp *loop) exitRounds(b *ir.Block, dom *ir.DomTree) (rounds int64, exact bool) {
	if b.Term.Kind != ir.TermBranch || lp.has(b.Term.Succs[0]) == lp.has(b.Term.Succs[1]) {
		return 0, false
	}
	for _, p := range lp.header.Preds {
		if lp.has(p) && !dom.Dominates(b, p) {
			return 0, false // some rounds don't come by
		}
	}
	c, x, y := b.Term.Cond, b.Term.Args[0], b.Term.Args[1]
	lp.note(x)
	if x.Op == ir.OpCmp && y.Op == ir.OpConst && y.Imm == 0 && c == ir.Ne {
		c, x, y = x.Cond, x.Args[0], x.Args[1]
	}
	if !lp.has(b.Term.Succs[0]) {
		c, _ = c.Negate()
	}
	if n, exact := lp.count(c, x, y); n > 0 {
		return n, exact
	}
	return lp.count(c.Swap(), y, x)
}

// count is how many rounds "x c bound" allows, where x counts the rounds; 0 where it doesn't or where that is not known.
func (lp *loop) count(c ir.Cond, x, bound *ir.Value) (rounds int64, exact bool) {
	low, high, step, steady, ok := lp.induction(x)
	if !ok || step == 0 || lp.has(bound.Block) && bound.Op != ir.OpConst {
		return 0, false
	}
	least, most, ok := lp.valueRange(bound, 0)
	if !ok {
		return 0, false
	}
	if c >= ir.Ult && c <= ir.Uge && (least < 0 || low < 0) {
		return 0, false // large unsigned numbers
	}
	_, top, narrow := lp.valueRange(x, 0)
	var span int64
	switch c {
	case ir.Slt, ir.Ult, ir.Sle, ir.Ule:
		if step < 0 || narrow && most >= top && (c == ir.Sle || c == ir.Ule) {
			return 0, false // it wraps around before it gets there
		}
		span = most - low
	case ir.Sgt, ir.Ugt, ir.Sge, ir.Uge:
		if step > 0 || c == ir.Uge && least <= 0 {
			return 0, false
		}
		span = high - least
	case ir.Ne:
		if !steady || least != most || low != high || (most-low)%step != 0 || (most-low)/step < 0 {
			return 0, false
		}
		span = max(most-low, low-most)
	default:
		return 0, false
	}
	if step < 0 {
		step = -step
	}
	if span > 1<<40 {
		return 1 << 40, false
	}
	return max(span, 0)/step + 2, steady && low == high && least == most
}

// induction takes a value apart that grows by the same step each round, or if not exact by that step or more: a phi of the header,
// or that plus the step. It starts between low and high.
func (lp *loop) induction(x *ir.Value) (low, high, step int64, exact, ok bool) {
	x = unextended(x)
	phi := x
	for phi.Op == ir.OpAdd && phi.Args[1].Op == ir.OpConst {
		phi = unextended(phi.Args[0])
	}
	if phi.Op != ir.OpPhi || phi.Block != lp.header {
		return 0, 0, 0, false, false
	}
	started := false
	exact = true
	for i, p := range lp.header.Preds {
		a := phi.Args[i]
		if !lp.has(p) {
			if low, high, ok = lp.valueRange(a, 0); !ok || started || low != high && low < 0 {
				return 0, 0, 0, false, false
			}
			started = true
			continue
		}
		a = unextended(a)
		if (a.Op != ir.OpAdd && a.Op != ir.OpSub) || unextended(a.Args[0]) != phi {
			return 0, 0, 0, false, false
		}
		s, most, known := lp.valueRange(a.Args[1], 0)
		if exact = exact && s == most; !known || !exact && (s < 1 || most > 1<<8 || a.Op == ir.OpSub) {
			return 0, 0, 0, false, false
		}
		if a.Op == ir.OpSub {
			s = -s
		}
		if step != 0 && s != step {
			return 0, 0, 0, false, false
		}
		step = s
	}
	return low, high, step, exact, started
}

// unextended is the value under extensions.
func unextended(v *ir.Value) *ir.Value {
	for v.Op >= ir.OpZext8 && v.Op <= ir.OpTrunc {
		v = v.Args[0]
	}
	return v
}

// valueRange is what is known of a value from the operation that makes it, the way the verifier knows it.
func (lp *loop) valueRange(v *ir.Value, depth int) (least, most int64, ok bool) {
	if depth > 8 {
		return 0, 0, false
	}
	lp.note(v)
	switch v.Op {
	case ir.OpConst:
		return v.Imm, v.Imm, true
	case ir.OpZext8, ir.OpLoad8:
		return 0, 1<<8 - 1, followed(v)
	case ir.OpZext16, ir.OpLoad16:
		return 0, 1<<16 - 1, followed(v)
	case ir.OpSext8, ir.OpLoads8:
		return -1 << 7, 1<<7 - 1, followed(v)
	case ir.OpSext16, ir.OpLoads16:
		return -1 << 15, 1<<15 - 1, followed(v)
	case ir.OpSext32:
		return lp.valueRange(v.Args[0], depth+1)
	case ir.OpZext32:
		least, most, ok = lp.valueRange(v.Args[0], depth+1)
		return least, most, ok && least >= 0
	case ir.OpAnd:
		if c := v.Args[1]; c.Op == ir.OpConst && c.Imm >= 0 {
			return 0, c.Imm, true
		}
	case ir.OpAdd:
		lo, hi, ok := lp.valueRange(v.Args[0], depth+2)
		lo2, hi2, ok2 := lp.valueRange(v.Args[1], depth+2)
		small := int64(1 << 30)
		return lo + lo2, hi + hi2, ok && ok2 && lo >= 0 && lo2 >= 0 && hi < small && hi2 < small
	case ir.OpPhi:
		for i, a := range v.Args {
			lo, hi, ok := lp.valueRange(a, depth+4)
			if !ok {
				return 0, 0, false
			}
			if i == 0 {
				least, most = lo, hi
			}
			least, most = min(least, lo), max(most, hi)
		}
		return least, most, len(v.Args) > 0
	}
	return 0, 0, false
}

// followed reports that the extension or load v is there to tell the verifier its bounds. The optimizer drops the extension of what
// cannot leave them, and of a quotient, a remainder, and what is shifted by a number that it doesn't know, the verifier knows nothing.
func followed(v *ir.Value) bool {
	if v.Op.IsLoad() {
		return true
	}
	switch x := v.Args[0]; x.Op {
	case ir.OpUDiv, ir.OpSDiv, ir.OpUMod, ir.OpSMod:
		return false
	case ir.OpShl, ir.OpLshr, ir.OpAshr:
		return x.Args[1].Op == ir.OpConst
	}
	return true
}
