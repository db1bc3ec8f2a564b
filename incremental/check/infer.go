package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// inferred is a map declared by use.
type inferred struct {
	name  string
	sites []*site // in source order
	keyed bool
	// key and value are nil until they are known.
	key, value types.Type
	// keySite and valueSite are the sites that decided them.
	keySite, valueSite *site
}

// known reports whether the types are known.
func (m *inferred) known() bool { return m.value != nil && (m.key != nil || !m.keyed) }

// findMaps finds the maps that the cell declares by use: names that nothing else declares, with at least one use that says what
// they hold.
func (c *checker) findMaps() {
	if c.in.once {
		return
	}
	bySymbol := make([]*inferred, len(c.names.symbols))
	for i := range c.names.sites {
		if s := &c.names.sites[i]; bySymbol[s.symbol] == nil && s.declares() && c.declaredByUse(s.name) {
			bySymbol[s.symbol] = &inferred{name: s.name, keyed: s.use&Keyed != 0}
		}
	}
	for i := range c.names.sites {
		s := &c.names.sites[i]
		m := bySymbol[s.symbol]
		if m == nil {
			continue
		}
		if len(m.sites) == 0 {
			c.maps = append(c.maps, m)
		}
		m.sites = append(m.sites, s)
	}
	for _, m := range c.maps {
		c.shapeConflicts(m)
	}
}

// declaredByUse reports whether nothing but a use of it can declare a map of that name.
func (c *checker) declaredByUse(name string) bool {
	if c.names.is(name, declared) || c.lookup(name) != nil || isUniverse(name) || name == universe.ArgsName {
		return false
	}
	_, pending := universe.Pending(name)
	return !pending
}

// shapeConflicts reports uses with a key of what is a counter without one, and the reverse.
func (c *checker) shapeConflicts(m *inferred) {
	var first *site
	for _, s := range m.sites {
		if !s.declares() {
			continue
		}
		if first == nil {
			first = s
			continue
		}
		if s.use&Keyed != first.use&Keyed {
			with, without := "with", "without"
			if first.use&Keyed != 0 {
				with, without = without, with
			}
			c.conflict(s.ident, m.name+" is used "+with+" a key here", first.ident, "and "+without+" one here")
			return
		}
	}
}

// conflict reports a use of a map that does not fit an earlier one.
func (c *checker) conflict(at ast.Node, msg string, first ast.Node, note string) {
	c.diags = append(c.diags, source.Diagnostic{
		Code: source.MapConflict, Span: c.span(at), Msg: msg, Also: []source.Note{{Span: c.span(first), Msg: note}},
	})
	c.refused = append(c.refused, c.span(at))
}

// inferMaps finds the types of the maps. Most keys are a name or a field, whose types need no checker, or a struct that the cell declares, for
// which it reads the declarations alone. For the others Go's checker runs over the tree until nothing new is found out, since the key of one
// map may be the value of another.
func (c *checker) inferMaps() {
	c.findWraps(c.quickType)
	unknown := c.inferQuickly()
	if unknown > 0 && c.declaresTypes() {
		c.pass(&types.Info{}, false)
		unknown = c.inferQuickly()
	}
	for unknown > 0 {
		c.pass(&types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}, true)
		before := unknown
		for _, force := range []bool{false, true} {
			for _, m := range c.maps {
				if unknown == before || !force {
					if !m.known() && c.infer(m, c.typeOf, force) {
						unknown--
					}
				}
			}
		}
		if unknown == before {
			return
		}
	}
	c.findWraps(c.quickType)
}

// inferQuickly finds the types that quickType tells, and says of how many maps it does not.
func (c *checker) inferQuickly() (unknown int) {
	for _, m := range c.maps {
		if !c.infer(m, c.quickType, false) {
			unknown++
		}
	}
	return unknown
}

// declaresTypes reports whether the cell declares types at package level.
func (c *checker) declaresTypes() bool {
	return slices.ContainsFunc(c.file.AST.Decls, func(d ast.Decl) bool {
		gen, ok := d.(*ast.GenDecl)
		return ok && gen.Tok == token.TYPE
	})
}

// infer finds the types of a map from the types of its keys and values, as far as typeOf knows them. With force it
// makes do with what is known.
func (c *checker) infer(m *inferred, typeOf func(ast.Expr) types.Type, force bool) bool {
	if m.known() {
		return true
	}
	if m.keyed && m.key == nil {
		m.key, m.keySite = pickKey(m, typeOf, force)
	}
	if s := m.aggregated(); s != nil {
		m.value, m.valueSite = c.universe.AggregateType(s.aggregate), s
	} else if m.value == nil {
		m.value, m.valueSite = pickValue(m, typeOf, force)
	}
	if m.known() {
		c.localTypes(m)
	}
	return m.known()
}

// localTypes refuses keys and values of a type that a function declares: the map outlives the function.
func (c *checker) localTypes(m *inferred) {
	if name := c.localType(m.key); name != "" {
		c.refuse(m.keySite.index, "the type "+name+" of the key is declared in the function", "declare it outside, beside the probe")
	}
	if name := c.localType(m.value); name != "" {
		c.refuse(m.valueSite.value, "the type "+name+" of the value is declared in the function", "declare it outside, beside the probe")
	}
}

// localType is the name of a type declared in a function that t is or has as a part, or "".
func (c *checker) localType(t types.Type) string {
	switch t := t.(type) {
	case *types.Named:
		if obj := t.Obj(); obj.Pkg() != nil && slices.Contains(c.passes, obj.Pkg()) && obj.Parent() != obj.Pkg().Scope() {
			return obj.Name()
		}
	case *types.Array:
		return c.localType(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if name := c.localType(f.Type()); name != "" {
				return name
			}
		}
	}
	return ""
}

// pickKey picks the first typed key, or the default type of the first constant.
func pickKey(m *inferred, typeOf func(ast.Expr) types.Type, force bool) (types.Type, *site) {
	var constant, unknown *site
	for _, s := range m.sites {
		if !s.declares() || s.index == nil {
			continue
		}
		switch t := typeOf(s.index); {
		case t == nil && !force:
			unknown = s
		case t == nil, isNil(t):
		case !isUntyped(t):
			return t, s
		case constant == nil:
			constant = s
		}
	}
	if constant == nil || unknown != nil {
		return nil, nil
	}
	return types.Default(typeOf(constant.index)), constant
}

// pickValue picks the type of the first typed value that is assigned. A map that is only added to holds uint64, or
// int64 if anything signed or a negative constant is added or anything is taken away.
func pickValue(m *inferred, typeOf func(ast.Expr) types.Type, force bool) (types.Type, *site) {
	var constant, added, signed *site
	for _, s := range m.sites {
		var t types.Type
		if s.value != nil {
			if t = typeOf(s.value); t == nil && !force {
				if s.use&(Adds|Assigns) != 0 {
					return nil, nil
				}
				continue
			}
		}
		switch {
		case isNil(t), s.use&Reads != 0:
		case s.use&Assigns != 0 && t != nil && !isUntyped(t):
			return t, s
		case s.use&Assigns != 0 && t != nil && constant == nil:
			constant = s
		case s.use&Adds != 0:
			b, _ := typeUnder(t).(*types.Basic)
			switch {
			case b != nil && b.Info()&types.IsInteger == 0 && added == nil && !m.counted():
				return types.Default(t), s
			case b != nil && b.Info()&types.IsInteger == 0:
				// Go's checker finds that it does not fit.
				continue
			case added == nil:
				added = s
			}
			switch {
			case s.minus, b != nil && b.Info()&(types.IsUnsigned|types.IsUntyped) == 0, isUntyped(t) && isNegative(s.value):
				if signed == nil {
					signed = s
				}
			}
		}
	}
	switch {
	case constant != nil:
		return types.Default(typeOf(constant.value)), constant
	case signed != nil:
		return types.Typ[types.Int64], signed
	case added != nil:
		return types.Typ[types.Uint64], added
	}
	return nil, nil
}

// counted reports whether there is m[k]++, so that the values are integers.
func (m *inferred) counted() bool {
	return slices.ContainsFunc(m.sites, func(s *site) bool { return s.use&Adds != 0 && s.value == nil })
}

func typeUnder(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

func isUntyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

// isNil reports whether t is the type of nil, which nothing can have that is kept.
func isNil(t types.Type) bool { return t == types.Typ[types.UntypedNil] }

// isNegative reports whether the constant is written with a minus sign.
func isNegative(e ast.Expr) bool {
	minus, ok := ast.Unparen(e).(*ast.UnaryExpr)
	return ok && minus.Op == token.SUB
}

// findWraps finds the integers that are added to a map declared by use and are narrower than what it holds, so that
// bytes += ctx.len needs no conversion by the user. Explicit maps keep Go's rule. It reports whether it found new ones.
func (c *checker) findWraps(typeOf func(ast.Expr) types.Type) bool {
	before := len(c.wraps)
	for i := range c.names.sites {
		s := &c.names.sites[i]
		if s.use&Adds == 0 || s.value == nil || c.wraps[s.stmt] != nil || len(s.stmt.Rhs) != 1 {
			continue
		}
		held, ok := typeUnder(c.addedTo(s.name)).(*types.Basic)
		if !ok {
			continue
		}
		t := typeOf(s.value)
		added, ok := typeUnder(t).(*types.Basic)
		if !ok || added.Info()&types.IsInteger == 0 || added.Info()&types.IsUntyped != 0 || types.Identical(t, c.addedTo(s.name)) {
			continue
		}
		if added.Info()&types.IsUnsigned != 0 || held.Kind() == types.Int64 {
			c.wraps[s.stmt] = held
		}
	}
	return len(c.wraps) > before
}

// addedTo is the type of what a map or counter declared by use holds if it is a 64-bit integer, else nil.
func (c *checker) addedTo(name string) types.Type {
	var t types.Type
	if m := c.in.Maps[name]; m != nil && !m.Explicit && !c.names.is(name, declared) {
		t = m.Var.Type()
		if mt, ok := t.(*types.Map); ok {
			t = mt.Elem()
		}
	}
	for _, m := range c.maps {
		if m.name == name {
			t = m.value
		}
	}
	if t == types.Typ[types.Uint64] || t == types.Typ[types.Int64] {
		return t
	}
	return nil
}

// mapDecls declares the maps whose types are known. Those of a type that the cell declares, which is another one in each pass, and
// those of which Go's checker has something to say, are declared as Go source.
func (c *checker) mapDecls() []ast.Decl {
	var decls []ast.Decl
	for _, m := range c.maps {
		if !m.known() || c.declareMap(m) {
			continue
		}
		typ := c.typeExpr(m.value)
		if m.keyed {
			typ = &ast.MapType{Map: c.tree.Package, Key: c.typeExpr(m.key), Value: typ}
		}
		name := &ast.Ident{NamePos: c.tree.Package, Name: m.name}
		decls = append(decls, &ast.GenDecl{
			TokPos: c.tree.Package, Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{name}, Type: typ}},
		})
	}
	return decls
}

// newVar is the variable that a map has in the unit.
func (c *checker) newVar(name string, typ types.Type) *types.Var {
	if c.mapsPkg == nil {
		c.mapsPkg = types.NewPackage(universe.MapsPath, "maps")
	}
	v := types.NewVar(token.NoPos, c.mapsPkg, name, typ)
	c.mapsPkg.Scope().Insert(v)
	return v
}

// declareMap declares a map whose type is the same in every pass. It reports false if it is none.
func (c *checker) declareMap(m *inferred) bool {
	typ := m.value
	if c.ofCell(typ) {
		return false
	}
	if m.keyed {
		if c.ofCell(m.key) || !types.Comparable(m.key) {
			return false
		}
		typ = types.NewMap(m.key, typ)
	}
	c.pkg.Scope().Insert(c.newVar(m.name, typ))
	return true
}

// typeExpr writes a type down. Only what the cell declares is spelled out.
func (c *checker) typeExpr(t types.Type) ast.Expr {
	if !c.ofCell(t) {
		return c.alias("type:"+strconv.Itoa(c.aliases(t)), t)
	}
	switch t := t.(type) {
	case *types.Named:
		return c.instantiated(&ast.Ident{NamePos: c.tree.Package, Name: t.Obj().Name()}, t.TypeArgs())
	case *types.Alias:
		return &ast.Ident{NamePos: c.tree.Package, Name: t.Obj().Name()}
	case *types.Array:
		n := &ast.BasicLit{ValuePos: c.tree.Package, Kind: token.INT, Value: strconv.FormatInt(t.Len(), 10)}
		return &ast.ArrayType{Lbrack: c.tree.Package, Len: n, Elt: c.typeExpr(t.Elem())}
	case *types.Struct:
		list := &ast.FieldList{Opening: c.tree.Package, Closing: c.tree.Package}
		for f := range t.Fields() {
			list.List = append(list.List, &ast.Field{
				Names: []*ast.Ident{{NamePos: c.tree.Package, Name: f.Name()}}, Type: c.typeExpr(f.Type()),
			})
		}
		return &ast.StructType{Struct: c.tree.Package, Fields: list}
	}
	return c.alias("type:"+strconv.Itoa(c.aliases(t)), t)
}

// instantiated is the generic type with its arguments; a type that has none as it is.
func (c *checker) instantiated(generic ast.Expr, args *types.TypeList) ast.Expr {
	if args.Len() == 0 {
		return generic
	}
	e := &ast.IndexListExpr{X: generic, Lbrack: c.tree.Package, Rbrack: c.tree.Package}
	for arg := range args.Types() {
		e.Indices = append(e.Indices, c.typeExpr(arg))
	}
	return e
}

// aliases gives each type that is named by us its own number.
func (c *checker) aliases(t types.Type) int {
	for i, a := range c.aliased {
		if a == t {
			return i
		}
	}
	c.aliased = append(c.aliased, t)
	return len(c.aliased) - 1
}

// ofCell reports whether the cell declares a part of the type at package level.
func (c *checker) ofCell(t types.Type) bool {
	switch t := t.(type) {
	case *types.Named:
		return c.declaresType(t.Obj())
	case *types.Alias:
		return c.declaresType(t.Obj())
	case *types.Array:
		return c.ofCell(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if c.ofCell(f.Type()) {
				return true
			}
		}
	}
	return false
}

func (c *checker) declaresType(obj *types.TypeName) bool {
	return obj.Pkg() != nil && slices.Contains(c.passes, obj.Pkg()) && obj.Parent() == obj.Pkg().Scope() && c.names.is(obj.Name(), declared)
}
