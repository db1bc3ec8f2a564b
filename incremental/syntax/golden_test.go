package syntax

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"go3s/incremental/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestCellsParseToGoldenFiles reads the cells of testdata/*.txtar: each file "name" is a cell, followed by "name.want",
// which holds the Go text, the tree and the diagnostics.
func TestCellsParseToGoldenFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, file := range archive.Files {
			want[file.Name] = string(file.Data)
		}
		renewed := &txtar.Archive{Comment: archive.Comment}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".want") {
				continue
			}
			text := strings.TrimSuffix(string(file.Data), "\n")
			got := describe(text)
			renewed.Files = append(renewed.Files, file, txtar.File{Name: file.Name + ".want", Data: []byte(got)})
			if diff := cmp.Diff(want[file.Name+".want"], got); diff != "" && !*update {
				t.Errorf("%s: %s: (-want +got)\n%s", path, file.Name, diff)
			}
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(renewed), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// describe parses a cell and prints all that came of it.
func describe(text string) string {
	f, diags := Parse(source.Cell{Name: "cell", Text: text})
	var b strings.Builder
	for line := range strings.Lines(f.Go) {
		fmt.Fprintln(&b, strings.TrimRight("| "+line, " \t\r\n"))
	}
	b.WriteString(f.Dump())
	for _, d := range diags {
		b.WriteString(source.Render(d, text))
	}
	if Incomplete(text) {
		b.WriteString("incomplete\n")
	}
	return b.String()
}
