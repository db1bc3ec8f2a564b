package source

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// at is the span of the n-th word (from 0) in text.
func at(text, word string, n int) Span {
	start := 0
	for ; n >= 0; n-- {
		i := strings.Index(text[start:], word)
		if i < 0 {
			panic("no such word: " + word)
		}
		start += i + len(word)
	}
	return Span{Cell: "opens", Start: start - len(word), End: start}
}

func TestDiagnosticsAreShownUnderTheUsersText(t *testing.T) {
	long := "syscalls:sys_enter_openat { conut[comm]++; if count > 3 {} }"
	file := "sched:sched_switch {\n\tif pid == 1 {\n\t\tx\t:= nope\r\n\t}\n}\n"
	wide := "a:b { x[\"世界\"] = é + \"e\u0301\" + oops }"
	endless := strings.Repeat("é=1; ", 300) + "oops" + strings.Repeat("; y", 300)
	escape := "a:b { x[\"\x1b[2J\"] = \xff + oops }"
	for _, c := range []struct {
		name string
		diag Diagnostic
		text string
		want string
	}{
		{
			"the form of the manual",
			Diagnostic{UndefinedName, at(long, "conut", 0), "undefined: conut", "did you mean count?", nil},
			long,
			`opens:1:29: undefined: conut [undefined-name]
    syscalls:sys_enter_openat { conut[comm]++; if count > 3 {} }
                                ^~~~~
    did you mean count?
`,
		},
		{
			"tabs and carriage returns",
			Diagnostic{UndefinedName, at(file, "nope", 0), "undefined: nope", "", nil},
			file,
			`opens:3:8: undefined: nope [undefined-name]
            x   := nope
                   ^~~~
`,
		},
		{
			"a line that is too long to be shown",
			Diagnostic{UndefinedName, at(endless, "oops", 0), "undefined: oops", "", nil},
			endless,
			"opens:1:1801: undefined: oops [undefined-name]\n    …=1; " + strings.Repeat("é=1; ", 26) + "oops" + strings.Repeat("; y", 78) + "; …\n    " +
				strings.Repeat(" ", 135) + "^~~~\n",
		},
		{
			"wide and combining characters",
			Diagnostic{UndefinedName, at(wide, "oops", 0), "undefined: oops", "", nil},
			wide,
			"opens:1:34: undefined: oops [undefined-name]\n    " + wide + "\n                                ^~~~\n",
		},
		{
			"bytes that a terminal must not get",
			Diagnostic{UndefinedName, at(escape, "oops", 0), "undefined: \x1b]0;", "say \u202e\x07", []Note{{at(escape, "x", 0), "\x00"}}},
			escape,
			`opens:1:23: undefined: \x1b]0; [undefined-name]
    a:b { x["\x1b[2J"] = \xff + oops }
                                ^~~~
    say \u202e\x07
    opens:1:7: \x00
`,
		},
		{
			"the end of the text",
			Diagnostic{Syntax, Span{"opens", 10, 10}, "expected '}', found 'EOF'", "", nil},
			"a:b {\nn\n\n\n",
			`opens:2:2: expected '}', found 'EOF' [syntax]
    n
     ^
`,
		},
		{
			"a span of several lines is underlined on its first",
			Diagnostic{Syntax, Span{"opens", 4, 9}, "no", "", nil},
			"a:b {\nn }",
			"opens:1:5: no [syntax]\n    a:b {\n        ^\n",
		},
		{
			"hints of two lines and notes in two cells",
			Diagnostic{
				Redeclared, at("f g f", "f", 1), "f redeclared", "call it f2\nor drop it",
				[]Note{{at("f g f", "f", 0), "the first f"}, {Span{"other", 3, 4}, "another f"}, {Span{}, "and one nowhere"}},
			},
			"f g f",
			`opens:1:5: f redeclared [redeclared]
    f g f
        ^
    call it f2
    or drop it
    opens:1:1: the first f
    other: another f
    and one nowhere
`,
		},
		{"no place", Diagnostic{Code: TooLarge, Msg: "too large"}, "x", "too large [too-large]\n"},
		{"a span outside of the text", Diagnostic{Syntax, Span{"opens", 70, 90}, "no", "", nil}, "x y", "opens:1:4: no [syntax]\n    x y\n       ^\n"},
		{"an empty text", Diagnostic{Syntax, Span{"opens", 0, 0}, "no", "", nil}, "", "opens:1:1: no [syntax]\n\n    ^\n"},
	} {
		if diff := cmp.Diff(c.want, Render(c.diag, c.text)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

// TestNotesInOtherCells has notes in cells whose text is known, and one whose is not.
func TestNotesInOtherCells(t *testing.T) {
	const text = "p2 := a:b { m[comm]++ }"
	d := Diagnostic{MapConflict, at(text, "comm", 0), "the keys of m are uint32", "", []Note{
		{Span{"first", 10, 13}, "uint32 by this use"}, {Span{"gone", 3, 4}, "and this"}, {at(text, "m", 0), "it is m"},
	}}
	d.Span.Cell, d.Also[2].Span.Cell = "p2", "p2"
	const want = `p2:1:15: the keys of m are uint32 [map-conflict]
    p2 := a:b { m[comm]++ }
                  ^~~~
    first:2:6: uint32 by this use
        {  m[pid]++ }
             ^~~
    gone: and this
    p2:1:13: it is m
`
	if diff := cmp.Diff(want, Render(d, text, "a:b \n{  m[pid]++ }", "", text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func FuzzRenderIsPrintable(f *testing.F) {
	f.Add("a\tb\x1b[2J\n\u202e", 3, 5, "msg\x07", "hint\x9b\nmore")
	f.Add("", -1, 99, "", "")
	f.Add("\xff\xfe\r\n\u00ad", 1, 1, "\u0085", "\u200b")
	f.Fuzz(func(t *testing.T, text string, start, end int, msg, hint string) {
		got := Render(Diagnostic{Syntax, Span{text, start, end}, msg, hint, []Note{{Span{text, end, start}, msg}}}, text)
		for _, r := range strings.ReplaceAll(got, "\n", "") {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q holds %q", got, r)
			}
		}
	})
}

func TestPositionsCountBytesFromOne(t *testing.T) {
	text := "ab\né\n"
	var got [][2]int
	for offset := -1; offset <= len(text)+1; offset++ {
		line, col := Position(text, offset)
		got = append(got, [2]int{line, col})
	}
	want := [][2]int{{1, 1}, {1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {2, 3}, {3, 1}, {3, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWidthsOfText(t *testing.T) {
	for text, want := range map[string]int{"abc": 3, "é": 1, "e\u0301": 1, "世界": 4, "한": 2, "🙂": 2, "ｱ": 1, "Ａ": 2, "│": 1} {
		if got := Width(text); got != want {
			t.Errorf("%q takes %d cells, want %d", text, got, want)
		}
	}
}

func TestSortPutsDiagnosticsInSourceOrderOnce(t *testing.T) {
	d := func(cell string, start, end int, msg string) Diagnostic {
		return Diagnostic{Code: Type, Span: Span{cell, start, end}, Msg: msg}
	}
	got := Sort([]Diagnostic{
		d("b", 5, 6, "x"), d("a", 1, 2, "x"), d("b", 1, 9, "x"), d("b", 1, 2, "second"), d("b", 5, 6, "x"), d("b", 1, 2, "third"), d("b", 5, 6, "y"),
	})
	want := []Diagnostic{
		d("b", 1, 2, "second"), d("b", 1, 2, "third"), d("b", 1, 9, "x"), d("b", 5, 6, "x"), d("b", 5, 6, "y"), d("a", 1, 2, "x"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryCodeIsExplainedOnce(t *testing.T) {
	seen := map[Code]bool{}
	for _, c := range Codes() {
		if seen[c] || c.Doc() == "" {
			t.Errorf("%s: explained %q, seen before: %v", c, c.Doc(), seen[c])
		}
		seen[c] = true
	}
	if !seen[Syntax] || Code("none").Doc() != "" {
		t.Error("the catalogue lacks syntax, or explains what is not in it")
	}
}
