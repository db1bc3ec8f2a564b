package ir

import "math/bits"

// Alignment is a power of two, at most 8, that divides the address v, as far as the text of the function shows it. The context,
// map values, ring records and kernel objects start at multiples of 8; of a parameter and of an address that is loaded its
// Align says what it is.
func Alignment(v *Value) int64 { return alignment(v, 0) }

// maxAlignmentDepth bounds how many phis and computed offsets are looked through.
const maxAlignmentDepth = 4

func alignment(v *Value, depth int) int64 {
	off := int64(0)
	for ; v.Op == OpOffset; v = v.Args[0] {
		off += v.Imm
	}
	n := int64(8)
	switch v.Op {
	case OpSlot:
		n = int64(v.Slot.Align)
	case OpMapValue:
		off += v.Imm
	case OpParam, OpLoadPtr:
		if v.Align != 0 {
			n = int64(v.Align)
		}
	case OpPtrAdd:
		n = min(alignment(v.Args[0], depth+1), multiple(v.Args[1], depth+1))
	case OpPhi:
		if depth > maxAlignmentDepth {
			return 1
		}
		for _, a := range v.Args {
			if a != v {
				n = min(n, alignment(a, depth+1))
			}
		}
	}
	return min(n, powerIn(off))
}

// powerIn is the largest power of two, at most 8, that divides n.
func powerIn(n int64) int64 { return 1 << min(bits.TrailingZeros64(uint64(n)), 3) }

// multiple is a power of two, at most 8, that divides the integer.
func multiple(v *Value, depth int) int64 {
	if depth > 2*maxAlignmentDepth {
		return 1
	}
	switch v.Op {
	case OpConst:
		return powerIn(v.Imm)
	case OpMul:
		return min(8, multiple(v.Args[0], depth+1)*multiple(v.Args[1], depth+1))
	case OpShl:
		if c := v.Args[1]; c.Op == OpConst {
			return min(8, multiple(v.Args[0], depth+1)<<min(uint64(c.Imm)&63, 3))
		}
	case OpAnd:
		return max(multiple(v.Args[0], depth+1), multiple(v.Args[1], depth+1))
	case OpAdd, OpSub, OpOr:
		return min(multiple(v.Args[0], depth+1), multiple(v.Args[1], depth+1))
	case OpZext32, OpSext32, OpTrunc:
		return multiple(v.Args[0], depth+1)
	}
	return 1
}
