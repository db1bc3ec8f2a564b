package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/universe"
)

// operand is a lowered Go value. Which part is set follows from the value's Go type.
type operand struct {
	v     *ir.Value // integers, bools and addresses handed out by the kernel
	at    *place    // strings, structs and arrays: where the value lies; it does not change as long as the operand is used
	konst *string   // a constant string
	size  int       // strings: the capacity in bytes; slices: the number of elements, which begin at ptr
	// length of a string as an I64, where it is known without counting.
	length *ir.Value
	// ragged is set for a string behind whose capacity, up to the next multiple of 8 bytes, there may be anything but zeros.
	ragged bool
	comm   bool      // the running thread's comm, which can be read again
	elems  []operand // the results of a tuple
	ptr    *place    // Go pointers: what they point to
	fn     *function // functions
	read   *reading  // strings that a record will read
	iter   *iterator // a loop over a string
	over   *ir.Block // whether there is one more rune: where the loop goes when there is none
	cell   *onceCell // the address of a variable that holds a function or a slice
}

// place is a piece of memory: an address and a constant offset from it.
type place struct {
	base  *ir.Value
	off   int64
	space space
	align int           // that the place is known to have, in bytes
	field *contextField // set when the place is a field of the context
	glob  *Map          // set when the place is a counter's variable
	// nilable is set for the target of a pointer that may be nil; deref takes it off.
	nilable bool
	made    *ssa.BasicBlock // the block that makes the variable the place lies in, if it is one

	// Of a place in kernel memory: the field it is, if it is one; direct is set where the verifier allows plain loads, safe where the
	// pointer is not nil, strict where the verifier wants it tested.
	kernel               *universe.KernelField
	direct, safe, strict bool
}

// space is the kind of memory a place lies in.
type space uint8

const (
	onStack space = iota
	inContext
	inMap
	somewhere // behind a pointer
	inKernel  // see kernel.go
)

// plus is the place n bytes further.
func (p place) plus(n int64) *place {
	p.off += n
	p.align = alignAt(p.align, n)
	p.field, p.kernel = nil, nil
	return &p
}

// alignAt is the alignment of a place n bytes behind one that is aligned to align.
func alignAt(align int, n int64) int {
	for align > 1 && n%int64(align) != 0 {
		align /= 2
	}
	return align
}

// slot makes a new stack slot and returns it as a place. Slots are aligned to 8 bytes, so that they can be cleared, copied
// and compared by words.
func (l *lowerer) slot(name string, size int) *place {
	s := l.fn.NewSlot(name, max(roundUp(size, 8), 8), 8)
	v := l.emit(ir.OpSlot, ir.Ptr)
	v.Slot = s
	return &place{base: v, align: 8}
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// address is the place's address as a value.
func (l *lowerer) address(p *place) *ir.Value {
	if p.off == 0 {
		return p.base
	}
	v := l.emit(ir.OpOffset, ir.Ptr, p.base)
	v.Imm = p.off
	return v
}

// clear sets n bytes at p to zero.
func (l *lowerer) clear(p *place, n int) {
	if n == 0 {
		return
	}
	l.emit(ir.OpZero, ir.Void, l.address(p)).Imm = int64(n)
}

// loadScalar loads an integer, bool or kernel address of type t.
func (l *lowerer) loadScalar(p *place, t *layout.Type) *ir.Value {
	op, typ := loadOp(t)
	v := l.emit(op, typ, p.base)
	v.Imm = p.off
	return v
}

// storeScalar stores an integer, bool or kernel address of size bytes.
func (l *lowerer) storeScalar(p *place, size int, v *ir.Value) {
	op := ir.OpStore64
	switch size {
	case 1:
		op = ir.OpStore8
	case 2:
		op = ir.OpStore16
	case 4:
		op = ir.OpStore32
	}
	l.emit(op, ir.Void, p.base, v).Imm = p.off
}

// load reads a Go value of type typ from a place. Values that lie in memory are copied when the place may change under them.
func (l *lowerer) load(p *place, typ types.Type, stable bool) operand {
	if p.space == inKernel {
		return l.loadKernel(p, typ)
	}
	t := l.pkg.layouts.of(typ)
	switch t.Kind {
	case layout.String, layout.Struct, layout.Array:
		if p.field != nil {
			return l.contextValue(p, t)
		}
		if !stable {
			p = l.copyOf(p, t.Size)
		}
		return operand{at: p, size: t.Size}
	}
	if p.field != nil {
		t = p.field.layout
	}
	if p.field != nil && l.pkg.isKernelPointer(typ) {
		return l.contextPointer(p)
	}
	if isPointer(typ) && p.space != inContext {
		v := l.emit(ir.OpLoadPtr, ir.Ptr, p.base)
		v.Imm = p.off
		return l.pointer(v, typ)
	}
	return operand{v: l.loadScalar(p, t)}
}

// copyOf copies n bytes into a new slot.
func (l *lowerer) copyOf(p *place, n int) *place {
	to := l.slot("tmp", n)
	l.copyBytes(to, p, n)
	return to
}

// copyBytes copies n bytes between places that do not overlap.
func (l *lowerer) copyBytes(to, from *place, n int) {
	if from.space == inContext {
		l.copyContext(to, from, n)
		return
	}
	if n > 0 {
		l.emit(ir.OpMove, ir.Void, l.address(to), l.address(from)).Imm = int64(n)
	}
}

// store writes a value of layout t to a place. All bytes of the place are written, unless fresh says that they are zero already.
func (l *lowerer) store(p *place, t *layout.Type, x operand, fresh bool) {
	switch t.Kind {
	case layout.String:
		l.storeString(p, t.Size, x, fresh)
	case layout.Struct, layout.Array:
		if x.at != nil {
			l.copyBytes(p, x.at, t.Size)
		} else if !fresh {
			l.clear(p, t.Size)
		}
	default:
		if x.ptr != nil {
			x.v = l.address(x.ptr)
		}
		l.storeScalar(p, t.Size, l.number(x).v)
	}
}

// inMemory is the value as bytes in memory that a helper can be given, padded with zeros to its layout.
func (l *lowerer) inMemory(t *layout.Type, x operand) *place {
	if x.at != nil && x.at.space == onStack && x.at.align == 8 && (t.Kind != layout.String || x.room() == t.Size) {
		return x.at
	}
	p := l.slot("tmp", t.Size)
	l.store(p, t, x, false)
	return p
}
