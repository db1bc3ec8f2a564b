package syntax

import (
	"go/parser"
	"go/token"
	"strings"

	"go3s/incremental/source"
)

// kinds maps each spelling of a hook's kind to the kind.
var kinds = map[string]string{
	"tracepoint": "tracepoint", "t": "tracepoint",
	"raw_tp": "raw_tp", "raw_tracepoint": "raw_tp", "rawtracepoint": "raw_tp", "rt": "raw_tp",
	"tp_btf": "tp_btf",
	"kprobe": "kprobe", "k": "kprobe",
	"kretprobe": "kretprobe", "kr": "kretprobe",
	"fentry": "fentry", "kfunc": "fentry", "f": "fentry",
	"fexit": "fexit", "kretfunc": "fexit", "fr": "fexit",
	"uprobe": "uprobe", "u": "uprobe",
	"uretprobe": "uretprobe", "ur": "uretprobe",
	"usdt":    "usdt",
	"profile": "profile", "p": "profile",
	"interval": "interval", "i": "interval",
	"begin": "begin", "BEGIN": "begin",
	"end": "end", "END": "end",
	"onload": "onload", "onunload": "onunload",
	"xdp": "xdp", "tc": "tc", "iter": "iter", "lsm": "lsm",
}

// alone reports whether a kind is a hook without a target.
func alone(kind string) bool {
	switch kinds[kind] {
	case "begin", "end", "xdp", "tc":
		return len(kind) > 1
	}
	return false
}

// hook makes a hook of a word and its place.
func (s *splitter) hook(word string, start int) Hook {
	h := Hook{Target: word, Span: source.Span{Cell: s.cell, Start: start, End: start + len(word)}}
	kind, target, found := strings.Cut(word, ":")
	switch {
	case found && kinds[kind] != "":
		h.Kind, h.Target = kinds[kind], target
	case !found && alone(word):
		h.Kind, h.Target = kinds[word], ""
	}
	return h
}

// probeItem reads a shorthand probe; it reports false if the text at it.head is something else.
func (s *splitter) probeItem(it *item) bool {
	pos := s.probeName(it)
	sure := false // that this is a probe, not Go
	for {
		word := s.hookWord(pos)
		if word == "" {
			if len(it.hooks) > 0 && sure {
				s.fail(it, pos, pos+1, "expected a hook after the comma", "")
				return true
			}
			return s.noProbe(it)
		}
		sure = sure || strings.ContainsAny(word, ":*")
		it.hooks = append(it.hooks, s.hook(word, pos))
		pos += len(word)
		next := s.skipBlank(pos, sure)
		if next >= len(s.text) || s.text[next] != ',' {
			break
		}
		pos = s.skipBlank(next+1, sure)
	}
	if !sure && !s.bareProbe(it, pos) {
		return s.noProbe(it)
	}
	it.kind = itemProbe
	s.headerEnd(it, pos)
	return true
}

// noProbe forgets what has been read of a header.
func (s *splitter) noProbe(it *item) bool {
	it.hooks, it.named, it.name = nil, false, piece{}
	return false
}

// fail reports a probe as a whole and skips its line.
func (s *splitter) fail(it *item, start, end int, msg, hint string) {
	it.kind = itemBad
	s.report(start, min(end, len(s.text)), msg, hint)
	it.end = len(s.text)
	if i := strings.IndexAny(s.text[start:], "\n;"); i >= 0 {
		it.end = start + i
	}
}

// probeName reads "name :=" and returns where the first hook begins.
func (s *splitter) probeName(it *item) int {
	end := it.head
	for end < len(s.text) && isIdent(s.text[end]) {
		end++
	}
	assign := s.skipBlank(end, false)
	if end == it.head || !strings.HasPrefix(s.text[assign:], ":=") || !token.IsIdentifier(s.text[it.head:end]) {
		return it.head
	}
	it.named, it.name = s.text[it.head:end] != "_", piece{it.head, end}
	return s.skipBlank(assign+2, false)
}

// hookWord returns the word at pos if it can be a hook. A slash belongs to a path if it follows a colon; otherwise it
// begins a predicate.
func (s *splitter) hookWord(pos int) string {
	end, path := pos, false
	for ; end < len(s.text); end++ {
		c := s.text[end]
		switch {
		case isIdent(c), c == '*', c == '.', c == '?' && end > pos:
			continue
		case c == ':' && end > pos && s.text[end-1] != ':':
			if next := s.at(end + 1); next == '=' || next <= ' ' || next == '{' {
				return s.goWord(pos, end)
			}
			continue
		case c == '/' && end > pos && s.text[end-1] == ':':
			path = true
			continue
		case end > pos && path && strings.IndexByte("/()+-%~#[]", c) >= 0:
			continue
		case end > pos && (c == '+' || c == '-') && isIdent(s.at(end+1)) && strings.Contains(s.text[pos:end], ":"):
			continue
		}
		break
	}
	return s.goWord(pos, end)
}

// goWord returns the word from pos to end unless Go gives it a meaning of its own: a keyword, a number, a selector,
// a label before a statement. A keyword behind a kind of hook is a name of the kernel's, and so is map, which begins no statement.
func (s *splitter) goWord(pos, end int) string {
	word := s.text[pos:end]
	first, rest, labelled := strings.Cut(word, ":")
	switch {
	case word == "", token.IsKeyword(first), labelled && token.IsKeyword(rest) && rest != "map" && kinds[first] == "", word[0] >= '0' && word[0] <= '9':
		return ""
	case !labelled && strings.Contains(word, "."), strings.Trim(word, "*") == "", word[0] == '*' && !labelled:
		return ""
	case !labelled && strings.Contains(word, "*"):
		// A product is no pattern: sys_enter_* and *open are, a*b is when a block follows.
		if next := s.at(s.skipBlank(end, false)); next != '{' && next != '@' && next != ',' {
			return ""
		}
	}
	return word
}

// bareProbe reports whether hooks without a colon are meant as a probe, judging by what follows at pos.
func (s *splitter) bareProbe(it *item, pos int) bool {
	next := s.skipBlank(pos, false)
	switch s.at(next) {
	case '@':
		return true
	case '/':
		_, end := s.slashPredicate(next)
		return end > 0
	case '{':
		if next > pos || len(it.hooks) > 1 || it.hooks[0].Kind != "" {
			return true
		}
		// Without a space it may be a composite literal.
		t := s.tokens(next)
		t.next()
		t.skipTo(token.RBRACE)
		_, err := parser.ParseExpr(s.text[pos-len(it.hooks[0].Target) : t.next().start])
		return err != nil
	}
	return false
}

// headerEnd reads the predicate and the block that follow the hooks.
func (s *splitter) headerEnd(it *item, pos int) {
	hooks := s.text[it.hooks[0].Span.Start:pos]
	example := " { n++ }"
	pos, next := s.rate(it, pos)
	switch s.at(next) {
	case '@':
		pred, end, ok := s.atPredicate(it, next+1)
		if !ok {
			return
		}
		it.preds = append(it.preds, pred)
		example = " @" + s.text[pred.start:pred.end] + example
		pos, next = s.rate(it, pred.end)
		next = max(next, end)
	case '/':
		pred, end := s.slashPredicate(next)
		if end == 0 {
			s.fail(it, next, next+1, "the predicate has no closing /", "write it as "+hooks+" @pid == 1"+example)
			return
		}
		it.preds = append(it.preds, pred)
		pos, next = s.rate(it, end)
	}
	if s.at(next) != '{' {
		if d, ok := s.incompletePredicate(it); ok {
			s.fail(it, d.Span.Start, d.Span.End, d.Msg, d.Hint)
			return
		}
		s.fail(it, it.hooks[0].Span.Start, pos, hooks+" has no block", "say what to do there: "+hooks+example)
		return
	}
	s.block(it, next)
}

// rate reads @rate(n), if it stands at pos, before or behind the predicate. It returns where the header ends so far, and where it goes on.
func (s *splitter) rate(it *item, pos int) (end, next int) {
	next = s.skipBlank(pos, true)
	const word = "@rate("
	if !strings.HasPrefix(s.text[next:], word) {
		return pos, next
	}
	i := strings.IndexAny(s.text[next:], ")\n{")
	if i < 0 || s.text[next+i] != ')' {
		return pos, next
	}
	end = next + i + 1
	it.attrs = append(it.attrs, s.parseAttr(s.text[next+1:end], next+1))
	return end, s.skipBlank(end, true)
}

// block finds the end of the block whose brace opens at pos; one that is left open reaches to the end of the text. Of tokens it takes no
// more than what braces can stand in.
func (s *splitter) block(it *item, pos int) {
	it.body, it.end = pos+1, len(s.text)
	depth := 0
	for pos < len(s.text) {
		start := pos
		switch c := s.text[pos]; {
		case isIdent(c):
			for pos < len(s.text) && isIdent(s.text[pos]) {
				pos++
			}
			s.use(start, pos)
			continue
		case c == '"', c == '`', c == '\'':
			pos = literalEnd(s.text, pos)
			continue
		case c == '/' && (s.at(pos+1) == '/' || s.at(pos+1) == '*'):
			pos = commentEnd(s.text, pos)
			continue
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
		if pos++; depth == 0 {
			it.end = pos
			return
		}
	}
}

// incompletePredicate reports a predicate that ends too early; then it is that, not the block, that is missing first.
func (s *splitter) incompletePredicate(it *item) (source.Diagnostic, bool) {
	if len(it.preds) == 0 {
		return source.Diagnostic{}, false
	}
	return s.predicateError(it.preds[0])
}

// atPredicate reads the expression after @ up to the block: the first brace outside of parentheses.
func (s *splitter) atPredicate(it *item, pos int) (pred piece, next int, ok bool) {
	t := s.tokens(pos)
	pred = piece{-1, pos}
	for depth := 0; ; {
		tok := t.next()
		switch tok.tok {
		case token.LPAREN, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACK:
			depth--
			if depth < 0 {
				s.fail(it, tok.start, tok.end, "unexpected "+tok.tok.String()+" in the predicate", "")
				return pred, 0, false
			}
		case token.LBRACE:
			if depth == 0 {
				return s.predicateEnd(it, pos, pred, tok.start)
			}
			t.skipTo(token.RBRACE)
			continue
		case token.SEMICOLON:
			if depth == 0 {
				return s.predicateEnd(it, pos, pred, s.skipBlank(pred.end, true))
			}
		case token.ILLEGAL:
			if depth == 0 && strings.HasPrefix(s.text[tok.start:], "@rate(") {
				return s.predicateEnd(it, pos, pred, tok.start)
			}
		case token.EOF:
			if depth > 0 {
				s.fail(it, tok.start, tok.start, "the predicate has no closing )", "")
				it.end = len(s.text)
				return pred, 0, false
			}
			return s.predicateEnd(it, pos, pred, tok.start)
		}
		if pred.start < 0 {
			pred.start = tok.start
		}
		pred.end = tok.end
	}
}

// predicateEnd refuses an empty predicate.
func (s *splitter) predicateEnd(it *item, pos int, pred piece, next int) (piece, int, bool) {
	if pred.start < 0 {
		s.fail(it, pos-1, pos, "the predicate after @ is empty", "write a condition: @pid == 1")
		return pred, 0, false
	}
	return pred, next, true
}

// slashPredicate reads /expr/ at pos; end is the offset after it, 0 if no slash before a block closes it.
func (s *splitter) slashPredicate(pos int) (pred piece, end int) {
	t := s.tokens(pos + 1)
	pred = piece{-1, pos + 1}
	depth := 0
	for tok := t.next(); ; {
		next := t.next()
		switch tok.tok {
		case token.LPAREN, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACK:
			depth--
		case token.QUO:
			if depth == 0 && pred.start >= 0 && (next.tok == token.LBRACE || strings.HasPrefix(s.text[next.start:], "@rate(")) {
				return pred, tok.end
			}
		case token.EOF, token.SEMICOLON, token.LBRACE:
			return pred, 0
		}
		if pred.start < 0 {
			pred.start = tok.start
		}
		pred.end = tok.end
		tok = next
	}
}

// skipBlank skips blanks and comments, and newlines too if lines is set.
func (s *splitter) skipBlank(pos int, lines bool) int {
	for pos < len(s.text) {
		switch c := s.text[pos]; {
		case c == ' ', c == '\t', c == '\r', c == '\n' && lines:
			pos++
		case lines && (strings.HasPrefix(s.text[pos:], "//") || strings.HasPrefix(s.text[pos:], "/*")):
			pos = commentEnd(s.text, pos)
		default:
			return pos
		}
	}
	return pos
}

// at is the byte at pos, 0 after the end.
func (s *splitter) at(pos int) byte {
	if pos >= len(s.text) {
		return 0
	}
	return s.text[pos]
}

// isIdent reports whether c can stand in an identifier; all of UTF-8 beyond ASCII can.
func isIdent(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}
