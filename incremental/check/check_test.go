package check_test

import (
	"flag"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/txtar"

	"go3s/incremental/check"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
	"go3s/incremental/universe/universetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var world = universe.New(universetest.Kernel())

// checkText parses and checks a cell.
func checkText(t testing.TB, name, text string, before ...*check.Unit) (*check.Unit, *syntax.File, []source.Diagnostic) {
	t.Helper()
	f, diags := syntax.Parse(source.Cell{Name: name, Text: text})
	if len(diags) > 0 {
		return nil, f, diags
	}
	in := check.Input{File: f, Universe: world, Names: map[string]types.Object{}, Maps: map[string]*check.Map{}}
	for _, u := range before {
		for name, obj := range u.Names {
			in.Names[name] = obj
		}
		for _, m := range u.Maps {
			in.Maps[m.Name] = m
		}
	}
	u, diags := check.Check(in)
	if (u == nil) != (len(diags) > 0) {
		t.Errorf("%s: unit %v with %d diagnostics", name, u, len(diags))
	}
	return u, f, diags
}

// mustCheck checks a cell that has no faults.
func mustCheck(t testing.TB, name, text string, before ...*check.Unit) *check.Unit {
	t.Helper()
	u, f, diags := checkText(t, name, text, before...)
	for _, d := range diags {
		t.Error(render(d, f))
	}
	if u == nil {
		t.FailNow()
	}
	return u
}

func render(d source.Diagnostic, f *syntax.File) string {
	return source.Render(d, f.Cell.Text)
}

// golden compares got with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs, -update renews it (-want +got):\n%s", file, diff)
	}
}

// cells reads the cells of an archive in testdata.
func cells(t *testing.T, name string) []txtar.File {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return a.Files
}

var errorComment = regexp.MustCompile(`/\* ERROR(?:\+(\d+))? ("(?:[^"\\]|\\.)*"|` + "`[^`]*`" + `) \*/\s*`)

// A comment /* ERROR "rx" */ stands before each place that a diagnostic begins at; rx matches "message [code]". With ERROR+n the
// place is n bytes further.
func TestFaultsAreFoundAtTheirPlaces(t *testing.T) {
	files, err := filepath.Glob("testdata/*.go3s")
	if err != nil || len(files) == 0 {
		t.Fatal("no cells in testdata", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, f, diags := checkText(t, filepath.Base(file), string(text))
			found := make([]bool, len(diags))
			for _, m := range errorComment.FindAllStringSubmatchIndex(string(text), -1) {
				rx, err := strconv.Unquote(string(text[m[4]:m[5]]))
				if err != nil {
					t.Fatal(err)
				}
				at := m[1]
				if m[2] >= 0 {
					n, _ := strconv.Atoi(string(text[m[2]:m[3]]))
					at += n
				}
				ok := false
				for i, d := range diags {
					if d.Span.Start == at && !found[i] && regexp.MustCompile(rx).MatchString(d.Error()) {
						found[i], ok = true, true
						break
					}
				}
				if !ok {
					line := 1 + strings.Count(string(text[:m[0]]), "\n")
					t.Errorf("%s:%d: no diagnostic that matches %q", file, line, rx)
				}
			}
			for i, d := range diags {
				if !found[i] {
					t.Errorf("not expected:\n%s", render(d, f))
				}
			}
		})
	}
}

func TestDiagnosticsReadWell(t *testing.T) {
	var b strings.Builder
	for _, cell := range cells(t, "faults.txtar") {
		_, f, diags := checkText(t, cell.Name, strings.TrimSuffix(string(cell.Data), "\n"))
		if len(diags) == 0 {
			t.Errorf("%s: no diagnostic", cell.Name)
		}
		for _, d := range diags {
			b.WriteString(strings.TrimRight(render(d, f), "\n") + "\n")
		}
		b.WriteString("\n")
	}
	golden(t, "faults.golden", b.String())
}

func TestTypesOfNamesAndMaps(t *testing.T) {
	var b strings.Builder
	for _, cell := range cells(t, "units.txtar") {
		u := mustCheck(t, cell.Name, string(cell.Data))
		b.WriteString("-- " + cell.Name + " --\n" + check.Dump(u))
		buildSSA(t, u)
	}
	golden(t, "units.golden", b.String())
}

// buildSSA builds what the next stage builds.
func buildSSA(t *testing.T, u *check.Unit) {
	t.Helper()
	prog := ssa.NewProgram(u.File.Fset, ssa.BareInits|ssa.SanityCheckFunctions)
	prog.CreatePackage(world.Pkg, nil, nil, true)
	seen := map[*types.Package]bool{u.Pkg: true, world.Pkg: true}
	for _, obj := range u.Info.Uses {
		if pkg := obj.Pkg(); pkg != nil && !seen[pkg] {
			seen[pkg] = true
			prog.CreatePackage(pkg, nil, nil, true)
		}
	}
	pkg := prog.CreatePackage(u.Pkg, u.Files, u.Info, false)
	pkg.Build()
	for _, p := range u.Probes {
		fn := prog.FuncValue(p.Func)
		if fn == nil || len(fn.Blocks) == 0 {
			t.Errorf("probe %s has no SSA form", p.Syntax.Name)
			continue
		}
		if got := fn.Signature.Params().At(0).Type().(*types.Pointer).Elem(); got != types.Type(p.Context.Named) {
			t.Errorf("probe %s has context %s", p.Syntax.Name, got)
		}
	}
}

func TestMapsOfOtherCells(t *testing.T) {
	first := mustCheck(t, "first", `
type key struct { pid uint32; comm string }
const limit = 10
func double(x uint64) uint64 { return 2*x }
syscalls:sys_enter_openat { opens[key{pid, comm}]++; start[tid] = nsecs; total++ }
`)
	second := mustCheck(t, "second", `
syscalls:sys_exit_openat {
	if start[tid] > limit { opens[key{pid, comm}]++; took[tid] = double(nsecs - start[tid]) }
	delete(start, tid)
	total += cpu
}`, first)
	buildSSA(t, second)
	golden(t, "second.golden", check.Dump(second))
	if len(first.Maps) != 3 || len(second.Maps) != 1 {
		t.Errorf("%d and %d maps, want 3 and 1", len(first.Maps), len(second.Maps))
	}
	_, f, diags := checkText(t, "third", `sched:sched_switch { start[comm] = nsecs; total = comm; start[tid]++; _ = key{pid} }`, first)
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(render(d, f))
	}
	golden(t, "third.golden", b.String())
}

func TestUsesFollowScopes(t *testing.T) {
	f, diags := syntax.Parse(source.Cell{Name: "uses", Text: `
var declared map[string]uint64
type key struct { comm string }
func helper(param uint64) uint64 { return param + inhelper }
syscalls:sys_enter_openat @filter[pid] > 0 {
	a[comm]++
	b[key{comm: comm}] += uint64(cpu)
	c[tid] = nsecs
	c2[tid] |= 1
	delete(d, tid)
	n++
	n -= 2
	m = 3
	if v := e[tid]; v > n2 { shadow := v; shadow++; v = 1 }
	if old, ok := both[tid]; ok { both[tid] = old }
	declared[comm]++
	for i := range 3 { arr := [3]int{}; arr[i]++ }
	a := 1
	a++
}`})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	const (
		elsewhere                            = check.Elsewhere
		adds, assigns, reads, deletes, keyed = check.Adds, check.Assigns, check.Reads, check.Deletes, check.Keyed
	)
	want := map[string]check.Use{
		"a": adds | keyed | elsewhere, "b": adds | keyed | elsewhere, "c": assigns | keyed, "c2": assigns | reads | keyed, "d": deletes | keyed,
		"n": adds | elsewhere, "m": assigns | elsewhere, "n2": reads | elsewhere, "e": reads | keyed, "both": reads | assigns | keyed,
		"declared": adds | keyed | elsewhere, "filter": reads | keyed | elsewhere, "inhelper": reads | elsewhere,
	}
	got := check.NewScan(f).Uses
	for name := range got {
		if _, ok := want[name]; !ok && (types.Universe.Lookup(name) != nil || world.Plain(name) != nil || name == "bpf") {
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The same syntax tree is checked again when another cell changes.
func TestCheckLeavesTheSyntaxTreeAlone(t *testing.T) {
	f, diags := syntax.Parse(source.Cell{Name: "again", Text: `syscalls:sys_enter_read { bytes[comm] += ctx.fd; if args.fd > 2 { n += cpu } }`})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	in := check.Input{File: f, Universe: world}
	first, diags := check.Check(in)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	second, diags := check.Check(in)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if diff := cmp.Diff(check.Dump(first), check.Dump(second)); diff != "" {
		t.Error(diff)
	}
	buildSSA(t, second)
	if len(f.Probes[0].Decl.Body.List) != 2 {
		t.Error("the probe's body has changed")
	}
}

// cell15 is a cell of 15 lines, as long as what people type.
const cell15 = `syscalls:sys_enter_openat @pid != 1 {
	opens[comm]++
	start[tid] = nsecs
	if ctx.flags & 64 != 0 {
		created[comm]++
	}
	printf("%-16s %s\n", comm, str(ctx.filename))
}
syscalls:sys_exit_openat {
	if start[tid] > 0 {
		took[comm] += nsecs - start[tid]
		delete(start, tid)
	}
	if ctx.ret < 0 { failed++ }
}`

// The key of a map is of the type that Go gives the variable which is the key at its first use.
func TestMapsTakeTheTypesOfVariables(t *testing.T) {
	for _, tt := range []struct{ body, key string }{
		{"x := ctx.prev_pid; m[x]++", "int32"},
		{"x := 3; m[x]++", "int"},
		{"x := uint8(3); y := x << 2; m[y]++", "uint8"},
		{"var x uint16; m[x]++", "uint16"},
		{"var x uint16 = 3; m[x]++", "uint16"},
		{"var x = pid; m[x]++", "uint32"},
		{"const x = 3; m[x]++; m[pid]++", "uint32"},
		{"const x uint8 = 3; m[x]++", "uint8"},
		{"c[comm] = pid; x, ok := c[comm]; if ok { m[x]++ }", "uint32"},
		{"c[comm] = pid; x, ok := c[comm]; n += uint64(x); m[ok]++", "bool"},
		{"for x := range 3 { m[x]++ }", "int"},
		{"for x := range uint8(3) { m[x]++ }", "uint8"},
		{"for x := range comm { m[x]++ }", "int"},
		{"for _, x := range comm { m[x]++ }", "rune"},
		{"x := pid; { x := comm; m[x]++ }; m2[x]++", "string"},
		{"x := pid; { x := comm; n += uint64(len(x)) }; m[x]++", "uint32"},
		{"x, y := pid, 1; x, z := uint32(y), 2; m[x] += uint64(z)", "uint32"},
		{"if x := pid; x > 3 { m[x]++ }", "uint32"},
		{"f := func(ctx uint8) { x := ctx; m[x]++ }; f(1)", "uint8"},
		{"type uint32 uint8; x := uint32(1); m[uint16(x)]++", "uint16"},
		{"pid := comm; x := pid; m[x]++", "string"},
	} {
		u, f, diags := checkText(t, "cell", "sched:sched_switch { "+tt.body+" }")
		for _, d := range diags {
			t.Error(render(d, f))
		}
		if u == nil {
			continue
		}
		i := slices.IndexFunc(u.Maps, func(m *check.Map) bool { return m.Name == "m" })
		if got := u.Maps[i].Var.Type().(*types.Map).Key().String(); got != tt.key {
			t.Errorf("%s: the key is a %s, not a %s", tt.body, got, tt.key)
		}
	}
}

// A cell with floating point in it is walked over as a whole; of others the scan says what may be refused. That is the same, of all that
// is refused though it is Go.
func TestScanSuspectsAllThatIsRefused(t *testing.T) {
	for _, text := range []string{
		"go func() { n++ }()", "defer func() { n++ }()", "select {}", "var c chan int; _ = c", "m := map[int]int{1: 2}; _ = m",
		"var a []byte; _ = a", `s := "a\x00b"; n += uint64(len(s))`, `if comm == "0123456789abcdef" { n++ }`, "m[pid]++; n += uint64(len(m))",
		`b := []byte(comm); n += uint64(b[0])`, "m[pid]++; for k := range m { n += uint64(k) }", "p := &pid; n += uint64(*p)", `println("x")`,
		"type t struct { f []int }; var x t; n += uint64(x.f[0])",
	} {
		cell := "sched:sched_switch { " + text + " }"
		_, _, diags := checkText(t, "cell", cell)
		_, _, walked := checkText(t, "cell", cell+"\nconst half = 0.5\n")
		if len(diags) == 0 {
			t.Errorf("%s is not refused", text)
		}
		if diff := cmp.Diff(walked, diags); diff != "" {
			t.Errorf("%s (-all nodes +suspects):\n%s", text, diff)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, bench := range []struct{ name, text string }{
		{"one line", `syscalls:sys_enter_openat { opens[comm]++ }`},
		{"15 lines", cell15},
		{"struct keys", "type key struct { pid uint32; comm string }\nsyscalls:sys_enter_openat { opens[key{pid, comm}]++ }"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			f, diags := syntax.Parse(source.Cell{Name: "bench", Text: bench.text})
			if len(diags) > 0 {
				b.Fatal(diags)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, diags := check.Check(check.Input{File: f, Universe: world}); len(diags) > 0 {
					b.Fatal(diags)
				}
			}
		})
	}
}

func BenchmarkNewUniverse(b *testing.B) {
	k := universetest.Kernel()
	for b.Loop() {
		universe.New(k)
	}
}

// FuzzCheck looks for texts on which the checker or the construction of SSA panics, or with a fault outside of the text.
func FuzzCheck(f *testing.F) {
	for _, name := range []string{"faults.txtar", "units.txtar"} {
		a, err := txtar.ParseFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		for _, cell := range a.Files {
			f.Add(string(cell.Data))
		}
	}
	files, err := filepath.Glob("testdata/*.go3s")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(errorComment.ReplaceAllString(string(text), ""))
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, _, diags := checkText(t, "fuzz", text)
		if u != nil {
			buildSSA(t, u)
		}
		for _, d := range diags {
			if d.Span.Cell != "fuzz" || d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) {
				t.Errorf("%v: span %v of a text of %d bytes", d, d.Span, len(text))
			}
		}
	})
}

func TestExplicitMapsOfOtherCells(t *testing.T) {
	first := mustCheck(t, "first", "var opens map[string]uint64\nvar total uint64")
	second := mustCheck(t, "second", "sched:sched_switch { opens[comm]++; total++ }", first)
	buildSSA(t, second)
	if len(second.Maps) != 0 {
		t.Errorf("the second cell declares %s", second.Maps[0].Name)
	}
	for _, m := range first.Maps {
		if !m.Explicit || m.Var.Pkg().Path() != universe.MapsPath {
			t.Errorf("map %s: explicit %t, of package %s", m.Name, m.Explicit, m.Var.Pkg().Path())
		}
	}
	for id, obj := range second.Info.Uses {
		if v, ok := obj.(*types.Var); ok && id.Name == "opens" && v != first.Maps[0].Var {
			t.Error("opens is not the first cell's variable")
		}
	}
	// What a session hands over may have an explicit map among the names as well.
	f, _ := syntax.Parse(source.Cell{Name: "third", Text: "sched:sched_switch { opens[comm]++ }"})
	names := map[string]types.Object{"opens": first.Pkg.Scope().Lookup("opens")}
	u, diags := check.Check(check.Input{File: f, Universe: world, Names: names, Maps: map[string]*check.Map{"opens": first.Maps[0]}})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for id, obj := range u.Info.Uses {
		if id.Name == "opens" && obj != types.Object(first.Maps[0].Var) {
			t.Error("opens is not the map's variable")
		}
	}
}
