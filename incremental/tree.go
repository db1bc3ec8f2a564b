package incremental

import (
	"fmt"
	"go/ast"
	"reflect"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// tree is Go's syntax tree of a cell, a line a node: the node's type, what it is called or which operator it has, and where it stands in the
// user's text.
func tree(f *syntax.File) string {
	var b strings.Builder
	for _, root := range []ast.Node{f.AST, f.Body} {
		if reflect.ValueOf(root).IsNil() {
			continue
		}
		depth := 0
		ast.Inspect(root, func(n ast.Node) bool {
			if n == nil {
				depth--
				return false
			}
			fmt.Fprintf(&b, "%s%s%s\n", strings.Repeat("    ", depth), node(n), place(f, n))
			depth++
			return true
		})
	}
	return b.String()
}

// node is a node without what is below it.
func node(n ast.Node) string {
	name := strings.TrimPrefix(reflect.TypeOf(n).String(), "*ast.")
	switch n := n.(type) {
	case *ast.Ident:
		return name + " " + n.Name
	case *ast.BasicLit:
		return name + " " + n.Value
	case *ast.BinaryExpr:
		return name + " " + n.Op.String()
	case *ast.UnaryExpr:
		return name + " " + n.Op.String()
	case *ast.AssignStmt:
		return name + " " + n.Tok.String()
	case *ast.IncDecStmt:
		return name + " " + n.Tok.String()
	case *ast.BranchStmt:
		return name + " " + n.Tok.String()
	case *ast.GenDecl:
		return name + " " + n.Tok.String()
	}
	return name
}

// place is where a node stands, as line:column; nothing for what the user has not written.
func place(f *syntax.File, n ast.Node) string {
	if !n.Pos().IsValid() {
		return ""
	}
	span := f.Span(n.Pos(), n.End())
	if !span.IsValid() {
		return ""
	}
	line, column := source.Position(f.Cell.Text, span.Start)
	return fmt.Sprintf(" %d:%d", line, column)
}
