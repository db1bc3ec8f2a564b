package opt

import (
	"math/bits"

	"go3s/incremental/ir"
)

// arith is the rules for arithmetic and conversions.
func (d *folder) arith(v *ir.Value) *ir.Value {
	x := v.Args[0]
	if len(v.Args) == 1 {
		if x.Op == ir.OpConst {
			if r, ok := ir.Eval(v.Op, v.Type, x.Imm, 0); ok {
				return d.becomeConst(v, r)
			}
		}
		return d.convert(v, x)
	}
	y := v.Args[1]
	switch {
	case x.Op == ir.OpConst && y.Op == ir.OpConst:
		if r, ok := ir.Eval(v.Op, v.Type, x.Imm, y.Imm); ok {
			return d.becomeConst(v, r)
		}
	case x.Op == ir.OpConst && v.Op.Info().Commutes:
		v.Args[0], v.Args[1] = y, x
		return v
	case y.Op == ir.OpConst:
		if r := d.withConst(v, x, y.Imm); r != nil {
			return r
		}
	case x == y:
		if r := d.withItself(v, x); r != nil {
			return r
		}
	case x.Op == ir.OpConst && x.Imm == 0:
		return d.ofZero(v, x, y)
	}
	return d.byBits(v, x, y)
}

// becomeConst turns v itself into a constant.
func (d *folder) becomeConst(v *ir.Value, c int64) *ir.Value {
	if v.Type == ir.I32 {
		c = int64(int32(c))
	}
	v.Op, v.Imm, v.Args, v.Cond = ir.OpConst, c, nil, 0
	return v
}

// become turns v itself into another op over one value and a constant.
func (d *folder) become(v *ir.Value, op ir.Op, x *ir.Value, c int64) *ir.Value {
	k := d.konst(v.Type, c, v.Span)
	v.Op, v.Args[0], v.Args[1] = op, x, k
	return v
}

func (d *folder) withItself(v, x *ir.Value) *ir.Value {
	switch v.Op {
	case ir.OpSub, ir.OpXor:
		return d.becomeConst(v, 0)
	case ir.OpAnd, ir.OpOr:
		return x
	}
	return nil
}

// ofZero is the rules for a zero on the left of an op that doesn't commute.
func (d *folder) ofZero(v, zero, y *ir.Value) *ir.Value {
	switch v.Op {
	case ir.OpSub:
		v.Op, v.Args = ir.OpNeg, v.Args[1:2:2]
		return v
	case ir.OpUDiv, ir.OpSDiv, ir.OpUMod, ir.OpSMod, ir.OpShl, ir.OpLshr, ir.OpAshr:
		return zero
	}
	return nil
}

// byBits uses what is known of the bits of the arguments.
func (d *folder) byBits(v, x, y *ir.Value) *ir.Value {
	kx, ky := d.known(x), d.known(y)
	switch v.Op {
	case ir.OpSDiv, ir.OpSMod:
		if kx.leading(v.Type) > 0 && ky.leading(v.Type) > 0 && kx.sign != 0 && ky.sign != 0 {
			v.Op -= ir.OpSDiv - ir.OpUDiv
			return v
		}
	case ir.OpAshr:
		if kx.sign != 0 && kx.leading(v.Type) > 0 {
			v.Op = ir.OpLshr
			return v
		}
	}
	if v.Type == ir.I64 {
		return d.narrow(v, x, y)
	}
	return nil
}

// withConst is the rules for a constant on the right.
func (d *folder) withConst(v, x *ir.Value, c int64) *ir.Value {
	width := v.Type.Bits()
	if r := d.identity(v, x, c); r != nil {
		return r
	}
	if x.Op == v.Op && len(x.Args) == 2 && x.Args[1].Op == ir.OpConst {
		if r := d.reassociate(v, x, c, x.Args[1].Imm); r != nil {
			return r
		}
	}
	u := uint64(c) & mask(v.Type)
	pow := bits.TrailingZeros64(u)
	isPow := u != 0 && u&(u-1) == 0
	switch v.Op {
	case ir.OpSub:
		return d.become(v, ir.OpAdd, x, -c)
	case ir.OpMul:
		if isPow {
			return d.become(v, ir.OpShl, x, int64(pow))
		}
	case ir.OpUDiv:
		if isPow {
			return d.become(v, ir.OpLshr, x, int64(pow))
		}
	case ir.OpUMod:
		if isPow {
			return d.become(v, ir.OpAnd, x, c-1)
		}
	case ir.OpSDiv:
		if isPow && pow < width-1 && !d.nonNegative(x) {
			return d.signedHalving(v, x, pow)
		}
	case ir.OpSMod:
		if isPow && pow < width-1 && !d.nonNegative(x) {
			q := d.signedHalving(d.f.Unplaced(ir.OpSDiv, v.Type, v.Span, x, x), x, pow)
			d.place(q)
			whole := d.make(ir.OpShl, v.Type, v.Span, q, d.konst(v.Type, int64(pow), v.Span))
			v.Op, v.Args[1] = ir.OpSub, whole
			return v
		}
	case ir.OpAnd:
		return d.andConst(v, x, u)
	case ir.OpXor:
		if x.Op == ir.OpCmp && c == 1 {
			if n, ok := x.Cond.Negate(); ok {
				v.Op, v.Cond, v.Args[0], v.Args[1] = ir.OpCmp, n, x.Args[0], x.Args[1]
				return v
			}
		}
	}
	return nil
}

func (d *folder) nonNegative(x *ir.Value) bool {
	k := d.known(x)
	return k.sign != 0 && k.leading(x.Type) > 0
}

// signedHalving makes v the quotient of x by 1<<pow, rounded to zero: negative dividends get 1<<pow - 1 added first.
func (d *folder) signedHalving(v, x *ir.Value, pow int) *ir.Value {
	width := int64(v.Type.Bits())
	sign := x
	if pow > 1 {
		sign = d.make(ir.OpAshr, v.Type, v.Span, x, d.konst(v.Type, width-1, v.Span))
	}
	bias := d.make(ir.OpLshr, v.Type, v.Span, sign, d.konst(v.Type, width-int64(pow), v.Span))
	sum := d.make(ir.OpAdd, v.Type, v.Span, x, bias)
	return d.become(v, ir.OpAshr, sum, int64(pow))
}

// identity is the constants that do nothing, or everything.
func (d *folder) identity(v, x *ir.Value, c int64) *ir.Value {
	width := int64(v.Type.Bits())
	switch v.Op {
	case ir.OpShl, ir.OpLshr, ir.OpAshr:
		if c&(width-1) == 0 {
			return x
		}
		if c != c&(width-1) {
			return d.become(v, v.Op, x, c&(width-1))
		}
	case ir.OpAdd, ir.OpSub, ir.OpOr, ir.OpXor:
		switch {
		case c == 0:
			return x
		case v.Op == ir.OpOr && c == -1:
			return d.becomeConst(v, -1)
		}
	case ir.OpMul, ir.OpAnd, ir.OpUDiv, ir.OpSDiv, ir.OpUMod, ir.OpSMod:
		return d.identityMul(v, x, c)
	}
	return nil
}

func (d *folder) identityMul(v, x *ir.Value, c int64) *ir.Value {
	switch {
	case c == 0 && (v.Op == ir.OpUMod || v.Op == ir.OpSMod):
		return x
	case c == 0:
		return d.becomeConst(v, 0)
	case c == -1 && v.Op == ir.OpAnd:
		return x
	case c == 1 && (v.Op == ir.OpUMod || v.Op == ir.OpSMod):
		return d.becomeConst(v, 0)
	case c == 1 && v.Op != ir.OpAnd:
		return x
	case c == -1 && (v.Op == ir.OpMul || v.Op == ir.OpSDiv):
		v.Op, v.Args = ir.OpNeg, v.Args[:1]
		return v
	case c == -1 && v.Op == ir.OpSMod:
		return d.becomeConst(v, 0)
	}
	return nil
}

// reassociate joins (x op a) op c.
func (d *folder) reassociate(v, x *ir.Value, c, a int64) *ir.Value {
	width := int64(v.Type.Bits())
	if d.scalesIndex(v, x) {
		return nil
	}
	switch v.Op {
	case ir.OpAdd, ir.OpMul, ir.OpAnd, ir.OpOr, ir.OpXor:
		joined, _ := ir.Eval(v.Op, v.Type, a, c)
		return d.become(v, v.Op, x.Args[0], joined)
	case ir.OpShl, ir.OpLshr:
		if sum := a&(width-1) + c&(width-1); sum < width {
			return d.become(v, v.Op, x.Args[0], sum)
		}
		return d.becomeConst(v, 0)
	case ir.OpAshr:
		return d.become(v, v.Op, x.Args[0], min(a&(width-1)+c&(width-1), width-1))
	}
	return nil
}

// scalesIndex reports that x may be an index that v makes an offset of: the verifier knows the bounds of what was compared, not of what
// it was made from.
func (d *folder) scalesIndex(v, x *ir.Value) bool {
	return (v.Op == ir.OpMul || v.Op == ir.OpShl) && !d.usedOnce(x)
}

// andConst drops a mask that keeps every bit that may be set, and uses the shorter extensions.
func (d *folder) andConst(v, x *ir.Value, u uint64) *ir.Value {
	k := d.known(x)
	switch {
	case k.sign != 0 && k.max(v.Type)&^u == 0 && d.followed(x, 0): // else the mask is where the verifier knows the bounds from
		return x
	case u == 0xffffffff && v.Type == ir.I64:
		low := d.make(ir.OpTrunc, ir.I32, v.Span, x)
		v.Op, v.Args = ir.OpZext32, v.Args[:1]
		v.Args[0] = low
		return v
	}
	return nil
}

// narrow does 64-bit work on 32-bit values at 32 bits, where the result is the same.
func (d *folder) narrow(v, x, y *ir.Value) *ir.Value {
	a, b := d.zextSource(x), d.zextSource(y)
	if a == nil || b == nil || x.Op == ir.OpConst && y.Op == ir.OpConst || y.Op == ir.OpConst && d.scalesIndex(v, x) {
		return nil
	}
	kx, ky := d.known(x), d.known(y)
	fits := false
	switch v.Op {
	case ir.OpAnd, ir.OpOr, ir.OpXor, ir.OpUDiv, ir.OpUMod:
		fits = true
	case ir.OpAdd:
		fits = kx.leading(ir.I64) > 32 && ky.leading(ir.I64) > 32
	case ir.OpMul:
		fits = kx.leading(ir.I64)+ky.leading(ir.I64) >= 96
	case ir.OpLshr:
		fits = ky.max(ir.I64) < 32
	case ir.OpShl:
		fits = y.Op == ir.OpConst && y.Imm < 32 && kx.leading(ir.I64) >= 32+int(y.Imm)
	}
	if !fits {
		return nil
	}
	if b.Op == ir.OpConst && b.Type == ir.I64 {
		b = d.konst(ir.I32, b.Imm, v.Span)
	}
	if a.Op == ir.OpConst && a.Type == ir.I64 {
		a = d.konst(ir.I32, a.Imm, v.Span)
	}
	short := d.make(v.Op, ir.I32, v.Span, a, b)
	v.Op, v.Args = ir.OpZext32, v.Args[:1]
	v.Args[0] = short
	return v
}

// zextSource is what a value was zero-extended from: an I32, or an I64 constant of 32 bits; nil for another value.
func (d *folder) zextSource(x *ir.Value) *ir.Value {
	switch {
	case x.Op == ir.OpZext32:
		return x.Args[0]
	case x.Op == ir.OpConst && uint64(x.Imm) < 1<<32:
		return x
	}
	return nil
}
