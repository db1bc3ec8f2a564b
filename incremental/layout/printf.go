package layout

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Verb is one formatting directive of a printf format, such as %-16s. The directive %% is none.
type Verb struct {
	Start, End int    // its bytes in the format, the percent sign included
	Rune       rune   // the verb; 0 if the format ends before it
	Flags      string // as written: "-", "+#"
	Stars      []int  // the operands that give width and precision, by index
	Arg        int    // the operand, by index
}

// ParseVerbs finds the directives of a format. Operands is the number of operands that the format asks for; indexed reports
// that it chooses them by number (%[2]d), so that one left over is no mistake.
func ParseVerbs(format string) (verbs []Verb, operands int, indexed bool) {
	arg := 0
	for pos := 0; pos < len(format); {
		i := strings.IndexByte(format[pos:], '%')
		if i < 0 {
			break
		}
		p := directive{format: format, pos: pos + i + 1, arg: arg}
		v := Verb{Start: pos + i}
		p.read(&v)
		v.End, pos = p.pos, p.pos
		arg, indexed = p.arg, indexed || p.indexed
		if v.Rune == '%' {
			continue
		}
		if v.Rune != 0 {
			v.Arg = arg
			arg++
		}
		operands = max(operands, arg)
		verbs = append(verbs, v)
	}
	return verbs, operands, indexed
}

// directive reads one directive in the order of package fmt: flags, index, width, precision, index, verb.
type directive struct {
	format  string
	pos     int
	arg     int
	indexed bool
}

func (p *directive) read(v *Verb) {
	start := p.pos
	for p.pos < len(p.format) && strings.IndexByte("+-# 0", p.format[p.pos]) >= 0 {
		p.pos++
	}
	v.Flags = p.format[start:p.pos]
	p.index()
	p.number(v)
	if p.pos < len(p.format) && p.format[p.pos] == '.' {
		p.pos++
		p.index()
		p.number(v)
	}
	p.index()
	if p.pos < len(p.format) {
		r, size := utf8.DecodeRuneInString(p.format[p.pos:])
		v.Rune = r
		p.pos += size
	}
}

// index reads [n].
func (p *directive) index() {
	if p.pos >= len(p.format) || p.format[p.pos] != '[' {
		return
	}
	n := 0
	for i := p.pos + 1; i < len(p.format); i++ {
		c := p.format[i]
		if c == ']' && n > 0 {
			p.pos, p.arg, p.indexed = i+1, n-1, true
			return
		}
		if c < '0' || c > '9' || n > 1000 {
			return
		}
		n = n*10 + int(c-'0')
	}
}

// number reads a width or precision.
func (p *directive) number(v *Verb) {
	if p.pos < len(p.format) && p.format[p.pos] == '*' {
		p.pos++
		v.Stars = append(v.Stars, p.arg)
		p.arg++
		return
	}
	for p.pos < len(p.format) && p.format[p.pos] >= '0' && p.format[p.pos] <= '9' {
		p.pos++
	}
}

// Accepts reports whether the verb can print a value of type t, as go vet judges it.
func (v Verb) Accepts(t *Type) bool {
	has := func(verbs string) bool { return strings.ContainsRune(verbs, v.Rune) }
	if t.As != Plain {
		return has("sqxXv")
	}
	switch t.Kind {
	case Bool:
		return has("tv")
	case Int, Uint:
		return has("bcdoOqxXUv")
	case Pointer:
		return has("bdoOxXpsv")
	case String:
		return has("sqxXv")
	case Array:
		return t.IsBytes() && has("sqxXdv") || v.Accepts(t.Elem)
	case Struct:
		for _, f := range t.Fields {
			if !v.Accepts(f.Type) {
				return false
			}
		}
		return true
	}
	return false
}

// FormatPrintf formats decoded values of the types of fields by a format with Go's verbs. %s of a byte array ends at its first NUL, %p
// takes any integer, %#v writes arrays and structs as Go expressions. What does not fit reads as in Go: %!d(string=hi).
func FormatPrintf(format string, args []any, fields []Field) string {
	if !strings.Contains(format, "%") && len(args) == 0 {
		return format
	}
	copied := false
	own := func() {
		if !copied {
			args, copied = append([]any(nil), args...), true
		}
	}
	for i, a := range args {
		if b, ok := a.([]byte); ok {
			own()
			args[i] = byteArray(b)
		}
	}
	if strings.Contains(format, "#") {
		verbs, _, _ := ParseVerbs(format)
		for _, v := range verbs {
			if v.Rune != 'v' || !strings.Contains(v.Flags, "#") || v.Arg >= len(args) || v.Arg >= len(fields) {
				continue
			}
			if t := fields[v.Arg].Type; t.Kind == Array || t.Kind == Struct {
				own()
				args[v.Arg] = expression{t, args[v.Arg]}
			}
		}
	}
	if strings.Contains(format, "p") {
		verbs, _, _ := ParseVerbs(format)
		for _, v := range verbs {
			if v.Rune != 'p' || v.Arg >= len(args) {
				continue
			}
			if w, ok := integer(args[v.Arg]); ok {
				own()
				args[v.Arg] = Addr(w.bits)
				format = format[:v.End-1] + "v" + format[v.End:]
			}
		}
	}
	return fmt.Sprintf(format, args...)
}

// expression is an array or struct that %#v writes as a Go expression, and any other verb as it is.
type expression struct {
	t *Type
	v any
}

// Format writes the value as package fmt does.
func (e expression) Format(f fmt.State, verb rune) {
	if verb != 'v' || !f.Flag('#') {
		fmt.Fprintf(f, fmt.FormatString(f, verb), e.v)
		return
	}
	if b, ok := e.v.(byteArray); ok {
		e.v = []byte(b)
	}
	fmt.Fprint(f, Source(e.t, e.v))
}

// byteArray is an array of bytes that strings verbs read up to the first NUL, as the kernel means them.
type byteArray []byte

// Format writes the bytes as package fmt does.
func (b byteArray) Format(f fmt.State, verb rune) {
	raw := []byte(b)
	if verb == 's' || verb == 'q' {
		if i := bytes.IndexByte(raw, 0); i >= 0 {
			raw = raw[:i]
		}
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), raw)
}
