package syntax

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"

	"go3s/incremental/source"
)

// Place is where in a cell a caret stands.
type Place uint8

// The places.
const (
	Outside   Place = iota // beside probes and declarations: a hook, a declaration or an expression begins or goes on
	Predicate              // in the predicate of a probe
	Body                   // in a block
	Literal                // in a string, a rune or a comment, where nothing has a meaning
)

// Mended is a cell that is being typed, cut off at the caret and made whole, so that it can be parsed and checked: the statement
// that is not finished is gone, and _ = X stands in its place, where X is what the user selects from.
type Mended struct {
	Place Place
	Text  string
	// Word is where in the user's text the name begins that ends at the caret.
	Word int
	// Selects reports that a dot stands before the word. Operand is what stands before the dot, in the user's text and in Text.
	Selects         bool
	Operand, Within source.Span
	// Statement is where in the user's text the statement begins.
	Statement int
}

// Mend cuts text off at caret, a byte offset, and makes it whole.
func Mend(text string, caret int) Mended {
	text = blankStart(respell(text[:min(max(caret, 0), len(text))]))
	word := len(text)
	for word > 0 && isIdent(text[word-1]) {
		word--
	}
	m := &mender{text: text, out: Mended{Word: word}}
	if m.scan(text); m.unfinished {
		m.out.Place = Literal
		return m.out
	}
	*m = mender{text: text, out: Mended{Word: word}}
	m.scan(text[:word])
	m.finish()
	return m.out
}

// mender reads the tokens of a cell up to the caret and keeps what is open there.
type mender struct {
	text       string
	out        Mended
	tokens     []lexeme
	unfinished bool // the text ends in a literal or a comment

	open []opening
	statement
}

// opening is a bracket that is not closed yet.
type opening struct {
	at    int // in tokens
	tok   token.Token
	block bool
	outer statement // the statement that it belongs to
}

// statement is the beginning of the statement at hand.
type statement struct {
	start  int         // offset
	first  token.Token // ILLEGAL: none yet
	rest   int         // offset behind the first token
	init   int         // offset behind the initial statement of if, for, switch; 0 without
	fn     bool        // it has a function literal
	at     int         // offset of the @ or / that begins a predicate; 0 without
	choice bool        // it stands in a switch that has no case yet, or is a case itself
}

// scan reads text token by token.
func (m *mender) scan(text string) {
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(text))
	var s scanner.Scanner
	bad := false
	s.Init(file, []byte(text), func(_ token.Position, msg string) { bad = strings.HasSuffix(msg, "not terminated") }, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		at := file.Offset(pos)
		if tok == token.EOF {
			m.unfinished = m.unfinished || bad
			return
		}
		l := lexeme{tok: tok, start: at, end: at + len(lit)}
		if tok.IsOperator() && tok != token.SEMICOLON {
			l.end = at + len(tok.String())
		}
		if tok == token.SEMICOLON && at >= len(text) {
			continue // the end of the text ends no statement
		}
		if tok == token.COMMENT {
			m.unfinished = l.end >= len(text) && strings.HasPrefix(lit, "//") || bad
			continue
		}
		m.unfinished = bad
		m.next(l, tok == token.SEMICOLON && lit == ";")
	}
}

// next takes one token.
func (m *mender) next(l lexeme, explicit bool) {
	prev := token.ILLEGAL
	if n := len(m.tokens); n > 0 {
		prev = m.tokens[n-1].tok
	}
	m.tokens = append(m.tokens, l)
	inner := len(m.open) == 0 || m.open[len(m.open)-1].block // not in parentheses
	if m.first == token.ILLEGAL && l.tok != token.SEMICOLON && inner && l.tok != token.RBRACE {
		m.first, m.start, m.rest = l.tok, l.start, l.end
	}
	switch l.tok {
	case token.LPAREN, token.LBRACK:
		m.open = append(m.open, opening{at: len(m.tokens) - 1, tok: l.tok, outer: m.statement})
	case token.LBRACE:
		m.brace(prev, l)
	case token.RPAREN, token.RBRACK, token.RBRACE:
		m.close(l)
	case token.FUNC:
		m.fn = true
	case token.SEMICOLON:
		switch {
		case !inner:
		case explicit && (m.first == token.IF || m.first == token.FOR || m.first == token.SWITCH):
			m.init = l.end
		default:
			m.statement = statement{start: l.end}
		}
	case token.COLON:
		if inner && (m.first == token.CASE || m.first == token.DEFAULT) {
			m.statement = statement{start: l.end}
		}
	case token.CASE:
		m.choice = m.choice || inner
	case token.ILLEGAL:
		if len(m.open) == 0 && m.at == 0 && m.text[l.start] == '@' {
			m.at = l.start
		}
	case token.QUO:
		// In a path no blank stands before the slash.
		if len(m.open) == 0 && m.at == 0 && l.start > 0 && strings.IndexByte(" \t\n", m.text[l.start-1]) >= 0 && m.isHeader() {
			m.at = l.start
		}
	}
}

// isHeader reports whether the statement at hand has a hook in it.
func (m *mender) isHeader() bool {
	return m.first == token.IDENT && strings.Contains(m.text[m.start:], ":")
}

// brace opens a block or a literal.
func (m *mender) brace(prev token.Token, l lexeme) {
	o := opening{at: len(m.tokens) - 1, tok: token.LBRACE, outer: m.statement, block: true}
	outside := len(m.open) == 0
	inner := outside || m.open[len(m.open)-1].block
	switch {
	case prev == token.STRUCT || prev == token.INTERFACE:
		o.block = false
	case !inner:
		o.block = m.fn && prev == token.RPAREN
	case outside:
		o.block = m.first != token.TYPE && m.first != token.VAR && m.first != token.CONST
	case m.first == token.IF || m.first == token.FOR || m.first == token.SWITCH || m.first == token.SELECT || m.fn:
	case prev == token.IDENT || prev == token.RBRACK:
		o.block = false
	}
	m.open = append(m.open, o)
	if o.block {
		m.statement = statement{start: l.end, choice: o.outer.first == token.SWITCH || o.outer.first == token.SELECT}
	}
}

// close closes the last bracket.
func (m *mender) close(l lexeme) {
	if len(m.open) == 0 {
		return
	}
	o := m.open[len(m.open)-1]
	m.open = m.open[:len(m.open)-1]
	m.statement = o.outer
	if len(m.open) == 0 && l.tok == token.RBRACE && o.block {
		m.statement = statement{start: l.end}
	}
}

// finish says what has been found, and writes the mended text.
func (m *mender) finish() {
	m.operand()
	m.out.Statement = m.start
	i := len(m.open) - 1
	for i >= 0 && !m.open[i].block {
		i--
	}
	stmt := m.statement
	if i+1 < len(m.open) {
		stmt = m.open[i+1].outer
		m.out.Statement = stmt.start
	}
	var b strings.Builder
	closers := ""
	switch {
	case i >= 0:
		m.out.Place = Body
		for _, o := range slices.Backward(m.open[:i+1]) {
			closers += closing(o.tok)
		}
		m.before(&b, stmt)
	case stmt.at > 0:
		m.out.Place = Predicate
		b.WriteString(m.text[:stmt.at] + "{ ")
		closers = "}"
	default:
		b.WriteString(m.text[:stmt.start])
	}
	x := "0"
	if m.out.Selects {
		x = m.text[m.out.Operand.Start:m.out.Operand.End]
	}
	b.WriteString(" _ = ")
	m.out.Within = source.Span{Start: b.Len(), End: b.Len() + len(x)}
	b.WriteString(x + "; " + closers)
	m.out.Text = b.String()
}

// before writes what stands before the unfinished statement, with its own initial statement.
func (m *mender) before(b *strings.Builder, stmt statement) {
	b.WriteString(m.text[:stmt.start])
	if stmt.choice {
		b.WriteString(" default: ")
	}
	if stmt.init > 0 {
		b.WriteString(m.text[stmt.rest:stmt.init])
	}
}

func closing(open token.Token) string {
	switch open {
	case token.LPAREN:
		return ")"
	case token.LBRACK:
		return "]"
	}
	return "}"
}

// operand finds what stands before the dot before the word.
func (m *mender) operand() {
	i := len(m.tokens) - 1
	if i < 1 || m.tokens[i].tok != token.PERIOD {
		return
	}
	end := m.tokens[i-1].end
	start := m.operandStart(i - 1)
	if start < 0 {
		return
	}
	m.out.Selects = true
	m.out.Operand = source.Span{Start: m.tokens[start].start, End: end}
}

// operandStart is the first token of the operand whose last is tokens[i], -1 if there is none.
func (m *mender) operandStart(i int) int {
	for i >= 0 {
		switch m.tokens[i].tok {
		case token.RPAREN, token.RBRACK, token.RBRACE:
			open := m.opener(i)
			if open < 1 || !endsOperand(m.tokens[open-1].tok) {
				return open
			}
			i = open - 1
		case token.IDENT:
			if i < 2 || m.tokens[i-1].tok != token.PERIOD {
				return i
			}
			i -= 2
		case token.STRING, token.INT, token.CHAR:
			return i
		default:
			return -1
		}
	}
	return -1
}

func endsOperand(t token.Token) bool {
	return t == token.IDENT || t == token.RPAREN || t == token.RBRACK
}

// opener is the token that opens the bracket closed at i, -1 if there is none.
func (m *mender) opener(i int) int {
	depth := 0
	for ; i >= 0; i-- {
		switch m.tokens[i].tok {
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth++
		case token.LPAREN, token.LBRACK, token.LBRACE:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
