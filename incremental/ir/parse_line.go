package ir

import (
	"fmt"
	"strconv"
	"strings"

	"go3s/incremental/source"
)

// number reads "v12" or "b3".
func number(text string, letter byte) (int, bool) {
	if len(text) < 2 || text[0] != letter {
		return 0, false
	}
	n, err := strconv.ParseUint(text[1:], 10, 32)
	return int(n), err == nil && n < maxID
}

// token is one word; quoted tells a quoted name from a bare word.
type token struct {
	text   string
	quoted bool
}

// tokens cuts a line into words at blanks; a quoted name is one word, with what follows its closing quote.
func tokens(line string) ([]token, error) {
	var toks []token
	for {
		line = strings.TrimLeft(line, " \t\r")
		if line == "" || line[0] == '#' && len(toks) == 0 {
			return toks, nil
		}
		if line[0] == '"' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("a quoted name is not closed: %s", line)
			}
			name, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("bad quoted name %s", quoted)
			}
			toks = append(toks, token{name, true})
			line = line[len(quoted):]
			continue
		}
		end := strings.IndexAny(line, " \t\r\"")
		if end < 0 {
			end = len(line)
		}
		toks = append(toks, token{line[:end], false})
		line = line[end:]
	}
}

// cursor reads the words of a line; its first error sticks.
type cursor struct {
	toks []token
	pos  int
	span source.Span
	err  error
}

// takeSpan cuts "@ cell:start:end" off the end of the line.
func (t *cursor) takeSpan() (source.Span, error) {
	at := -1
	for i := range t.toks {
		if t.toks[i] == (token{"@", false}) {
			at = i
		}
	}
	if at < 0 {
		return source.Span{}, nil
	}
	rest := t.toks[at+1:]
	t.toks = t.toks[:at]
	var text, cell string
	switch {
	case len(rest) == 1 && !rest[0].quoted:
		text = rest[0].text
	case len(rest) == 2 && rest[0].quoted && !rest[1].quoted:
		cell, text = rest[0].text, rest[1].text
	default:
		return source.Span{}, fmt.Errorf("a span is @ cell:start:end")
	}
	parts := strings.Split(text, ":")
	n := len(parts)
	if n < 3 || len(rest) == 2 && (n != 3 || parts[0] != "") {
		return source.Span{}, fmt.Errorf("a span is @ cell:start:end")
	}
	start, err1 := strconv.Atoi(parts[n-2])
	end, err2 := strconv.Atoi(parts[n-1])
	if err1 != nil || err2 != nil {
		return source.Span{}, fmt.Errorf("a span is @ cell:start:end")
	}
	if len(rest) == 1 {
		cell = strings.Join(parts[:n-2], ":")
	}
	return source.Span{Cell: cell, Start: start, End: end}, nil
}

func (t *cursor) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *cursor) more() bool { return t.err == nil && t.pos < len(t.toks) }
func (t *cursor) left() int  { return len(t.toks) - t.pos }

func (t *cursor) next() token {
	if t.pos >= len(t.toks) {
		t.fail(fmt.Errorf("the line is too short"))
		return token{}
	}
	t.pos++
	return t.toks[t.pos-1]
}

func (t *cursor) name() string { return t.next().text }

func (t *cursor) word() string {
	tok := t.next()
	if tok.quoted {
		t.fail(fmt.Errorf("unexpected quoted name %q", tok.text))
	}
	return tok.text
}

func (t *cursor) int() int64 {
	w := t.word()
	n, err := strconv.ParseInt(w, 0, 64)
	if t.err == nil && err != nil {
		t.fail(fmt.Errorf("unexpected %q; want a number", w))
	}
	return n
}

func (t *cursor) value() int {
	w := t.word()
	n, ok := number(w, 'v')
	if t.err == nil && !ok {
		t.fail(fmt.Errorf("unexpected %q; want a value, v<number>", w))
	}
	return n
}

// offset reads an optional "+n" or "-n".
func (t *cursor) offset() int64 {
	if !t.more() || t.toks[t.pos].quoted || !strings.ContainsAny(t.toks[t.pos].text[:1], "+-") {
		return 0
	}
	return t.int()
}

// setting reads "key=number".
func (t *cursor) setting(key string) int64 {
	w := t.word()
	text, ok := strings.CutPrefix(w, key+"=")
	n, err := strconv.ParseInt(text, 0, 64)
	if t.err == nil && (!ok || err != nil) {
		t.fail(fmt.Errorf("unexpected %q; want %s=number", w, key))
	}
	return n
}

// align reads an optional "align=number".
func (t *cursor) align() int8 {
	if !t.more() {
		return 0
	}
	n := t.setting("align")
	if t.err == nil && n != 1 && n != 2 && n != 4 {
		t.fail(fmt.Errorf("bad align=%d; want 1, 2 or 4", n))
	}
	return int8(n)
}

func (t *cursor) cond() Cond {
	w := t.word()
	for i, row := range condRows {
		if row.name == w {
			return Cond(i)
		}
	}
	t.fail(fmt.Errorf("unknown comparison %q", w))
	return 0
}

// helper reads a helper's name or number.
func (t *cursor) helper() int64 {
	w := t.word()
	if n, ok := helperNames[w]; ok {
		return n
	}
	n, err := strconv.ParseUint(w, 10, 16)
	if err != nil {
		t.fail(fmt.Errorf("unknown helper %q", w))
	}
	return int64(n)
}
