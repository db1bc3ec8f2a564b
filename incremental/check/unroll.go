package check

import (
	"go/ast"
	"strconv"

	"go3s/incremental/source"
)

// maxCopies is how many copies of a loop can be asked for.
const maxCopies = 1024

// aboveLoop says where the attribute go:unroll belongs.
const aboveLoop = "write it on the line right above a for statement"

// loopAttributes refuses attributes of loops that mean nothing there, and those that stand above no loop.
func (c *checker) loopAttributes() {
	for _, a := range c.file.Stray {
		c.diags = append(c.diags, source.Diagnostic{Code: source.Attribute, Span: a.Span, Msg: a.Name + " stands above no loop", Hint: aboveLoop})
	}
	for n, attrs := range c.file.Attrs {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
		default:
			continue
		}
		for i, a := range attrs {
			d := source.Diagnostic{Code: source.Attribute, Span: a.Span}
			switch {
			case a.Name != "go:unroll":
				d.Msg, d.Hint = "the attribute "+a.Name+" means nothing above a loop", "write //go:unroll 4"
			case i > 0:
				d.Msg, d.Hint = "a second attribute of this loop", "write one"
			case len(a.Args) == 0:
				continue
			default:
				copies, err := strconv.Atoi(a.Args[0].Value)
				if len(a.Args) == 1 && a.Args[0].Key == "" && err == nil && copies > 0 && copies <= maxCopies {
					continue
				}
				d.Msg = "the attribute go:unroll wants a number from 1 to " + strconv.Itoa(maxCopies)
				d.Hint = "write //go:unroll 4, or //go:unroll for all rounds of a loop over a constant"
			}
			c.diags = append(c.diags, d)
		}
	}
}
