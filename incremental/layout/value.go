package layout

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// StructValue is a decoded struct: its type and one value a field.
type StructValue struct {
	Type   *Type
	Values []any
}

// Addr is a decoded pointer.
type Addr uint64

// Decode returns the value of type t at the start of b, which holds at least t.Size bytes: bool, int64, uint64,
// Addr for a pointer, string (up to the first NUL, raw: it may hold any other bytes), StructValue, []byte for an array of bytes and
// []any for other arrays. The result keeps no part of b. What has a meaning that only a Resolver knows is an Addr.
func Decode(t *Type, b []byte) any { return DecodeWith(t, b, nil) }

// DecodeWith is Decode for which r tells what addresses and times stand for; such a value is a string. With a nil r they are as they
// are.
func DecodeWith(t *Type, b []byte, r Resolver) any {
	if t.As != Plain {
		return t.resolve(b, r)
	}
	switch t.Kind {
	case Bool:
		return b[0] != 0
	case Int:
		return int64(t.Bits(b))
	case Uint:
		return t.Bits(b)
	case Pointer:
		return Addr(word(b, t.Size))
	case String:
		s := b[:t.Size]
		if i := bytes.IndexByte(s, 0); i >= 0 {
			s = s[:i]
		}
		return string(s)
	case Array:
		if t.IsBytes() {
			return bytes.Clone(b[:t.Size:t.Size])
		}
		values := make([]any, t.Len)
		for i := range values {
			values[i] = DecodeWith(t.Elem, b[i*t.Elem.Size:], r)
		}
		return values
	case Struct:
		values := make([]any, len(t.Fields))
		for i, f := range t.Fields {
			values[i] = DecodeWith(f.Type, b[f.Offset:], r)
		}
		return StructValue{t, values}
	}
	panic("layout: no such kind: " + strconv.Itoa(int(t.Kind)))
}

// Bits is the integer of type t at the start of b, extended to 64 bits by its sign if it has one.
func (t *Type) Bits(b []byte) uint64 {
	w := word(b, t.Size)
	if t.Kind == Int {
		shift := 64 - 8*t.Size
		return uint64(int64(w<<shift) >> shift)
	}
	return w
}

// word reads a little-endian integer of size bytes.
func word(b []byte, size int) uint64 {
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	var w [8]byte
	copy(w[:], b[:size])
	return binary.LittleEndian.Uint64(w[:])
}

// Append appends the bytes of v as a value of type t; padding is zero. It takes what Decode returns, any Go integer
// for an integer, and []any for an array or struct. An integer that does not fit, a string longer than its place and
// a value of another kind are errors.
func Append(dst []byte, t *Type, v any) ([]byte, error) {
	start := len(dst)
	dst = append(dst, make([]byte, t.Size)...)
	if err := put(dst[start:], t, v); err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// put writes v into b, which is zero.
func put(b []byte, t *Type, v any) error {
	switch t.Kind {
	case Bool:
		if on, ok := v.(bool); ok {
			if on {
				b[0] = 1
			}
			return nil
		}
	case Int, Uint, Pointer:
		if w, ok := integer(v); ok {
			return w.put(b, t)
		}
	case String:
		if s, ok := v.(string); ok {
			if len(s) > t.Size {
				return fmt.Errorf("%q is longer than %d bytes", s, t.Size)
			}
			copy(b, s)
			return nil
		}
	case Array:
		if s, ok := v.([]byte); ok && t.IsBytes() && len(s) == t.Len {
			copy(b, s)
			return nil
		}
		if values, ok := v.([]any); ok && len(values) == t.Len {
			for i, v := range values {
				if err := put(b[i*t.Elem.Size:(i+1)*t.Elem.Size], t.Elem, v); err != nil {
					return fmt.Errorf("element %d: %w", i, err)
				}
			}
			return nil
		}
	case Struct:
		values, ok := v.([]any)
		if s, is := v.(StructValue); is {
			values, ok = s.Values, true
		}
		if ok && len(values) == len(t.Fields) {
			for i, f := range t.Fields {
				if err := put(b[f.Offset:f.Offset+f.Type.Size], f.Type, values[i]); err != nil {
					return fmt.Errorf("field %s: %w", f.Name, err)
				}
			}
			return nil
		}
	}
	return fmt.Errorf("%s does not fit %s", Format(v), t.Name)
}

// wide is an integer of 65 bits: the low 64 and whether it is below zero.
type wide struct {
	bits     uint64
	negative bool
}

// integer widens any Go integer.
func integer(v any) (wide, bool) {
	switch v := v.(type) {
	case int64:
		return wide{uint64(v), v < 0}, true
	case int:
		return wide{uint64(v), v < 0}, true
	case int32:
		return wide{uint64(v), v < 0}, true
	case int16:
		return wide{uint64(v), v < 0}, true
	case int8:
		return wide{uint64(v), v < 0}, true
	case uint64:
		return wide{v, false}, true
	case uint:
		return wide{uint64(v), false}, true
	case uint32:
		return wide{uint64(v), false}, true
	case uint16:
		return wide{uint64(v), false}, true
	case uint8:
		return wide{uint64(v), false}, true
	case Addr:
		return wide{uint64(v), false}, true
	}
	return wide{}, false
}

// put writes the integer if the type holds it.
func (w wide) put(b []byte, t *Type) error {
	var all [8]byte
	binary.LittleEndian.PutUint64(all[:], w.bits)
	copy(b[:t.Size], all[:])
	fits := word(b, t.Size) == w.bits && !w.negative
	if t.Kind == Int {
		shift := 64 - 8*t.Size
		back := int64(word(b, t.Size)<<shift) >> shift
		fits = uint64(back) == w.bits && back < 0 == w.negative
	}
	if !fits {
		clear(b)
		if w.negative {
			return fmt.Errorf("%d overflows %s", int64(w.bits), t.Name)
		}
		return fmt.Errorf("%d overflows %s", w.bits, t.Name)
	}
	return nil
}

// Format writes a decoded value for the reader: {pid: 1 comm: "x"}, [1 2 3], 0xffff8880. A string is returned as it is,
// raw; within another value it is quoted.
func Format(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	var b strings.Builder
	format(&b, v)
	return b.String()
}

func format(b *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(strconv.Quote(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case uint64:
		b.WriteString(strconv.FormatUint(v, 10))
	case Addr:
		b.WriteString("0x" + strconv.FormatUint(uint64(v), 16))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			format(b, e)
		}
		b.WriteByte(']')
	case StructValue:
		b.WriteByte('{')
		for i, f := range v.Type.Fields {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(f.Name + ": ")
			format(b, v.Values[i])
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, v) // bool, []byte
	}
}

// String is the value as Format writes it.
func (s StructValue) String() string { return Format(s) }

// Format writes the struct as package fmt does: {1 x}, with a plus sign {pid:1 comm:x}.
func (s StructValue) Format(f fmt.State, verb rune) {
	fmt.Fprint(f, "{")
	for i, v := range s.Values {
		if i > 0 {
			fmt.Fprint(f, " ")
		}
		if f.Flag('+') && verb == 'v' {
			fmt.Fprint(f, s.Type.Fields[i].Name+":")
		}
		fmt.Fprintf(f, fmt.FormatString(f, verb), v)
	}
	fmt.Fprint(f, "}")
}

// MarshalJSON is the struct as an object with its fields in order.
func (s StructValue) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, v := range s.Values {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		b = append(strconv.AppendQuote(b, s.Type.Fields[i].Name), ':')
		b = append(b, value...)
	}
	return append(b, '}'), nil
}

// Format writes the address as package fmt writes pointers, in hexadecimal, unless the verb asks for a number of
// another base. As a pointer in fmt, the sharp flag takes the 0x away.
func (a Addr) Format(f fmt.State, verb rune) {
	switch verb {
	case 'v', 's', 'p':
		spec := fmt.FormatString(f, 'x')
		if f.Flag('#') {
			spec = strings.Replace(spec, "#", "", 1)
		} else {
			spec = "%#" + spec[1:]
		}
		fmt.Fprintf(f, spec, uint64(a))
	default:
		fmt.Fprintf(f, fmt.FormatString(f, verb), uint64(a))
	}
}
