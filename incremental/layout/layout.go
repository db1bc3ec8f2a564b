// Package layout describes how Go3s values lie in memory that the kernel and user space share: map keys, map
// values, event records. Sizes, offsets and alignments are bytes; integers are in the machine's byte order
// (little-endian; the compiler refuses other targets). Structs are laid out as Go lays them out; padding is zero.
package layout

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
}

// Field is a field of a struct, or an argument of an event record.
type Field struct {
	Name   string
	Type   *Type
	Offset int
}
