package layout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrintfFollowsGo(t *testing.T) {
	pair := StructOf("", Field{Name: "n", Type: Int32}, Field{Name: "s", Type: StringOf(4)})
	for _, c := range []struct {
		format string
		args   []any
		want   string
	}{
		{"plain", nil, "plain"},
		{"100%%", nil, "100%"},
		{"%d %x %c %q|%v", []any{int64(-5), uint64(255), uint64('x'), "a\n", true}, `-5 ff x "a\n"|true`},
		{"%5d|%-5d|%05d|%+d|%#x", []any{int64(1), int64(2), int64(3), int64(4), uint64(5)}, "    1|2    |00003|+4|0x5"},
		{"%-16s|%.2s|%*d", []any{"bash", "long", int64(4), uint64(7)}, "bash            |lo|   7"},
		{"%t %[2]d %[1]t", []any{true, uint64(1)}, "true 1 true"},
		{"%s %q", []any{[]byte("ls\x00junk"), []byte("a\x00\x00")}, `ls "a"`},
		{"%d %x %v", []any{[]byte{1, 2}, []byte{1, 255}, []byte{3}}, "[1 2] 01ff [3]"},
		{"%d", []any{[]any{uint64(1), uint64(2)}}, "[1 2]"},
		{"%p %p %#p %20p %v %x %d", []any{Addr(4096), uint64(16), Addr(16), Addr(1), Addr(15), Addr(15), Addr(15)}, "0x1000 0x10 10                  0x1 0xf f 15"},
		{"%v %+v %d", []any{StructValue{pair, []any{int64(1), "x"}}, StructValue{pair, []any{int64(1), "x"}}, StructValue{pair, []any{int64(1), "x"}}}, "{1 x} {n:1 s:x} {1 %!d(string=x)}"},
		{"%d", []any{"hi"}, "%!d(string=hi)"},
		{"%d %d", []any{int64(1)}, "1 %!d(MISSING)"},
		{"%d", []any{int64(1), int64(2)}, "1%!(EXTRA int64=2)"},
		{"%z %", []any{int64(1)}, "%!z(int64=1) %!(NOVERB)"},
		{"%s\x1b", []any{"\x1b[2J"}, "\x1b[2J\x1b"},
	} {
		if got := FormatPrintf(c.format, c.args, nil); got != c.want {
			t.Errorf("%q: got %q, want %q", c.format, got, c.want)
		}
	}
}

func TestPrintfWritesGoExpressions(t *testing.T) {
	pair := StructOf("pair", Field{Name: "n", Type: Int32}, Field{Name: "s", Type: StringOf(4)})
	three, word := ArrayOf(Int64, 3), ArrayOf(Uint8, 4)
	args := []any{
		[]any{int64(1), int64(2), int64(3)},
		StructValue{pair, []any{int64(1), "x"}},
		[]byte{1, 2, 0, 0},
		uint64(7),
		[]any{int64(1), int64(2), int64(3)},
	}
	fields := []Field{{Type: three}, {Type: pair}, {Type: word}, {Type: Uint64}, {Type: three}}
	got := FormatPrintf("%#v|%#v|%#v|%#v|%v %[1]d", args, fields)
	if want := `[3]int64{1, 2, 3}|pair{n: 1, s: "x"}|[4]uint8{1, 2, 0, 0}|0x7|[1 2 3] [1 2 3]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPrintfLeavesItsArgumentsAlone(t *testing.T) {
	args := []any{[]byte("a\x00"), uint64(1)}
	FormatPrintf("%s %p", args, nil)
	if diff := cmp.Diff([]any{[]byte("a\x00"), uint64(1)}, args); diff != "" {
		t.Error(diff)
	}
}

func TestVerbsAreFoundWithTheirPlacesAndOperands(t *testing.T) {
	for _, c := range []struct {
		format   string
		verbs    []Verb
		operands int
		indexed  bool
	}{
		{"no verb, 100%%", nil, 0, false},
		{"%d and %-16s", []Verb{{0, 2, 'd', "", nil, 0}, {7, 12, 's', "-", nil, 1}}, 2, false},
		{"%+#08.3x", []Verb{{0, 8, 'x', "+#0", nil, 0}}, 1, false},
		{"%*.*d|%v", []Verb{{0, 5, 'd', "", []int{0, 1}, 2}, {6, 8, 'v', "", nil, 3}}, 4, false},
		{"%[2]d %d %[1]s", []Verb{{0, 5, 'd', "", nil, 1}, {6, 8, 'd', "", nil, 2}, {9, 14, 's', "", nil, 0}}, 3, true},
		{"é%ü", []Verb{{2, 5, 'ü', "", nil, 0}}, 1, false},
		{"%", []Verb{{0, 1, 0, "", nil, 0}}, 0, false},
		{"%-5", []Verb{{0, 3, 0, "-", nil, 0}}, 0, false},
		{"%[x]d", []Verb{{0, 2, '[', "", nil, 0}}, 1, false},
	} {
		verbs, operands, indexed := ParseVerbs(c.format)
		if diff := cmp.Diff(c.verbs, verbs); diff != "" {
			t.Errorf("%q: %s", c.format, diff)
		}
		if operands != c.operands || indexed != c.indexed {
			t.Errorf("%q: %d operands, indexed %v; want %d, %v", c.format, operands, indexed, c.operands, c.indexed)
		}
	}
}

func TestVerbsAcceptWhatGoVetAccepts(t *testing.T) {
	types := []*Type{
		BoolType, Int32, Uint64, PointerType, StringOf(4), ArrayOf(Uint8, 4), ArrayOf(Int32, 2),
		StructOf("", Field{Name: "a", Type: Int32}, Field{Name: "b", Type: StringOf(2)}),
	}
	want := map[rune]string{ // one column a type
		'd': ".ddd.dd.", 'v': "vvvvvvvv", 's': "...sss..", 'x': ".xxxxxxx", 't': "t.......",
		'c': ".cc..cc.", 'p': "...p....", 'q': ".qq.qqqq", 'z': "........",
	}
	got := map[rune]string{}
	for verb := range want {
		for _, typ := range types {
			mark := "."
			if (Verb{Rune: verb}).Accepts(typ) {
				mark = string(verb)
			}
			got[verb] += mark
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
