package check

import (
	"go/ast"
	"go/types"

	"go3s/incremental/abi"
)

// A package variable that is no map lies in a map of its own with one value, which programs read and write in place. It keeps its
// value from event to event and across edits.

// globalType refuses package variables of types without a fixed layout.
func (c *checker) globalType(spec *ast.ValueSpec, t types.Type) {
	if why := unfit(t); why != "" {
		c.refuse(spec, "a package variable of type "+typeString(t)+": "+why, "use integers, bools, strings, and arrays and structs of them")
	}
}

// initialValue refuses initial values of package variables that have to be computed: nothing runs before the first event.
func (c *checker) initialValue(v ast.Expr) {
	t := typeUnder(c.info.Types[v].Type)
	if _, isMap := t.(*types.Map); isMap {
		if !c.isEmptyMap(v) {
			c.refuse(v, "a map cannot be given values where it is declared", "maps start empty; fill it in a probe")
		}
		return
	}
	if t == nil || t == types.Typ[types.Invalid] {
		return
	}
	if c.universe.Aggregate(c.info.Types[v].Type) != abi.NoAggregate || !c.isConstant(v) {
		c.refuse(v, "a package variable starts with a constant value", "set it in a probe")
		return
	}
	ast.Inspect(v, c.subsetNode)
}

// isConstant reports whether e is a constant, or a literal of constants.
func (c *checker) isConstant(e ast.Expr) bool {
	if c.info.Types[e].Value != nil {
		return true
	}
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return false
	}
	switch typeUnder(c.info.Types[lit].Type).(type) {
	case *types.Array, *types.Struct:
	default:
		return false
	}
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		if !c.isConstant(elt) {
			return false
		}
	}
	return true
}

// initialValues finds the initial value of each package variable that has one.
func (c *checker) initialValues() map[string]ast.Expr {
	values := make(map[string]ast.Expr)
	for _, d := range c.tree.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok || len(spec.Values) != len(spec.Names) {
				continue
			}
			for i, id := range spec.Names {
				if c.names.is(id.Name, variable) {
					values[id.Name] = spec.Values[i]
				}
			}
		}
	}
	return values
}
