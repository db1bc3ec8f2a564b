package check

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/abi"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// maxEntries is the most that a map can be declared to hold. The kernel refuses what takes more memory than there is.
const maxEntries = 1 << 26

// mapAttribute is what @bpf_map says of a map.
type mapAttribute struct {
	kind    universe.MapKind
	entries int
	attr    syntax.Attr
}

// readAttributes reads the attributes of the package variables.
func (c *checker) readAttributes() {
	c.attributes = make(map[string]*mapAttribute)
	for _, d := range c.file.AST.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.ValueSpec)
			for _, a := range c.file.Attrs[spec] {
				if a.Name != "bpf_map" {
					continue
				}
				m := c.readAttribute(a)
				for _, id := range spec.Names {
					if c.attributes[id.Name] != nil {
						c.diags = append(c.diags, source.Diagnostic{
							Code: source.MapConflict, Span: a.Span, Msg: "a second attribute bpf_map of " + id.Name,
							Also: []source.Note{{Span: c.attributes[id.Name].attr.Span, Msg: "the first one"}},
						})
					}
					c.attributes[id.Name] = m
				}
			}
		}
	}
}

// readAttribute reads @bpf_map(type=lru_hash, max_entries=65536).
func (c *checker) readAttribute(a syntax.Attr) *mapAttribute {
	m := &mapAttribute{attr: a}
	bad := func(arg syntax.Arg, msg, hint string) {
		c.diags = append(c.diags, source.Diagnostic{Code: source.Attribute, Span: arg.Span, Msg: msg, Hint: hint})
	}
	for _, arg := range a.Args {
		switch arg.Key {
		case "type":
			if m.kind = universe.MapKindOf(arg.Value); m.kind == universe.ByUse {
				bad(arg, "there is no map type "+arg.Value, didYouMeanOr(source.Near(arg.Value, universe.MapKindNames()), "one of "+strings.Join(universe.MapKindNames(), ", ")))
			}
		case "max_entries":
			n, err := strconv.ParseInt(arg.Value, 0, 64)
			if err != nil || n < 1 || n > maxEntries {
				bad(arg, "max_entries is a number from 1 to "+strconv.Itoa(maxEntries), "")
				continue
			}
			m.entries = int(n)
		default:
			bad(arg, "bpf_map has no parameter "+cmp.Or(arg.Key, arg.Value), "it has type and max_entries")
		}
	}
	return m
}

func didYouMeanOr(near, otherwise string) string {
	if near != "" {
		return didYouMean(near)
	}
	return otherwise
}

// mapKind is the kind that a map is declared with, in this cell or in another.
func (c *checker) mapKind(name string, t types.Type) universe.MapKind {
	if k := c.universe.MapKind(t); k != universe.ByUse {
		return k
	}
	if a := c.attributes[name]; a != nil {
		return a.kind
	}
	if m := c.othersMap(name); m != nil {
		return m.Kind
	}
	return universe.ByUse
}

// explicitMap checks what the declaration of a map says of its kind.
func (c *checker) explicitMap(spec *ast.ValueSpec, name string, t types.Type) {
	a := c.attributes[name]
	m, isMap := t.Underlying().(*types.Map)
	typed := c.universe.MapKind(t)
	if isMap && c.universe.Aggregate(m.Elem()) != 0 && typed != universe.ByUse {
		c.refuse(spec.Type, "a "+typeString(t)+" of aggregates", "write map["+typeString(m.Key())+"]"+typeString(m.Elem()))
		return
	}
	if held := c.mapAggregate(name, t); held != nil && held.Kind == abi.LinearHist && held.Step == 0 && len(c.diags) == 0 {
		c.report(source.Type, spec, "no use of "+name+" here tells the bounds of its buckets", "write "+name+".lhist(v, 0, 1000, 50) in the same cell")
	}
	if a == nil {
		return
	}
	fail := func(code source.Code, msg, hint string) {
		d := source.Diagnostic{Code: code, Span: a.attr.Span, Msg: msg, Hint: hint}
		if spec.Type != nil {
			d.Also = []source.Note{{Span: c.span(spec.Type), Msg: "the type of " + name}}
		}
		c.diags = append(c.diags, d)
	}
	switch {
	case !isMap && c.universe.Aggregate(t) == 0:
		fail(source.MapConflict, "the attribute bpf_map of "+name+", which is no map", "declare it as map[K]V")
	case !isMap:
		fail(source.MapConflict, name+" has no keys", "drop the attribute, or declare it as map[K]"+typeString(t))
	case a.kind != universe.ByUse && typed != universe.ByUse && a.kind != typed:
		fail(source.MapConflict, "the attribute says "+a.kind.String()+", the type says "+typed.String(), "drop one of them")
	case a.kind != universe.ByUse && c.universe.Aggregate(m.Elem()) != 0:
		fail(source.MapConflict, "aggregates decide themselves in what kind of map they are kept", "write @bpf_map(max_entries=…) alone")
	case a.kind.IsArray() && typed == universe.ByUse && !isIndex(m.Key()):
		fail(source.MapConflict, "the keys of an array are uint32, those of "+name+" are "+typeString(m.Key()), "write map[uint32]"+typeString(m.Elem()))
	}
}

// isIndex reports whether a map with keys of type t can be an array.
func isIndex(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Uint32
}

// placeless refuses keys without a byte, and keys and values with aggregates in them.
func (c *checker) placeless(at ast.Node, what, name string, t types.Type) {
	switch {
	case c.hasAggregate(t):
		c.report(source.Type, at, "the "+what+"s of "+name+" cannot be "+typeString(t)+": an aggregate is all of a map's value",
			"give each aggregate a map of its own")
	case what == "key" && sizes.Sizeof(t) == 0:
		c.report(source.Type, at, "the keys of "+name+" cannot be "+typeString(t)+", of which there is only one", "use "+name+" without a key")
	}
}

// hasAggregate reports whether a type is an aggregate or has one as a part.
func (c *checker) hasAggregate(t types.Type) bool {
	if c.universe.Aggregate(t) != abi.NoAggregate {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return c.hasAggregate(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if c.hasAggregate(f.Type()) {
				return true
			}
		}
	}
	return false
}

// builtinOfMap refuses len and clear of a map, which the kernel has no means for. What runs once is told the length before.
func (c *checker) builtinOfMap(call *ast.CallExpr, builtin string) bool {
	if len(call.Args) != 1 || builtin != "len" && builtin != "clear" {
		return false
	}
	if _, ok := typeUnder(c.info.Types[call.Args[0]].Type).(*types.Map); !ok || builtin == "len" && c.in.once {
		return false
	}
	hint := "at the prompt, :clear " + c.text(call.Args[0]) + " does it; delete(m, k) removes one key"
	if builtin == "len" {
		hint = "at the prompt, len(" + c.text(call.Args[0]) + ") says it; in a probe, count the keys in a variable"
	}
	c.refuse(call, builtin+" of a map cannot be used in a probe", hint)
	return true
}

// named is a map that is declared by the use of its type with its name, bpf.PerCPUArray[uint64]("n").
type named struct {
	name  string
	typ   ast.Expr
	call  *ast.CallExpr
	ident *ast.Ident // in the place of the call
	whole ast.Node   // what the call is the operand of
}

// declareNamed finds the maps that are declared by their types with a name. If there are any, it returns a copy of the file in
// which they are variables, and their names stand where they were used. Of the names for which known holds, only the types are
// declared, see namedType.
func declareNamed(f *syntax.File, known func(name string) bool) (*syntax.File, []named) {
	if f.AST == nil || !strings.Contains(f.Cell.Text, universe.BPFPath) { // most cells need no walk
		return f, nil
	}
	if !slices.ContainsFunc(f.AST.Decls, hasNamed) && (f.Body == nil || !hasNamed(f.Body)) {
		return f, nil
	}
	f = cloneFile(f)
	var found []named
	replace := func(e *ast.Expr, whole ast.Node) {
		call, name := namedMap(*e)
		if call == nil {
			return
		}
		lit := call.Args[0]
		again := slices.ContainsFunc(found, func(n named) bool { return n.name == name })
		switch id := (&ast.Ident{NamePos: lit.Pos() + 1, Name: name}); {
		case again:
		case known(name):
			id.Name = namedType(name)
			f.AST.Decls = append(f.AST.Decls, &ast.GenDecl{TokPos: call.Pos(), Tok: token.TYPE, Specs: []ast.Spec{
				&ast.TypeSpec{Name: id, Assign: call.Pos(), Type: call.Fun},
			}})
		default:
			f.AST.Decls = append(f.AST.Decls, &ast.GenDecl{TokPos: call.Pos(), Tok: token.VAR, Specs: []ast.Spec{
				&ast.ValueSpec{Names: []*ast.Ident{id}, Type: call.Fun},
			}})
		}
		id := &ast.Ident{NamePos: lit.Pos() + 1, Name: name}
		found = append(found, named{name, call.Fun, call, id, whole})
		*e = id
	}
	visit := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			replace(&n.X, n)
		case *ast.IndexExpr:
			replace(&n.X, n)
		case *ast.CallExpr:
			for i := range n.Args {
				replace(&n.Args[i], n)
			}
		}
		return true
	}
	for _, d := range slices.Clone(f.AST.Decls) {
		ast.Inspect(d, visit)
	}
	if f.Body != nil {
		ast.Inspect(f.Body, visit)
	}
	return f, found
}

// namedType is the name of the type of a map that is declared elsewhere. No program can spell it.
func namedType(name string) string { return "type of:" + name }

func hasNamed(d ast.Decl) bool {
	found := false
	ast.Inspect(d, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && !found {
			call, _ := namedMap(e)
			found = call != nil
		}
		return !found
	})
	return found
}

// namedMap is e as a map type with a name, bpf.PerCPUArray[uint64]("n"), or nil.
func namedMap(e ast.Expr) (*ast.CallExpr, string) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil, ""
	}
	fun := ast.Unparen(call.Fun)
	switch ix := fun.(type) {
	case *ast.IndexExpr:
		fun = ix.X
	case *ast.IndexListExpr:
		fun = ix.X
	default:
		return nil, ""
	}
	sel, ok := ast.Unparen(fun).(*ast.SelectorExpr)
	if !ok || !isIdent(sel.X, "bpf") || !universe.IsMapType(sel.Sel.Name) {
		return nil, ""
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return nil, ""
	}
	name, err := strconv.Unquote(lit.Value)
	if err != nil || !token.IsIdentifier(name) || len(name)+2 != len(lit.Value) {
		return nil, ""
	}
	return call, name
}

// namedMaps makes variables of the maps that are declared by their types with a name. A name that is declared by var, or by another
// cell, means that map.
func (c *checker) namedMaps() {
	file, found := declareNamed(c.file, func(name string) bool { return c.names.is(name, declared) || c.in.Maps[name] != nil })
	if len(found) == 0 {
		return
	}
	c.file, c.named = file, found
	c.names = scanNames(file)
}

// namedTypes checks that the types with a name agree with each other and with the declaration of the map.
func (c *checker) namedTypes() {
	first := make(map[string]named)
	for _, n := range c.named {
		if v, ok := c.info.Uses[n.ident].(*types.Var); ok && v.Pkg() == c.pkg && v.Parent() != c.pkg.Scope() {
			c.namedConflict(n, "the variable "+n.name+" hides the map "+n.name, c.span(c.declaration(v)), "the variable")
			continue
		}
		f, again := first[n.name]
		if !again {
			first[n.name] = n
			c.namedType(n)
			continue
		}
		if types.ExprString(f.typ) != types.ExprString(n.typ) {
			c.namedConflict(n, n.name+" is a "+c.text(n.typ)+" here", c.span(f.call), "and a "+c.text(f.typ)+" here")
		}
	}
}

func (c *checker) namedType(n named) {
	obj := c.pkg.Scope().Lookup(namedType(n.name))
	if obj == nil {
		return
	}
	var t types.Type
	if m := c.othersMap(n.name); m != nil {
		t = m.Var.Type()
	} else if v := c.pkg.Scope().Lookup(n.name); v != nil {
		t = v.Type()
	}
	if t == nil || types.Identical(t.Underlying(), obj.Type().Underlying()) && c.universe.MapKind(t) == c.universe.MapKind(obj.Type()) {
		return
	}
	first := c.firstPlace(n.name)
	if v := c.pkg.Scope().Lookup(n.name); v != nil && v.Pkg() == c.pkg {
		first = c.span(c.declaration(v))
	}
	c.namedConflict(n, n.name+" is not a "+c.text(n.typ), first, n.name+" is a "+typeString(t))
}

// namedConflict reports a map with a name that stands for something else; what else is wrong with its use is an echo.
func (c *checker) namedConflict(n named, msg string, first source.Span, note string) {
	d := source.Diagnostic{Code: source.MapConflict, Span: c.span(n.call), Msg: msg}
	if first.IsValid() {
		d.Also = []source.Note{{Span: first, Msg: note}}
	}
	c.diags = append(c.diags, d)
	c.conflicts = append(c.conflicts, d.Span, c.span(n.whole))
}
