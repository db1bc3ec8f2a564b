package check

import (
	"go/ast"
	"go/types"
	"reflect"

	"go3s/incremental/syntax"
)

// nameFields names the fields in the literals of struct types that other cells declare, key{pid, comm}: Go demands it across
// packages, and to go/types each cell is one. If there are any, the checker goes on with a copy of the syntax tree.
func (c *checker) nameFields() {
	if !c.hasForeignLiteral() {
		return
	}
	c.file = cloneFile(c.file)
	c.names = scanNames(c.file)
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if st := c.foreignStruct(lit); st != nil {
			for i, e := range lit.Elts {
				key := &ast.Ident{NamePos: e.Pos(), Name: st.Field(i).Name()}
				lit.Elts[i] = &ast.KeyValueExpr{Key: key, Colon: e.Pos(), Value: e}
			}
		}
		return true
	})
}

func (c *checker) hasForeignLiteral() bool {
	if len(c.in.Names) == 0 {
		return false
	}
	found := false
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok && c.foreignStruct(lit) != nil {
			found = true
		}
		return !found
	})
	return found
}

// foreignStruct is the type of a literal without field names whose type is a struct of another cell, or nil.
func (c *checker) foreignStruct(lit *ast.CompositeLit) *types.Struct {
	id, ok := lit.Type.(*ast.Ident)
	if !ok || !c.isFree(id) || len(lit.Elts) == 0 {
		return nil
	}
	tn, ok := c.in.Names[id.Name].(*types.TypeName)
	if !ok {
		return nil
	}
	st, ok := tn.Type().Underlying().(*types.Struct)
	if !ok || st.NumFields() != len(lit.Elts) {
		return nil
	}
	for _, e := range lit.Elts {
		if _, ok := e.(*ast.KeyValueExpr); ok {
			return nil
		}
	}
	return st
}

// cloneFile copies a file with its whole syntax tree.
func cloneFile(f *syntax.File) *syntax.File {
	cl := cloner{}
	out := *f
	out.AST = clone(cl, f.AST)
	out.Probes = make([]*syntax.Probe, len(f.Probes))
	for i, p := range f.Probes {
		q := *p
		q.Decl = clone(cl, p.Decl)
		q.Preds = make([]ast.Expr, len(p.Preds))
		for j, pred := range p.Preds {
			q.Preds[j] = clone(cl, pred)
		}
		out.Probes[i] = &q
	}
	out.Attrs = make(map[ast.Node][]syntax.Attr, len(f.Attrs))
	for n, attrs := range f.Attrs {
		out.Attrs[clone(cl, n)] = attrs
	}
	return &out
}

// cloner copies syntax trees; a node that is reached twice is copied once.
type cloner map[ast.Node]reflect.Value

func clone[N ast.Node](cl cloner, n N) N {
	return cl.value(reflect.ValueOf(n)).Interface().(N)
}

func (cl cloner) value(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		n, ok := v.Interface().(ast.Node)
		if !ok || v.IsNil() {
			return v // nil, or an object of go/parser's own name resolution
		}
		if done, ok := cl[n]; ok {
			return done
		}
		out := reflect.New(v.Type().Elem())
		cl[n] = out
		for i := range v.Elem().NumField() {
			out.Elem().Field(i).Set(cl.value(v.Elem().Field(i)))
		}
		return out
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return cl.value(v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(cl.value(v.Index(i)))
		}
		return out
	}
	return v
}
