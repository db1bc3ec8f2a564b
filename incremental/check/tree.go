package check

import (
	"go/ast"
	"go/token"
	"go/types"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// buildTree makes the file that Go's checker reads: the user's declarations, the probes with the context types of their hooks,
// and the conversions that adding to a counter takes. Names that no user can write stand for the types.
func (c *checker) buildTree() {
	tree := *c.file.AST
	tree.Decls = make([]ast.Decl, 0, len(c.file.AST.Decls))
	next := 0
	for _, d := range c.file.AST.Decls {
		fd, ok := d.(*ast.FuncDecl)
		switch {
		case ok && next < len(c.probes) && c.probes[next].syntax.Decl == fd:
			c.probes[next].decl = c.probeDecl(c.probes[next])
			tree.Decls = append(tree.Decls, c.probes[next].decl)
			next++
		case ok && c.homeless[fd]:
			if fn := function(fd); fn.Body != nil {
				fn.Body = c.wrapBlock(fn.Body)
				tree.Decls = append(tree.Decls, fn)
			}
		case ok && fd.Body != nil:
			fn := *fd
			fn.Body = c.wrapBlock(fd.Body)
			tree.Decls = append(tree.Decls, &fn)
		case c.isNeedless(d):
		default:
			tree.Decls = append(tree.Decls, d)
		}
	}
	c.tree = &tree
}

// isNeedless reports whether a declaration imports a package that is not used, as we import bpf for the headers of probes: the types of
// their contexts have other names in the file.
func (c *checker) isNeedless(d ast.Decl) bool {
	gen, ok := d.(*ast.GenDecl)
	if !ok || gen.Tok != token.IMPORT || len(gen.Specs) != 1 {
		return false
	}
	spec := gen.Specs[0].(*ast.ImportSpec)
	return spec.Name == nil && !c.names.is(importName(spec), free|twice)
}

// probeDecl is the probe's function with the type of its hook's context. It has a name that no user can write, so that a map
// may be called like the probe.
func (c *checker) probeDecl(p *probe) *ast.FuncDecl {
	fd := *p.syntax.Decl
	fd.Name = &ast.Ident{NamePos: fd.Name.NamePos, Name: "probe:" + fd.Name.Name}
	fd.Body = c.wrapBlock(fd.Body)
	param := contextParam(fd.Type)
	if param == nil {
		return &fd
	}
	star := param.Type.(*ast.StarExpr)
	field := *param
	field.Type = &ast.StarExpr{Star: star.Star, X: &ast.Ident{NamePos: star.X.Pos(), Name: p.contextName}}
	typ := *fd.Type
	typ.Params = &ast.FieldList{Opening: typ.Params.Opening, List: []*ast.Field{&field}, Closing: typ.Params.Closing}
	fd.Type = &typ
	uses := c.names.probes[p.syntax.Decl]
	if uses.args && len(field.Names) == 1 && field.Names[0].Name != universe.ArgsName {
		fd.Body = withArgs(fd.Body, field.Names[0], fd.Type.Func)
	}
	if uses.retval && len(field.Names) == 1 {
		fd.Body = c.withRetval(p, fd.Body, field.Names[0], fd.Type.Func)
	}
	return &fd
}

// withArgs is the body with args := ctx in front.
func withArgs(body *ast.BlockStmt, ctx *ast.Ident, pos token.Pos) *ast.BlockStmt {
	alias := &ast.AssignStmt{
		Lhs: []ast.Expr{&ast.Ident{NamePos: pos, Name: universe.ArgsName}}, TokPos: pos, Tok: token.DEFINE,
		Rhs: []ast.Expr{&ast.Ident{NamePos: pos, Name: ctx.Name}},
	}
	return &ast.BlockStmt{Lbrace: body.Lbrace, List: append([]ast.Stmt{alias}, body.List...), Rbrace: body.Rbrace}
}

// withRetval is the body with retval := ctx.retval in front, or ctx.ret where the hook has that.
func (c *checker) withRetval(p *probe, body *ast.BlockStmt, ctx *ast.Ident, pos token.Pos) *ast.BlockStmt {
	for _, name := range []string{universe.RetvalName, "ret"} {
		if p.context == nil || fieldOf(p.context.Named, name) == nil {
			continue
		}
		field := &ast.SelectorExpr{X: &ast.Ident{NamePos: pos, Name: ctx.Name}, Sel: &ast.Ident{NamePos: pos, Name: name}}
		alias := &ast.AssignStmt{
			Lhs: []ast.Expr{&ast.Ident{NamePos: pos, Name: universe.RetvalName}}, TokPos: pos, Tok: token.DEFINE, Rhs: []ast.Expr{field},
		}
		return &ast.BlockStmt{Lbrace: body.Lbrace, List: append([]ast.Stmt{alias}, body.List...), Rbrace: body.Rbrace}
	}
	return body
}

// contextParam is the parameter of a probe's function, or nil if it is not func(ctx *bpf.Context) with or without a
// result of type int.
func contextParam(t *ast.FuncType) *ast.Field {
	if t.TypeParams != nil || t.Params.NumFields() != 1 {
		return nil
	}
	if r := t.Results; r.NumFields() > 1 || r.NumFields() == 1 && !isIdent(r.List[0].Type, "int") {
		return nil
	}
	star, ok := t.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return nil
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	if !ok || !isIdent(sel.X, "bpf") || sel.Sel.Name != "Context" && sel.Sel.Name != "KProbeContext" {
		return nil
	}
	return t.Params.List[0]
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// declareContexts declares the context types of the probes. With an unknown hook the type is invalid, about which Go's
// checker keeps silent.
func (c *checker) declareContexts() {
	scope := c.pkg.Scope()
	for _, p := range c.probes {
		var typ types.Type = types.Typ[types.Invalid]
		if p.context != nil {
			typ = p.context.Named
		}
		if scope.Lookup(p.contextName) == nil {
			scope.Insert(types.NewTypeName(token.NoPos, c.pkg, p.contextName, typ))
		}
	}
}

// signatures reports probes whose functions cannot be probes.
func (c *checker) signatures() {
	for _, p := range c.probes {
		if !c.in.once && contextParam(p.syntax.Decl.Type) == nil {
			c.diags = append(c.diags, source.Diagnostic{
				Code: source.Type, Span: c.file.Span(p.syntax.Decl.Name.Pos(), p.syntax.Decl.Type.End()),
				Msg: "a function with a hook is func(ctx *bpf.Context) or func(ctx *bpf.Context) int",
			})
		}
	}
}

// wrapBlock is the block with its counter additions converted; the block itself if it has none.
func (c *checker) wrapBlock(b *ast.BlockStmt) *ast.BlockStmt {
	if b == nil || len(c.wraps) == 0 {
		return b
	}
	return &ast.BlockStmt{Lbrace: b.Lbrace, List: c.wrapList(b.List), Rbrace: b.Rbrace}
}

func (c *checker) wrapList(list []ast.Stmt) []ast.Stmt {
	out := make([]ast.Stmt, len(list))
	for i, s := range list {
		out[i] = c.wrapStmt(s)
	}
	return out
}

// wrapStmt copies the statements on the way down to the assignments in c.wraps, which become x += T(v).
func (c *checker) wrapStmt(s ast.Stmt) ast.Stmt {
	switch s := s.(type) {
	case *ast.AssignStmt:
		typ, ok := c.wraps[s]
		if !ok {
			return s
		}
		v := s.Rhs[0]
		conv := &ast.CallExpr{
			Fun: &ast.Ident{NamePos: v.Pos(), Name: wrapName(typ)}, Lparen: v.Pos(), Args: []ast.Expr{v}, Rparen: v.End() - 1,
		}
		return &ast.AssignStmt{Lhs: s.Lhs, TokPos: s.TokPos, Tok: s.Tok, Rhs: []ast.Expr{conv}}
	case *ast.BlockStmt:
		return c.wrapBlock(s)
	case *ast.IfStmt:
		n := *s
		n.Body = c.wrapBlock(s.Body)
		if s.Else != nil {
			n.Else = c.wrapStmt(s.Else)
		}
		return &n
	case *ast.ForStmt:
		n := *s
		if s.Post != nil {
			n.Post = c.wrapStmt(s.Post)
		}
		n.Body = c.wrapBlock(s.Body)
		return &n
	case *ast.RangeStmt:
		n := *s
		n.Body = c.wrapBlock(s.Body)
		return &n
	case *ast.SwitchStmt:
		n := *s
		n.Body = c.wrapBlock(s.Body)
		return &n
	case *ast.CaseClause:
		n := *s
		n.Body = c.wrapList(s.Body)
		return &n
	case *ast.LabeledStmt:
		n := *s
		n.Stmt = c.wrapStmt(s.Stmt)
		return &n
	}
	return s
}

// wrapName is the name under which the type of a conversion of ours is declared, whatever the user calls uint64.
func wrapName(t types.Type) string { return "counter:" + t.String() }
