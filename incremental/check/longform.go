package check

import (
	"go/ast"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/universe"
)

// The long form has methods of the context and functions over maps that say what the language says in another way. They are rewritten
// to it before anything is checked, at their places: ctx.Pid() is bpf.PID(), ctx.Rdi() is the register ctx.di, and bpf.MapLookup(&m, &k, &v) is
// v = m[k].

// contextMethods are the methods of a context that are values of the language.
var contextMethods = map[string]string{
	"Pid": "PID", "PID": "PID", "Tid": "TID", "TID": "TID", "Uid": "UID", "UID": "UID", "Gid": "GID", "GID": "GID",
	"Comm": "Comm", "Cpu": "CPU", "CPU": "CPU", "Nsecs": "Nsecs", "Task": "Task",
}

// registerMethods are the methods of a context that are registers, by the names of the kernel's struct pt_regs.
var registerMethods = map[string]string{
	"Rdi": "di", "Rsi": "si", "Rdx": "dx", "Rcx": "cx", "R8": "r8", "R9": "r9", "R10": "r10", "R11": "r11", "R12": "r12", "R13": "r13",
	"R14": "r14", "R15": "r15", "Rax": "ax", "Rbx": "bx", "Rbp": "bp", "Rsp": "sp", "Rip": "ip",
}

// longForms rewrites the long forms. If there are any, the checker goes on with a copy of the syntax tree.
func (c *checker) longForms() {
	if !c.hasLongForm() {
		return
	}
	c.file = cloneFile(c.file)
	for _, d := range c.file.AST.Decls {
		ctx := ""
		if fd, ok := d.(*ast.FuncDecl); ok {
			if p := contextParam(fd.Type); p != nil && len(p.Names) == 1 {
				ctx = p.Names[0].Name
			}
		}
		rewriteExprs(reflect.ValueOf(d), func(e ast.Expr) ast.Expr { return contextMethod(e, ctx) })
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				n.List = c.mapCalls(n.List)
			case *ast.CaseClause:
				n.Body = c.mapCalls(n.Body)
			case *ast.StructType:
				dropFields(n)
			}
			return true
		})
	}
	c.names = scanNames(c.file)
}

// hasLongForm reports whether the file may have anything to rewrite.
func (c *checker) hasLongForm() bool {
	for name := range c.names.all(selected) {
		if contextMethods[name] != "" || registerMethods[name] != "" || strings.HasPrefix(name, "Map") {
			return true
		}
	}
	return c.names.dropped
}

// contextMethod is what a call of a method of the context stands for, or the expression itself.
func contextMethod(e ast.Expr, ctx string) ast.Expr {
	call, ok := e.(*ast.CallExpr)
	if !ok || ctx == "" || len(call.Args) != 0 {
		return e
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !isIdent(sel.X, ctx) {
		return e
	}
	if reg := registerMethods[sel.Sel.Name]; reg != "" {
		return &ast.SelectorExpr{X: sel.X, Sel: &ast.Ident{NamePos: sel.Sel.NamePos, Name: reg}}
	}
	if name := contextMethods[sel.Sel.Name]; name != "" {
		sel.X = &ast.Ident{NamePos: sel.X.Pos(), Name: universe.BPFPath}
		sel.Sel = &ast.Ident{NamePos: sel.Sel.NamePos, Name: name}
	}
	return e
}

// rewriteExprs puts f(e) in the place of every expression e below a node, the innermost first.
func rewriteExprs(v reflect.Value, f func(ast.Expr) ast.Expr) {
	switch v.Kind() {
	case reflect.Pointer:
		if _, ok := v.Interface().(ast.Node); ok && !v.IsNil() {
			for i := range v.Elem().NumField() {
				rewriteExprs(v.Elem().Field(i), f)
			}
		}
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		rewriteExprs(v.Elem(), f)
		if e, ok := v.Interface().(ast.Expr); ok && v.CanSet() {
			if n := f(e); n != e {
				v.Set(reflect.ValueOf(n))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			rewriteExprs(v.Index(i), f)
		}
	}
}

// mapCalls rewrites bpf.MapLookup(&m, &k, &v), bpf.MapUpdate(&m, &k, &v) and bpf.MapDelete(&m, &k) as statements.
func (c *checker) mapCalls(list []ast.Stmt) []ast.Stmt {
	var out []ast.Stmt
	for _, s := range list {
		if more := c.mapCall(s); more != nil {
			out = append(out, more...)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func (c *checker) mapCall(s ast.Stmt) []ast.Stmt {
	es, ok := s.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	call, ok := es.X.(*ast.CallExpr)
	if !ok {
		return nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !isIdent(sel.X, universe.BPFPath) {
		return nil
	}
	args := make([]ast.Expr, len(call.Args))
	for i, a := range call.Args {
		args[i] = a
		if addr, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && addr.Op == token.AND {
			args[i] = addr.X
		}
	}
	switch {
	case sel.Sel.Name == "MapLookup" && len(args) == 3:
		return c.lookupCall(call, args[0], args[1], args[2])
	case sel.Sel.Name == "MapUpdate" && len(args) == 3:
		return []ast.Stmt{assign(call, element(args[0], args[1]), args[2])}
	case sel.Sel.Name == "MapDelete" && len(args) == 2:
		del := &ast.Ident{NamePos: call.Pos(), Name: "delete"}
		return []ast.Stmt{&ast.ExprStmt{X: &ast.CallExpr{Fun: del, Lparen: call.Lparen, Args: args, Rparen: call.Rparen}}}
	}
	return nil
}

// lookupCall is v = m[k]. A map that nothing declares is one of uint64, and a variable that nothing declares takes what is found.
func (c *checker) lookupCall(call *ast.CallExpr, m, k, v ast.Expr) []ast.Stmt {
	var out []ast.Stmt
	if id, ok := m.(*ast.Ident); ok && c.isUndeclared(id) {
		// It never runs and says what the map holds.
		zero := &ast.CallExpr{Fun: &ast.Ident{NamePos: m.Pos(), Name: "uint64"}, Lparen: m.Pos(), Args: []ast.Expr{
			&ast.BasicLit{ValuePos: m.Pos(), Kind: token.INT, Value: "0"},
		}, Rparen: m.Pos()}
		out = append(out, &ast.IfStmt{
			If: call.Pos(), Cond: &ast.Ident{NamePos: call.Pos(), Name: "false"},
			Body: &ast.BlockStmt{Lbrace: call.Pos(), List: []ast.Stmt{assign(call, element(m, k), zero)}, Rbrace: call.Pos()},
		})
	}
	if id, ok := v.(*ast.Ident); ok && c.isUndeclared(id) {
		def := &ast.AssignStmt{Lhs: []ast.Expr{v}, TokPos: v.Pos(), Tok: token.DEFINE, Rhs: []ast.Expr{element(m, k)}}
		used := assign(call, &ast.Ident{NamePos: v.Pos(), Name: "_"}, &ast.Ident{NamePos: v.Pos(), Name: id.Name})
		return append(out, def, used)
	}
	return append(out, assign(call, v, element(m, k)))
}

// isUndeclared reports whether neither the cell nor another declares a name.
func (c *checker) isUndeclared(id *ast.Ident) bool {
	return !c.names.is(id.Name, declared) && c.lookup(id.Name) == nil && !slices.ContainsFunc(c.names.bindings, func(b binding) bool { return b.name == id.Name })
}

func element(m, k ast.Expr) ast.Expr {
	return &ast.IndexExpr{X: m, Lbrack: m.End(), Index: k, Rbrack: k.End()}
}

func assign(at ast.Node, to, v ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{to}, TokPos: at.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{v}}
}

// isDropped reports whether the tag of a field says that it is not for the kernel, `bpf:"-"`.
func isDropped(f *ast.Field) bool {
	if f.Tag == nil {
		return false
	}
	text, err := strconv.Unquote(f.Tag.Value)
	return err == nil && reflect.StructTag(text).Get("bpf") == "-"
}

// dropFields takes the fields that are not for the kernel out of a struct.
func dropFields(s *ast.StructType) { s.Fields.List = slices.DeleteFunc(s.Fields.List, isDropped) }
