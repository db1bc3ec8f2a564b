package opt

import "go3s/incremental/ir"

// mergeStates leaves out a search for what a map has at the thread where an earlier one is known to have found it: it stays where it is for
// the rest of the run.
func mergeStates(s *state, f *ir.Func) bool {
	var calls []*ir.Value
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpCall && v.Imm == ir.HelperTaskStorageGet {
				calls = append(calls, v)
			}
		}
	}
	if len(calls) < 2 {
		return false
	}
	found := foundStates(s.flow(f))
	repl := make([]*ir.Value, f.NumValues())
	merged := false
	for _, later := range calls {
		for _, first := range calls {
			if first != later && repl[first.ID] == nil && first.Args[0].Map == later.Args[0].Map && found.before(first, later.Block) {
				repl[later.ID], merged = first, true
				break
			}
		}
	}
	if !merged {
		return false
	}
	for _, b := range f.Blocks {
		kept := b.Values[:0]
		for _, v := range b.Values {
			resolve(repl, v.Args)
			if repl[v.ID] == nil {
				kept = append(kept, v)
			}
		}
		b.Values = kept
		resolve(repl, b.Term.Args)
	}
	closePhis(f, repl)
	found.decide(f)
	s.flowChanged()
	f.RemoveUnreachable()
	return true
}

// foundPointers are the blocks from which on pointers are not null.
type foundPointers struct {
	dom    *ir.DomTree
	blocks map[*ir.Value][]*ir.Block
}

func foundStates(dom *ir.DomTree) foundPointers {
	f := foundPointers{dom, map[*ir.Value][]*ir.Block{}}
	for _, b := range dom.Order {
		if p, i, ok := b.Term.NonNull(); ok && len(b.Term.Succs[i].Preds) == 1 {
			f.blocks[p] = append(f.blocks[p], b.Term.Succs[i])
		}
	}
	return f
}

// before reports that a pointer is not null in a block.
func (f foundPointers) before(p *ir.Value, b *ir.Block) bool {
	for _, from := range f.blocks[p] {
		if f.dom.Dominates(from, b) {
			return true
		}
	}
	return false
}

// decide takes away the tests of pointers that have been found before. They rest on the graph as it was, and do not change each other.
func (f foundPointers) decide(fn *ir.Func) {
	var blocks []*ir.Block
	var ways []int
	for _, b := range fn.Blocks {
		if p, i, ok := b.Term.NonNull(); ok && f.before(p, b) {
			blocks, ways = append(blocks, b), append(ways, i)
		}
	}
	for n, b := range blocks {
		b.TakeOnly(ways[n])
	}
}
