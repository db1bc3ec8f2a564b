package syntax

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"go3s/incremental/source"
)

// cells are all cells of the golden files.
func cells(tb testing.TB) []string {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	var texts []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if !strings.HasSuffix(file.Name, ".want") {
				texts = append(texts, string(file.Data))
			}
		}
	}
	return texts
}

// checkFile fails if anything of the file lies outside of the cell.
func checkFile(t *testing.T, f *File, diags []source.Diagnostic) {
	text := f.Cell.Text
	within := func(what string, s source.Span) {
		if s.Start < 0 || s.End < s.Start || s.End > len(text) || s.Cell != f.Cell.Name {
			t.Fatalf("%s has the span %v in a cell of %d bytes: %q", what, s, len(text), text)
		}
	}
	for _, d := range diags {
		within("the diagnostic "+d.Msg, d.Span)
		for _, n := range d.Also {
			within("the note "+n.Msg, n.Span)
		}
	}
	if f.AST == nil {
		return
	}
	visit := func(n ast.Node) bool {
		if n != nil && n.Pos().IsValid() {
			within(fmt.Sprintf("%T", n), f.Span(n.Pos(), n.End()))
		}
		return true
	}
	ast.Inspect(f.AST, visit)
	if f.Body != nil {
		ast.Inspect(f.Body, visit)
	}
	for _, p := range f.Probes {
		within("probe "+p.Name, p.Span)
		for _, h := range p.Hooks {
			within("hook "+h.Target, h.Span)
		}
	}
	for _, attrs := range f.Attrs {
		for _, a := range attrs {
			within("attribute "+a.Name, a.Span)
			for _, arg := range a.Args {
				within("argument "+arg.Value, arg.Span)
			}
		}
	}
	for offset := -1; offset <= len(f.Go)+1; offset++ {
		if at := f.Place(offset); at < 0 || at > len(text) {
			t.Fatalf("byte %d of the Go text has the place %d", offset, at)
		}
	}
}

// TestEachWordOfACellKeepsItsPlace looks at every identifier and literal of the golden cells: what the user wrote there is it.
func TestEachWordOfACellKeepsItsPlace(t *testing.T) {
	words := 0
	for _, text := range cells(t) {
		f, diags := Parse(source.Cell{Name: "cell", Text: text})
		checkFile(t, f, diags)
		if f.AST == nil || len(diags) > 0 {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			var word string
			switch n := n.(type) {
			case *ast.Ident:
				word = n.Name
			case *ast.BasicLit:
				word = n.Value
			}
			if word == "" || !f.users(int(n.Pos())-1) || strings.Contains(text, "bpf::") {
				return true
			}
			words++
			if s := f.Span(n.Pos(), n.End()); text[s.Start:s.End] != word {
				t.Errorf("%s is at %q", word, text[s.Start:s.End])
			}
			return true
		})
	}
	if words < 100 {
		t.Errorf("looked at %d words only", words)
	}
}

// FuzzParse holds that no text panics or hangs, that all places lie within the cell, and that a cell without errors is
// complete and whole.
func FuzzParse(f *testing.F) {
	for _, text := range cells(f) {
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, diags := Parse(source.Cell{Name: "cell", Text: text})
		checkFile(t, file, diags)
		file.Dump()
		for _, d := range diags {
			source.Render(d, text)
		}
		if incomplete := Incomplete(text); incomplete && len(diags) == 0 && !endsInAttribute(text) {
			t.Errorf("%q has no errors and is incomplete", text)
		}
		if respelled := respell(text); len(respelled) != len(text) || respell(respelled) != respelled {
			t.Errorf("%q is spelled %q", text, respelled)
		}
	})
}

// TestAProbeIsIncompleteUntilItsLastByte cuts a probe at every byte after its block has begun.
func TestAProbeIsIncompleteUntilItsLastByte(t *testing.T) {
	text := "sw := sched:sched_switch @pid == 1 {\n\tif pid > 2 { m[T{1}]++ }\n\tf(1, `}`, \"}\", /* } */ 2) // }\n}"
	for end := strings.Index(text, "{") + 1; end <= len(text); end++ {
		want := end < len(text)
		if i := strings.Index(text, `"}"`); end > i && end < i+3 {
			want = false // within a string of one line, which no further line can end
		}
		if strings.HasSuffix(text[:end], ", /") {
			want = false // half of a comment's beginning, where no operator can be
		}
		if got := Incomplete(text[:end]); got != want {
			t.Errorf("%q: incomplete %v, want %v", text[:end], got, want)
		}
	}
}

func TestErrorsNameNothingThatWeMade(t *testing.T) {
	for _, text := range cells(t) {
		_, diags := Parse(source.Cell{Name: "cell", Text: text})
		for _, d := range diags {
			for _, ours := range []string{"func", "package", "return", "Context"} {
				if strings.Contains(d.Msg, ours) && !strings.Contains(text, ours) {
					t.Errorf("%q: %s", text, d.Msg)
				}
			}
		}
	}
}

// TestGoAndProbesAreToldApart gives what each text is: both use colons, braces, slashes and stars.
func TestGoAndProbesAreToldApart(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a:b {}", "probe b"},
		{"a:b{}", "probe b"},
		{"a:b, c:d {}", "probe b"},
		{"a:b @x {}", "probe b"},
		{"a:b@x{}", "probe b"},
		{"a:b /x/ {}", "probe b"},
		{"a:b/x/{}", "probe b"},
		{"uprobe:/a/b:c /x/ {}", "probe c"},
		{"x := a:b {}", "probe x"},
		{"x:=a:b{}", "probe x"},
		{"x := a_b {}", "probe x"},
		{"x := begin {}", "probe x"},
		{"a_b {}", "probe a_b"},
		{"a_b @x {}", "probe a_b"},
		{"a_b /x/ {}", "probe a_b"},
		{"a_b { n++; f() }", "probe a_b"},
		{"a_b{ n++; f() }", "probe a_b"},
		{"a_*, b {}", "probe a"},
		{"begin{}", "probe begin"},
		{"END { n = 1 }", "probe end"},
		{"kernel:größe {}", "probe gr_e"},
		{"a_b{}", "expression"},
		{"T{1, 2}", "expression"},
		{"T{a: 1}", "expression"},
		{"x := T{1}", "statements"},
		{"p.T{1}", "expression"},
		{"[]int{1}", "expression"},
		{"map[string]int{}", "expression"},
		{"struct{}{}", "expression"},
		{"func() int { return 1 }()", "expression"},
		{"x", "expression"},
		{"x.y", "expression"},
		{"a / b / c", "expression"},
		{"a /b/ c", "expression"},
		{"a*b", "expression"},
		{"*p", "expression"},
		{"-1", "expression"},
		{"m[a:b]", "expression"},
		{`"a:b {}"`, "expression"},
		{"'x'", "expression"},
		{"(a)", "expression"},
		{"f(func() { g() })", "expression"},
		{"a, b = b, a", "statements"},
		{"a, b := f(), T{}", "statements"},
		{"x := y", "statements"},
		{"x++", "statements"},
		{"*p = 1", "statements"},
		{"x; y", "statements"},
		{"{ n++ }", "statements"},
		{"if x { y() } else { z() }", "statements"},
		{"if a == b { y() }", "statements"},
		{"for i := range 3 { n += i }", "statements"},
		{"for {}", "statements"},
		{"switch x { case 1: f() }", "statements"},
		{"select {}", "statements"},
		{"go f()", "statements"},
		{"defer f()", "statements"},
		{"return 1", "statements"},
		{"outer: for { break outer }", "statements"},
		{"outer:for { break outer }", "statements"},
		{"outer:\n\tfor { break outer }", "statements"},
		{"var x = 1; x++", "statements"},
		{"var x = 1", "declarations"},
		{"func f() { a() }", "declarations"},
		{"func (t T) f() {}", "declarations"},
		{"type T struct { a int }", "declarations"},
		{"package p", "declarations"},
		{"import \"x\"", "declarations"},
		{":help", "command"},
		{" : help", "command"},
		{"", "nothing"},
		{" \n // x\n;;", "nothing"},
	} {
		f, diags := Parse(source.Cell{Name: "cell", Text: c.text})
		if len(diags) > 0 {
			t.Errorf("%q: %v", c.text, diags)
		}
		got := "nothing"
		switch {
		case f.Command != "":
			got = "command"
		case f.Expr != nil:
			got = "expression"
		case f.Stmts != nil:
			got = "statements"
		case len(f.Probes) > 0:
			got = "probe " + f.Probes[0].Name
		case len(f.AST.Decls) > 0, strings.HasPrefix(c.text, "package"):
			got = "declarations"
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

const fifteen = `// every open of a file by a shell
opens := syscalls:sys_enter_openat @comm == "bash" && pid != 1 {
	opens[comm]++
	if ctx.flags&64 != 0 {
		created[key{pid, cpu}]++
	}
	for i := range 4 {
		total += uint64(i)
	}
	printf("%-16s %s\n", comm, str(ctx.filename))
}
sched:sched_switch {
	sw[cpu]++
	last[cpu] = nsecs
}
`

func BenchmarkParse15Lines(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Parse(source.Cell{Name: "cell", Text: fifteen}); len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}

func BenchmarkParse1000Lines(b *testing.B) {
	var text strings.Builder
	for i := range 67 {
		cell := strings.Replace(fifteen, "opens :=", fmt.Sprintf("opens%d :=", i), 1)
		text.WriteString(strings.Replace(cell, "sched:", fmt.Sprintf("sw%d := sched:", i), 1))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Parse(source.Cell{Name: "cell", Text: text.String()}); len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}

func BenchmarkIncomplete15Lines(b *testing.B) {
	for b.Loop() {
		Incomplete(fifteen[:len(fifteen)-3])
	}
}
