package codegen

import (
	"slices"

	"go3s/incremental/ir"
)

// edge is the machine block that the i-th edge of a branch goes to. Where the successor has phis, a block between
// holds their copies; layout removes it again when the copies are coalesced or can be done before the branch.
func (s *selector) edge(b *ir.Block, i int) *block {
	to := b.Term.Succs[i]
	if len(to.Phis()) == 0 {
		return s.blocks[to.ID]
	}
	mid := &block{}
	s.m.blocks = append(s.m.blocks, mid)
	saved := s.cur
	s.cur = mid
	s.phiCopies(b, i)
	mid.term = term{kind: termJump, to: [2]*block{s.blocks[to.ID]}, span: s.span}
	s.cur = saved
	return mid
}

// phiCopies assigns the phis of the i-th successor of b, all at once as seen by the program.
func (s *selector) phiCopies(b *ir.Block, i int) {
	to := b.Term.Succs[i]
	phis := to.Phis()
	if len(phis) == 0 {
		return
	}
	k := predIndex(b, i)
	var pending []copyPair
	for _, phi := range phis {
		if s.uses[phi.ID] == 0 {
			continue
		}
		a := phi.Args[k]
		switch {
		case a == phi, s.isLazy(a) && a.Op != ir.OpOffset:
			continue
		case s.isLazy(a):
			// It reads a register that another copy may write: compute it first.
			tmp := s.m.newReg()
			s.put(tmp, a)
			pending = append(pending, copyPair{s.reg(phi), tmp})
		default:
			pending = append(pending, copyPair{s.reg(phi), s.reg(a)})
		}
	}
	s.parallelCopy(pending)
	for _, phi := range phis {
		if a := phi.Args[k]; s.uses[phi.ID] > 0 && s.isLazy(a) && a.Op != ir.OpOffset {
			s.put(s.reg(phi), a)
		}
	}
}

// predIndex is the place of the i-th edge of b among its successor's predecessors.
func predIndex(b *ir.Block, i int) int {
	to := b.Term.Succs[i]
	skip := 0
	for _, s := range b.Term.Succs[:i] {
		if s == to {
			skip++
		}
	}
	for k, p := range to.Preds {
		if p == b {
			if skip == 0 {
				return k
			}
			skip--
		}
	}
	panic("edge without a predecessor entry")
}

// copyPair is one of several copies that happen at once.
type copyPair struct{ dst, src reg }

// parallelCopy emits copies in an order in which none overwrites what another still reads. A cycle is cut by a
// temporary register.
func (s *selector) parallelCopy(pending []copyPair) {
	for len(pending) > 0 {
		i := slices.IndexFunc(pending, func(p copyPair) bool {
			return !slices.ContainsFunc(pending, func(q copyPair) bool { return q.src == p.dst && q != p })
		})
		if i >= 0 {
			s.move(pending[i].dst, pending[i].src)
			pending = slices.Delete(pending, i, i+1)
			continue
		}
		tmp := s.m.newReg()
		s.move(tmp, pending[0].src)
		pending[0].src = tmp
	}
}
