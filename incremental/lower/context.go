package lower

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/universe"
)

// contextField is a field of a tracepoint's record with the layout of its Go value.
type contextField struct {
	universe.Field
	layout *layout.Type
	// walks and strict are those of a pointer's place, see kernel.go.
	walks, strict bool
}

// capacity is how long the string of a field may be.
func (f *contextField) capacity() int {
	if f.Kind == universe.FieldArray {
		return f.Size
	}
	return text.Default
}

// fieldCapacity is the capacity of a string that is a field of a context or of the kernel's memory, 0 for an address of anything else.
func (p *Package) fieldCapacity(fa *ssa.FieldAddr) int {
	if f := p.contextField(fa); f != nil {
		return f.capacity()
	}
	return p.kernelChars(fa)
}

// contextKey names a field of a context.
type contextKey struct {
	named *types.Named
	index int
}

// contextField is the field of the context that an address names, or nil when it names something else.
func (p *Package) contextField(fa *ssa.FieldAddr) *contextField {
	named, ok := structType(fa.X.Type()).(*types.Named)
	if !ok {
		return nil
	}
	key := contextKey{named, fa.Field}
	if f, ok := p.context[key]; ok {
		return f
	}
	for _, pr := range p.unit.Probes {
		if pr.Context == nil || pr.Context.Named != named {
			continue
		}
		f := &contextField{Field: pr.Context.Format.Fields[fa.Field]}
		f.walks = f.Walks
		f.strict = pr.Hook.Kind == "tp_btf"
		t := named.Underlying().(*types.Struct).Field(fa.Field).Type()
		if text.Is(t) {
			f.layout = stringLayout(t, f.capacity())
		} else {
			f.layout = p.layouts.of(t)
		}
		if p.context == nil {
			p.context = map[contextKey]*contextField{}
		}
		p.context[key] = f
		return f
	}
	return nil
}

// note notes that the program reads a field of its context.
func (l *lowerer) note(f *contextField) {
	if !slices.ContainsFunc(l.context, func(g universe.Field) bool { return g.Name == f.Name }) {
		l.context = append(l.context, f.Field)
	}
}

// contextValue reads a field of the context whose value lies in memory: a string or an array.
func (l *lowerer) contextValue(p *place, t *layout.Type) operand {
	f := p.field
	if t.Kind != layout.String {
		to := l.slot(f.Name, t.Size)
		l.copyContext(to, p, t.Size)
		return operand{at: to, size: t.Size}
	}
	size := f.capacity()
	if f.Kind == universe.FieldArray && size == commSize && strings.HasSuffix(f.Name, "comm") {
		// The kernel pads a task's comm with zeros, so that its words can be taken as they are.
		to := l.slot(f.Name, size)
		l.copyContext(to, p, size)
		return operand{at: to, size: size - 1}
	}
	from := l.address(p)
	switch f.Kind {
	case universe.FieldDataLoc, universe.FieldRelDataLoc:
		from = l.dataLoc(p)
	}
	return l.readString(ir.HelperProbeReadKernelStr, from, size)
}

// dataLoc is the address of the data that a __data_loc or __rel_loc field points to.
func (l *lowerer) dataLoc(p *place) *ir.Value {
	loc := l.emit(ir.OpLoad32, ir.I32, p.base)
	loc.Imm = p.off
	off := l.emit(ir.OpZext32, ir.I64, l.emit(ir.OpZext16, ir.I32, loc))
	base := p.base
	if p.field.Kind == universe.FieldRelDataLoc {
		base = l.address(p.plus(4))
	}
	return l.emit(ir.OpPtrAdd, ir.Ptr, base, off)
}

// copyContext copies n bytes of the context, which the kernel lets a program read only by aligned words.
func (l *lowerer) copyContext(to, from *place, n int) {
	for off := 0; off < n; {
		w := chunkSize(n-off, min(alignAt(from.align, int64(off)), alignAt(to.align, int64(off))))
		t := &layout.Type{Kind: layout.Uint, Size: w}
		l.storeScalar(to.plus(int64(off)), w, l.loadScalar(from.plus(int64(off)), t))
		off += w
	}
}

// readString reads a string of at most size bytes from an address through a helper. One byte more is asked for, so that a
// string that is cut can be told from one that just fits.
func (l *lowerer) readString(helper int64, from *ir.Value, size int) operand {
	if l.direct {
		return operand{read: &reading{helper, from, size}, size: size}
	}
	to := l.slot("str", size+1)
	l.clear(to, roundUp(size+1, 8))
	n := l.call(helper, ir.I64, l.address(to), l.constant(ir.I64, int64(size+1)), from)
	return operand{at: to, size: size, length: l.countRead(n, size, true)}
}
