package syntax

import (
	"strings"
	"testing"

	"go3s/incremental/source"
)

func TestMendMakesWholeWhatIsBeingTyped(t *testing.T) {
	for _, c := range []struct {
		typed string // up to the caret
		place Place
		want  string
	}{
		{"a:b { n++; ctx.fi", Body, "a:b { n++; _ = ctx; }"},
		{"a:b { if x := f(); x.", Body, "a:b {  x := f(); _ = x; }"},
		{"a:b { for i := 0; i < task.", Body, "a:b {  i := 0; _ = task; }"},
		{"a:b { printf(\"%s %d\", pid, task.real_parent.co", Body, "a:b { _ = task.real_parent; }"},
		{"a:b { if pid == 1 {\n\tx := task\n\tlat[x.comm].hi", Body, "a:b { if pid == 1 {\n\tx := task\n _ = lat[x.comm]; }}"},
		{"a:b { f(func() { task.", Body, "a:b { f(func() { _ = task; })}"},
		{"a:b { switch task.", Body, "a:b { _ = task; }"},
		{"a:b { switch { case task.", Body, "a:b { switch { default:  _ = task; }}"},
		{"a:b { switch { case true: n++; task.", Body, "a:b { switch { case true: n++; _ = task; }}"},
		{"a:b { x := file{comm, ctx.", Body, "a:b { _ = ctx; }"},
		{"a:b { f(x)[1].(", Body, "a:b { _ = 0; }"},
		{"a:b { bpf.View[tcphdr](p).", Body, "a:b { _ = bpf.View[tcphdr](p); }"},
		{"a:b { n++ }\nc:d @ctx.", Predicate, "a:b { n++ }\nc:d { _ = ctx; }"},
		{"a:b /args.x == 1 && args.", Predicate, "a:b { _ = args; }"},
		{"a:b @(f(pi", Predicate, "a:b { _ = 0; }"},
		{"a:b { n++ } c:", Outside, "a:b { n++ }\n _ = 0; "},
		{"m[\"x\"].", Outside, " _ = m[\"x\"]; "},
		{"a:b { printf(\"ctx.", Literal, ""},
		{"a:b { n++ // ctx.", Literal, ""},
		{"a:b { n++ /* ctx.", Literal, ""},
		{"a:b { s := `x\nctx.", Literal, ""},
		{"func f(a int) int {\n\treturn a.", Body, "func f(a int) int {\n _ = a; }"},
		{"uprobe:/bin/bash:readline { ctx.", Body, "uprobe:/bin/bash:readline { _ = ctx; }"},
	} {
		m := Mend(c.typed+" and more", len(c.typed))
		got := strings.Join(strings.Fields(m.Text), " ")
		if want := strings.Join(strings.Fields(c.want), " "); got != want || m.Place != c.place {
			t.Errorf("%q becomes\n%q at %d, want\n%q at %d", c.typed, got, m.Place, c.want, c.place)
		}
		if m.Selects && m.Text[m.Within.Start:m.Within.End] != c.typed[m.Operand.Start:m.Operand.End] {
			t.Errorf("%q: the operand is %q in one text and %q in the other", c.typed, m.Text[m.Within.Start:m.Within.End], c.typed[m.Operand.Start:m.Operand.End])
		}
	}
}

func FuzzMend(f *testing.F) {
	f.Add("a:b { if x := m[k].y; x { switch { case 1: f(func() { z.", 30)
	f.Add("}}) /* ` \" @ bpf::tcp::", 9)
	f.Fuzz(func(t *testing.T, text string, caret int) {
		m := Mend(text, caret)
		if m.Place != Literal {
			Parse(source.Cell{Text: m.Text})
		}
	})
}
