package lower

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/lower/text"
)

// isJoin reports whether an instruction is a + b of strings.
func isJoin(v ssa.Value) bool {
	b, ok := v.(*ssa.BinOp)
	return ok && b.Op == token.ADD && text.Is(b.Type())
}

// partOfJoin reports whether a + b is only the left side of a longer a + b + c, which is made at once.
func (l *lowerer) partOfJoin(v ssa.Value) bool {
	if !isJoin(v) || len(*v.Referrers()) != 1 {
		return false
	}
	user, ok := (*v.Referrers())[0].(*ssa.BinOp)
	if !ok || !isJoin(user) || user.X != v || user.Block() != v.(*ssa.BinOp).Block() {
		return false
	}
	after := false
	for _, ins := range user.Block().Instrs {
		switch ins := ins.(type) {
		case *ssa.Store, *ssa.MapUpdate:
			if after {
				return false
			}
		case *ssa.Call:
			if after && l.entered(ins) {
				return false
			}
		case *ssa.BinOp:
			if ins == user {
				return after
			}
			after = after || ssa.Value(ins) == v
		}
	}
	return false
}

// joinStrings lowers a + b + c: the parts are written one behind the other.
func (l *lowerer) joinStrings(ins *ssa.BinOp) operand {
	parts := []ssa.Value{ins.Y}
	left := ins.X
	for l.partOfJoin(left) {
		b := left.(*ssa.BinOp)
		parts, left = append(parts, b.Y), b.X
	}
	parts = append(parts, left)
	var xs []operand
	total := 0
	for i := len(parts) - 1; i >= 0; i-- {
		x := l.value(parts[i])
		if x.konst != nil && *x.konst == "" {
			continue
		}
		xs = append(xs, x)
		total += x.size
	}
	switch {
	case len(xs) == 0:
		return emptyString()
	case len(xs) == 1:
		return xs[0]
	}
	size := total
	if c := l.pkg.layouts.capacity(ins); c > 0 {
		size = min(size, c)
	}
	p := l.slot("join", total)
	l.clear(p, slotSize(total))
	j := joiner{lowerer: l, to: p, total: total}
	for i, x := range xs {
		j.add(x, i == len(xs)-1)
	}
	if total > size {
		over := l.loadWord(operand{at: p, size: total}, size, 1)
		l.unlikely(ir.Ne, over, l.constant(ir.I32, 0), func() { l.count(abi.StatCut) })
		l.clear(p.plus(int64(size)), slotSize(total)-size)
	}
	x := operand{at: p, size: size}
	if last := xs[len(xs)-1]; total == size && (last.konst != nil || last.length != nil) {
		x.length = j.written()
	}
	return x
}

// joiner writes strings one behind the other into a place that is all zeros.
type joiner struct {
	*lowerer
	to    *place
	total int       // bytes that there may be in all
	at    int       // what is written, as far as it is constant
	more  *ir.Value // and the rest
}

// add writes the next string.
func (j *joiner) add(x operand, last bool) {
	switch {
	case x.konst != nil && j.more == nil:
		j.storeConst(j.to.plus(int64(j.at)), len(*x.konst), *x.konst, true)
	case x.konst != nil && len(*x.konst) <= 8:
		to := j.end()
		for i := range len(*x.konst) {
			j.storeScalar(&place{base: to, off: int64(i), align: 1}, 1, j.constant(ir.I32, int64((*x.konst)[i])))
		}
	case j.more == nil && alignAt(8, int64(j.at)) == 8 && x.konst == nil:
		j.copyBytes(j.to.plus(int64(j.at)), x.at, min(x.room(), slotSize(j.total)-j.at))
	default:
		from := j.address8(x)
		j.call(ir.HelperProbeReadKernel, ir.I64, j.end(), j.constant(ir.I64, int64(x.size)), j.address(from.at))
	}
	switch {
	case last && x.konst == nil && x.length == nil:
	case x.konst != nil:
		j.at += len(*x.konst)
	case j.more == nil:
		j.more = j.stringLen(x)
	default:
		j.more = j.emit(ir.OpAdd, ir.I64, j.more, j.stringLen(x))
	}
}

// written is how many bytes there are.
func (j *joiner) written() *ir.Value {
	n := j.constant(ir.I64, int64(j.at))
	if j.more != nil {
		n = j.emit(ir.OpAdd, ir.I64, j.more, n)
	}
	return n
}

// end is the address behind what is written.
func (j *joiner) end() *ir.Value {
	p := j.address(j.to.plus(int64(j.at)))
	if j.more != nil {
		p = j.emit(ir.OpPtrAdd, ir.Ptr, p, j.more)
	}
	return p
}

// extremeString lowers min and max of strings.
func (l *lowerer) extremeString(ins *ssa.Call, op token.Token) operand {
	best := l.value(ins.Call.Args[0])
	for _, a := range ins.Call.Args[1:] {
		x := l.value(a)
		size := max(x.size, best.size)
		p := l.slot("str", size)
		better := l.compareStrings(op, x, best)
		yes, no, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
		l.branch(ir.Ne, better, l.constant(ir.I32, 0), yes, no)
		l.cur = yes
		l.storeString(p, slotSize(size), x, false)
		l.cur.Jump(join)
		l.cur = no
		l.storeString(p, slotSize(size), best, false)
		l.cur.Jump(join)
		l.cur = join
		best = operand{at: p, size: size}
	}
	return best
}
