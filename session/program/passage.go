package program

import (
	"go/ast"
	"slices"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// Passage is some lines of a cell.
type Passage struct {
	Cell  string
	First int      // the number of the first line, from 1
	Lines []string // raw, without newlines
}

// Passages are where a probe stands that the user's text calls group, and all functions of the cells, in the order of the cells.
func (p Program) Passages(group string) (own, functions []Passage) {
	for _, c := range p.cells {
		for _, probe := range c.probes {
			if probe.Name == group {
				own = append(own, c.passage(probe.Span))
			}
		}
		if c.file.AST == nil {
			continue
		}
		for _, d := range c.file.AST.Decls {
			if _, ok := d.(*ast.FuncDecl); ok && !slices.ContainsFunc(c.file.Probes, func(pr *syntax.Probe) bool { return pr.Decl == d }) {
				functions = append(functions, c.passage(c.file.Span(d.Pos(), d.End())))
			}
		}
	}
	return own, functions
}

// passage is a part of the cell; of the first and the last line the part only.
func (c *cell) passage(span source.Span) Passage {
	number, column := source.Position(c.Text, span.Start)
	// What stands before the part on its first line keeps its room when it is only blanks.
	start := span.Start - column + 1
	if strings.TrimSpace(c.Text[start:span.Start]) != "" {
		start = span.Start
	}
	lines := strings.Split(c.Text[start:span.End], "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return Passage{Cell: c.Name, First: number, Lines: lines}
}
