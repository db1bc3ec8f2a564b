package ir

import (
	"errors"
	"fmt"
)

// Verify checks that the module keeps the rules of the IR. The error has one line for each fault.
//
// The rules: a slot has bytes, and an alignment of 1, 2, 4 or 8; every block ends in a terminator, predecessors
// mirror successors, a branch has two different successors and nothing jumps to the entry; a value is defined before
// it is used; phis come first and have one argument per predecessor; types are as Ops and the comments of the ops
// say; a constant access stays within its slot, map value or record and a slot is accessed at its alignment; maps
// have a kind their op or helper takes; calls have the arguments that Helpers lists; the context is never written; a
// helper's nullable pointer is tested against null, by a branch, before it is used as an address; a ring record is
// submitted or discarded once on every path from its reservation, and not touched later.
func Verify(m *Module) error {
	var errs []error
	names := map[string]*Func{}
	for _, f := range m.Funcs {
		if names[f.Name] != nil {
			errs = append(errs, fmt.Errorf("func %s is there twice", f.Name))
		}
		names[f.Name] = f
	}
	for _, f := range m.Funcs {
		v := verifier{f: f, funcs: names}
		v.run()
		errs = append(errs, v.errs...)
	}
	return errors.Join(errs...)
}

// Verify checks one function as Verify of a module does, except that the functions it names may be unknown.
func (f *Func) Verify() error {
	v := verifier{f: f}
	v.run()
	return errors.Join(v.errs...)
}

// verifier collects the faults of one function.
type verifier struct {
	f     *Func
	funcs map[string]*Func // nil where they aren't known
	dom   *DomTree
	place map[*Value]int // order within its block
	errs  []error
}

func (c *verifier) run() {
	c.graph()
	if len(c.errs) == 0 {
		c.values()
	}
	if len(c.errs) == 0 {
		c.dominance()
	}
	if len(c.errs) == 0 {
		c.memory()
		c.nullable()
		c.records()
	}
}

func (c *verifier) errorf(b *Block, v *Value, format string, args ...any) {
	where := fmt.Sprintf("func %s: b%d: ", c.f.Name, b.ID)
	if v != nil {
		where += v.String() + ": "
	}
	c.errs = append(c.errs, errors.New(where+fmt.Sprintf(format, args...)))
}

// graph checks blocks, edges and terminators.
func (c *verifier) graph() {
	seen := map[*Block]bool{}
	ids := map[int]bool{}
	for _, b := range c.f.Blocks {
		if seen[b] || ids[b.ID] || b.ID >= c.f.nextBlock || b.fn != c.f {
			c.errorf(b, nil, "the block is there twice or belongs to another function")
		}
		seen[b], ids[b.ID] = true, true
	}
	if len(c.f.Blocks) == 0 {
		c.errs = append(c.errs, fmt.Errorf("func %s has no block", c.f.Name))
		return
	}
	edges := map[[2]*Block]int{}
	for _, b := range c.f.Blocks {
		c.terminator(b)
		for _, s := range b.Term.Succs {
			if !seen[s] {
				c.errorf(b, nil, "successor b%d is not in the function", s.ID)
			}
			edges[[2]*Block{b, s}]++
		}
	}
	for _, b := range c.f.Blocks {
		for _, p := range b.Preds {
			edges[[2]*Block{p, b}]--
		}
	}
	for e, n := range edges {
		if n != 0 {
			c.errorf(e[1], nil, "predecessors and successors disagree about the edge from b%d", e[0].ID)
		}
	}
	if len(c.f.Blocks[0].Preds) > 0 {
		c.errorf(c.f.Blocks[0], nil, "the entry has predecessors")
	}
}

func (c *verifier) terminator(b *Block) {
	t := &b.Term
	succs, args := map[TermKind]int{TermJump: 1, TermBranch: 2}[t.Kind], len(t.Args)
	switch {
	case t.Kind == TermNone || t.Kind > TermReturn:
		c.errorf(b, nil, "the block has no terminator")
	case len(t.Succs) != succs:
		c.errorf(b, nil, "the terminator has %d successors, want %d", len(t.Succs), succs)
	case t.Kind == TermJump && args != 0 || t.Kind == TermBranch && args != 2 || t.Kind == TermReturn && args > 1:
		c.errorf(b, nil, "the terminator has %d arguments", args)
	case t.Kind == TermBranch && t.Succs[0] == t.Succs[1]:
		c.errorf(b, nil, "both successors of the branch are b%d", t.Succs[0].ID)
	case t.Kind == TermBranch && (t.Args[0] == nil || t.Args[1] == nil || t.Args[0].Type != t.Args[1].Type):
		c.errorf(b, nil, "the branch compares two types")
	case t.Kind == TermBranch && t.Cond == Set && t.Args[0].Type == Ptr:
		c.errorf(b, nil, "set compares pointers")
	case t.Kind == TermReturn && args == 1 && (t.Args[0] == nil || t.Args[0].Type == Void):
		c.errorf(b, nil, "the result has no type")
	case t.Kind == TermReturn && args == 1 && c.f.Kind != Sub && t.Args[0].Type == Ptr:
		c.errorf(b, nil, "a program returns a pointer")
	}
}

// dominance checks that definitions come before uses.
func (c *verifier) dominance() {
	c.dom = c.f.Dominators()
	c.place = map[*Value]int{}
	for _, b := range c.f.Blocks {
		for i, v := range b.Values {
			if _, twice := c.place[v]; twice {
				c.errorf(b, v, "the value is there twice")
			}
			c.place[v] = i
		}
	}
	for _, b := range c.dom.Order {
		for i, v := range b.Values {
			for j, a := range v.Args {
				at, before := b, i
				if v.Op == OpPhi {
					at, before = b.Preds[j], len(b.Preds[j].Values)
					if !c.dom.Reached(at) {
						continue
					}
				}
				c.use(b, v, a, at, before)
			}
		}
		for _, a := range b.Term.Args {
			c.use(b, nil, a, b, len(b.Values))
		}
	}
}

// use checks that a is defined before the given place of the block at.
func (c *verifier) use(b *Block, v, a *Value, at *Block, before int) {
	i, ok := c.place[a]
	switch {
	case !ok || !c.dom.Reached(a.Block):
		c.errorf(b, v, "v%d is used and is in no reached block", a.ID)
	case a.Block == at && i >= before || a.Block != at && !c.dom.Dominates(a.Block, at):
		c.errorf(b, v, "v%d is used before it is defined", a.ID)
	}
}
