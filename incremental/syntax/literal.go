package syntax

import "strconv"

// LiteralOffset returns where, in a string literal as written, the byte at offset of its value stands. An offset at the
// end of the value is the closing quote.
func LiteralOffset(lit string, offset int) int {
	if len(lit) < 2 || lit[0] == '`' {
		return min(offset+1, len(lit))
	}
	rest, value := lit[1:len(lit)-1], 0
	for len(rest) > 0 {
		r, multibyte, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			break
		}
		size := 1
		if multibyte {
			size = len(string(r))
		}
		if value+size > offset {
			break
		}
		value += size
		rest = tail
	}
	return len(lit) - 1 - len(rest)
}
