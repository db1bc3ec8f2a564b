package codegen

import (
	"math/bits"

	"go3s/incremental/ir"
)

// facts is what is known of the registers that hold a function's values, beyond what the IR promises of the values:
// which upper bits are zero or copies of the sign, so that an extension costs nothing.
type facts struct {
	isa int
	// bits bounds the 64-bit content of a value's register: it is below 1<<bits.
	bits []uint8
	// signed says that the register of an I32 holds the value sign-extended to 64 bits.
	signed []bool
	// offsets are the extensions to 64 bits that are added to a pointer, of what the verifier knows nothing of, unless they are compared
	// with something in 64 bits.
	offsets []bool
}

// compute iterates to the fixed point from below: a phi is as narrow as its widest argument.
func (k *facts) compute(f *ir.Func, isa int, mem *scratch) {
	k.isa = isa
	k.bits = mem.bytes.Take(f.NumValues())
	k.signed, k.offsets = mem.flags.Take(f.NumValues()), mem.flags.Take(f.NumValues())
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			switch {
			case v.Op == ir.OpSext32:
				k.signed[v.Args[0].ID] = k.choosesWide(v.Args[0])
			case v.Op == ir.OpPtrAdd && v.Args[1].Op == ir.OpZext32 && isa >= 3 && unfollowed(v.Args[1].Args[0]):
				k.offsets[v.Args[1].ID] = true
			}
		}
	}
	for _, b := range f.Blocks {
		for _, a := range b.Term.Args {
			k.offsets[a.ID] = false
		}
	}
	for changed := true; changed; {
		changed = false
		for _, b := range f.Blocks {
			for _, v := range b.Values {
				if n := k.transfer(v); n > k.bits[v.ID] {
					k.bits[v.ID] = n
					changed = true
				}
			}
		}
	}
}

// unfollowed reports that the verifier forgets all of a register that the op writes, also that a 32-bit operation clears its upper half.
// A comparison of the lower half bounds only that half.
func unfollowed(v *ir.Value) bool {
	switch v.Op {
	case ir.OpUDiv, ir.OpSDiv, ir.OpUMod, ir.OpSMod:
		return true
	case ir.OpShl, ir.OpLshr, ir.OpAshr:
		return v.Args[1].Op != ir.OpConst
	}
	return false
}

// choosesWide reports that the op can as well sign-extend to 64 bits as to 32.
func (k *facts) choosesWide(v *ir.Value) bool {
	if v.Type != ir.I32 {
		return false
	}
	switch v.Op {
	case ir.OpSext8, ir.OpSext16, ir.OpLoads8, ir.OpLoads16:
		return true
	}
	return false
}

// isSigned reports that v's register holds the sign extension of its low 32 bits.
func (k *facts) isSigned(v *ir.Value) bool {
	switch {
	case k.bits[v.ID] <= 31, k.signed[v.ID]:
		return true
	case k.isa >= 4 && (v.Op == ir.OpLoads8 || v.Op == ir.OpLoads16):
		return true
	case k.isa < 3 && k.choosesWide(v):
		return true
	case v.Op == ir.OpConst:
		return k.isa < 3
	case v.Op == ir.OpTrunc:
		return v.Args[0].Op == ir.OpSext32
	}
	return false
}

// cap is the bound for an op of v's type that says nothing of its result.
func (k *facts) cap(v *ir.Value) uint8 {
	if v.Type == ir.I32 && k.isa >= 3 {
		return 32
	}
	return 64
}

func (k *facts) transfer(v *ir.Value) uint8 {
	arg := func(i int) uint8 { return k.bits[v.Args[i].ID] }
	full := k.cap(v)
	switch v.Op {
	case ir.OpConst:
		if v.Type == ir.I32 && k.isa >= 3 {
			return uint8(bits.Len32(uint32(v.Imm)))
		}
		return uint8(bits.Len64(uint64(v.Imm)))
	case ir.OpPhi:
		var n uint8
		for i := range v.Args {
			n = max(n, arg(i))
		}
		return n
	case ir.OpAdd, ir.OpSub, ir.OpMul, ir.OpNeg, ir.OpSDiv, ir.OpSMod:
		return full
	case ir.OpUDiv, ir.OpUMod:
		if v.Type == ir.I32 {
			return min(32, arg(0))
		}
		return arg(0)
	case ir.OpAnd:
		return min(full, arg(0), arg(1))
	case ir.OpOr, ir.OpXor:
		return min(full, max(arg(0), arg(1)))
	case ir.OpShl, ir.OpLshr, ir.OpAshr:
		return k.shift(v, full)
	case ir.OpZext8:
		return min(8, arg(0))
	case ir.OpZext16, ir.OpBswap16:
		if v.Op == ir.OpBswap16 {
			return 16
		}
		return min(16, arg(0))
	case ir.OpZext32:
		return min(32, arg(0))
	case ir.OpBswap32:
		return 32
	case ir.OpSext8, ir.OpSext16, ir.OpLoads8, ir.OpLoads16:
		return k.signExtension(v, full)
	case ir.OpSext32:
		if arg(0) <= 31 {
			return arg(0)
		}
	case ir.OpTrunc:
		return arg(0)
	case ir.OpCmp:
		return 1
	case ir.OpLoad8, ir.OpLoad16, ir.OpLoad32:
		return uint8(8 * v.Op.AccessSize())
	case ir.OpCall:
		if h := v.Helper(); h != nil && h.Max > 0 {
			return uint8(bits.Len64(uint64(h.Max)))
		}
	}
	return 64
}

func (k *facts) shift(v *ir.Value, full uint8) uint8 {
	n := min(full, k.bits[v.Args[0].ID])
	width := uint8(v.Type.Bits())
	if v.Op == ir.OpLshr {
		n = min(n, width)
	}
	if v.Args[1].Op != ir.OpConst {
		switch {
		case v.Op == ir.OpLshr, v.Op == ir.OpAshr && n < width:
			return n
		}
		return full
	}
	by := uint8(v.Args[1].Imm) & (width - 1)
	switch {
	case v.Op == ir.OpShl:
		return min(full, n+by)
	case v.Op == ir.OpAshr && n >= width:
		return full
	}
	return n - min(n, by)
}

func (k *facts) signExtension(v *ir.Value, full uint8) uint8 {
	if !v.Op.IsLoad() {
		from := uint8(8)
		if v.Op == ir.OpSext16 {
			from = 16
		}
		if n := k.bits[v.Args[0].ID]; n < from {
			return n
		}
	} else if k.isa >= 4 {
		return 64
	}
	if k.signed[v.ID] {
		return 64
	}
	return full
}
