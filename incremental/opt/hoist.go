package opt

import "go3s/incremental/ir"

// hoistCommon computes before a branch what both its ways compute: helper calls that are constant within a run,
// arithmetic on what is known before the branch, loads from the context. It works from the leaves of the dominator tree
// up, so that what all ways of nested branches have in common moves all the way.
func hoistCommon(s *state, f *ir.Func) bool {
	dom := s.flow(f)
	n := &numbering{f: f}
	changed := false
	for i := len(dom.Order) - 1; i >= 0; i-- {
		b := dom.Order[i]
		if b.Term.Kind != ir.TermBranch {
			continue
		}
		x, y := b.Term.Succs[0], b.Term.Succs[1]
		if len(x.Preds) == 1 && len(y.Preds) == 1 {
			changed = s.hoistInto(n, dom, b, x, y) || changed
		}
	}
	if changed {
		f.ReplaceAll(n.repl)
	}
	return changed
}

// maxCommon bounds how many values of a block are looked for in the other one.
const maxCommon = 64

// hoistInto moves what x and y have in common to the end of b. The value of x stands for both.
func (s *state) hoistInto(n *numbering, dom *ir.DomTree, b, x, y *ir.Block) bool {
	changed := false
	kept := x.Values[:0]
	for i, v := range x.Values {
		resolve(n.repl, v.Args)
		if i < maxCommon && n.common(v) && availableAt(v, b, dom) {
			if j := n.indexOf(v, y); j >= 0 {
				if n.repl == nil {
					n.repl = s.replacements(n.f)
				}
				n.repl[y.Values[j].ID] = v
				y.Values = append(y.Values[:j], y.Values[j+1:]...)
				n.raise(v, b, dom)
				changed = true
				continue
			}
		}
		kept = append(kept, v)
	}
	clear(x.Values[len(kept):])
	x.Values = kept
	return changed
}

// common reports a value that is worth moving: constants and addresses cost nothing where they are.
func (n *numbering) common(v *ir.Value) bool {
	switch v.Op {
	case ir.OpPhi, ir.OpConst, ir.OpSlot, ir.OpMap, ir.OpMapValue, ir.OpFunc, ir.OpOffset:
		return false
	}
	return n.numberable(v)
}

// availableAt reports that the operands are known in b; constants are moved along.
func availableAt(v *ir.Value, b *ir.Block, dom *ir.DomTree) bool {
	for _, a := range v.Args {
		if a.Op != ir.OpConst && !dom.Dominates(a.Block, b) {
			return false
		}
	}
	return true
}

// raise puts v at the end of b.
func (n *numbering) raise(v *ir.Value, b *ir.Block, dom *ir.DomTree) {
	for i, a := range v.Args {
		if !dom.Dominates(a.Block, b) {
			c := n.f.NewValue(b, ir.OpConst, a.Type, a.Span)
			c.Imm = a.Imm
			v.Args[i] = c
		}
	}
	v.Block = b
	b.Values = append(b.Values, v)
}

// indexOf is the place in a block of a value that computes the same as v, or -1.
func (n *numbering) indexOf(v *ir.Value, b *ir.Block) int {
	for j, w := range b.Values {
		if j >= maxCommon {
			break
		}
		if w.Op != v.Op {
			continue
		}
		resolve(n.repl, w.Args)
		if alike(v, w) {
			return j
		}
	}
	return -1
}

// alike is same for values whose constants are in different blocks.
func alike(v, w *ir.Value) bool {
	if len(v.Args) != len(w.Args) {
		return false
	}
	for i, a := range v.Args {
		c := w.Args[i]
		if a != c && (a.Op != ir.OpConst || c.Op != ir.OpConst || a.Imm != c.Imm || a.Type != c.Type) {
			return false
		}
	}
	return v.Op == w.Op && v.Type == w.Type && v.Imm == w.Imm && v.Cond == w.Cond
}
