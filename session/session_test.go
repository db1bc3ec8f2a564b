package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session/host"
	"go3s/session/sessiontest"
	"go3s/session/table"
)

const (
	opens  = `syscalls:sys_enter_openat { opens[comm]++ }`
	reads  = `reads := syscalls:sys_enter_read { n++ }`
	logged = `l := syscalls:sys_enter_openat { printf("%d %s\n", pid, comm) }`
)

// start opens a session with the toy compiler, and checks at the end of the test that it left nothing.
func start(t *testing.T) (*Session, *sessiontest.Kernel) {
	t.Helper()
	k := sessiontest.NewKernel()
	f, err := host.New(k)
	if err != nil {
		t.Fatal(err)
	}
	s := open(k, Options{}, f, toy{})
	t.Cleanup(func() {
		k.ReleaseDetach()
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
		k.Check(t)
	})
	return s, k
}

// enter enters a text that must be accepted and returns what happened, as "attached a b; swapped c; kept d; maps m".
func enter(t *testing.T, s *Session, name, text string) string {
	t.Helper()
	r := s.Enter(source.Cell{Name: name, Text: text})
	if !r.OK() {
		t.Fatalf("enter %s: %v %v", text, r.Diags, r.Err)
	}
	return outcome(r)
}

func outcome(r Result) string {
	var parts []string
	for _, p := range []struct {
		what  string
		names []string
	}{{"attached", r.Attached}, {"swapped", r.Swapped}, {"kept", r.Kept}, {"maps", r.Maps}} {
		if len(p.names) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.names, " "))
		}
	}
	return strings.Join(parts, "; ")
}

// describe is what a session says of its probes: "sys_enter_openat attached v1".
func describe(s *Session) []string {
	var lines []string
	for _, p := range s.Probes() {
		lines = append(lines, fmt.Sprintf("%s %s v%d", p.Name, p.State, p.Version))
	}
	return lines
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// wait waits until ok holds.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 5000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("waited for %s in vain", what)
}

func TestEnterCreatesLoadsAndAttaches(t *testing.T) {
	s, k := start(t)
	same(t, "outcome", enter(t, s, "1", opens), "attached sys_enter_openat; maps opens")
	same(t, "calls", k.Calls(), []string{
		"CreateMap sys_enter_openat.stats",
		"CreateMap opens",
		"Load sys_enter_openat",
		"Attach sys_enter_openat syscalls:sys_enter_openat",
	})
	same(t, "probes", describe(s), []string{"sys_enter_openat attached v1"})
	same(t, "maps", s.Maps(), []table.Map{{
		Name: "opens", Kind: "per-CPU hash", Key: "string", Value: "uint64",
		Columns: []string{"opens"}, PerCPU: true, Entries: 1024, Probes: []string{"sys_enter_openat"},
	}})
}

func TestEnterTimesEachStage(t *testing.T) {
	s, _ := start(t)
	var names []string
	for _, stage := range s.Enter(source.Cell{Name: "1", Text: opens}).Time {
		names = append(names, stage.Name)
	}
	same(t, "stages", names, []string{"parse", "maps", "load", "attach"})
}

func TestSameNameSwaps(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", opens)
	first := k.Running("sys_enter_openat").ID
	k.Calls()
	same(t, "outcome", enter(t, s, "2", `syscalls:sys_enter_openat { opens[comm]++; n++ }`), "swapped sys_enter_openat; maps n")
	same(t, "calls", k.Calls(), []string{
		"CreateMap n", "Load sys_enter_openat", "Swap sys_enter_openat", "FreeProgram sys_enter_openat",
	})
	if second := k.Running("sys_enter_openat").ID; second == first {
		t.Error("the old program still runs")
	}
	same(t, "probes", describe(s), []string{"sys_enter_openat attached v2"})
}

func TestSameTextIsKept(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", opens)
	k.Calls()
	same(t, "outcome", enter(t, s, "2", opens), "kept sys_enter_openat")
	same(t, "calls", k.Calls(), []string(nil))
}

func TestStopwatchAddsUpAStageThatStartsAgain(t *testing.T) {
	var w stopwatch
	for _, stage := range []string{"parse", "types", "parse", "opt"} {
		w.stage(stage)
		time.Sleep(time.Millisecond)
	}
	times := w.stop()
	var names []string
	for _, stage := range times {
		names = append(names, stage.Name)
		if stage.Time < time.Millisecond {
			t.Errorf("%s took %v, less than it slept", stage.Name, stage.Time)
		}
	}
	same(t, "stages", names, []string{"parse", "types", "opt"})
	if times[0].Time < 2*time.Millisecond {
		t.Errorf("parse took %v, less than both its sleeps", times[0].Time)
	}
}

func TestSameNameOnAnotherHookMoves(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", reads)
	k.SetMissed("reads", 3)
	s.Probes()
	same(t, "outcome", enter(t, s, "2", `reads := syscalls:sys_exit_read { n++ }`), "swapped reads")
	k.SetMissed("reads", 2)
	same(t, "links", k.Links(), []string{"reads syscalls:sys_exit_read"})
	same(t, "missed over both links", s.Probes()[0].Stats.Missed, uint64(5))
}

func TestCellsOfOneNameLiveTogether(t *testing.T) {
	s, k := start(t)
	enter(t, s, "-e", opens)
	enter(t, s, "-e", reads)
	same(t, "cells", s.Cells(), []source.Cell{{Name: "-e", Text: opens}, {Name: "-e#2", Text: reads}})
	same(t, "links", k.Links(), []string{"reads syscalls:sys_enter_read", "sys_enter_openat syscalls:sys_enter_openat"})
}

func TestReplacedProbeLeavesTheRestOfItsCell(t *testing.T) {
	s, k := start(t)
	enter(t, s, "f.go3s", opens+"\n"+reads)
	same(t, "outcome", enter(t, s, "2", `syscalls:sys_enter_openat { n++ }`), "swapped sys_enter_openat")
	same(t, "probes", describe(s), []string{"sys_enter_openat attached v2", "reads attached v1"})
	same(t, "cells", s.Cells(), []source.Cell{
		{Name: "f.go3s", Text: strings.Repeat(" ", len(opens)) + "\n" + reads},
		{Name: "2", Text: `syscalls:sys_enter_openat { n++ }`},
	})
	enter(t, s, "3", `reads := syscalls:sys_enter_read { n++; n++ }`)
	same(t, "cells when both its probes were replaced", []string{s.Cells()[0].Name, s.Cells()[1].Name}, []string{"2", "3"})
	same(t, "links", len(k.Links()), 2)
}

func TestDiagnosticsChangeNothing(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", opens)
	k.Calls()
	r := s.Enter(source.Cell{Name: "2", Text: `syscalls:sys_enter_openat { refused }`})
	same(t, "diags", r.Diags, []source.Diagnostic{{
		Code: source.Unsupported, Span: source.Span{Cell: "2", Start: 28, End: 35}, Msg: "refused is refused",
	}})
	same(t, "calls", k.Calls(), []string(nil))
	same(t, "outcome of the old text", enter(t, s, "3", opens), "kept sys_enter_openat")
}

func TestCheckLeavesTheKernelAlone(t *testing.T) {
	s, k := start(t)
	same(t, "a good cell", s.Check(source.Cell{Name: "1", Text: opens}).Diags, []source.Diagnostic(nil))
	same(t, "diags of a bad cell", len(s.Check(source.Cell{Name: "1", Text: "syscalls:sys_enter_read { refused }"}).Diags), 1)
	same(t, "calls", k.Calls(), []string(nil))
	same(t, "probes", len(s.Probes()), 0)
}

func TestEnterIsAllOrNothing(t *testing.T) {
	change := `syscalls:sys_enter_openat { opens[comm]++; n++ }
a := syscalls:sys_enter_read { x[pid]++ }
b := syscalls:sys_exit_read { printf("x") }
reads := syscalls:sys_enter_read { n++; n++ }`
	for _, c := range []struct {
		method string
		nth    int
		want   string // the code and the text it points to; empty for what has no place
	}{
		{"CreateMap", 1, ""},
		{"CreateMap", 2, "map-failed x"},
		{"Load", 1, "attach-failed syscalls:sys_enter_openat"},
		{"Load", 4, "attach-failed syscalls:sys_enter_read"},
		{"Attach", 1, "attach-failed syscalls:sys_enter_read"},
		{"Attach", 2, "attach-failed syscalls:sys_exit_read"},
		{"Swap", 1, "attach-failed syscalls:sys_enter_openat"},
		{"Swap", 2, "attach-failed syscalls:sys_enter_read"},
	} {
		t.Run(fmt.Sprint(c.method, c.nth), func(t *testing.T) {
			s, k := start(t)
			enter(t, s, "1", opens)
			enter(t, s, "2", reads)
			before := k.Objects()
			running := []attach.ProgramID{k.Running("sys_enter_openat").ID, k.Running("reads").ID}
			probes := s.Probes()

			cause := errors.New("no room")
			k.Fail(c.method, c.nth, cause)
			r := s.Enter(source.Cell{Name: "3", Text: change})
			if !errors.Is(r.Err, cause) {
				t.Errorf("error %v does not lead to its cause", r.Err)
			}
			got := ""
			for _, d := range r.Diags {
				got += string(d.Code) + " " + change[d.Span.Start:d.Span.End]
			}
			same(t, "diagnostics", got, c.want)
			same(t, "objects", k.Objects(), before)
			same(t, "programs in the slots", []attach.ProgramID{k.Running("sys_enter_openat").ID, k.Running("reads").ID}, running)
			same(t, "probes", s.Probes(), probes)
			same(t, "outcome of the same once more",
				enter(t, s, "3", change), "attached a b; swapped sys_enter_openat reads; maps x")
		})
	}
}

func TestVerifierRefusalPointsAtTheInstruction(t *testing.T) {
	s, k := start(t)
	refusal := &attach.VerifierError{
		Program: "sys_enter_openat",
		Summary: "R1 invalid mem access 'scalar'",
		Log:     []string{"0: R1=ctx() R10=fp0", "0: (b7) r0 = 0", "1: (61) r0 = *(u32 *)(r1 +0)", "R1 invalid mem access 'scalar'", "processed 2 insns"},
		Err:     fs.ErrPermission,
	}
	k.Fail("Load", 1, refusal)
	r := s.Enter(source.Cell{Name: "1", Text: opens})
	same(t, "diags", r.Diags, []source.Diagnostic{{
		Code: source.Verifier,
		Span: source.Span{Cell: "1", Start: len(opens) - 1, End: len(opens)},
		Msg:  "the kernel's verifier refuses sys_enter_openat: a number is used as an address",
		Hint: "read through a pointer of a kernel type or with str(), buf() or a field of the context, which check what they read\n" +
			"the verifier's words: R1 invalid mem access 'scalar'",
	}})
	if !errors.Is(r.Err, error(refusal)) {
		t.Errorf("the error %v has no log", r.Err)
	}
}

func TestMissingPrivilegeIsAnErrorWithoutPlace(t *testing.T) {
	for _, method := range []string{"CreateMap", "Load", "Attach"} {
		s, k := start(t)
		want := &attach.PermissionError{Op: "x", Reason: "needs root"}
		k.Fail(method, 1, want)
		r := s.Enter(source.Cell{Name: "1", Text: opens})
		got, ok := errors.AsType[*attach.PermissionError](r.Err)
		if len(r.Diags) != 0 || !ok || got != want {
			t.Errorf("%s: %v %v", method, r.Diags, r.Err)
		}
	}
}

func TestDetachGoesInTheBackground(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", opens)
	enter(t, s, "2", reads)
	k.HoldDetach()
	if err := s.Detach("reads"); err != nil {
		t.Fatal(err)
	}
	same(t, "probes at once", describe(s), []string{"sys_enter_openat attached v1", "reads detaching v1"})
	same(t, "links at once", k.Links(), []string{"sys_enter_openat syscalls:sys_enter_openat"})
	k.ReleaseDetach()
	wait(t, "reads to go", func() bool { return s.Probes()[1].State == Gone })
	same(t, "objects", k.Objects(), "4 maps, 1 programs, 1 links")
	same(t, "outcome of entering it again", enter(t, s, "3", reads), "attached reads")
	same(t, "probes", describe(s), []string{"sys_enter_openat attached v1", "reads attached v2"})
}

func TestEnterWhileDetaching(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", reads)
	k.HoldDetach()
	if err := s.Detach("reads"); err != nil {
		t.Fatal(err)
	}
	same(t, "outcome", enter(t, s, "2", reads), "attached reads")
	k.ReleaseDetach()
	wait(t, "the old link to go", func() bool { return k.Objects() == "2 maps, 1 programs, 1 links" })
	same(t, "probes", describe(s), []string{"reads attached v2"})
}

func TestDetachOfAnUnknownNameDetachesNothing(t *testing.T) {
	s, _ := start(t)
	enter(t, s, "1", reads)
	err := s.Detach("reads", "raeds")
	same(t, "error", fmt.Sprint(err), `there is no probe "raeds"; did you mean reads?`)
	same(t, "probes", describe(s), []string{"reads attached v1"})
}

func TestFailedDetachIsTold(t *testing.T) {
	k := sessiontest.NewKernel()
	f, err := host.New(k)
	if err != nil {
		t.Fatal(err)
	}
	s := open(k, Options{}, f, toy{})
	enter(t, s, "1", reads)
	k.Fail("Detach", 1, errors.New("device is stuck"))
	same(t, "error of Close", fmt.Sprint(s.Close()), "detach reads from syscalls:sys_enter_read: device is stuck")
	same(t, "probes", describe(s), []string{"reads failed v1"})
	k.Check(t)
}

func TestCountsAreSumsAndOutliveTheSession(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", reads)
	for word, n := range []uint64{100, 0, 1, 2, 3, 4, 5} {
		k.SetCounter("reads.stats", word, 0, n)
		k.SetCounter("reads.stats", word, 1, 10*n)
	}
	k.SetMissed("reads", 7)
	want := Stats{Events: 1100, MapFull: 11, Cut: 22, Read: 33, Fault: 44, Skipped: 55, Missed: 7}
	same(t, "stats", s.Probes()[0].Stats, want)
	enter(t, s, "2", `reads := syscalls:sys_enter_read { n++; n++ }`)
	same(t, "stats after a swap", s.Probes()[0].Stats, want)
	same(t, "totals", s.Totals().Stats, want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "stats after Close", s.Probes()[0].Stats, want)
}

func TestAfterStopMapsAreReadAndNothingIsEntered(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", reads)
	k.Set("n", nil, 3, 4)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	same(t, "links", k.Links(), []string{})
	read, err := s.Read("n")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", read.Rows, []table.Row{{Total: uint64(7), PerCPU: []uint64{3, 4}}})
	if r := s.Enter(source.Cell{Name: "2", Text: opens}); !errors.Is(r.Err, ErrClosed) {
		t.Errorf("enter after Stop: %v", r.Err)
	}
	if err := s.Detach("reads"); !errors.Is(err, ErrClosed) {
		t.Errorf("detach after Stop: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read("n"); !errors.Is(err, ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
}

func TestFormatsAreAskedForOnce(t *testing.T) {
	s, k := start(t)
	for range 3 {
		if f := s.Format("tracepoint:syscalls:sys_enter_openat"); f == nil || f.Category != "syscalls" {
			t.Fatalf("format %+v", f)
		}
		if f := s.Format("sched:no_such"); f != nil {
			t.Fatalf("format of a hook that is not there: %+v", f)
		}
	}
	k.Fail("TracepointFormat", 1, errors.New("asked again"))
	same(t, "cached", s.Format("syscalls:sys_enter_openat") != nil, true)
	same(t, "tracepoints", slices.Contains(s.Tracepoints(), "syscalls:sys_enter_openat"), true)
}

func TestManyAtOnce(t *testing.T) {
	s, k := start(t)
	enter(t, s, "0", logged)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			name := fmt.Sprintf("p%d", g)
			for i := range 20 {
				s.Enter(source.Cell{Name: name, Text: fmt.Sprintf("%s := syscalls:sys_enter_read { n++; x[pid]++ /* %d */ }", name, i)})
				s.Probes()
				s.Totals()
				for _, m := range s.Maps() {
					if _, err := s.Read(m.Name); err != nil {
						t.Error(err)
					}
				}
				k.Emit(toyID("%d %s\n"), 0, uint64(i), make([]byte, 20)...)
				cancel := s.Subscribe(func(Event) { s.Log().Since(0, 10) })
				if i%5 == 4 {
					if err := s.Detach(name); err != nil {
						t.Error(err)
					}
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	_, next := s.Log().Len()
	same(t, "records", next, uint64(80))
}

func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func comm16(s string) []byte { return append([]byte(s), make([]byte, 16-len(s))...) }

// args are the arguments of logged: an int32 and a string of 16.
func args(pid uint32, comm string) []byte { return append(le32(pid), comm16(comm)...) }

var loggedID = toyID("%d %s\n")
