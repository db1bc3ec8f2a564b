package check

import (
	"go/ast"
	"go/token"
	"go/types"

	"go3s/incremental/universe"
)

// quickType is the type of an expression that can be told without Go's checker, as it will find it, or nil: literals, plain names,
// fields of the context, elements of known maps, conversions, arithmetic on these, and variables that are defined by them.
func (c *checker) quickType(e ast.Expr) types.Type {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.quickType(e.X)
	case *ast.BasicLit:
		switch e.Kind {
		case token.INT:
			return types.Typ[types.UntypedInt]
		case token.STRING:
			return types.Typ[types.UntypedString]
		}
	case *ast.Ident:
		return c.quickName(e)
	case *ast.SelectorExpr:
		return c.quickField(e)
	case *ast.CallExpr:
		return c.quickCall(e)
	case *ast.IndexExpr:
		if id, ok := e.X.(*ast.Ident); ok && c.isFree(id) {
			if m, ok := typeUnder(c.mapType(id.Name)).(*types.Map); ok {
				return m.Elem()
			}
			for _, m := range c.maps {
				if m.name == id.Name && m.keyed {
					return m.value
				}
			}
		}
	case *ast.CompositeLit:
		return c.quickTypeName(e.Type)
	case *ast.BinaryExpr:
		return c.quickBinary(e)
	}
	return nil
}

// isFree reports whether neither the function nor the cell declares the name.
func (c *checker) isFree(id *ast.Ident) bool {
	_, local := c.names.local[id]
	return !local && !c.names.is(id.Name, declared)
}

// mapType is the type of a map of another cell, or nil.
func (c *checker) mapType(name string) types.Type {
	if m := c.in.Maps[name]; m != nil {
		return m.Var.Type()
	}
	return nil
}

func (c *checker) quickName(id *ast.Ident) types.Type {
	if i, local := c.names.local[id]; local {
		return c.quickLocal(i)
	}
	if c.names.is(id.Name, declared) {
		return nil
	}
	if v, ok := c.lookup(id.Name).(*types.Var); ok {
		return v.Type()
	}
	return nil
}

// quickLocal is the type of a variable of a function.
func (c *checker) quickLocal(i int) types.Type {
	if c.locals == nil {
		c.locals = make([]types.Type, len(c.names.bindings))
	}
	b := &c.names.bindings[i]
	switch t := c.locals[i]; {
	case t != nil:
		return t
	case b.typ != nil:
		c.locals[i] = c.quickTypeName(b.typ)
	case b.def != nil:
		t = c.quickType(b.def)
		if basic, ok := typeUnder(t).(*types.Basic); t == nil || b.ranges && (!ok || basic.Info()&types.IsInteger == 0) {
			return nil
		}
		c.locals[i] = types.Default(t)
	}
	return c.locals[i]
}

// quickTypeName is the type that an expression names, if it is Go's, another cell's, or the cell's once its declarations have been read.
func (c *checker) quickTypeName(e ast.Expr) types.Type {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	if _, local := c.names.local[id]; local {
		return nil
	}
	var obj types.Object
	switch {
	case !c.names.is(id.Name, declared):
		if obj = c.lookup(id.Name); obj == nil {
			obj = types.Universe.Lookup(id.Name)
		}
	case c.pkg != nil:
		obj = c.pkg.Scope().Lookup(id.Name)
	}
	if tn, ok := obj.(*types.TypeName); ok {
		return tn.Type()
	}
	return nil
}

// quickField is the type of ctx.f.
func (c *checker) quickField(e *ast.SelectorExpr) types.Type {
	id, ok := e.X.(*ast.Ident)
	if !ok {
		return nil
	}
	var fn *ast.FuncDecl
	if i, local := c.names.local[id]; local {
		fn = c.names.bindings[i].fn
	}
	for _, p := range c.probes {
		if p.context == nil || p.syntax.Decl != fn && !(id.Name == universe.ArgsName && c.isFree(id) && c.names.probes[p.syntax.Decl].args && len(c.probes) == 1) {
			continue
		}
		for f := range p.context.Named.Underlying().(*types.Struct).Fields() {
			if f.Name() == e.Sel.Name {
				return f.Type()
			}
		}
	}
	return nil
}

// quickCall is the type of uint64(x) and str(p).
func (c *checker) quickCall(e *ast.CallExpr) types.Type {
	if t := c.quickTypeName(e.Fun); t != nil && len(e.Args) == 1 {
		return t
	}
	id, ok := e.Fun.(*ast.Ident)
	if !ok || !c.isFree(id) {
		return nil
	}
	if obj := c.lookup(id.Name); obj != nil && c.universe.Intrinsic(obj) == universe.Str {
		return types.Typ[types.String]
	}
	return nil
}

func (c *checker) quickBinary(e *ast.BinaryExpr) types.Type {
	x := c.quickType(e.X)
	switch e.Op {
	case token.SHL, token.SHR:
		if x == nil || isUntyped(x) {
			return nil
		}
		return x
	case token.ADD, token.SUB, token.MUL, token.QUO, token.REM, token.AND, token.OR, token.XOR, token.AND_NOT:
	default:
		return nil
	}
	if x == nil {
		return nil
	}
	y := c.quickType(e.Y)
	switch {
	case y == nil:
		return nil
	case isUntyped(x) && !isUntyped(y):
		return y
	case types.Identical(x, y), isUntyped(y) && !isUntyped(x):
		return x
	}
	return nil
}
