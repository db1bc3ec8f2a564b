package codegen

import "go3s/incremental/ir"

// condition selects a comparison. flip says that it tests the opposite of what was asked for.
func (s *selector) condition(c ir.Cond, x, y *ir.Value) (t term, flip bool) {
	for (c == ir.Ne || c == ir.Eq) && y.Op == ir.OpConst && y.Imm == 0 && x.Op == ir.OpCmp && s.fused[x.ID] {
		flip = flip != (c == ir.Eq)
		c, x, y = x.Cond, x.Args[0], x.Args[1]
	}
	if x.Op == ir.OpConst && y.Op != ir.OpConst {
		c, x, y = c.Swap(), y, x
	}
	t = term{kind: termBranch, cond: c, wide: x.Type != ir.I32 || s.isa < 3, b: noReg, span: s.span}
	narrow := x.Type == ir.I32 && s.isa < 3
	if s.isa < 2 && (c == ir.Slt || c == ir.Sle || c == ir.Ult || c == ir.Ule) && y.Op != ir.OpConst {
		t.cond, x, y = c.Swap(), y, x
	}
	t.a = s.operand(x, narrow, c)
	if y.Op == ir.OpConst {
		imm := y.Imm
		if y.Type == ir.I32 {
			imm = int64(int32(imm))
			if narrow && !isSigned(c) {
				imm = int64(uint32(imm))
			}
		}
		if fits32(imm) {
			t.imm = imm
		} else {
			t.b = s.imm(imm)
		}
		return t, flip
	}
	t.b = s.operand(y, narrow, c)
	return t, flip
}

// operand is the register with a side of a comparison; narrow asks for 32 bits extended as the comparison needs it.
func (s *selector) operand(v *ir.Value, narrow bool, c ir.Cond) reg {
	switch {
	case !narrow:
		return s.use(v)
	case isSigned(c):
		return s.signExtended(v)
	}
	return s.zeroExtended(v)
}

func isSigned(c ir.Cond) bool { return c >= ir.Slt && c <= ir.Sge }

// comparison puts 0 or 1 into a register.
func (s *selector) comparison(v *ir.Value) {
	if s.fused[v.ID] {
		return
	}
	d := s.reg(v)
	t, flip := s.condition(v.Cond, v.Args[0], v.Args[1])
	one, zero := int64(1), int64(0)
	if flip {
		one, zero = 0, 1
	}
	s.emit(insn{op: mopImm, dst: d, src: noReg, imm: one})
	other, next := &block{}, &block{}
	t.to = [2]*block{next, other}
	s.cur.term = t
	s.m.blocks = append(s.m.blocks, other, next)
	s.cur = other
	s.emit(insn{op: mopImm, dst: d, src: noReg, imm: zero})
	other.term = term{kind: termJump, to: [2]*block{next}, span: s.span}
	s.cur = next
}
