package codegen_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"go3s/incremental/codegen"
	"go3s/incremental/ir"
)

var update = flag.Bool("update", false, "renew the golden files")

// TestGolden compiles the "ir" section of each testdata file and compares with its sections "v1" to "v4".
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			m, err := ir.Parse(string(a.Files[0].Data))
			if err != nil {
				t.Fatal(err)
			}
			if err := ir.Verify(m); err != nil {
				t.Fatal(err)
			}
			for i := range a.Files[1:] {
				f := &a.Files[i+1]
				var isa int
				if _, err := fmt.Sscanf(f.Name, "v%d", &isa); err != nil {
					t.Fatalf("section %s: %v", f.Name, err)
				}
				got := assembly(t, m, isa)
				if *update {
					f.Data = []byte(got)
				} else if d := cmp.Diff(string(f.Data), got); d != "" {
					t.Errorf("%s (-want +got):\n%s", f.Name, d)
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func assembly(t *testing.T, m *ir.Module, isa int) string {
	t.Helper()
	var w strings.Builder
	for _, f := range m.Funcs {
		c, err := codegen.Generate(f, codegen.Target{ISA: isa, CPUs: 2})
		if err != nil {
			fmt.Fprintf(&w, "%s: %v\n", f.Name, err)
			continue
		}
		fmt.Fprintf(&w, "%s: stack %d\n%s", f.Name, c.Stack, c)
	}
	return w.String()
}
