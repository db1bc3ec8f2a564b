package program

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
		entered := parse(cells[i])
		types := homeless(entered)
		if len(types) == 0 {
			continue
		}
		for k := range cells {
			if k == i {
				continue
			}
			f := parse(cells[k])
			cells[i].Text, _ = adopt(cells[i].Text, f, types, nil)
			for _, span := range redeclared(f, types) {
				cells[k].Text = blank(cells[k].Text, span)
			}
		}
	}
	return slices.DeleteFunc(cells, func(c source.Cell) bool { return strings.TrimSpace(c.Text) == "" })
}

// adopted is a piece of a text that came from elsewhere.
type adopted struct {
	start, end int         // where it is
	from       source.Span // where it was
}

// adopting is a text that is entered with the types of other cells that it has methods for, and which parts of it these are. A method that
// it has takes the place of the type's.
func (p Program) adopting(entered source.Cell) (source.Cell, []adopted) {
	file := parse(entered)
	types := homeless(file)
	if len(types) == 0 {
		return entered, nil
	}
	var all []adopted
	for _, c := range p.cells {
		text, pieces := adopt(entered.Text, parse(c.Cell), types, methods(file))
		entered.Text = text
		all = append(all, pieces...)
	}
	return entered, all
}

// atHome gives the diagnostics of a cell that has adopted pieces of others their places in these.
func atHome(diags []source.Diagnostic, cell string, pieces []adopted) []source.Diagnostic {
	if len(pieces) == 0 {
		return diags
	}
	move := func(span source.Span) source.Span {
		for _, a := range pieces {
			if span.Cell == cell && a.start <= span.Start && span.End <= a.end {
				by := a.from.Start - a.start
				return source.Span{Cell: a.from.Cell, Start: span.Start + by, End: span.End + by}
			}
		}
		return span
	}
	diags = slices.Clone(diags)
	for i := range diags {
		diags[i].Span = move(diags[i].Span)
		diags[i].Also = slices.Clone(diags[i].Also)
		for k := range diags[i].Also {
			diags[i].Also[k].Span = move(diags[i].Also[k].Span)
		}
	}
	return diags
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

// adopt adds to a text what a file declares of types and their methods, those left out that are replaced.
func adopt(text string, f *syntax.File, types, replaced []string) (string, []adopted) {
	var pieces []adopted
	eachDeclaration(f, func(n ast.Node, names []string) {
		if !slices.Contains(types, names[0]) {
			return
		}
		prefix := "\n"
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil || slices.Contains(replaced, names[0]+"."+n.Name.Name) {
				return
			}
		case *ast.TypeSpec: // one of several in parentheses
			prefix += "type "
		}
		text += prefix
		span := f.Span(n.Pos(), n.End())
		start := len(text)
		text += f.Cell.Text[span.Start:span.End]
		pieces = append(pieces, adopted{start, len(text), span})
	})
	return text, pieces
}
