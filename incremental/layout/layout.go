// Package layout describes how Go3s values lie in memory that the kernel and user space share: map keys, map
// values, event records. Sizes, offsets and alignments are bytes; integers are in the machine's byte order
// (little-endian; the compiler refuses other targets). Structs are laid out as Go lays them out; padding is zero.
package layout

import (
	"strconv"
	"strings"
)

// Kind is the kind of a type.
type Kind uint8

// The kinds of types.
const (
	Bool    Kind = iota // one byte, 0 or 1
	Int                 // signed integer of Size bytes
	Uint                // unsigned integer of Size bytes
	String              // NUL-padded bytes, capacity Size, not necessarily NUL-terminated
	Array               // Len elements of Elem
	Struct              // Fields
	Pointer             // an address, shown in hexadecimal
)

// Type is the memory layout of a Go3s type.
type Type struct {
	Kind   Kind
	Name   string // the Go type's name as the user wrote it: "uint32", "key", "[4]byte"
	Size   int
	Align  int
	Elem   *Type   // Array
	Len    int     // Array
	Fields []Field // Struct
	As     Meaning // what the value stands for; Plain for itself
	Format string  // Time: how it is shown, as strftime or Go's package time write it
}

// Field is a field of a struct, or an argument of an event record.
type Field struct {
	Name   string
	Type   *Type
	Offset int
}

// The basic types.
var (
	BoolType = &Type{Kind: Bool, Name: "bool", Size: 1, Align: 1}

	Int8  = &Type{Kind: Int, Name: "int8", Size: 1, Align: 1}
	Int16 = &Type{Kind: Int, Name: "int16", Size: 2, Align: 2}
	Int32 = &Type{Kind: Int, Name: "int32", Size: 4, Align: 4}
	Int64 = &Type{Kind: Int, Name: "int64", Size: 8, Align: 8}

	Uint8  = &Type{Kind: Uint, Name: "uint8", Size: 1, Align: 1}
	Uint16 = &Type{Kind: Uint, Name: "uint16", Size: 2, Align: 2}
	Uint32 = &Type{Kind: Uint, Name: "uint32", Size: 4, Align: 4}
	Uint64 = &Type{Kind: Uint, Name: "uint64", Size: 8, Align: 8}

	PointerType = &Type{Kind: Pointer, Name: "uintptr", Size: 8, Align: 8}
)

// StringOf is a string of the given capacity.
func StringOf(capacity int) *Type {
	return &Type{Kind: String, Name: "string", Size: capacity, Align: 1}
}

// ArrayOf is an array of n elements.
func ArrayOf(elem *Type, n int) *Type {
	return &Type{
		Kind: Array, Name: "[" + strconv.Itoa(n) + "]" + elem.Name,
		Size: n * elem.Size, Align: elem.Align, Elem: elem, Len: n,
	}
}

// StructOf is a struct laid out as Go lays it out: each field at the next multiple of its alignment, the size a
// multiple of the largest alignment. The offsets in fields are ignored; without a name the type is called by its fields.
func StructOf(name string, fields ...Field) *Type {
	t := &Type{Kind: Struct, Name: name, Align: 1, Fields: make([]Field, len(fields))}
	for i, f := range fields {
		f.Offset = align(t.Size, f.Type.Align)
		t.Fields[i] = f
		t.Size = f.Offset + f.Type.Size
		t.Align = max(t.Align, f.Type.Align)
	}
	t.Size = align(t.Size, t.Align)
	if name == "" {
		parts := make([]string, len(fields))
		for i, f := range fields {
			parts[i] = f.Name + " " + f.Type.Name
		}
		t.Name = "struct{" + strings.Join(parts, "; ") + "}"
	}
	return t
}

// align rounds n up to a multiple of a.
func align(n, a int) int {
	if a <= 1 {
		return n
	}
	return (n + a - 1) / a * a
}

// Equal reports whether values of both types have the same meaning in memory. Names of types do not matter, names of
// fields do.
func (t *Type) Equal(o *Type) bool {
	if t == nil || o == nil {
		return t == o
	}
	if t.Kind != o.Kind || t.As != o.As || t.Format != o.Format || t.Size != o.Size || t.Len != o.Len || len(t.Fields) != len(o.Fields) {
		return false
	}
	for i, f := range t.Fields {
		if g := o.Fields[i]; f.Name != g.Name || f.Offset != g.Offset || !f.Type.Equal(g.Type) {
			return false
		}
	}
	return t.Kind != Array || t.Elem.Equal(o.Elem)
}

// IsInteger reports whether the type is an integer, signed or not.
func (t *Type) IsInteger() bool { return t.Kind == Int || t.Kind == Uint }

// IsBytes reports whether the type is an array of single unsigned bytes, which prints as Go's [N]byte.
func (t *Type) IsBytes() bool {
	return t.Kind == Array && t.Elem.Kind == Uint && t.Elem.Size == 1
}
