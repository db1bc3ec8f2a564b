package lower

import "go3s/incremental/ir"

// fillingVersion is the first kernel of which it is certain that bpf_get_current_comm writes all of its memory, Linux 6.5. Some
// before, Debian's 6.1 among them, write the name and its zero, and what follows is left of whatever was on the stack; equal names would
// be different keys, and no name would equal a constant.
const fillingVersion = 6<<16 | 5<<8

// askComm has the helper write the running thread's comm to a place, and fills it with zeros to its end where the helper may not.
func (l *lowerer) askComm(p *place) {
	ask := func(p *place) {
		l.call(ir.HelperGetCurrentComm, ir.I64, l.address(p), l.constant(ir.I64, commSize))
	}
	if l.pkg.universe.Kernel.Features().Version >= fillingVersion {
		ask(p)
		return
	}
	at := p
	if p.align%8 != 0 {
		at = l.slot("comm", commSize)
	}
	ask(at)
	word := func(off int64) *ir.Value {
		v := l.emit(ir.OpLoad64, ir.I64, at.base)
		v.Imm = at.off + off
		return v
	}
	first, second := word(0), word(8)
	text := l.beforeZero(first) // all bits if it goes on in the second word
	l.storeScalar(at, 8, l.emit(ir.OpAnd, ir.I64, first, text))
	more := l.emit(ir.OpAshr, ir.I64, text, l.constant(ir.I64, 63))
	second = l.emit(ir.OpAnd, ir.I64, second, l.beforeZero(second))
	l.storeScalar(at.plus(8), 8, l.emit(ir.OpAnd, ir.I64, second, more))
	if at != p {
		l.copyBytes(p, at, commSize)
	}
}
