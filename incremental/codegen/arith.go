package codegen

import (
	"math/bits"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/ir"
)

var aluOps = [...]asm.ALUOp{
	ir.OpAdd: asm.Add, ir.OpSub: asm.Sub, ir.OpMul: asm.Mul,
	ir.OpUDiv: asm.Div, ir.OpUMod: asm.Mod,
	ir.OpAnd: asm.And, ir.OpOr: asm.Or, ir.OpXor: asm.Xor,
	ir.OpShl: asm.LSh, ir.OpLshr: asm.RSh, ir.OpAshr: asm.ArSh,
}

// alu emits d = d op src.
func (s *selector) alu(op asm.ALUOp, wide bool, d, src reg) {
	s.emit(insn{op: mopALU, alu: op, wide: wide, dst: d, src: src})
}

// aluImm emits d = d op imm.
func (s *selector) aluImm(op asm.ALUOp, wide bool, d reg, imm int64) {
	s.emit(insn{op: mopALU, alu: op, wide: wide, dst: d, src: noReg, imm: imm})
}

// immediate reports that y can be the immediate of an operation of v's width, and its value.
func (s *selector) immediate(v, y *ir.Value) (int64, bool) {
	if y.Op != ir.OpConst {
		return 0, false
	}
	imm := y.Imm
	if v.Type == ir.I32 {
		imm = int64(int32(imm))
	}
	return imm, fits32(imm)
}

// binary selects an operation whose low half depends on the low halves of its operands only.
func (s *selector) binary(v *ir.Value, op asm.ALUOp) {
	x, y := v.Args[0], v.Args[1]
	d := s.reg(v)
	if imm, ok := s.immediate(v, y); ok {
		if op == asm.Sub && imm != -1<<31 {
			op, imm = asm.Add, -imm
		}
		s.put(d, x)
		s.aluImm(op, s.wide(v), d, imm)
		return
	}
	if v.Op.Info().Commutes || v.Op == ir.OpPtrAdd {
		if imm, ok := s.immediate(v, x); ok && v.Op != ir.OpPtrAdd {
			s.put(d, y)
			s.aluImm(op, s.wide(v), d, imm)
			return
		}
		if s.betterFirst(v, y) && !s.betterFirst(v, x) && (v.Op != ir.OpPtrAdd || s.swaps(x)) {
			x, y = y, x
		}
	}
	// Put y into its register first: what is materialized for it must not come between.
	ry := s.use(y)
	s.put(d, x)
	s.alu(op, s.wide(v), d, ry)
}

// swaps reports that a pointer may be added to a number in the number's register. The kernel's verifier then takes a pointer into
// the stack of any function for one into that of the outermost.
func (s *selector) swaps(p *ir.Value) bool {
	for p.Op == ir.OpOffset || p.Op == ir.OpPtrAdd {
		p = p.Args[0]
	}
	return s.f.Kind != ir.Sub || p.Op == ir.OpMapValue || p.Op == ir.OpCall
}

// betterFirst reports that a two-address operation v overwrites x without a copy: x is not needed later.
func (s *selector) betterFirst(v, x *ir.Value) bool {
	if s.isLazy(x) {
		return true
	}
	if x.Op == ir.OpPhi {
		for _, a := range x.Args {
			if a == v {
				return true
			}
		}
	}
	return s.uses[x.ID] == 1
}

// shift selects a shift by a count modulo the width. 64-bit instructions do a 32-bit shift after extension.
func (s *selector) shift(v *ir.Value) {
	x, y := v.Args[0], v.Args[1]
	op, d, wide := aluOps[v.Op], s.reg(v), s.wide(v)
	narrow := wide && v.Type == ir.I32
	width := int64(v.Type.Bits())
	if y.Op == ir.OpConst {
		s.shiftOperand(d, x, v.Op, narrow)
		s.aluImm(op, wide, d, y.Imm&(width-1))
		return
	}
	ry := s.use(y)
	if narrow {
		r := s.m.newReg()
		s.move(r, ry)
		s.aluImm(asm.And, true, r, width-1)
		ry = r
	}
	s.shiftOperand(d, x, v.Op, narrow)
	s.alu(op, wide, d, ry)
}

func (s *selector) shiftOperand(d reg, x *ir.Value, op ir.Op, narrow bool) {
	switch {
	case narrow && op == ir.OpLshr:
		s.move(d, s.zeroExtended(x))
	case narrow && op == ir.OpAshr:
		s.move(d, s.signExtended(x))
	default:
		s.put(d, x)
	}
}

// zeroExtended is a register with the 64-bit zero extension of the I32 v.
func (s *selector) zeroExtended(v *ir.Value) reg {
	if s.facts.bits[v.ID] <= 32 {
		return s.use(v)
	}
	if v.Op == ir.OpConst {
		return s.imm(int64(uint32(v.Imm)))
	}
	d := s.m.newReg()
	s.zext32(d, s.use(v))
	return d
}

// signExtended is a register with the 64-bit sign extension of the I32 v.
func (s *selector) signExtended(v *ir.Value) reg {
	if s.facts.isSigned(v) {
		return s.use(v)
	}
	if v.Op == ir.OpConst {
		return s.imm(int64(int32(v.Imm)))
	}
	d := s.m.newReg()
	s.sext(d, s.use(v), 32, true)
	return d
}

func (s *selector) zext32(d, src reg) {
	if s.isa >= 3 {
		s.emit(insn{op: mopExt, alu: asm.Mov, dst: d, src: src})
		return
	}
	s.move(d, src)
	s.aluImm(asm.LSh, true, d, 32)
	s.aluImm(asm.RSh, true, d, 32)
}

// sext sign-extends the low bits of src; wide asks for 64 bits, else the upper half becomes zero or, before
// 32-bit operations, unspecified.
func (s *selector) sext(d, src reg, from int64, wide bool) {
	if s.isa >= 4 {
		op := map[int64]asm.ALUOp{8: asm.MovSX8, 16: asm.MovSX16, 32: asm.MovSX32}[from]
		s.emit(insn{op: mopExt, alu: op, wide: wide, dst: d, src: src})
		return
	}
	if d != src {
		s.move(d, src)
	}
	width := int64(32)
	if wide {
		width = 64
	}
	s.aluImm(asm.LSh, wide, d, width-from)
	s.aluImm(asm.ArSh, wide, d, width-from)
}

// extension selects the ops that change a value's width.
func (s *selector) extension(v *ir.Value) {
	x, d := v.Args[0], s.reg(v)
	n := s.facts.bits[x.ID]
	switch v.Op {
	case ir.OpZext8, ir.OpZext16:
		mask, from := int64(0xff), uint8(8)
		if v.Op == ir.OpZext16 {
			mask, from = 0xffff, 16
		}
		s.put(d, x)
		if n > from {
			s.aluImm(asm.And, s.wide(v), d, mask)
		}
	case ir.OpZext32:
		if n <= 32 && !s.facts.offsets[v.ID] {
			s.put(d, x)
		} else {
			s.zext32(d, s.use(x))
		}
	case ir.OpSext8, ir.OpSext16:
		from := uint8(8)
		if v.Op == ir.OpSext16 {
			from = 16
		}
		if n < from {
			s.put(d, x)
		} else {
			s.sext(d, s.use(x), int64(from), s.wide(v) || s.facts.signed[v.ID])
		}
	case ir.OpSext32:
		switch {
		case s.facts.isSigned(x):
			s.put(d, x)
		case x.Op == ir.OpConst:
			s.emit(insn{op: mopImm, dst: d, src: noReg, imm: int64(int32(x.Imm))})
		default:
			s.sext(d, s.use(x), 32, true)
		}
	case ir.OpTrunc:
		s.put(d, x)
	}
}

// unsignedDiv selects division and remainder. A divisor of zero is the kernel's business unless it is constant,
// which the verifier refuses.
func (s *selector) unsignedDiv(v *ir.Value) {
	x, y := v.Args[0], v.Args[1]
	d, wide := s.reg(v), s.wide(v)
	narrow := wide && v.Type == ir.I32
	if y.Op == ir.OpConst && y.Imm == 0 {
		s.divByZero(v)
		return
	}
	if narrow {
		ry := s.zeroExtended(y)
		s.move(d, s.zeroExtended(x))
		s.alu(aluOps[v.Op], true, d, ry)
		return
	}
	if imm, ok := s.immediate(v, y); ok {
		s.put(d, x)
		s.aluImm(aluOps[v.Op], wide, d, imm)
		return
	}
	ry := s.use(y)
	s.put(d, x)
	s.alu(aluOps[v.Op], wide, d, ry)
}

func (s *selector) divByZero(v *ir.Value) {
	if x := v.Args[0]; v.Op == ir.OpUMod || v.Op == ir.OpSMod {
		if v.Type == ir.I32 && s.facts.bits[x.ID] > 32 {
			s.zext32(s.reg(v), s.use(x)) // as an instruction would
			return
		}
		s.put(s.reg(v), x)
		return
	}
	s.emit(insn{op: mopImm, dst: s.reg(v), src: noReg})
}

// signedDiv selects signed division and remainder.
//
// The instruction of v4 is used for constant divisors only: before "bpf: Fix a sdiv overflow issue" (7dd34d7b7dcf)
// it traps in the kernel on MinInt / -1. Otherwise both sides are made positive, divided unsigned, and the sign is put
// back: (|x| / |y| ^ s) - s, where s is -1 for a negative result and else 0. That gives what the IR
// promises for a divisor of zero and for MinInt / -1.
func (s *selector) signedDiv(v *ir.Value) {
	x, y := v.Args[0], v.Args[1]
	d, wide := s.reg(v), s.wide(v)
	imm, isImm := s.immediate(v, y)
	switch {
	case y.Op == ir.OpConst && y.Imm == 0:
		s.divByZero(v)
		return
	case isImm && imm == -1:
		s.signedDivByMinusOne(v)
		return
	case isImm && s.isa >= 4:
		s.put(d, x)
		op := asm.SDiv
		if v.Op == ir.OpSMod {
			op = asm.SMod
		}
		s.aluImm(op, wide, d, imm)
		return
	}
	narrow := wide && v.Type == ir.I32
	rx, signX := s.magnitude(x, wide, narrow)
	sign := signX
	op := asm.Mod
	if v.Op == ir.OpSDiv {
		op = asm.Div
	}
	if y.Op == ir.OpConst {
		s.divideByConstant(v, op, rx, sign)
		return
	}
	ry, signY := s.magnitude(y, wide, narrow)
	if v.Op == ir.OpSDiv {
		sign = s.m.newReg()
		s.move(sign, signX)
		s.alu(asm.Xor, wide, sign, signY)
	}
	s.move(d, rx)
	s.alu(op, wide, d, ry)
	s.applySign(d, sign, wide)
}

func (s *selector) signedDivByMinusOne(v *ir.Value) {
	if v.Op == ir.OpSMod {
		s.emit(insn{op: mopImm, dst: s.reg(v), src: noReg})
		return
	}
	s.put(s.reg(v), v.Args[0])
	s.aluImm(asm.Neg, s.wide(v), s.reg(v), 0)
}

// divideByConstant finishes a signed division whose dividend is made positive already.
func (s *selector) divideByConstant(v *ir.Value, op asm.ALUOp, rx, sign reg) {
	d, wide := s.reg(v), s.wide(v)
	c := v.Args[1].Imm
	if v.Type == ir.I32 {
		c = int64(int32(c))
	}
	size := c
	if c < 0 {
		size = -c
	}
	s.move(d, rx)
	switch {
	case fits32(size) || !wide && bits.Len64(uint64(size)) <= 32:
		s.aluImm(op, wide, d, int64(int32(size)))
	default:
		s.alu(op, wide, d, s.imm(size))
	}
	s.applySign(d, sign, wide)
	if c < 0 && op == asm.Div {
		s.aluImm(asm.Neg, wide, d, 0)
	}
}

// magnitude is a register with |v| and one that is -1 where v is negative and else 0.
func (s *selector) magnitude(v *ir.Value, wide, narrow bool) (size, sign reg) {
	var src reg
	if narrow {
		src = s.signExtended(v)
	} else {
		src = s.use(v)
	}
	width := int64(31)
	if wide {
		width = 63
	}
	sign, size = s.m.newReg(), s.m.newReg()
	s.move(sign, src)
	s.aluImm(asm.ArSh, wide, sign, width)
	s.move(size, src)
	s.applySign(size, sign, wide)
	return size, sign
}

// applySign negates d where sign is -1.
func (s *selector) applySign(d, sign reg, wide bool) {
	s.alu(asm.Xor, wide, d, sign)
	s.alu(asm.Sub, wide, d, sign)
}
