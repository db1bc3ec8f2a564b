package ir

import "slices"

// PredIndex is the place of p among the block's predecessors, -1 where p is none of them.
func (b *Block) PredIndex(p *Block) int {
	for i, q := range b.Preds {
		if q == p {
			return i
		}
	}
	return -1
}

// RemovePred removes the i-th predecessor and the phi arguments that belong to it. The terminator of the
// predecessor is the caller's business.
func (b *Block) RemovePred(i int) {
	b.Preds = append(b.Preds[:i], b.Preds[i+1:]...)
	for _, phi := range b.Phis() {
		if i < len(phi.Args) {
			phi.Args = append(phi.Args[:i], phi.Args[i+1:]...)
		}
	}
}

// dropPred removes the edge to the i-th successor from that successor's side.
func (b *Block) dropPred(i int) {
	s := b.Term.Succs[i]
	if j := s.PredIndex(b); j >= 0 {
		s.RemovePred(j)
	}
}

// Unlink takes the block's edges to others away, and its terminator, for it to be removed.
func (b *Block) Unlink() {
	for i := range b.Term.Succs {
		b.dropPred(i)
	}
	b.Term = Term{}
}

// TakeOnly turns a branch into a jump to its i-th successor; the other edge goes away with its phi arguments.
func (b *Block) TakeOnly(i int) {
	b.dropPred(1 - i)
	b.Term = Term{Kind: TermJump, Succs: b.Term.Succs[i : i+1 : i+1], Span: b.Term.Span}
}

// Retarget moves the edge to the i-th successor to another block, as its last predecessor. The phis of the new
// successor get their new last argument from the caller.
func (b *Block) Retarget(i int, to *Block) {
	b.dropPred(i)
	b.Term.Succs[i] = to
	to.Preds = b.fn.room().edges.Push(to.Preds, b)
}

// PassOn moves the edge from the i-th predecessor of b over to another block, as its last predecessor. The phis of that one get their new
// last argument from the caller.
func (b *Block) PassOn(i int, to *Block) {
	p := b.Preds[i]
	p.Term.Succs[slices.Index(p.Term.Succs, b)] = to
	b.RemovePred(i)
	to.Preds = b.fn.room().edges.Push(to.Preds, p)
}

// SplitEdge puts a new block that only jumps on the edge to the i-th successor and returns it. The place among the
// successor's predecessors stays, so no phi changes. The new block is last in layout.
func (b *Block) SplitEdge(i int) *Block {
	s := b.Term.Succs[i]
	mid := b.fn.NewBlock()
	edges := &b.fn.room().edges
	mid.Term = Term{Kind: TermJump, Succs: edges.Take(1), Span: b.Term.Span}
	mid.Term.Succs[0] = s
	mid.Preds = edges.Push(mid.Preds, b)
	s.Preds[s.PredIndex(b)] = mid
	b.Term.Succs[i] = mid
	return mid
}

// ReplaceUses makes every use of from a use of to. It walks the whole function: a pass that replaces many values
// collects them first and uses ReplaceAll.
func (f *Func) ReplaceUses(from, to *Value) {
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			replaceIn(v.Args, from, to)
		}
		replaceIn(b.Term.Args, from, to)
	}
}

func replaceIn(args []*Value, from, to *Value) {
	for i, a := range args {
		if a == from {
			args[i] = to
		}
	}
}

// ReplaceAll replaces, in one walk, every use of a value by its entry in the table, which is indexed by value ID;
// nil means that the value stays. Chains are followed to their end.
func (f *Func) ReplaceAll(table []*Value) {
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			resolveIn(v.Args, table)
		}
		resolveIn(b.Term.Args, table)
	}
}

func resolveIn(args []*Value, table []*Value) {
	for i, a := range args {
		if a.ID < len(table) && table[a.ID] != nil {
			args[i] = Resolve(table, a)
		}
	}
}

// Resolve follows a table of replacements to the value that v became, and shortens the chain it walked.
func Resolve(table []*Value, v *Value) *Value {
	end := v
	for end.ID < len(table) && table[end.ID] != nil {
		end = table[end.ID]
	}
	for v.ID < len(table) && table[v.ID] != nil && table[v.ID] != end {
		v, table[v.ID] = table[v.ID], end
	}
	return end
}

// Uses counts how often each value is used, by arguments and terminators, indexed by value ID. It writes into
// counts where that is large enough.
func (f *Func) Uses(counts []int32) []int32 {
	if cap(counts) < f.nextValue {
		counts = make([]int32, f.nextValue)
	}
	counts = counts[:f.nextValue]
	clear(counts)
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			for _, a := range v.Args {
				counts[a.ID]++
			}
		}
		for _, a := range b.Term.Args {
			counts[a.ID]++
		}
	}
	return counts
}

// RemoveUnreachable drops the blocks that the entry doesn't reach, and their edges with the phi arguments. It
// reports whether there were any.
func (f *Func) RemoveUnreachable() bool {
	reached := f.unseen()
	stack := append(f.mem.stack[:0], visit{b: f.Blocks[0]})
	reached[f.Blocks[0].ID] = true
	n := 1
	for len(stack) > 0 {
		b := stack[len(stack)-1].b
		stack = stack[:len(stack)-1]
		for _, s := range b.Term.Succs {
			if !reached[s.ID] {
				reached[s.ID] = true
				n++
				stack = append(stack, visit{b: s})
			}
		}
	}
	f.mem.stack = stack
	if n == len(f.Blocks) {
		return false
	}
	kept := f.Blocks[:0]
	for _, b := range f.Blocks {
		if reached[b.ID] {
			kept = append(kept, b)
			continue
		}
		for i, s := range b.Term.Succs {
			if reached[s.ID] {
				b.dropPred(i)
			}
		}
	}
	clear(f.Blocks[len(kept):])
	f.Blocks = kept
	return true
}
