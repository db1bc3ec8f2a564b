package syntax

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
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
	s := &splitter{cell: cell.Name, text: blankShebang(respell(cell.Text)), fset: token.NewFileSet()}
	s.src = []byte(s.text)
	s.split()
	w := &writer{splitter: s}
	w.file()
	f.Go, f.segments = w.buf.String(), w.segments

	tree, err := parser.ParseFile(f.Fset, cell.Name, f.Go, parser.ParseComments|parser.AllErrors|parser.SkipObjectResolution)
	f.AST = tree
	f.takeBody(s)
	f.takeProbes(s)
	f.takeAttrs()
	diags := append(s.diags, f.parseErrors(s, err)...)
	return f, source.Sort(append(diags, f.duplicates()...))
}

// command returns the text after the colon if text is a ":" command.
func command(text string) (string, bool) {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, ":") || strings.HasPrefix(trimmed, ":=") {
		return "", false
	}
	return strings.TrimSpace(trimmed[1:]), true
}

// blankShebang replaces a first line that starts with #! by spaces.
func blankShebang(text string) string {
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
		for next < len(s.probes) && s.probes[next].gen < at {
			next++
		}
		if next == len(s.probes) {
			return
		}
		it := s.probes[next]
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

// parseErrors gives the parser's errors at the user's places. Each item is parsed again by itself, so that no
// error echoes in what follows the item; what is wrong only between items is found in the whole file.
func (f *File) parseErrors(s *splitter, err error) []source.Diagnostic {
	if err == nil {
		return nil
	}
	if s.bare {
		return f.itemErrors(s, err)
	}
	var diags []source.Diagnostic
	for _, it := range s.items {
		if it.kind == itemBad {
			continue
		}
		w := &writer{splitter: &splitter{cell: s.cell, text: s.text, src: s.src, fset: s.fset}, pos: it.start}
		w.made("package main\n\n", piece{it.start, it.start})
		if it.kind == itemPackage {
			w.buf.Reset()
			w.segments = nil
		}
		w.item(it, 0)
		w.made("\n", piece{it.end, it.end})
		alone := &File{Cell: f.Cell, Go: w.buf.String(), segments: w.segments}
		_, err := parser.ParseFile(token.NewFileSet(), "", alone.Go, parser.AllErrors|parser.SkipObjectResolution)
		diags = append(diags, alone.itemErrors(s, err)...)
	}
	if len(diags) == 0 {
		return f.itemErrors(s, err)
	}
	return diags
}

// itemErrors restates errors of the parser, the first of each line: what follows on the same line is mostly an
// echo, as is an end that comes too early after another error.
func (f *File) itemErrors(s *splitter, err error) []source.Diagnostic {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return nil
	}
	var diags []source.Diagnostic
	line := 0
	for i, e := range list {
		atEnd := strings.HasSuffix(e.Msg, "found 'EOF'")
		semicolon := atEnd && strings.HasPrefix(e.Msg, "expected ';'") && i+1 < len(list)
		if e.Pos.Line == line || atEnd && len(diags) > 0 || semicolon {
			continue
		}
		line = e.Pos.Line
		diags = append(diags, f.parseError(s, e))
	}
	return diags
}

// parseError restates one error of the parser. An error found in text that we made is one at the user's text that
// follows: what the parser has found there is replaced by what the user has there.
func (f *File) parseError(s *splitter, e *scanner.Error) source.Diagnostic {
	start := f.Place(e.Pos.Offset)
	ours := !f.users(e.Pos.Offset)
	if ours {
		start = s.skipBlank(start, true)
	}
	found, width := s.tokenAt(start)
	msg := e.Msg
	if head, _, ok := strings.Cut(msg, ", found "); ok && ours {
		msg = head + ", found " + found
	}
	span := source.Span{Cell: f.Cell.Name, Start: start, End: min(start+width, len(s.text))}
	return source.Diagnostic{Code: source.Syntax, Span: span, Msg: msg}
}

// users reports whether the byte at offset of File.Go was written by the user.
func (f *File) users(offset int) bool {
	for i := len(f.segments) - 1; i >= 0; i-- {
		if s := f.segments[i]; s.gen <= offset {
			return !s.ours && offset < s.gen+s.len
		}
	}
	return false
}
