package check

import (
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

// Evaluate checks a cell that is an expression or statements, which run once. The unit's only probe has no hook; a value that the cell
// ends with is given to the intrinsic Result. Such a cell declares no map and no use of it decides what a map becomes.
func Evaluate(in Input) (*Unit, []source.Diagnostic) {
	in.once = true
	cell := in.File
	last := len(cell.Body.Body.List) - 1
	if last >= 0 {
		if _, ok := cell.Body.Body.List[last].(*ast.ExprStmt); ok {
			in.File = runOnce(cell, true)
			unit, diags := Check(in)
			if !slices.ContainsFunc(diags, hasNoValue) {
				return unit, diags
			}
		}
	}
	in.File = runOnce(cell, false)
	return Check(in)
}

// hasNoValue recognizes the error about a call of a function without results that is used as a value.
func hasNoValue(d source.Diagnostic) bool {
	return strings.HasSuffix(d.Msg, "(no value) used as value")
}

// runOnce is the file as one function that runs once. With value the last statement, an expression, gives the result.
func runOnce(f *syntax.File, value bool) *syntax.File {
	decl := *f.Body
	decl.Name = &ast.Ident{NamePos: f.Body.Name.NamePos, Name: "once"}
	body := *f.Body.Body
	body.List = slices.Clone(body.List)
	if value {
		last := &body.List[len(body.List)-1]
		x := (*last).(*ast.ExprStmt).X
		*last = &ast.ExprStmt{X: &ast.CallExpr{
			Fun: &ast.Ident{NamePos: x.Pos(), Name: universe.ResultName}, Lparen: x.Pos(), Args: []ast.Expr{x}, Rparen: x.End() - 1,
		}}
	}
	decl.Body = &body
	tree := *f.AST
	tree.Decls = append(slices.Clip(tree.Decls), &decl)
	once := *f
	once.AST, once.Expr, once.Stmts, once.Body = &tree, nil, nil, nil
	once.Probes = []*syntax.Probe{{
		Name: abi.OnceName, Decl: &decl, Span: source.Span{Cell: f.Cell.Name, End: len(f.Cell.Text)},
	}}
	return &once
}

// Only is the cell with one of its expressions in its place.
func Only(f *syntax.File, e ast.Expr) *syntax.File {
	body := *f.Body
	body.Body = &ast.BlockStmt{Lbrace: e.Pos(), List: []ast.Stmt{&ast.ExprStmt{X: e}}, Rbrace: e.End()}
	only := *f
	only.Expr, only.Stmts, only.Body = e, nil, &body
	return &only
}

// Constant is the value of an expression that Go's compiler would compute, with no more than the constants and types of other cells;
// ok is false if it is none.
func Constant(in Input, e ast.Expr) (tv types.TypeAndValue, ok bool) {
	pkg := types.NewPackage(universe.MainPath, "main")
	ast.Inspect(e, func(n ast.Node) bool {
		id, isName := n.(*ast.Ident)
		if !isName || in.Maps[id.Name] != nil || pkg.Scope().Lookup(id.Name) != nil {
			return true
		}
		switch obj := in.Names[id.Name].(type) {
		case *types.Const:
			pkg.Scope().Insert(types.NewConst(token.NoPos, pkg, obj.Name(), obj.Type(), obj.Val()))
		case *types.TypeName:
			pkg.Scope().Insert(types.NewTypeName(token.NoPos, pkg, obj.Name(), obj.Type()))
		}
		return true
	})
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	if err := types.CheckExpr(in.File.Fset, pkg, token.NoPos, e, info); err != nil {
		return tv, false
	}
	tv = info.Types[e]
	return tv, tv.Value != nil
}
