package session

import (
	"encoding/binary"
	"fmt"
	"strings"

	"go3s/incremental/layout"
)

// decode is the value of type t at the start of b.
func decode(t *layout.Type, b []byte) any {
	switch t.Kind {
	case layout.Bool:
		return b[0] != 0
	case layout.Int, layout.Uint, layout.Pointer:
		var w [8]byte
		copy(w[:], b[:t.Size])
		u := binary.LittleEndian.Uint64(w[:])
		if t.Kind == layout.Int {
			shift := 64 - 8*t.Size
			return int64(u<<shift) >> shift
		}
		return u
	case layout.String:
		s, _, _ := strings.Cut(string(b[:t.Size]), "\x00")
		return s
	default:
		return string(b[:t.Size])
	}
}

func formatPrintf(format string, args []any) string { return fmt.Sprintf(format, args...) }
