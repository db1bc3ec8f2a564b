package ir

import "math/bits"

// Eval computes an integer op of the given result type over constants, as the IR defines it; for the conversions
// that is the type converted to. An I32 is kept sign-extended, in the arguments as in the result. ok is false for an
// op that is no function of two integers; a unary op ignores y.
func Eval(op Op, t Type, x, y int64) (r int64, ok bool) {
	if t == I32 && op != OpTrunc {
		r, ok = eval32(op, int32(x), int32(y))
		return r, ok
	}
	switch op {
	case OpAdd:
		r = x + y
	case OpSub:
		r = x - y
	case OpMul:
		r = x * y
	case OpUDiv:
		if y != 0 {
			r = int64(uint64(x) / uint64(y))
		}
	case OpUMod:
		if r = x; y != 0 {
			r = int64(uint64(x) % uint64(y))
		}
	case OpSDiv:
		if y != 0 {
			r = x / y
		}
	case OpSMod:
		if r = x; y != 0 {
			r = x % y
		}
	case OpAnd:
		r = x & y
	case OpOr:
		r = x | y
	case OpXor:
		r = x ^ y
	case OpShl:
		r = x << (y & 63)
	case OpLshr:
		r = int64(uint64(x) >> (y & 63))
	case OpAshr:
		r = x >> (y & 63)
	default:
		return evalUnary(op, x)
	}
	return r, true
}

// evalUnary is the part of Eval for ops of one argument that look the same at both widths, given that the result of
// a narrow one fits 32 bits either way.
func evalUnary(op Op, x int64) (int64, bool) {
	switch op {
	case OpNeg:
		return -x, true
	case OpZext8:
		return int64(uint8(x)), true
	case OpZext16:
		return int64(uint16(x)), true
	case OpSext8:
		return int64(int8(x)), true
	case OpSext16:
		return int64(int16(x)), true
	case OpZext32:
		return int64(uint32(x)), true
	case OpSext32, OpTrunc:
		return int64(int32(x)), true
	case OpBswap16:
		return int64(bits.ReverseBytes16(uint16(x))), true
	case OpBswap32:
		return int64(int32(bits.ReverseBytes32(uint32(x)))), true
	case OpBswap64:
		return int64(bits.ReverseBytes64(uint64(x))), true
	}
	return 0, false
}

func eval32(op Op, x, y int32) (int64, bool) {
	var r int32
	switch op {
	case OpUDiv:
		if y != 0 {
			r = int32(uint32(x) / uint32(y))
		}
	case OpUMod:
		if r = x; y != 0 {
			r = int32(uint32(x) % uint32(y))
		}
	case OpSDiv:
		if y != 0 {
			r = x / y
		}
	case OpSMod:
		if r = x; y != 0 {
			r = x % y
		}
	case OpShl:
		r = x << (y & 31)
	case OpLshr:
		r = int32(uint32(x) >> (y & 31))
	case OpAshr:
		r = x >> (y & 31)
	default:
		wide, ok := Eval(op, I64, int64(x), int64(y))
		return int64(int32(wide)), ok
	}
	return int64(r), true
}

// EvalCond decides a comparison of two constants of the type. An I32 is kept sign-extended.
func EvalCond(c Cond, t Type, x, y int64) bool {
	ux, uy := uint64(x), uint64(y)
	if t == I32 {
		ux, uy = uint64(uint32(x)), uint64(uint32(y))
	}
	switch c {
	case Eq:
		return ux == uy
	case Ne:
		return ux != uy
	case Slt:
		return x < y
	case Sle:
		return x <= y
	case Sgt:
		return x > y
	case Sge:
		return x >= y
	case Ult:
		return ux < uy
	case Ule:
		return ux <= uy
	case Ugt:
		return ux > uy
	case Uge:
		return ux >= uy
	}
	return ux&uy != 0
}
