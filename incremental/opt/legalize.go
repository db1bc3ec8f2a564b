package opt

import "go3s/incremental/ir"

// legalize expands what the instruction set of the kernel doesn't have. Signed division, sign-extending loads and
// sign-extending moves came with v4, Linux 6.6. Sext32 stays: the code generator knows the pair of shifts for it.
func legalize(s *state, f *ir.Func) bool {
	if s.ISA >= 4 {
		return false
	}
	l, changed := &legalizer{f: f, list: &s.list}, false
	for _, b := range f.Blocks {
		l.b = b
		l.list.start(b)
		for _, v := range b.Values {
			l.value(v)
		}
		changed = l.list.end() || changed
	}
	return changed
}

type legalizer struct {
	f    *ir.Func
	b    *ir.Block
	list *relist
}

func (l *legalizer) emit(op ir.Op, like *ir.Value, args ...*ir.Value) *ir.Value {
	v := l.f.Unplaced(op, like.Type, like.Span, args...)
	l.place(v)
	return v
}

func (l *legalizer) place(v *ir.Value) {
	v.Block = l.b
	l.list.place(v)
}

func (l *legalizer) konst(like *ir.Value, c int64) *ir.Value {
	v := l.emit(ir.OpConst, like)
	v.Imm = c
	return v
}

// value places v, or what computes the same; v itself is the last value of that.
func (l *legalizer) value(v *ir.Value) {
	switch v.Op {
	case ir.OpSDiv, ir.OpSMod:
		l.divide(v)
	case ir.OpLoads8, ir.OpLoads16:
		plain := l.f.Unplaced(v.Op-ir.OpLoads8+ir.OpLoad8, v.Type, v.Span, v.Args[0])
		plain.Imm = v.Imm
		l.place(plain)
		bits := int64(8)
		if v.Op == ir.OpLoads16 {
			bits = 16
		}
		v.Imm = 0
		l.extend(v, plain, bits)
	case ir.OpSext8:
		l.extend(v, v.Args[0], 8)
	case ir.OpSext16:
		l.extend(v, v.Args[0], 16)
	}
	l.place(v)
}

// extend makes v the sign extension of the low bits of x.
func (l *legalizer) extend(v, x *ir.Value, bits int64) {
	n := l.konst(v, int64(v.Type.Bits())-bits)
	up := l.emit(ir.OpShl, v, x, n)
	l.become(v, ir.OpAshr, up, n)
}

func (l *legalizer) become(v *ir.Value, op ir.Op, x, y *ir.Value) {
	v.Op = op
	v.Args = append(v.Args[:0:0], x, y)
}

// divide makes a signed division of an unsigned one: both sides without their signs, then the sign of the result.
// Division by zero gives 0, and the dividend as the remainder, either way.
func (l *legalizer) divide(v *ir.Value) {
	top := l.konst(v, int64(v.Type.Bits())-1)
	signX, x := l.magnitude(v.Args[0], v, top)
	signY, y := l.magnitude(v.Args[1], v, top)
	sign, op := signX, ir.OpUMod
	if v.Op == ir.OpSDiv {
		sign, op = l.emit(ir.OpXor, v, signX, signY), ir.OpUDiv
	}
	q := l.emit(op, v, x, y)
	l.become(v, ir.OpSub, l.emit(ir.OpXor, v, q, sign), sign)
}

// magnitude is the sign of x, 0 or -1, and x without it.
func (l *legalizer) magnitude(x, like, top *ir.Value) (sign, abs *ir.Value) {
	sign = l.emit(ir.OpAshr, like, x, top)
	return sign, l.emit(ir.OpSub, like, l.emit(ir.OpXor, like, x, sign), sign)
}
