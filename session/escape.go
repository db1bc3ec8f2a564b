package session

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text from the kernel harmless for a terminal and keeps it on one line: control characters (C0, DEL, C1), line and
// paragraph separators, direction marks and other invisible formatting, unassigned and private characters, and bytes that are
// not UTF-8 become visible escapes as Go writes them: \n, \x1b, \u202e. A backslash stays as it is, so that paths and messages read as they
// are; the result is for eyes and can't be parsed back.
//
// The zero-width joiner and non-joiner are escaped too: they are invisible, and a width computed for the joined form differs from
// what many terminals show.
func Escape(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			escapeByte(&b, s[i])
		case harmless(r):
			b.WriteString(s[i : i+n])
		default:
			escapeRune(&b, r)
		}
		i += n
	}
	return b.String()
}

// plain reports whether s is printable ASCII, which most text is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// harmless reports whether r is shown as itself: a letter, mark, number, punctuation, symbol or the plain space, and not one
// of the invisible characters that Unicode counts among these.
func harmless(r rune) bool {
	return unicode.IsPrint(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(unicode.Variation_Selector, r)
}

func escapeByte(b *strings.Builder, c byte) {
	const hex = "0123456789abcdef"
	b.WriteString(`\x`)
	b.WriteByte(hex[c>>4])
	b.WriteByte(hex[c&15])
}

func escapeRune(b *strings.Builder, r rune) {
	const hex = "0123456789abcdef"
	switch r {
	case '\n':
		b.WriteString(`\n`)
		return
	case '\t':
		b.WriteString(`\t`)
		return
	case '\r':
		b.WriteString(`\r`)
		return
	}
	digits := 4
	switch {
	case r < 0x80:
		escapeByte(b, byte(r))
		return
	case r > 0xffff:
		b.WriteString(`\U`)
		digits = 8
	default:
		b.WriteString(`\u`)
	}
	for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
		b.WriteByte(hex[r>>shift&15])
	}
}
