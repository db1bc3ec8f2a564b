package lower

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/lower/text"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// symbolic lowers the functions whose values user space shows as what they stand for.
func (l *lowerer) symbolic(ins *ssa.Call, in universe.Intrinsic) operand {
	args := ins.Call.Args
	switch in {
	case universe.Strftime:
		return l.value(args[1])
	case universe.KSym:
		return operand{v: l.addressArg(args[0])}
	case universe.USym:
		p := l.slot("usym", 16)
		l.storeScalar(p, 8, l.addressArg(args[0]))
		pid := l.emit(ir.OpLshr, ir.I64, l.call(ir.HelperGetCurrentPIDTGID, ir.I64), l.constant(ir.I64, 32))
		l.storeScalar(p.plus(8), 8, pid)
		return operand{at: p, size: 16}
	case universe.KAddr:
		return l.kaddr(args[0])
	case universe.NTop:
		return l.ntop(args[0])
	case universe.Buf:
		return l.buf(ins)
	}
	return operand{}
}

// addressArg is an address given as any integer or pointer.
func (l *lowerer) addressArg(v ssa.Value) *ir.Value {
	x := l.value(v)
	if x.ptr != nil {
		return l.address(x.ptr)
	}
	return l.widen(x.v, l.pkg.layouts.of(v.Type()))
}

// kaddr lowers kaddr("name") to the address itself.
func (l *lowerer) kaddr(name ssa.Value) operand {
	k, ok := l.pkg.universe.Kernel.(interface {
		Symbol(name string) (addr uint64, ok bool)
	})
	if !ok {
		l.errorf(source.Unsupported, name.Pos(), "write the address itself: bpf.KernelPtr(0xffffffff81000000)", "the addresses of the kernel's symbols are not known here")
		return operand{}
	}
	addr, _ := k.Symbol(constant.StringVal(name.(*ssa.Const).Value))
	return operand{v: l.constant(ir.I64, int64(addr))}
}

// ntop lowers ntop to 16 bytes, in which an address of IPv4 is mapped to IPv6.
func (l *lowerer) ntop(v ssa.Value) operand {
	x := l.value(v)
	n, _ := text.ArrayLen(v.Type())
	if n == 16 {
		return operand{at: x.at, size: 16}
	}
	p := l.slot("ip", 16)
	l.storeScalar(p, 8, l.constant(ir.I64, 0))
	l.storeScalar(p.plus(8), 4, l.constant(ir.I32, -1<<16))
	if _, basic := v.Type().Underlying().(*types.Basic); basic {
		l.storeScalar(p.plus(12), 4, x.v)
	} else {
		l.copyBytes(p.plus(12), x.at, 4)
	}
	return operand{at: p, size: 16}
}

// buf lowers buf(p, n): a read of n bytes in user or kernel memory as p's type says. A failed read leaves zeros and is counted.
func (l *lowerer) buf(ins *ssa.Call) operand {
	p, size := ins.Call.Args[0], text.Asked(l.pkg.universe, ins)
	helper := ir.HelperProbeReadKernel
	if types.Unalias(p.Type()) == types.Type(l.pkg.universe.UserPtr) {
		helper = ir.HelperProbeReadUser
	}
	to := l.slot("buf", size)
	l.clear(to, roundUp(size, 8))
	n := l.call(helper, ir.I64, l.address(to), l.constant(ir.I64, int64(size)), l.addressArg(p))
	l.unlikely(ir.Slt, n, l.constant(ir.I64, 0), func() { l.count(abi.StatRead) })
	return operand{at: to, size: size}
}
