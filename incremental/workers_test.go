package incremental

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/lower"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// onCores lets the test run on so many CPUs, whether they exist or not.
func onCores(t *testing.T, n int) {
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// errand is a job that takes its time.
type errand struct {
	pauses         int
	done, released int
	order          *[]int // of releases: what was done by then
}

func (e *errand) size() int { return e.pauses }

func (e *errand) backEnd(enter func(string)) {
	for range e.pauses {
		runtime.Gosched()
	}
	enter("opt")
	e.done++
}

func (e *errand) release() {
	e.released++
	*e.order = append(*e.order, e.done)
}

// TestWorkersDoEachJobOnce hands out jobs of random lengths with random pauses between them. Each is done once and released once, after it
// is done, and no worker stays. The race detector sees to the rest.
func TestWorkersDoEachJobOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, cores := range []int{1, 2, 3, 8} {
		onCores(t, cores)
		routines := runtime.NumGoroutine()
		for range 60 {
			c := &compiler{memo: &memo{compiled: 2}}
			var order []int
			jobs := make([]*errand, r.IntN(20))
			w := c.workers(len(jobs))
			for i := range jobs {
				for range r.IntN(20) {
					runtime.Gosched()
				}
				jobs[i] = &errand{pauses: r.IntN(1 + r.IntN(100)), order: &order}
				w.hand(jobs[i])
			}
			w.finish()
			for i, e := range jobs {
				if e.done != 1 || e.released != 1 {
					t.Fatalf("%d cores: job %d of %d is done %d times, and released %d times", cores, i, len(jobs), e.done, e.released)
				}
			}
			if slices.Contains(order, 0) {
				t.Fatalf("%d cores: a job is released that is not done", cores)
			}
		}
		for runtime.NumGoroutine() > routines { // a worker that stays keeps the test from ending
			runtime.Gosched()
		}
	}
}

// warm is a session without cells that has compiled one.
func warm(t *testing.T) *Snapshot {
	s := New(universetest.Kernel())
	if b := s.With(source.Cell{Name: "warm", Text: "begin { n++ }"}).Build(BuildOptions{}); len(b.Diags) > 0 {
		t.Fatal(b.Diags)
	}
	return s
}

// several is a cell of probes of all sorts: short, long, with tables of their own, and one that needs care, as its stack is too small.
const several = `type big struct { a, b, c, d, e, f, g, h, i, j [16]int64 }
a := sched:sched_switch { n[ctx.prev_comm]++; printf("%d %s\n", pid, comm) }
b := syscalls:sys_enter_openat, sched:sched_switch { for i := range 5 { m[pid] += uint64(i) } }
c := sched:sched_switch {
	var x, y big
	for k := range 16 {
		x.a[k], y.b[k] = int64(pid)+int64(k), int64(tid)
	}
	sum += uint64(x.a[pid&15] + y.b[tid&15])
	print(x.a[1], y.b[2])
}
d := syscalls:sys_enter_openat @pid != 1 { s := str(ctx.filename); if len(s) > 3 { names[s]++; q[cpu] = 100 / len(s) } }
e := syscalls:sys_* { total++ }
f := sched:sched_switch { log("switch", "from", ctx.prev_comm, "to", ctx.next_comm) }
`

// outcome is all of a build.
func outcome(t *testing.T, b *Build) string {
	var text strings.Builder
	for _, p := range b.Probes {
		fmt.Fprintf(&text, "%s:\n%v\n", p.Name, p.Insns)
		for i := range p.Insns {
			fmt.Fprintln(&text, p.Insns[i].Source(), p.Insns[i].Symbol())
		}
		rest := *p
		rest.Insns = nil // of which JSON knows less
		all, err := json.MarshalIndent(rest, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		text.Write(all)
	}
	rest, err := json.MarshalIndent([]any{b.Diags, b.Maps}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	text.Write(rest)
	return text.String()
}

// TestBuildIsTheSameOnAllCores compares what one core and several make of cells: programs, maps, records and diagnostics, and what
// edits make of them afterwards.
func TestBuildIsTheSameOnAllCores(t *testing.T) {
	cells := map[string][]source.Cell{"several": {{Name: "1", Text: several}}}
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range archives {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if strings.HasPrefix(f.Name, "cell") {
				cells[name] = append(cells[name], source.Cell{Name: f.Name, Text: string(f.Data)})
			}
		}
	}
	outcomes := func(cells []source.Cell, o BuildOptions) string {
		s := warm(t)
		for _, c := range cells {
			s = s.With(c)
		}
		text := outcome(t, s.Build(o))
		for _, c := range cells { // again, each as an edit
			c.Text += "\n// edited"
			text += outcome(t, s.With(c).Build(o))
		}
		return text
	}
	for name, cells := range cells {
		for _, o := range []BuildOptions{{}, {Verify: true, Lines: []string{"b", "c"}}, {Careful: []string{"b"}}} {
			alone := o
			alone.OneCore = true
			want := outcomes(cells, alone)
			for _, cores := range []int{2, 8} {
				onCores(t, cores)
				if diff := cmp.Diff(want, outcomes(cells, o)); diff != "" {
					t.Errorf("%s on %d cores (-one core +several):\n%s", name, cores, diff)
				}
			}
		}
	}
}

// TestFailureOfAWorkerIsReported spoils the IR of some probes. What is reported is the first of them in order, on whichever core and however
// late it failed, and with the stage in which it did; a later build of the same cell succeeds.
func TestFailureOfAWorkerIsReported(t *testing.T) {
	const want = "the compiler failed in its stage codegen: runtime error: index out of range [0] with length 0"
	for _, cores := range []int{1, 2, 8} {
		onCores(t, cores)
		for _, spoiled := range [][]int{{0}, {3}, {1, 2, 5}, {0, 6}, {6}} {
			s := warm(t)
			c := &compiler{memo: s.memo, build: &Build{}}
			c.cells(nil)
			cell := source.Cell{Name: "1", Text: several}
			p := s.memo.parse(cell)
			s.memo.compiled++
			var names []string
			c.guard(source.Span{Cell: "1"}, func() {
				for _, d := range spoiledDrafts(c, p, spoiled) {
					if out, diags := c.collect(d); out == nil {
						t.Fatal(diags)
					}
					names = append(names, d.probe.Syntax.Name)
				}
			})
			if len(names) != spoiled[0] || len(c.build.Diags) != 1 || c.build.Diags[0].Code != source.CompilerBug || c.build.Diags[0].Msg != want {
				t.Errorf("%d cores, %v spoiled: after %v, %v", cores, spoiled, names, c.build.Diags)
			}
			if b := s.With(cell).Build(BuildOptions{}); len(b.Diags) > 0 {
				t.Errorf("%d cores: the next build fails: %v", cores, b.Diags)
			}
		}
	}
}

// spoiledDrafts compiles a cell as compiler.compile does, but for some of its probes, whose functions are lost after lowering.
func spoiledDrafts(c *compiler, p *parsedCell, spoiled []int) []*draft {
	unit, _ := check.Check(check.Input{File: p.file, Scan: p.scan, Universe: c.memo.universe, Names: c.names, Maps: c.maps})
	near, known := c.neighbourhood(p)
	pkg := c.memo.base(p.text, true).Build(unit, near, c.checks, known)
	for _, m := range unit.Maps {
		known[m.Name] = pkg.Map(m, p.uses[m.Name])
	}
	ring := &ir.Map{Name: abi.RingMap, Kind: ir.Ring, Entries: RingSize}
	w := c.workers(len(unit.Probes))
	defer w.finish()
	var drafts []*draft
	for i, pr := range unit.Probes {
		d := c.draft(p, pr, func(careful bool) (*lower.Program, []source.Diagnostic) {
			prog, diags := pkg.Probe(pr, known, ring, lower.Options{Careful: careful})
			if slices.Contains(spoiled, i) {
				prog.Module.Funcs = nil
			}
			return prog, diags
		})
		drafts = append(drafts, d)
		w.hand(d)
	}
	return drafts
}
