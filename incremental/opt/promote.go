package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// promote turns slots that are only loaded and stored, always in the same pieces, into SSA values. A piece gets a phi
// in each block with several predecessors where it is read later; phis that turn out trivial go in the next fold.
//
// Source: Sreedhar, Gao, "A Linear Time Algorithm for Placing phi-Nodes", 1995, for the idea to prune by liveness; the
// placing here is the maximal one, which is small because a piece is live in few blocks.
func promote(s *state, f *ir.Func) bool {
	sl, ok := s.newSlots(f)
	if !ok {
		return false
	}
	p := &promoter{f: f, slots: sl}
	if !p.candidates() {
		return false
	}
	p.repl, p.at = s.replacements(f), make([]pieceAt, f.NumBlocks())
	p.pieces()
	changed := false
	for i := range p.list {
		if !p.refused[p.list[i].slot] {
			p.piece(&p.list[i])
			changed = true
		}
	}
	if !changed {
		return false
	}
	f.ReplaceAll(p.repl)
	for _, b := range f.Blocks {
		kept := b.Values[:0]
		for _, v := range b.Values {
			if !p.gone[v] {
				kept = append(kept, v)
			}
		}
		clear(b.Values[len(kept):])
		b.Values = kept
	}
	for _, zero := range p.zeros {
		if zero != nil {
			entry := f.Entry()
			entry.Values = slices.Insert(entry.Values, len(f.Params), zero)
		}
	}
	s.table = p.repl
	return true
}

// promoter is the state of the pass.
type promoter struct {
	f       *ir.Func
	slots   *slots
	repl    []*ir.Value
	list    []piece
	refused []bool // by slot
	gone    map[*ir.Value]bool
	zeros   [ir.Ptr + 1]*ir.Value // by type: the zero in the entry block
	at      []pieceAt             // by block ID, for the piece at hand
	touched []*ir.Block           // blocks with an entry in at
	phis    []*ir.Block           // blocks with a phi
}

// piece is a scalar in a slot.
type piece struct {
	slot      int32
	off, size int64
	t         ir.Type
	uses      []pieceUse // in program order
}

// pieceUse is a load of a piece, or a write of it with what is written.
type pieceUse struct{ v, written *ir.Value }

// pieceAt is what a block does to the piece at hand.
type pieceAt struct {
	known  bool
	uses   []pieceUse
	readIn bool // it is read before it is written
	liveIn bool
	out    *ir.Value // its value at the end of the block, where known
	phi    *ir.Value
}

// candidates refuses the slots that are used as a whole, and reports whether there are others.
func (p *promoter) candidates() bool {
	left := false
	p.refused = slices.Clone(p.slots.escaped)
	for i, list := range p.slots.bySlot {
		if !p.refused[i] {
			p.refused[i] = slices.ContainsFunc(list, func(a access) bool {
				_, ok := pieceType(a.v)
				return a.size < 0 || !ok && a.v.Op != ir.OpZero
			})
			left = left || !p.refused[i]
		}
	}
	return left
}

// pieces finds the pieces of the slots that are left, and refuses slots of which the pieces overlap.
func (p *promoter) pieces() {
	type key struct {
		slot int32
		off  int64
	}
	index := map[key]int{}
	var zeros []access
	for _, b := range p.f.Blocks {
		for _, v := range b.Values {
			for _, a := range p.slots.of(v) {
				t, ok := pieceType(v)
				if p.refused[a.slot] {
					continue
				}
				if !ok {
					zeros = append(zeros, a)
					continue
				}
				k := key{a.slot, a.off}
				i, there := index[k]
				if !there {
					i = len(p.list)
					index[k] = i
					p.list = append(p.list, piece{slot: a.slot, off: a.off, size: a.size, t: t})
				}
				if q := &p.list[i]; q.size != a.size || q.t != t {
					p.refused[a.slot] = true
				}
			}
		}
	}
	for i := range p.list {
		for off := p.list[i].off + 1; off < p.list[i].off+p.list[i].size; off++ {
			if _, overlap := index[key{p.list[i].slot, off}]; overlap {
				p.refused[p.list[i].slot] = true
			}
		}
	}
	for _, z := range zeros {
		for off := max(z.off-7, 0); off < z.off+z.size; off++ {
			if i, there := index[key{z.slot, off}]; there {
				q := &p.list[i]
				if off+q.size > z.off && (off < z.off || off+q.size > z.off+z.size) {
					p.refused[z.slot] = true
				}
			}
		}
	}
	p.collect(func(slot int32, off int64) (int, bool) { i, ok := index[key{slot, off}]; return i, ok })
}

// collect lists the uses of every piece in program order.
func (p *promoter) collect(find func(int32, int64) (int, bool)) {
	for _, b := range p.f.Blocks {
		for _, v := range b.Values {
			for _, a := range p.slots.of(v) {
				if p.refused[a.slot] {
					continue
				}
				end := a.off + 1
				if v.Op == ir.OpZero {
					end = a.off + a.size
				}
				for off := a.off; off < end; off++ {
					if i, ok := find(a.slot, off); ok {
						p.list[i].uses = append(p.list[i].uses, p.use(&p.list[i], v))
					}
				}
			}
		}
	}
}

// use is what v does to the piece.
func (p *promoter) use(q *piece, v *ir.Value) pieceUse {
	switch {
	case v.Op == ir.OpZero:
		return pieceUse{v, p.zero(q.t)}
	case v.Op.IsStore():
		return pieceUse{v, v.Args[1]}
	}
	return pieceUse{v: v}
}

// zero is the constant 0, in the entry block when the pass is done.
func (p *promoter) zero(t ir.Type) *ir.Value {
	if p.zeros[t] == nil {
		c := p.f.Unplaced(ir.OpConst, t, p.f.Span)
		c.Block = p.f.Entry()
		p.zeros[t] = c
	}
	return p.zeros[t]
}

// pieceType is the type of a scalar access; ok is false for anything else.
func pieceType(v *ir.Value) (ir.Type, bool) {
	switch {
	case v.Op.IsLoad():
		return v.Type, true
	case v.Op.IsStore():
		return v.Args[1].Type, true
	}
	return ir.Void, false
}

// piece rewrites the accesses of one piece.
func (p *promoter) piece(q *piece) {
	if p.gone == nil {
		p.gone = map[*ir.Value]bool{}
	}
	for _, b := range p.touched {
		p.at[b.ID] = pieceAt{}
	}
	p.touched, p.phis = p.touched[:0], p.phis[:0]
	for list := q.uses; len(list) > 0; {
		b, n := list[0].v.Block, 1
		for n < len(list) && list[n].v.Block == b {
			n++
		}
		e := p.entry(b)
		e.uses, e.readIn = list[:n:n], list[0].written == nil
		list = list[n:]
	}
	p.live()
	for _, b := range append([]*ir.Block(nil), p.touched...) {
		if e := &p.at[b.ID]; len(e.uses) > 0 {
			p.rename(q, b)
		}
	}
	p.fillPhis(q)
}

func (p *promoter) entry(b *ir.Block) *pieceAt {
	e := &p.at[b.ID]
	if !e.known {
		e.known = true
		p.touched = append(p.touched, b)
	}
	return e
}

// live marks the blocks at whose start the piece is read later.
func (p *promoter) live() {
	var work []*ir.Block
	for _, b := range p.touched {
		if p.at[b.ID].readIn {
			p.at[b.ID].liveIn = true
			work = append(work, b)
		}
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, pred := range b.Preds {
			e := p.entry(pred)
			if !e.liveIn && len(e.uses) == 0 {
				e.liveIn = true
				work = append(work, pred)
			}
		}
	}
}

// rename gives the loads of a block their values.
func (p *promoter) rename(q *piece, b *ir.Block) {
	e := &p.at[b.ID]
	cur := (*ir.Value)(nil)
	if e.readIn {
		cur = p.atStart(q, b)
	}
	for _, use := range e.uses {
		v := use.v
		if use.written != nil {
			p.gone[v] = true
			cur = use.written
			continue
		}
		if op, narrow := narrowing(v.Op); narrow {
			v.Op, v.Imm, v.Args[0] = op, 0, cur
			continue
		}
		p.gone[v] = true
		p.setReplacement(v, cur)
	}
	e.out = cur
}

// narrowing is the extension that a narrow load does.
func narrowing(op ir.Op) (ir.Op, bool) {
	switch op {
	case ir.OpLoad8:
		return ir.OpZext8, true
	case ir.OpLoads8:
		return ir.OpSext8, true
	case ir.OpLoad16:
		return ir.OpZext16, true
	case ir.OpLoads16:
		return ir.OpSext16, true
	}
	return op, false
}

func (p *promoter) setReplacement(v, r *ir.Value) {
	for v.ID >= len(p.repl) {
		p.repl = append(p.repl, nil)
	}
	p.repl[v.ID] = r
}

// atStart is the piece at the start of a block where it is live: a phi, or what it is at the end of the only
// predecessor. A piece that is read before it was ever written is 0.
func (p *promoter) atStart(q *piece, b *ir.Block) *ir.Value {
	var way []*ir.Block
	var v *ir.Value
	for v == nil {
		e := p.entry(b)
		switch {
		case len(b.Preds) == 0:
			v = p.zero(q.t)
		case len(b.Preds) > 1:
			if e.phi == nil {
				e.phi = b.Phi(q.t, p.f.Span)
				p.phis = append(p.phis, b)
			}
			v = e.phi
		default:
			b = b.Preds[0]
			if v = p.atEnd(b); v == nil {
				way = append(way, b)
			}
		}
	}
	for _, b := range way {
		p.entry(b).out = v
	}
	return v
}

// atEnd is the piece at the end of a block, nil where the block doesn't know it by itself.
func (p *promoter) atEnd(b *ir.Block) *ir.Value {
	e := p.entry(b)
	if e.out != nil {
		return e.out
	}
	for i := len(e.uses) - 1; i >= 0; i-- {
		if e.uses[i].written != nil {
			return e.uses[i].written
		}
	}
	return nil
}

// fillPhis gives the phis their arguments; that may ask for more phis.
func (p *promoter) fillPhis(q *piece) {
	for i := 0; i < len(p.phis); i++ {
		b := p.phis[i]
		phi := p.at[b.ID].phi
		for _, pred := range b.Preds {
			v := p.atEnd(pred)
			if v == nil {
				v = p.atStart(q, pred)
			}
			phi.Args = append(phi.Args, v)
		}
	}
}
