package lower

import (
	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/universe"
)

// reading is a string that is still to be read: one that only a record takes is read straight into the record, without a place
// on the stack. It may be longer than what the stack has room for.
type reading struct {
	helper int64
	from   *ir.Value // nil for the running thread's comm, of which helper says nothing
	size   int
}

// maxRecorded is how long a string may be that is read into a record.
const maxRecorded = 4096

// readsInto reports whether a string that an instruction reads is only put into records.
func (l *lowerer) readsInto(v ssa.Value) bool {
	refs := v.Referrers()
	if refs == nil || len(*refs) != 1 {
		return false
	}
	call, ok := (*refs)[0].(*ssa.Call)
	if !ok || call.Block() != v.(ssa.Instruction).Block() {
		return false
	}
	callee := call.Call.StaticCallee()
	if callee == nil {
		return false
	}
	in := l.pkg.intrinsic(callee.Object())
	return in == universe.Printf || in == universe.Print || in == universe.Log
}

// readComm is the task's comm that is still to be read.
func readComm() operand {
	return operand{read: &reading{size: commSize}, size: commSize}
}

// onlyComm reports whether an instruction is the only one of its function that reads the comm. Where there are more, they share a
// copy.
func (l *lowerer) onlyComm(g *ssa.Global, load *ssa.UnOp) bool {
	if l.pkg.intrinsic(g.Object()) != universe.Comm {
		return false
	}
	for _, b := range load.Parent().Blocks {
		for _, ins := range b.Instrs {
			if u, ok := ins.(*ssa.UnOp); ok && u != load && u.X == ssa.Value(g) {
				return false
			}
		}
	}
	return true
}

// readInto reads a string into a place of a record. What lies behind its first zero there does not matter. A read may write one byte
// beyond the place, which is filled afterwards.
func (l *lowerer) readInto(p *place, r *reading) {
	if r.from == nil {
		l.commInto(p)
		return
	}
	n := l.call(r.helper, ir.I64, l.address(p), l.constant(ir.I64, int64(r.size+1)), r.from)
	l.countRead(n, r.size, true)
}

// countRead counts a read of a string that failed, and one that was cut if cuts count, by what the helper returned: the bytes
// read with the zero at the end. It returns the length of the string.
func (l *lowerer) countRead(n *ir.Value, size int, cuts bool) *ir.Value {
	join := l.fn.NewBlock()
	failed, good, cut, whole := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	start := l.cur
	l.branch(ir.Sle, n, l.constant(ir.I64, 0), failed, good)
	start.Term.Likely = 2
	l.cur = failed
	l.count(abi.StatRead)
	none := l.constant(ir.I64, 0)
	l.cur.Jump(join)
	l.cur = good
	l.branch(ir.Sgt, n, l.constant(ir.I64, int64(size)), cut, whole)
	good.Term.Likely = 2
	l.cur = cut
	if cuts {
		l.count(abi.StatCut)
	}
	full := l.constant(ir.I64, int64(size))
	l.cur.Jump(join)
	l.cur = whole
	length := l.emit(ir.OpSub, ir.I64, n, l.constant(ir.I64, 1))
	l.cur.Jump(join)
	l.cur = join
	phi := join.Phi(ir.I64, l.span)
	phi.Args = []*ir.Value{none, full, length}
	return phi
}

// roomBehind makes room for the byte that a read at the end of a record may write too many. That of the comm writes none.
func roomBehind(s *abi.Schema, args []operand) {
	if n := len(args); n > 0 && args[n-1].read != nil && args[n-1].read.from != nil {
		last := s.Fields[n-1]
		s.Size = max(s.Size, roundUp(last.Offset+last.Type.Size+1, 8))
	}
}

// put stores a value to a place of a record.
func (l *lowerer) put(p *place, t *layout.Type, x operand) {
	if x.read != nil {
		l.readInto(p, x.read)
		return
	}
	l.store(p, t, x, false)
}
