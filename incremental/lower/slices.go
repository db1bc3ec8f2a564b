package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

func isSlice(t types.Type) bool {
	_, ok := t.Underlying().(*types.Slice)
	return ok
}

func sliceElem(t types.Type) types.Type { return t.Underlying().(*types.Slice).Elem() }

// elemLayout is the layout of a slice's elements, which lie as in an array.
func (l *lowerer) elemLayout(slice types.Type) *layout.Type {
	return l.pkg.layouts.of(types.NewArray(sliceElem(slice), 1)).Elem
}

// noSlice is the nil slice.
func (l *lowerer) noSlice() operand { return operand{ptr: l.slot("none", 8)} }

// refuseSlice reports a slice of which the compiler would not know where it begins and ends.
func (l *lowerer) refuseSlice(ins ssa.Instruction) {
	l.refuse(ins.Pos(), "use an array, and indexes into it", "which elements this slice has is known only when it runs")
}

// clearSlice lowers clear(a[:]).
func (l *lowerer) clearSlice(ins *ssa.Call) {
	arg := ins.Call.Args[0]
	if !isSlice(arg.Type()) {
		l.unsupported(ins.Pos(), "clear of this")
		return
	}
	x := l.value(arg)
	l.zero(x.ptr, x.size*l.elemLayout(arg.Type()).Size)
}

// zero sets exactly n bytes to zero.
func (l *lowerer) zero(p *place, n int) {
	for off := 0; off < n; {
		w := chunkSize(n-off, alignAt(p.align, int64(off)))
		t := ir.I32
		if w == 8 {
			t = ir.I64
		}
		l.storeScalar(p.plus(int64(off)), w, l.constant(t, 0))
		off += w
	}
}

// copySlice lowers copy(a[:], b[:]).
func (l *lowerer) copySlice(ins *ssa.Call) operand {
	to, from := ins.Call.Args[0], ins.Call.Args[1]
	if !isSlice(from.Type()) {
		l.refuse(ins.Pos(), "index the string: for i := range len(s) { a[i] = s[i] }", "copy from a string")
		return operand{}
	}
	x, y := l.value(to), l.value(from)
	n := min(x.size, y.size)
	l.moveBytes(x.ptr, y.ptr, n*l.elemLayout(to.Type()).Size)
	return operand{v: l.constant(ir.I64, int64(n))}
}

// moveBytes copies n bytes between places that may overlap: all is read before anything is written.
func (l *lowerer) moveBytes(to, from *place, n int) {
	if to.base.Op == ir.OpSlot && from.base.Op == ir.OpSlot && to.base.Slot != from.base.Slot {
		l.copyBytes(to, from, n)
		return
	}
	type part struct {
		off, size int
		v         *ir.Value
	}
	var parts []part
	for off := 0; off < n; {
		w := chunkSize(n-off, min(alignAt(from.align, int64(off)), alignAt(to.align, int64(off))))
		parts = append(parts, part{off, w, l.loadScalar(from.plus(int64(off)), &layout.Type{Kind: layout.Uint, Size: w})})
		off += w
	}
	for _, p := range parts {
		l.storeScalar(to.plus(int64(p.off)), p.size, p.v)
	}
}
