package check

import (
	"go/ast"
	"go/token"
	"go/types"

	"go3s/incremental/universe"
)

// kernelNames prepares the kernel's types for what the cell mentions: names lead from task and the hooks' contexts to the types of their
// fields, and no type is made that no name leads to.
func (c *checker) kernelNames() {
	mentioned := make(map[string]bool)
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			mentioned[id.Name] = true
		}
		return true
	})
	c.mentioned = mentioned
	if mentioned["task"] && c.names.free["task"] || mentioned["Task"] {
		c.universe.DeclareTask()
	}
}

// kernelName finds a name that nothing but the kernel declares.
func (c *checker) kernelName(name string) types.Object {
	if isUniverse(name) || name == universe.ArgsName || c.isInferred(name) {
		return nil
	}
	if _, pending := universe.Pending(name); pending {
		return nil
	}
	return c.universe.KernelName(name)
}

// kernelValues refuses structs of the kernel's as values: they are large, and lie there as C laid them out. Only what is selected of one is
// read.
func (c *checker) kernelValues() {
	for _, d := range c.file.AST.Decls {
		steps := make(map[ast.Expr]bool) // expressions that only lead to a part
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				steps[ast.Unparen(n.X)] = true
			case *ast.IndexExpr:
				steps[ast.Unparen(n.X)] = true
			case *ast.ParenExpr:
				if steps[n] {
					steps[ast.Unparen(n)] = true
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					steps[ast.Unparen(n.X)] = true
					c.kernelAddress(n)
				}
			case *ast.StarExpr:
				steps[ast.Unparen(n.X)] = true
			}
			if e, ok := n.(ast.Expr); ok && !steps[e] {
				c.kernelValue(e)
			}
			return true
		})
	}
}

func (c *checker) kernelValue(e ast.Expr) {
	tv := c.info.Types[e]
	if !tv.IsValue() || tv.Type == nil {
		return
	}
	t := tv.Type
	if arr, ok := t.Underlying().(*types.Array); ok {
		t = arr.Elem()
	}
	if c.universe.KernelType(t) != nil {
		c.refuse(e, "a "+typeString(tv.Type)+" of the kernel's as a value", "take its address: &"+c.text(e))
	}
}

// kernelAddress refuses the address of a bit-field.
func (c *checker) kernelAddress(n *ast.UnaryExpr) {
	sel, ok := ast.Unparen(n.X).(*ast.SelectorExpr)
	if !ok || c.info.Selections[sel] == nil {
		return
	}
	t := c.info.Selections[sel].Recv()
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	k := c.universe.KernelType(t)
	if k == nil {
		return
	}
	for _, f := range k.Fields {
		if f.Name == sel.Sel.Name && f.Bits > 0 {
			c.refuse(n, "a bit-field has no address", "read it: "+c.text(sel))
		}
	}
}
