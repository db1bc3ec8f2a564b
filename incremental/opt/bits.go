package opt

import (
	"math/bits"

	"go3s/incremental/ir"
)

// known is what is known of a value's bits on every run: which are 0, which are 1, and how many of the top bits
// equal the sign bit, the sign bit itself counted. Of an I32 only the low 32 bits count.
type known struct {
	zero, one uint64
	sign      uint8
}

const upperHalf = ^uint64(1<<32 - 1)

// mask is the bits that a type has.
func mask(t ir.Type) uint64 {
	if t == ir.I32 {
		return 1<<32 - 1
	}
	return 1<<64 - 1
}

// max is the largest value that the bits allow, taken as unsigned.
func (k known) max(t ir.Type) uint64 { return ^k.zero & mask(t) }

// leading is how many of the type's top bits are 0.
func (k known) leading(t ir.Type) int { return bits.LeadingZeros64(k.max(t)) - 64 + t.Bits() }

// below is what is known of a value that is at most limit.
func below(limit uint64) known {
	return known{zero: ^uint64(0) << (64 - bits.LeadingZeros64(limit))}
}

// closed adds what the parts of k say of each other.
func (k known) closed(t ir.Type) known {
	m := mask(t)
	k.zero &= m
	k.one &= m
	k.sign = max(k.sign, 1, uint8(k.leading(t)))
	if ones := bits.LeadingZeros64(^k.one&m) - 64 + t.Bits(); ones > int(k.sign) {
		k.sign = uint8(ones)
	}
	return k
}

// constant is the value where all bits are known, sign-extended as a constant of the type.
func (k known) constant(t ir.Type) (int64, bool) {
	if k.zero|k.one != mask(t) || t == ir.Ptr {
		return 0, false
	}
	if t == ir.I32 {
		return int64(int32(k.one)), true
	}
	return int64(k.one), true
}

// either is what is known of a value that is one of two.
func (k known) either(o known) known {
	return known{zero: k.zero & o.zero, one: k.one & o.one, sign: min(k.sign, o.sign)}
}

// knownBits computes what is known of v from what is known of its arguments. Of an address that is not constant that is nothing.
func (d *folder) knownBits(v *ir.Value) known {
	if v.Type != ir.I32 && v.Type != ir.I64 && v.Op != ir.OpPhi {
		return known{sign: 1}
	}
	var x, y known
	if n := len(v.Args); n > 0 && v.Op != ir.OpPhi && v.Op != ir.OpCall {
		x = d.known(v.Args[0])
		if n > 1 {
			y = d.known(v.Args[1])
		}
	}
	return transfer(d, v, x, y).closed(v.Type)
}

// knownConst is all the bits of a constant.
func knownConst(v *ir.Value) known {
	return known{one: uint64(v.Imm), zero: ^uint64(v.Imm)}.closed(v.Type)
}

func transfer(d *folder, v *ir.Value, x, y known) known {
	switch v.Op {
	case ir.OpPhi:
		return d.phiBits(v)
	case ir.OpCmp:
		return below(1)
	case ir.OpLoad8, ir.OpZext8:
		return known{zero: ^uint64(0xff) | x.zeroIf(v, ir.OpZext8), one: x.oneIf(v, ir.OpZext8) & 0xff}
	case ir.OpLoad16, ir.OpZext16, ir.OpBswap16:
		return known{zero: ^uint64(0xffff) | x.zeroIf(v, ir.OpZext16), one: x.oneIf(v, ir.OpZext16) & 0xffff}
	case ir.OpLoads8, ir.OpSext8:
		return known{sign: uint8(v.Type.Bits() - 7)}
	case ir.OpLoads16, ir.OpSext16:
		return known{sign: uint8(v.Type.Bits() - 15)}
	case ir.OpZext32:
		return known{zero: x.zero | upperHalf, one: x.one}
	case ir.OpSext32:
		if x.zero>>31&1 != 0 {
			return known{zero: x.zero | upperHalf, one: x.one}
		}
		return known{sign: x.sign + 32}
	case ir.OpTrunc:
		k := known{zero: x.zero, one: x.one}
		if x.sign > 32 {
			k.sign = x.sign - 32
		}
		return k
	case ir.OpCall:
		if h := v.Helper(); h != nil && h.Max > 0 {
			return below(uint64(h.Max))
		}
		return known{}
	}
	return transferArith(v, x, y)
}

func (k known) zeroIf(v *ir.Value, op ir.Op) uint64 {
	if v.Op == op {
		return k.zero
	}
	return 0
}

func (k known) oneIf(v *ir.Value, op ir.Op) uint64 {
	if v.Op == op {
		return k.one
	}
	return 0
}

func transferArith(v *ir.Value, x, y known) known {
	width := v.Type.Bits()
	switch v.Op {
	case ir.OpAnd:
		return known{zero: x.zero | y.zero, one: x.one & y.one, sign: min(x.sign, y.sign)}
	case ir.OpOr:
		return known{zero: x.zero & y.zero, one: x.one | y.one, sign: min(x.sign, y.sign)}
	case ir.OpXor:
		return known{zero: x.zero&y.zero | x.one&y.one, one: x.zero&y.one | x.one&y.zero, sign: min(x.sign, y.sign)}
	case ir.OpAdd:
		k := known{zero: lowZeros(min(trailing(x), trailing(y)))}
		if n := min(x.leading(v.Type), y.leading(v.Type)); n > 1 {
			k.zero |= topZeros(n-1, width)
		}
		if n := min(x.sign, y.sign); n > 1 {
			k.sign = n - 1
		}
		return k
	case ir.OpMul:
		k := known{zero: lowZeros(trailing(x) + trailing(y))}
		if n := x.leading(v.Type) + y.leading(v.Type) - width; n > 0 {
			k.zero |= topZeros(n, width)
		}
		return k
	case ir.OpUDiv:
		return below(x.max(v.Type))
	case ir.OpUMod:
		limit := x.max(v.Type)
		if c := v.Args[1]; c.Op == ir.OpConst && c.Imm != 0 {
			limit = min(limit, uint64(c.Imm)&mask(v.Type)-1)
		}
		return below(limit)
	}
	return transferShift(v, x)
}

// transferShift covers shifts by constants.
func transferShift(v *ir.Value, x known) known {
	width := v.Type.Bits()
	if len(v.Args) != 2 || v.Args[1].Op != ir.OpConst {
		if v.Op == ir.OpLshr {
			return below(x.max(v.Type))
		}
		return known{}
	}
	n := int(v.Args[1].Imm) & (width - 1)
	switch v.Op {
	case ir.OpShl:
		k := known{zero: x.zero<<n | lowZeros(n), one: x.one << n}
		if int(x.sign) > n {
			k.sign = x.sign - uint8(n)
		}
		return k
	case ir.OpLshr:
		return known{zero: x.zero>>n | topZeros(n, width), one: x.one >> n}
	case ir.OpAshr:
		k := known{sign: uint8(min(int(x.sign)+n, width))}
		if x.zero>>(width-1)&1 != 0 {
			k.zero, k.one = x.zero>>n|topZeros(n, width), x.one>>n
		}
		return k
	}
	return known{}
}

// phiBits joins what is known of the arguments; an argument that comes around a loop says nothing.
func (d *folder) phiBits(v *ir.Value) known {
	k := known{}
	for i, a := range v.Args {
		if !d.seen(a) {
			return known{}
		}
		if i == 0 {
			k = d.known(a)
		} else {
			k = k.either(d.known(a))
		}
	}
	return k
}

func lowZeros(n int) uint64 { return 1<<min(n, 64) - 1 }

func topZeros(n, width int) uint64 {
	return lowZeros(n) << (width - n)
}

func trailing(k known) int { return bits.TrailingZeros64(^k.zero) }
