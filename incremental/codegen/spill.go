package codegen

import "slices"

// spill gives every register that found no colour a home on the stack and splits it into pieces.
//
// A register spilled for the first time gets one piece for each run of instructions between calls: loaded before
// the first use there, stored after the last write. A piece that is spilled again is split at every instruction. A
// register that can be computed anew gets no home.
func (a *allocator) spill() {
	n := len(a.m.regs)
	w := splitter{m: a.m, group: a.m.mem.ints.Take(n), groups: make([]splitGroup, 1+len(a.spilled))}
	number := a.m.mem.ints.Take(n)
	for i, v := range a.spilled {
		number[v] = int32(i) + 1
	}
	for v := range a.m.regs {
		r := a.find(firstVirtual+reg(v)) - firstVirtual
		if r >= 0 && number[r] > 0 && (a.nodes[v].defs > 0 || a.nodes[v].cost > 0) {
			w.group[v] = number[r]
			w.groups[number[r]].join(a.m.regs[v], a.again(v))
		}
	}
	for g := range w.groups {
		if s := &w.groups[g]; g > 0 && s.home == 0 && s.remat == nil {
			s.home = a.m.newHome()
		}
	}
	for _, b := range a.m.blocks {
		w.block(b)
	}
}

// newHome adds a register's home to the frame and returns the obj field that names it.
func (m *function) newHome() int32 {
	m.objs = append(m.objs, object{size: 8, align: 8, home: true})
	return int32(len(m.objs))
}

// splitGroup is the registers that were coalesced into one that is spilled now.
type splitGroup struct {
	members int
	home    int32 // obj field
	remat   *insn // computes the register anew at any place, nil where there is none
	piece   uint8

	cur     reg   // the piece in the current segment
	segment int32 // for which cur is valid
	written int32 // segment in which the scan from the end has met a write
	read    int32 // segment in which the scan from the end has met a read
}

// join adds a register to the group. The home of a piece can stay the group's only where all members are pieces of
// the same register, and only a register alone can be computed anew.
func (g *splitGroup) join(r regInfo, remat *insn) {
	g.members++
	if g.members == 1 {
		g.home, g.remat = r.object, remat
	} else {
		g.remat = nil
		if g.home != r.object {
			g.home = 0
		}
	}
	if g.remat != nil {
		g.home = 0
	}
	g.piece = max(g.piece, r.piece)
}

// splitter rewrites blocks.
type splitter struct {
	m       *function
	group   []int32 // by virtual register, 0 where it is not spilled
	groups  []splitGroup
	segment int32
	flags   []splitFlags
	out     []insn
}

// splitFlags is what the scan from the end of a block tells of the write of an instruction.
type splitFlags uint8

const (
	lastWrite splitFlags = 1 << iota // no other write follows in the segment
	readLater                        // a read follows in the segment
)

// of is the group of a register, nil where it is not spilled.
func (w *splitter) of(r reg) *splitGroup {
	if r >= firstVirtual && int(r-firstVirtual) < len(w.group) {
		if g := w.group[r-firstVirtual]; g > 0 {
			return &w.groups[g]
		}
	}
	return nil
}

func (w *splitter) block(b *block) {
	w.scanBack(b)
	w.segment++
	w.out = w.m.mem.insns.Take(len(b.insns) + 8)[:0]
	for k := range b.insns {
		ins := b.insns[k]
		switch {
		case ins.op == mopDropped:
		case ins.op == mopCall:
			w.out = append(w.out, ins)
			w.segment++
		case ins.op == mopMov:
			w.move(ins, w.flags[k])
		default:
			w.plain(ins, w.flags[k])
		}
	}
	if b.term.kind == termBranch {
		b.term.a = w.read(b.term.a, 0)
		b.term.b = w.read(b.term.b, 0)
	}
	b.insns = w.out
}

// scanBack finds the last write and whether a read follows, in every segment.
func (w *splitter) scanBack(b *block) {
	w.segment++
	w.flags = slices.Grow(w.flags[:0], len(b.insns))[:len(b.insns)]
	clear(w.flags)
	reads := func(r reg) {
		if g := w.of(r); g != nil {
			g.read = w.segment
		}
	}
	if b.term.kind == termBranch {
		reads(b.term.a)
		reads(b.term.b)
	}
	for k := len(b.insns) - 1; k >= 0; k-- {
		ins := &b.insns[k]
		if ins.op == mopCall {
			w.segment++
		}
		if ins.op == mopDropped || ins.op == mopMov && w.of(ins.dst) != nil && w.of(ins.dst) == w.of(ins.src) {
			continue
		}
		if g := w.of(ins.def()); g != nil {
			if g.written != w.segment || g.piece > 0 {
				w.flags[k] |= lastWrite
			}
			if g.read == w.segment && g.piece == 0 {
				w.flags[k] |= readLater
			}
			g.written = w.segment
		}
		x, y := ins.uses()
		reads(x)
		reads(y)
	}
	w.segment++
}

// load puts the group's value into d.
func (w *splitter) load(g *splitGroup, d reg, span int32) {
	if g.remat != nil {
		again := *g.remat
		again.dst, again.span = d, span
		w.out = append(w.out, again)
		return
	}
	w.out = append(w.out, insn{op: mopLoad, size: 8, dst: d, src: noReg, obj: g.home, span: span})
}

func (w *splitter) store(g *splitGroup, src reg, span int32) {
	if g.remat != nil {
		return
	}
	w.out = append(w.out, insn{op: mopStore, size: 8, dst: noReg, src: src, obj: g.home, span: span})
}

// newPiece starts a piece in the current segment.
func (w *splitter) newPiece(g *splitGroup) reg {
	r := w.m.newReg()
	info := w.m.info(r)
	info.object, info.piece = g.home, g.piece+1
	g.cur, g.segment = r, w.segment
	return r
}

// current is the piece that holds the value now, noReg where none does.
func (w *splitter) current(g *splitGroup) reg {
	if g.segment == w.segment {
		return g.cur
	}
	return noReg
}

// read is the register to read instead of r.
func (w *splitter) read(r reg, span int32) reg {
	g := w.of(r)
	if g == nil {
		return r
	}
	if cur := w.current(g); cur != noReg {
		return cur
	}
	p := w.newPiece(g)
	w.load(g, p, span)
	return p
}

// move rewrites a copy: the one between a register and memory takes its place.
func (w *splitter) move(ins insn, flags splitFlags) {
	d, s := w.of(ins.dst), w.of(ins.src)
	switch {
	case d == nil && s == nil:
		w.out = append(w.out, ins)
		return
	case d == s:
		return
	case d == nil:
		if cur := w.current(s); cur != noReg {
			ins.src = cur
			w.out = append(w.out, ins)
		} else {
			w.load(s, ins.dst, ins.span)
		}
	default:
		ins.src = w.read(ins.src, ins.span)
		switch {
		case flags&readLater != 0:
			ins.dst = w.newPiece(d)
			w.out = append(w.out, ins)
			if flags&lastWrite != 0 {
				w.store(d, ins.dst, ins.span)
			}
		case flags&lastWrite != 0:
			d.segment = 0
			w.store(d, ins.src, ins.span)
		}
	}
	w.cut(d, s)
}

// plain rewrites any other instruction.
func (w *splitter) plain(ins insn, flags splitFlags) {
	d := w.of(ins.def())
	if d != nil && d.home != 0 && ins.op == mopLoad && ins.obj == d.home {
		return // the home holds it
	}
	x, y := ins.uses()
	sx, sy := w.of(x), w.of(y)
	if sy != nil && sy.home != 0 && ins.op == mopStore && ins.obj == sy.home {
		return // the home holds it
	}
	if d != nil && d.remat != nil {
		return // computed anew at each use
	}
	switch {
	case x == noReg && y == noReg:
	case x == ins.dst && (ins.op == mopALU || ins.op == mopSwap || ins.op == mopStore || ins.op == mopAtomic):
		ins.dst = w.read(ins.dst, ins.span)
		ins.src = w.read(ins.src, ins.span)
	default:
		ins.src = w.read(ins.src, ins.span)
	}
	if d != nil && ins.op != mopALU && ins.op != mopSwap {
		ins.dst = w.newPiece(d)
	}
	w.out = append(w.out, ins)
	if d != nil && flags&lastWrite != 0 {
		w.store(d, ins.dst, ins.span)
	}
	w.cut(d, sx, sy)
}

// cut ends the pieces of registers that are split at every instruction.
func (w *splitter) cut(groups ...*splitGroup) {
	for _, g := range groups {
		if g != nil && g.piece > 0 {
			g.segment = 0
		}
	}
}
