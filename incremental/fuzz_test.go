package incremental_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"go3s/incremental"
	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/opt"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// hang is how long one input may take before it counts as endless. No input of the fuzzers takes a tenth of a second.
const hang = 20 * time.Second

// watch ends the process, with all stacks, when an input takes too long.
func watch(input string) (stop func() bool) {
	return time.AfterFunc(hang, func() { panic("the compiler hangs on:\n" + input) }).Stop
}

// FuzzBuild compiles any text with all stages. No text may make the compiler panic or hang, and every diagnostic lies in the text.
func FuzzBuild(f *testing.F) {
	for _, text := range cells(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		defer watch(text)()
		b := incremental.New(universetest.Kernel()).With(source.Cell{Name: "cell", Text: text}).Build(incremental.BuildOptions{Verify: true})
		for _, d := range b.Diags {
			if d.Code == source.CompilerBug {
				t.Errorf("%s\nin\n%s", d.Msg, text)
			}
			if d.Span.Start < 0 || d.Span.Start > d.Span.End || d.Span.End > len(text) {
				t.Errorf("%q is at %d to %d of %d bytes", d.Msg, d.Span.Start, d.Span.End, len(text))
			}
			source.Render(d, text)
		}
		if len(b.Diags) > 0 && len(b.Probes) > 0 {
			t.Error("programs in spite of diagnostics")
		}
	})
}

// cells collects the texts of all test cells of the compiler's packages.
func cells(f *testing.F) []string {
	var texts []string
	for _, pattern := range []string{"testdata/*.txtar", "syntax/testdata/*.txtar", "check/testdata/*.txtar"} {
		for _, file := range archiveFiles(f, pattern) {
			if strings.HasPrefix(file.Name, "cell") || pattern != "testdata/*.txtar" {
				texts = append(texts, string(file.Data))
			}
		}
	}
	names, err := filepath.Glob("check/testdata/*.go3s")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	if len(texts) < 20 {
		f.Fatalf("only %d texts to start from", len(texts))
	}
	return texts
}

func archiveFiles(f *testing.F, pattern string) []txtar.File {
	names, err := filepath.Glob(pattern)
	if err != nil {
		f.Fatal(err)
	}
	var files []txtar.File
	for _, name := range names {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		files = append(files, ar.Files...)
	}
	return files
}

// misplaced is what Verify says of an access whose place only a pass has found out; it was wrong before.
var misplaced = regexp.MustCompile(`of an object of \d+ bytes|of a slot aligned to \d`)

// FuzzIR takes any text of the IR that Verify accepts through the optimizer and the code generator.
func FuzzIR(f *testing.F) {
	n := 0
	for _, pattern := range []string{"opt/testdata/*.txtar", "codegen/testdata/*.txtar"} {
		for _, file := range archiveFiles(f, pattern) {
			if _, err := ir.Parse(string(file.Data)); err == nil {
				f.Add(string(file.Data), 1+n%4)
				n++
			}
		}
	}
	if n < 20 {
		f.Fatalf("only %d texts to start from", n)
	}
	f.Fuzz(func(t *testing.T, text string, isa int) {
		if len(text) > 10000 {
			return
		}
		defer watch(text)()
		m, err := ir.Parse(text)
		if err != nil || ir.Verify(m) != nil {
			return
		}
		isa = 1 + isa&3
		if err := opt.Run(m, opt.Options{ISA: isa, CPUs: 2, Verify: true}); err != nil {
			if !misplaced.MatchString(err.Error()) {
				t.Fatalf("%v\nof\n%s", err, text)
			}
			return
		}
		for _, fn := range m.Funcs {
			if _, err := codegen.Generate(fn, codegen.Target{ISA: isa, CPUs: 2}); err != nil {
				t.Logf("%v", err) // a function may need too much stack
			}
		}
	})
}
