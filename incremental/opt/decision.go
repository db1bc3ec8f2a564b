package opt

import "go3s/incremental/ir"

// closeDecisions gives the ways behind a block that only decides something phis of their own for what they use of its: as in
// v, ok := m[k]; if ok { … v … }, where v is used on one way alone. After that, nothing of the block is used elsewhere, and every edge that
// leads to it can be sent on.
func closeDecisions(s *state, f *ir.Func) bool {
	changed := false
	for _, b := range f.Blocks[1:] {
		t := threader{f: f, b: b}
		if !onlyDecides(b) || len(b.Phis()) < 2 || !t.decided() {
			continue
		}
		c := closing{f: f, b: b, dom: s.flow(f)}
		if c.possible() {
			c.run()
			changed = true
		}
	}
	return changed
}

// decided reports that each edge which leads to the block decides where it goes on.
func (t threader) decided() bool {
	for i := range t.b.Preds {
		if t.at(t.b.Term.Args[0], i).Op != ir.OpConst || t.at(t.b.Term.Args[1], i).Op != ir.OpConst {
			return false
		}
	}
	return true
}

// closing is the work on one block.
type closing struct {
	f   *ir.Func
	b   *ir.Block
	dom *ir.DomTree
}

// way is which successor leads to a place, of those that only the block leads to; -1 for none of them.
func (c closing) way(at *ir.Block) int {
	for i, s := range c.b.Term.Succs {
		if len(s.Preds) == 1 && c.dom.Reached(at) && c.dom.Dominates(s, at) {
			return i
		}
	}
	return -1
}

// each calls use for every use of the block's phis elsewhere: as an argument in the block at, or on the edge from it.
func (c closing) each(use func(args []*ir.Value, i int, at *ir.Block)) {
	for _, b := range c.f.Blocks {
		for _, v := range b.Values {
			for i, a := range v.Args {
				if a.Op != ir.OpPhi || a.Block != c.b || v.Block == c.b {
					continue
				}
				if v.Op != ir.OpPhi {
					use(v.Args, i, b)
				} else if b.Preds[i] != c.b {
					use(v.Args, i, b.Preds[i])
				}
			}
		}
		for i, a := range b.Term.Args {
			if a.Op == ir.OpPhi && a.Block == c.b && b != c.b {
				use(b.Term.Args, i, b)
			}
		}
	}
}

// possible reports that there are such uses, and that each is on one of the ways.
func (c closing) possible() bool {
	n, good := 0, true
	c.each(func(_ []*ir.Value, _ int, at *ir.Block) {
		n++
		good = good && c.way(at) >= 0
	})
	return n > 0 && good
}

func (c closing) run() {
	type use struct {
		args []*ir.Value
		i    int
		way  int
	}
	var uses []use // the list first: phis come to the blocks that it is made of
	c.each(func(args []*ir.Value, i int, at *ir.Block) { uses = append(uses, use{args, i, c.way(at)}) })
	own := [2]map[*ir.Value]*ir.Value{{}, {}}
	for _, u := range uses {
		v := u.args[u.i]
		phi := own[u.way][v]
		if phi == nil {
			phi = c.b.Term.Succs[u.way].Phi(v.Type, v.Span)
			phi.Args = []*ir.Value{v}
			own[u.way][v] = phi
		}
		u.args[u.i] = phi
	}
}
