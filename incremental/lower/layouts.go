package lower

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/universe"
)

// layouts decides how Go types lie in memory. A string takes the capacity of the longest value that the cell puts there.
type layouts struct {
	pkg   *Package
	caps  *text.Capacities
	types map[types.Type]*layout.Type
}

func newLayouts(p *Package, known []text.Known) *layouts {
	caps := text.Infer(text.Cell{
		Unit: p.unit, Universe: p.universe, Functions: p.functions(), Known: known, MayRun: p.mayRun, Field: p.fieldCapacity,
	})
	return &layouts{pkg: p, caps: caps, types: map[types.Type]*layout.Type{}}
}

// capacity is how many bytes a string value may have at most.
func (ls *layouts) capacity(v ssa.Value) int { return ls.caps.Of(v) }

// loadedCapacity is the capacity of a string that lies at an address.
func (ls *layouts) loadedCapacity(addr ssa.Value) int { return ls.caps.At(addr) }

// result is the capacity of a string that a function returns.
func (ls *layouts) result(fn *ssa.Function, i int) int { return ls.caps.Result(fn, i) }

// leastKey is how many bytes a map key's or struct field's string has at least.
const leastKey = 16

// slotSize is how many bytes a string variable of a capacity takes.
func slotSize(capacity int) int { return max(roundUp(capacity, 8), 8) }

// storedSize is how many bytes a string takes in a map, a field, an element or a package variable, of which the longest value
// that the cell puts there is known, or 0.
func storedSize(capacity int, ok bool) int {
	if !ok {
		return text.Default
	}
	return max(roundUp(min(capacity, text.Max), 8), leastKey)
}

// key and value are the layouts of a map's keys and values, variable that of a package variable.
func (ls *layouts) key(m types.Object, t types.Type) *layout.Type {
	return ls.stored(t, m, ls.caps.Key)
}

func (ls *layouts) value(m types.Object, t types.Type) *layout.Type {
	return ls.stored(t, m, ls.caps.Elem)
}

func (ls *layouts) variable(v types.Object) *layout.Type {
	return ls.stored(v.Type(), v, ls.caps.Variable)
}

func (ls *layouts) stored(t types.Type, obj types.Object, capacity func(types.Object) (int, bool)) *layout.Type {
	if text.Is(t) {
		return stringLayout(t, storedSize(capacity(obj)))
	}
	return ls.of(t)
}

func stringLayout(t types.Type, size int) *layout.Type {
	return &layout.Type{Kind: layout.String, Name: typeName(t), Size: size, Align: 1, As: universe.Meaning(t)}
}

// of is the layout of a Go type. A string on its own takes the default capacity.
func (ls *layouts) of(t types.Type) *layout.Type {
	if b, ok := t.(*types.Basic); ok && basicLayouts[b.Kind()] != nil && b == types.Typ[b.Kind()] {
		return basicLayouts[b.Kind()]
	}
	if l, ok := ls.types[t]; ok {
		return l
	}
	l := ls.make(t)
	if as := universe.Meaning(t); as != layout.Plain {
		l.As = as
	}
	ls.types[t] = l
	return l
}

func (ls *layouts) make(t types.Type) *layout.Type {
	if k := ls.pkg.kernelLayout(t); k != nil {
		return k
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return stringLayout(t, text.Default)
		}
		l := basicLayout(u, typeName(t))
		if ls.pkg.universe.IsAddress(t) {
			l.Kind = layout.Pointer
		}
		return l
	case *types.Array:
		e := ls.of(u.Elem())
		if text.Is(u.Elem()) {
			e = stringLayout(u.Elem(), storedSize(ls.caps.Array()))
		}
		return &layout.Type{Kind: layout.Array, Name: typeName(t), Size: e.Size * int(u.Len()), Align: e.Align, Elem: e, Len: int(u.Len())}
	case *types.Struct:
		return ls.makeStruct(t, u)
	case *types.Pointer, *types.Signature, *types.Map, *types.Interface, *types.Tuple, *types.Slice, *types.Chan:
		return &layout.Type{Kind: layout.Pointer, Name: typeName(t), Size: 8, Align: 8}
	}
	panic(fmt.Sprintf("no layout for %s", t))
}

func (ls *layouts) makeStruct(t types.Type, u *types.Struct) *layout.Type {
	l := &layout.Type{Kind: layout.Struct, Name: typeName(t), Align: 1}
	for i := range u.NumFields() {
		f := u.Field(i)
		ft := ls.of(f.Type())
		if text.Is(f.Type()) {
			ft = stringLayout(f.Type(), storedSize(ls.caps.Field(u, i)))
		}
		l.Size = roundUp(l.Size, ft.Align)
		l.Fields = append(l.Fields, layout.Field{Name: f.Name(), Type: ft, Offset: l.Size})
		l.Size += ft.Size
		l.Align = max(l.Align, ft.Align)
	}
	l.Size = roundUp(l.Size, l.Align)
	return l
}

// typeName is the type as the user wrote it.
func typeName(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() != types.UnsafePointer {
			return t.Name()
		}
	case *types.Named:
		if t.TypeArgs().Len() == 0 && t.TypeParams().Len() == 0 {
			return t.Obj().Name()
		}
	}
	return types.TypeString(t, func(*types.Package) string { return "" })
}

// basicLayouts are the layouts of Go's own types of integers and bools, and of strings of which nothing is known, by kind.
var basicLayouts = func() (table [types.UntypedNil + 1]*layout.Type) {
	for _, b := range types.Typ {
		switch {
		case b.Info()&types.IsString != 0:
			table[b.Kind()] = stringLayout(b, text.Default)
		case b.Info()&(types.IsBoolean|types.IsInteger) != 0:
			table[b.Kind()] = basicLayout(b, b.Name())
		}
	}
	return table
}()

// basicLayout is the layout of an integer or bool.
func basicLayout(b *types.Basic, name string) *layout.Type {
	size := basicSize(b)
	l := &layout.Type{Kind: layout.Int, Name: name, Size: size, Align: size}
	switch {
	case b.Info()&types.IsBoolean != 0:
		l.Kind = layout.Bool
	case b.Info()&types.IsUnsigned != 0:
		l.Kind = layout.Uint
	}
	return l
}

// basicSize is the size of an integer or bool in bytes.
func basicSize(b *types.Basic) int {
	switch b.Kind() {
	case types.Bool, types.UntypedBool, types.Int8, types.Uint8:
		return 1
	case types.Int16, types.Uint16:
		return 2
	case types.Int32, types.Uint32, types.UntypedRune:
		return 4
	}
	return 8
}
