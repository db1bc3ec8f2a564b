// Package syntax turns Go3s text into go/ast with every position kept: probes in both forms, attributes, Go
// declarations, statements, expressions and commands.
package syntax

import (
	"go/ast"
	"go/token"

	"go3s/incremental/source"
)

// File is a parsed cell.
type File struct {
	Cell source.Cell
	// Fset holds the positions of all nodes of the file. Use File.Span to get back to the user's text.
	Fset *token.FileSet
	// AST is the cell as one Go file: package clause, imports, and the declarations of Decls and Probes. Shorthand probes stand in
	// it in their long form.
	AST    *ast.File
	Probes []*Probe
	// Stmts and Expr are set when the cell is bare statements or one expression, as typed at the prompt.
	Stmts []ast.Stmt
	Expr  ast.Expr
	// Command is set when the cell is a ":" command: its text without the colon.
	Command string
	// Go is the long form of the cell: a Go file. Positions in AST are positions of this text.
	Go string

	segments []segment
}

// segment maps the bytes of File.Go from gen on to the bytes of Cell.Text from orig on; orig < 0 marks text we made.
type segment struct{ gen, orig, len int }

// Probe is a function with one or more hooks.
type Probe struct {
	Name  string // explicit, or after its first hook
	Hooks []Hook
	Span  source.Span // the whole probe, attributes included
	// Decl is the probe as a function func NAME(ctx *bpf.Context). A predicate stands in it as a leading
	// if !(P) { return }, marked in Preds.
	Decl  *ast.FuncDecl
	Preds []ast.Expr
}

// Hook is a place in the kernel as the user wrote it.
type Hook struct {
	Kind   string // "tracepoint", or "" when left out
	Target string // "syscalls:sys_enter_openat"
	Span   source.Span
}
