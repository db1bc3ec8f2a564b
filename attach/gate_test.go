package attach

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// ownEvents is a hook for the events of this process alone.
func ownEvents(t testing.TB, k *Kernel, hook Hook) Hook {
	t.Helper()
	hook.Filter = newMembers(t, k)
	member(t, k, hook.Filter, os.Getpid(), true)
	return hook
}

// Of many events 1 of N passes, those that do not are counted, and the sum is what there was.
func TestSampleLetsOneOfNThroughAndCountsTheRest(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	l := must[LinkID](t)(k.Attach(ownEvents(t, k, getppid), unique("sample"), loadCounter(t, k, getppid.Type, counters, 3)))
	const calls = 1 << 17
	passed, held := uint64(0), uint64(0)
	ns := []int{1, 2, 7, 64, 1024, 0}
	for _, n := range ns {
		if err := k.Sample(l, n); err != nil {
			t.Fatal(err)
		}
		var threads sync.WaitGroup
		for range 2 {
			threads.Go(func() { callGetppid(calls / 2) })
		}
		threads.Wait()
		p, h := counts(t, k, counters)[3]-passed, must[ProgramStats](t)(k.Stats(l)).Sampled-held
		passed, held = passed+p, held+h
		if p+h != calls {
			t.Errorf("1 of %d: %d passed and %d did not, of %d", n, p, h, calls)
		}
		if even := uint64(calls / max(n, 1)); p+even/50+64 < even || p > even+even/50+64 {
			t.Errorf("1 of %d: %d of %d passed", n, p, calls)
		}
	}
	if err := <-k.Detach(l); err != nil {
		t.Fatal(err)
	}
	if last := must[ProgramStats](t)(k.Stats(l)).Sampled; passed+last != uint64(len(ns)*calls) {
		t.Errorf("at the end %d passed and %d did not, of %d", passed, last, len(ns)*calls)
	}
}

// What a gate lets through to an empty slot is counted with what it holds back.
func TestWhatPassesAGateToAnEmptySlotIsCounted(t *testing.T) {
	k := open(t)
	l := must[LinkID](t)(k.Attach(ownEvents(t, k, getppid), unique("empty"), loadCounter(t, k, getppid.Type, newCounters(t, k), 3)))
	if err := errors.Join(k.Sample(l, 4), k.Empty(l)); err != nil {
		t.Fatal(err)
	}
	const calls = 1 << 12
	callGetppid(calls)
	if held := must[ProgramStats](t)(k.Stats(l)).Sampled; held != calls {
		t.Errorf("%d of %d were counted", held, calls)
	}
}

// All types of programs have gates that the verifier takes.
func TestGatesOfEveryTypeOfHook(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	for _, hook := range []Hook{
		{Type: RawTracepoint, Name: "sys_enter"},
		{Type: TracingTP, Name: "sys_enter"},
		{Type: PerfEvent, Kind: "profile", Hertz: 99},
	} {
		l := must[LinkID](t)(k.Attach(hook, unique("types"), loadCounter(t, k, hook.Type, counters, 3)))
		if err := k.Sample(l, 2); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); must[ProgramStats](t)(k.Stats(l)).Sampled == 0; callGetppid(100) {
			if time.Now().After(deadline) {
				t.Fatalf("no event of %+v was passed over", hook)
			}
		}
	}
}

// With events of two kinds in turn, half of those that pass are of each.
func TestSampleKeepsNoStepWithTheEvents(t *testing.T) {
	for _, n := range []uint64{2, 4, 10, 64} {
		var kinds [2]int
		for turn := range uint64(100_000) {
			if uint32(turn*0x9E3779B1) < uint32(1<<32/n) {
				kinds[turn%2]++
			}
		}
		if d := kinds[0] - kinds[1]; d*d > 9*(kinds[0]+kinds[1]) {
			t.Errorf("1 of %d: %v", n, kinds)
		}
	}
}

// A link that takes the gate of one that is gone starts with all events.
func TestGatesAreFreedAndOpenAnew(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	p := loadCounter(t, k, Tracepoint, counters, 0)
	for range 3 {
		var links []LinkID
		for i := range gatesEach + 2 {
			hook := Hook{Type: Tracepoint, Category: "syscalls", Name: []string{"sys_enter_getsid", "sys_exit_getsid"}[i%2]}
			l := must[LinkID](t)(k.Attach(hook, unique(fmt.Sprint("g", i)), p))
			if s := must[ProgramStats](t)(k.Stats(l)); s.Sampled != 0 {
				t.Errorf("a new link has passed over %d events", s.Sampled)
			}
			if err := k.Sample(l, 1000); err != nil {
				t.Fatal(err)
			}
			links = append(links, l)
		}
		var gone []<-chan error
		for _, l := range links {
			gone = append(gone, k.Detach(l))
		}
		for _, outcome := range gone {
			if err := <-outcome; err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(k.gates) != 2 {
		t.Errorf("%d links at a time have %d maps of gates, want 2", gatesEach+2, len(k.gates))
	}
}

// Without signs of life all links but the vital ones go quiet and come back with the next sign; each event is counted on one side.
func TestLinksGoQuietWithoutASignOfLife(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	l := must[LinkID](t)(k.Attach(ownEvents(t, k, getppid), unique("quiet"), loadCounter(t, k, getppid.Type, counters, 0)))
	vital := getppid
	vital.Vital = true
	must[LinkID](t)(k.Attach(vital, unique("vital"), loadCounter(t, k, getppid.Type, counters, 1)))
	made := uint64(0)
	callUntil := func(what string, done func() bool) {
		for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("after %d events they are not %s", made, what)
			}
			callGetppid(100)
			made += 100
		}
	}
	if quiet, err := k.Beat(); quiet || err != nil {
		t.Fatalf("at first they are quiet: %v, %v", quiet, err)
	}
	callUntil("quiet", func() bool { return must[ProgramStats](t)(k.Stats(l)).Quiet > 1000 })
	if quiet, err := k.Beat(); !quiet || err != nil {
		t.Fatalf("Beat says quiet %v, %v", quiet, err)
	}
	passed := counts(t, k, counters)[0]
	callUntil("back", func() bool {
		_, _ = k.Beat()
		return counts(t, k, counters)[0] > passed+1000
	})
	if quiet, _ := k.Beat(); quiet {
		t.Error("they are back, and Beat says they are quiet")
	}
	got, held := counts(t, k, counters), must[ProgramStats](t)(k.Stats(l)).Quiet
	if got[0]+held != made || got[1] != made {
		t.Errorf("%d ran and %d were held back of %d events; the vital link ran %d times", got[0], held, made, got[1])
	}
}
