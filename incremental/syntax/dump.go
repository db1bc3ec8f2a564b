package syntax

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"strconv"
	"strings"

	"go3s/incremental/source"
)

// Dump prints the file as a tree, one node a line with its place in the user's text: the stage "ast" of the compiler.
func (f *File) Dump() string {
	d := dumper{file: f}
	switch {
	case f.Command != "":
		d.line(0, "command "+f.Command, source.Span{})
	case f.Expr != nil:
		d.line(0, "expression", source.Span{})
		d.tree(f.Expr, 1)
	case len(f.Stmts) > 0:
		d.line(0, "statements", source.Span{})
		for _, stmt := range f.Stmts {
			d.tree(stmt, 1)
		}
	}
	if f.AST == nil {
		return d.b.String()
	}
	probes := map[*ast.FuncDecl]*Probe{}
	for _, p := range f.Probes {
		probes[p.Decl] = p
	}
	for _, decl := range f.AST.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && probes[fn] != nil {
			d.probe(probes[fn])
			continue
		}
		if f.users(int(decl.Pos()) - 1) { // else the import that we made
			d.tree(decl, 0)
		}
	}
	return d.b.String()
}

// dumper writes the lines of a tree.
type dumper struct {
	file *File
	b    strings.Builder
}

// line writes one line, with the place of span if there is one.
func (d *dumper) line(depth int, text string, span source.Span) {
	d.b.WriteString(strings.Repeat("  ", depth) + text)
	if span.IsValid() {
		line, col := source.Position(d.file.Cell.Text, span.Start)
		endLine, endCol := source.Position(d.file.Cell.Text, span.End)
		fmt.Fprintf(&d.b, "  %d:%d-", line, col)
		if endLine != line {
			fmt.Fprintf(&d.b, "%d:", endLine)
		}
		fmt.Fprint(&d.b, endCol)
	}
	d.b.WriteByte('\n')
}

// probe writes a probe: its hooks, attributes and predicates, then its body.
func (d *dumper) probe(p *Probe) {
	d.line(0, "probe "+p.Name, p.Span)
	for _, h := range p.Hooks {
		d.line(1, fmt.Sprintf("hook %q %q", h.Kind, h.Target), h.Span)
	}
	for _, a := range p.Attrs {
		d.line(1, "attribute "+a.String(), a.Span)
	}
	for _, pred := range p.Preds {
		d.line(1, "predicate", source.Span{})
		d.tree(pred, 2)
	}
	d.line(1, "body", source.Span{})
	for _, stmt := range p.Decl.Body.List[len(p.Preds):] {
		d.tree(stmt, 2)
	}
}

// tree writes a node and all below it, comments left out.
func (d *dumper) tree(node ast.Node, depth int) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n.(type) {
		case nil:
			depth--
			return false
		case *ast.CommentGroup:
			return false
		}
		span := d.file.Span(n.Pos(), n.End())
		if list, ok := n.(*ast.FieldList); ok && !list.Pos().IsValid() {
			span = source.Span{}
		}
		d.line(depth, label(n), span)
		for _, a := range d.file.Attrs[n] {
			d.line(depth+1, "attribute "+a.String(), a.Span)
		}
		depth++
		return true
	})
}

// label names a node: its type, and the word or operator that it stands for.
func label(n ast.Node) string {
	name := strings.TrimPrefix(reflect.TypeOf(n).String(), "*ast.")
	var word string
	switch n := n.(type) {
	case *ast.Ident:
		word = n.Name
	case *ast.BasicLit:
		word = n.Value
		if strings.Contains(word, "\n") {
			word = strconv.Quote(word)
		}
	case *ast.BinaryExpr:
		word = n.Op.String()
	case *ast.UnaryExpr:
		word = n.Op.String()
	case *ast.AssignStmt:
		word = n.Tok.String()
	case *ast.IncDecStmt:
		word = n.Tok.String()
	case *ast.BranchStmt:
		word = n.Tok.String()
	case *ast.GenDecl:
		word = n.Tok.String()
	case *ast.RangeStmt:
		if n.Tok != token.ILLEGAL {
			word = n.Tok.String()
		}
	}
	return strings.TrimRight(name+" "+word, " ")
}
