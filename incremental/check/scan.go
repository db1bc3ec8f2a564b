package check

import (
	"go/ast"
	"go/token"
	"go/types"

	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// names is what a walk over a cell finds out about its names, by the scoping rules of Go.
type names struct {
	// declared are the names of the cell's package-level declarations; vars are the variables among them.
	declared map[string]bool
	vars     map[string]bool
	// free are the names that no local declaration explains.
	free  map[string]bool
	sites []site
	// bindings are the names that functions and blocks declare, in source order; local are the mentions of them, by index.
	bindings []binding
	local    map[*ast.Ident]int
	// calls are all calls, from the outside in; uncalled are the names of functions of the language that stand elsewhere than before
	// their arguments.
	calls    []*ast.CallExpr
	uncalled []*ast.Ident
	// args are the probes that use the name args without declaring it.
	args map[*ast.FuncDecl]bool
	// retval are those that use the name retval.
	retval map[*ast.FuncDecl]bool
	// selected are the names f of x.f, dropped whether a field says that it is not for the kernel.
	selected map[string]bool
	dropped  bool

	// threads are the probes that run in the thread whose number tid is, and in no other way; see inThread.
	threads map[*ast.FuncDecl]bool

	fn     *ast.FuncDecl // the function at hand
	callee *ast.Ident    // the name of what is called at hand
	// scope are the bindings that can be seen, those of the block at hand from block on. Blocks cut back what they add.
	scope []int
	block int
}

// binding is a name that is local to a function.
type binding struct {
	name string
	fn   *ast.FuncDecl // the function whose parameter it is, nil of other names
	// typ is the type that it is declared with; without one, def has the type that it takes. Both are nil where that is not as simple.
	typ, def ast.Expr
	ranges   bool // it is the key of a loop over def
}

// bytesPerSite is how long a text is at least in which there are no more sites than its length divided by it, mostly.
const bytesPerSite = 24

// scanNames walks over a cell.
func scanNames(f *syntax.File) *names {
	n := &names{
		declared: make(map[string]bool), vars: make(map[string]bool), free: make(map[string]bool), selected: make(map[string]bool),
		args: make(map[*ast.FuncDecl]bool), retval: make(map[*ast.FuncDecl]bool), local: make(map[*ast.Ident]int),
		sites: make([]site, 0, len(f.Go)/bytesPerSite), threads: make(map[*ast.FuncDecl]bool),
	}
	if f.AST == nil {
		return n
	}
	probes := make(map[*ast.FuncDecl]bool, len(f.Probes))
	for _, p := range f.Probes {
		probes[p.Decl] = true
		n.threads[p.Decl] = inThread(p)
	}
	for _, d := range f.AST.Decls {
		n.declare(d, probes)
	}
	for _, d := range f.AST.Decls {
		n.decl(d)
	}
	if f.Body != nil {
		n.decl(f.Body)
	}
	return n
}

// declare notes the package-level names of a declaration. Probes are not among them: nothing can call a probe, so that a map
// may have its name.
func (n *names) declare(d ast.Decl, probes map[*ast.FuncDecl]bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && !probes[d] {
			n.declared[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				n.declared[spec.Name.Name] = true
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					n.declared[id.Name] = true
					if d.Tok == token.VAR && id.Name != "_" {
						n.vars[id.Name] = true
					}
				}
			case *ast.ImportSpec:
				n.declared[importName(spec)] = true
			}
		}
	}
}

// importName is the name by which a file refers to an import.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	path := spec.Path.Value
	start := 0
	for i := range len(path) {
		if path[i] == '/' || path[i] == '"' && i == 0 {
			start = i + 1
		}
	}
	return path[start : len(path)-1]
}

// find is the binding of a name in scope, by its index, or -1.
func (n *names) find(name string) int {
	for i := len(n.scope) - 1; i >= 0; i-- {
		if b := n.scope[i]; n.bindings[b].name == name {
			return b
		}
	}
	return -1
}

// define declares a name in the block at hand, unless the block declares it already: then it is assigned to.
func (n *names) define(b binding) {
	if b.name == "_" {
		return
	}
	for _, i := range n.scope[n.block:] {
		if n.bindings[i].name == b.name {
			return
		}
	}
	n.scope = append(n.scope, len(n.bindings))
	n.bindings = append(n.bindings, b)
}

// mention notes a name that is used for anything, and reports whether it may be a map.
func (n *names) mention(id *ast.Ident) bool {
	if id.Name == "_" {
		return false
	}
	if i := n.find(id.Name); i >= 0 {
		n.local[id] = i
		return false
	}
	n.free[id.Name] = true
	n.uncall(id)
	if id.Name == universe.RetvalName && n.fn != nil && !n.declared[id.Name] {
		n.retval[n.fn] = true
	}
	if id.Name == "args" && n.fn != nil && !n.declared["args"] {
		n.args[n.fn] = true
	}
	return !n.declared[id.Name] || n.vars[id.Name]
}

// sel notes the name that is selected from something.
func (n *names) sel(id *ast.Ident) {
	n.selected[id.Name] = true
	n.uncall(id)
}

// uncall notes a name that may be a function of the language's, unless it is called.
func (n *names) uncall(id *ast.Ident) {
	if id != n.callee && universe.IsFunction(id.Name) {
		n.uncalled = append(n.uncalled, id)
	}
}

// target notes a use of e, which may be a map, an element of one, or something else.
func (n *names) target(e ast.Expr, s site) {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		if n.mention(x) {
			s.name, s.ident = x.Name, x
			if !n.ofThread(&s) {
				s.use |= Elsewhere
			}
			n.sites = append(n.sites, s)
		}
	case *ast.IndexExpr:
		if id, ok := ast.Unparen(x.X).(*ast.Ident); ok {
			s.use |= Keyed
			s.elem, s.index = x, x.Index
			n.target(id, s)
		} else {
			// Deeper down, m[k].f = v changes a part of what m[k] holds.
			n.target(x.X, site{use: s.use&^(Adds|Deletes) | Reads})
		}
		n.expr(x.Index)
	case *ast.SelectorExpr:
		n.sel(x.Sel)
		n.target(x.X, site{use: s.use&^(Adds|Deletes) | Reads})
	default:
		n.expr(x)
	}
}

func (n *names) decl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		n.fn = d
		n.inBlock(func() {
			n.fields(d.Recv, nil)
			n.function(d, d.Type, d.Body)
		})
		n.fn = nil
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			n.spec(spec, token.ILLEGAL)
		}
	}
}

// spec walks over a declaration, which begins with the keyword local if a function declares it.
func (n *names) spec(spec ast.Spec, local token.Token) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		n.expr(spec.Type)
		n.exprs(spec.Values)
		if local != token.ILLEGAL {
			n.valueSpec(spec, local)
		}
	case *ast.TypeSpec:
		if local != token.ILLEGAL {
			n.define(binding{name: spec.Name.Name})
		}
		n.inBlock(func() {
			n.fields(spec.TypeParams, nil)
			n.expr(spec.Type)
		})
	}
}

// valueSpec declares the variables or constants of a function. A constant may stay without a type.
func (n *names) valueSpec(spec *ast.ValueSpec, tok token.Token) {
	for i, id := range spec.Names {
		b := binding{name: id.Name, typ: spec.Type}
		if tok == token.VAR && len(spec.Values) == len(spec.Names) {
			b.def = spec.Values[i]
		}
		n.define(b)
	}
}

// fields walks over the types of a field list and declares its names, as parameters of fn if that is not nil.
func (n *names) fields(list *ast.FieldList, fn *ast.FuncDecl) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		n.expr(f.Type)
	}
	for _, f := range list.List {
		for _, id := range f.Names {
			n.define(binding{name: id.Name, fn: fn, typ: f.Type})
		}
	}
}

// function walks over a function, whose body is one block with its parameters. Of a literal or a type, fn is nil.
func (n *names) function(fn *ast.FuncDecl, t *ast.FuncType, body *ast.BlockStmt) {
	n.fields(t.TypeParams, nil)
	n.fields(t.Params, fn)
	n.fields(t.Results, fn)
	if body != nil {
		for _, s := range body.List {
			n.stmt(s)
		}
	}
}

// inBlock runs f in a scope of its own.
func (n *names) inBlock(f func()) {
	length, block := len(n.scope), n.block
	n.block = length
	f()
	n.scope, n.block = n.scope[:length], block
}

func (n *names) stmts(list []ast.Stmt) {
	n.inBlock(func() {
		for _, s := range list {
			n.stmt(s)
		}
	})
}

func (n *names) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		n.stmts(s.List)
	case *ast.IncDecStmt:
		n.target(s.X, site{use: Adds, minus: s.Tok == token.DEC})
	case *ast.AssignStmt:
		n.assign(s)
	case *ast.ExprStmt:
		n.expr(s.X)
	case *ast.DeclStmt:
		decl := s.Decl.(*ast.GenDecl)
		for _, spec := range decl.Specs {
			n.spec(spec, decl.Tok)
		}
	case *ast.IfStmt:
		n.inBlock(func() {
			n.stmt(s.Init)
			n.expr(s.Cond)
			n.stmts(s.Body.List)
			n.stmt(s.Else)
		})
	case *ast.ForStmt:
		n.inBlock(func() {
			n.stmt(s.Init)
			n.expr(s.Cond)
			n.stmt(s.Post)
			n.stmts(s.Body.List)
		})
	case *ast.RangeStmt:
		n.rangeStmt(s)
	case *ast.SwitchStmt:
		n.inBlock(func() {
			n.stmt(s.Init)
			n.expr(s.Tag)
			n.stmts(s.Body.List)
		})
	case *ast.TypeSwitchStmt:
		n.inBlock(func() {
			n.stmt(s.Init)
			n.stmt(s.Assign)
			n.stmts(s.Body.List)
		})
	case *ast.SelectStmt:
		n.stmts(s.Body.List)
	case *ast.CaseClause:
		n.exprs(s.List)
		n.stmts(s.Body)
	case *ast.CommClause:
		n.inBlock(func() {
			n.stmt(s.Comm)
			n.stmts(s.Body)
		})
	case *ast.LabeledStmt:
		n.stmt(s.Stmt)
	case *ast.ReturnStmt:
		n.exprs(s.Results)
	case *ast.GoStmt:
		n.expr(s.Call)
	case *ast.DeferStmt:
		n.expr(s.Call)
	case *ast.SendStmt:
		n.expr(s.Chan)
		n.expr(s.Value)
	}
}

func (n *names) assign(s *ast.AssignStmt) {
	n.exprs(s.Rhs)
	if s.Tok == token.DEFINE {
		for i, e := range s.Lhs {
			if id, ok := e.(*ast.Ident); ok {
				n.define(binding{name: id.Name, def: defining(s, i)})
			}
		}
		return
	}
	for i, e := range s.Lhs {
		t := site{stmt: s}
		if len(s.Rhs) == len(s.Lhs) {
			t.value = s.Rhs[i]
		}
		switch s.Tok {
		case token.ASSIGN:
			t.use = Assigns
		case token.ADD_ASSIGN:
			t.use = Adds
		case token.SUB_ASSIGN:
			t.use, t.minus = Adds, true
		default:
			t.use = Assigns | Reads
		}
		n.target(e, t)
	}
}

// defining is the expression that has the type of the variable at index i of a definition, or nil: of v, ok := m[k] it is m[k] for v.
func defining(s *ast.AssignStmt, i int) ast.Expr {
	if len(s.Lhs) == len(s.Rhs) {
		return s.Rhs[i]
	}
	if _, element := s.Rhs[0].(*ast.IndexExpr); element && i == 0 && len(s.Lhs) == 2 {
		return s.Rhs[0]
	}
	return nil
}

func (n *names) rangeStmt(s *ast.RangeStmt) {
	n.expr(s.X)
	n.inBlock(func() {
		for _, e := range []ast.Expr{s.Key, s.Value} {
			switch id, ok := e.(*ast.Ident); {
			case e == nil:
			case ok && s.Tok == token.DEFINE && e == s.Key:
				n.define(binding{name: id.Name, def: s.X, ranges: true})
			case ok && s.Tok == token.DEFINE:
				n.define(binding{name: id.Name})
			default:
				n.target(e, site{use: Assigns})
			}
		}
		n.stmts(s.Body.List)
	})
}

func (n *names) exprs(list []ast.Expr) {
	for _, e := range list {
		n.expr(e)
	}
}

func (n *names) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Ident, *ast.IndexExpr:
		n.target(e, site{use: Reads})
	case *ast.CallExpr:
		n.call(e)
	case *ast.SelectorExpr:
		n.sel(e.Sel)
		if id, ok := e.X.(*ast.Ident); ok {
			n.target(id, site{use: Reads, selected: true})
		} else {
			n.expr(e.X)
		}
	case *ast.CompositeLit:
		n.expr(e.Type)
		for _, elt := range e.Elts {
			n.element(elt)
		}
	case *ast.FuncLit:
		n.inBlock(func() { n.function(nil, e.Type, e.Body) })
	case *ast.FuncType:
		n.inBlock(func() { n.function(nil, e, nil) })
	case *ast.StructType:
		for _, f := range e.Fields.List {
			n.expr(f.Type)
			n.dropped = n.dropped || isDropped(f)
		}
	case *ast.InterfaceType:
		for _, f := range e.Methods.List {
			n.expr(f.Type)
		}
	default:
		n.children(e)
	}
}

// children walks over the parts of expressions without scopes.
func (n *names) children(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		n.expr(e.X)
	case *ast.UnaryExpr:
		n.expr(e.X)
	case *ast.StarExpr:
		n.expr(e.X)
	case *ast.BinaryExpr:
		n.expr(e.X)
		n.expr(e.Y)
	case *ast.IndexListExpr:
		n.expr(e.X)
		n.exprs(e.Indices)
	case *ast.SliceExpr:
		n.expr(e.X)
		n.exprs([]ast.Expr{e.Low, e.High, e.Max})
	case *ast.TypeAssertExpr:
		n.expr(e.X)
		n.expr(e.Type)
	case *ast.ArrayType:
		n.expr(e.Len)
		n.expr(e.Elt)
	case *ast.MapType:
		n.expr(e.Key)
		n.expr(e.Value)
	case *ast.ChanType:
		n.expr(e.Value)
	case *ast.Ellipsis:
		n.expr(e.Elt)
	}
}

// element walks over an element of a composite literal. A key that is a name is taken for a field's; were it a variable, as in an
// array's index, it must still be found.
func (n *names) element(e ast.Expr) {
	kv, ok := e.(*ast.KeyValueExpr)
	if !ok {
		n.expr(e)
		return
	}
	if id, ok := kv.Key.(*ast.Ident); ok {
		n.free[id.Name] = true
		n.uncall(id)
	} else {
		n.expr(kv.Key)
	}
	n.expr(kv.Value)
}

// call walks over a call; delete(m, k) is a use of m.
func (n *names) call(e *ast.CallExpr) {
	n.calls = append(n.calls, e)
	n.callee = calledName(e)
	if id, ok := ast.Unparen(e.Fun).(*ast.Ident); ok && id.Name == "delete" && len(e.Args) == 2 && n.find("delete") < 0 && !n.declared["delete"] {
		s := site{use: Deletes | Keyed, index: e.Args[1]}
		n.target(e.Args[0], s)
		n.expr(e.Args[1])
		return
	}
	if n.methodCall(e) {
		return
	}
	n.expr(e.Fun)
	n.exprs(e.Args)
}

// isUniverse reports whether Go itself declares the name.
func isUniverse(name string) bool { return types.Universe.Lookup(name) != nil }
