package syntax

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"go3s/incremental/source"
)

// Parse reads a cell. The file is never nil; with diagnostics, in source order, it holds what could be read.
func Parse(cell source.Cell) (*File, []source.Diagnostic) {
	f := &File{Cell: cell, Fset: token.NewFileSet()}
	if command, ok := command(cell.Text); ok {
		f.Command = command
		return f, nil
	}
	_, diags := f.parse()
	return f, diags
}

// parse reads a cell that is no command.
func (f *File) parse() (*splitter, []source.Diagnostic) {
	s := newSplitter(f.Cell)
	s.split()
	w := &writer{splitter: s}
	w.file()
	f.Go, f.segments = w.buf.String(), w.segments

	tree, err := parser.ParseFile(f.Fset, f.Cell.Name, f.Go, parser.ParseComments|parser.AllErrors|parser.SkipObjectResolution)
	f.AST = tree
	f.takeBody(s)
	f.takeProbes(s)
	f.takeAttrs()
	diags := append(s.diags, f.parseErrors(s, err)...)
	return s, source.Sort(append(diags, f.duplicates()...))
}

// command returns the text after the colon if text is a ":" command.
func command(text string) (string, bool) {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, ":") || strings.HasPrefix(trimmed, ":=") {
		return "", false
	}
	return strings.TrimSpace(trimmed[1:]), true
}

// blankStart replaces what may stand before the first line of Go, a byte order mark and a line that starts with #!, by
// spaces.
func blankStart(text string) string {
	if rest, ok := strings.CutPrefix(text, "\ufeff"); ok {
		return "   " + blankStart(rest)
	}
	if !strings.HasPrefix(text, "#!") {
		return text
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.Repeat(" ", len(line)) + text[len(line):]
}

// takeBody moves the function that holds bare statements from the tree to the file.
func (f *File) takeBody(s *splitter) {
	if !s.bare {
		return
	}
	for i, decl := range f.AST.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		f.AST.Decls = append(f.AST.Decls[:i:i], f.AST.Decls[i+1:]...)
		f.Body = fn
		if list := fn.Body.List; len(list) == 1 {
			if stmt, ok := list[0].(*ast.ExprStmt); ok {
				f.Expr = stmt.X
				return
			}
		}
		f.Stmts = fn.Body.List
		return
	}
}

// takeProbes finds the function of each probe by its place.
func (f *File) takeProbes(s *splitter) {
	next := 0
	for _, decl := range f.AST.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		at := int(fn.Type.Func) - 1
		for next < len(s.items) && (s.items[next].kind != itemProbe || s.items[next].gen < at) {
			next++
		}
		if next == len(s.items) {
			return
		}
		it := s.items[next]
		if it.gen != at {
			continue
		}
		p := &Probe{
			Name: fn.Name.Name, Named: it.named, Hooks: it.hooks, Attrs: it.attrs, Decl: fn,
			Span: source.Span{Cell: f.Cell.Name, Start: it.start, End: it.end},
		}
		for _, stmt := range fn.Body.List[:min(len(it.preds), len(fn.Body.List))] {
			if pred := predicate(stmt); pred != nil {
				p.Preds = append(p.Preds, pred)
			}
		}
		f.Probes = append(f.Probes, p)
	}
}

// predicate returns P of if !(P) { return }, or nil.
func predicate(stmt ast.Stmt) ast.Expr {
	guard, ok := stmt.(*ast.IfStmt)
	if !ok {
		return nil
	}
	not, ok := guard.Cond.(*ast.UnaryExpr)
	if !ok {
		return nil
	}
	paren, ok := not.X.(*ast.ParenExpr)
	if !ok {
		return nil
	}
	return paren.X
}

// duplicates reports probes that share a name.
func (f *File) duplicates() []source.Diagnostic {
	var diags []source.Diagnostic
	for i, p := range f.Probes {
		for _, first := range f.Probes[:i] {
			if first.Name != p.Name || p.Name == "_" {
				continue
			}
			diags = append(diags, source.Diagnostic{
				Code: source.DuplicateProbe,
				Span: p.nameSpan(f),
				Msg:  "two probes are called " + p.Name,
				Hint: "give it a name of its own: " + p.Name + "2 := " + p.Hooks[0].String() + " { … }",
				Also: []source.Note{{Span: first.nameSpan(f), Msg: "the first " + p.Name}},
			})
			break
		}
	}
	return diags
}

// nameSpan is where the probe gets its name: the name itself, or the first hook.
func (p *Probe) nameSpan(f *File) source.Span {
	return f.Span(p.Decl.Name.Pos(), p.Decl.Name.End())
}
