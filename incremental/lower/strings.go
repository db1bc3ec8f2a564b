package lower

import (
	"encoding/binary"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// A string is a run of bytes padded with zeros to its capacity. Strings are copied and compared by the widest words that
// their places' alignments allow; a constant string has the words themselves.

// room is how many bytes of a string can be read in memory. Behind its capacity they are zero.
func (x operand) room() int {
	if x.konst != nil || x.at == nil || x.ragged || x.at.align < 8 {
		return x.size
	}
	return roundUp(x.size, 8)
}

// chunkSize is the width of the word at offset off of two places, of which n bytes are left.
func chunkSize(n, align int) int {
	size := 8
	for size > n || size > align {
		size /= 2
	}
	return size
}

// storeString writes a string to a place of size bytes and pads it with zeros. What does not fit is cut, counted.
func (l *lowerer) storeString(p *place, size int, x operand, fresh bool) {
	if x.konst != nil {
		l.storeConst(p, size, *x.konst, fresh)
		return
	}
	if x.at == p {
		return
	}
	n := min(size, x.room())
	if !x.comm || n < commSize || p.align%8 == 0 || !l.loadComm(p) {
		l.copyBytes(p, x.at, n)
	}
	if n < size && !fresh {
		l.clear(p.plus(int64(n)), size-n)
	}
	if x.size > size {
		next := l.emit(ir.OpLoad8, ir.I32, x.at.base)
		next.Imm = x.at.off + int64(size)
		l.unlikely(ir.Ne, next, l.constant(ir.I32, 0), func() { l.count(abi.StatCut) })
	}
}

// storeConst writes a constant string, word by word.
func (l *lowerer) storeConst(p *place, size int, s string, fresh bool) {
	if len(s) > size {
		l.errorf(source.TooLarge, token.NoPos, "a map keeps the room it was made with: use the longer text in the cell that makes it", "the text has %d bytes, and its place %d", len(s), size)
		return
	}
	for off := 0; off < size; {
		w := chunkSize(size-off, alignAt(p.align, int64(off)))
		if v := word(s, off, w); v != 0 || !fresh {
			t := ir.I32
			if w == 8 {
				t = ir.I64
			}
			l.storeScalar(p.plus(int64(off)), w, l.constant(t, v))
		}
		off += w
	}
}

// word is the little-endian word of size bytes at offset off of a zero-padded string.
func word(s string, off, size int) int64 {
	var b [8]byte
	if off < len(s) {
		copy(b[:size], s[off:])
	}
	return int64(binary.LittleEndian.Uint64(b[:]))
}

// loadWord loads a word of size bytes of a string. Behind the string's capacity all bytes are zero.
func (l *lowerer) loadWord(x operand, off, size int) *ir.Value {
	t, op := ir.I32, ir.OpLoad32
	switch size {
	case 8:
		t, op = ir.I64, ir.OpLoad64
	case 2:
		op = ir.OpLoad16
	case 1:
		op = ir.OpLoad8
	}
	if x.konst != nil {
		return l.constant(t, word(*x.konst, off, size))
	}
	if off >= x.room() {
		return l.constant(t, 0)
	}
	v := l.emit(op, t, x.at.base)
	v.Imm = x.at.off + int64(off)
	return v
}

// words calls f for each word of two strings: both are read at the same offset with the same width, up to the longer capacity.
func words(x, y operand, f func(off, size int)) {
	n := max(x.room(), y.room())
	for off := 0; off < n; {
		left, align := n-off, 8
		for _, s := range []operand{x, y} {
			if s.konst == nil && off < s.room() {
				left = min(left, s.room()-off)
				align = min(align, alignAt(s.at.align, int64(off)))
			}
		}
		size := chunkSize(left, align)
		f(off, size)
		off += size
	}
}

// equalBytes goes on when two strings are equal and branches to differ when they aren't.
func (l *lowerer) equalBytes(x, y operand, differ *ir.Block) {
	if x.konst != nil {
		x, y = y, x
	}
	if y.konst != nil && x.konst == nil {
		l.matchConst(x, *y.konst, true, differ)
		return
	}
	words(x, y, func(off, size int) {
		l.orElse(ir.Ne, l.loadWord(x, off, size), l.loadWord(y, off, size), differ)
	})
}

// compareStrings lowers a comparison of strings to 0 or 1. The order is that of the bytes, so words are compared with their
// first byte on top.
func (l *lowerer) compareStrings(op token.Token, x, y operand) *ir.Value {
	differ, join := l.fn.NewBlock(), l.fn.NewBlock()
	if op == token.EQL || op == token.NEQ {
		l.equalBytes(x, y, differ)
		return l.equality(op, differ, join)
	}
	px, py := differ.Phi(ir.I64, l.span), differ.Phi(ir.I64, l.span)
	words(x, y, func(off, size int) {
		a, b := l.firstOnTop(l.loadWord(x, off, size), size), l.firstOnTop(l.loadWord(y, off, size), size)
		l.orElse(ir.Ne, a, b, differ)
		px.Args, py.Args = append(px.Args, a), append(py.Args, b)
	})
	orEqual := int64(0)
	if op == token.LEQ || op == token.GEQ {
		orEqual = 1
	}
	same := l.constant(ir.I32, orEqual)
	l.cur.Jump(join)
	l.cur = differ
	less := l.emit(ir.OpCmp, ir.I32, px, py)
	less.Cond = conds[op][0]
	l.cur.Jump(join)
	l.cur = join
	phi := join.Phi(ir.I32, l.span)
	phi.Args = []*ir.Value{same, less}
	return phi
}

// firstOnTop is a word as a number whose most significant byte is the word's first in memory, as an I64.
func (l *lowerer) firstOnTop(v *ir.Value, size int) *ir.Value {
	switch size {
	case 8:
		return l.emit(ir.OpBswap64, ir.I64, v)
	case 4:
		v = l.emit(ir.OpBswap32, ir.I32, v)
	case 2:
		v = l.emit(ir.OpBswap16, ir.I32, v)
	}
	return l.emit(ir.OpZext32, ir.I64, v)
}

// matchConst goes on when x begins with s, or is s where whole is asked for, and branches to differ otherwise. Behind its end a
// string is all zeros, so that one zero byte proves that it ends.
func (l *lowerer) matchConst(x operand, s string, whole bool, differ *ir.Block) {
	n := len(s)
	if whole && n < x.size {
		n++
	}
	if n > x.size {
		l.cur.Jump(differ)
		l.cur = l.fn.NewBlock() // never reached
		return
	}
	for off := 0; off < n; {
		room, align := x.room()-off, alignAt(x.at.align, int64(off))
		size, shift := matchSize(n-off, chunkSize(room, align), whole)
		t, op := ir.I32, ir.OpShl
		if size == 8 {
			t = ir.I64
		}
		have, want := l.loadWord(x, off, size), word(s, off, size-shift)
		if shift > 0 {
			have = l.emit(op, t, have, l.constant(t, int64(8*shift)))
			want <<= 8 * shift
		}
		l.orElse(ir.Ne, have, l.constant(t, want), differ)
		off += size - shift
	}
}

// matchSize is the width of the next word to compare when n bytes are left to be compared and words of up to most bytes can be
// read, and how many of the word's last bytes do not count. What is read of a whole string beyond n is zero on both sides.
func matchSize(n, most int, whole bool) (size, shift int) {
	switch {
	case n >= most:
		return most, 0
	case whole:
		size = 1
		for size < n {
			size *= 2
		}
		return size, 0
	case n == 7 && most == 8, n == 3 && most >= 4:
		return n + 1, 1
	}
	return chunkSize(n, most), 0
}

// address8 is a string in memory at an address that is a multiple of 8.
func (l *lowerer) address8(x operand) operand {
	if x.konst != nil {
		p := l.slot("text", x.size)
		l.storeConst(p, slotSize(x.size), *x.konst, false)
		return operand{at: p, size: x.size}
	}
	return x
}

// stringLen is the length of a string as an I64: the bytes in front of the word in which it ends, and those in that word.
func (l *lowerer) stringLen(x operand) *ir.Value {
	if x.konst != nil {
		return l.constant(ir.I64, int64(len(*x.konst)))
	}
	if x.length != nil {
		return x.length
	}
	join, tail := l.fn.NewBlock(), l.fn.NewBlock()
	base, last := tail.Phi(ir.I64, l.span), tail.Phi(ir.I64, l.span)
	for off := 0; off < x.size; {
		size := chunkSize(x.room()-off, alignAt(x.at.align, int64(off)))
		next := (*ir.Block)(nil)
		if off+size <= x.size {
			ends := l.fn.NewBlock()
			next = l.fn.NewBlock()
			l.branch(ir.Eq, l.loadWord(x, off+size-1, 1), l.constant(ir.I32, 0), ends, next)
			l.cur = ends
		}
		w := l.loadWord(x, off, size)
		if size < 8 {
			w = l.emit(ir.OpZext32, ir.I64, w)
		}
		base.Args, last.Args = append(base.Args, l.constant(ir.I64, int64(off))), append(last.Args, w)
		l.cur.Jump(tail)
		l.cur = next
		off += size
	}
	var full *ir.Value
	if l.cur != nil {
		full = l.constant(ir.I64, int64(x.size))
		l.cur.Jump(join)
	}
	if len(base.Args) == 0 {
		l.cur = join
		return full
	}
	l.cur = tail
	n := l.emit(ir.OpAdd, ir.I64, base, l.firstZero(last))
	if full == nil {
		return n
	}
	l.cur.Jump(join)
	l.cur = join
	phi := join.Phi(ir.I64, l.span)
	phi.Args = []*ir.Value{full, n}
	if len(base.Args) <= manyWays {
		return phi
	}
	return l.blur(phi, x.size)
}

// manyWays is from how many ways on that a small number can come about it is better for the verifier not to know them apart.
const manyWays = 3

// blur makes the verifier forget all of a number from 0 to size but that it is at most size. It looks at what follows once for each number that it
// knows to be another one and that matters, so that the position where a search ends would multiply its work. It does not follow
// a number whose bytes are stored one by one.
func (l *lowerer) blur(v *ir.Value, size int) *ir.Value {
	p := l.slot("number", 8)
	l.storeScalar(p, 1, l.emit(ir.OpTrunc, ir.I32, v))
	l.storeScalar(p.plus(1), 1, l.emit(ir.OpTrunc, ir.I32, l.emit(ir.OpLshr, ir.I64, v, l.constant(ir.I64, 8))))
	w := l.emit(ir.OpZext32, ir.I64, l.emit(ir.OpLoad16, ir.I32, p.base))
	l.faultIf(never, ir.Ugt, w, l.constant(ir.I64, int64(size)))
	return w
}

// firstZero is the index of the first zero byte of a word that has one. The subtraction borrows from the high bit of the first zero
// byte; its lowest set bit alone, shifted down to the byte's low bit, picks the index out of the factor's bytes.
func (l *lowerer) firstZero(w *ir.Value) *ir.Value {
	const ones, indexes = 0x0101010101010101, 0x0001020304050607
	k := func(v int64) *ir.Value { return l.constant(ir.I64, v) }
	z := l.emit(ir.OpSub, ir.I64, w, k(ones))
	z = l.emit(ir.OpAnd, ir.I64, z, l.emit(ir.OpXor, ir.I64, w, k(-1)))
	z = l.emit(ir.OpAnd, ir.I64, z, k(-0x7f7f7f7f7f7f7f80))
	z = l.emit(ir.OpAnd, ir.I64, z, l.emit(ir.OpNeg, ir.I64, z))
	z = l.emit(ir.OpMul, ir.I64, l.emit(ir.OpLshr, ir.I64, z, k(7)), k(indexes))
	return l.emit(ir.OpAnd, ir.I64, l.emit(ir.OpLshr, ir.I64, z, k(56)), k(7))
}

// stringIndex reads a byte of a string. An index out of range ends the run: behind the string's end there are only zeros.
func (l *lowerer) stringIndex(x operand, i ssa.Value) operand {
	if c, ok := i.(*ssa.Const); ok {
		n := c.Int64()
		if n < 0 || n >= int64(x.size) {
			l.faultAlways(byIndex)
			return operand{v: l.constant(ir.I32, 0)}
		}
		b := l.loadWord(x, int(n), 1)
		if x.konst == nil {
			l.faultIf(byIndex, ir.Eq, b, l.constant(ir.I32, 0))
		}
		return operand{v: b}
	}
	idx := l.widen(l.scalar(i), l.pkg.layouts.of(i.Type()))
	l.faultIf(byIndex, ir.Uge, idx, l.constant(ir.I64, int64(x.size)))
	known := x.konst != nil
	x = l.address8(x)
	b := l.byteAt(x.at, idx, 0)
	if !known {
		l.faultIf(byIndex, ir.Eq, b, l.constant(ir.I32, 0))
	}
	return operand{v: b}
}

// byteAt loads the byte that lies index plus off bytes behind a place.
func (l *lowerer) byteAt(p *place, index *ir.Value, off int) *ir.Value {
	b := l.emit(ir.OpLoad8, ir.I32, l.emit(ir.OpPtrAdd, ir.Ptr, l.address(p), index))
	b.Imm = int64(off)
	return b
}
