package check

import (
	"cmp"
	"go/ast"
	"slices"

	"go3s/incremental/universe"
)

// maxString is the longest string that str can be asked for, in bytes.
const maxString = 4096

// calls checks the calls of predeclared functions beyond what their Go signatures say.
func (c *checker) calls() {
	for _, n := range c.names.calls {
		id := calledName(n)
		switch in := c.intrinsic(id); {
		case in == universe.Str:
			c.strCall(n)
		case in == universe.Printf:
			c.printfCall(n)
		case in == universe.ProbeReadKernel, in == universe.ProbeReadUser:
			c.readCall(n)
		case in == universe.View, in == universe.ContainerOf:
			c.viewCall(n, in)
		case in == universe.Address:
			c.addressCall(n)
		case in.Event():
			c.eventCall(n, in)
		}
		if c.predeclared(id) {
			c.asTheyAre(n)
		}
	}
	for _, id := range c.names.uncalled {
		if k := c.intrinsic(id); k == universe.Str || k == universe.Printf || k.Event() {
			c.refuse(id, id.Name+" can only be called", "write a function that calls it")
		}
	}
}

// calledName is the name of the function that is called, or nil.
func calledName(e *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(e.Fun)
	if ix, ok := fun.(*ast.IndexExpr); ok {
		fun = ast.Unparen(ix.X) // bpf.View[T](p)
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	}
	return nil
}

func (c *checker) intrinsic(id *ast.Ident) universe.Intrinsic {
	if id == nil || c.info.Uses[id] == nil {
		return universe.None
	}
	return c.universe.Intrinsic(c.info.Uses[id])
}

func sortMaps(maps []*Map) {
	slices.SortFunc(maps, func(a, b *Map) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Name, b.Name))
	})
}
