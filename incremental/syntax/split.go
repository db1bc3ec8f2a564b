package syntax

import (
	"go/scanner"
	"go/token"
	"strings"

	"go3s/incremental/source"
)

// splitter cuts a cell into items.
type splitter struct {
	cell  string
	text  string // the user's text respelled; offsets are those of the cell
	src   []byte // the same
	fset  *token.FileSet
	items []*item
	diags []source.Diagnostic

	bare    bool    // the cell is bare statements
	uses    [2]bool // the text names a package of packages
	imports [2]bool // and imports it
}

// newSplitter prepares a cell's text.
func newSplitter(cell source.Cell) *splitter {
	s := &splitter{cell: cell.Name, text: blankStart(respell(cell.Text)), fset: token.NewFileSet()}
	s.src = []byte(s.text)
	return s
}

// itemKind says what an item is.
type itemKind uint8

const (
	itemPackage itemKind = iota
	itemImport
	itemFunc
	itemDecl // var, const, type
	itemProbe
	itemStmt
	itemBad // already reported; left out of the Go text
)

// item is one piece of a cell between separators.
type item struct {
	kind  itemKind
	start int // first byte, the attributes above included
	head  int // first byte of the item itself
	end   int

	hooks   []Hook
	attrs   []Attr
	preds   []piece // predicates in the order they were written
	named   bool
	name    piece // shorthand: its name, empty if it has none
	body    int   // offset after the opening brace of the body; 0 if there is none
	results bool  // long form: the function has a result
	gen     int   // offset of the keyword func in the Go text
}

// piece is a range of the text.
type piece struct{ start, end int }

// split finds all items.
func (s *splitter) split() {
	pos := 0
	for {
		doc, head := s.skipTrivia(pos)
		if head >= len(s.text) {
			break
		}
		it := &item{start: head, head: head}
		if doc.start < doc.end {
			it.start = doc.start
		}
		if !s.probeItem(it) {
			s.goItem(it)
		}
		if it.end <= head {
			it.end = head + 1
		}
		if it.kind == itemFunc || it.kind == itemProbe {
			s.attributes(it, doc)
		}
		s.items = append(s.items, it)
		pos = it.end
	}
	s.settle()
}

// settle decides whether the cell is bare statements, and refuses statements beside probes and functions.
func (s *splitter) settle() {
	stmts, others := 0, 0
	for _, it := range s.items {
		switch it.kind {
		case itemStmt:
			stmts++
		case itemPackage, itemImport, itemFunc, itemProbe:
			others++
		case itemDecl, itemBad:
		}
	}
	s.bare = stmts > 0 && others == 0
	if s.bare {
		return
	}
	for _, it := range s.items {
		if it.kind != itemStmt {
			continue
		}
		it.kind = itemBad
		_, width := s.tokenAt(it.head)
		s.report(it.head, it.head+width, "statement outside of a probe",
			"put it between the braces of a probe, or enter it on a line of its own")
	}
}

// goItem reads a Go declaration or statement up to the semicolon that Go sees there.
func (s *splitter) goItem(it *item) {
	t := s.tokens(it.head)
	first := t.next()
	it.kind = itemStmt
	switch first.tok {
	case token.PACKAGE:
		it.kind = itemPackage
	case token.IMPORT:
		it.kind = itemImport
	case token.VAR, token.CONST, token.TYPE:
		it.kind = itemDecl
	case token.FUNC:
		if s.funcDecl(it) {
			it.kind = itemFunc
		}
	case token.RBRACE, token.RPAREN, token.RBRACK:
		it.kind, it.end = itemBad, first.end
		s.report(first.start, first.end, "unexpected "+first.tok.String(), "")
		return
	}
	depth, last := 0, first
	for tok := first; ; tok = t.next() {
		switch tok.tok {
		case token.LBRACE, token.LPAREN, token.LBRACK:
			depth++
		case token.RBRACE, token.RPAREN, token.RBRACK:
			depth--
			if depth < 0 {
				it.end = tok.start
				return
			}
		case token.STRING:
			for i, name := range packages {
				if it.kind == itemImport && tok.text(s) == `"`+name+`"` {
					s.imports[i] = true
				}
			}
		case token.SEMICOLON, token.EOF:
			if depth == 0 || tok.tok == token.EOF {
				it.end = last.end
				return
			}
		}
		last = tok
	}
}

// funcDecl reports whether the func at it.head begins a declaration rather than a function literal, and finds its body.
func (s *splitter) funcDecl(it *item) bool {
	t := s.tokens(it.head)
	t.next()
	tok := t.next()
	if tok.tok == token.LPAREN { // a receiver or the parameters of a literal
		t.skipTo(token.RPAREN)
		if tok = t.next(); tok.tok != token.IDENT {
			return false
		}
		if tok = t.next(); tok.tok != token.LPAREN {
			return false
		}
	} else {
		for tok = t.next(); tok.tok == token.LBRACK; tok = t.next() {
			t.skipTo(token.RBRACK)
		}
	}
	if tok.tok == token.LPAREN {
		t.skipTo(token.RPAREN)
		tok = t.next()
	}
	for prev := token.ILLEGAL; tok.tok != token.EOF && tok.tok != token.SEMICOLON; prev, tok = tok.tok, t.next() {
		switch {
		case tok.tok == token.LPAREN:
			t.skipTo(token.RPAREN)
		case tok.tok == token.LBRACE && (prev == token.STRUCT || prev == token.INTERFACE):
			t.skipTo(token.RBRACE)
		case tok.tok == token.LBRACE:
			it.body = tok.end
			return true
		}
		it.results = true
	}
	return true
}

// skipTrivia skips blanks, comments and semicolons. doc is the comment lines directly above what follows at next.
func (s *splitter) skipTrivia(pos int) (doc piece, next int) {
	newlines := 1 // since the last comment or item
	if pos > 0 {
		newlines = 0
	}
	for pos < len(s.text) {
		switch c := s.text[pos]; {
		case c == '\n':
			newlines++
			if newlines > 1 {
				doc = piece{}
			}
			pos++
		case c == ' ', c == '\t', c == '\r', c == ';', c == '\f', c == '\v':
			pos++
		case strings.HasPrefix(s.text[pos:], "//"), strings.HasPrefix(s.text[pos:], "/*"):
			end := commentEnd(s.text, pos)
			if newlines > 0 && doc.start == doc.end {
				doc.start = pos
			}
			if doc.start < end && (newlines > 0 || doc.end > 0) {
				doc.end = end
			}
			newlines = 0
			pos = end
		default:
			return doc, pos
		}
	}
	return doc, pos
}

// commentEnd returns the offset after the comment at pos; a line comment ends before its newline.
func commentEnd(text string, pos int) int {
	mark, width := "\n", 0
	if text[pos+1] == '*' {
		mark, width = "*/", 2
	}
	i := strings.Index(text[pos+2:], mark)
	if i < 0 {
		return len(text)
	}
	return pos + 2 + i + width
}

// report adds a syntax error.
func (s *splitter) report(start, end int, msg, hint string) {
	s.diags = append(s.diags, source.Diagnostic{
		Code: source.Syntax, Span: source.Span{Cell: s.cell, Start: start, End: end}, Msg: msg, Hint: hint,
	})
}

// tokenAt names the token at offset as Go's parser does, and gives its length.
func (s *splitter) tokenAt(offset int) (name string, width int) {
	if offset >= len(s.text) {
		return "'EOF'", 0
	}
	t := s.tokens(offset)
	tok := t.next()
	switch {
	case tok.tok == token.EOF:
		return "'EOF'", 0
	case tok.start > offset, tok.tok == token.SEMICOLON && s.text[offset] != ';':
		return "newline", 1
	case tok.tok.IsLiteral():
		return tok.text(s), tok.end - offset
	case tok.tok == token.ILLEGAL:
		return "'" + tok.text(s) + "'", tok.end - offset
	}
	return "'" + tok.tok.String() + "'", tok.end - offset
}

// tokens is a scanner over the text from one offset on.
type tokens struct {
	s    *splitter
	scan scanner.Scanner
	file *token.File
	from int
}

// lexeme is a token and its range in the text.
type lexeme struct {
	tok        token.Token
	start, end int
}

// text is the token as the user wrote it.
func (l lexeme) text(s *splitter) string { return s.text[l.start:l.end] }

// tokens starts a scanner at from.
func (s *splitter) tokens(from int) *tokens {
	t := &tokens{s: s, from: from}
	src := s.src[from:]
	t.file = s.fset.AddFile("", -1, len(src))
	t.scan.Init(t.file, src, nil, 0)
	return t
}

// next returns the next token. The semicolon that Go inserts at a newline has no width.
func (t *tokens) next() lexeme {
	pos, tok, lit := t.scan.Scan()
	l := lexeme{tok: tok, start: t.from + t.file.Offset(pos)}
	l.end = l.start
	switch {
	case tok == token.EOF, tok == token.SEMICOLON && lit != ";":
	case tok == token.STRING && t.s.text[l.start] == '`': // its literal lacks carriage returns
		l.end = len(t.s.text)
		if i := strings.IndexByte(t.s.text[l.start+1:], '`'); i >= 0 {
			l.end = l.start + i + 2
		}
	case tok.IsOperator():
		l.end += len(tok.String())
	default:
		l.end = min(l.start+len(lit), len(t.s.text))
	}
	if tok == token.IDENT {
		t.s.use(l.start, l.end)
	}
	return l
}

// use notes that a name in the text selects from a package.
func (s *splitter) use(start, end int) {
	if s.at(end) != '.' {
		return
	}
	for i, name := range packages {
		s.uses[i] = s.uses[i] || s.text[start:end] == name
	}
}

// skipTo skips to the closing token of the bracket just read.
func (t *tokens) skipTo(closing token.Token) {
	for depth := 1; depth > 0; {
		switch tok := t.next(); tok.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
			if depth == 0 && tok.tok != closing {
				return
			}
		case token.EOF:
			return
		}
	}
}
