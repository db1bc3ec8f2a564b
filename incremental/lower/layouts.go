package lower

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/layout"
	"go3s/incremental/universe"
)

// Capacities of strings, in bytes.
const (
	commSize   = 16  // TASK_COMM_LEN
	defaultCap = 64  // str(p)
	leastKey   = 16  // a map key's or struct field's string
	maxString  = 256 // what a string value may take at most
)

// layouts decides how Go types lie in memory. A string in a struct field or a map takes the capacity of the longest value that the cell
// puts there.
type layouts struct {
	pkg    *Package
	types  map[types.Type]*layout.Type
	fields map[*types.Var]int // capacity of the string fields of structs
	keys   map[types.Object]int
	values map[types.Object]int
	seen   map[ssa.Value]bool // cycle guard of capacity
}

func newLayouts(p *Package) *layouts {
	ls := &layouts{
		pkg: p, types: map[types.Type]*layout.Type{}, fields: map[*types.Var]int{},
		keys: map[types.Object]int{}, values: map[types.Object]int{}, seen: map[ssa.Value]bool{},
	}
	for _, fn := range p.functions() {
		for _, b := range fn.Blocks {
			for _, ins := range b.Instrs {
				ls.note(ins)
			}
		}
	}
	return ls
}

// note records the capacity of a string that an instruction puts into a field or a map.
func (ls *layouts) note(ins ssa.Instruction) {
	switch ins := ins.(type) {
	case *ssa.Store:
		if fa, ok := ins.Addr.(*ssa.FieldAddr); ok && isString(ins.Val.Type()) {
			f := structOf(fa.X.Type()).Field(fa.Field)
			ls.fields[f] = max(ls.fields[f], ls.capacity(ins.Val))
		}
	case *ssa.Lookup:
		ls.noteKey(ins.X, ins.Index)
	case *ssa.MapUpdate:
		ls.noteKey(ins.Map, ins.Key)
		if g := global(ins.Map); g != nil && isString(ins.Value.Type()) {
			ls.values[g.Object()] = max(ls.values[g.Object()], ls.capacity(ins.Value))
		}
	case *ssa.Call:
		if b, ok := ins.Call.Value.(*ssa.Builtin); ok && b.Name() == "delete" {
			ls.noteKey(ins.Call.Args[0], ins.Call.Args[1])
		}
	}
}

func (ls *layouts) noteKey(m, key ssa.Value) {
	if g := global(m); g != nil && isString(key.Type()) {
		ls.keys[g.Object()] = max(ls.keys[g.Object()], ls.capacity(key))
	}
}

// global is the package-level variable that a value is loaded from, or nil.
func global(v ssa.Value) *ssa.Global {
	if u, ok := v.(*ssa.UnOp); ok && u.Op == token.MUL {
		v = u.X
	}
	g, _ := v.(*ssa.Global)
	return g
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// structOf is the struct that t is or points to.
func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, _ := t.Underlying().(*types.Struct)
	return s
}

// capacity is how many bytes a string value may have at most.
func (ls *layouts) capacity(v ssa.Value) int {
	if ls.seen[v] {
		return 0
	}
	ls.seen[v] = true
	defer delete(ls.seen, v)
	n := defaultCap
	switch v := v.(type) {
	case *ssa.Const:
		n = len(constant.StringVal(v.Value))
	case *ssa.Phi:
		n = 0
		for _, e := range v.Edges {
			n = max(n, ls.capacity(e))
		}
	case *ssa.BinOp:
		n = ls.capacity(v.X) + ls.capacity(v.Y)
	case *ssa.Call:
		if callee := v.Call.StaticCallee(); callee != nil && ls.pkg.intrinsic(callee.Object()) == universe.Str {
			n = strCapacity(v)
		}
	case *ssa.Field:
		n = ls.field(structOf(v.X.Type()).Field(v.Field))
	case *ssa.UnOp:
		n = ls.loadedCapacity(v.X)
	}
	return min(n, maxString)
}

// loadedCapacity is the capacity of a string that lies at an address.
func (ls *layouts) loadedCapacity(addr ssa.Value) int {
	switch a := addr.(type) {
	case *ssa.Global:
		switch ls.pkg.intrinsic(a.Object()) {
		case universe.Comm:
			return commSize
		}
	case *ssa.FieldAddr:
		if f := ls.pkg.contextField(a); f != nil {
			return f.capacity()
		}
		return ls.field(structOf(a.X.Type()).Field(a.Field))
	case *ssa.Alloc:
		n := 0
		for _, r := range *a.Referrers() {
			if st, ok := r.(*ssa.Store); ok && st.Addr == a {
				n = max(n, ls.capacity(st.Val))
			}
		}
		return n
	}
	return defaultCap
}

// strCapacity is the capacity that a call of str asks for.
func strCapacity(call *ssa.Call) int {
	if n, ok := secondConst(call); ok {
		return int(n)
	}
	return defaultCap
}

// field is the capacity of a string field.
func (ls *layouts) field(f *types.Var) int {
	n, ok := ls.fields[f]
	if !ok {
		return defaultCap
	}
	return max(roundUp(n, 8), leastKey)
}

// key and value are the layouts of a map's keys and values.
func (ls *layouts) key(m types.Object, t types.Type) *layout.Type {
	return ls.stored(t, ls.keys[m])
}

func (ls *layouts) value(m types.Object, t types.Type) *layout.Type {
	return ls.stored(t, ls.values[m])
}

func (ls *layouts) stored(t types.Type, capacity int) *layout.Type {
	if isString(t) {
		return stringLayout(t, max(roundUp(min(capacity, maxString), 8), leastKey))
	}
	return ls.of(t)
}

func stringLayout(t types.Type, size int) *layout.Type {
	return &layout.Type{Kind: layout.String, Name: typeName(t), Size: size, Align: 1}
}

// of is the layout of a Go type. A string that is not in a field takes the default capacity.
func (ls *layouts) of(t types.Type) *layout.Type {
	if l, ok := ls.types[t]; ok {
		return l
	}
	l := ls.make(t)
	ls.types[t] = l
	return l
}

func (ls *layouts) make(t types.Type) *layout.Type {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return stringLayout(t, defaultCap)
		}
		l := &layout.Type{Kind: layout.Int, Name: typeName(t), Size: basicSize(u)}
		l.Align = l.Size
		switch {
		case u.Info()&types.IsBoolean != 0:
			l.Kind = layout.Bool
		case ls.pkg.universe.IsAddress(t):
			l.Kind = layout.Pointer
		case u.Info()&types.IsUnsigned != 0:
			l.Kind = layout.Uint
		}
		return l
	case *types.Array:
		e := ls.of(u.Elem())
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
	for f := range u.Fields() {
		ft := ls.of(f.Type())
		if isString(f.Type()) {
			ft = stringLayout(f.Type(), ls.field(f))
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
	return types.TypeString(t, func(*types.Package) string { return "" })
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
