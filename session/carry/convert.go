package carry

import (
	"encoding/binary"
	"fmt"
	"slices"

	"go3s/incremental/layout"
)

// conversion makes values of one type from those of another. do reports whether the value fits.
type conversion struct {
	do    func(to, from []byte) bool
	added []string // fields that are zero
	gone  []string // fields that are lost
}

// convert finds a conversion: integers of other widths, strings and arrays of other lengths, structs with other fields.
func convert(from, to *layout.Type) (*conversion, bool) {
	if from.As != to.As || from.Format != to.Format {
		return nil, false
	}
	switch {
	case from.Equal(to):
		return &conversion{do: func(t, f []byte) bool { copy(t, f[:from.Size]); return true }}, true
	case from.IsInteger() && to.IsInteger():
		return &conversion{do: func(t, f []byte) bool { return convertInt(t[:to.Size], f[:from.Size], from.Kind, to.Kind) }}, true
	case from.Kind == layout.String && to.Kind == layout.String:
		return &conversion{do: func(t, f []byte) bool {
			n := copy(t[:to.Size], f[:from.Size])
			return allZero(f[n:from.Size])
		}}, true
	case from.Kind == layout.Array && to.Kind == layout.Array:
		return convertArray(from, to)
	case from.Kind == layout.Struct && to.Kind == layout.Struct:
		return convertStruct(from, to)
	}
	return nil, false
}

func allZero(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) }

// convertInt keeps the number, and reports whether it is in the new range.
func convertInt(to, from []byte, fromKind, toKind layout.Kind) bool {
	var wide [8]byte
	copy(wide[:], from)
	negative := fromKind == layout.Int && from[len(from)-1]&0x80 != 0
	if negative {
		for i := len(from); i < 8; i++ {
			wide[i] = 0xff
		}
	}
	n := binary.LittleEndian.Uint64(wide[:])
	copy(to, wide[:])
	bits := 8 * len(to)
	if toKind == layout.Uint {
		return !negative && (bits == 64 || n>>bits == 0)
	}
	if !negative {
		return n>>(bits-1) == 0
	}
	return int64(n)>>(bits-1) == -1
}

func convertArray(from, to *layout.Type) (*conversion, bool) {
	elem, ok := convert(from.Elem, to.Elem)
	if !ok {
		return nil, false
	}
	return &conversion{added: elem.added, gone: elem.gone, do: func(t, f []byte) bool {
		for i := range from.Len {
			v := f[i*from.Elem.Size : (i+1)*from.Elem.Size]
			if i >= to.Len {
				if !allZero(v) {
					return false
				}
			} else if !elem.do(t[i*to.Elem.Size:(i+1)*to.Elem.Size], v) {
				return false
			}
		}
		return true
	}}, true
}

// convertStruct carries the fields that both have by name.
func convertStruct(from, to *layout.Type) (*conversion, bool) {
	type part struct {
		from, to layout.Field
		c        *conversion
	}
	var parts []part
	c := &conversion{}
	for _, t := range to.Fields {
		i := slices.IndexFunc(from.Fields, func(f layout.Field) bool { return f.Name == t.Name })
		if i >= 0 {
			if field, ok := convert(from.Fields[i].Type, t.Type); ok {
				parts = append(parts, part{from.Fields[i], t, field})
				c.added = append(c.added, prefixed(t.Name, field.added)...)
				c.gone = append(c.gone, prefixed(t.Name, field.gone)...)
				continue
			}
			c.gone = append(c.gone, t.Name)
		}
		c.added = append(c.added, t.Name)
	}
	for _, f := range from.Fields {
		if !slices.ContainsFunc(to.Fields, func(t layout.Field) bool { return t.Name == f.Name }) {
			c.gone = append(c.gone, f.Name)
		}
	}
	c.do = func(t, f []byte) bool {
		for _, p := range parts {
			if !p.c.do(t[p.to.Offset:p.to.Offset+p.to.Type.Size], f[p.from.Offset:p.from.Offset+p.from.Type.Size]) {
				return false
			}
		}
		return true
	}
	return c, len(parts) > 0
}

func prefixed(name string, fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = fmt.Sprintf("%s.%s", name, f)
	}
	return out
}
