package lower

import (
	"go/token"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/universe"
)

// StackMap is the map of stack traces.
func StackMap() *ir.Map {
	return &ir.Map{Name: abi.StackMap, Kind: ir.Stacks, Key: 4, Value: 8 * abi.StackDepth, Entries: abi.StackEntries}
}

// userStack is the flag of get_stackid for the stack of the process (BPF_F_USER_STACK).
const userStack = 1 << 8

// stackTaken is what get_stackid returns when another stack has the place (-EEXIST).
const stackTaken = -17

// stack lowers kstack and ustack: the number of the stack at hand in the map of stacks, or a negative error where there is none.
func (l *lowerer) stack(in universe.Intrinsic) operand {
	switch {
	case l.once:
		l.refuse(token.NoPos, "use it in a probe", "an expression at the prompt has no stack to show")
		return operand{}
	case l.fn.Kind == ir.Sub:
		l.refuse(token.NoPos, "read it in the probe and pass it", "a stack in a function that is not inlined")
		return operand{}
	}
	if l.stacks == nil {
		l.stacks = StackMap()
	}
	flags := int64(0)
	if in == universe.UStack {
		flags = userStack
	}
	id := l.call(ir.HelperGetStackID, ir.I64, l.fn.Params[0], l.mapArg(l.stacks), l.constant(ir.I64, flags))
	l.unlikely(ir.Eq, id, l.constant(ir.I64, stackTaken), func() { l.count(abi.StatMapFull) })
	if in == universe.KStack {
		return operand{v: id}
	}
	p := l.slot("ustack", 16)
	l.storeScalar(p, 8, id)
	pid := l.emit(ir.OpLshr, ir.I64, l.call(ir.HelperGetCurrentPIDTGID, ir.I64), l.constant(ir.I64, 32))
	l.storeScalar(p.plus(8), 8, pid)
	return operand{at: p, size: 16}
}
