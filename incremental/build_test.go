package incremental_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestBuild compiles the cells of each archive (files cell1, cell2, …) and compares what comes out with the archive's other
// files: ir is the lowered IR, asm the code, maps the maps, errors the diagnostics. An archive has the files it cares about.
func TestBuild(t *testing.T) {
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
			got := build(ar)
			changed := false
			for i, f := range ar.Files {
				text, ok := got[f.Name]
				if !ok {
					continue
				}
				if *update && text != string(f.Data) {
					ar.Files[i].Data, changed = []byte(text), true
				} else if diff := cmp.Diff(string(f.Data), text); diff != "" {
					t.Errorf("%s (-want +got):\n%s", f.Name, diff)
				}
			}
			if changed {
				if err := os.WriteFile(name, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// build compiles the cells of an archive and returns the parts that can be compared. The kernel keeps values with threads if the archive
// says so.
func build(ar *txtar.Archive) map[string]string {
	kernel := *universetest.Kernel()
	kernel.States = strings.Contains(string(ar.Comment), "The kernel keeps values with threads.")
	snapshot := incremental.New(&kernel)
	texts := map[string]string{}
	for _, f := range ar.Files {
		if strings.HasPrefix(f.Name, "cell") {
			texts[f.Name] = string(f.Data)
			snapshot = snapshot.With(source.Cell{Name: f.Name, Text: string(f.Data)})
		}
	}
	parts := map[string]*strings.Builder{}
	for _, name := range []string{"ir", "asm", "listing", "json", "maps", "errors", "schemas"} {
		parts[name] = &strings.Builder{}
	}
	result := snapshot.Build(incremental.BuildOptions{Verify: true, Dump: func(stage incremental.Stage, name, text string) {
		if b := parts[string(stage)]; b != nil && (stage != incremental.StageIR || strings.HasSuffix(name, "(lowered)")) {
			if stage == incremental.StageAsm {
				fmt.Fprintf(parts["listing"], "# %s\n%s", name, text)
				text = placeLines.ReplaceAllString(text, "")
			}
			fmt.Fprintf(b, "# %s\n%s", name, text)
		}
	}})
	for _, d := range result.Diags {
		parts["errors"].WriteString(source.Render(d, texts[d.Span.Cell]))
	}
	for _, m := range result.Maps {
		fmt.Fprintf(parts["maps"], "%s %s key=%d value=%d entries=%d", m.Name, m.Kind, m.Key, m.Value, m.Entries)
		if m.KeyType != nil {
			fmt.Fprintf(parts["maps"], " keytype=%s", m.KeyType.Name)
		}
		if m.ValueType != nil {
			fmt.Fprintf(parts["maps"], " valuetype=%s", m.ValueType.Name)
		}
		parts["maps"].WriteString("\n")
	}
	for _, p := range result.Probes {
		for _, s := range p.Schemas {
			fmt.Fprintf(parts["schemas"], "%s %q size=%d", s.Probe, s.Format, s.Size)
			for _, f := range s.Fields {
				fmt.Fprintf(parts["schemas"], " %s@%d", f.Type.Name, f.Offset)
			}
			parts["schemas"].WriteString("\n")
		}
	}
	out := map[string]string{}
	for name, b := range parts {
		out[name] = b.String()
	}
	return out
}

// TestBuildIsPure compiles the same cells in one session after many edits and in a new session, and compares the bytes.
func TestBuildIsPure(t *testing.T) {
	first := source.Cell{Name: "1", Text: "syscalls:sys_enter_openat { opens[comm]++ }"}
	second := source.Cell{Name: "2", Text: program15}
	second.Text = strings.Replace(second.Text, "opens :=", "named :=", 1)
	edited := incremental.New(universetest.Kernel()).With(first)
	for _, text := range []string{"sched:sched_switch { n += 2 }", "sched:sched_switch { printf(\"%d\\n\", cpu) }", second.Text} {
		edited = edited.With(source.Cell{Name: "2", Text: text})
		edited.Build(incremental.BuildOptions{})
	}
	clean := incremental.New(universetest.Kernel()).With(first).With(second)
	got, want := edited.Build(incremental.BuildOptions{}), clean.Build(incremental.BuildOptions{})
	if len(want.Diags) > 0 || len(want.Probes) != 3 {
		t.Fatalf("%d probes, diagnostics %v", len(want.Probes), want.Diags)
	}
	for i, p := range want.Probes {
		if got.Probes[i].Hash != p.Hash {
			t.Errorf("%s differs from a clean build", p.Name)
		}
	}
}

// TestEditRecompilesOneCell counts what an edit compiles: the edited cell and nothing else.
func TestEditRecompilesOneCell(t *testing.T) {
	s := incremental.New(universetest.Kernel())
	for i := range 20 {
		s = s.With(source.Cell{Name: fmt.Sprint(i), Text: fmt.Sprintf("p%d := sched:sched_switch { m%d[cpu]++ }", i, i)})
	}
	if b := s.Build(incremental.BuildOptions{}); len(b.Diags) > 0 {
		t.Fatal(b.Diags)
	}
	compiled := 0
	count := func(stage string) {
		if stage == "codegen" {
			compiled++
		}
	}
	s.With(source.Cell{Name: "7", Text: "p7 := sched:sched_switch { m7[cpu] += 2 }"}).Build(incremental.BuildOptions{Stage: count})
	if compiled != 1 {
		t.Errorf("%d programs compiled for one edit", compiled)
	}
}

// TestKindFollowsUse: what a second cell does with a map decides its kind for the first.
func TestKindFollowsUse(t *testing.T) {
	s := incremental.New(universetest.Kernel()).With(source.Cell{Name: "1", Text: "a := sched:sched_switch { m[cpu]++ }"})
	kind := func(s *incremental.Snapshot) string {
		b := s.Build(incremental.BuildOptions{})
		if len(b.Diags) > 0 {
			t.Fatal(b.Diags)
		}
		return b.Maps[0].Kind.String()
	}
	if k := kind(s); k != "percpu_hash" {
		t.Errorf("a map that is only added to is %s", k)
	}
	s = s.With(source.Cell{Name: "2", Text: "b := sched:sched_switch { if m[cpu] > 10 { n++ } }"})
	if k := kind(s); k != "hash" {
		t.Errorf("a map that another cell reads is %s", k)
	}
}

// placeLines are the lines of a listing that tell where the instructions come from.
var placeLines = regexp.MustCompile(`(?m)^\t; .*\n`)
