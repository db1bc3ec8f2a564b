// Package source is the user's text and what can be said about it: cells, spans and diagnostics.
//
// A Cell is one text as the user entered it. A Span is a byte range of one cell. A Diagnostic is
// an error of the user's program: it always has a place in the user's own text.
package source

// Cell is one text that the user entered: a line at the prompt, one -e argument, a file.
type Cell struct {
	// Name is what diagnostics call the text: a file's name, "-e", "stdin", a probe's name.
	Name string
	Text string
}

// Span is the half-open byte range [Start, End) of the cell called Cell.
// The zero Span means that no place is known.
type Span struct {
	Cell       string
	Start, End int
}

// IsValid reports whether the span names a place.
func (s Span) IsValid() bool { return s.Cell != "" }

// Code is the stable name of a kind of diagnostic, such as "undefined-name".
// The catalogue of all codes is in codes.go.
type Code string

// Diagnostic is one error of the user's program.
type Diagnostic struct {
	Code Code
	Span Span
	// Msg says what is wrong, lower case, one line.
	Msg string
	// Hint says what to write instead; empty when nothing better than Msg is known.
	Hint string
	// Also names further places that belong to the error, such as the first declaration.
	Also []Note
}

// Note is a further place of a diagnostic.
type Note struct {
	Span Span
	Msg  string
}

// Error makes a diagnostic usable as an error; the text has no place and no caret (see Render).
func (d Diagnostic) Error() string { return d.Msg + " [" + string(d.Code) + "]" }
