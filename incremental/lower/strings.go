package lower

import (
	"encoding/binary"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
)

// A string is a run of bytes padded with zeros to its capacity. Strings are copied and compared by the widest words that
// their places' alignments allow; a constant string has the words themselves.

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
	n := min(size, x.size)
	l.copyBytes(p, x.at, n)
	if x.size < size && !fresh {
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
		s = s[:size]
		l.count(abi.StatCut)
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
	if off >= x.size {
		return l.constant(t, 0)
	}
	v := l.emit(op, t, x.at.base)
	v.Imm = x.at.off + int64(off)
	return v
}

// words calls f for each word of two strings: both are read at the same offset with the same width, up to the longer capacity.
func words(x, y operand, f func(off, size int)) {
	n := max(x.size, y.size)
	for off := 0; off < n; {
		left, align := n-off, 8
		for _, s := range []operand{x, y} {
			if s.konst == nil && off < s.size {
				left = min(left, s.size-off)
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

// stringIndex reads a byte of a string.
func (l *lowerer) stringIndex(x operand, i ssa.Value) operand {
	l.unsupported(i.Pos(), "indexing a string")
	return operand{}
}

// slice lowers a slice expression.
func (l *lowerer) slice(ins *ssa.Slice) operand {
	l.unsupported(ins.Pos(), "a slice")
	return operand{}
}
