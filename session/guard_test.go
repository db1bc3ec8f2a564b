package session

import (
	"slices"
	"testing"
	"time"

	"go3s/attach"
	"go3s/session/guard"
	"go3s/session/sessiontest"
)

// compiling opens a session with the real compiler on a kernel in memory. Its guard looks when the test has it look, and not by itself.
func compiling(t *testing.T) (*Session, *sessiontest.Kernel) {
	t.Helper()
	k := sessiontest.NewKernel()
	s, err := Open(k, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.keeper.stop(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		k.Check(t)
	})
	return s, k
}

// looks has the guard measure so many times.
func looks(t *testing.T, s *Session, n int) {
	t.Helper()
	for range n {
		if err := s.watch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// decisions collects what the guard tells.
func decisions(s *Session) func() []guard.Decision {
	var all []guard.Decision
	s.Subscribe(func(e Event) {
		if e.Kind == GuardEvent {
			all = append(all, *e.Decision)
		}
	})
	return func() []guard.Decision {
		s.events.Flush()
		got := all
		all = nil
		return got
	}
}

// costly is a run that takes n microseconds, each time that it is measured; that is more than any budget.
func costly(us int) attach.ProgramStats {
	return attach.ProgramStats{Runs: 1000, Time: time.Duration(us) * time.Microsecond}
}

func TestTheGuardSamplesThenSuspendsThenWaitsToBeAsked(t *testing.T) {
	s, k := compiling(t)
	told := decisions(s)
	enter(t, s, "a", "a := sched:sched_switch { n++ }")
	enter(t, s, "b", "b := syscalls:sys_enter_openat { m++ }")
	if err := s.Set("budget", "2"); err != nil {
		t.Fatal(err)
	}
	k.SetCost("a", costly(20_000))
	k.Calls()
	looks(t, s, guard.Haste-1)
	if d := told(); d != nil {
		t.Fatalf("after one window it decides %v", d)
	}
	looks(t, s, 1)
	first := told()
	if len(first) != 1 || first[0].Action != guard.SampleAction || !slices.Equal(first[0].Probes, []string{"a"}) || first[0].Factor < 2 {
		t.Fatalf("after %d windows it decides %v", guard.Haste, first)
	}
	a := s.Probes()[0]
	if a.Factor != first[0].Factor || a.Guard != first[0].String() || s.Probes()[1].Factor != 0 {
		t.Errorf("the probes say %d, %q", a.Factor, a.Guard)
	}
	k.SetCost("a", attach.ProgramStats{})
	looks(t, s, 3*guard.Patience)
	if d := told(); d != nil || s.Probes()[0].Factor != a.Factor {
		t.Errorf("with less load it decides %v", d)
	}
	k.SetCost("a", costly(20_000))
	for range 10 {
		looks(t, s, guard.Haste)
	}
	all := told()
	last := all[len(all)-1]
	if last.Action != guard.SuspendAction || last.Factor != guard.MostSampled || s.Probes()[0].State != Suspended {
		t.Fatalf("at last it decides %v; the probe is %v", last, s.Probes()[0].State)
	}
	if r := enter(t, s, "c", "c := sched:sched_wakeup { o++ }"); r != "attached c; maps o" || s.Probes()[0].State != Suspended {
		t.Errorf("an edit of another probe says %q, and the probe is %v", r, s.Probes()[0].State)
	}
	if err := s.Resume("a"); err != nil {
		t.Fatal(err)
	}
	if a := s.Probes()[0]; a.State != Attached || a.Factor > 1 || a.Guard != "" {
		t.Errorf("resumed, it is %v, 1 of %d, %q", a.State, a.Factor, a.Guard)
	}
	if calls := k.Calls(); !slices.Contains(calls, "Sample a 1") {
		t.Errorf("the calls are %q", calls)
	}
}

func TestProbesThatShareAMapAreSampledAlike(t *testing.T) {
	s, k := compiling(t)
	told := decisions(s)
	enter(t, s, "x", "a := sched:sched_switch { n[cpu]++ }\nb := syscalls:sys_enter_openat { n[cpu]++; m++ }\nc := sched:sched_wakeup { o++ }")
	if err := s.Set("budget", "1"); err != nil {
		t.Fatal(err)
	}
	k.SetCost("a", costly(15_000))
	looks(t, s, guard.Haste)
	d := told()
	if len(d) != 1 || !slices.Equal(d[0].Probes, []string{"a", "b"}) {
		t.Fatalf("it decides %v", d)
	}
	for i, want := range []int{d[0].Factor, d[0].Factor, 0} {
		if p := s.Probes()[i]; p.Factor != want {
			t.Errorf("%s gets 1 of %d, want %d", p.Name, p.Factor, want)
		}
	}
	enter(t, s, "d", "d := syscalls:sys_exit_openat { m++ }")
	looks(t, s, 1)
	if p := s.Probes()[3]; p.Factor != d[0].Factor || p.Guard == "" {
		t.Errorf("one that joins them gets 1 of %d, %q", p.Factor, p.Guard)
	}
	if err := s.Resume("b"); err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Probes() {
		if p.Factor > 1 {
			t.Errorf("%s still gets 1 of %d", p.Name, p.Factor)
		}
	}
}

// A probe that goes by what it has stored would be wrong with a part of its events.
func TestTheGuardSuspendsWhatCannotBeSampled(t *testing.T) {
	s, k := compiling(t)
	told := decisions(s)
	enter(t, s, "x", "in := syscalls:sys_enter_openat { began[tid] = nsecs }\nout := syscalls:sys_exit_openat { took[comm] += nsecs - began[tid] }")
	if err := s.Set("budget", "1"); err != nil {
		t.Fatal(err)
	}
	k.SetCost("out", costly(15_000))
	looks(t, s, guard.Haste)
	d := told()
	if len(d) != 1 || d[0].Action != guard.SuspendAction || d[0].Why != "it goes by what it has stored in began" {
		t.Fatalf("it decides %v", d)
	}
	for _, p := range s.Probes() {
		if p.State != Suspended {
			t.Errorf("%s is %v", p.Name, p.State)
		}
	}
}

func TestWithoutABudgetNothingIsCurbed(t *testing.T) {
	s, k := compiling(t)
	told := decisions(s)
	enter(t, s, "a", "a := sched:sched_switch { n++ }")
	k.SetCost("a", costly(20_000))
	looks(t, s, 3*guard.Patience)
	if d := told(); d != nil {
		t.Errorf("it decides %v", d)
	}
}

// What was counted before the sampling keeps its weight; what comes during it stands for more.
func TestCountsOfASampledProbeAreEstimates(t *testing.T) {
	s, k := compiling(t)
	enter(t, s, "a", "a := sched:sched_switch { n[cpu]++ }")
	counts := func(zero, one uint64) {
		k.Set("n", []byte{0}, zero, 1)
		k.Set("n", []byte{1}, 0, one)
	}
	type row struct {
		key, total, counted any
	}
	read := func(what string, factor int, want ...row) {
		t.Helper()
		table, err := s.Read("n")
		if err != nil {
			t.Fatal(err)
		}
		var got []row
		for _, r := range table.Rows {
			got = append(got, row{r.Key[0], r.Total, r.Counted})
		}
		if !slices.Equal(got, want) || table.Factor != factor {
			t.Errorf("%s: got %v with factor %d, want %v with %d", what, got, table.Factor, want, factor)
		}
	}
	sample := func(n int) {
		t.Helper()
		s.changing.Lock()
		defer s.changing.Unlock()
		if err := s.sample(s.bundles(nil)[0], n); err != nil {
			t.Fatal(err)
		}
	}
	counts(10, 100)
	read("before", 0, row{uint64(0), uint64(11), nil}, row{uint64(1), uint64(100), nil})
	deltas := NewDeltas(s)
	if _, err := deltas.Read("n"); err != nil {
		t.Fatal(err)
	}
	sample(8)
	read("at the start", 8, row{uint64(0), uint64(11), uint64(11)}, row{uint64(1), uint64(100), uint64(100)})
	counts(12, 101)
	k.Set("n", []byte{2}, 3)
	read("1 of 8", 8, row{uint64(2), uint64(24), uint64(3)}, row{uint64(0), uint64(27), uint64(13)}, row{uint64(1), uint64(108), uint64(101)})
	sample(64)
	counts(13, 101)
	read("1 of 64", 64, row{uint64(2), uint64(24), uint64(3)}, row{uint64(0), uint64(91), uint64(14)}, row{uint64(1), uint64(108), uint64(101)})
	table, err := deltas.Read("n")
	if err != nil || len(table.Rows) != 3 || table.Rows[2].Total != uint64(80) {
		t.Errorf("what came since is %v, %v", table.Rows, err)
	}
	sample(1)
	counts(20, 101)
	read("all again", 1, row{uint64(2), uint64(24), uint64(3)}, row{uint64(0), uint64(98), uint64(21)}, row{uint64(1), uint64(108), uint64(101)})
	if err := s.Clear("n"); err != nil {
		t.Fatal(err)
	}
	k.Set("n", []byte{2}, 3)
	read("cleared", 1, row{uint64(2), uint64(3), uint64(3)})
}

// An edit that gives a map of a sampled probe another shape carries over what its entries stand for, and a map that comes with an edit is an estimate from its first entry on.
func TestEstimatesAreCarriedOverEdits(t *testing.T) {
	s, k := compiling(t)
	read := func(name string, factor int, total, counted any) {
		t.Helper()
		table, err := s.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(table.Rows) != 1 || table.Rows[0].Total != total || table.Rows[0].Counted != counted || table.Factor != factor {
			t.Errorf("%s is %+v with factor %d, want %v of %v with %d", name, table.Rows, table.Factor, total, counted, factor)
		}
	}
	enter(t, s, "a", "a := sched:sched_switch { n[cpu]++ }")
	k.Set("n", []byte{1}, 10, 0)
	s.changing.Lock()
	err := s.sample(s.bundles(nil)[0], 8)
	s.changing.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	k.Set("n", []byte{1}, 12, 0)
	read("n", 8, uint64(26), uint64(12))
	enter(t, s, "a", "a := sched:sched_switch { n[uint64(cpu)]++; m[cpu]++ }")
	read("n", 8, uint64(26), uint64(12))
	k.Set("n", []byte{1}, 13, 0)
	read("n", 8, uint64(34), uint64(13))
	k.Set("m", []byte{1}, 1, 0)
	read("m", 8, uint64(8), uint64(1))
}

func TestProbesThatWereQuietAreToldOfWhenTheyAreBack(t *testing.T) {
	s, k := compiling(t)
	told := decisions(s)
	enter(t, s, "a", "a := sched:sched_switch { n++ }")
	s.ticker.stop()
	s.beat()
	k.SetQuiet(true)
	s.beat()
	k.SetPassedOver("a", 0, 77)
	s.refresh()
	s.beat()
	if d := told(); d != nil {
		t.Errorf("while they are quiet it tells %v", d)
	}
	k.SetQuiet(false)
	s.beat()
	d := told()
	if len(d) != 1 || d[0].Action != guard.QuietAction || d[0].Passed != 77 || !slices.Equal(d[0].Probes, []string{"a"}) {
		t.Errorf("it tells %v", d)
	}
	s.beat()
	if d := told(); d != nil {
		t.Errorf("later it tells %v", d)
	}
}
