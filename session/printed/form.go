package printed

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"go3s/incremental"
	"go3s/incremental/abi"
	"go3s/incremental/layout"
)

// Form is a schema and how its records are written. What most programs print, numbers and strings, is written from the record's bytes,
// without decoded values in between and without allocating; other values go through layout.DecodeWith one by one.
type Form struct {
	*incremental.Schema
	parts []part
	tail  string // behind the last part
	whole bool   // there are no parts: values do not come one after the other
}

// way is how a value is written.
type way uint8

const (
	decoded way = iota // by package layout
	signed
	unsigned
	address
	boolean
	characters
)

// part is a value and the text before it.
type part struct {
	before    string
	directive string // for printf
	field     layout.Field
	way       way
	base      int
	width     int
	left      bool // the value stands at the left of its width
}

// New prepares the writing of records of a schema.
func New(s *incremental.Schema) *Form {
	p := &Form{Schema: s}
	switch s.Kind {
	case incremental.Print:
		p.words()
	case incremental.Log:
		p.pairs()
	case incremental.Printf:
		p.whole = !p.directives()
	default:
		p.whole = true
	}
	return p
}

// words has the values one after the other, with spaces between.
func (p *Form) words() {
	for i, f := range p.Fields {
		before := ""
		if i > 0 {
			before = " "
		}
		p.parts = append(p.parts, part{before: before, field: f, way: plainly(f.Type), base: 10})
	}
}

// pairs has a message and then values with names.
func (p *Form) pairs() {
	before := p.Format
	for _, f := range p.Fields {
		p.parts = append(p.parts, part{before: before + " " + f.Name + "=", field: f, way: plainly(f.Type), base: 10})
		before = ""
	}
	p.tail = before
}

// directives takes a format apart, and reports whether that could be done: each directive must have the next of the fields for itself.
func (p *Form) directives() bool {
	format := p.Format
	verbs, operands, indexed := layout.ParseVerbs(format)
	if indexed || operands != len(p.Fields) || len(verbs) != operands {
		return false
	}
	end := 0
	for i, v := range verbs {
		before, ok := literal(format[end:v.Start])
		if !ok || v.Rune == 0 || len(v.Stars) > 0 || v.Arg != i {
			return false
		}
		f := p.Fields[i]
		n := part{before: before, directive: format[v.Start:v.End], field: f}
		n.choose(v)
		p.parts = append(p.parts, n)
		end = v.End
	}
	var ok bool
	p.tail, ok = literal(format[end:])
	return ok
}

// literal is the text that a piece of a format without directives stands for.
func literal(s string) (string, bool) {
	ok := !strings.Contains(strings.ReplaceAll(s, "%%", ""), "%")
	return strings.ReplaceAll(s, "%%", "%"), ok
}

// choose finds the way that a value is written as package fmt would by a directive.
func (p *part) choose(v layout.Verb) {
	width := strings.TrimSuffix(p.directive[1+len(v.Flags):], string(v.Rune))
	if v.Flags != "" && v.Flags != "-" || width != "" && !number(width, &p.width) {
		return
	}
	p.left, p.base = v.Flags == "-", 10
	w := plainly(p.field.Type)
	switch {
	case (w == signed || w == unsigned) && v.Rune == 'x':
		p.base = 16
		p.way = w
	case
		(w == signed || w == unsigned) && (v.Rune == 'd' || v.Rune == 'v'),
		w == characters && (v.Rune == 's' || v.Rune == 'v'),
		w == boolean && (v.Rune == 't' || v.Rune == 'v'),
		w == address && (v.Rune == 'v' || v.Rune == 's' || v.Rune == 'p'):
		p.way = w
	}
}

// number reads a width that is not absurd.
func number(s string, to *int) bool {
	n, err := strconv.ParseUint(s, 10, 10)
	*to = int(n)
	return err == nil
}

// plainly is how a value of a type is written that nothing else is said of.
func plainly(t *layout.Type) way {
	if t.As != layout.Plain {
		return decoded
	}
	switch t.Kind {
	case layout.Int:
		return signed
	case layout.Uint:
		return unsigned
	case layout.Pointer:
		return address
	case layout.Bool:
		return boolean
	case layout.String:
		return characters
	}
	return decoded
}

// Append appends the text of a record, data, to dst: what Of is for the same record. Text of the kernel's is as it came, with control bytes.
func (p *Form) Append(dst, data []byte, r layout.Resolver) []byte {
	if p.whole {
		return append(dst, Of(p.Schema, Decode(p.Schema, data, r))...)
	}
	for i := range p.parts {
		n := &p.parts[i]
		dst = append(dst, n.before...)
		start := len(dst)
		dst = n.append(dst, data[n.field.Offset:], r, p.Kind)
		if n.width > 0 && n.way != decoded {
			dst = pad(dst, start, n.width, n.left)
		}
	}
	return append(dst, p.tail...)
}

// append appends the value that b begins with.
func (p *part) append(dst, b []byte, r layout.Resolver, kind abi.SchemaKind) []byte {
	t := p.field.Type
	switch p.way {
	case signed:
		return strconv.AppendInt(dst, int64(t.Bits(b)), p.base)
	case unsigned:
		return strconv.AppendUint(dst, t.Bits(b), p.base)
	case address:
		return strconv.AppendUint(append(dst, "0x"...), t.Bits(b), 16)
	case boolean:
		return strconv.AppendBool(dst, b[0] != 0)
	case characters:
		b = b[:t.Size]
		if i := bytes.IndexByte(b, 0); i >= 0 {
			b = b[:i]
		}
		if kind == incremental.Log && !bare(b) {
			return append(dst, quoted(string(b))...)
		}
		return append(dst, b...)
	}
	v := layout.DecodeWith(t, b, r)
	switch kind {
	case incremental.Printf:
		return append(dst, layout.FormatPrintf(p.directive, []any{v}, []layout.Field{p.field})...)
	case incremental.Log:
		return append(dst, quoted(layout.Format(v))...)
	}
	return append(dst, layout.Format(v)...)
}

// bare reports whether a string is such that quoted surely leaves it as it is.
func bare(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= utf8.RuneSelf || c == '"' || c == '=' {
			return false
		}
	}
	return len(b) > 0
}

// pad puts spaces before or behind what stands from start on, so that it is as many characters wide.
func pad(dst []byte, start, width int, left bool) []byte {
	n := width - utf8.RuneCount(dst[start:])
	if n <= 0 {
		return dst
	}
	for range n {
		dst = append(dst, ' ')
	}
	if !left {
		copy(dst[start+n:], dst[start:])
		for i := range n {
			dst[start+i] = ' '
		}
	}
	return dst
}
