package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// indent stands before the source line and all that belongs to it.
	indent = "    "
	// tabWidth is the distance of tab stops in a rendered source line.
	tabWidth = 4
	// before and after are how many bytes of a line are shown to both sides of the place where a span starts; more is left out.
	before, after = 160, 240
	left          = "…" // in the place of what is left out
)

// Render writes a diagnostic for the reader: place, message and code, then the line of text with a caret line under
// the span, then the hint and the notes. Text is the cell that d.Span lies in; also are the cells that the notes lie in, one for each as
// far as they are known: a note in another cell than d.Span has its line and caret too. Each line ends with a newline. No byte of
// the user's text reaches the result unless it is printable: the rest is escaped as in Go strings.
func Render(d Diagnostic, text string, also ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s [%s]\n", place(d.Span, d.Span.Cell, text), Escape(d.Msg), d.Code)
	if d.Span.IsValid() {
		line, caret := underline(d.Span, text)
		b.WriteString(strings.TrimRight(indent+line, " ") + "\n" + indent + caret + "\n")
	}
	for line := range strings.Lines(d.Hint) {
		b.WriteString(indent + Escape(strings.TrimSuffix(line, "\n")) + "\n")
	}
	for i, note := range d.Also {
		if note.Span.Cell == d.Span.Cell || i >= len(also) || also[i] == "" || !note.Span.IsValid() {
			b.WriteString(indent + place(note.Span, d.Span.Cell, text) + Escape(note.Msg) + "\n")
			continue
		}
		line, caret := underline(note.Span, also[i])
		b.WriteString(indent + place(note.Span, note.Span.Cell, also[i]) + Escape(note.Msg) + "\n")
		b.WriteString(indent + indent + line + "\n" + indent + indent + caret + "\n")
	}
	return b.String()
}

// place is "name:line:col: ", without line and column if the span is in another cell than text.
func place(s Span, cell, text string) string {
	switch {
	case !s.IsValid():
		return ""
	case s.Cell != cell:
		return Escape(s.Cell) + ": "
	}
	line, col := Position(text, settle(s.Start, text))
	return fmt.Sprintf("%s:%d:%d: ", Escape(s.Cell), line, col)
}

// settle moves an offset at the end of the text to the end of what is written there, past which there is no line to show.
func settle(offset int, text string) int {
	offset = min(max(offset, 0), len(text))
	if offset == len(text) {
		return len(strings.TrimRight(text, " \t\r\n"))
	}
	return offset
}

// underline returns the source line of a span, printable, and the caret line below it.
func underline(s Span, text string) (line, caret string) {
	start := settle(s.Start, text)
	end := min(max(s.End, start), len(text))
	first := strings.LastIndexByte(text[:start], '\n') + 1
	last := len(text)
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		last = start + i
	}
	head, column, tail := "", 0, ""
	if start-first > before {
		first, head, column = runeStart(text, start-before), left, 1
	}
	if last-start > after {
		last, tail = runeStart(text, start+after), left
	}
	end = max(start, min(end, last))
	shown, column := expand(text[first:start], column)
	middle, stop := expand(text[start:end], column)
	rest, _ := expand(strings.TrimRight(text[end:last], "\r"), stop)
	head, tail = head+shown, rest+tail
	marks := "^"
	if stop > column+1 {
		marks += strings.Repeat("~", stop-column-1)
	}
	return head + middle + tail, strings.Repeat(" ", column) + marks
}

// runeStart is the start of the rune that the byte at i is part of; i where it is part of none.
func runeStart(text string, i int) int {
	for at := i; at >= 0 && at > i-utf8.UTFMax; at-- {
		if utf8.RuneStart(text[at]) {
			return at
		}
	}
	return i
}

// expand makes text printable, tabs as spaces up to the next tab stop, and returns the column after it.
func expand(text string, column int) (string, int) {
	var b strings.Builder
	for part := range strings.SplitAfterSeq(text, "\t") {
		part, tab := strings.CutSuffix(part, "\t")
		part = Escape(part)
		b.WriteString(part)
		column += Width(part)
		if tab {
			n := tabWidth - column%tabWidth
			b.WriteString(strings.Repeat(" ", n))
			column += n
		}
	}
	return b.String(), column
}

// Escape makes text safe for a terminal: whatever is not printable is written as in a Go string, \x1b or \u202e.
func Escape(text string) string {
	clean := true
	for i := 0; i < len(text) && clean; i++ {
		clean = text[i] >= ' ' && text[i] < 0x7f
	}
	if clean {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			b.WriteString(escapeByte(text[i]))
		case unicode.IsPrint(r):
			b.WriteString(text[i : i+size])
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// escapeByte writes one byte as Go does.
func escapeByte(c byte) string {
	switch c {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	return fmt.Sprintf(`\x%02x`, c)
}
