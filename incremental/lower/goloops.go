package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/lower/loops"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// Unroll is the attribute that asks for copies of a loop's body, go:unroll.
const Unroll = "go:unroll"

// noteUnrolled finds the loops of the Go function at hand that have the attribute. A loop of the syntax tree is the largest one of
// the control flow whose instructions all lie in its text.
func (l *lowerer) noteUnrolled(fn *ssa.Function) {
	var noted []loops.Unrolling
	var found []map[*ssa.BasicBlock]bool // by index of the header
	for n, attrs := range l.frame.file.Attrs {
		i := slices.IndexFunc(attrs, func(a syntax.Attr) bool { return a.Name == Unroll })
		if i < 0 || !isLoop(n) {
			continue
		}
		u := loops.Unrolling{Span: attrs[i].Span}
		if len(attrs[i].Args) > 0 {
			u.Factor, _ = strconv.ParseInt(attrs[i].Args[0].Value, 10, 64)
		}
		if found == nil {
			for _, h := range fn.Blocks {
				found = append(found, goLoop(h))
			}
		}
		most := 0
		for _, h := range fn.Blocks {
			if blocks := found[h.Index]; len(blocks) > most && within(blocks, n) {
				most, u.Header = len(blocks), l.frame.entry[h.Index]
			}
		}
		if most > 0 {
			noted = append(noted, u)
		}
	}
	slices.SortFunc(noted, func(a, b loops.Unrolling) int { return a.Header.ID - b.Header.ID })
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

// bpf_loop appeared in Linux 5.17.
const loopFloor = 5<<16 | 17<<8

// loopRewriter is what rewrites the loops of a program.
func (p *Package) loopRewriter(program string, careful bool) *loops.Rewriter {
	r := &loops.Rewriter{Program: program, Careful: careful}
	if !p.universe.Has(ir.HelperLoop, loopFloor) {
		r.TooOld = "a loop whose end only the run knows needs Linux 5.17; this is " + universe.VersionText(p.universe.Kernel.Features().Version)
	}
	return r
}

// rewriteLoops unrolls the loops that have the attribute, and makes functions of those that the verifier could not follow.
func (l *lowerer) rewriteLoops() {
	if len(l.unrolled) > 0 {
		l.diags = append(l.diags, loops.Unroll(l.fn, l.unrolled, l)...)
	}
	if len(l.diags) == 0 {
		funcs, diags := l.loops.Outline(l.fn, l)
		l.funcs, l.diags = append(l.funcs, funcs...), append(l.diags, diags...)
	}
}

// Fault ends a block in the way that package loops asks for.
func (l *lowerer) Fault(b *ir.Block, span source.Span) {
	l.cur, l.span = b, span
	l.faultEnd(byRounds)
}

// Removed forgets the blocks that are not there any more.
func (l *lowerer) Removed() { l.forgetFaults() }

// endless is where a function has a loop without a way out, if it has one: the loop's statement or, of a goto, an instruction in it.
func endless(fn *ssa.Function, info *types.Info) (at token.Pos, found bool) {
	back := func(b *ssa.BasicBlock) bool {
		return slices.ContainsFunc(b.Succs, func(s *ssa.BasicBlock) bool { return s.Index <= b.Index })
	}
	if !slices.ContainsFunc(fn.Blocks, back) {
		return token.NoPos, false
	}
	runs := reached(fn, fn.Blocks[:1], possible)
	var ends []*ssa.BasicBlock
	for _, b := range fn.Blocks {
		if len(b.Succs) == 0 {
			ends = append(ends, b)
		}
	}
	leaves := reached(fn, ends, func(b *ssa.BasicBlock) []*ssa.BasicBlock {
		return slices.DeleteFunc(slices.Clone(b.Preds), func(p *ssa.BasicBlock) bool { return !slices.Contains(possible(p), b) })
	})
	for _, b := range fn.Blocks {
		if !runs[b.Index] || leaves[b.Index] || !inLoop(b) {
			continue
		}
		at := fn.Pos()
		for _, ins := range b.Instrs {
			if ins.Pos().IsValid() {
				at = ins.Pos()
				break
			}
		}
		return forever(fn, at, info), true
	}
	return token.NoPos, false
}

// reached reports, by index, which blocks of a function next leads to from some, step by step; these among them.
func reached(fn *ssa.Function, from []*ssa.BasicBlock, next func(*ssa.BasicBlock) []*ssa.BasicBlock) []bool {
	seen := make([]bool, len(fn.Blocks))
	work := slices.Clone(from)
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if !seen[b.Index] {
			seen[b.Index] = true
			work = append(work, next(b)...)
		}
	}
	return seen
}

// possible is the successors of a block that a condition which is constant does not rule out.
func possible(b *ssa.BasicBlock) []*ssa.BasicBlock {
	if branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If); ok {
		if c, ok := branch.Cond.(*ssa.Const); ok {
			if constant.BoolVal(c.Value) {
				return b.Succs[:1]
			}
			return b.Succs[1:]
		}
	}
	return b.Succs
}

// forever is where the innermost statement begins around a place that is a loop without a condition, or with one that always holds. Where
// there is none, as around a goto, it is the place; of the function itself, it is the first such loop of all.
func forever(fn *ssa.Function, at token.Pos, info *types.Info) token.Pos {
	if fn.Syntax() == nil {
		return at
	}
	found := at
	ast.Inspect(fn.Syntax(), func(n ast.Node) bool {
		loop, ok := n.(*ast.ForStmt)
		if !ok || loop.Cond != nil && info.Types[loop.Cond].Value == nil {
			return true
		}
		if at == fn.Pos() && found == at || loop.Pos() <= at && at < loop.End() {
			found = loop.Pos()
		}
		return true
	})
	return found
}
