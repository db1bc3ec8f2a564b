package source

import (
	"go/scanner"
	"go/token"
	"strings"

	"go3s/session"
	"go3s/session/harmless"
	"go3s/view/theme"
)

// colour is the lines as they are drawn: keywords, strings and comments in inks of their own, tabs as blanks, and whatever could move
// the cursor escaped. What Go's scanner does not know stays plain.
func colour(t *theme.Theme, lines []session.Line) []string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.Text
	}
	src := []byte(strings.Join(texts, "\n"))
	inks := make([]*theme.Ink, len(src))
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		var ink *theme.Ink
		switch {
		case tok == token.COMMENT:
			ink = &t.Comment
		case tok == token.STRING || tok == token.CHAR:
			ink = &t.Quote
		case tok.IsKeyword():
			ink = &t.Keyword
		default:
			continue
		}
		at := file.Offset(pos)
		for k := at; k < min(at+len(lit), len(src)); k++ {
			inks[k] = ink
		}
	}
	at := 0
	for i, text := range texts {
		texts[i] = draw(text, inks[at:at+len(text)])
		at += len(text) + 1
	}
	return texts
}

// draw is a line with an ink for each byte; nil is none.
func draw(text string, inks []*theme.Ink) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		k := i + 1
		for k < len(text) && inks[k] == inks[i] {
			k++
		}
		part := escaped(text[i:k])
		if inks[i] != nil {
			part = inks[i].Text(part)
		}
		b.WriteString(part)
		i = k
	}
	return b.String()
}

// escaped makes a part of a line harmless; tabs are as wide as in the prompt.
func escaped(part string) string {
	parts := strings.Split(part, "\t")
	for i := range parts {
		parts[i] = harmless.Text(parts[i])
	}
	return strings.Join(parts, "    ")
}
