package lower

import (
	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/lower/text"
)

// iterator is a loop over a string that is being lowered. It goes from rune to rune as Go does.
type iterator struct {
	text  operand
	block *ssa.BasicBlock // where it begins
}

// iteratorPhi is the position of such a loop: 0 at first, next behind a round.
type iteratorPhi struct {
	block     *ssa.BasicBlock
	phi, next *ir.Value
}

// rangeOver begins a loop over a string.
func (l *lowerer) rangeOver(ins *ssa.Range) operand {
	if !text.Is(ins.X.Type()) {
		l.unsupported(ins.Pos(), "range over this type")
		return operand{}
	}
	return operand{iter: &iterator{l.address8(l.value(ins.X)), ins.Block()}}
}

// nextRune is one round of a loop over a string: whether there is one more rune, its position, and the rune. Where there is none,
// the loop is left at once: a position that ran on would hide from the verifier where the loop ends.
func (l *lowerer) nextRune(ins *ssa.Next) operand {
	it := l.value(ins.Iter).iter
	b := ins.Block()
	cond, _ := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if it == nil || cond == nil || !isOkOf(cond.Cond, ins) {
		l.unsupported(ins.Pos(), "range over this type")
		return operand{}
	}
	var pos *ir.Value
	again := it.block != b // otherwise the body always leaves, so that there is one round
	if again {
		pos = l.frame.entry[b.Index].Phi(ir.I64, l.span)
	} else {
		pos = l.constant(ir.I64, 0)
	}
	over := l.fn.NewBlock()
	l.orElse(ir.Uge, pos, l.constant(ir.I64, int64(it.text.size)), over)
	first := l.byteAt(it.text.at, pos, 0)
	l.orElse(ir.Eq, first, l.constant(ir.I32, 0), over)
	r, width := l.decodeRune(it.text, pos, first)
	if again {
		l.frame.carried = append(l.frame.carried, iteratorPhi{b, pos, l.emit(ir.OpAdd, ir.I64, pos, width)})
	}
	return operand{elems: []operand{{over: over}, {v: pos}, {v: r}}}
}

// isOkOf reports whether a condition is whether a loop has one more round.
func isOkOf(cond ssa.Value, next *ssa.Next) bool {
	x, ok := cond.(*ssa.Extract)
	return ok && x.Tuple == ssa.Value(next) && x.Index == 0
}

// rangeCondition ends the block that asks for the next rune: the current block goes into the loop's body, the block over goes on
// behind the loop.
func (l *lowerer) rangeCondition(b *ssa.BasicBlock, over *ir.Block) {
	for i, from := range []*ir.Block{l.cur, over} {
		to := b.Succs[i]
		l.cur = from
		if phis := memoryPhis(l, to); len(phis) > 0 {
			l.fillPhis(phis, predIndex(b, to))
		}
		l.frame.split(b, to, l.cur)
		l.cur.Jump(l.frame.entry[to.Index])
	}
}

// fillCarried gives the position of a loop its arguments: the next position on the edges back, 0 on the others.
func (l *lowerer) fillCarried(c iteratorPhi) {
	for _, pred := range c.phi.Block.Preds {
		back := false
		for _, from := range c.block.Preds {
			if l.frame.exit[from.Index] == pred || l.frame.edges[edge{from, c.block}] == pred {
				back = c.block.Dominates(from)
			}
		}
		v := c.next
		if !back {
			v = pred.Const(ir.I64, 0, l.span)
		}
		c.phi.Args = append(c.phi.Args, v)
	}
}

// decodeRune decodes the rune at a position whose first byte is loaded: its value and its width. Bytes that are no UTF-8 are
// runes U+FFFD of width 1.
func (l *lowerer) decodeRune(x operand, pos, first *ir.Value) (r, width *ir.Value) {
	k := func(v int64) *ir.Value { return l.constant(ir.I32, v) }
	join, bad, one := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	r, width = join.Phi(ir.I32, l.span), join.Phi(ir.I64, l.span)
	several := l.fn.NewBlock()
	l.branch(ir.Ult, first, k(0x80), one, several)
	l.cur = several
	done := func(v *ir.Value, n int64) {
		r.Args = append(r.Args, v)
		width.Args = append(width.Args, l.constant(ir.I64, n))
		l.cur.Jump(join)
	}
	// below lowers what is done when the first byte is below a limit, and goes on with what is not.
	below := func(limit int64, f func()) {
		then, next := l.fn.NewBlock(), l.fn.NewBlock()
		l.branch(ir.Ult, first, k(limit), then, next)
		l.cur = then
		f()
		l.cur = next
	}
	// more appends the six bits of the byte at offset n.
	more := func(v *ir.Value, n int) *ir.Value {
		at := l.emit(ir.OpAdd, ir.I64, pos, l.constant(ir.I64, int64(n)))
		l.orElse(ir.Uge, at, l.constant(ir.I64, int64(x.size)), bad)
		b := l.byteAt(x.at, at, 0)
		l.orElse(ir.Ne, l.emit(ir.OpAnd, ir.I32, b, k(0xc0)), k(0x80), bad)
		v = l.emit(ir.OpShl, ir.I32, v, k(6))
		return l.emit(ir.OpOr, ir.I32, v, l.emit(ir.OpAnd, ir.I32, b, k(0x3f)))
	}
	lead := func(mask int64) *ir.Value { return l.emit(ir.OpAnd, ir.I32, first, k(mask)) }
	below(0xc2, func() { l.cur.Jump(bad) })
	below(0xe0, func() { done(more(lead(0x1f), 1), 2) })
	below(0xf0, func() {
		v := more(more(lead(0x0f), 1), 2)
		l.orElse(ir.Ult, v, k(0x800), bad)
		l.orElse(ir.Eq, l.emit(ir.OpLshr, ir.I32, v, k(11)), k(0xd800>>11), bad)
		done(v, 3)
	})
	below(0xf5, func() {
		v := more(more(more(lead(0x07), 1), 2), 3)
		l.orElse(ir.Ult, v, k(0x10000), bad)
		l.orElse(ir.Uge, v, k(0x110000), bad)
		done(v, 4)
	})
	l.cur.Jump(bad)
	l.cur = bad
	done(k(0xfffd), 1)
	l.cur = join
	end := l.fn.NewBlock()
	l.cur.Jump(end)
	l.cur = one
	near := l.constant(ir.I64, 1)
	l.cur.Jump(end)
	l.cur = end
	char, step := end.Phi(ir.I32, l.span), end.Phi(ir.I64, l.span)
	char.Args, step.Args = []*ir.Value{r, first}, []*ir.Value{width, near}
	return l.anyRune(char, step)
}

// anyRune makes the verifier forget what it knows of a rune and its width, so that it follows what the loop does with them once and
// not for each kind of rune. It does not follow a number that is stored in parts.
func (l *lowerer) anyRune(r, width *ir.Value) (char, step *ir.Value) {
	p := l.slot("rune", 8)
	l.storeScalar(p, 2, r)
	l.storeScalar(p.plus(2), 2, l.emit(ir.OpLshr, ir.I32, r, l.constant(ir.I32, 16)))
	l.storeScalar(p.plus(4), 1, l.emit(ir.OpTrunc, ir.I32, width))
	l.storeScalar(p.plus(5), 1, l.constant(ir.I32, 0))
	char = l.emit(ir.OpLoad32, ir.I32, p.base)
	w := l.emit(ir.OpLoad16, ir.I32, p.base)
	w.Imm = 4
	return char, l.emit(ir.OpZext32, ir.I64, w)
}
