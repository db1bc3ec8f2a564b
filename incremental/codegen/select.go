package codegen

import (
	"slices"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// selector turns one IR function into machine instructions over virtual registers.
//
// Constants and addresses are not computed where the IR has them but next to each use, at most once between two
// calls: that costs no more instructions than a copy and keeps them out of the few registers that survive a call.
type selector struct {
	f    *ir.Func
	isa  int
	m    *function
	cur  *block
	span int32 // into function.spans: where the instructions come from

	regs   []reg    // by value ID, noReg until the value has one
	blocks []*block // by IR block ID: where the block starts
	uses   []int32  // by value ID
	facts  facts

	cache []cached   // what is materialized since the last call
	ends  []cacheEnd // by IR block ID: the cache at the end of the blocks that are done
	saved []cached   // what ends are parts of
	objs  []int32    // by slot ID: its obj field
	// result is the value that R0 still holds from the last call, for copies: where it lives on in another register
	// across the next call, an operation on it can overwrite R0 instead of a copy of the copy.
	result *ir.Value
	slots  []list // by value ID, in the scratch memory's pool: obj fields of the slots that the pointer may point into; nil without slots
	lazy   []bool // by value ID: OpOffset computed at its use
	fused  []bool // by value ID: OpCmp computed by the branches that use it
}

// lazyKey identifies what materialize puts into a register.
type lazyKey struct {
	op   ir.Op
	base int32 // the obj field of a slot, the ref field of a map or a function, or the ID of a value
	imm  int64
}

// cached is a register that holds what the key says.
type cached struct {
	key lazyKey
	r   reg
}

// cacheEnd is a part of selector.saved.
type cacheEnd struct {
	done     bool
	from, to int32
}

// maxCached bounds how many registers are looked through; the newest come first.
const maxCached = 24

func (s *selector) find(k lazyKey) (reg, bool) {
	for i := len(s.cache) - 1; i >= max(0, len(s.cache)-maxCached); i-- {
		if c := &s.cache[i]; c.key == k {
			return c.r, true
		}
	}
	return noReg, false
}

func (s *selector) remember(k lazyKey, r reg) { s.cache = append(s.cache, cached{k, r}) }

// isLong reports what takes two instructions to compute.
func (k lazyKey) isLong() bool {
	switch k.op {
	case ir.OpConst:
		return !fits32(k.imm)
	case ir.OpOffset:
		return false
	}
	return true
}

// inherit starts a block with what all blocks before it end with, as far as it is worth a register.
func (s *selector) inherit(b *ir.Block) {
	s.cache = s.cache[:0]
	for i, p := range b.Preds {
		at := s.ends[p.ID]
		if !at.done {
			s.cache = s.cache[:0]
			return
		}
		end := s.saved[at.from:at.to]
		if i == 0 {
			for _, c := range end[max(0, len(end)-maxCached):] {
				if c.key.isLong() {
					s.cache = append(s.cache, c)
				}
			}
			continue
		}
		s.cache = slices.DeleteFunc(s.cache, func(c cached) bool { return !slices.Contains(end, c) })
	}
}

func selectFunc(f *ir.Func, t Target) *function {
	mem := scratches.Get()
	mem.function = function{
		name: f.Name, params: len(f.Params), target: t, mem: mem,
		objs: mem.objs.Take(2 * len(f.Slots))[:0], refs: mem.refNames[:0],
	}
	s := &selector{
		f: f, isa: t.ISA,
		m:      &mem.function,
		regs:   mem.regs.Take(f.NumValues()),
		blocks: mem.refs.Take(f.NumBlocks()),
		uses:   f.Uses(mem.ints.Take(f.NumValues())),
		ends:   mem.ends.Take(f.NumBlocks()),
		saved:  mem.saved[:0],
		lazy:   mem.flags.Take(f.NumValues()),
		fused:  mem.flags.Take(f.NumValues()),
	}
	for i := range s.regs {
		s.regs[i] = noReg
	}
	s.m.spans = append(mem.spans.Take(4 * len(f.Blocks))[:0], nil)
	s.makeObjects()
	s.m.regs = mem.infos.Take(f.NumValues())[:0]
	s.m.blocks = mem.refs.Take(2 * len(f.Blocks))[:0]
	s.facts.compute(f, t.ISA, mem)
	s.planFolds()
	s.followSlots()
	own := mem.blocks.Take(len(f.Blocks))
	for i, b := range f.Blocks {
		s.blocks[b.ID] = &own[i]
	}
	for _, b := range f.Blocks {
		s.block(b)
	}
	mem.saved = s.saved
	s.m.number()
	s.m.measureLoops()
	return s.m
}

// makeObjects gives every slot a part of the frame.
func (s *selector) makeObjects() {
	most := -1
	for _, slot := range s.f.Slots {
		most = max(most, slot.ID)
	}
	s.objs = s.m.mem.ints.Take(most + 1)
	for i, slot := range s.f.Slots {
		s.objs[slot.ID] = int32(i) + 1
		s.m.objs = append(s.m.objs, object{size: slot.Size, align: slot.Align})
	}
}

// planFolds decides which offsets are computed at their use and which comparisons are left to the branches.
func (s *selector) planFolds() {
	hard := s.m.mem.ints.Take(s.f.NumValues()) // uses that need the value in a register of its own
	for _, b := range s.f.Blocks {
		for _, v := range b.Values {
			for i, a := range v.Args {
				if !(v.Op == ir.OpOffset || isAddress(v, i)) {
					hard[a.ID]++
				}
			}
		}
		t := &b.Term
		for i, a := range t.Args {
			if !(a.Op == ir.OpCmp && i == 0 && testsBool(t)) {
				hard[a.ID]++
			}
		}
	}
	for _, b := range s.f.Blocks {
		for _, v := range b.Values {
			switch v.Op {
			case ir.OpOffset:
				root, _ := rootOf(v)
				s.lazy[v.ID] = hard[v.ID] <= 1 || isConstantAddress(root)
			case ir.OpCmp:
				s.fused[v.ID] = hard[v.ID] == 0
			}
		}
	}
}

// isAddress reports that the i-th argument of v is an address to which an offset can be added for free.
func isAddress(v *ir.Value, i int) bool {
	switch {
	case v.Op.IsLoad(), v.Op == ir.OpMove, v.Op == ir.OpZero:
		return true
	case v.Op.IsStore(), v.Op == ir.OpAtomic32, v.Op == ir.OpAtomic64:
		return i == 0
	}
	return false
}

// testsBool reports that a branch compares with zero for equality.
func testsBool(t *ir.Term) bool {
	return t.Kind == ir.TermBranch && (t.Cond == ir.Ne || t.Cond == ir.Eq) &&
		t.Args[1].Op == ir.OpConst && t.Args[1].Imm == 0
}

func isConstantAddress(v *ir.Value) bool { return v.Op == ir.OpSlot || v.Op == ir.OpMapValue }

// rootOf follows OpOffset to what it starts from.
func rootOf(v *ir.Value) (root *ir.Value, off int64) {
	for v.Op == ir.OpOffset {
		off += v.Imm
		v = v.Args[0]
	}
	return v, off
}

func (s *selector) block(b *ir.Block) {
	s.cur = s.blocks[b.ID]
	s.m.blocks = append(s.m.blocks, s.cur)
	s.cur.insns = s.m.mem.insns.Take(2*len(b.Values) + 4)[:0]
	s.inherit(b)
	s.result = nil
	for _, v := range b.Values {
		s.at(&v.Span)
		s.value(v)
		s.touch(v.Op, v.Args)
	}
	s.at(&b.Term.Span)
	s.term(b)
	from := len(s.saved)
	s.saved = append(s.saved, s.cache...)
	s.ends[b.ID] = cacheEnd{done: true, from: int32(from), to: int32(len(s.saved))}
}

// at says which place the next instructions come from.
func (s *selector) at(span *source.Span) {
	if last := s.m.spans[len(s.m.spans)-1]; last == nil || *last != *span {
		s.m.spans = append(s.m.spans, span)
	}
	s.span = int32(len(s.m.spans)) - 1
}

// reg is the register of a value that is not materialized lazily.
func (s *selector) reg(v *ir.Value) reg {
	if s.regs[v.ID] == noReg {
		s.regs[v.ID] = s.m.newReg()
	}
	return s.regs[v.ID]
}

func (s *selector) emit(i insn) {
	i.span = s.span
	s.cur.insns = append(s.cur.insns, i)
}

// use is a register that holds v. It must not be written.
func (s *selector) use(v *ir.Value) reg {
	if !s.isLazy(v) {
		return s.reg(v)
	}
	k := s.keyOf(v)
	if r, ok := s.find(k); ok {
		return r
	}
	r := s.m.newReg()
	s.put(r, v)
	s.remember(k, r)
	return r
}

// isLazy reports that v is computed at its uses.
func (s *selector) isLazy(v *ir.Value) bool {
	switch v.Op {
	case ir.OpConst, ir.OpSlot, ir.OpMap, ir.OpMapValue, ir.OpFunc:
		return true
	case ir.OpOffset:
		return s.lazy[v.ID]
	}
	return false
}

func (s *selector) keyOf(v *ir.Value) lazyKey {
	root, off := rootOf(v)
	switch root.Op {
	case ir.OpConst:
		return lazyKey{op: ir.OpConst, imm: s.constant(v)}
	case ir.OpSlot:
		return lazyKey{op: ir.OpSlot, base: s.object(root.Slot), imm: off}
	case ir.OpMap:
		return lazyKey{op: ir.OpMap, base: s.m.ref(root.Map.Name)}
	case ir.OpMapValue:
		return lazyKey{op: ir.OpMapValue, base: s.m.ref(root.Map.Name), imm: root.Imm + off}
	case ir.OpFunc:
		return lazyKey{op: ir.OpFunc, base: s.m.ref(root.Func)}
	}
	return lazyKey{op: ir.OpOffset, base: int32(root.ID), imm: off}
}

// constant is the 64-bit content of a register that holds the constant v. Where 32-bit operations exist, they
// zero the upper half, and so do the constants of that width.
func (s *selector) constant(v *ir.Value) int64 {
	if v.Type == ir.I32 {
		if s.isa >= 3 {
			return int64(uint32(v.Imm))
		}
		return int64(int32(v.Imm))
	}
	return v.Imm
}

// put computes v into d.
func (s *selector) put(d reg, v *ir.Value) {
	if v == s.result {
		s.move(d, r0)
		return
	}
	if !s.isLazy(v) {
		s.move(d, s.reg(v))
		return
	}
	root, off := rootOf(v)
	switch root.Op {
	case ir.OpConst:
		s.emit(insn{op: mopImm, dst: d, src: noReg, imm: s.constant(root)})
	case ir.OpSlot:
		s.emit(insn{op: mopLea, dst: d, src: noReg, obj: s.object(root.Slot), imm: off})
		return
	case ir.OpMap:
		s.emit(insn{op: mopMap, dst: d, src: noReg, ref: s.m.ref(root.Map.Name)})
	case ir.OpMapValue:
		s.emit(insn{op: mopValue, dst: d, src: noReg, ref: s.m.ref(root.Map.Name), imm: root.Imm + off})
		return
	case ir.OpFunc:
		s.emit(insn{op: mopFunc, dst: d, src: noReg, ref: s.m.ref(root.Func)})
	default:
		s.move(d, s.reg(root))
	}
	if off != 0 {
		s.addImm(d, off)
	}
}

// addImm adds a constant to d in 64 bits.
func (s *selector) addImm(d reg, imm int64) {
	if fits32(imm) {
		s.emit(insn{op: mopALU, alu: asm.Add, wide: true, dst: d, src: noReg, imm: imm})
		return
	}
	s.emit(insn{op: mopALU, alu: asm.Add, wide: true, dst: d, src: s.imm(imm)})
}

// imm is a register that holds the constant.
func (s *selector) imm(v int64) reg {
	k := lazyKey{op: ir.OpConst, imm: v}
	if r, ok := s.find(k); ok {
		return r
	}
	r := s.m.newReg()
	s.emit(insn{op: mopImm, dst: r, src: noReg, imm: v})
	s.remember(k, r)
	return r
}

func (s *selector) move(d, src reg) {
	s.emit(insn{op: mopMov, dst: d, src: src})
}

// object is the obj field for a slot.
func (s *selector) object(slot *ir.Slot) int32 {
	if slot.ID < len(s.objs) {
		if o := s.objs[slot.ID]; o > 0 {
			return o
		}
	}
	panic("slot " + slot.Name + " is not the function's")
}

// value selects the instructions of one value.
func (s *selector) value(v *ir.Value) {
	switch v.Op {
	case ir.OpConst, ir.OpPhi, ir.OpSlot, ir.OpMap, ir.OpMapValue, ir.OpFunc:
	case ir.OpParam:
		s.move(s.reg(v), r1+reg(v.Imm))
	case ir.OpOffset:
		if !s.lazy[v.ID] {
			root, off := rootOf(v)
			s.put(s.reg(v), root)
			s.addImm(s.reg(v), off)
		}
	case ir.OpPtrAdd:
		s.binary(v, asm.Add)
	case ir.OpAdd, ir.OpSub, ir.OpMul, ir.OpAnd, ir.OpOr, ir.OpXor:
		s.binary(v, aluOps[v.Op])
	case ir.OpShl, ir.OpLshr, ir.OpAshr:
		s.shift(v)
	case ir.OpUDiv, ir.OpUMod:
		s.unsignedDiv(v)
	case ir.OpSDiv, ir.OpSMod:
		s.signedDiv(v)
	case ir.OpNeg:
		s.put(s.reg(v), v.Args[0])
		s.emit(insn{op: mopALU, alu: asm.Neg, wide: s.wide(v), dst: s.reg(v), src: noReg})
	case ir.OpZext8, ir.OpZext16, ir.OpZext32, ir.OpSext8, ir.OpSext16, ir.OpSext32, ir.OpTrunc:
		s.extension(v)
	case ir.OpBswap16, ir.OpBswap32, ir.OpBswap64:
		s.put(s.reg(v), v.Args[0])
		s.emit(insn{op: mopSwap, size: 2 << (v.Op - ir.OpBswap16), dst: s.reg(v), src: noReg})
	case ir.OpCmp:
		s.comparison(v)
	case ir.OpCall, ir.OpCallFunc:
		s.call(v)
	default:
		s.memory(v)
	}
}

// wide reports that v is computed by 64-bit instructions.
func (s *selector) wide(v *ir.Value) bool { return s.isa < 3 || v.Type != ir.I32 }

// call sets up the arguments, registers before constants so that the latter don't stand in the way of coalescing.
func (s *selector) call(v *ir.Value) {
	for i, a := range v.Args {
		if !s.isLazy(a) || a.Op == ir.OpOffset {
			s.put(r1+reg(i), a)
		}
	}
	for i, a := range v.Args {
		if s.isLazy(a) && a.Op != ir.OpOffset {
			s.put(r1+reg(i), a)
		}
	}
	call := insn{op: mopCall, dst: noReg, src: noReg, args: uint8(len(v.Args)), imm: v.Imm}
	if v.Func != "" {
		call.ref = s.m.ref(v.Func)
	}
	s.emit(call)
	s.cache = s.cache[:0]
	s.result = nil
	if v.Type != ir.Void && s.uses[v.ID] > 0 {
		s.move(s.reg(v), r0)
		s.result = v
	}
}

// term selects the terminator of b into the block where its values ended.
func (s *selector) term(b *ir.Block) {
	t := &b.Term
	s.result = nil // R0 is needed
	switch t.Kind {
	case ir.TermReturn:
		if len(t.Args) > 0 {
			s.put(r0, t.Args[0])
		} else if s.f.Kind != ir.Sub {
			s.emit(insn{op: mopImm, dst: r0, src: noReg})
		}
		s.cur.term = term{kind: termExit, span: s.span}
	case ir.TermJump:
		s.phiCopies(b, 0)
		s.cur.term = term{kind: termJump, to: [2]*block{s.blocks[t.Succs[0].ID]}, span: s.span}
	case ir.TermBranch:
		s.touch(ir.OpCmp, t.Args)
		br := s.cur
		c, flip := s.condition(t.Cond, t.Args[0], t.Args[1])
		c.likely = t.Likely
		for i := range t.Succs {
			c.to[i] = s.edge(b, i)
		}
		if flip {
			c.to[0], c.to[1] = c.to[1], c.to[0]
			c.likely = [3]int8{0, 2, 1}[c.likely]
		}
		br.term = c
	default:
		panic("unfinished block")
	}
}
