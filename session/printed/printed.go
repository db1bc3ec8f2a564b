// Package printed writes the records of programs as lines of text.
package printed

import (
	"strconv"
	"strings"
	"unicode"

	"go3s/incremental"
	"go3s/incremental/layout"
)

// Of is a record as a line of text, of its arguments as layout.DecodeWith returns them. It is the measure of what Form.Append does.
func Of(s *incremental.Schema, args []any) string {
	switch s.Kind {
	case incremental.Print, incremental.Emit:
		words := make([]string, len(args))
		for i, a := range args {
			words[i] = layout.Format(a)
			if _, ok := a.(layout.StructValue); ok && s.Kind == incremental.Emit {
				words[i] = layout.Source(s.Fields[i].Type, a)
			}
		}
		return strings.Join(words, " ")
	case incremental.Log:
		var b strings.Builder
		b.WriteString(s.Format)
		for i, a := range args {
			b.WriteString(" " + s.Fields[i].Name + "=" + quoted(layout.Format(a)))
		}
		return b.String()
	}
	return layout.FormatPrintf(s.Format, args, s.Fields)
}

// Decode returns the arguments of a record, data, one a field. With a nil r addresses and times are numbers.
func Decode(s *incremental.Schema, data []byte, r layout.Resolver) []any {
	args := make([]any, len(s.Fields))
	for i, f := range s.Fields {
		args[i] = layout.DecodeWith(f.Type, data[f.Offset:], r)
	}
	return args
}

// quoted is a value of a log line, in quotes if it would else not be seen where it ends.
func quoted(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || r == '=' }) {
		return strconv.Quote(s)
	}
	return s
}
