package loops

import (
	"strconv"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// maxUnrolled is how many values of the IR the copies of a loop may have together. The kernel takes programs of a million
// instructions, but a loop of so many is better left a loop.
const maxUnrolled = 20_000

// Limits of loops whose rounds are not known: the verifier follows the ways into and out of each copy.
const (
	maxUncounted     = 8
	maxUncountedWays = 24 // branches in all copies
)

// unroll makes a ring of copies of the loop's blocks. With as many copies as there are rounds the ring is cut where the loop ends.
func unroll(f *ir.Func, lp *loop, dom *ir.DomTree, u Unrolling) []source.Diagnostic {
	c, counted := lp.counted(dom)
	r := &ring{f: f, loop: lp, copies: u.Factor}
	full := counted && (u.Factor == 0 || c.rounds() <= u.Factor)
	switch {
	case !counted && u.Factor == 0:
		return []source.Diagnostic{{
			Code: source.Attribute, Span: u.Span, Msg: "the compiler cannot tell how many rounds this loop makes",
			Hint: "say how many copies of it there shall be: //go:unroll 4",
		}}
	case full:
		r.copies = c.last + 1
	}
	if most := lp.mostCopies(counted); r.copies > most {
		hint := "take the attribute away"
		if most > 1 {
			hint = "unroll less of it: //go:unroll " + strconv.FormatInt(min(most, maxUncounted), 10)
		}
		return []source.Diagnostic{{
			Code: source.TooLarge, Span: u.Span, Msg: "the probe becomes too long where this loop is unrolled", Hint: hint,
		}}
	}
	if counted {
		r.count = &c
	}
	r.full = full
	r.build()
	return nil
}

// mostCopies is how many copies of the loop the verifier can follow.
func (lp *loop) mostCopies(counted bool) int64 {
	size, ways := int64(0), int64(1)
	stores, splits := false, false
	for _, b := range lp.blocks {
		for _, v := range b.Values {
			stores = stores || v.Op.IsStore() || v.Op == ir.OpMove || v.Op == ir.OpZero
		}
		size += int64(len(b.Values)) + 1
		if b.Term.Kind == ir.TermBranch {
			ways++
			splits = splits || lp.has(b.Term.Succs[0]) && lp.has(b.Term.Succs[1])
		}
	}
	most := min(maxUnrolled/size, maxForks/ways)
	if stores && splits {
		most = min(most, maxSplitRounds)
	}
	if !counted {
		most = min(most, maxUncounted, maxUncountedWays/ways)
	}
	return most
}

// counted is a loop that makes a number of rounds which the compiler knows, unless it is left in another way.
type counted struct {
	phi       *ir.Value // counts the rounds
	low, step int64     // its values
	test      *ir.Block // ends the loop by a comparison
	stay      int       // the way that does not end it
	last      int64     // the round in which it does, counted from 0
	atTop     bool      // before anything of that round is done
}

// rounds is how often the body is run.
func (c counted) rounds() int64 {
	if c.atTop {
		return c.last
	}
	return c.last + 1
}

// counted finds the test that ends the loop after a number of rounds.
func (lp *loop) counted(dom *ir.DomTree) (counted, bool) {
	for _, b := range lp.blocks {
		if b.Term.Kind != ir.TermBranch || lp.has(b.Term.Succs[0]) == lp.has(b.Term.Succs[1]) {
			continue
		}
		each := true
		for _, p := range lp.header.Preds {
			each = each && (!lp.has(p) || dom.Dominates(b, p))
		}
		c, ok := lp.lastRound(b)
		if each && ok {
			return c, true
		}
	}
	return counted{}, false
}

// lastRound follows the count until the branch at the end of b leaves the loop.
func (lp *loop) lastRound(b *ir.Block) (counted, bool) {
	cond, x, y := b.Term.Cond, b.Term.Args[0], b.Term.Args[1]
	if x.Op == ir.OpCmp && y.Op == ir.OpConst && y.Imm == 0 && cond == ir.Ne {
		cond, x, y = x.Cond, x.Args[0], x.Args[1]
	}
	if x.Op == ir.OpConst {
		cond, x, y = cond.Swap(), y, x
	}
	low, high, step, exact, ok := lp.induction(x)
	if !ok || !exact || low != high || y.Op != ir.OpConst || cond == ir.Set {
		return counted{}, false
	}
	c := counted{low: low, step: step, test: b, atTop: b == lp.header}
	phi, ahead, most := unextended(x), int64(0), widest(x)
	if phi.Op == ir.OpAdd {
		ahead, most = phi.Args[1].Imm, min(most, widest(phi.Args[0]))
		phi = unextended(phi.Args[0])
	}
	c.phi = phi
	if !lp.has(b.Term.Succs[0]) {
		c.stay = 1
	}
	for ; c.last < maxUnrolled; c.last++ {
		v := low + c.last*step + ahead
		if v < -most-1 || v > most {
			return counted{}, false
		}
		if ir.EvalCond(cond, x.Type, v, y.Imm) != (c.stay == 0) {
			return c, true
		}
	}
	return counted{}, false
}

// widest is the largest value that the extensions of a value and its type leave as it is.
func widest(v *ir.Value) int64 {
	most := int64(1<<31 - 1)
	for ; v.Op >= ir.OpZext8 && v.Op <= ir.OpTrunc; v = v.Args[0] {
		switch v.Op {
		case ir.OpZext8, ir.OpSext8:
			most = 1<<7 - 1
		case ir.OpZext16, ir.OpSext16:
			most = min(most, 1<<15-1)
		}
	}
	return most
}
