package opt

import "go3s/incremental/ir"

// mergeStates leaves out a search for what a map has at the thread where an earlier one is known to have found it: it stays where it is for
// the rest of the run.
func mergeStates(s *state, f *ir.Func) {
	var calls []*ir.Value
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpCall && v.Imm == ir.HelperTaskStorageGet {
				calls = append(calls, v)
			}
		}
	}
	if len(calls) < 2 {
		return
	}
	dom := s.flow(f)
	known := map[*ir.Value][]*ir.Block{} // the blocks from which on a pointer is not null
	for _, b := range dom.Order {
		if p, i, ok := b.Term.NonNull(); ok && len(b.Term.Succs[i].Preds) == 1 {
			known[p] = append(known[p], b.Term.Succs[i])
		}
	}
	repl := make([]*ir.Value, f.NumValues())
	merged := false
	for _, later := range calls {
		for _, first := range calls {
			if first == later || repl[first.ID] != nil || first.Args[0].Map != later.Args[0].Map {
				continue
			}
			for _, b := range known[first] {
				if repl[later.ID] == nil && dom.Dominates(b, later.Block) {
					repl[later.ID], merged = first, true
				}
			}
		}
	}
	if !merged {
		return
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
}
