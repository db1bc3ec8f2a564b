package check

import (
	"go/ast"
	"go/types"

	"go3s/incremental/syntax"
)

// receivers refuses methods of types that the cell does not declare: a type has its methods from where it is declared, which other cells
// may have compiled already.
func (c *checker) receivers() {
	for _, d := range c.file.AST.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || fd.Recv == nil {
			continue
		}
		id := syntax.Receiver(fd.Recv)
		if id == nil || c.names.is(id.Name, declared) {
			continue
		}
		obj := c.lookup(id.Name)
		if obj == nil {
			obj = c.kernelName(id.Name)
		}
		if _, ok := obj.(*types.TypeName); !ok {
			continue
		}
		c.refuse(id, "a method of "+id.Name+", which is not declared here", "declare the method with its type, or write a function")
		if c.homeless == nil {
			c.homeless = make(map[*ast.FuncDecl]bool)
		}
		c.homeless[fd] = true
	}
}

// function is a method of a type that is declared elsewhere as a function whose first parameter is the receiver, so that Go's checker,
// which does not expect such methods, sees its body. It has a name that no user can write.
func function(method *ast.FuncDecl) *ast.FuncDecl {
	fn, typ, params := *method, *method.Type, *method.Type.Params
	params.List = nil
	for _, field := range append(append([]*ast.Field(nil), method.Recv.List...), method.Type.Params.List...) {
		named := *field
		if len(named.Names) == 0 {
			named.Names = []*ast.Ident{{NamePos: field.Pos(), Name: "_"}}
		}
		params.List = append(params.List, &named)
	}
	typ.Params = &params
	fn.Recv, fn.Type = nil, &typ
	fn.Name = &ast.Ident{NamePos: method.Name.NamePos, Name: "method:" + method.Name.Name}
	return &fn
}
