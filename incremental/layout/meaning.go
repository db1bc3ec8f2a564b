package layout

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// Meaning is what a value stands for beyond its bytes. It decides how the value is shown, and changes nothing in the kernel.
type Meaning uint8

// The meanings of values.
const (
	Plain        Meaning = iota
	Time                 // a Uint of 8 bytes: nanoseconds of CLOCK_MONOTONIC, shown by Type.Format
	KernelSymbol         // a Uint of 8 bytes: an address in the kernel
	UserSymbol           // a Struct of two words: an address, and the process that it belongs to
	IP                   // 16 bytes: an address of IPv6, or one of IPv4 mapped to IPv6
	Bytes                // a String of which all bytes count
	KernelStack          // a Uint of 8 bytes: the number of a stack trace, or a negative error
	UserStack            // a Struct of two words: the number of a stack trace, and the process that it is of
)

// Resolver finds what an address or a time stands for. It is asked for values that have such a meaning, when they are decoded.
type Resolver interface {
	// Time is a moment of CLOCK_MONOTONIC as text, by a format of strftime's.
	Time(mono uint64, format string) string
	// KernelSymbol is an address in the kernel as text, such as do_sys_open+0x1f.
	KernelSymbol(addr uint64) string
	// UserSymbol is an address in a process as text, such as main.run+0x2c (/usr/bin/x).
	UserSymbol(pid, addr uint64) string
	// Stack is a stack trace of the kernel, or of a process if pid is not 0; empty if there is none.
	Stack(id int64, pid uint64) Frames
}

// Frames is a stack trace, the innermost function first.
type Frames []string

// String is the trace on one line, each function before the one that called it.
func (f Frames) String() string {
	if len(f) == 0 {
		return "[no stack]"
	}
	return strings.Join(f, " < ")
}

// resolve is the text of a value that stands for something, with what of it is in b.
func (t *Type) resolve(b []byte, r Resolver) any {
	first := func() uint64 { return word(b, 8) }
	second := func() uint64 { return binary.LittleEndian.Uint64(b[8:]) }
	switch t.As {
	case IP:
		return netip.AddrFrom16([16]byte(b[:16])).Unmap().String()
	case Bytes:
		return string(b[:t.Size])
	}
	if r == nil {
		return Addr(first())
	}
	switch t.As {
	case Time:
		return r.Time(first(), t.Format)
	case KernelSymbol:
		return r.KernelSymbol(first())
	case UserSymbol:
		return r.UserSymbol(second(), first())
	case KernelStack:
		return r.Stack(int64(first()), 0)
	case UserStack:
		return r.Stack(int64(first()), second())
	}
	return Addr(first())
}

// Source writes a decoded value of type t as a Go expression: 7, "x", key{pid: 1, comm: "x"}, [2]int{1, 2}. A plain string, as a
// value with a meaning has it, is written as it is.
func Source(t *Type, v any) string {
	var b strings.Builder
	source(&b, t, v)
	return b.String()
}

func source(b *strings.Builder, t *Type, v any) {
	switch v := v.(type) {
	case StructValue:
		b.WriteString(v.Type.Name + "{")
		for i, f := range v.Type.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(f.Name + ": ")
			source(b, f.Type, v.Values[i])
		}
		b.WriteByte('}')
	case []any:
		b.WriteString(t.Name + "{")
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			source(b, t.Elem, e)
		}
		b.WriteByte('}')
	case []byte:
		b.WriteString(t.Name + "{")
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			format(b, uint64(e))
		}
		b.WriteByte('}')
	case string:
		if t.As != Plain && t.As != Bytes {
			b.WriteString(v)
			return
		}
		format(b, v)
	default:
		format(b, v)
	}
}
