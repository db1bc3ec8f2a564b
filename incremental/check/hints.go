package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// addressHint says what to write where an address is taken for something else: an integer compared with nil, an array in a process, a
// pointer that is calculated with.
func (c *checker) addressHint(msg string, start, end token.Pos) string {
	var hint string
	within := func(n ast.Node) bool { return n.Pos() <= start && end <= n.End() }
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		if n == nil || !within(n) || hint != "" {
			return hint == "" && n != nil && n.Pos() <= end && start <= n.End()
		}
		switch n := n.(type) {
		case *ast.BinaryExpr:
			x, y := c.info.Types[n.X], c.info.Types[n.Y]
			switch {
			case !strings.Contains(msg, "mismatched types"):
			case isInteger(x.Type) && y.IsNil():
				hint = fmt.Sprintf("%s is a number: write %s %s 0", c.text(n.X), c.text(n.X), n.Op)
			case x.IsNil() && isInteger(y.Type):
				hint = fmt.Sprintf("%s is a number: write 0 %s %s", c.text(n.Y), n.Op, c.text(n.Y))
			case x.Type != nil && c.universe.IsKernelPointer(x.Type) && isInteger(y.Type):
				hint = fmt.Sprintf("write bpf.Address(%s) %s %s", c.text(n.X), n.Op, c.text(n.Y))
			}
		case *ast.IndexExpr:
			if t := c.typeOf(n.X); t != nil && c.universe.IsAddress(t) && strings.HasPrefix(msg, "cannot index") {
				read := "ProbeReadKernel"
				if types.Unalias(t) == types.Type(c.universe.UserPtr) {
					read = "ProbeReadUser"
				}
				i := c.text(n.Index)
				if _, ok := n.Index.(*ast.BinaryExpr); ok {
					i = "(" + i + ")"
				}
				hint = fmt.Sprintf("it is an address: var p %s; helpers.%s(&p, %s+8*%s) reads the pointer there, str(p) the string behind it",
					typeString(t), read, c.text(n.X), i)
			}
		case *ast.CompositeLit:
			if sel, ok := n.Type.(*ast.SelectorExpr); ok && c.intrinsic(sel.Sel) == universe.View {
				hint = fmt.Sprintf("it is a view of memory: write %s(p), with the address p", c.text(sel))
			}
		case *ast.CallExpr:
			if len(n.Args) == 1 && strings.HasPrefix(msg, "cannot convert") && c.info.Types[n.Fun].IsType() {
				if t := c.typeOf(n.Args[0]); t != nil && c.universe.IsKernelPointer(t) && isInteger(c.info.Types[n.Fun].Type) {
					hint = fmt.Sprintf("write bpf.Address(%s)", c.text(n.Args[0]))
				}
			}
		}
		return hint == ""
	})
	return hint
}

// packages is the hint for the name of a package of Go's that programs do not have.
const packages = "there are the packages bpf, bpf/helpers and strings"

// elsewhere is what to write for names that those know who come from Go, or bpftrace: packages with a point behind them, and functions.
var elsewhere = map[string]string{
	"fmt.": `write printf("%d\n", n)`, "time.": "nsecs is the time, strftime shows it", "helpers.": `write import "bpf/helpers" in front, in the same entry`,
	"os.": packages, "strconv.": packages, "errors.": packages, "math.": packages, "bytes.": packages, "bits.": packages, "sort.": packages,
	"slices.": packages, "sync.": packages, "atomic.": packages, "unsafe.": packages, "runtime.": packages, "net.": packages, "syscall.": packages,

	"count(": "write m[k]++, or n++ without a key", "sum(": "write m[k] += v", "time(": "nsecs is the time, strftime shows it",
	"hist(": "write m[k].hist(v), or name.hist(v) without a key", "lhist(": "write m[k].lhist(v, 0, 1000, 50)",
	"avg(": "write m[k].avg(v)", "stats(": "write m[k].stats(v)",
}

// elsewhereHint is the hint of that table for what stands at a place in the text.
func (c *checker) elsewhereHint(s source.Span) string {
	if text := c.file.Cell.Text; s.End < len(text) {
		return elsewhere[text[s.Start:s.End+1]]
	}
	return ""
}

func isInteger(t types.Type) bool {
	b, ok := typeUnder(t).(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// methodHint is the aggregation that is meant by m[k].hsit(v), where m is at the place and nothing else declares it.
func (c *checker) methodHint(at token.Pos) string {
	hint := ""
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || call.Pos() != at {
			return hint == ""
		}
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			if near := source.Near(sel.Sel.Name, universe.AggregateMethods()); near != "" && near != sel.Sel.Name {
				hint = didYouMean(c.text(sel.X) + "." + near)
			}
		}
		return hint == ""
	})
	return hint
}

// indexList is the expression around a place that is indexed by several values, if there is one.
func (c *checker) indexList(at token.Pos) (list *ast.IndexListExpr) {
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		if l, ok := n.(*ast.IndexListExpr); ok && l.Pos() <= at && at < l.Rbrack {
			list = l
		}
		return true
	})
	return list
}

// listHint says how a key of several values is written, if what is at the place is indexed by several.
func (c *checker) listHint(at token.Pos) string {
	name, indices := c.indexed(at)
	if len(indices) < 2 {
		return ""
	}
	values := make([]string, len(indices))
	for i, x := range indices {
		values[i] = c.text(x)
	}
	return syntax.KeyHint(name, strings.Join(values, ", "))
}

// indexed is the name at a place and the values that it is indexed by, in one pair of brackets or in one after the other.
func (c *checker) indexed(at token.Pos) (name string, indices []ast.Expr) {
	if l := c.indexList(at); l != nil && at < l.X.End() {
		return c.text(l.X), l.Indices
	}
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		x, ok := n.(*ast.IndexExpr)
		if !ok || x.Pos() != at || indices != nil {
			return indices == nil
		}
		for ; ok; x, ok = x.X.(*ast.IndexExpr) {
			indices = append([]ast.Expr{x.Index}, indices...)
			name = c.text(x.X)
		}
		return false
	})
	return name, indices
}
