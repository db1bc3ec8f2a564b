package check

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"go3s/incremental/abi"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// Name is a name that may be written at some place, and what it is.
type Name struct {
	Name string
	Type string // as Go writes it: "uint32"; of functions and methods the signature: "(v int64)"
	Func bool   // it is to be called
	Doc  string // more about it, such as a field's type in C; may be empty
}

// Sight is what can be seen from a place in a cell that is being typed.
type Sight struct {
	// Known reports that what stands before the dot has a type, which is Type; Names are then what may follow the dot.
	Known bool
	Type  string
	// Names are in the order in which the type declares them, or from the innermost block outwards.
	Names []Name
}

// Look finds out what can be seen from the place at in a cell as syntax.Mend made it: what may follow the dot after the expression
// at, or, without a selection, the names that the cell's functions and blocks declare before it.
func Look(in Input, at source.Span, selects bool) Sight {
	c := &checker{
		in: in, file: in.File, universe: in.Universe,
		wraps: make(map[*ast.AssignStmt]types.Type), groups: make(map[*syntax.Probe]string),
	}
	if c.file.AST == nil {
		return Sight{}
	}
	if c.file.Body != nil {
		c.in.once = true
		c.file = runOnce(c.file, false)
	}
	text := in.File.Cell.Text[at.Start:at.End]
	if selects {
		if s, ok := c.lookIntoPackage(text); ok {
			return s
		}
	}
	c.names = scanNames(c.file)
	c.longForms()
	c.nameFields()
	c.namedMaps()
	c.oneHookEach()
	c.kernelNames()
	c.receivers()
	c.resolveHooks()
	c.readAttributes()
	c.findMaps()
	c.inferMaps()
	c.finalPass()
	x := c.placeholder(at)
	switch {
	case x == nil:
		return Sight{}
	case selects:
		return c.lookInto(c.typeOf(x))
	}
	return c.lookAround(x.Pos())
}

// oneHookEach leaves each probe the first of its hooks: one context is enough to look at, and it is found at once.
func (c *checker) oneHookEach() {
	file := *c.file
	file.Probes = nil
	for _, p := range c.file.Probes {
		q := *p
		if len(p.Hooks) > 0 {
			q.Hooks = c.matches(p, p.Hooks[0])[:1]
		}
		file.Probes = append(file.Probes, &q)
	}
	c.file = &file
}

// placeholder is the expression X of _ = X at a place.
func (c *checker) placeholder(at source.Span) (x ast.Expr) {
	ast.Inspect(c.tree, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Rhs) == 1 {
			if span := c.span(a.Rhs[0]); span.Start == at.Start && span.End == at.End {
				x = a.Rhs[0]
			}
		}
		return x == nil
	})
	return x
}

// lookIntoPackage lists what a package has that programs see.
func (c *checker) lookIntoPackage(name string) (Sight, bool) {
	pkg := map[string]*types.Package{"bpf": c.universe.Imported, "strings": c.universe.Strings}[name]
	if pkg == nil || c.in.Maps[name] != nil || c.in.Names[name] != nil {
		return Sight{}, false
	}
	s := Sight{Known: true, Type: "package " + name}
	for _, n := range pkg.Scope().Names() {
		if token.IsExported(n) && !strings.HasPrefix(n, "\u00b7") {
			s.Names = append(s.Names, Describe(pkg.Scope().Lookup(n)))
		}
	}
	return s, true
}

// lookInto lists the fields and methods of a type.
func (c *checker) lookInto(t types.Type) Sight {
	if t == nil {
		return Sight{}
	}
	s := Sight{Known: true, Type: typeString(t)}
	under := t
	if p, ok := t.Underlying().(*types.Pointer); ok {
		under = p.Elem()
	}
	c.universe.Members(under)
	if st, ok := under.Underlying().(*types.Struct); ok {
		format := c.formatOf(under)
		for i := range st.NumFields() {
			f := st.Field(i)
			n := Name{Name: f.Name(), Type: typeString(f.Type())}
			if format != nil && i < len(format.Fields) {
				n.describe(&format.Fields[i])
			}
			s.Names = append(s.Names, n)
		}
	}
	methods := types.NewMethodSet(types.NewPointer(under))
	for sel := range methods.Methods() {
		if fn, ok := sel.Obj().(*types.Func); ok && !c.isLongForm(fn) {
			s.Names = append(s.Names, Describe(fn))
		}
	}
	return s
}

// formatOf is the format of the hook whose context type t is, or nil.
func (c *checker) formatOf(t types.Type) *universe.Format {
	for _, p := range c.probes {
		if p.context != nil && types.Identical(p.context.Named, t) {
			return p.context.Format
		}
	}
	return nil
}

// describe says what C says of a field.
func (n *Name) describe(f *universe.Field) {
	n.Doc = f.CType
	if f.Kind == universe.FieldPointer && strings.Contains(f.CType, "*") {
		n.Type = goPointer(f.CType)
	}
}

// goPointer writes a pointer of C as Go would: const char * is *char.
func goPointer(ctype string) string {
	var words []string
	for _, w := range strings.Fields(strings.ReplaceAll(ctype, "*", " ")) {
		switch w {
		case "const", "volatile", "struct", "union", "enum", "__user":
		default:
			words = append(words, w)
		}
	}
	return strings.Repeat("*", strings.Count(ctype, "*")) + strings.Join(words, " ")
}

// lookAround lists the names that blocks, functions and the cell declare before a place, the innermost first, each once.
func (c *checker) lookAround(pos token.Pos) Sight {
	s := Sight{}
	seen := make(map[string]bool)
	inner := c.pkg.Scope()
	for _, scope := range c.info.Scopes {
		// Of the scopes that hold the place the one that begins last is the innermost.
		if scope.Contains(pos) && (inner == c.pkg.Scope() || scope.Pos() > inner.Pos() || scope.Pos() == inner.Pos() && scope.End() < inner.End()) {
			inner = scope
		}
	}
	for scope := inner; scope != nil && scope != types.Universe; scope = scope.Parent() {
		names := scope.Names()
		if scope != c.pkg.Scope() {
			slices.SortFunc(names, func(a, b string) int { return -cmp.Compare(scope.Lookup(a).Pos(), scope.Lookup(b).Pos()) })
		}
		for _, name := range names {
			obj := scope.Lookup(name)
			local := scope != c.pkg.Scope()
			if seen[name] || !token.IsIdentifier(name) || name == "_" || local && obj.Pos() >= pos || !local && !c.ownName(name) {
				continue
			}
			if _, isPackage := obj.(*types.PkgName); isPackage {
				continue
			}
			seen[name] = true
			s.Names = append(s.Names, Describe(obj))
		}
	}
	return s
}

// ownName reports whether the cell declares a name of package level, by a declaration or by use.
func (c *checker) ownName(name string) bool { return c.names.is(name, declared) || c.isInferred(name) }

// isLongForm reports whether a method is that of an aggregate as the long form writes it: Hist for hist.
func (c *checker) isLongForm(fn *types.Func) bool {
	return fn.Exported() && c.universe.AggregateCall(fn) != abi.NoAggregate
}

// Describe says of an object what it is.
func Describe(obj types.Object) Name {
	n := Name{Name: obj.Name()}
	if obj.Type() == nil || obj.Type() == types.Typ[types.Invalid] {
		return n
	}
	n.Type = typeString(obj.Type())
	switch obj := obj.(type) {
	case *types.Func:
		n.Func = true
		// The checker wants integers where the aggregates take a value.
		n.Type = strings.Replace(strings.TrimPrefix(n.Type, "func"), "(v any", "(v int64", 1)
	case *types.TypeName:
		n.Doc = "type"
		n.Type = typeString(obj.Type().Underlying())
		if _, ok := obj.Type().Underlying().(*types.Struct); ok {
			n.Type = "struct"
		}
	case *types.Const:
		n.Doc = "= " + obj.Val().String()
	}
	return n
}

// AggregateNames lists the methods that make an aggregate of a name that nothing has declared yet.
func AggregateNames(u *universe.Universe) []Name {
	var names []Name
	for k := abi.NoAggregate + 1; ; k++ {
		method := universe.AggregateMethod(k)
		if method == "" {
			return names
		}
		named, ok := u.AggregateType(k).(*types.Named)
		if !ok {
			continue
		}
		for m := range named.Methods() {
			if m.Name() == method {
				names = append(names, Describe(m))
			}
		}
	}
}

// Predeclared lists what every program sees: the plain names, Go's builtins that work, its types and its constants, sorted.
func Predeclared(u *universe.Universe) []Name {
	u.DeclareTask()
	names := []Name{
		{Name: "delete", Type: "(m map[K]V, k K)", Func: true},
		{Name: "len", Type: "(v) int", Func: true},
		{Name: "min", Type: "(a, b)", Func: true},
		{Name: "max", Type: "(a, b)", Func: true},
		{Name: "ctx", Doc: "the fields of the hook"},
		{Name: universe.ArgsName, Doc: "the fields of the hook"},
		{Name: "task", Type: "*task_struct", Doc: "the thread that runs"},
		{Name: "bpf", Doc: "the package bpf"},
		{Name: "strings", Doc: "the package strings"},
	}
	for _, name := range universe.PlainNames() {
		if obj := u.Plain(name); obj != nil && name != "task" {
			names = append(names, Describe(obj))
		}
	}
	for _, name := range []string{"bool", "string", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "byte", "uintptr"} {
		names = append(names, Name{Name: name, Doc: "type"})
	}
	for _, name := range []string{"true", "false"} {
		names = append(names, Name{Name: name, Doc: "constant"})
	}
	slices.SortFunc(names, func(a, b Name) int { return cmp.Compare(a.Name, b.Name) })
	return names
}
