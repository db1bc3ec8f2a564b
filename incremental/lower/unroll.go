package lower

import (
	"go/ast"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// Unroll is the attribute that asks for copies of a loop's body, go:unroll.
const Unroll = "go:unroll"

// maxUnrolled is how many values of the IR the copies of a loop may have together. The kernel takes programs of a million
// instructions, but a loop of so many is better left a loop.
const maxUnrolled = 20_000

// Limits of loops whose rounds are not known: the verifier follows the ways into and out of each copy.
const (
	maxUncounted     = 8
	maxUncountedWays = 24 // branches in all copies
)

// unrolling is a loop that is to be unrolled.
type unrolling struct {
	header *ir.Block
	factor int64 // 0 for all rounds
	span   source.Span
}

// noteUnrolled finds the loops of the Go function at hand that have the attribute. A loop of the syntax tree is the largest one of
// the control flow whose instructions all lie in its text.
func (l *lowerer) noteUnrolled(fn *ssa.Function) {
	var noted []unrolling
	for n, attrs := range l.frame.file.Attrs {
		i := slices.IndexFunc(attrs, func(a syntax.Attr) bool { return a.Name == Unroll })
		if i < 0 || !isLoop(n) {
			continue
		}
		u := unrolling{span: attrs[i].Span}
		if len(attrs[i].Args) > 0 {
			u.factor, _ = strconv.ParseInt(attrs[i].Args[0].Value, 10, 64)
		}
		most := 0
		for _, h := range fn.Blocks {
			if blocks := goLoop(h); len(blocks) > most && within(blocks, n) {
				most, u.header = len(blocks), l.frame.entry[h.Index]
			}
		}
		if most > 0 {
			noted = append(noted, u)
		}
	}
	slices.SortFunc(noted, func(a, b unrolling) int { return a.header.ID - b.header.ID })
	l.unrolled = append(l.unrolled, noted...)
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}

// goLoop is the blocks of the loop with this header, none if it is not one.
func goLoop(h *ssa.BasicBlock) map[*ssa.BasicBlock]bool {
	var work []*ssa.BasicBlock
	for _, p := range h.Preds {
		if h.Dominates(p) {
			work = append(work, p)
		}
	}
	if len(work) == 0 {
		return nil
	}
	blocks := map[*ssa.BasicBlock]bool{h: true}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if !blocks[b] {
			blocks[b] = true
			work = append(work, b.Preds...)
		}
	}
	return blocks
}

// within reports whether the text of all instructions of the blocks lies in a node. A phi has the place of its variable.
func within(blocks map[*ssa.BasicBlock]bool, n ast.Node) bool {
	some := false
	for b := range blocks {
		for _, ins := range b.Instrs {
			pos := ins.Pos()
			if _, ok := ins.(*ssa.Phi); ok || !pos.IsValid() {
				continue
			}
			if pos < n.Pos() || pos >= n.End() {
				return false
			}
			some = true
		}
	}
	return some
}

// unrollLoops unrolls the loops that have the attribute, inner loops before outer ones.
func (l *lowerer) unrollLoops() {
	if len(l.unrolled) > 0 {
		l.fn.RemoveUnreachable()
		l.forgetFaults()
	}
	for len(l.unrolled) > 0 && len(l.diags) == 0 {
		dom := l.fn.Dominators()
		at := -1
		var lp *loop
		for _, next := range naturalLoops(l.fn, dom) {
			at = slices.IndexFunc(l.unrolled, func(u unrolling) bool { return u.header == next.header })
			if at >= 0 {
				lp = next
				break
			}
		}
		if at < 0 {
			return
		}
		u := l.unrolled[at]
		l.unrolled = slices.Delete(l.unrolled, at, at+1)
		l.unroll(lp, dom, u)
		l.fn.RemoveUnreachable()
		l.forgetFaults()
	}
}

// unroll makes a ring of copies of the loop's blocks. With as many copies as there are rounds the ring is cut where the loop ends.
func (l *lowerer) unroll(lp *loop, dom *ir.DomTree, u unrolling) {
	c, counted := lp.counted(dom)
	r := &ring{l: l, f: l.fn, loop: lp, copies: u.factor}
	full := counted && (u.factor == 0 || c.rounds() <= u.factor)
	switch {
	case !counted && u.factor == 0:
		l.diags = append(l.diags, source.Diagnostic{
			Code: source.Attribute, Span: u.span, Msg: "the compiler cannot tell how many rounds this loop makes",
			Hint: "say how many copies of it there shall be: //go:unroll 4",
		})
		return
	case full:
		r.copies = c.last + 1
	}
	if most := lp.mostCopies(counted); r.copies > most {
		hint := "take the attribute away"
		if most > 1 {
			hint = "unroll less of it: //go:unroll " + strconv.FormatInt(min(most, maxUncounted), 10)
		}
		l.diags = append(l.diags, source.Diagnostic{
			Code: source.TooLarge, Span: u.span, Msg: "the probe becomes too long where this loop is unrolled", Hint: hint,
		})
		return
	}
	if counted {
		r.count = &c
	}
	r.full = full
	r.build(dom)
}

// mostCopies is how many copies of the loop the verifier can follow.
func (lp *loop) mostCopies(counted bool) int64 {
	size, ways := int64(0), int64(1)
	stores, splits := false, false
	for b := range lp.blocks {
		for _, v := range b.Values {
			stores = stores || v.Op.IsStore() || v.Op == ir.OpMove || v.Op == ir.OpZero
		}
		size += int64(len(b.Values)) + 1
		if b.Term.Kind == ir.TermBranch {
			ways++
			splits = splits || lp.blocks[b.Term.Succs[0]] && lp.blocks[b.Term.Succs[1]]
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
	for _, b := range dom.Order {
		if !lp.blocks[b] || b.Term.Kind != ir.TermBranch || lp.blocks[b.Term.Succs[0]] == lp.blocks[b.Term.Succs[1]] {
			continue
		}
		each := true
		for _, p := range lp.header.Preds {
			each = each && (!lp.blocks[p] || dom.Dominates(b, p))
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
	if !lp.blocks[b.Term.Succs[0]] {
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

// ring is a loop with its copies: the first is the loop itself, and the last goes on with the first.
type ring struct {
	l      *lowerer
	f      *ir.Func
	loop   *loop
	copies int64
	count  *counted
	full   bool // one copy for each round

	order  []*ir.Block
	turns  []turn
	backTo map[*ir.Block]map[*ir.Value]*ir.Value // what the edges to the header bring for its phis
}

// turn is one copy.
type turn struct {
	blocks map[*ir.Block]*ir.Block
	values map[*ir.Value]*ir.Value
}

func (r *ring) build(dom *ir.DomTree) {
	for _, b := range dom.Order {
		if r.loop.blocks[b] {
			r.order = append(r.order, b)
		}
	}
	r.freeOutside()
	h := r.loop.header
	r.backTo = map[*ir.Block]map[*ir.Value]*ir.Value{}
	for i, p := range h.Preds {
		if r.loop.blocks[p] {
			r.backTo[p] = map[*ir.Value]*ir.Value{}
			for _, phi := range h.Phis() {
				r.backTo[p][phi] = phi.Args[i]
			}
		}
	}
	r.turns = append(r.turns, turn{})
	for k := range r.copies - 1 {
		r.turns = append(r.turns, r.copyBlocks(k+1))
	}
	for k := int64(1); k < r.copies; k++ {
		r.copyTerms(k)
	}
	if r.copies > 1 {
		r.link()
	}
	r.phis()
	r.cut()
}

// in is what a value is called in copy k.
func (r *ring) in(k int64, v *ir.Value) *ir.Value {
	if c := r.turns[k].values[v]; c != nil {
		return c
	}
	return v
}

// block is the copy of a block.
func (r *ring) block(k int64, b *ir.Block) *ir.Block {
	if c := r.turns[k].blocks[b]; c != nil {
		return c
	}
	return b
}

// copyBlocks makes copy k, with the arguments of all but its phis. Of the count it knows more than that it grows.
func (r *ring) copyBlocks(k int64) turn {
	t := turn{blocks: map[*ir.Block]*ir.Block{}, values: map[*ir.Value]*ir.Value{}}
	for _, b := range r.order {
		t.blocks[b] = r.f.NewBlock()
		for _, v := range b.Values {
			if r.count != nil && v == r.count.phi {
				continue
			}
			c := r.f.NewValue(t.blocks[b], v.Op, v.Type, v.Span)
			c.Imm, c.Cond, c.Slot, c.Map, c.Func = v.Imm, v.Cond, v.Slot, v.Map, v.Func
			t.values[v] = c
		}
		if r.count != nil && b == r.loop.header {
			t.values[r.count.phi] = r.countIn(t.blocks[b], k)
		}
	}
	for _, b := range r.order {
		for _, v := range b.Values {
			if v.Op == ir.OpPhi {
				continue
			}
			for _, a := range v.Args {
				if c := t.values[a]; c != nil {
					a = c
				}
				t.values[v].Args = append(t.values[v].Args, a)
			}
		}
	}
	return t
}

// countIn is the count of the rounds in copy k, at the top of its block b.
func (r *ring) countIn(b *ir.Block, k int64) *ir.Value {
	phi := r.count.phi
	at := len(b.Phis())
	rest := slices.Clone(b.Values[at:])
	b.Values = b.Values[:at]
	var v *ir.Value
	if r.full {
		v = b.Const(phi.Type, r.count.low+k*r.count.step, phi.Span)
	} else {
		v = r.f.NewValue(b, ir.OpAdd, phi.Type, phi.Span, phi, b.Const(phi.Type, k*r.count.step, phi.Span))
	}
	b.Values = append(b.Values, rest...)
	return v
}

// copyTerms copies the terminators of copy k.
func (r *ring) copyTerms(k int64) {
	for _, b := range r.order {
		c, t := r.block(k, b), &b.Term
		succs := make([]*ir.Block, len(t.Succs))
		for i, s := range t.Succs {
			switch {
			case s == r.loop.header:
				succs[i] = r.block((k+1)%r.copies, s)
			case r.loop.blocks[s]:
				succs[i] = r.block(k, s)
			default:
				succs[i] = s
			}
		}
		switch t.Kind {
		case ir.TermJump:
			c.Jump(succs[0])
		case ir.TermBranch:
			c.Branch(t.Cond, r.in(k, t.Args[0]), r.in(k, t.Args[1]), succs[0], succs[1], t.Span)
			c.Term.Likely = t.Likely
		}
		c.Term.Span = t.Span
		for _, s := range t.Succs {
			if s == r.loop.header && k == r.copies-1 {
				for _, phi := range s.Phis() {
					phi.Args = append(phi.Args, r.back(k, b, c, phi))
				}
			}
		}
	}
}

// back is what the edge from copy k of b, called c, brings for a phi of the header. The count takes all copies in one step, so
// that the number of turns can be told from it.
func (r *ring) back(k int64, b, c *ir.Block, phi *ir.Value) *ir.Value {
	v := r.backTo[b][phi]
	if r.count == nil || phi != r.count.phi || v.Op != ir.OpAdd && v.Op != ir.OpSub {
		return r.in(k, v)
	}
	return r.f.NewValue(c, ir.OpAdd, phi.Type, phi.Span, phi, c.Const(phi.Type, r.copies*r.count.step, phi.Span))
}

// link makes the loop itself go on with its first copy.
func (r *ring) link() {
	h := r.loop.header
	for _, b := range r.order {
		for i, s := range b.Term.Succs {
			if s == h {
				b.Retarget(i, r.block(1, h))
			}
		}
	}
}

// phis fills in the phis of the copies, in the order of their predecessors.
func (r *ring) phis() {
	for k := int64(1); k < r.copies; k++ {
		for _, b := range r.order {
			for _, phi := range b.Phis() {
				c := r.in(k, phi)
				if c.Op != ir.OpPhi {
					continue
				}
				for _, p := range c.Block.Preds {
					c.Args = append(c.Args, r.arg(k, b, phi, p))
				}
			}
		}
	}
}

// arg is what predecessor p of copy k of block b brings for a phi.
func (r *ring) arg(k int64, b *ir.Block, phi *ir.Value, p *ir.Block) *ir.Value {
	for _, q := range r.order {
		switch {
		case b == r.loop.header && r.block(k-1, q) == p:
			return r.in(k-1, r.backTo[q][phi])
		case b != r.loop.header && r.block(k, q) == p:
			return r.in(k, phi.Args[b.PredIndex(q)])
		}
	}
	panic("a copy of a loop is entered from outside")
}

// cut takes the test out of the copies that it does not end the loop in, and from the one where it does if there is one for each round.
func (r *ring) cut() {
	c := r.count
	if c == nil {
		return
	}
	for k := range r.copies {
		test := r.block(k, c.test)
		switch {
		case k != c.last%r.copies:
			test.TakeOnly(c.stay)
		case r.full:
			test.TakeOnly(1 - c.stay)
		}
	}
}

// freeOutside makes what follows the loop independent of which copy a value comes from: addresses are made anew, anything else goes
// through the stack, from which package opt takes it back.
func (r *ring) freeOutside() {
	for _, b := range r.order {
		for i, s := range b.Term.Succs {
			if !r.loop.blocks[s] && len(s.Phis()) > 0 {
				b.SplitEdge(i)
			}
		}
	}
	slots := map[*ir.Value]*ir.Slot{}
	for _, b := range r.f.Blocks {
		if r.loop.blocks[b] {
			continue
		}
		values := b.Values
		b.Values = nil
		for _, v := range values {
			if v.Op != ir.OpPhi {
				r.free(slots, b, v.Args)
			}
			b.Values = append(b.Values, v)
		}
		r.free(slots, b, b.Term.Args)
	}
	for _, b := range r.f.Blocks {
		for _, phi := range b.Phis() {
			for i, p := range b.Preds {
				if !r.loop.blocks[p] && !r.loop.blocks[b] || b == r.loop.header && !r.loop.blocks[p] {
					r.free(slots, p, phi.Args[i:i+1])
				}
			}
		}
	}
	entry := r.f.Entry()
	for _, b := range r.order {
		for _, v := range slices.Clone(b.Values) {
			if s := slots[v]; s != nil {
				at := r.f.Unplaced(ir.OpSlot, ir.Ptr, v.Span)
				at.Slot, at.Block = s, entry
				entry.Values = slices.Insert(entry.Values, len(r.f.Params), at)
				r.f.NewValue(b, wordStore(v.Type), ir.Void, v.Span, at, v)
			}
		}
	}
}

// free replaces the values of the loop among the arguments of what comes next in block b.
func (r *ring) free(slots map[*ir.Value]*ir.Slot, b *ir.Block, args []*ir.Value) {
	for i, a := range args {
		if !r.loop.blocks[a.Block] {
			continue
		}
		switch a.Op {
		case ir.OpConst, ir.OpMap, ir.OpMapValue, ir.OpFunc, ir.OpSlot:
			c := r.f.NewValue(b, a.Op, a.Type, a.Span)
			c.Imm, c.Slot, c.Map, c.Func = a.Imm, a.Slot, a.Map, a.Func
			args[i] = c
			continue
		}
		if slots[a] == nil {
			slots[a] = r.f.NewSlot("unrolled", 8, 8)
		}
		at := r.f.NewValue(b, ir.OpSlot, ir.Ptr, a.Span)
		at.Slot = slots[a]
		args[i] = r.f.NewValue(b, wordLoad(a.Type), a.Type, a.Span, at)
	}
}

func wordLoad(t ir.Type) ir.Op {
	switch t {
	case ir.I32:
		return ir.OpLoad32
	case ir.Ptr:
		return ir.OpLoadPtr
	}
	return ir.OpLoad64
}

func wordStore(t ir.Type) ir.Op {
	if t == ir.I32 {
		return ir.OpStore32
	}
	return ir.OpStore64
}
