package check

import (
	"go/ast"
	"go/token"
	"go/types"
)

// target notes a use of e, which may be a map, an element of one, or something else.
func (n *names) target(e ast.Expr, s site) {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		if i := n.mention(x); i >= 0 {
			s.name, s.symbol, s.ident = x.Name, i, x
			if !n.ofThread(&s) {
				s.use |= Elsewhere
			}
			n.sites = append(n.sites, s)
			n.symbols[i].use |= s.use
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
		n.sel(x)
		n.target(x.X, site{use: s.use&^(Adds|Deletes) | Reads})
	default:
		n.expr(x)
	}
}

func (n *names) decl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		n.fn, n.probe = d, n.probes[d]
		n.inBlock(func() {
			n.fields(d.Recv, nil)
			n.function(d, d.Type, d.Body)
		})
		n.fn, n.probe = nil, nil
	case *ast.GenDecl:
		n.exempted(d.Tok == token.VAR, func() {
			for _, spec := range d.Specs {
				n.spec(spec, token.ILLEGAL)
			}
		})
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
			n.typeParams(spec.TypeParams)
			n.exempted(isConstraint(spec) || isMapType(spec), func() { n.expr(spec.Type) })
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
		n.parameters(f, fn)
	}
}

func (n *names) parameters(f *ast.Field, fn *ast.FuncDecl) {
	for _, id := range f.Names {
		n.define(binding{name: id.Name, fn: fn, typ: f.Type})
	}
}

// typeParams walks over type parameters, whose types are constraints.
func (n *names) typeParams(list *ast.FieldList) {
	n.exempted(true, func() { n.fields(list, nil) })
}

// function walks over a function, whose body is one block with its parameters. Of a literal or a type, fn is nil.
func (n *names) function(fn *ast.FuncDecl, t *ast.FuncType, body *ast.BlockStmt) {
	n.typeParams(t.TypeParams)
	if p := contextParam(t); fn != nil && n.probe != nil && p != nil {
		// Its type has another name when it is checked; see probeDecl.
		n.parameters(p, fn)
	} else {
		n.fields(t.Params, fn)
	}
	n.fields(t.Results, fn)
	if body != nil {
		for _, s := range body.List {
			n.stmt(s)
		}
	}
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
		n.inLoop(s, func() {
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
		n.suspect(s)
		n.inBlock(func() {
			n.stmt(s.Init)
			n.stmt(s.Assign)
			n.stmts(s.Body.List)
		})
	case *ast.SelectStmt:
		n.suspect(s)
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
		n.suspect(s)
		n.expr(s.Call)
	case *ast.DeferStmt:
		n.suspect(s)
		n.expr(s.Call)
	case *ast.SendStmt:
		n.suspect(s)
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
	n.suspect(s)
	n.expr(s.X)
	n.inLoop(s, func() {
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
		n.sel(e)
		switch x := ast.Unparen(e.X).(type) {
		case *ast.Ident, *ast.IndexExpr:
			n.target(x, site{use: Reads, selected: e})
		default:
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
			if f.Tag != nil {
				n.expr(f.Tag)
			}
			n.dropped = n.dropped || isDropped(f)
		}
	case *ast.InterfaceType:
		n.suspect(e)
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
		n.suspect(e)
		n.expr(e.X)
	case *ast.StarExpr:
		n.expr(e.X)
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			n.suspect(e)
		}
	case *ast.BinaryExpr:
		if e.Op == token.EQL || e.Op == token.NEQ {
			n.suspect(e)
		}
		n.expr(e.X)
		n.expr(e.Y)
	case *ast.IndexListExpr:
		n.expr(e.X)
		n.exprs(e.Indices)
	case *ast.SliceExpr:
		n.expr(e.X)
		n.exprs([]ast.Expr{e.Low, e.High, e.Max})
	case *ast.TypeAssertExpr:
		n.suspect(e)
		n.expr(e.X)
		n.expr(e.Type)
	case *ast.ArrayType:
		if e.Len == nil {
			n.suspect(e)
		}
		n.expr(e.Len)
		n.expr(e.Elt)
	case *ast.MapType:
		n.suspect(e)
		n.expr(e.Key)
		n.expr(e.Value)
	case *ast.ChanType:
		n.suspect(e)
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
		n.uncall(id, n.note(id.Name, free))
	} else {
		n.expr(kv.Key)
	}
	n.expr(kv.Value)
}

// call walks over a call; delete(m, k) is a use of m.
func (n *names) call(e *ast.CallExpr) {
	n.calls = append(n.calls, e)
	n.suspect(e)
	n.callee = calledName(e)
	if id, ok := ast.Unparen(e.Fun).(*ast.Ident); ok && id.Name == "delete" && len(e.Args) == 2 && n.find("delete") < 0 && !n.is("delete", declared) {
		s := site{use: Deletes | Keyed, index: e.Args[1]}
		n.target(e.Args[0], s)
		n.expr(e.Args[1])
		return
	}
	if n.methodCall(e) {
		return
	}
	n.expr(e.Fun)
	if id, ok := lengthOf(e); ok {
		n.target(id, site{use: Reads, counted: true})
		return
	}
	n.exprs(e.Args)
}

// lengthOf is the name x of len(x).
func lengthOf(e *ast.CallExpr) (x *ast.Ident, ok bool) {
	if fun, named := ast.Unparen(e.Fun).(*ast.Ident); !named || fun.Name != "len" || len(e.Args) != 1 {
		return nil, false
	}
	x, ok = ast.Unparen(e.Args[0]).(*ast.Ident)
	return x, ok
}

// isUniverse reports whether Go itself declares the name.
func isUniverse(name string) bool { return types.Universe.Lookup(name) != nil }
