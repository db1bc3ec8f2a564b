package ir

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything uses every op, term and kind of name once.
const everything = `map opens percpu_hash key=16 value=8 entries=10240
map "odd name" array key=4 value=64 entries=1
map opens.stats counters key=4 value=128 entries=1
map events ringbuf entries=262144
func opens tracepoint { @ -e:0:40
	slot key size=16 align=8
	slot key.1 size=8 align=8
b0:
	v0 = param.ptr 0
	v1 = const.i64 5
	v2 = slot.ptr key
	zero v2 size=16
	v3 = call.i64 get_current_comm v2 v1 @ -e:3:9
	v5 = load32.i32 v0 +16
	store64 v2 +8 v1 @ "a cell":1:2
	store32 v2 v5
	v6 = const.i32 -7
	v7 = cmp.i32 slt v5 v6
	v8 = map.ptr opens
	v9 = mapvalue.ptr opens.stats +8
	v10 = mapvalue.ptr "odd name"
	v11 = offset.ptr v2 -8
	v12 = ptradd.ptr v11 v3
	move v2 v12 size=8
	atomic64 v9 +8 v1
	v13 = callfunc.i32 helper v1 v2
	call ringbuf_discard v12 v1
	v14 = call.i64 9999
	v15 = func.ptr body
	br ult v5 v6 b1 b3 likely=2 @ -e:10:12
b1:
	jump b2
b3:
	br set v1 v3 b2 b4
b2:
	v16 = phi.i64 [b1 v1] [b3 v3]
	ret v16
b4:
	ret
}
func helper sub {
b0:
	v0 = param.i64 0
	v1 = param.ptr 1 align=4
	v2 = trunc.i32 v0
	v3 = loadptr.ptr v1 +8 align=1
	v4 = loadptr.ptr v1
	ret v2
}
`

func TestPrintWritesWhatParseRead(t *testing.T) {
	m, err := Parse(everything)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(everything, Print(m)); d != "" {
		t.Error(d)
	}
}

func TestParseOrdersPredecessorsAsThePhisSay(t *testing.T) {
	text := strings.Replace(everything, "[b1 v1] [b3 v3]", "[b3 v3] [b1 v1]", 1)
	m, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(text, Print(m)); d != "" {
		t.Error(d)
	}
}

func TestParseErrorsNameTheirLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"funk", `line 1: "funk" outside of a function; want map or func`},
		{"map m hsh key=4 value=8 entries=1", `line 1: unknown map kind "hsh"`},
		{"map m hash key=4 entries=1", `line 1: unexpected "entries=1"; want value=number`},
		{"map m hash key=1 value=1 entries=1\nmap m hash key=1 value=1 entries=1", "line 2: map m is declared twice"},
		{"func f sub {\nb0:\n\tv1 = const.i64 5", "line 3: function f is not closed by }"},
		{"func f sub {\nb0:\n\tret v1\n}", "line 4: v1, used in line 3, is not defined"},
		{"func f sub {\nb0:\n\tjump b1\n}", "line 4: b0 jumps to b1, which is not there"},
		{"func f sub {\nb0:\n}", "line 3: b0 has no terminator"},
		{"func f sub {\n}", "line 2: function f has no block"},
		{"func f sub {\n\tret\n}", `line 2: "ret" before the first block`},
		{"func f sub {\nb0:\n\tret\n\tret\n}", `line 4: "ret" after the end of b0`},
		{"func f sub {\nb0:\n\tret\nb0:\n\tret\n}", "line 4: b0 is there twice"},
		{"func f sub {\nb0:\n\tv1 = cnst.i64 4\n\tret\n}", `line 3: unknown op "cnst"`},
		{"func f sub {\nb0:\n\tv1 = const 4\n\tret\n}", "line 3: const needs a type: const.i32, const.i64 or const.ptr"},
		{"func f sub {\nb0:\n\tv1 = const.i64 x\n\tret\n}", `line 3: unexpected "x"; want a number`},
		{"func f sub {\nb0:\n\tv1 = const.i64 1 2\n\tret\n}", `line 3: unexpected "2"`},
		{"func f sub {\nb0:\n\tv1 = slot.ptr key\n\tret\n}", "line 3: no slot key"},
		{"func f sub {\nb0:\n\tv1 = call.i64 no_such\n\tret\n}", `line 3: unknown helper "no_such"`},
		{"func f sub {\nb0:\n\tv0 = param.ptr 0 align=8\n\tret\n}", "line 3: bad align=8; want 1, 2 or 4"},
		{"func f sub {\nb0:\n\tret @ x:1\n}", "line 3: a span is @ cell:start:end"},
		{"func f sub {\nb0:\n\tv1 = const.i64 1\n\tv1 = const.i64 1\n\tret\n}", "line 4: v1 is defined twice"},
		{
			"func f sub {\nb0:\n\tv1 = const.i64 1\n\tjump b1\nb1:\n\tv2 = phi.i64 [b1 v1]\n\tret\n}",
			"line 8: v2 names b1, which is no predecessor of b1 or is named twice",
		},
	} {
		_, err := Parse(c.text)
		if err == nil || err.Error() != c.want {
			t.Errorf("Parse(%q)\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func FuzzParsePrint(f *testing.F) {
	f.Add(everything)
	f.Add("func f sub {\nb0:\n\tret\n}\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		printed := Print(m)
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%v in\n%s", err, printed)
		}
		if d := cmp.Diff(printed, Print(again)); d != "" {
			t.Error(d)
		}
	})
}
