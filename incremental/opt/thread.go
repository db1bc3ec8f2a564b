package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// threadJumps sends a predecessor of a block that only decides something straight to where the decision leads, when
// a phi argument of the predecessor's edge decides it. That is what remains of && and || and of bools that were kept
// in variables.
func threadJumps(s *state, f *ir.Func) bool {
	if !slices.ContainsFunc(f.Blocks, onlyDecides) {
		return false
	}
	changed := closeDecisions(s, f)
	uses := usesOutside(s, f)
	sent := false
	for _, b := range f.Blocks[1:] {
		if t := (threader{f: f, b: b, outside: uses}); t.decides() {
			sent = t.run() || sent
			changed = true
		}
	}
	if sent {
		s.flowChanged()
		f.RemoveUnreachable()
	}
	return changed
}

// onlyDecides reports that a block has several predecessors and nothing but phis and constants before its branch.
func onlyDecides(b *ir.Block) bool {
	return b.Term.Kind == ir.TermBranch && len(b.Preds) > 1 && !slices.ContainsFunc(b.Values, func(v *ir.Value) bool {
		return v.Op != ir.OpPhi && v.Op != ir.OpConst
	})
}

// usesOutside marks the values that are used in another place than their own block's terminator and the phis of its
// successors.
func usesOutside(s *state, f *ir.Func) []bool {
	marks := s.flags(f.NumValues())
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			for i, a := range v.Args {
				if v.Op != ir.OpPhi || b.Preds[i] != a.Block {
					marks[a.ID] = true
				}
			}
		}
		for _, a := range b.Term.Args {
			if a.Block != b {
				marks[a.ID] = true
			}
		}
	}
	return marks
}

// threader works on one block.
type threader struct {
	f       *ir.Func
	b       *ir.Block
	outside []bool
}

// decides reports that the block has only phis and constants, none of them used elsewhere, and branches on them.
func (t threader) decides() bool {
	if !onlyDecides(t.b) {
		return false
	}
	onPhi := false
	for _, v := range t.b.Values {
		if v.Op == ir.OpPhi && t.outside[v.ID] {
			return false
		}
		onPhi = onPhi || v == t.b.Term.Args[0] || v == t.b.Term.Args[1]
	}
	return onPhi
}

func (t threader) run() bool {
	t.hoist()
	changed := false
	for i := len(t.b.Preds) - 1; i >= 0; i-- {
		p := t.b.Preds[i]
		x, y := t.at(t.b.Term.Args[0], i), t.at(t.b.Term.Args[1], i)
		if x.Op != ir.OpConst || y.Op != ir.OpConst {
			continue
		}
		succ := 1
		if ir.EvalCond(t.b.Term.Cond, x.Type, x.Imm, y.Imm) {
			succ = 0
		}
		changed = t.send(p, i, t.b.Term.Succs[succ]) || changed
	}
	return changed
}

// hoist moves the block's constants to the entry: the block will no longer dominate what comes after it.
func (t threader) hoist() {
	values := t.b.Values
	t.b.Values = t.b.Phis()
	entry := t.f.Entry()
	for _, v := range values[len(t.b.Values):] {
		v.Block = entry
		entry.Values = append(entry.Values, v)
	}
}

// at is what a value is when the block is entered by its i-th edge.
func (t threader) at(v *ir.Value, i int) *ir.Value {
	if v.Op == ir.OpPhi && v.Block == t.b {
		return v.Args[i]
	}
	return v
}

// send moves the i-th edge, from p, to the block to.
func (t threader) send(p *ir.Block, i int, to *ir.Block) bool {
	if to == t.b || p == t.b || to.PredIndex(p) >= 0 {
		return false
	}
	like := to.PredIndex(t.b)
	phis := to.Phis()
	args := make([]*ir.Value, len(phis))
	for n, phi := range phis {
		args[n] = t.at(phi.Args[like], i)
	}
	p.Retarget(succIndex(p, t.b), to)
	for n, phi := range phis {
		phi.Args = append(phi.Args, args[n])
	}
	return true
}
