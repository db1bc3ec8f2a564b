package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/lower/text"
	"go3s/incremental/source"
)

// slice lowers a slice expression: of a string, or of an array.
func (l *lowerer) slice(ins *ssa.Slice) operand {
	if !text.Is(ins.X.Type()) {
		return l.sliceArray(ins)
	}
	x := l.value(ins.X)
	low, isLow := constBound(ins.Low, 0)
	high, isHigh := constBound(ins.High, int64(x.size))
	if !isLow || !isHigh {
		return l.sliceVariable(ins, x)
	}
	// Go's checker has seen to it that low <= high. A string has at least n bytes when its byte n-1 is not zero.
	least := low
	if ins.High != nil {
		least = high
	}
	if least > int64(x.size) {
		l.faultAlways(bySlice)
		return emptyString()
	}
	if least > 0 && x.konst == nil {
		l.faultIf(bySlice, ir.Eq, l.loadWord(x, int(least)-1, 1), l.constant(ir.I32, 0))
	}
	if x.konst != nil {
		s := (*x.konst)[low:min(high, int64(len(*x.konst)))]
		return operand{konst: &s, size: len(s)}
	}
	y := operand{at: x.at.plus(low), size: int(high - low), ragged: x.ragged || high < int64(x.size) && high%8 != 0}
	switch {
	case ins.High != nil:
		y.length = l.constant(ir.I64, high-low)
	case x.length != nil:
		y.length = l.emit(ir.OpSub, ir.I64, x.length, l.constant(ir.I64, low))
	}
	return l.aligned(y)
}

func emptyString() operand {
	s := ""
	return operand{konst: &s}
}

// constBound is a bound of a slice expression; absent is its value where it is not written.
func constBound(v ssa.Value, absent int64) (int64, bool) {
	if v == nil {
		return absent, true
	}
	if c, ok := v.(*ssa.Const); ok {
		return c.Int64(), true
	}
	return 0, false
}

// aligned moves a string that lies at an odd address to where it can be read by words.
func (l *lowerer) aligned(x operand) operand {
	if x.size <= 4 || x.at.align >= 8 || x.at.align >= 4 && x.size <= 8 {
		return x
	}
	p := l.slot("str", x.size)
	if x.size%8 != 0 {
		l.clear(p.plus(int64(x.size/8*8)), 8)
	}
	l.call(ir.HelperProbeReadKernel, ir.I64, l.address(p), l.constant(ir.I64, int64(x.size)), l.address(x.at))
	return operand{at: p, size: x.size, length: x.length}
}

// sliceVariable lowers a slice of a string with bounds that are known at run time only.
func (l *lowerer) sliceVariable(ins *ssa.Slice, x operand) operand {
	n := l.stringLen(x)
	from, to := l.constant(ir.I64, 0), n
	if ins.High != nil {
		to = l.within(ins.High, x.size)
		l.faultIf(bySlice, ir.Ugt, to, n)
	}
	if ins.Low != nil {
		from = l.within(ins.Low, x.size)
		l.faultIf(bySlice, ir.Ugt, from, to)
	}
	return l.substring(l.address8(x), from, l.emit(ir.OpSub, ir.I64, to, from), x.size)
}

func (l *lowerer) bound(v ssa.Value) *ir.Value {
	return l.widen(l.scalar(v), l.pkg.layouts.of(v.Type()))
}

// within is a bound of a slice expression of a string of at most size bytes.
func (l *lowerer) within(v ssa.Value, size int) *ir.Value {
	n := l.bound(v)
	if _, ok := v.(*ssa.Const); ok {
		return n
	}
	l.faultIf(bySlice, ir.Ugt, n, l.constant(ir.I64, int64(size)))
	return l.blur(n, size)
}

// substring copies count bytes of a string, at most size, from an offset on; both are within the string. The comparison with the
// size, which always holds, is for the verifier: it does not see that the difference of two bounds is bounded.
func (l *lowerer) substring(x operand, from, count *ir.Value, size int) operand {
	p := l.slot("str", size)
	l.clear(p, slotSize(size))
	l.faultIf(never, ir.Ugt, count, l.constant(ir.I64, int64(size)))
	src := l.emit(ir.OpPtrAdd, ir.Ptr, l.address(x.at), from)
	l.call(ir.HelperProbeReadKernel, ir.I64, l.address(p), count, src)
	return operand{at: p, size: size, length: count}
}

// sliceArray lowers a[low:high] of an array, or of such a slice. A slice is the place of its first element, and the compiler knows how
// many there are.
func (l *lowerer) sliceArray(ins *ssa.Slice) operand {
	x := l.value(ins.X)
	n, isArray := text.ArrayLen(ins.X.Type())
	if !isArray {
		n = int64(x.size)
	}
	low, isLow := constBound(ins.Low, 0)
	high, isHigh := constBound(ins.High, n)
	if !isLow || !isHigh {
		l.refuse(ins.Pos(), "write constants, and cut a string afterwards", "slicing an array with bounds that are not constant")
		return operand{}
	}
	p := l.deref(x.ptr)
	if p == nil || p.space == inKernel {
		l.refuse(ins.Pos(), "copy it to a variable first", "a slice of this")
		return operand{}
	}
	if p.field != nil {
		p = l.contextValue(p, l.pkg.layouts.of(structType(ins.X.Type()))).at
	}
	if high > n {
		l.refuse(ins.Pos(), "slice the array itself", "a slice that is made longer again")
		return operand{}
	}
	if low > high {
		l.faultAlways(bySlice)
		low = high
	}
	elem := l.pkg.layouts.of(sliceElem(ins.Type()))
	if arr, ok := ins.X.Type().Underlying().(*types.Pointer); ok {
		elem = l.pkg.layouts.of(arr.Elem()).Elem
	}
	return operand{ptr: p.plus(low * int64(elem.Size)), size: int(high - low)}
}

// toString lowers a conversion to a string.
func (l *lowerer) toString(ins *ssa.Convert) operand {
	switch u := ins.X.Type().Underlying().(type) {
	case *types.Basic:
		if text.Is(u) {
			return l.value(ins.X)
		}
		return l.runeString(l.bound(ins.X))
	case *types.Slice:
		if b, ok := u.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			x := l.value(ins.X)
			return l.bytesString(x.ptr, x.size)
		}
	}
	l.refuse(ins.Pos(), "put its parts together: string(r[0]) + string(r[1])", "a string of %s", typeName(ins.X.Type()))
	return operand{}
}

// bytesString is the string in an array of bytes, which ends at the first zero or with the array.
func (l *lowerer) bytesString(from *place, size int) operand {
	if size > text.Max {
		l.errorf(source.TooLarge, token.NoPos, "slice it: string(a[:n])", "a string has at most %d bytes, the array has %d", text.Max, size)
		return emptyString()
	}
	p := l.slot("str", size+1)
	l.clear(p, roundUp(size+1, 8))
	n := l.call(ir.HelperProbeReadKernelStr, ir.I64, l.address(p), l.constant(ir.I64, int64(size+1)), l.address(from))
	return operand{at: p, size: size, length: l.countRead(n, size, false)}
}

// runeString is the UTF-8 encoding of a rune; what is no rune becomes U+FFFD.
func (l *lowerer) runeString(r *ir.Value) operand {
	k := func(v int64) *ir.Value { return l.constant(ir.I64, v) }
	p := l.slot("rune", 8)
	join := l.fn.NewBlock()
	// part is the byte that holds six bits of the rune, put at its place in the word.
	part := func(shift, lead, mask, at int64) *ir.Value {
		v := l.emit(ir.OpAnd, ir.I64, l.emit(ir.OpLshr, ir.I64, r, k(shift)), k(mask))
		return l.emit(ir.OpShl, ir.I64, l.emit(ir.OpOr, ir.I64, v, k(lead)), k(at))
	}
	put := func(parts ...*ir.Value) {
		w := parts[0]
		for _, x := range parts[1:] {
			w = l.emit(ir.OpOr, ir.I64, w, x)
		}
		l.storeScalar(p, 8, w)
		l.cur.Jump(join)
	}
	below := func(limit int64, parts func()) {
		short, next := l.fn.NewBlock(), l.fn.NewBlock()
		l.branch(ir.Ult, r, k(limit), short, next)
		l.cur = short
		parts()
		l.cur = next
	}
	below(0x80, func() { put(r) })
	below(0x800, func() { put(part(6, 0xc0, 0x1f, 0), part(0, 0x80, 0x3f, 8)) })
	bad := l.fn.NewBlock()
	below(0x10000, func() {
		l.orElse(ir.Eq, l.emit(ir.OpLshr, ir.I64, r, k(11)), k(0xd800>>11), bad)
		put(part(12, 0xe0, 0x0f, 0), part(6, 0x80, 0x3f, 8), part(0, 0x80, 0x3f, 16))
	})
	below(0x110000, func() {
		put(part(18, 0xf0, 0x07, 0), part(12, 0x80, 0x3f, 8), part(6, 0x80, 0x3f, 16), part(0, 0x80, 0x3f, 24))
	})
	l.cur.Jump(bad)
	l.cur = bad
	put(k(0xbdbfef))
	l.cur = join
	return operand{at: p, size: 4}
}
