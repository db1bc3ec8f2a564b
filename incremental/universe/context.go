package universe

import (
	"go/token"
	"go/types"
)

// Context is the type of ctx for one hook.
type Context struct {
	Named  *types.Named // a struct; field i is Format.Fields[i]
	Format *Format
}

// Context returns the context type of the tracepoint category:name, or nil when the kernel has none of that name. The type
// is named after the hook and the same for all cells.
//
// Integers have the width and sign of their C type, bool is bool, char arrays and __data_loc char[] are strings, other
// arrays are arrays, pointers are UserPtr or KernelPtr. A field whose name is a keyword of Go takes an underscore: type_.
func (u *Universe) Context(category, name string) *Context {
	hook := category + ":" + name
	u.mu.Lock()
	defer u.mu.Unlock()
	if c, ok := u.contexts[hook]; ok {
		return c
	}
	f := u.Kernel.Tracepoint(category, name)
	if f == nil {
		// Not remembered: hooks come from what the user types, and a module may bring the tracepoint later.
		return nil
	}
	c := u.newContext(hook, f)
	u.contexts[hook] = c
	return c
}

func (u *Universe) newContext(hook string, f *Format) *Context {
	fields := make([]*types.Var, len(f.Fields))
	for i := range f.Fields {
		fields[i] = types.NewField(0, u.fields, FieldName(f.Fields[i].Name), u.fieldType(&f.Fields[i]), false)
	}
	// Without a package the type's name in Go's messages is just the hook.
	obj := types.NewTypeName(0, nil, hook, nil)
	return &Context{Named: types.NewNamed(obj, types.NewStruct(fields, nil), nil), Format: f}
}

// FieldName is the Go spelling of a field's name: keywords take an underscore.
func FieldName(name string) string {
	if token.IsKeyword(name) {
		return name + "_"
	}
	return name
}

// Readable reports whether programs can read the field. Arrays of variable length can only be read when they are strings.
func (f *Field) Readable() bool {
	switch f.Kind {
	case FieldArray:
		return f.Len > 0
	case FieldDataLoc, FieldRelDataLoc:
		return f.Char
	}
	return true
}

// fieldType is the Go type of a field. One that is not Readable has the empty struct.
func (u *Universe) fieldType(f *Field) types.Type {
	switch {
	case !f.Readable():
		return types.NewStruct(nil, nil)
	case f.Kind == FieldPointer && f.User:
		return u.UserPtr
	case f.Kind == FieldPointer:
		return u.KernelPtr
	case f.Kind == FieldInt && f.CType == "bool" && f.Size == 1:
		return types.Typ[types.Bool]
	case f.Kind == FieldInt:
		return integer(f.Width, f.Signed)
	case f.Char:
		return types.Typ[types.String]
	}
	return types.NewArray(integer(f.Elem, f.Signed), int64(f.Len))
}

// integer is Go's integer type of a width in bytes.
func integer(width int, signed bool) types.Type {
	kind := types.Uint8
	switch width {
	case 2:
		kind = types.Uint16
	case 4:
		kind = types.Uint32
	case 8:
		kind = types.Uint64
	}
	if signed {
		kind -= types.Uint8 - types.Int8
	}
	return types.Typ[kind]
}
