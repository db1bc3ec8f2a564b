package check

import (
	"go/ast"
	"go/token"
	"go/types"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// kernelNames prepares the kernel's types for what the cell mentions: names lead from task and the hooks' contexts to the types of their
// fields, and no type is made that no name leads to.
func (c *checker) kernelNames() {
	if c.names.is("task", free) || c.names.is("Task", selected) {
		c.universe.DeclareTask()
	}
	for _, name := range universe.Packets() {
		if c.names.is(name, free|selected) {
			c.universe.DeclarePacket(name)
		}
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
	if !c.met.kernel {
		return
	}
	for _, d := range c.file.AST.Decls {
		steps := make(map[ast.Expr]bool) // expressions that only lead to a part
		ast.Inspect(d, func(n ast.Node) bool {
			c.kernelWrites(n)
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
		hint := "take its address: &" + c.text(e)
		if star, ok := ast.Unparen(e).(*ast.StarExpr); ok {
			hint = "use the pointer: " + c.text(star.X)
		}
		c.refuse(e, "a "+typeString(tv.Type)+" of the kernel's as a value", hint)
	}
}

// kernelAddress refuses the addresses of the kernel's integers and text: a pointer's type must tell that it points to kernel memory.
func (c *checker) kernelAddress(n *ast.UnaryExpr) {
	x := ast.Unparen(n.X)
	t := c.typeOf(n)
	if t == nil || !c.inKernel(x) || c.universe.IsKernelPointer(t) {
		return
	}
	what := "the address of a field of the kernel's that is no struct"
	if sel, ok := x.(*ast.SelectorExpr); ok && c.isBitField(sel) {
		what = "a bit-field has no address"
	}
	c.refuse(n, what, "read it: "+c.text(x))
}

// isBitField reports whether a selector names a bit-field of the kernel's.
func (c *checker) isBitField(sel *ast.SelectorExpr) bool {
	for _, f := range c.fieldsOf(sel) {
		if f.Name == sel.Sel.Name {
			return f.Bits > 0
		}
	}
	return false
}

// fieldsOf are the fields of the kernel's struct that a selector selects from, nil if it is none.
func (c *checker) fieldsOf(sel *ast.SelectorExpr) []universe.KernelField {
	s := c.info.Selections[sel]
	if s == nil {
		return nil
	}
	t := s.Recv()
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if k := c.universe.KernelType(t); k != nil {
		return k.Fields
	}
	return nil
}

// inKernel reports whether an expression is a place in the kernel's memory.
func (c *checker) inKernel(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		return c.fieldsOf(e) != nil
	case *ast.IndexExpr:
		return c.inKernel(e.X)
	case *ast.StarExpr:
		t := c.typeOf(e.X)
		return t != nil && c.universe.IsKernelPointer(t)
	}
	return false
}

// kernelWrites refuses assignments to the kernel's memory.
func (c *checker) kernelWrites(n ast.Node) {
	var places []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		places = n.Lhs
	case *ast.IncDecStmt:
		places = []ast.Expr{n.X}
	}
	for _, e := range places {
		if c.inKernel(e) {
			c.report(source.Type, e, "cannot assign to the kernel's memory: it is read-only", "copy what you need to a variable")
		}
	}
}
