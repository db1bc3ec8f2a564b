package incremental_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe/universetest"
)

// elsewhere are the codes that do not come from the text alone, and so have no example among the refused programs.
var elsewhere = map[source.Code]string{
	source.KernelTooOld: "Said before anything is loaded, at the place that needs it: \"a loop whose end only the run knows needs Linux 5.17; this is 5.15\". Versions are those\n" +
		"of kernel.org; a kernel that is older and has a helper nevertheless, because its distribution has carried it back, is asked. The whole of go3sh needs Linux 5.8.",
	source.Verifier: "The kernel's verifier refused the program. What type-checks should load; where it does not, the error stands at the place in your text that the\n" +
		"refused instruction comes from, says what the verifier means and what to change, and quotes it. At the prompt `:why` shows its whole log. What is not in this\n" +
		"table is quoted as it is. Each row that Linux 6.18 says is said there of a program in `attach/verifier/programs_test.go`; the others are logs in\n" +
		"`attach/verifier/testdata/recorded.txtar`.",
	source.AttachFailed: "The error says why and what to do. What the kernel says is told from the state of the host: the capabilities of the process, a lockdown,\n" +
		"settings, the configuration that the kernel was built with. Missing privilege has no place in your text, and is said without one; so is what holds for maps and\n" +
		"programs as well as for hooks. Rows without a place are said on every host.",
	source.MapFailed:   "The error says what was tried: mostly a map that is larger than the kernel gives memory for.",
	source.RunFault:    "At the prompt, an expression ended as it would in Go by a panic.",
	source.CompilerBug: "A stage of the compiler failed. The session goes on; what was entered has no effect.",
}

// TestErrorsAreDocumented compiles each program of testdata/refused and compares docs/ERRORS.md with what is said of it.
func TestErrorsAreDocumented(t *testing.T) {
	ar, err := txtar.ParseFile(filepath.Join("testdata", "refused", "refused.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	examples := map[source.Code][]string{}
	for _, f := range ar.Files {
		// What was entered before stands above a line of three dashes.
		before, last, several := strings.Cut(strings.TrimSuffix(string(f.Data), "\n"), "\n---\n")
		if !several {
			before, last = "", before
		}
		cell := source.Cell{Name: "-e", Text: last}
		diags := refused(source.Cell{Name: "before", Text: before}, cell)
		if len(diags) == 0 {
			t.Errorf("%s is not refused", f.Name)
			continue
		}
		var text strings.Builder
		for _, line := range strings.Split(before, "\n") {
			if line != "" {
				text.WriteString("    " + line + "\n")
			}
		}
		for _, d := range diags {
			var also []string
			for _, note := range d.Also {
				also = append(also, map[string]string{"before": before, cell.Name: cell.Text}[note.Span.Cell])
			}
			text.WriteString(source.Render(d, cell.Text, also...))
			if d.Code == source.Unsupported && d.Hint == "" {
				t.Errorf("%s: the error does not say what to write instead:\n%s", f.Name, source.Render(d, cell.Text))
			}
		}
		code := diags[0].Code
		examples[code] = append(examples[code], fmt.Sprintf("%s:\n\n```\n%s```\n\n", capital(f.Name), text.String()))
	}
	got := document(t, examples)
	name := filepath.Join("..", "docs", "ERRORS.md")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/ERRORS.md is not fresh: run go test ./incremental -update (-file +now):\n%s", diff)
	}
}

// refused is what is said of a cell that is entered after another.
func refused(before, cell source.Cell) []source.Diagnostic {
	s := incremental.New(universetest.Kernel()).With(before)
	if f, _ := syntax.Parse(cell); incremental.IsEvaluation(f) && f.Expr != nil {
		return s.Evaluate(cell, incremental.BuildOptions{}).Diags
	}
	return s.With(cell).Build(incremental.BuildOptions{}).Diags
}

// document is the text of docs/ERRORS.md.
func document(t *testing.T, examples map[source.Code][]string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Errors\n\nMade by `go test ./incremental -update` from the programs in `incremental/testdata/refused` and the tables of other tests. Every error has a code, a place in\n" +
		"your text and, where one is known, what to write instead. All errors of an entry are shown at once, and nothing of it is attached. What stands above an\n" +
		"error was entered before.\n\n")
	for _, code := range source.Codes() {
		fmt.Fprintf(&b, "## %s\n\n%s.\n\n", code, capital(code.Doc()))
		if text, ok := elsewhere[code]; ok {
			b.WriteString(text + "\n\n" + tableOf(t, code))
		} else if len(examples[code]) == 0 {
			t.Errorf("no program shows the code %s", code)
		}
		for _, e := range examples[code] {
			b.WriteString(e)
		}
		if i := slices.Index(source.Codes(), code); i < 0 {
			t.Errorf("the code %s is not in the catalogue", code)
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// tables are the files with what there is to say of a code beside its text; other tests write them.
var tables = map[source.Code]string{
	source.KernelTooOld: "testdata/floors.md",
	source.Verifier:     "../attach/verifier/testdata/catalogue.md",
	source.AttachFailed: "../attach/refusal/testdata/refusal.md",
}

// tableOf is the table of a code, empty for one that has none.
func tableOf(t *testing.T, code source.Code) string {
	t.Helper()
	if tables[code] == "" {
		return ""
	}
	text, err := os.ReadFile(filepath.FromSlash(tables[code]))
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
