package oracle

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Reduce makes a program smaller as long as fails holds for it: it leaves out declarations and statements, puts the bodies of
// statements in their place, and operands in the place of expressions. Every text that it tries is a correct program of Go.
func Reduce(p *Program, fails func(*Program) bool) *Program {
	for {
		smaller := reduceOnce(p, fails)
		if smaller == nil {
			return p
		}
		p = smaller
	}
}

// reduceOnce makes one round of cuts; nil when none of them keeps the failure.
func reduceOnce(p *Program, fails func(*Program) bool) *Program {
	var found *Program
	cuts := cuts(p)
	for i := 0; i < len(cuts); {
		c := cuts[i]
		q := &Program{Name: p.Name, Text: p.Text[:c.start] + c.text + p.Text[c.end:]}
		if len(q.Text) < len(p.Text) && correct(q.Text) && fails(q) {
			p, found = q, q
			cuts = cutsFrom(q, c.start)
			i = 0
			continue
		}
		i++
	}
	return found
}

// cut replaces a piece of the text.
type cut struct {
	start, end int
	text       string
}

// cutsFrom lists the cuts that begin at or behind a place.
func cutsFrom(p *Program, from int) []cut {
	return slices.DeleteFunc(cuts(p), func(c cut) bool { return c.start < from })
}

// cuts lists all that may be tried, large pieces first at each place.
func cuts(p *Program) []cut {
	fset := token.NewFileSet()
	const header = "package p\n"
	file, err := parser.ParseFile(fset, "", header+p.Text, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var list []cut
	at := func(pos token.Pos) int { return fset.Position(pos).Offset - len(header) }
	whole := func(n ast.Node) string { return p.Text[at(n.Pos()):at(n.End())] }
	add := func(n ast.Node, text string) { list = append(list, cut{at(n.Pos()), at(n.End()), text}) }
	inner := func(n ast.Node, b *ast.BlockStmt) { add(n, p.Text[at(b.Lbrace):at(b.Rbrace)+1]) }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name != p.Name {
				add(n, "")
			}
		case *ast.GenDecl:
			add(n, "")
		case *ast.IfStmt:
			add(n, "")
			inner(n, n.Body)
			if b, ok := n.Else.(*ast.BlockStmt); ok {
				inner(n, b)
			}
			if n.Else != nil {
				list = append(list, cut{at(n.Body.End()), at(n.End()), ""})
			}
		case *ast.ForStmt:
			add(n, "")
			inner(n, n.Body)
		case *ast.RangeStmt:
			add(n, "")
			inner(n, n.Body)
		case *ast.SwitchStmt, *ast.LabeledStmt, *ast.IncDecStmt, *ast.BranchStmt, *ast.ExprStmt, *ast.DeclStmt, *ast.CaseClause:
			add(n, "")
			if l, ok := n.(*ast.LabeledStmt); ok {
				add(n, whole(l.Stmt))
			}
		case *ast.ReturnStmt:
			add(n, "")
		case *ast.AssignStmt:
			add(n, "")
		case *ast.BlockStmt:
			add(n, "{}")
		case ast.Expr:
			cutExpr(n, add, whole)
		}
		return true
	})
	list = slices.DeleteFunc(list, func(c cut) bool { return c.start < 0 }) // the package clause
	slices.SortStableFunc(list, func(a, b cut) int { return a.start - b.start })
	return list
}

// cutExpr lists what may stand in the place of an expression.
func cutExpr(e ast.Expr, add func(ast.Node, string), whole func(ast.Node) string) {
	switch e := e.(type) {
	case *ast.Ident, *ast.BasicLit:
		add(e, "1")
		add(e, "0")
		return
	case *ast.BinaryExpr:
		add(e, whole(e.X))
		add(e, whole(e.Y))
	case *ast.ParenExpr:
		add(e, whole(e.X))
	case *ast.UnaryExpr:
		add(e, whole(e.X))
	case *ast.CallExpr:
		for _, a := range e.Args {
			add(e, whole(a))
		}
	case *ast.CompositeLit:
		if len(e.Elts) > 0 {
			add(e, whole(e.Type)+"{}")
		}
	case *ast.IndexExpr:
		add(e.Index, "0")
	case *ast.KeyValueExpr:
		return
	}
	add(e, "1")
	add(e, "true")
	add(e, "a")
}

// correct reports whether the text is a program that Go's checker takes.
func correct(text string) bool {
	fset := token.NewFileSet()
	const library = "package p\nvar strings struct { HasPrefix, HasSuffix, Contains func(s, t string) bool; Index func(s, t string) int }\n"
	file, err := parser.ParseFile(fset, "", library+text, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	_, err = new(types.Config).Check("p", fset, []*ast.File{file}, nil)
	return err == nil
}

// ReduceLines leaves lines out of a text, and runs of lines, as long as fails holds for it.
func ReduceLines(text string, fails func(string) bool) string {
	lines := strings.SplitAfter(text, "\n")
	for n := len(lines) / 2; n > 0; {
		cut := false
		for i := 0; i+n <= len(lines); {
			rest := slices.Concat(lines[:i], lines[i+n:])
			if fails(strings.Join(rest, "")) {
				lines, cut = rest, true
			} else {
				i++
			}
		}
		if !cut {
			n--
			if n > 8 {
				n /= 2
			}
		}
	}
	return strings.Join(lines, "")
}
