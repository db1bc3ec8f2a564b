// Package loops makes loops of the IR such that the kernel's verifier can follow them.
//
// The verifier follows a loop round by round. A loop that it can follow to its end stays as it is. Any other becomes a function
// that the kernel calls once a round, through bpf_loop: a loop with very many rounds, and one whose end is only known at run time.
// A loop that the program asks to be unrolled becomes a ring of copies of itself, or a line of them.
package loops

import (
	"fmt"

	"go3s/incremental/arena"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// maxDeep is how many functions that are made of loops may call each other: with the program itself, the kernel takes 8.
const maxDeep = 7

// Rewriter rewrites the loops in the functions of one program.
type Rewriter struct {
	Program string // its name, after which functions that are made of loops are called
	Careful bool   // the verifier gave up on the program: each loop with some ways through it becomes a function
	// TooOld is a sentence for the user where the kernel has no bpf_loop, so that no loop can become a function; else it is empty.
	TooOld string

	rounds int               // how many loops have become functions
	frames map[*ir.Slot]bool // of loops that have
}

// Builder is who makes a function whose loops are rewritten.
type Builder interface {
	// Fault ends a block of the function that has no terminator: the run ends there, and counts as a fault at that place.
	Fault(b *ir.Block, at source.Span)
	// Removed says that blocks which nothing reaches have been removed from the function.
	Removed()
}

// Unrolling is a loop that is to be unrolled.
type Unrolling struct {
	Header *ir.Block
	Factor int64       // how many copies of it there shall be, 0 for all rounds
	Span   source.Span // what asks for it
}

// Any reports whether a function has a loop.
func Any(f *ir.Func) bool { return len(newNest(f, f.Dominators()).loops) > 0 }

// Unroll unrolls loops of a function, inner loops before outer ones. It says which can't be.
func Unroll(f *ir.Func, list []Unrolling, b Builder) []source.Diagnostic {
	removeUnreached(f, b)
	defer b.Removed()
	left := map[*ir.Block]Unrolling{}
	for _, u := range list {
		left[u.Header] = u
	}
	for more := true; more && len(left) > 0; {
		var diags []source.Diagnostic
		if more, diags = unrollSome(f, left); len(diags) > 0 {
			return diags
		}
	}
	return nil
}

// unrollSome unrolls loops until one comes that is another one for that. It reports whether there was one.
func unrollSome(f *ir.Func, left map[*ir.Block]Unrolling) (more bool, diags []source.Diagnostic) {
	n := newNest(f, f.Dominators())
	for _, lp := range n.loops {
		u, ok := left[lp.header]
		switch {
		case !ok:
			continue
		case lp.holdsGone():
			return true, nil
		}
		delete(left, lp.header)
		n.gather(lp)
		if diags := unroll(f, lp, &n.tree, u); len(diags) > 0 {
			return false, diags
		}
		lp.gone = true
		f.RemoveUnreachable()
	}
	return false, nil
}

// Outline makes functions of the loops that the verifier could not follow, inner loops before outer ones, and lists them. It says
// which can't be.
func (r *Rewriter) Outline(f *ir.Func, b Builder) (made []*ir.Func, diags []source.Diagnostic) {
	removeUnreached(f, b)
	dom := trees.Get()
	defer trees.Put(dom)
	dom.Compute(f)
	n := newNest(f, dom)
	if n.odd != nil {
		return nil, []source.Diagnostic{{
			Code: source.Unsupported, Span: n.odd.Term.Span, Hint: "write it with for", Msg: "a goto enters this loop in its middle",
		}}
	}
	n.start()
	u := uses{nest: n}
	for lp := n.next(); lp != nil; lp = n.next() {
		switch {
		case lp.followed(r.Careful):
			n.leave(lp)
		case r.TooOld != "":
			return nil, []source.Diagnostic{{
				Code: source.KernelTooOld, Span: lp.header.Term.Span, Hint: "bound it by a constant, as in i < n && i < 100", Msg: r.TooOld,
			}}
		case lp.deep >= maxDeep:
			return nil, []source.Diagnostic{{
				Code: source.TooLarge, Span: lp.header.Term.Span, Hint: "make one loop of some of these",
				Msg: fmt.Sprintf("more than %d loops lie in one another here, each of which is a function of the kernel's", maxDeep),
			}}
		default:
			made = append(made, r.outline(f, lp, &u, b))
		}
	}
	if len(made) > 0 {
		f.RemoveUnreachable()
		u.removeSlots()
	}
	r.shareFrames(f)
	return made, nil
}

// trees are used by one function after another.
var trees arena.Pool[ir.DomTree]

func removeUnreached(f *ir.Func, b Builder) {
	f.RemoveUnreachable()
	b.Removed()
}
