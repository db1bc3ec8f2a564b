package opt

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"go3s/incremental/ir"
)

var update = flag.Bool("update", false, "rewrite the golden parts of testdata")

// TestPasses runs each pass alone over the cases in testdata/<pass>.txtar: sections "before" and "after" in turn, each
// pair under the name of the case. Sections "all/..." of the file run.txtar go through the whole table.
func TestPasses(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) { runCases(t, file, name) })
	}
}

func runCases(t *testing.T, file, pass string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(data)
	changed := false
	for i := 0; i+1 < len(archive.Files); i += 2 {
		before, after := archive.Files[i], &archive.Files[i+1]
		name, ok := strings.CutSuffix(before.Name, "/before")
		if !ok || after.Name != name+"/after" {
			t.Fatalf("%s: sections %s and %s are no pair", file, before.Name, after.Name)
		}
		t.Run(name, func(t *testing.T) {
			got := optimized(t, string(before.Data), pass)
			equivalent(t, string(before.Data), got, 40)
			if *update && got != string(after.Data) {
				after.Data, changed = []byte(got), true
				return
			}
			if d := cmp.Diff(string(after.Data), got); d != "" {
				t.Error(d)
			}
		})
	}
	if changed {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// testOptions is the kernel of the tests, with every check on.
var testOptions = Options{ISA: 4, CPUs: 2, Verify: true}

// optimized is the module's text after one pass, or after all where pass is "run" or "isa1".
func optimized(t *testing.T, text, pass string) string {
	t.Helper()
	m := parsed(t, text)
	o := testOptions
	switch pass {
	case "isa1", "legalize":
		o.ISA = 1
	}
	if pass == "run" || pass == "isa1" {
		if err := Run(m, o); err != nil {
			t.Fatal(err)
		}
		return ir.Print(m)
	}
	if err := ir.Verify(m); err != nil {
		t.Fatal(err)
	}
	s := &state{Options: o, m: m}
	for _, f := range m.Funcs {
		found := false
		for i := range passes {
			if passes[i].name == pass && !found {
				found = true
				s.runPass(&passes[i], f)
			}
		}
		if !found {
			t.Fatalf("no pass %s", pass)
		}
	}
	if err := ir.Verify(m); err != nil {
		t.Fatalf("%v\n%s", err, ir.Print(m))
	}
	return ir.Print(m)
}

func parsed(t *testing.T, text string) *ir.Module {
	t.Helper()
	m, err := ir.Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

// equivalent runs both texts on generated inputs and compares everything they do.
func equivalent(t *testing.T, before, after string, inputs uint64) {
	t.Helper()
	a, b := parsed(t, before), parsed(t, after)
	for seed := range inputs {
		x, y := outcome(a, seed), outcome(b, seed)
		if x != y {
			t.Fatalf("seed %d: the outcome changed\nbefore: %s\nafter:  %s\nfrom\n%s\nto\n%s", seed, x, y, before, after)
		}
	}
}

// outcome is what the functions of the module do for one seed: results, maps, records. A fault is an outcome too;
// only its text is left out, as it names values.
func outcome(m *ir.Module, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	i := ir.NewInterp(m)
	i.CPU, i.CPUs = int(seed%2), 2
	i.PIDTGID, i.UIDGID, i.Task = r.Uint64(), r.Uint64(), r.Uint64()
	i.Comm = []string{"cat", "a-long-name-of-15", "ls"}[seed%3]
	i.RingFull = seed%5 == 4
	i.Now = r.Uint64() >> 8
	i.Read = func(addr uint64, buf []byte) bool {
		for n := range buf {
			buf[n] = byte((addr + uint64(n)) * 37 >> 1)
		}
		return addr%7 != 0
	}
	var out strings.Builder
	for _, f := range m.Funcs {
		for range 3 {
			result, err := invoke(i, f, r)
			if err != nil {
				out.WriteString(f.Name + " faults; ")
				continue
			}
			fmt.Fprintf(&out, "%s = %#x; ", f.Name, result)
		}
	}
	for _, mp := range m.Maps {
		out.WriteString(i.Maps[mp.Name].String())
	}
	fmt.Fprintf(&out, "%x", i.Records)
	return out.String()
}

func invoke(i *ir.Interp, f *ir.Func, r *rand.Rand) (int64, error) {
	if f.Kind != ir.Sub {
		ctx := make([]byte, 64)
		for n := range ctx {
			ctx[n] = byte(interesting(r))
		}
		return i.Run(f.Name, ctx)
	}
	args := make([]int64, len(f.Params))
	for n, p := range f.Params {
		if p.Type == ir.Ptr {
			return 0, fmt.Errorf("a pointer as a parameter")
		}
		args[n] = interesting(r)
		if p.Type == ir.I32 {
			args[n] = int64(int32(args[n]))
		}
	}
	result, err := i.Call(f.Name, args...)
	return result, err
}

// interesting is a number that is often at an edge of some type.
func interesting(r *rand.Rand) int64 {
	switch r.IntN(6) {
	case 0:
		return int64(r.IntN(5)) - 2
	case 1:
		return int64(r.Uint64())
	case 2:
		return int64(1)<<r.IntN(64) - int64(r.IntN(3))
	case 3:
		return int64(int32(r.Uint32()))
	case 4:
		return int64(r.IntN(256))
	}
	return -(int64(1) << r.IntN(64))
}

func TestTableRunsEveryPassAfterWhatItNeeds(t *testing.T) {
	done := map[string]bool{}
	for _, p := range passes {
		if p.why == "" || p.run == nil {
			t.Errorf("pass %s has no reason or no function", p.name)
		}
		for _, need := range p.after {
			if !done[need] {
				t.Errorf("pass %s comes before %s", p.name, need)
			}
		}
		for _, cause := range p.since {
			if !done[cause] || !done[p.name] {
				t.Errorf("pass %s is to run again since %s, but one of them has not run yet", p.name, cause)
			}
		}
		done[p.name] = true
	}
}

// TestPassRunsAgainOnlySinceSomethingChanged lists the passes that run over a function of which all is known from the start, and over
// one in which a branch is found to have been decided before.
func TestPassRunsAgainOnlySinceSomethingChanged(t *testing.T) {
	once := "blocks fold number hoist forward promote deadstores share coalesce fold dead thread blocks imply states blocks combine " +
		"legalize dead blocks sink layout"
	again := strings.Replace(once, "legalize dead", "legalize fold number dead", 1)
	for text, want := range map[string]string{
		"func f sub {\nb0:\n\tv0 = const.i64 1\n\tret v0\n}\n": once,
		"func f sub {\nb0:\n\tv0 = param.i64 0\n\tv1 = const.i64 1\n\tbr eq v0 v1 b1 b3\n" +
			"b1:\n\tbr eq v0 v1 b2 b3\nb2:\n\tret v0\nb3:\n\tret v1\n}\n": again,
	} {
		var ran []string
		o := testOptions
		o.Trace = func(pass string, _ *ir.Func) { ran = append(ran, pass) }
		if err := Run(parsed(t, text), o); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(ran[1:], " "); got != want {
			t.Errorf("the passes over\n%s\nare %s, want %s", text, got, want)
		}
	}
}

func TestVerifyNamesThePassThatBroke(t *testing.T) {
	m := parsed(t, "func f sub {\nb0:\n\tv0 = const.i64 1\n\tret v0\n}\n")
	o := testOptions
	o.Trace = func(pass string, f *ir.Func) {
		if pass == passes[1].name {
			f.Blocks[0].Values = nil
		}
	}
	err := Run(m, o)
	want := "after pass " + passes[1].name + ": func f: b0: v0 is used and is in no reached block"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestPanicNamesThePass(t *testing.T) {
	defer func() {
		fault, ok := recover().(*Fault)
		if want := "pass start on f: broken"; !ok || fault.Error() != want {
			t.Errorf("got %v, want %s", fault, want)
		}
	}()
	s := &state{}
	broken := pass{name: "start", run: func(*state, *ir.Func) bool { panic("broken") }}
	if err := s.runAll(ir.NewFunc("f", ir.Sub), []pass{broken}); err != nil {
		t.Error(err)
	}
}
