package session

import (
	"strings"
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

func TestAMethodThatIsEnteredLaterBelongsToItsType(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "1", "type (\n\tfile struct{ a int }\n\tother int\n)\nfunc (f file) same() int { return f.a }")
	enter(t, s, "2", `p := syscalls:sys_enter_openat { n += file{8}.same() }`)
	same(t, "nobody calls it", enter(t, s, "3", `func (f file) half() int { return f.a / 2 }`), "")
	same(t, "a user", enter(t, s, "4", `q := syscalls:sys_enter_openat { m += file{8}.half() + file{1}.same() }`), "attached q; maps m")
	same(t, "again", enter(t, s, "5", `func (f file) half() int { return f.a / 4 }`), "swapped q")
	same(t, "with a pointer", enter(t, s, "6", `func (f *file) set(a int) { f.a = a }`), "")
	same(t, "a method and its user", enter(t, s, "7", "func (o other) twice() other { return 2 * o }\nr := syscalls:sys_enter_openat { k += other(3).twice() }"), "attached r; maps k")
	r := s.Enter(source.Cell{Name: "8", Text: `func (f file) half() int { return f.b }`})
	same(t, "an error", len(r.Diags), 1)
	same(t, "place", r.Diags[0].Span, source.Span{Cell: "8", Start: 36, End: 37})
	r = s.Enter(source.Cell{Name: "9", Text: `func (f file) a() int { return 1 }`})
	same(t, "place in the text", r.Diags[0].Span, source.Span{Cell: "9", Start: 14, End: 15})
	also := r.Diags[0].Also[0].Span
	same(t, "cell of the type", also.Cell, "6")
	for _, c := range s.Cells() {
		if c.Name == "6" {
			same(t, "place of the type", strings.HasPrefix(c.Text[also.Start-len("file struct{ "):], "file struct{ a int"), true)
		}
	}
	text, err := s.Export()
	if err != nil {
		t.Fatal(err)
	}
	fresh, _ := compiled(t)
	same(t, "exported", enter(t, fresh, "x.go3s", text), "attached p q r; maps n m k")
}

func TestAttributesGoWithWhatIsRedeclared(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "1", "// of a\n// @bpf_map(max_entries=3)\nvar a map[uint32]uint64\np := syscalls:sys_enter_openat { a[pid]++ }")
	enter(t, s, "2", "var b map[uint32]uint64 // @bpf_map(max_entries=4)\n// of q\nq := syscalls:sys_enter_openat { b[pid]++ }")
	enter(t, s, "3", "var (\n\ta map[uint32]uint64 // @bpf_map(max_entries=5)\n\t// @bpf_map(max_entries=6)\n\tb map[uint32]uint64\n)")
	same(t, "a", k.Map("a").Entries, 5)
	same(t, "b", k.Map("b").Entries, 6)
	same(t, "cell", s.Cells()[1].Text, strings.Repeat(" ", 50)+"\n// of q\nq := syscalls:sys_enter_openat { b[pid]++ }")
	enter(t, s, "4", "// @bpf_map(max_entries=7)\nvar b map[uint32]uint64")
	same(t, "b of its own", []int{k.Map("a").Entries, k.Map("b").Entries}, []int{5, 7})
}
