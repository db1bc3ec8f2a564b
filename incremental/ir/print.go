package ir

import (
	"strconv"
	"strings"

	"go3s/incremental/source"
)

// Print writes the module in its text form, which Parse reads back:
//
//	map opens percpu_hash key=16 value=8 entries=10240
//	func opens tracepoint {
//		slot key size=16 align=8
//	b0:
//		v0 = param.ptr 0
//		v1 = load32.i32 v0 +16 @ -e:3:12
//		br ult v1 v2 b1 b2 likely=1
//	...
//	}
func Print(m *Module) string {
	p := printer{}
	for _, mp := range m.Maps {
		p.mapLine(mp)
	}
	for _, f := range m.Funcs {
		p.function(f)
	}
	return string(p.buf)
}

// String is the function's text form, without the maps.
func (f *Func) String() string {
	p := printer{}
	p.function(f)
	return string(p.buf)
}

// String is the value's line of the text form.
func (v *Value) String() string {
	p := printer{}
	p.value(v)
	return string(p.buf)
}

// printer collects the text.
type printer struct{ buf []byte }

func (p *printer) str(s string)  { p.buf = append(p.buf, s...) }
func (p *printer) int(n int64)   { p.buf = strconv.AppendInt(p.buf, n, 10) }
func (p *printer) name(s string) { p.str(quoteName(s)) }

func (p *printer) val(v *Value) {
	if v == nil {
		p.str("nil")
		return
	}
	p.str("v")
	p.int(int64(v.ID))
}

func (p *printer) block(b *Block) {
	p.str("b")
	p.int(int64(b.ID))
}

func (p *printer) span(s source.Span) {
	if s == (source.Span{}) {
		return
	}
	p.str(" @ ")
	p.name(s.Cell)
	p.str(":")
	p.int(int64(s.Start))
	p.str(":")
	p.int(int64(s.End))
}

func (p *printer) mapLine(m *Map) {
	p.str("map ")
	p.name(m.Name)
	p.str(" " + m.Kind.String())
	if m.Kind != Ring {
		p.str(" key=")
		p.int(int64(m.Key))
		p.str(" value=")
		p.int(int64(m.Value))
	}
	p.str(" entries=")
	p.int(int64(m.Entries))
	p.str("\n")
}

func (p *printer) function(f *Func) {
	p.str("func ")
	p.name(f.Name)
	p.str(" " + f.Kind.String() + " {")
	p.span(f.Span)
	p.str("\n")
	for _, s := range f.Slots {
		p.str("\tslot ")
		p.name(s.Name)
		p.str(" size=")
		p.int(int64(s.Size))
		p.str(" align=")
		p.int(int64(s.Align))
		p.str("\n")
	}
	for _, b := range f.Blocks {
		p.block(b)
		p.str(":\n")
		for _, v := range b.Values {
			p.str("\t")
			p.value(v)
			p.str("\n")
		}
		p.str("\t")
		p.term(&b.Term)
		p.str("\n")
	}
	p.str("}\n")
}

// value writes the line of v without tab and newline.
func (p *printer) value(v *Value) {
	if v.Type != Void {
		p.val(v)
		p.str(" = " + v.Op.String() + "." + v.Type.String())
	} else {
		p.str(v.Op.String())
	}
	switch {
	case v.Op == OpPhi:
		p.phi(v)
	case v.Op == OpConst || v.Op == OpParam:
		p.str(" ")
		p.int(v.Imm)
		p.align(v.Align)
	case v.Op == OpMove || v.Op == OpZero:
		p.args(v.Args)
		p.str(" size=")
		p.int(v.Imm)
	case v.Op == OpCall:
		p.str(" ")
		if h := v.Helper(); h != nil {
			p.str(h.Name)
		} else {
			p.int(v.Imm)
		}
		p.args(v.Args)
	case v.Op.Info().Imm && len(v.Args) > 1:
		p.args(v.Args[:1])
		p.offset(v.Imm)
		p.args(v.Args[1:])
	default:
		p.operand(v)
		p.args(v.Args)
		if v.Op.Info().Imm {
			p.offset(v.Imm)
		}
		p.align(v.Align)
	}
	p.span(v.Span)
}

// align writes what an address is a multiple of, if that is less than 8.
func (p *printer) align(n int8) {
	if n != 0 {
		p.str(" align=")
		p.int(int64(n))
	}
}

// operand writes what an op names beside its arguments.
func (p *printer) operand(v *Value) {
	switch v.Op {
	case OpCmp:
		p.str(" " + v.Cond.String())
	case OpSlot:
		p.str(" ")
		if v.Slot != nil {
			p.name(v.Slot.Name)
		}
	case OpMap, OpMapValue:
		p.str(" ")
		if v.Map != nil {
			p.name(v.Map.Name)
		}
	case OpCallFunc, OpFunc:
		p.str(" ")
		p.name(v.Func)
	}
}

func (p *printer) args(args []*Value) {
	for _, a := range args {
		p.str(" ")
		p.val(a)
	}
}

// offset writes a byte offset; none is 0.
func (p *printer) offset(n int64) {
	switch {
	case n > 0:
		p.str(" +")
		p.int(n)
	case n < 0:
		p.str(" ")
		p.int(n)
	}
}

func (p *printer) phi(v *Value) {
	for i, a := range v.Args {
		p.str(" [")
		if i < len(v.Block.Preds) {
			p.block(v.Block.Preds[i])
		} else {
			p.str("b?")
		}
		p.str(" ")
		p.val(a)
		p.str("]")
	}
}

func (p *printer) term(t *Term) {
	switch t.Kind {
	case TermJump:
		p.str("jump ")
		p.block(t.Succs[0])
	case TermBranch:
		p.str("br " + t.Cond.String())
		p.args(t.Args)
		for _, s := range t.Succs {
			p.str(" ")
			p.block(s)
		}
		if t.Likely != 0 {
			p.str(" likely=")
			p.int(int64(t.Likely))
		}
	case TermReturn:
		p.str("ret")
		p.args(t.Args)
	default:
		p.str("unfinished")
	}
	p.span(t.Span)
}

// quoteName is the name as it stands in the text form: bare where it is made of letters, digits and a few signs.
func quoteName(s string) string {
	if s == "" || strings.IndexFunc(s, isNotBare) >= 0 {
		return strconv.Quote(s)
	}
	return s
}

func isNotBare(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_.$/:-#", r))
}
