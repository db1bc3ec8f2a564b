package syntax

import (
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"

	"go3s/incremental/source"
)

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
		failed := false
		for _, p := range it.preds {
			if d, ok := s.predicateError(p); ok {
				diags, failed = append(diags, d), true
			}
		}
		if failed {
			it.preds = nil // the rest of the probe is read without them
		}
		diags = append(diags, f.alone(s, it)...)
	}
	if len(diags) == 0 {
		return f.itemErrors(s, err)
	}
	return diags
}

// alone parses one item by itself.
func (f *File) alone(s *splitter, it *item) []source.Diagnostic {
	w := &writer{splitter: s, pos: it.start}
	if it.kind != itemPackage {
		w.made("package main\n\n", piece{it.start, it.start})
	}
	w.item(it)
	w.made("\n", piece{it.end, it.end})
	alone := &File{Cell: f.Cell, Go: w.buf.String(), segments: w.segments}
	_, err := parser.ParseFile(token.NewFileSet(), "", alone.Go, parser.AllErrors|parser.SkipObjectResolution)
	return alone.itemErrors(s, err)
}

// itemErrors restates errors of the parser, the first of each line: what follows on the same line is mostly an
// echo, as is an end that comes too early after another error.
func (f *File) itemErrors(s *splitter, err error) []source.Diagnostic {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return nil
	}
	var diags []source.Diagnostic
	line := -1
	for i, e := range list {
		at := strings.Count(f.Go[:min(e.Pos.Offset, len(f.Go))], "\n")
		late := !f.users(e.Pos.Offset) && len(diags) > 0
		if at == line || late || i+1 < len(list) && vaguer(e, list[i+1]) {
			continue
		}
		line = at
		diags = append(diags, f.parseError(s, e))
	}
	return diags
}

// vaguer reports whether e says less than the error after it, which is at the same place.
func vaguer(e, next *scanner.Error) bool {
	if e.Pos.Offset != next.Pos.Offset {
		return false
	}
	return strings.HasSuffix(e.Msg, "found 'ILLEGAL'") || e.Msg == "expected ';', found 'EOF'"
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
	d := source.Diagnostic{
		Code: source.Syntax,
		Span: source.Span{Cell: f.Cell.Name, Start: start, End: min(start+width, len(s.text))},
		Msg:  e.Msg,
	}
	if head, _, ok := strings.Cut(e.Msg, ", found "); ok && ours {
		d.Msg = head + ", found " + found
	}
	if what, ok := strings.CutPrefix(d.Msg, "expected ';', found "); ok && what != "'EOF'" {
		d.Msg = "unexpected " + what + " at the end of a statement"
	}
	switch {
	case strings.HasPrefix(e.Msg, "illegal character U+0040"):
		d.Hint = "maps need no @ here: name[key]++"
	case strings.HasPrefix(e.Msg, "illegal character U+0024"):
		d.Hint = "variables need no $ here: name := value"
	case strings.HasPrefix(e.Msg, "illegal character U+003F"):
		d.Hint = "write if … { … } else { … }"
	case strings.Contains(d.Msg, "'++'") || strings.Contains(d.Msg, "'--'"):
		d.Hint = "it is a statement of its own, behind the name: n++ or n--"
	case strings.HasSuffix(strings.TrimRight(s.text[:start], " \t"), "while"):
		d.Hint = "write for in the place of while"
	default:
		d.Hint = f.keyHint(e.Pos.Offset)
	}
	return d
}

// KeyHint says how a key of several values of a map is written.
func KeyHint(name, values string) string {
	return fmt.Sprintf("a key of several values is a struct: type key struct { … }, then %s[key{%s}]", name, strings.Join(strings.Fields(values), " "))
}

// keyHint is KeyHint if the error at an offset is in the second index or a later one of a list: Go has only types there.
func (f *File) keyHint(offset int) string {
	type bracket struct {
		name   string // before it, of an index
		start  int    // behind it
		commas int
	}
	var (
		s    scanner.Scanner
		open []bracket
		last string
		list = -1 // the index with the error, of those that are open
	)
	set := token.NewFileSet()
	s.Init(set.AddFile("", -1, len(f.Go)), []byte(f.Go), nil, 0)
	for {
		pos, tok, text := s.Scan()
		at, top := int(pos)-1, len(open)-1
		if list < 0 && at >= offset {
			if top < 0 || open[top].commas == 0 || open[top].name == "" {
				return ""
			}
			list = top
		}
		switch {
		case tok == token.EOF:
			return ""
		case list >= 0 && top == list && tok == token.RBRACK:
			return KeyHint(open[top].name, f.Go[open[top].start:at])
		}
		switch tok {
		case token.LBRACK, token.LPAREN, token.LBRACE:
			name := ""
			if tok == token.LBRACK {
				name = last
			}
			open = append(open, bracket{name: name, start: at + 1})
		case token.RBRACK, token.RPAREN, token.RBRACE:
			open = open[:max(top, 0)]
		case token.COMMA:
			if top >= 0 {
				open[top].commas++
			}
		}
		if last = ""; tok == token.IDENT {
			last = text
		}
	}
}

// predicateError reports what keeps the text at p from being an expression.
func (s *splitter) predicateError(p piece) (source.Diagnostic, bool) {
	_, err := parser.ParseExprFrom(token.NewFileSet(), "", s.text[p.start:p.end], parser.SkipObjectResolution)
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return source.Diagnostic{}, false
	}
	start := p.start + list[0].Pos.Offset
	msg := list[0].Msg
	if start >= p.end {
		start = s.skipBlank(p.end, true)
	}
	found, width := s.tokenAt(start)
	if head, _, ok := strings.Cut(msg, ", found "); ok {
		msg = head + ", found " + found
		if head == "expected 'EOF'" {
			msg = "unexpected " + found + " in the predicate"
		}
	}
	span := source.Span{Cell: s.cell, Start: start, End: min(start+width, len(s.text))}
	return source.Diagnostic{Code: source.Syntax, Span: span, Msg: msg}, true
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
