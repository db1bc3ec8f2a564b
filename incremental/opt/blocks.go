package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// simplifyBlocks removes blocks that only cost jumps: unreachable ones, empty ones, and those with one predecessor
// that only jumps to them.
func simplifyBlocks(s *state, f *ir.Func) bool {
	changed := s.removeUnreachable(f)
	for _, b := range f.Blocks[1:] {
		changed = skipEmpty(b) || changed
	}
	changed = s.mergeBlocks(f) || changed
	if changed {
		s.flowChanged()
		f.RemoveUnreachable()
	}
	return changed
}

// mergeBlocks makes one block of two where the jump of the first is the only way into the second.
func (s *state) mergeBlocks(f *ir.Func) bool {
	if !slices.ContainsFunc(f.Blocks, mergeable) {
		return false
	}
	repl, gone := s.replacements(f), s.flags(f.NumBlocks())
	replaced := false
	for _, b := range f.Blocks {
		for !gone[b.ID] && mergeable(b) {
			next := b.Term.Succs[0]
			replaced = merge(b, next, repl) || replaced
			gone[next.ID] = true
		}
	}
	f.Blocks = slices.DeleteFunc(f.Blocks, func(b *ir.Block) bool { return gone[b.ID] })
	if replaced {
		f.ReplaceAll(repl)
	}
	return true
}

// skipEmpty sends the predecessors of a block that only jumps to where it jumps. A predecessor that goes there
// already keeps both ways, unless they bring the same phi arguments.
func skipEmpty(b *ir.Block) bool {
	if len(b.Values) > 0 || b.Term.Kind != ir.TermJump || b.Term.Succs[0] == b {
		return false
	}
	to := b.Term.Succs[0]
	own := to.PredIndex(b)
	changed := false
	for i := len(b.Preds) - 1; i >= 0; i-- {
		p := b.Preds[i]
		if slices.Contains(p.Term.Succs, to) {
			if !sameArgs(to, to.PredIndex(p), own) {
				continue
			}
			p.TakeOnly(1 - succIndex(p, b))
			changed = true
			continue
		}
		b.PassOn(i, to)
		for _, phi := range to.Phis() {
			phi.Args = append(phi.Args, phi.Args[own])
		}
		changed = true
	}
	return changed
}

// sameArgs reports that two edges bring the block's phis the same values.
func sameArgs(b *ir.Block, i, j int) bool {
	for _, phi := range b.Phis() {
		if phi.Args[i] != phi.Args[j] {
			return false
		}
	}
	return true
}

// succIndex is the place of b among the successors of p.
func succIndex(p, b *ir.Block) int {
	if p.Term.Succs[0] == b {
		return 0
	}
	return 1
}

// mergeable reports that the block's jump is the only way into the next block.
func mergeable(b *ir.Block) bool {
	return b.Term.Kind == ir.TermJump && len(b.Term.Succs[0].Preds) == 1 && b.Term.Succs[0] != b
}

// merge appends the block after b's jump to b, and reports whether it had phis.
func merge(b, next *ir.Block, repl []*ir.Value) bool {
	phis := next.Phis()
	for _, v := range phis {
		repl[v.ID] = v.Args[0]
	}
	moved := next.Values[len(phis):]
	for _, v := range moved {
		v.Block = b
	}
	b.Values = append(b.Values, moved...)
	b.Term = next.Term
	for _, s := range b.Term.Succs {
		s.Preds[s.PredIndex(next)] = b
	}
	next.Values, next.Preds, next.Term = nil, nil, ir.Term{}
	return len(phis) > 0
}
