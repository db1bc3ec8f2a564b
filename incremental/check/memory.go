package check

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// readCall checks helpers.ProbeReadKernel(&v, p): v is a variable of the program's.
func (c *checker) readCall(call *ast.CallExpr) {
	if len(call.Args) != 2 {
		return // Go's checker has said so
	}
	to := call.Args[0]
	p, ok := typeUnder(c.typeOf(to)).(*types.Pointer)
	switch {
	case c.typeOf(to) == nil:
	case !ok || c.universe.IsKernelPointer(p):
		c.report(source.Type, to, fmt.Sprintf("what is read goes to a variable, %s is %s", c.text(to), c.describe(to)), "write &v")
	case !fixedSize(p.Elem()):
		c.report(source.Type, to, "memory cannot be read into a "+typeString(p.Elem()), "use integers, and arrays and structs of them; str(p) reads a string")
	}
}

// fixedSize reports whether any bytes are a value of the type.
func fixedSize(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsInteger != 0
	case *types.Array:
		return fixedSize(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !fixedSize(f.Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// addressCall checks bpf.Address(p).
func (c *checker) addressCall(call *ast.CallExpr) {
	if len(call.Args) != 1 {
		return
	}
	if t := c.typeOf(call.Args[0]); t != nil && !c.universe.IsAddress(t) && !c.universe.IsKernelPointer(t) {
		c.report(source.Type, call.Args[0], fmt.Sprintf("an address is wanted of a pointer to kernel memory, %s is %s", c.text(call.Args[0]), c.describe(call.Args[0])), "")
	}
}

// viewCall checks bpf.View[T](p) and bpf.ContainerOf[T](p, "field").
func (c *checker) viewCall(call *ast.CallExpr, in universe.Intrinsic) {
	p, ok := typeUnder(c.typeOf(call)).(*types.Pointer)
	if !ok || len(call.Args) == 0 {
		return
	}
	k := c.universe.KernelType(p.Elem())
	if k == nil {
		c.report(source.Type, call.Fun, "a view is of a struct of the kernel's, not of "+typeString(p.Elem()), "read it: helpers.ProbeReadKernel(&v, p)")
		return
	}
	if from := c.typeOf(call.Args[0]); from != nil && !c.universe.IsAddress(from) && !c.universe.IsKernelPointer(from) {
		c.report(source.Type, call.Args[0], fmt.Sprintf("a view wants an address, %s is %s", c.text(call.Args[0]), c.describe(call.Args[0])), "write bpf.KernelPtr(n)")
	}
	if in != universe.ContainerOf || len(call.Args) != 2 {
		return
	}
	name := orUnknown(c.info.Types[call.Args[1]].Value)
	if name.Kind() != constant.String {
		c.report(source.Type, call.Args[1], "the name of the field is not a constant", `write bpf.ContainerOf[T](p, "field")`)
		return
	}
	var names []string
	for _, f := range k.Fields {
		if f.Name == constant.StringVal(name) && f.Bits == 0 {
			return
		}
		names = append(names, f.Name)
	}
	c.report(source.UndefinedField, call.Args[1], fmt.Sprintf("%s has no field %s", typeString(p.Elem()), constant.StringVal(name)),
		didYouMean(source.Near(constant.StringVal(name), names)))
}
