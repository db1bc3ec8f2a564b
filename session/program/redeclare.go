package program

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// A function, type, constant or variable that is entered again takes the place of the one before, as a probe does: what the old one
// stood in loses it, and what uses it is compiled with the new one. Methods go with their type.

// declares lists the package-level names that a file declares, probes left out.
func declares(f *syntax.File) []string {
	var names []string
	eachDeclaration(f, func(n ast.Node, declared []string) {
		if fn, ok := n.(*ast.FuncDecl); !ok || fn.Recv == nil {
			names = append(names, declared...)
		}
	})
	return names
}

// TypeText is the declaration of a type that a cell declares, and of its methods, as they were written; empty if there is none.
func (p Program) TypeText(name string) string {
	var text string
	for _, c := range p.cells {
		text, _ = adopt(text, parse(c.Cell), []string{name}, nil)
	}
	if strings.TrimSpace(text) == "" || !strings.Contains(text, "type ") {
		return ""
	}
	return strings.TrimPrefix(text, "\n")
}

// Declared are the names that the cells declare, probes not among them, in order of entry.
func (p Program) Declared() []string {
	var names []string
	for _, c := range p.cells {
		names = append(names, declares(c.file)...)
	}
	return names
}

// Declaration is the text of the cell that declares a name; ok is false if none does.
func (p Program) Declaration(name string) (text string, ok bool) {
	for _, c := range p.cells {
		if slices.Contains(declares(c.file), name) {
			return strings.TrimSpace(c.Text), true
		}
	}
	return "", false
}

// redeclared lists the spans of a cell's declarations of which all names are among names, with the comments that are theirs: an attribute
// that stays would be of what follows.
func redeclared(f *syntax.File, names []string) []source.Span {
	var spans []source.Span
	eachDeclaration(f, func(n ast.Node, declared []string) {
		for _, name := range declared {
			if !slices.Contains(names, name) {
				return
			}
		}
		spans = append(spans, commented(f.Cell.Text, f.Span(n.Pos(), n.End())))
	})
	return spans
}

// commented is a span with the comment behind it and the comment lines right above it.
func commented(text string, span source.Span) source.Span {
	if rest, _, _ := strings.Cut(text[span.End:], "\n"); strings.HasPrefix(strings.TrimLeft(rest, " \t;"), "//") {
		span.End += len(rest)
	}
	for {
		line := strings.LastIndexByte(text[:span.Start], '\n') + 1
		if line == 0 || strings.TrimSpace(text[line:span.Start]) != "" {
			return span
		}
		above := strings.LastIndexByte(text[:line-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimLeft(text[above:line], " \t"), "//") {
			return span
		}
		span.Start = above
	}
}

// eachDeclaration calls visit for each declaration of a file with its names; a method counts under the name of its type.
func eachDeclaration(f *syntax.File, visit func(n ast.Node, names []string)) {
	if f == nil || f.AST == nil {
		return
	}
	for _, d := range f.AST.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if slices.ContainsFunc(f.Probes, func(p *syntax.Probe) bool { return p.Decl == d }) {
				continue
			}
			if d.Recv == nil {
				visit(d, []string{d.Name.Name})
			} else if t := syntax.Receiver(d.Recv); t != nil {
				visit(d, []string{t.Name})
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			for _, spec := range d.Specs {
				n := ast.Node(spec)
				if len(d.Specs) == 1 {
					n = d
				}
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					visit(n, []string{spec.Name.Name})
				case *ast.ValueSpec:
					var names []string
					for _, id := range spec.Names {
						names = append(names, id.Name)
					}
					visit(n, names)
				}
			}
		}
	}
}
