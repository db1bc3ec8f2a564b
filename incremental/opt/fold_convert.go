package opt

import "go3s/incremental/ir"

// convert is the rules for ops of one argument.
func (d *folder) convert(v, x *ir.Value) *ir.Value {
	k := d.known(x)
	switch v.Op {
	case ir.OpNeg:
		if x.Op == ir.OpNeg {
			return x.Args[0]
		}
	case ir.OpZext8, ir.OpZext16:
		n := 8
		if v.Op == ir.OpZext16 {
			n = 16
		}
		if k.sign != 0 && k.max(v.Type)>>n == 0 {
			return x
		}
		return d.lowOf(v, n)
	case ir.OpSext8, ir.OpSext16:
		n := 8
		if v.Op == ir.OpSext16 {
			n = 16
		}
		if int(k.sign) > v.Type.Bits()-n {
			return x
		}
		return d.lowOf(v, n)
	case ir.OpSext32:
		// Zext32 costs nothing after most 32-bit instructions.
		if k.sign != 0 && k.leading(ir.I32) > 0 {
			v.Op = ir.OpZext32
			return v
		}
	case ir.OpZext32:
		if x.Op == ir.OpTrunc {
			if y := x.Args[0]; d.seen(y) && d.known(y).max(ir.I64)>>32 == 0 {
				return y
			}
		}
	case ir.OpTrunc:
		return d.trunc(v, x)
	case ir.OpBswap16, ir.OpBswap32, ir.OpBswap64:
		if x.Op == v.Op && v.Op != ir.OpBswap16 {
			return x.Args[0]
		}
	}
	return nil
}

// lowOf drops what can't change the low n bits below an extension to n bits: another extension, also one step
// further down where the arithmetic between is only there for this use.
func (d *folder) lowOf(v *ir.Value, n int) *ir.Value {
	if r := d.lowBits(v, 0, n); r != nil {
		return r
	}
	x := v.Args[0]
	switch x.Op {
	case ir.OpAdd, ir.OpSub, ir.OpMul, ir.OpAnd, ir.OpOr, ir.OpXor:
	default:
		return nil
	}
	if !d.usedOnce(x) {
		return nil
	}
	a, b := d.strip(x.Args[0], n), d.strip(x.Args[1], n)
	if a == x.Args[0] && b == x.Args[1] {
		return nil
	}
	v.Args[0] = d.make(x.Op, x.Type, x.Span, a, b)
	return v
}

// trunc pulls a truncation up to where the value was extended.
func (d *folder) trunc(v, x *ir.Value) *ir.Value {
	switch x.Op {
	case ir.OpZext32, ir.OpSext32:
		return x.Args[0]
	case ir.OpZext8, ir.OpZext16, ir.OpSext8, ir.OpSext16:
		low := d.make(ir.OpTrunc, ir.I32, v.Span, x.Args[0])
		v.Op, v.Args[0] = x.Op, low
		return v
	case ir.OpAnd, ir.OpOr, ir.OpXor, ir.OpAdd, ir.OpSub, ir.OpMul:
		if a, b := d.short(x.Args[0]), d.short(x.Args[1]); a != nil && b != nil {
			return d.make(x.Op, ir.I32, v.Span, d.shorten(a, v), d.shorten(b, v))
		}
	case ir.OpShl:
		if a, c := d.short(x.Args[0]), x.Args[1]; a != nil && c.Op == ir.OpConst {
			if c.Imm&63 >= 32 {
				return d.becomeConst(v, 0)
			}
			return d.make(ir.OpShl, ir.I32, v.Span, d.shorten(a, v), d.konst(ir.I32, c.Imm&63, v.Span))
		}
	}
	return nil
}

// short is where the low half of an I64 can be had for nothing: what it was extended from, or the constant.
func (d *folder) short(x *ir.Value) *ir.Value {
	switch x.Op {
	case ir.OpZext32, ir.OpSext32:
		return x.Args[0]
	case ir.OpConst:
		return x
	}
	return nil
}

// shorten makes an I32 of what short found.
func (d *folder) shorten(x, v *ir.Value) *ir.Value {
	if x.Type == ir.I64 {
		return d.konst(ir.I32, x.Imm, v.Span)
	}
	return x
}
