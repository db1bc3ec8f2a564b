package lower

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
)

// Kernel memory is read where a program selects a field. Where the verifier knows the type behind a pointer, a plain load does it, in which
// the kernel catches faults; everywhere else it takes a helper that copies to the stack. In both ways a read that fails gives zero
// and is counted, a plain load's when its pointer is nil. What has been read is not read again where the first read is sure to have run.

// maxKernelCopy is the largest array of the kernel's that a program may take as a value.
const maxKernelCopy = 256

// directVersion is the first kernel whose programs may load through a task's pointers, Linux 5.11.
const directVersion = 5<<16 | 11<<8

// kernelRead identifies what is read: a part of the object at an address, or the task.
type kernelRead struct {
	base *ir.Value
	off  int64
	size int
	kind layout.Kind
	bits int
}

// kernelValue is what a read gave, and where.
type kernelValue struct {
	operand
	frame *frame
	block *ssa.BasicBlock
	fn    *ir.Func
}

// kernelPointer is a pointer to kernel memory.
func (l *lowerer) kernelPointer(v *ir.Value, direct bool) operand {
	return operand{ptr: &place{base: v, space: inKernel, align: 1, nilable: true, direct: direct}}
}

// task is the thread that runs, read once.
func (l *lowerer) task() operand {
	return l.readOnce(kernelRead{}, func() operand {
		if l.pkg.universe.Kernel.Features().Version >= directVersion {
			x := l.kernelPointer(l.call(ir.HelperGetCurrentTaskBTF, ir.Ptr), true)
			x.ptr.safe = true
			return x
		}
		at := l.slot("task", 8)
		l.storeScalar(at, 8, l.call(ir.HelperGetCurrentTask, ir.I64))
		return l.kernelPointer(l.emit(ir.OpLoadPtr, ir.Ptr, at.base), false)
	})
}

// readOnce is what read gives, or gave where it is sure to have run before.
func (l *lowerer) readOnce(key kernelRead, read func() operand) operand {
	for _, known := range l.reads[key] {
		if known.fn != l.fn {
			continue
		}
		for f := l.frame; f != nil; f = f.caller {
			if f == known.frame && known.block.Dominates(f.at) {
				return known.operand
			}
		}
	}
	x := read()
	if l.reads == nil {
		l.reads = map[kernelRead][]kernelValue{}
	}
	l.reads[key] = append(l.reads[key], kernelValue{x, l.frame, l.frame.at, l.fn})
	return x
}

// kernelField is the place of a field of a kernel's struct, nil if the struct is none of the kernel's.
func (l *lowerer) kernelField(base *place, ins *ssa.FieldAddr) *place {
	k := l.pkg.universe.KernelType(structType(ins.X.Type()))
	if k == nil || base.space != inKernel {
		return nil
	}
	f := &k.Fields[ins.Field]
	p := base.plus(int64(f.Offset))
	p.kernel = f
	return p
}

// loadKernel reads a value of the Go type typ from kernel memory.
func (l *lowerer) loadKernel(p *place, typ types.Type) operand {
	t := l.pkg.layouts.of(typ)
	key := kernelRead{base: p.base, off: p.off, size: t.Size, kind: t.Kind}
	switch {
	case p.kernel != nil && p.kernel.Bits > 0:
		key.bits = p.kernel.Bits<<8 | p.kernel.BitOffset
	case t.Kind == layout.String && p.kernel != nil:
		key.size = p.kernel.Chars
	}
	return l.readOnce(key, func() operand {
		switch {
		case key.bits != 0:
			return operand{v: l.loadBits(p, t)}
		case t.Kind == layout.String:
			return l.kernelString(p, key.size)
		case t.Kind == layout.Struct, t.Kind == layout.Array:
			return l.kernelCopy(p, t)
		case isPointer(typ):
			x := l.kernelPointer(l.kernelWord(p, ir.OpLoadPtr, ir.Ptr, 8), p.direct && p.kernel != nil && p.kernel.Walks)
			x.ptr.strict = p.strict // it is nil itself where p's own pointer was
			return x
		}
		op, irType := loadOp(t)
		return operand{v: l.kernelWord(p, op, irType, t.Size)}
	})
}

// kernelWord reads one integer or pointer.
func (l *lowerer) kernelWord(p *place, op ir.Op, t ir.Type, size int) *ir.Value {
	if !p.direct {
		to := l.slot("word", size)
		l.probeRead(to, p, size)
		return l.emit(op, t, to.base)
	}
	load := func() *ir.Value {
		v := l.emit(op, t, p.base)
		v.Imm = p.off
		return v
	}
	switch {
	case p.safe:
		return load()
	case p.strict:
		// The verifier wants the test: the kernel's own code may pass nil here.
		zero := func() *ir.Value {
			l.count(abi.StatRead)
			return l.constant(t, 0)
		}
		return l.choose(ir.Ne, p.base, l.constant(ir.Ptr, 0), t, load, zero)
	}
	// A load through nil gives zero by itself. It is counted at the pointer's first use.
	l.readOnce(kernelRead{base: p.base, size: -1}, func() operand {
		l.unlikely(ir.Eq, p.base, l.constant(ir.Ptr, 0), func() { l.count(abi.StatRead) })
		return operand{}
	})
	return load()
}

// probeRead copies kernel memory to the stack. The helper fills the place with zeros when it fails.
func (l *lowerer) probeRead(to, from *place, size int) {
	n := l.call(ir.HelperProbeReadKernel, ir.I64, l.address(to), l.constant(ir.I64, int64(size)), l.address(from))
	l.unlikely(ir.Slt, n, l.constant(ir.I64, 0), func() { l.count(abi.StatRead) })
}

// loadBits reads a bit-field: the integer that holds it, of which the other bits are shifted out.
func (l *lowerer) loadBits(p *place, t *layout.Type) *ir.Value {
	f := p.kernel
	op, typ := loadOp(&layout.Type{Kind: layout.Uint, Size: f.Size})
	v := l.kernelWord(p, op, typ, f.Size)
	width := int64(typ.Bits())
	right := ir.OpLshr
	if t.Kind == layout.Int {
		right = ir.OpAshr
	}
	v = l.emit(ir.OpShl, typ, v, l.constant(typ, width-int64(f.BitOffset+f.Bits)))
	v = l.emit(right, typ, v, l.constant(typ, width-int64(f.Bits)))
	switch want := l.scalarType(t); {
	case typ == ir.I64 && want == ir.I32:
		return l.emit(ir.OpTrunc, ir.I32, v)
	case typ == ir.I32 && want == ir.I64:
		return l.widen(v, t)
	}
	return v
}

// scalarType is the IR type of an integer's layout.
func (l *lowerer) scalarType(t *layout.Type) ir.Type {
	if t.Size == 8 {
		return ir.I64
	}
	return ir.I32
}

// kernelString reads a char array of n bytes. The kernel's text ends at a NUL, what follows may be anything, and a text that fills its
// array has none.
func (l *lowerer) kernelString(p *place, n int) operand {
	size := min(n, text.Max)
	to := l.slot("str", size+1)
	l.clear(to, roundUp(size+1, 8))
	r := l.call(ir.HelperProbeReadKernelStr, ir.I64, l.address(to), l.constant(ir.I64, int64(size+1)), l.address(p))
	l.unlikely(ir.Slt, r, l.constant(ir.I64, 0), func() { l.count(abi.StatRead) })
	return operand{at: to, size: size}
}

// kernelCopy reads an array as a whole.
func (l *lowerer) kernelCopy(p *place, t *layout.Type) operand {
	if t.Size > maxKernelCopy {
		l.refuse(l.frame.fn.Pos(), "read its elements one by one", "an array of the kernel's of %d bytes as a value", t.Size)
		return operand{}
	}
	to := l.slot("tmp", t.Size)
	l.probeRead(to, p, t.Size)
	return operand{at: to, size: t.Size}
}

// loadOp is the load of an integer or bool.
func loadOp(t *layout.Type) (ir.Op, ir.Type) {
	switch signed := t.Kind == layout.Int; {
	case t.Size == 1 && signed:
		return ir.OpLoads8, ir.I32
	case t.Size == 1:
		return ir.OpLoad8, ir.I32
	case t.Size == 2 && signed:
		return ir.OpLoads16, ir.I32
	case t.Size == 2:
		return ir.OpLoad16, ir.I32
	case t.Size == 4:
		return ir.OpLoad32, ir.I32
	}
	return ir.OpLoad64, ir.I64
}

// kernelChars is the length of the kernel's char array that an address names, 0 when it names something else.
func (p *Package) kernelChars(fa *ssa.FieldAddr) int {
	if k := p.universe.KernelType(structType(fa.X.Type())); k != nil && fa.Field < len(k.Fields) {
		return min(k.Fields[fa.Field].Chars, text.Max)
	}
	return 0
}

// kernelLayout is the layout of a struct of the kernel's, nil for other types. Its fields are found in the universe, not here.
func (p *Package) kernelLayout(t types.Type) *layout.Type {
	if k := p.universe.KernelType(t); k != nil {
		return &layout.Type{Kind: layout.Struct, Name: typeName(t), Size: k.Size, Align: 8}
	}
	return nil
}

// isKernelPointer reports whether a type points to kernel memory.
func (p *Package) isKernelPointer(t types.Type) bool { return p.universe.IsKernelPointer(t) }

// readVariable lowers helpers.ProbeReadKernel(&v, p) and its kin. The result is that of the kernel's helper: 0, or a negative error.
func (l *lowerer) readVariable(ins *ssa.Call, helper int64) operand {
	to := ins.Call.Args[0]
	p := l.deref(l.value(to).ptr)
	if p == nil || p.space == inContext || p.glob != nil {
		l.refuse(ins.Pos(), "read into a variable of the function, and store that", "memory cannot be read to this place")
		return operand{}
	}
	size := l.pkg.layouts.of(structType(to.Type())).Size
	r := l.call(helper, ir.I64, l.address(p), l.constant(ir.I64, int64(size)), l.value(ins.Call.Args[1]).v)
	l.unlikely(ir.Slt, r, l.constant(ir.I64, 0), func() { l.count(abi.StatRead) })
	return operand{v: r}
}

// view lowers bpf.View[T](p) and bpf.ContainerOf[T](p, "field"): the address as a pointer, which costs nothing.
func (l *lowerer) view(ins *ssa.Call) operand {
	x := l.value(ins.Call.Args[0])
	var at *ir.Value
	if x.ptr != nil {
		at = l.address(x.ptr)
	} else {
		slot := l.slot("address", 8)
		l.storeScalar(slot, 8, x.v)
		at = l.emit(ir.OpLoadPtr, ir.Ptr, slot.base)
	}
	if len(ins.Call.Args) < 2 {
		return l.kernelPointer(at, false)
	}
	field := constant.StringVal(ins.Call.Args[1].(*ssa.Const).Value)
	for _, f := range l.pkg.universe.KernelType(structType(ins.Type())).Fields {
		if f.Name == field {
			v := l.emit(ir.OpOffset, ir.Ptr, at)
			v.Imm = -int64(f.Offset)
			return l.kernelPointer(v, false)
		}
	}
	panic("no field " + field)
}

// addressOf lowers bpf.Address(p). The verifier lets nobody calculate with a pointer, so it goes through memory as bytes.
func (l *lowerer) addressOf(p ssa.Value) operand {
	x := l.value(p)
	if x.ptr == nil {
		return x
	}
	from, to := l.slot("pointer", 8), l.slot("address", 8)
	l.storeScalar(from, 8, l.address(x.ptr))
	l.call(ir.HelperProbeReadKernel, ir.I64, l.address(to), l.constant(ir.I64, 8), l.address(from))
	return operand{v: l.loadScalar(to, layoutInt)}
}
