package session

import (
	"go/ast"
	"slices"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// A type has its methods from where it is declared. Where a text has methods for a type of another text, the type moves, with the methods
// it has, behind that text, in which every position holds.

// Together is texts that are entered together, with each type in a text that has methods for it.
func Together(cells []source.Cell) []source.Cell {
	cells = slices.Clone(cells)
	for i := range cells {
		entered, _ := syntax.Parse(cells[i])
		types := homeless(entered)
		if len(types) == 0 {
			continue
		}
		for k := range cells {
			if k == i {
				continue
			}
			f, _ := syntax.Parse(cells[k])
			cells[i].Text += adopted(f, types, nil)
			for _, span := range redeclared(f, types) {
				cells[k].Text = blank(cells[k].Text, span)
			}
		}
	}
	return slices.DeleteFunc(cells, func(c source.Cell) bool { return strings.TrimSpace(c.Text) == "" })
}

// adopting is a text that is entered with the types of other cells that it has methods for. A method that it has takes the place of the
// type's.
func (p program) adopting(entered source.Cell) source.Cell {
	file := p.snapshot.parse(entered)
	types := homeless(file)
	if len(types) == 0 {
		return entered
	}
	for _, c := range p.cells {
		entered.Text += adopted(p.snapshot.parse(c.Cell), types, methods(file))
	}
	return entered
}

// homeless are the types that a text has methods for and does not declare.
func homeless(f *syntax.File) []string {
	own := declares(f)
	var types []string
	for _, m := range methods(f) {
		if of, _, _ := strings.Cut(m, "."); !slices.Contains(own, of) && !slices.Contains(types, of) {
			types = append(types, of)
		}
	}
	return types
}

// methods are the methods that a text declares, as type.method.
func methods(f *syntax.File) []string {
	var names []string
	eachDeclaration(f, func(n ast.Node, declared []string) {
		if d, ok := n.(*ast.FuncDecl); ok && d.Recv != nil {
			names = append(names, declared[0]+"."+d.Name.Name)
		}
	})
	return names
}

// adopted is what a text declares of types and their methods, those left out that are replaced.
func adopted(f *syntax.File, types, replaced []string) string {
	var b strings.Builder
	eachDeclaration(f, func(n ast.Node, names []string) {
		if !slices.Contains(types, names[0]) {
			return
		}
		prefix := ""
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil || slices.Contains(replaced, names[0]+"."+n.Name.Name) {
				return
			}
		case *ast.TypeSpec: // one of several in parentheses
			prefix = "type "
		}
		span := f.Span(n.Pos(), n.End())
		b.WriteString("\n" + prefix + f.Cell.Text[span.Start:span.End])
	})
	return b.String()
}
