package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// kind tells what values of a type are.
type kind uint8

const (
	integer kind = iota
	boolean
	text
	array
	structure
	table   // a map
	section // a slice
)

// typ is a type that programs use.
type typ struct {
	kind   kind
	name   string // as it is written
	bits   int    // integers; literals stay in the range of so many bits
	signed bool
	elem   *typ // arrays, slices and maps
	key    *typ // maps
	n      int  // arrays and slices
	fields []field
	free   bool // a type parameter
}

type field struct {
	name string
	typ  *typ
}

// integers are Go's types of whole numbers.
var integers = []*typ{
	{name: "int8", bits: 8, signed: true},
	{name: "uint8", bits: 8},
	{name: "int16", bits: 16, signed: true},
	{name: "uint16", bits: 16},
	{name: "int32", bits: 32, signed: true},
	{name: "uint32", bits: 32},
	{name: "int64", bits: 64, signed: true},
	{name: "uint64", bits: 64},
	{name: "int", bits: 64, signed: true},
	{name: "uint", bits: 64},
}

var (
	boolType   = &typ{kind: boolean, name: "bool"}
	stringType = &typ{kind: text, name: "string"}
	intType    = integers[8]
	uint64Type = integers[7]
)

// literal is a constant of an integer type, in parentheses where it has a sign.
func (t *typ) literal(r *rand.Rand) string {
	bits := t.bits
	if t.signed {
		bits--
	}
	top := ^uint64(0) >> (64 - bits)
	var n uint64
	switch r.IntN(8) {
	case 0:
		n = top - uint64(r.IntN(2))
	case 1:
		n = top>>1 + uint64(r.IntN(2))
	case 2:
		n = r.Uint64() >> r.IntN(64)
	case 3:
		n = 1 << r.IntN(bits)
	default:
		n = uint64(r.IntN(20))
	}
	n &= top
	if t.signed && r.IntN(3) == 0 {
		if n == top && r.IntN(2) == 0 {
			return fmt.Sprintf("(-%d)", n+1)
		}
		return fmt.Sprintf("(-%d)", n)
	}
	return fmt.Sprint(n)
}

// arrayOf is an array type.
func arrayOf(n int, elem *typ) *typ {
	return &typ{kind: array, name: fmt.Sprintf("[%d]%s", n, elem.name), elem: elem, n: n}
}

// tableOf is a map type.
func tableOf(key, elem *typ) *typ {
	return &typ{kind: table, name: "map[" + key.name + "]" + elem.name, key: key, elem: elem}
}

// declaration is the declaration of a struct type.
func (t *typ) declaration() string {
	var b strings.Builder
	fmt.Fprintf(&b, "type %s struct {\n", t.name)
	for _, f := range t.fields {
		if f.name == f.typ.name {
			fmt.Fprintf(&b, "\t%s\n", f.name) // embedded
			continue
		}
		fmt.Fprintf(&b, "\t%s %s\n", f.name, f.typ.name)
	}
	b.WriteString("}\n")
	return b.String()
}
