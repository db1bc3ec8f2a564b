// Package forget makes the verifier's ways through a function meet again, at the price of memory accesses.
//
// The verifier follows all ways through a program. Where two of them meet it goes on with one only if nothing that matters further on
// differs: a number matters as soon as an access or a branch that it decided depends on it, however far back it came from. So the ways
// multiply with each branch, where a compiler's inlining has many of them.
//
// Run chooses blocks in which many ways meet, and lets the numbers that are needed behind them lie in memory of which the verifier knows
// nothing. What it has to know something of stays in registers: offsets, arguments of helpers, the counts of loops.
package forget

import (
	"slices"

	"go3s/incremental/ir"
)

// Slot is the name of the slot that the numbers lie in. The caller has to put it where the verifier does not follow what is written: into
// the value of a map.
const Slot = "kept"

// maxWays is how many ways may meet in blocks before one of them forgets.
const maxWays = 16

// Run rewrites a function that satisfies ir.Verify, and reports whether it has anything to forget.
func Run(f *ir.Func) bool {
	p := &pass{f: f, order: f.ReversePostorder()}
	p.findLoops()
	p.chooseCuts()
	if !slices.Contains(p.cut, true) {
		return false
	}
	p.findNeeded()
	p.listUses()
	for _, b := range p.order {
		for _, v := range slices.Clone(b.Values) {
			if p.forgettable(v) {
				p.keep(v)
			}
		}
	}
	if p.slot == nil {
		return false
	}
	p.slot.Size = max(8*p.kept, 16)
	return true
}

// pass is what is known of a function, by IDs of its blocks and values.
type pass struct {
	f      *ir.Func
	order  []*ir.Block
	inLoop []bool
	cut    []bool
	needed map[*ir.Value]bool
	uses   map[*ir.Value][]use

	slot *ir.Slot
	base *ir.Value // its address
	kept int       // words of it
}

// use is a place where a value is read: by a value of a block, nil for its terminator; by a phi at the end of the block that it comes from.
type use struct {
	block *ir.Block
	by    *ir.Value
	phi   bool
}

// findLoops marks the blocks from which a way leads back to themselves.
func (p *pass) findLoops() {
	p.inLoop = make([]bool, p.f.NumBlocks())
	place := make([]int, p.f.NumBlocks())
	for i, b := range p.order {
		place[b.ID] = i
	}
	for _, b := range p.order {
		for _, s := range b.Term.Succs {
			if place[s.ID] <= place[b.ID] {
				p.markLoop(s, b, place)
			}
		}
	}
}

// markLoop marks what lies on ways from the head of a loop to the block that leads back to it.
func (p *pass) markLoop(head, last *ir.Block, place []int) {
	seen := map[*ir.Block]bool{head: true}
	p.inLoop[head.ID] = true
	for work := []*ir.Block{last}; len(work) > 0; {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[b] || place[b.ID] < place[head.ID] {
			continue
		}
		seen[b] = true
		p.inLoop[b.ID] = true
		work = append(work, b.Preds...)
	}
}

// chooseCuts counts the ways to each block since the last cut, loops gone through once.
func (p *pass) chooseCuts() {
	p.cut = make([]bool, p.f.NumBlocks())
	ways := make([]int, p.f.NumBlocks())
	for i, b := range p.order {
		if i == 0 {
			ways[b.ID] = 1
		}
		for _, from := range b.Preds {
			ways[b.ID] += ways[from.ID]
		}
		switch {
		case ways[b.ID] <= maxWays:
		case p.inLoop[b.ID]:
			ways[b.ID] = maxWays
		case len(b.Preds) > 1:
			p.cut[b.ID], ways[b.ID] = true, 1
		}
	}
}

// findNeeded finds what the verifier has to know something of, and what that is computed from, as far as it follows that.
func (p *pass) findNeeded() {
	p.needed = map[*ir.Value]bool{}
	var work []*ir.Value
	need := func(v *ir.Value) {
		if v.Type != ir.Ptr && v.Op != ir.OpConst && !p.needed[v] {
			p.needed[v] = true
			work = append(work, v)
		}
	}
	copies := map[*ir.Value][]*ir.Value{}
	for _, b := range p.order {
		for _, v := range b.Values {
			switch v.Op {
			case ir.OpPtrAdd:
				need(v.Args[1])
			case ir.OpCall:
				for _, a := range v.Args {
					need(a)
				}
			case ir.OpTrunc, ir.OpZext32, ir.OpSext32:
				copies[v.Args[0]] = append(copies[v.Args[0]], v)
			}
		}
		for _, a := range b.Term.Args {
			if p.inLoop[b.ID] || b.Term.Kind == ir.TermReturn && (p.f.Kind != ir.Sub || isVerdict(a, 0)) {
				need(a)
			}
		}
	}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		for _, c := range copies[v] {
			need(c)
		}
		if follows(v) {
			for _, a := range v.Args {
				need(a)
			}
		}
	}
}

// isVerdict reports that the result of a function is one of constants. The kernel wants to know it of a loop's round.
func isVerdict(v *ir.Value, depth int) bool {
	switch v.Op {
	case ir.OpConst, ir.OpCmp:
		return true
	case ir.OpPhi:
		return depth < 4 && !slices.ContainsFunc(v.Args, func(a *ir.Value) bool { return !isVerdict(a, depth+1) })
	}
	return false
}

// follows reports that what the verifier knows of a value comes from what it knows of its arguments.
func follows(v *ir.Value) bool {
	switch v.Op {
	case ir.OpPhi, ir.OpAdd, ir.OpSub, ir.OpMul, ir.OpOr, ir.OpXor, ir.OpNeg, ir.OpZext32, ir.OpSext32, ir.OpTrunc:
		return true
	case ir.OpAnd:
		return v.Args[1].Op != ir.OpConst || v.Args[1].Imm < 0
	case ir.OpShl, ir.OpLshr, ir.OpAshr:
		return v.Args[1].Op == ir.OpConst
	}
	return false
}

// forgettable reports that a value may lie in memory.
func (p *pass) forgettable(v *ir.Value) bool {
	return (v.Type == ir.I32 || v.Type == ir.I64) && v.Op != ir.OpConst && !p.needed[v] && len(p.uses[v]) > 0
}

func (p *pass) listUses() {
	p.uses = map[*ir.Value][]use{}
	for _, b := range p.order {
		for _, v := range b.Values {
			for i, a := range v.Args {
				if v.Op == ir.OpPhi {
					p.uses[a] = append(p.uses[a], use{b.Preds[i], v, true})
					continue
				}
				p.uses[a] = append(p.uses[a], use{b, v, false})
			}
		}
		for _, a := range b.Term.Args {
			p.uses[a] = append(p.uses[a], use{b, nil, false})
		}
	}
}

// keep puts a value into memory where a cut lies between it and some of its uses, and lets these load it.
func (p *pass) keep(v *ir.Value) {
	behind := p.behindCuts(v)
	if len(behind) == 0 {
		return
	}
	at := map[*ir.Block][]use{}
	for _, u := range p.uses[v] {
		if behind[u.block] {
			at[u.block] = append(at[u.block], u)
		}
	}
	if len(at) == 0 {
		return
	}
	off := p.store(v)
	for _, b := range p.order {
		if us := at[b]; len(us) > 0 {
			p.load(v, off, b, us)
		}
	}
}

// behindCuts is the blocks that a value is live in and that a cut within its life leads to. A phi in a cut is forgotten at once.
func (p *pass) behindCuts(v *ir.Value) map[*ir.Block]bool {
	live := map[*ir.Block]bool{}
	var work []*ir.Block
	for _, u := range p.uses[v] {
		work = append(work, u.block)
	}
	var reached []*ir.Block
	if v.Op == ir.OpPhi && p.cut[v.Block.ID] {
		live[v.Block] = true
		reached = append(reached, v.Block)
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if b == v.Block || live[b] {
			continue
		}
		live[b] = true
		if p.cut[b.ID] {
			reached = append(reached, b)
		}
		work = append(work, b.Preds...)
	}
	behind := map[*ir.Block]bool{}
	for len(reached) > 0 {
		b := reached[len(reached)-1]
		reached = reached[:len(reached)-1]
		if live[b] && !behind[b] {
			behind[b] = true
			reached = append(reached, b.Term.Succs...)
		}
	}
	return behind
}

// store writes a value where it is made, and returns the place.
func (p *pass) store(v *ir.Value) int64 {
	if p.slot == nil {
		p.slot = p.f.NewSlot(Slot, 16, 8)
		entry := p.f.Entry()
		p.base = p.f.Unplaced(ir.OpSlot, ir.Ptr, p.f.Span)
		p.base.Slot = p.slot
		insert(entry, len(p.f.Params), p.base)
	}
	off := int64(8 * p.kept)
	p.kept++
	op := ir.OpStore64
	if v.Type == ir.I32 {
		op = ir.OpStore32
	}
	s := p.f.Unplaced(op, ir.Void, v.Span, p.base, v)
	s.Imm = off
	b := v.Block
	i := slices.Index(b.Values, v) + 1
	if b == p.f.Entry() {
		i = max(i, slices.Index(b.Values, p.base)+1)
	}
	for i < len(b.Values) && b.Values[i].Op == ir.OpPhi {
		i++
	}
	insert(b, i, s)
	return off
}

// load reads a value back for its uses in a block.
func (p *pass) load(v *ir.Value, off int64, b *ir.Block, us []use) {
	op := ir.OpLoad64
	if v.Type == ir.I32 {
		op = ir.OpLoad32
	}
	l := p.f.Unplaced(op, v.Type, v.Span, p.base)
	l.Imm = off
	at := len(b.Values)
	for _, u := range us {
		switch {
		case u.phi:
			for i, from := range u.by.Block.Preds {
				if from == b {
					replace(u.by.Args[i:i+1], v, l)
				}
			}
		case u.by == nil:
			replace(b.Term.Args, v, l)
		default:
			at = min(at, slices.Index(b.Values, u.by))
			replace(u.by.Args, v, l)
		}
	}
	insert(b, at, l)
}

func replace(args []*ir.Value, from, to *ir.Value) {
	for i, a := range args {
		if a == from {
			args[i] = to
		}
	}
}

// insert makes v the i-th value of a block.
func insert(b *ir.Block, i int, v *ir.Value) {
	v.Block = b
	b.Values = slices.Insert(b.Values, i, v)
}
