// Package harmless writes text from the kernel and its processes so that a terminal only shows it.
package harmless

import (
	"fmt"
	"strings"
	"unicode"

	"go3s/incremental/source"
)

// Text makes text from the kernel harmless for a terminal and keeps it on one line: control characters (C0, DEL, C1), line and
// paragraph separators, direction marks, joiners and all else that is invisible, unassigned and private characters, and bytes
// that are not UTF-8 become visible escapes as Go writes them: \n, \x1b, \u202e. A backslash stays as it is, so that paths read as they
// are; the result is for eyes and can't be parsed back.
//
// The zero-width joiner and the variation selectors of emoji are escaped too: terminals disagree on the width of what they join.
func Text(s string) string {
	s = source.Escape(s)
	if !strings.ContainsFunc(s, invisible) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !invisible(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// invisible reports whether r is a letter or mark to Unicode and yet shows nothing, such as the Hangul filler.
func invisible(r rune) bool {
	return r > unicode.MaxASCII && unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
