package codegen

import (
	"slices"

	"go3s/incremental/ir"
)

// address is what a load or store can name: a register or a stack object, plus an offset.
type address struct {
	reg reg
	obj int32
	off int64
}

// address folds offsets into an address of the length of memory that follows it.
func (s *selector) address(v *ir.Value, off int64, length int64) address {
	root, add := rootOf(v)
	off += add
	switch root.Op {
	case ir.OpSlot:
		return address{reg: noReg, obj: s.object(root.Slot), off: off}
	case ir.OpMapValue:
		return s.mapAddress(root, off, length)
	}
	if !fits16(off) || !fits16(off+length-1) {
		r := s.m.newReg()
		s.move(r, s.use(root))
		s.addImm(r, off)
		return address{reg: r}
	}
	return address{reg: s.use(root), off: off}
}

// mapAddress uses whatever address in the same map is in a register already.
func (s *selector) mapAddress(root *ir.Value, off, length int64) address {
	ref := s.m.ref(root.Map.Name)
	at := lazyKey{op: ir.OpInvalid, base: ref}
	off += root.Imm
	if r, ok := s.find(at); ok && fits16(off) && fits16(off+length-1) {
		return address{reg: r, off: off}
	}
	r := s.m.newReg()
	base := int64(0)
	if !fits16(off) || !fits16(off+length-1) {
		base = off
	} else {
		s.remember(at, r)
	}
	s.emit(insn{op: mopValue, dst: r, src: noReg, ref: ref, imm: base})
	return address{reg: r, off: off - base}
}

// memory selects loads, stores, atomics and block operations.
func (s *selector) memory(v *ir.Value) {
	switch {
	case v.Op.IsLoad():
		s.load(v)
	case v.Op.IsStore():
		s.store(v)
	case v.Op == ir.OpAtomic32, v.Op == ir.OpAtomic64:
		r := s.use(v.Args[1])
		a := s.address(v.Args[0], v.Imm, int64(v.Op.AccessSize()))
		s.emit(insn{op: mopAtomic, size: uint8(v.Op.AccessSize()), dst: a.reg, obj: a.obj, off: int16(a.off), src: r})
	case v.Op == ir.OpMove:
		s.copyBlock(v)
	case v.Op == ir.OpZero:
		s.zeroBlock(v)
	default:
		panic("no selection for " + v.Op.String())
	}
}

func (s *selector) load(v *ir.Value) {
	if s.uses[v.ID] == 0 {
		return
	}
	size := v.Op.AccessSize()
	a := s.address(v.Args[0], v.Imm, int64(size))
	signed := v.Op == ir.OpLoads8 || v.Op == ir.OpLoads16
	d := s.reg(v)
	s.emit(insn{op: mopLoad, size: uint8(size), signed: signed && s.isa >= 4, dst: d, src: a.reg, obj: a.obj, off: int16(a.off)})
	if signed && s.isa < 4 {
		s.sext(d, d, int64(8*size), s.wide(v) || s.facts.signed[v.ID])
	}
}

func (s *selector) store(v *ir.Value) {
	size := v.Op.AccessSize()
	i := insn{op: mopStore, size: uint8(size), src: noReg}
	x := v.Args[1]
	if x.Op == ir.OpConst && (fits32(x.Imm) || size < 8) {
		i.imm = storeImm(x.Imm, size)
	} else {
		i.src = s.use(x)
	}
	a := s.address(v.Args[0], v.Imm, int64(size))
	i.dst, i.obj, i.off = a.reg, a.obj, int16(a.off)
	s.emit(i)
}

// storeImm is the immediate that stores the low bytes of v.
func storeImm(v int64, size int) int64 {
	switch size {
	case 1:
		return int64(uint8(v))
	case 2:
		return int64(uint16(v))
	}
	return int64(int32(v))
}

// copyBlock copies by the widest loads and stores that both sides are aligned for.
func (s *selector) copyBlock(v *ir.Value) {
	dst := s.address(v.Args[0], 0, v.Imm)
	src := s.address(v.Args[1], 0, v.Imm)
	to, from := phaseOf(v.Args[0]), phaseOf(v.Args[1])
	for at := int64(0); at < v.Imm; {
		n := min(to.chunk(at, v.Imm), from.chunk(at, v.Imm))
		r := s.m.newReg()
		s.emit(insn{op: mopLoad, size: uint8(n), dst: r, src: src.reg, obj: src.obj, off: int16(src.off + at)})
		s.emit(insn{op: mopStore, size: uint8(n), dst: dst.reg, obj: dst.obj, off: int16(dst.off + at), src: r})
		at += n
	}
}

func (s *selector) zeroBlock(v *ir.Value) {
	dst := s.address(v.Args[0], 0, v.Imm)
	to := phaseOf(v.Args[0])
	for at := int64(0); at < v.Imm; {
		n := to.chunk(at, v.Imm)
		s.emit(insn{op: mopStore, size: uint8(n), dst: dst.reg, obj: dst.obj, off: int16(dst.off + at), src: noReg})
		at += n
	}
}

// phase says of an address that it lies off bytes behind a multiple of align, a power of two.
type phase struct{ align, off int64 }

// phaseOf tells more than ir.Alignment where a constant distance into an aligned object is all that the address is.
func phaseOf(v *ir.Value) phase {
	root, off := rootOf(v)
	if root.Op == ir.OpMapValue {
		off += root.Imm
	}
	return phase{ir.Alignment(root), off}
}

// chunk is how many bytes to access next, at bytes behind the address: as many as alignment and what is left allow.
func (p phase) chunk(at, end int64) int64 {
	n := min(p.align, 8)
	for n > end-at || (p.off+at)%n != 0 {
		n /= 2
	}
	return n
}

// followSlots finds which pointers may point into which slots.
func (s *selector) followSlots() {
	if len(s.m.objs) == 0 {
		return
	}
	s.slots = s.m.mem.lists.Take(s.f.NumValues())
	pool := &s.m.mem.pool
	pool.empty()
	for changed := true; changed; {
		changed = false
		for _, b := range s.f.Blocks {
			for _, v := range b.Values {
				var from []*ir.Value
				switch v.Op {
				case ir.OpSlot:
					if at := &s.slots[v.ID]; at.n == 0 {
						pool.push(at, s.object(v.Slot))
					}
				case ir.OpOffset, ir.OpPtrAdd:
					from = v.Args[:1]
				case ir.OpPhi:
					from = v.Args
				}
				for _, a := range from {
					changed = s.join(&s.slots[v.ID], &s.slots[a.ID]) || changed
				}
			}
		}
	}
}

// join adds to a list of slots those of another, and reports whether that was news.
func (s *selector) join(to, from *list) bool {
	pool, before := &s.m.mem.pool, to.n
	for _, o := range pool.of(from) {
		if !slices.Contains(pool.of(to), o) {
			pool.push(to, o)
		}
	}
	return to.n > before
}

// touch says that the slots which the arguments point into are in use up to here, for ops that get at them by
// registers. A slot whose address is stored is in use everywhere, and so are two whose addresses are compared: they differ as long as
// neither takes the other's place.
func (s *selector) touch(op ir.Op, args []*ir.Value) {
	if s.slots == nil {
		return
	}
	apart := op == ir.OpCmp && s.slots[args[0].ID].n > 0 && s.slots[args[1].ID].n > 0
	for i, a := range args {
		for _, o := range s.m.mem.pool.of(&s.slots[a.ID]) {
			switch {
			case op == ir.OpPhi, op == ir.OpOffset, op == ir.OpPtrAdd:
			case apart, op.IsStore() && i == 1:
				s.m.objs[o-1].pinned = true
			default:
				s.emit(insn{op: mopTouch, dst: noReg, src: noReg, obj: o})
			}
		}
	}
}
