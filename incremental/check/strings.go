package check

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// commLength is how long a task's comm can be: TASK_COMM_LEN without the zero at its end.
const commLength = 15

// refusedString refuses what strings that are bounded and end at their first zero byte cannot do.
func (c *checker) refusedString(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		if n.Kind != token.STRING {
			return false
		}
		if s, err := strconv.Unquote(n.Value); err == nil && strings.Contains(s, "\x00") {
			c.refuse(n, "a string with a NUL byte", "a string ends at its first NUL; use an array of bytes")
			return true
		}
	case *ast.CallExpr:
		return c.sliceOfString(n)
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			c.neverEqual(n, n.X, n.Y)
			c.neverEqual(n, n.Y, n.X)
		}
	}
	return false
}

// sliceOfString refuses []byte(s) and []rune(s).
func (c *checker) sliceOfString(call *ast.CallExpr) bool {
	arr, ok := ast.Unparen(call.Fun).(*ast.ArrayType)
	if !ok || arr.Len != nil || len(call.Args) != 1 {
		return false
	}
	b, ok := typeUnder(c.info.Types[call.Args[0]].Type).(*types.Basic)
	if !ok || b.Info()&types.IsString == 0 {
		return false
	}
	hint := "index the string itself: for i := range len(s) { … s[i] … }"
	if e, ok := typeUnder(c.info.Types[arr.Elt].Type).(*types.Basic); ok && e.Kind() == types.Int32 {
		hint = "loop over the string itself: for _, r := range s"
	}
	c.refuse(call, "a string cannot be made a slice in a probe", hint)
	return true
}

// neverEqual reports a comparison of what is read from the kernel with a text that is longer than what is read.
func (c *checker) neverEqual(at ast.Node, x, text ast.Expr) {
	v := c.info.Types[text].Value
	if v == nil || v.Kind() != constant.String {
		return
	}
	n := len(constant.StringVal(v))
	switch size, what, hint := c.readLength(x, n); {
	case size > 0 && n > size:
		c.report(source.TooLarge, at, fmt.Sprintf("%s has at most %d bytes and never equals a text of %d", what, size, n), hint)
	}
}

// readLength is how many bytes a string may have that is read here, or 0 where that is not known, and how to read n bytes.
func (c *checker) readLength(e ast.Expr, n int) (size int, what, hint string) {
	e = ast.Unparen(e)
	var id *ast.Ident
	switch e := e.(type) {
	case *ast.Ident:
		id = e
	case *ast.CallExpr:
		id = calledName(e)
	}
	switch c.intrinsic(id) {
	case universe.Comm:
		return commLength, "comm", ""
	case universe.Str:
		call, ok := e.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return 0, "", ""
		}
		size = c.universe.StrLen()
		if len(call.Args) == 2 {
			v, ok := constant.Int64Val(constant.ToInt(c.info.Types[call.Args[1]].Value))
			if !ok {
				return 0, "", ""
			}
			size = int(v)
		} else if t := c.info.Types[call.Args[0]].Type; t != nil {
			if _, isArray := t.Underlying().(*types.Array); isArray {
				return 0, "", ""
			}
		}
		if n <= 256 {
			hint = fmt.Sprintf("write str(%s, %d)", c.text(call.Args[0]), n)
		}
		return size, "what " + c.text(e) + " reads", hint
	}
	return 0, "", ""
}

// isByteArray reports whether t is an array of bytes, in which a string may lie.
func isByteArray(t types.Type) bool {
	a, ok := t.Underlying().(*types.Array)
	if !ok {
		return false
	}
	b, ok := a.Elem().Underlying().(*types.Basic)
	return ok && (b.Kind() == types.Uint8 || b.Kind() == types.Int8)
}

// undefinedString restates an error about strings.Name.
func (c *checker) undefinedString(d source.Diagnostic, name string) source.Diagnostic {
	d.Code, d.Msg = source.Unsupported, "strings."+name+" cannot be used in a probe"
	names := c.universe.Strings.Scope().Names()
	if near := source.Near(name, names); near != "" {
		d.Code, d.Msg, d.Hint = source.UndefinedName, "undefined: strings."+name, didYouMean("strings."+near)
		return d
	}
	last := len(names) - 1
	d.Hint = "there are " + strings.Join(slices.Clone(names[:last]), ", ") + " and " + names[last]
	return d
}
