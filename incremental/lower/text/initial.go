package text

import (
	"go/ast"
	"go/constant"
	"go/types"
)

// initials takes the strings into account that the variables of the cell start with.
func (c *Capacities) initials() {
	for _, m := range c.cell.Unit.Maps {
		if m.Init == nil {
			continue
		}
		if v := c.cell.Unit.Info.Types[m.Init].Value; v != nil && v.Kind() == constant.String {
			raise(c, &c.globals, types.Object(m.Var), len(constant.StringVal(v)))
		}
		c.literal(m.Var.Type(), m.Init)
	}
}

// literal takes the strings in a literal into account.
func (c *Capacities) literal(typ types.Type, e ast.Expr) {
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		kv, keyed := elt.(*ast.KeyValueExpr)
		if keyed {
			elt = kv.Value
		}
		n := 0
		if v := c.cell.Unit.Info.Types[elt].Value; v != nil && v.Kind() == constant.String {
			n = len(constant.StringVal(v))
		}
		switch u := typ.Underlying().(type) {
		case *types.Struct:
			if keyed {
				for i = 0; u.Field(i).Name() != kv.Key.(*ast.Ident).Name; {
					i++
				}
			}
			if n > 0 {
				k := c.key(typ, i)
				raise(c, &c.fields, k, n)
			}
			c.literal(u.Field(i).Type(), elt)
		case *types.Array:
			c.array = max(c.array, n)
			c.literal(u.Elem(), elt)
		}
	}
}
