// Package syntax turns Go3s text into go/ast with every position kept: probes in both forms, attributes, Go
// declarations, statements, expressions and commands.
//
// The text is cut into items (probes, declarations, statements), from which a Go file is built: the user's bytes
// are copied, the header of a shorthand probe becomes a function header. go/parser reads that file, and a table
// of segments leads from each of its bytes back to the user's.
package syntax

import (
	"go/ast"
	"go/token"
	"sort"

	"go3s/incremental/source"
)

// File is a parsed cell.
type File struct {
	Cell source.Cell
	// Fset holds the positions of all nodes of the file. Use File.Span to get back to the user's text.
	Fset *token.FileSet
	// AST is the cell as one Go file: package clause, imports, and the declarations of Decls and Probes. Shorthand probes stand in
	// it in their long form. The bpf package is imported when the text uses it. AST is nil for a command.
	AST    *ast.File
	Probes []*Probe
	// Stmts and Expr are set when the cell is bare statements or one expression, as typed at the prompt. They stand in
	// the function Body, which AST.Decls does not hold.
	Stmts []ast.Stmt
	Expr  ast.Expr
	Body  *ast.FuncDecl
	// Command is set when the cell is a ":" command: its text without the colon.
	Command string
	// Attrs are the attributes of probes by *ast.FuncDecl, of variables, constants and types by *ast.ValueSpec or
	// *ast.TypeSpec, and of loops by *ast.ForStmt or *ast.RangeStmt.
	Attrs map[ast.Node][]Attr
	// Stray are the attributes go:unroll that stand above no loop; those of probes are Probe.Attrs.
	Stray []Attr
	// Go is the long form of the cell: a Go file. Positions in AST are positions of this text.
	Go string

	segments []segment
}

// segment maps the bytes of File.Go from gen on to the bytes of Cell.Text from orig on. Text that we made (ours)
// stands as a whole for the range [orig, end) of the user's text.
type segment struct {
	gen, len  int
	orig, end int
	ours      bool
}

// Probe is a function with one or more hooks.
type Probe struct {
	Name  string // explicit, or after its first hook
	Named bool   // the name is the user's own, not the hook's
	Hooks []Hook
	Attrs []Attr      // attributes that are neither hook nor predicate, such as rate
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

// String is the hook as one word: kind:target.
func (h Hook) String() string {
	switch {
	case h.Kind == "":
		return h.Target
	case h.Target == "":
		return h.Kind
	}
	return h.Kind + ":" + h.Target
}

// Span returns the user's text that the nodes between pos and end come from. It lies within the cell; it is the zero
// Span if pos is not a position of the file.
func (f *File) Span(pos, end token.Pos) source.Span {
	start := int(pos) - 1
	if !pos.IsValid() || start > len(f.Go) {
		return source.Span{}
	}
	span := source.Span{Cell: f.Cell.Name}
	var stop int
	span.Start, stop = f.place(start)
	if last := int(end) - 2; last >= start && last < len(f.Go) {
		_, stop = f.place(last)
	}
	span.End = max(span.Start, stop)
	return span
}

// Place returns the offset in the user's text of the byte at offset of File.Go.
func (f *File) Place(offset int) int {
	start, _ := f.place(offset)
	return start
}

// place returns the range of the user's text for one byte of File.Go: that byte, or all that a made text stands for.
func (f *File) place(offset int) (start, end int) {
	i := sort.Search(len(f.segments), func(i int) bool { return f.segments[i].gen > offset }) - 1
	if i < 0 {
		return 0, 0
	}
	s := f.segments[i]
	if s.ours {
		return s.orig, s.end
	}
	start = min(s.orig+offset-s.gen, len(f.Cell.Text))
	return start, min(start+1, len(f.Cell.Text))
}
