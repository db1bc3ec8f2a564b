package session

import (
	"testing"

	"go3s/incremental/source"
)

func TestARedeclaredFunctionSwapsWhatCallsIt(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "1", "type pair struct{ a, b int }\nfunc (p pair) sum() int { return p.a + p.b }\nfunc limit() int { return 10 }\nconst most = 3")
	enter(t, s, "2", `p := syscalls:sys_enter_openat { if int(pid) > limit() { n++ } }`)
	enter(t, s, "3", `q := syscalls:sys_enter_openat { m += pair{1, 2}.sum() }`)
	enter(t, s, "4", `r := syscalls:sys_enter_openat { if pid > most { k++ } }`)
	same(t, "function", enter(t, s, "5", `func limit() int { return 20 }`), "swapped p")
	same(t, "constant", enter(t, s, "6", `const most = 4`), "swapped r")
	same(t, "type with its methods", enter(t, s, "7", "type pair struct{ a, b int }\nfunc (p pair) sum() int { return p.a * 100 }"), "swapped q")
	same(t, "the same function", enter(t, s, "8", `func limit() int { return 20 }`), "")
	r := s.Enter(source.Cell{Name: "9", Text: `func limit() string { return "x" }`})
	same(t, "a function that does not fit", len(r.Diags), 1)
	same(t, "place", r.Diags[0].Span.Cell, "2")
	same(t, "after a refused one", enter(t, s, "10", `func limit() int { return 30 }`), "swapped p")
}
