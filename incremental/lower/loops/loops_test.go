package loops_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"go3s/incremental/ir"
	"go3s/incremental/lower/loops"
	"go3s/incremental/source"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// builder ends a run that has a fault with -1.
type builder struct{}

func (builder) Fault(b *ir.Block, at source.Span) { b.Return(b.Const(ir.I64, -1, at), at) }

func (builder) Removed() {}

// TestLoops rewrites the loops of the function in each archive. A first line "unroll b1" in it asks for all rounds of the loop with that
// header as copies, "unroll b1 4" for four copies.
func TestLoops(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			m := parse(t, string(ar.Files[0].Data))
			f := m.Funcs[0]
			if diags := loops.Unroll(f, unrollings(f, string(ar.Comment)), builder{}); len(diags) > 0 {
				t.Fatal(diags)
			}
			r := loops.Rewriter{Program: f.Name}
			made, diags := r.Outline(f, builder{})
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			m.Funcs = append(m.Funcs, made...)
			if err := ir.Verify(m); err != nil {
				t.Error(err)
			}
			out := txtar.File{Name: "out", Data: []byte(ir.Print(m))}
			if *update {
				ar.Files = []txtar.File{ar.Files[0], out}
				if err := os.WriteFile(name, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if len(ar.Files) < 2 {
				t.Fatal("no golden; renew it with -update")
			}
			if d := cmp.Diff(string(ar.Files[1].Data), string(out.Data)); d != "" {
				t.Error(d)
			}
		})
	}
}

func parse(t *testing.T, text string) *ir.Module {
	t.Helper()
	m, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// unrollings is what the comment of an archive asks for.
func unrollings(f *ir.Func, comment string) []loops.Unrolling {
	id, factor := -1, int64(0)
	if n, _ := fmt.Sscanf(comment, "unroll b%d %d", &id, &factor); n == 0 {
		return nil
	}
	for _, b := range f.Blocks {
		if b.ID == id {
			return []loops.Unrolling{{Header: b, Factor: factor}}
		}
	}
	return nil
}

// TestWithoutBPFLoop has a loop without a known end on a kernel that can't call a function once a round.
func TestWithoutBPFLoop(t *testing.T) {
	ar, err := txtar.ParseFile(filepath.Join("testdata", "unbounded.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	m := parse(t, string(ar.Files[0].Data))
	if !loops.Any(m.Funcs[0]) {
		t.Error("the function has no loop")
	}
	r := loops.Rewriter{Program: "p", TooOld: "not on this kernel"}
	made, diags := r.Outline(m.Funcs[0], builder{})
	if len(made) > 0 || len(diags) != 1 || diags[0].Code != source.KernelTooOld || diags[0].Msg != r.TooOld {
		t.Errorf("%d functions, %v", len(made), diags)
	}
}
