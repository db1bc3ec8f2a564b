package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/lower/text"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// intrinsic is the predeclared name that an object stands for.
func (p *Package) intrinsic(obj types.Object) universe.Intrinsic {
	if obj == nil {
		return universe.None
	}
	return p.universe.Intrinsic(obj)
}

// callOperand lowers a call of a builtin, a predeclared function, or a function of the program.
func (l *lowerer) callOperand(ins *ssa.Call) operand {
	if b, ok := ins.Call.Value.(*ssa.Builtin); ok {
		return l.builtin(ins, b)
	}
	target, number := l.callee(&ins.Call, ins)
	switch {
	case number != nil:
		return l.callNumber(ins, number)
	case target == nil:
		return operand{}
	}
	callee := target.fn
	switch in := l.pkg.intrinsic(callee.Object()); in {
	case universe.None:
	case universe.Str:
		l.direct = l.readsInto(ins)
		defer func() { l.direct = false }()
		return l.str(ins)
	case universe.Printf:
		l.printf(ins)
		return operand{}
	case universe.Hit:
		l.holdRate()
		l.count(abi.StatEvents)
		return operand{}
	case universe.ProbeReadKernel:
		return l.readVariable(ins, ir.HelperProbeReadKernel)
	case universe.ProbeReadUser:
		return l.readVariable(ins, ir.HelperProbeReadUser)
	case universe.View, universe.ContainerOf:
		return l.view(ins)
	case universe.Address:
		return l.addressOf(ins.Call.Args[0])
	case universe.Print, universe.Log, universe.Emit, universe.Exit, universe.Result:
		l.event(ins, in)
		return operand{}
	case universe.Strftime, universe.KSym, universe.USym, universe.KAddr, universe.NTop, universe.Buf:
		return l.symbolic(ins, in)
	default:
		if x, ok := l.stringCall(ins, in); ok {
			return x
		}
		if x, ok := l.intrinsicValue(in); ok {
			return x
		}
	}
	if l.pkg.universe.AggregateCall(callee.Object()) != abi.NoAggregate {
		l.aggregate(ins)
		return operand{}
	}
	if method := l.pkg.universe.MapCall(callee.Object()); method != universe.NoMapMethod {
		return l.mapCall(ins, method)
	}
	if l.outlined(target) && l.enterable(target.fn, nil) {
		return l.callSub(ins, target)
	}
	return l.inline(ins, target)
}

// builtin lowers a call of one of Go's builtin functions.
func (l *lowerer) builtin(ins *ssa.Call, b *ssa.Builtin) operand {
	switch b.Name() {
	case "delete":
		l.deleteKey(ins)
		return operand{}
	case "clear":
		l.clearSlice(ins)
		return operand{}
	case "copy":
		return l.copySlice(ins)
	case "len", "cap":
		if isSlice(ins.Call.Args[0].Type()) && b.Name() == "cap" {
			l.refuse(ins.Pos(), "use len, or the length of the array", "cap of a slice")
			return operand{}
		}
		if isSlice(ins.Call.Args[0].Type()) {
			return operand{v: l.constant(ir.I64, int64(l.value(ins.Call.Args[0]).size))}
		}
		if text.Is(ins.Call.Args[0].Type()) {
			return operand{v: l.stringLen(l.value(ins.Call.Args[0]))}
		}
		if _, ok := ins.Call.Args[0].Type().Underlying().(*types.Map); ok && l.once {
			return l.mapLen(ins)
		}
		if n, ok := text.ArrayLen(ins.Call.Args[0].Type()); ok {
			return operand{v: l.constant(ir.I64, n)}
		}
	case "min", "max":
		if text.Is(ins.Type()) {
			op := token.LSS
			if b.Name() == "max" {
				op = token.GTR
			}
			return l.extremeString(ins, op)
		}
		return l.extreme(ins, b.Name() == "max")
	}
	l.unsupported(ins.Pos(), "calling "+b.Name()+" here")
	return operand{}
}

// extreme lowers min and max of integers.
func (l *lowerer) extreme(ins *ssa.Call, largest bool) operand {
	cond := [2]ir.Cond{ir.Ult, ir.Slt}
	if largest {
		cond = [2]ir.Cond{ir.Ugt, ir.Sgt}
	}
	c := cond[signIndex(l.pkg.layouts.of(ins.Type()))]
	v := l.scalar(ins.Call.Args[0])
	for _, a := range ins.Call.Args[1:] {
		x, best := l.scalar(a), v
		v = l.choose(c, x, best, x.Type, func() *ir.Value { return x }, func() *ir.Value { return best })
	}
	return operand{v: v}
}

// intrinsicValue is a predeclared value such as pid.
func (l *lowerer) intrinsicValue(in universe.Intrinsic) (operand, bool) {
	switch in {
	case universe.CPU:
		return operand{v: l.emit(ir.OpTrunc, ir.I32, l.call(ir.HelperGetSmpProcessorID, ir.I64))}, true
	case universe.Nsecs:
		return operand{v: l.call(ir.HelperKtimeGetNS, ir.I64)}, true
	case universe.Cgroup:
		return operand{v: l.call(ir.HelperGetCurrentCgroupID, ir.I64)}, true
	case universe.ProbeName:
		name := l.probe.Syntax.Name
		return operand{konst: &name, size: len(name)}, true
	case universe.KStack, universe.UStack:
		return l.stack(in), true
	}
	return l.current(in)
}

func (l *lowerer) upperHalf(v *ir.Value) *ir.Value {
	return l.emit(ir.OpTrunc, ir.I32, l.emit(ir.OpLshr, ir.I64, v, l.constant(ir.I64, 32)))
}

// str lowers str(p) and str(p, n): a read of the string that p points to, in user or kernel memory as p's type says.
func (l *lowerer) str(ins *ssa.Call) operand {
	arg, size := ins.Call.Args[0], text.Asked(l.pkg.universe, ins)
	most, hint := text.Max, "only what is printed may be longer: printf(\"%s\", str(p, n))"
	if l.direct {
		most, hint = maxRecorded, ""
	}
	if size < 1 || size > most {
		l.errorf(source.TooLarge, ins.Pos(), hint, "str can read 1 to %d bytes here, not %d", most, size)
		return operand{}
	}
	if text.Is(arg.Type()) {
		return l.value(arg)
	}
	if n, ok := text.ArrayLen(arg.Type()); ok {
		return l.bytesString(l.value(arg).at, min(size, int(n)))
	}
	helper := ir.HelperProbeReadKernelStr
	if types.Unalias(arg.Type()) == types.Type(l.pkg.universe.UserPtr) {
		helper = ir.HelperProbeReadUserStr
	}
	from := l.value(arg)
	if from.ptr != nil {
		from.v = l.address(from.ptr)
	}
	return l.readString(helper, from.v, size)
}
