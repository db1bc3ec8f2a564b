package check

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"go3s/incremental/abi"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// subset refuses what Go allows and Go3s does not, each construct by its name.
func (c *checker) subset() {
	for _, spec := range c.file.AST.Imports {
		if path := spec.Path.Value; path != `"bpf"` && path != `"strings"` && path != `"bpf/helpers"` {
			c.refuse(spec, "package "+path+" cannot be imported", "there are the packages bpf, bpf/helpers and strings")
		}
	}
	for _, s := range c.names.deepest {
		c.report(source.TooLarge, s, fmt.Sprintf("more than %d loops lie in one another here", maxLoops), "make one loop of some of these")
	}
	for _, d := range c.file.AST.Decls {
		c.subsetDecl(d)
	}
	if !c.met.walks() {
		for _, n := range c.names.suspects {
			c.subsetNode(n)
		}
	}
}

func (c *checker) subsetDecl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Body == nil {
			c.refuse(d, "a function without a body", "write its body: a program cannot call code from elsewhere")
		}
	case *ast.GenDecl:
		if d.Tok == token.VAR {
			for _, spec := range d.Specs {
				c.packageVar(spec.(*ast.ValueSpec))
			}
			return
		}
	}
	if c.met.walks() {
		ast.Inspect(d, c.subsetNode)
	}
}

// isConstraint reports whether a type declaration is of an interface, which has its place as a constraint.
func isConstraint(spec *ast.TypeSpec) bool {
	_, ok := ast.Unparen(spec.Type).(*ast.InterfaceType)
	return ok
}

// isMapType reports whether a type declaration is of a map, for package variables to have.
func isMapType(spec *ast.TypeSpec) bool {
	_, ok := ast.Unparen(spec.Type).(*ast.MapType)
	return ok
}

// packageVar checks an explicit declaration of a map or counter.
func (c *checker) packageVar(spec *ast.ValueSpec) {
	for _, a := range c.file.Attrs[spec] {
		if a.Name != "bpf_map" {
			c.refuseSpan(a.Span, "the attribute "+a.Name+" means nothing of a variable", "a map has bpf_map: // @bpf_map(type=lru_hash, max_entries=65536)")
		}
	}
	for _, v := range spec.Values {
		c.initialValue(v)
	}
	for _, id := range spec.Names {
		obj := c.info.Defs[id]
		if obj == nil || id.Name == "_" {
			continue
		}
		t := obj.Type()
		c.explicitMap(spec, id.Name, t)
		_, isMap := t.Underlying().(*types.Map)
		if isMap || c.universe.Aggregate(t) != abi.NoAggregate || t == types.Typ[types.Invalid] {
			continue
		}
		c.globalType(spec, t)
	}
}

// isEmptyMap reports whether e is make(map[K]V) or map[K]V{}.
func (c *checker) isEmptyMap(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CompositeLit:
		_, ok := typeUnder(c.info.Types[e].Type).(*types.Map)
		return ok && len(e.Elts) == 0
	case *ast.CallExpr:
		_, ok := typeUnder(c.info.Types[e].Type).(*types.Map)
		return ok && isIdent(e.Fun, "make") && len(e.Args) == 1
	}
	return false
}

// refusals are the names of the constructs that are refused for what they are.
func refusal(n ast.Node) (msg, hint string) {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "goroutines cannot be used in a probe", "call the function, or send an event with printf"
	case *ast.DeferStmt:
		return "defer cannot be used in a probe", "write the call where it is to happen"
	case *ast.SelectStmt:
		return "select cannot be used in a probe", "write a probe for each event"
	case *ast.SendStmt, *ast.ChanType:
		return "channels cannot be used in a probe", "send events with printf"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "channels cannot be used in a probe", "send events with printf"
		}
	case *ast.TypeSwitchStmt:
		return "type switches cannot be used in a probe", "write a generic function, or one for each type"
	case *ast.TypeAssertExpr:
		return "type assertions cannot be used in a probe", "write a generic function, or one for each type"
	case *ast.InterfaceType:
		return "interfaces cannot be used in a probe", "write a generic function, or one for each type"
	case *ast.ArrayType:
		if n.Len == nil {
			return "slices cannot be used in a probe", "give the array a length"
		}
	case *ast.MapType:
		return "a map is no value in a probe", "declare it outside, or just use it by its name: m[k]++"
	}
	return "", ""
}

// refusedBuiltins are the builtin functions of Go that have no meaning in a probe, and what to write instead.
var refusedBuiltins = map[string]string{
	"append": "use an array", "make": "declare the map outside, or just use it: m[k]++",
	"panic": "return", "recover": "there is nothing to recover from: a fault ends the event and is counted", "close": "channels have no place in a probe",
	"print": "write printf", "println": "write printf", "complex": "use integers", "real": "use integers", "imag": "use integers",
}

// subsetNode refuses a node, and reports false if there is no need to look into it. Unless there is a need for a walk over all nodes, it
// sees those that the scan suspects: what it refuses for other things than floating point and the names of interfaces is to be suspect.
func (c *checker) subsetNode(n ast.Node) bool {
	if c.refusedString(n) {
		return false
	}
	if msg, hint := refusal(n); msg != "" {
		c.refuse(n, msg, hint)
		return false
	}
	switch n := n.(type) {
	case *ast.Ident:
		if c.met.interfaces {
			c.subsetName(n)
		}
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE && len(n.Lhs) == len(n.Rhs) {
			for i, e := range n.Lhs {
				if c.floatVariable(e, n.Rhs[i]) {
					return false
				}
			}
		}
	case *ast.ValueSpec:
		for i, id := range n.Names {
			if n.Type == nil && len(n.Values) == len(n.Names) && c.floatVariable(id, n.Values[i]) {
				return false
			}
		}
	case *ast.FuncDecl:
		c.subsetFunc(n)
		return false
	case *ast.TypeSpec:
		if isConstraint(n) || isMapType(n) {
			return false
		}
		if n.TypeParams != nil {
			ast.Inspect(n.Type, c.subsetNode)
			return false
		}
	case *ast.UnaryExpr:
		if id, ok := ast.Unparen(n.X).(*ast.Ident); ok && n.Op == token.AND && c.intrinsic(id) != universe.None {
			c.report(source.Type, n, id.Name+" has no address: it is what the kernel says", "copy it to a variable first")
		}
	case *ast.RangeStmt:
		c.subsetRange(n)
	case *ast.CallExpr:
		if c.refusedBuiltin(n) {
			return false
		}
	case *ast.SelectorExpr:
		c.contextField(n)
	}
	if e, ok := n.(ast.Expr); ok && c.met.floats {
		return c.runtimeFloat(e)
	}
	return true
}

// subsetFunc looks at all of a function but the constraints of its type parameters, which are interfaces.
func (c *checker) subsetFunc(d *ast.FuncDecl) {
	for _, list := range []*ast.FieldList{d.Recv, d.Type.Params, d.Type.Results} {
		if list != nil {
			ast.Inspect(list, c.subsetNode)
		}
	}
	if d.Body != nil {
		ast.Inspect(d.Body, c.subsetNode)
	}
}

// subsetName refuses types by their names.
func (c *checker) subsetName(id *ast.Ident) {
	obj, ok := c.info.Uses[id].(*types.TypeName)
	switch {
	case !ok:
	case types.IsInterface(obj.Type()) && !isTypeParam(obj.Type()):
		c.refuse(id, "interfaces cannot be used in a probe", "write a generic function, or one for each type")
	case obj == c.universe.ContextName:
		c.refuse(id, "bpf.Context outside of a probe's parameter", "pass the fields of ctx instead")
	}
}

func isTypeParam(t types.Type) bool {
	_, ok := t.(*types.TypeParam)
	return ok
}

func (c *checker) refusedBuiltin(call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := c.info.Uses[id].(*types.Builtin)
	if !ok {
		return false
	}
	if c.builtinOfMap(call, b.Name()) {
		return true
	}
	hint, refused := refusedBuiltins[b.Name()]
	if refused {
		c.refuse(call, b.Name()+" cannot be used in a probe", hint)
	}
	return refused
}

// subsetRange refuses loops over what has no bound that the compiler knows.
func (c *checker) subsetRange(s *ast.RangeStmt) {
	if _, ok := typeUnder(c.info.Types[s.X].Type).(*types.Map); ok {
		c.refuse(s.X, "a loop over a map cannot be used in a probe", "loop over a range of integers, an array or a string")
	}
}

// contextField refuses fields that cannot be read.
func (c *checker) contextField(e *ast.SelectorExpr) {
	sel := c.info.Selections[e]
	if sel == nil || sel.Kind() != types.FieldVal {
		return
	}
	t := sel.Recv()
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	for _, p := range c.probes {
		if p.context == nil || t != types.Type(p.context.Named) {
			continue
		}
		if f := &p.context.Format.Fields[sel.Index()[0]]; !f.Readable() {
			c.refuse(e.Sel, "the field "+f.Name+" ("+f.CType+") cannot be read", "take the same event as tp_btf:NAME, whose arguments have the kernel's own types")
		}
		return
	}
}

// runtimeFloat refuses floating point that is not a constant, where it arises.
func (c *checker) runtimeFloat(e ast.Expr) bool {
	if _, ok := e.(*ast.Ident); ok && !c.info.Types[e].IsType() {
		return true
	}
	if index, ok := e.(*ast.IndexExpr); ok {
		if _, ok := typeUnder(c.info.Types[index.X].Type).(*types.Map); ok {
			return true // its type is refused where the map gets it
		}
	}
	tv := c.info.Types[e]
	b, ok := typeUnder(tv.Type).(*types.Basic)
	if !ok || b.Info()&(types.IsFloat|types.IsComplex) == 0 || tv.Value != nil {
		return true
	}
	what := "floating point has no place in the kernel"
	if tv.IsType() {
		what = "the type " + typeString(tv.Type) + " has no place in the kernel"
	}
	c.refuse(e, what, "use integers, such as thousandths")
	return false
}

// mapTypes checks that the keys and values of the cell's maps can lie in memory, and that maps are used as maps only.
func (c *checker) mapTypes() {
	for _, m := range c.maps {
		if m.key != nil && c.localType(m.key) == "" {
			c.fixedLayout(m.keySite.index, "key", m.name, m.key)
		}
		if m.valueSite != nil && m.valueSite.value != nil {
			c.fixedLayout(m.valueSite.value, "value", m.name, m.value)
		}
	}
	for name := range c.names.all(variable) {
		if obj := c.pkg.Scope().Lookup(name); obj != nil {
			if t, ok := obj.Type().Underlying().(*types.Map); ok {
				at := c.declaration(obj)
				c.fixedLayout(at, "key", name, t.Key())
				c.fixedLayout(at, "value", name, t.Elem())
			}
		}
	}
	for i := range c.names.sites {
		s := &c.names.sites[i]
		if _, ok := typeUnder(c.typeOf(s.ident)).(*types.Map); ok && s.use&Keyed == 0 && s.selected == nil && !s.counted && c.listHint(s.ident.Pos()) == "" {
			c.refuse(s.ident, "the map "+s.name+" can only be used with a key here", "functions use maps by their names, not as values")
		}
		if s.sets() && c.isGiven(s.ident) {
			c.report(source.Type, s.ident, "cannot assign to "+s.name+": it is what the kernel says", "copy it to a variable first")
		}
	}
}

// sets reports whether the use gives the name itself another value, not a part of what it stands for.
func (s *site) sets() bool {
	part := s.elem != nil || s.stmt == nil && s.use&(Assigns|Reads) == Assigns|Reads
	return s.use&(Adds|Assigns) != 0 && !part
}

// isGiven reports whether a name stands for a value that the kernel gives, such as pid or retval.
func (c *checker) isGiven(id *ast.Ident) bool {
	_, variable := c.info.Uses[id].(*types.Var)
	return variable && (c.intrinsic(id) != universe.None || id.Name == universe.ArgsName || id.Name == universe.RetvalName)
}

// declaration is where an object is declared.
func (c *checker) declaration(obj types.Object) ast.Node {
	return &ast.Ident{NamePos: obj.Pos(), Name: obj.Name()}
}

func (c *checker) fixedLayout(at ast.Node, what, name string, t types.Type) {
	if what == "key" && c.universe.IsKernelPointer(t) {
		return
	}
	if why := unfit(t); why != "" {
		hint := ""
		if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsFloat != 0 {
			hint = "use integers, such as thousandths"
		}
		c.report(source.Type, at, "the "+what+"s of "+name+" cannot be "+typeString(t)+": "+why, hint)
		return
	}
	if what == "key" || c.universe.Aggregate(t) == abi.NoAggregate {
		c.placeless(at, what, name, t)
	}
}

// unfit says why values of a type cannot lie in a map, or "".
func unfit(t types.Type) string {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&(types.IsInteger|types.IsBoolean|types.IsString) == 0 {
			return typeString(t) + " has no place in the kernel"
		}
		return ""
	case *types.Array:
		return unfit(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if why := unfit(f.Type()); why != "" {
				return why
			}
		}
		return ""
	}
	return "only integers, bools, strings, and arrays and structs of them have a fixed layout"
}

// mapVars lists the maps. Variables of theirs take the place of those that the last pass has made of declarations.
func (c *checker) mapVars() []*Map {
	instead := make(map[types.Object]*types.Var)
	initial := c.initialValues()
	var maps []*Map
	add := func(m *Map, old types.Object) {
		if old == nil {
			return
		}
		if m.Var = old.(*types.Var); old.Pkg() == c.pkg {
			m.Var = c.newVar(m.Name, old.Type())
			instead[old] = m.Var
		}
		_, isMap := old.Type().Underlying().(*types.Map)
		m.Counter = !isMap
		if m.Counter && m.Explicit {
			m.Init = initial[m.Name]
		}
		m.Aggregate = c.mapAggregate(m.Name, old.Type())
		m.Kind = c.universe.MapKind(old.Type())
		if a := c.attributes[m.Name]; a != nil && m.Explicit {
			m.Kind, m.Entries = cmp.Or(m.Kind, a.kind), a.entries
		}
		maps = append(maps, m)
	}
	for name := range c.names.all(variable) {
		if obj := c.pkg.Scope().Lookup(name); obj != nil {
			add(&Map{Name: name, Explicit: true, Span: c.span(c.declaration(obj))}, obj)
		}
	}
	for _, m := range c.maps {
		add(&Map{Name: m.name, Span: c.span(m.sites[0].ident)}, c.pkg.Scope().Lookup(m.name))
	}
	if c.mapsPkg != nil {
		c.mapsPkg.MarkComplete()
	}
	if len(instead) > 0 {
		for id, obj := range c.info.Uses {
			if v := instead[obj]; v != nil {
				c.info.Uses[id] = v
			}
		}
	}
	sortMaps(maps)
	return maps
}

// floatVariable refuses a variable that a constant makes one of floating point.
func (c *checker) floatVariable(e, value ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	if !ok || !c.met.floats {
		return false
	}
	v, ok := c.info.Defs[id].(*types.Var)
	if !ok || c.info.Types[value].Value == nil {
		return false
	}
	b, ok := v.Type().Underlying().(*types.Basic)
	if !ok || b.Info()&(types.IsFloat|types.IsComplex) == 0 {
		return false
	}
	c.refuse(value, "the variable "+id.Name+" would be a "+typeString(v.Type())+": floating point has no place in the kernel", "make it a constant, or use integers, such as thousandths")
	return true
}
