package syntax

import (
	"go/token"
	"strings"

	"go3s/incremental/source"
)

// Incomplete reports whether text is the beginning of a cell that needs another line: what is wrong with it first is that
// it ends, within a block, an argument list, a raw string, a comment, or after an operator, a comma or an attribute.
func Incomplete(text string) bool {
	if _, ok := command(text); ok {
		return false
	}
	if endsInAttribute(text) {
		return true
	}
	f := &File{Cell: source.Cell{Name: "text", Text: text}, Fset: token.NewFileSet()}
	s, diags := f.parse()
	if len(diags) == 0 {
		return false
	}
	first, end := diags[0], 0
	if n := len(s.items); n > 0 {
		end = s.items[n-1].end
	}
	switch first.Msg {
	case "raw string literal not terminated", "comment not terminated":
		return true
	}
	return first.Span.Start >= min(end, len(strings.TrimRight(text, " \t\r\n")))
}

// endsInAttribute reports whether the last line is an attribute, which belongs to a declaration yet to come.
func endsInAttribute(text string) bool {
	line := strings.TrimLeft(text[strings.LastIndexByte(text, '\n')+1:], " \t")
	if !strings.HasPrefix(line, "//") {
		return false
	}
	at, ok := attribute(line)
	return ok && at < len(line)
}
