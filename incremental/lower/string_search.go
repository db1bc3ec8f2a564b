package lower

import (
	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/universe"
)

// stringCall lowers a call of a function of package strings; ok is false for any other.
func (l *lowerer) stringCall(ins *ssa.Call, in universe.Intrinsic) (x operand, ok bool) {
	if in < universe.Contains || in > universe.TrimSuffix {
		return operand{}, false
	}
	s := l.value(ins.Call.Args[0])
	if in == universe.IndexByte {
		return operand{v: l.indexByte(l.address8(s), l.scalar(ins.Call.Args[1]))}, true
	}
	sub := l.value(ins.Call.Args[1])
	switch in {
	case universe.Contains:
		return operand{v: l.search(s, sub, ir.I32)}, true
	case universe.Index:
		return operand{v: l.search(s, sub, ir.I64)}, true
	case universe.HasPrefix:
		differ := l.fn.NewBlock()
		l.prefix(s, sub, differ)
		return operand{v: l.outcome(differ)}, true
	case universe.HasSuffix:
		differ := l.fn.NewBlock()
		s = l.address8(s)
		l.suffix(s, sub, l.stringLen(s), differ)
		return operand{v: l.outcome(differ)}, true
	case universe.TrimPrefix:
		return l.trimPrefix(s, sub), true
	}
	return l.trimSuffix(s, sub), true
}

// outcome is 1 where the current block goes on and 0 behind the block differ.
func (l *lowerer) outcome(differ *ir.Block) *ir.Value { return l.decide(differ, ir.I32, 1, 0) }

// decide joins the current block and the block differ, and is yes or no.
func (l *lowerer) decide(differ *ir.Block, t ir.Type, yes, no int64) *ir.Value {
	join := l.fn.NewBlock()
	args := []*ir.Value{l.constant(t, yes)}
	l.cur.Jump(join)
	if len(differ.Preds) > 0 {
		l.cur = differ
		args = append(args, l.constant(t, no))
		l.cur.Jump(join)
	}
	l.cur = join
	phi := join.Phi(t, l.span)
	phi.Args = args
	return phi
}

// prefix goes on when s begins with p and branches to differ otherwise.
func (l *lowerer) prefix(s, p operand, differ *ir.Block) {
	if p.konst != nil {
		l.matchConst(l.address8(s), *p.konst, false, differ)
		return
	}
	// Words are equal up to that in which p ends; of it only the bytes before its first zero count.
	last, same := l.fn.NewBlock(), l.fn.NewBlock()
	diff, end := last.Phi(ir.I64, l.span), last.Phi(ir.I64, l.span)
	words(operand{at: p.at, size: p.size}, limit(s, p.size), func(off, size int) {
		if off >= p.size {
			return
		}
		a, b := l.wide(l.loadWord(s, off, size)), l.wide(l.loadWord(p, off, size))
		next := l.fn.NewBlock()
		d := l.emit(ir.OpXor, ir.I64, a, b)
		l.branch(ir.Ne, d, l.constant(ir.I64, 0), last, next)
		diff.Args, end.Args = append(diff.Args, d), append(end.Args, b)
		l.cur = next
	})
	l.cur.Jump(same)
	if len(diff.Args) > 0 {
		l.cur = last
		d := l.emit(ir.OpAnd, ir.I64, diff, l.beforeZero(end))
		l.branch(ir.Ne, d, l.constant(ir.I64, 0), differ, same)
	}
	l.cur = same
}

// limit is the first n bytes of a string as far as words go.
func limit(s operand, n int) operand {
	s.size = min(s.size, n)
	return s
}

func (l *lowerer) wide(v *ir.Value) *ir.Value {
	if v.Type == ir.I64 {
		return v
	}
	return l.emit(ir.OpZext32, ir.I64, v)
}

// beforeZero has all bits set in the bytes of a word before its first zero byte.
func (l *lowerer) beforeZero(w *ir.Value) *ir.Value {
	const ones = 0x0101010101010101
	k := func(v int64) *ir.Value { return l.constant(ir.I64, v) }
	z := l.emit(ir.OpSub, ir.I64, w, k(ones))
	z = l.emit(ir.OpAnd, ir.I64, z, l.emit(ir.OpXor, ir.I64, w, k(-1)))
	z = l.emit(ir.OpAnd, ir.I64, z, k(-0x7f7f7f7f7f7f7f80))
	z = l.emit(ir.OpAnd, ir.I64, z, l.emit(ir.OpNeg, ir.I64, z))
	return l.emit(ir.OpSub, ir.I64, l.emit(ir.OpLshr, ir.I64, z, k(7)), k(1))
}

// suffix goes on when s, which has n bytes, ends with p, and branches to differ otherwise.
func (l *lowerer) suffix(s, p operand, n *ir.Value, differ *ir.Block) (from *ir.Value) {
	if p.konst != nil {
		text := *p.konst
		m := l.constant(ir.I64, int64(len(text)))
		if len(text) > s.size {
			l.cur.Jump(differ)
			l.cur = l.fn.NewBlock()
			return m
		}
		l.orElse(ir.Ult, n, m, differ)
		from = l.emit(ir.OpSub, ir.I64, n, m)
		if len(text) > 12 {
			l.matchConst(l.tail(s, from, len(text)), text, false, differ)
			return from
		}
		at := l.emit(ir.OpPtrAdd, ir.Ptr, l.address(s.at), from)
		for i := range len(text) {
			b := l.emit(ir.OpLoad8, ir.I32, at)
			b.Imm = int64(i)
			l.orElse(ir.Ne, b, l.constant(ir.I32, int64(text[i])), differ)
		}
		return from
	}
	m := l.stringLen(p)
	l.orElse(ir.Ult, n, m, differ)
	from = l.emit(ir.OpSub, ir.I64, n, m)
	l.prefix(l.substring(s, from, m, p.size), p, differ)
	return from
}

// tail copies the last n bytes of a string, which begin at an offset.
func (l *lowerer) tail(s operand, from *ir.Value, n int) operand {
	p := l.slot("tail", n)
	src := l.emit(ir.OpPtrAdd, ir.Ptr, l.address(s.at), from)
	l.call(ir.HelperProbeReadKernel, ir.I64, l.address(p), l.constant(ir.I64, int64(n)), src)
	return operand{at: p, size: n}
}

// trimPrefix lowers strings.TrimPrefix.
func (l *lowerer) trimPrefix(s, p operand) operand {
	s = l.address8(s)
	if p.konst != nil {
		return l.trimConst(s, *p.konst)
	}
	m := l.stringLen(p)
	n := l.stringLen(s)
	differ, join := l.fn.NewBlock(), l.fn.NewBlock()
	l.prefix(s, p, differ)
	l.cur.Jump(join)
	args := []*ir.Value{m}
	if len(differ.Preds) > 0 {
		l.cur = differ
		args = append(args, l.constant(ir.I64, 0))
		l.cur.Jump(join)
	}
	l.cur = join
	from := join.Phi(ir.I64, l.span)
	from.Args = args
	// What begins with a prefix is not shorter; the verifier does not know.
	l.faultIf(never, ir.Ugt, from, n)
	return l.substring(s, from, l.emit(ir.OpSub, ir.I64, n, from), s.size)
}

// trimConst cuts a constant prefix off. What is copied does not depend on the length of the string.
func (l *lowerer) trimConst(s operand, prefix string) operand {
	if len(prefix) > s.size || prefix == "" {
		return s
	}
	to := l.slot("str", s.size)
	keep := s.size - len(prefix)
	l.clear(to.plus(int64(keep/8*8)), slotSize(s.size)-keep/8*8)
	differ, join := l.fn.NewBlock(), l.fn.NewBlock()
	l.prefix(s, operand{konst: &prefix, size: len(prefix)}, differ)
	count := []*ir.Value{l.constant(ir.I64, int64(keep)), nil}
	from := []*ir.Value{l.address(s.at.plus(int64(len(prefix)))), nil}
	l.cur.Jump(join)
	l.cur = differ
	count[1], from[1] = l.constant(ir.I64, int64(s.size)), l.address(s.at)
	l.cur.Jump(join)
	l.cur = join
	n, p := join.Phi(ir.I64, l.span), join.Phi(ir.Ptr, l.span)
	n.Args, p.Args = count, from
	l.call(ir.HelperProbeReadKernel, ir.I64, l.address(to), n, p)
	return operand{at: to, size: s.size}
}

// trimSuffix lowers strings.TrimSuffix.
func (l *lowerer) trimSuffix(s, p operand) operand {
	s = l.address8(s)
	n := l.stringLen(s)
	differ, join := l.fn.NewBlock(), l.fn.NewBlock()
	from := l.suffix(s, p, n, differ)
	l.cur.Jump(join)
	args := []*ir.Value{from}
	if len(differ.Preds) > 0 {
		l.cur = differ
		args = append(args, n)
		l.cur.Jump(join)
	}
	l.cur = join
	count := join.Phi(ir.I64, l.span)
	count.Args = args
	return l.substring(s, l.constant(ir.I64, 0), count, s.size)
}

// search finds sub in s: as an I64 it is the first index or -1, as an I32 whether there is one.
func (l *lowerer) search(s, sub operand, t ir.Type) *ir.Value {
	found := func(i *ir.Value) *ir.Value {
		if t == ir.I32 {
			return l.constant(t, 1)
		}
		return i
	}
	none := int64(-1)
	if t == ir.I32 {
		none = 0
	}
	if sub.konst != nil && *sub.konst == "" {
		return found(l.constant(t, 0))
	}
	if sub.konst != nil && len(*sub.konst) > s.size || s.size == 0 && sub.konst != nil {
		return l.constant(t, none)
	}
	s = l.address8(s)
	loop := l.rounds64(int64(max(s.size-constLen(sub)+1, 1)))
	next, missing := l.fn.NewBlock(), loop.done
	at := l.emit(ir.OpPtrAdd, ir.Ptr, l.address(s.at), loop.i)
	if sub.konst != nil {
		for j, c := range []byte(*sub.konst) {
			b := l.emit(ir.OpLoad8, ir.I32, at)
			b.Imm = int64(j)
			if j == 0 {
				l.orElse(ir.Eq, b, l.constant(ir.I32, 0), missing)
			}
			l.orElse(ir.Ne, b, l.constant(ir.I32, int64(c)), next)
		}
	} else {
		l.matchAt(s, sub, loop.i, next, missing)
	}
	hit, join := l.cur, l.fn.NewBlock()
	v := found(loop.i)
	hit.Jump(join)
	l.cur = next
	loop.again(l)
	l.cur = missing
	no := l.constant(t, none)
	l.cur.Jump(join)
	l.cur = join
	phi := join.Phi(t, l.span)
	phi.Args = []*ir.Value{v, no}
	if t == ir.I32 {
		return phi
	}
	return l.blurIndex(phi, s.size)
}

// blurIndex makes the verifier forget an index, which is -1 or more.
func (l *lowerer) blurIndex(i *ir.Value, size int) *ir.Value {
	one := l.constant(ir.I64, 1)
	return l.emit(ir.OpSub, ir.I64, l.blur(l.emit(ir.OpAdd, ir.I64, i, one), size), one)
}

func constLen(x operand) int {
	if x.konst != nil {
		return len(*x.konst)
	}
	return 1
}

// matchAt goes on when sub lies at index i of s. Otherwise it branches to next, or to missing when no later index can do.
func (l *lowerer) matchAt(s, sub operand, i *ir.Value, next, missing *ir.Block) {
	loop := l.rounds64(int64(sub.size))
	want := l.byteAt(sub.at, loop.i, 0)
	l.orElse(ir.Eq, want, l.constant(ir.I32, 0), loop.done)
	at := l.emit(ir.OpAdd, ir.I64, i, loop.i)
	l.orElse(ir.Uge, at, l.constant(ir.I64, int64(s.size)), missing)
	have := l.byteAt(s.at, at, 0)
	l.orElse(ir.Ne, have, want, next)
	loop.again(l)
	l.cur = loop.done
}

// indexByte finds a byte in a string: its first index or -1.
func (l *lowerer) indexByte(s operand, c *ir.Value) *ir.Value {
	if s.size == 0 {
		return l.constant(ir.I64, -1)
	}
	loop := l.rounds64(int64(s.size))
	b := l.byteAt(s.at, loop.i, 0)
	l.orElse(ir.Eq, b, l.constant(ir.I32, 0), loop.done)
	next, join := l.fn.NewBlock(), l.fn.NewBlock()
	l.orElse(ir.Ne, b, c, next)
	l.cur.Jump(join)
	l.cur = next
	loop.again(l)
	l.cur = loop.done
	none := l.constant(ir.I64, -1)
	l.cur.Jump(join)
	l.cur = join
	phi := join.Phi(ir.I64, l.span)
	phi.Args = []*ir.Value{loop.i, none}
	return l.blurIndex(phi, s.size)
}

// rounds64 is a loop with a count from 0 to below a constant.
type rounds64 struct {
	head, done *ir.Block
	i          *ir.Value
}

// rounds64 begins a loop; the current block becomes its body.
func (l *lowerer) rounds64(n int64) *rounds64 {
	loop := &rounds64{head: l.fn.NewBlock(), done: l.fn.NewBlock()}
	body := l.fn.NewBlock()
	zero := l.constant(ir.I64, 0)
	l.cur.Jump(loop.head)
	l.cur = loop.head
	loop.i = loop.head.Phi(ir.I64, l.span)
	loop.i.Args = []*ir.Value{zero}
	l.branch(ir.Uge, loop.i, l.constant(ir.I64, n), loop.done, body)
	l.cur = body
	return loop
}

// again goes round.
func (r *rounds64) again(l *lowerer) {
	r.i.Args = append(r.i.Args, l.emit(ir.OpAdd, ir.I64, r.i, l.constant(ir.I64, 1)))
	l.cur.Jump(r.head)
}
