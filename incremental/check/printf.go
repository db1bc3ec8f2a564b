package check

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode"

	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// strCall checks str(p) and str(p, n).
func (c *checker) strCall(call *ast.CallExpr) {
	if len(call.Args) == 0 {
		return
	}
	p := call.Args[0]
	if t := c.typeOf(p); t != nil && !c.universe.IsAddress(t) && !c.universe.IsKernelPointer(t) && !isByteArray(t) {
		text := c.text(p)
		if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
			c.report(source.Type, p, text+" is a string already", "write it without str")
		} else {
			c.report(source.Type, p, fmt.Sprintf("str wants an address, %s is %s", text, c.describe(p)),
				"an address is a pointer field of ctx, or bpf.UserPtr(n)")
		}
	}
	switch {
	case len(call.Args) == 1:
	case len(call.Args) > 2 || call.Ellipsis.IsValid():
		c.report(source.Type, call, "str wants an address and at most one size", "")
	case c.typeOf(call.Args[1]) != nil:
		n, exact := constant.Int64Val(constant.ToInt(orUnknown(c.info.Types[call.Args[1]].Value)))
		if !exact || n < 1 || n > maxString {
			c.report(source.Type, call.Args[1], fmt.Sprintf("the size of a string is a constant from 1 to %d", maxString), "")
		}
	}
}

func orUnknown(v constant.Value) constant.Value {
	if v == nil {
		return constant.MakeUnknown()
	}
	return v
}

// text is the user's text of a node.
func (c *checker) text(n ast.Node) string {
	s := c.span(n)
	return c.file.Cell.Text[s.Start:s.End]
}

// printfCall checks that the format and the arguments agree.
func (c *checker) printfCall(call *ast.CallExpr) {
	if len(call.Args) == 0 || c.typeOf(call.Args[0]) == nil {
		return
	}
	format := call.Args[0]
	v := c.info.Types[format].Value
	switch {
	case v != nil && v.Kind() != constant.String:
		return
	case v == nil:
		c.report(source.Format, format, "the format is not a constant", `write printf("%s", …)`)
		return
	case call.Ellipsis.IsValid():
		c.refuse(call, "slices cannot be used in a probe", "write the arguments one by one")
		return
	}
	text := constant.StringVal(v)
	verbs, operands, indexed := layout.ParseVerbs(text)
	args := call.Args[1:]
	broken := false
	for _, verb := range verbs {
		c.verb(format, text, verb, args)
		broken = broken || verb.Rune == 0
	}
	if len(args) > operands && !indexed && !broken {
		c.diags = append(c.diags, source.Diagnostic{
			Code: source.Format, Span: c.file.Span(args[operands].Pos(), args[len(args)-1].End()),
			Msg: fmt.Sprintf("printf has %s but its format takes %d", count(len(args), "argument"), operands),
		})
	}
	for _, arg := range args {
		c.printable("printf", arg)
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// verb checks one directive of a format against its arguments.
func (c *checker) verb(format ast.Expr, text string, verb layout.Verb, args []ast.Expr) {
	directive := text[verb.Start:verb.End]
	bad := func(msg, hint string) {
		c.diags = append(c.diags, source.Diagnostic{
			Code: source.Format, Span: c.literalSpan(format, text, verb.Start, verb.End), Msg: msg, Hint: hint,
		})
	}
	switch {
	case verb.Rune == 0:
		bad(fmt.Sprintf("the format ends within %s", directive), "a percent sign is written %%")
		return
	case !strings.ContainsRune("bcdoOqxXUvtsp", verb.Rune):
		bad(fmt.Sprintf("%s is no directive for integers, bools or strings", directive), verbHint(verb.Rune))
		return
	}
	for _, star := range verb.Stars {
		if star >= len(args) {
			bad(fmt.Sprintf("%s reads argument %d, printf has %s", directive, star+1, count(len(args), "argument")), "")
			return
		}
		if b, ok := typeUnder(c.typeOf(args[star])).(*types.Basic); c.typeOf(args[star]) != nil && (!ok || b.Info()&types.IsInteger == 0) {
			bad(fmt.Sprintf("the * in %s wants an integer, %s is %s", directive, c.text(args[star]), c.describe(args[star])), "")
			return
		}
	}
	if verb.Arg < 0 || verb.Arg >= len(args) {
		bad(fmt.Sprintf("%s reads argument %d, printf has %s", directive, verb.Arg+1, count(len(args), "argument")), "")
		return
	}
	arg := args[verb.Arg]
	t := c.typeOf(arg)
	if t == nil {
		return
	}
	shape := c.shape(t)
	switch {
	case shape == nil:
		// printable reports it.
	case shape.Kind == layout.Pointer && (verb.Rune == 's' || verb.Rune == 'q'):
		bad(fmt.Sprintf("%s wants a string, %s is an address", directive, c.text(arg)), "write str("+c.text(arg)+")")
	case !verb.Accepts(shape):
		bad(fmt.Sprintf("%s cannot print %s, which is %s", directive, c.text(arg), c.describe(arg)), suggestVerb(shape))
	}
}

// verbHint says what to write instead of a directive that there is not.
func verbHint(verb rune) string {
	switch {
	case strings.ContainsRune("eEfFgG", verb):
		return "a probe has no floating-point numbers; %d prints integers"
	case !unicode.IsLetter(verb):
		return "a percent sign is written %%"
	}
	return ""
}

// suggestVerb names a verb that fits.
func suggestVerb(t *layout.Type) string {
	switch t.Kind {
	case layout.Bool:
		return "use %t"
	case layout.Int, layout.Uint:
		return "use %d"
	case layout.String:
		return "use %s"
	case layout.Pointer:
		return "use %x"
	}
	return "use %v"
}

// printable refuses arguments that cannot be put into a record.
func (c *checker) printable(function string, arg ast.Expr) {
	if t := c.typeOf(arg); t != nil && c.shape(t) == nil && unfit(t) != "" {
		c.report(source.Type, arg, fmt.Sprintf("%s cannot print %s, which is %s", function, c.text(arg), c.describe(arg)), c.showHint(arg))
	}
}

// showHint says what to show instead of a value that has no layout.
func (c *checker) showHint(e ast.Expr) string {
	t := c.typeOf(e)
	if b, ok := typeUnder(t).(*types.Basic); ok && b.Info()&types.IsFloat != 0 {
		return "a probe has no floating-point numbers; show an integer"
	}
	if c.universe.IsKernelPointer(t) {
		return "show one of its fields, or its address: bpf.Address(" + c.text(e) + ")"
	}
	return ""
}

// The layouts of what has no parts, as far as verbs care.
var (
	stringShape  = &layout.Type{Kind: layout.String}
	pointerShape = &layout.Type{Kind: layout.Pointer, Size: 8}
	boolShape    = &layout.Type{Kind: layout.Bool, Size: 1}
	byteShape    = &layout.Type{Kind: layout.Uint, Size: 1}
	uintShape    = &layout.Type{Kind: layout.Uint, Size: 8}
	intShape     = &layout.Type{Kind: layout.Int, Size: 8}
)

// shape is the layout of a type as far as verbs care, nil if it has none.
func (c *checker) shape(t types.Type) *layout.Type {
	if universe.Meaning(t) != layout.Plain {
		return stringShape
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case c.universe.IsAddress(t):
			return pointerShape
		case u.Info()&types.IsBoolean != 0:
			return boolShape
		case u.Info()&types.IsString != 0:
			return stringShape
		case u.Kind() == types.Uint8:
			return byteShape
		case u.Info()&types.IsUnsigned != 0:
			return uintShape
		case u.Info()&types.IsInteger != 0:
			return intShape
		}
	case *types.Array:
		if e := c.shape(u.Elem()); e != nil {
			return &layout.Type{Kind: layout.Array, Elem: e, Len: int(u.Len())}
		}
	case *types.Struct:
		st := &layout.Type{Kind: layout.Struct}
		for f := range u.Fields() {
			e := c.shape(f.Type())
			if e == nil {
				return nil
			}
			st.Fields = append(st.Fields, layout.Field{Name: f.Name(), Type: e})
		}
		return st
	}
	return nil
}

// literalSpan is the place in the user's text of the bytes [start, end) of a string constant. A constant that is not written
// there as one literal is meant as a whole.
func (c *checker) literalSpan(e ast.Expr, value string, start, end int) source.Span {
	lit, ok := ast.Unparen(e).(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return c.span(e)
	}
	at := literalOffsets(lit.Value, len(value))
	if at == nil {
		return c.span(e)
	}
	return c.file.Span(lit.Pos()+token.Pos(at[start]), lit.Pos()+token.Pos(at[end]))
}

// literalOffsets gives for each byte of a string's value, and its end, the offset in the literal; nil if the literal has carriage
// returns, which raw strings lose.
func literalOffsets(lit string, n int) []int {
	at := make([]int, 0, n+1)
	if lit[0] == '`' {
		if len(lit) != n+2 {
			return nil
		}
		for i := range n + 1 {
			at = append(at, i+1)
		}
		return at
	}
	rest := lit[1 : len(lit)-1]
	for rest != "" {
		offset := len(lit) - 1 - len(rest)
		r, multibyte, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			return nil
		}
		size := 1
		if multibyte {
			size = len(string(r))
		}
		for range size {
			at = append(at, offset)
		}
		rest = tail
	}
	return append(at, len(lit)-1)
}
