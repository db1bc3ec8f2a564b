package session

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/session/table"
)

// listener notes events as text.
type listener struct {
	mu    sync.Mutex
	lines []string
}

func (l *listener) take(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var line string
	switch e.Kind {
	case RecordEvent:
		r := e.Arrived.Record()
		line = fmt.Sprintf("record %s cpu%d %v %q", r.Probe, r.CPU, r.Mono, e.Arrived.AppendText(nil))
	case ChangedEvent:
		line = fmt.Sprintf("%s %s v%d", e.Probe.Name, e.Probe.State, e.Probe.Version)
	case LostEvent:
		line = fmt.Sprintf("%s lost %d of %d", e.Probe.Name, e.Lost, e.Probe.Stats.Lost)
	case ErrorEvent:
		line = "error: " + e.Err.Error()
	}
	l.lines = append(l.lines, line)
}

// heard is what was told so far.
func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func TestEventsComeInOrder(t *testing.T) {
	s, k := start(t)
	var l listener
	s.Subscribe(l.take)
	enter(t, s, "1", logged)
	k.Emit(loggedID, 1, 1500, args(7, "cat")...)
	wait(t, "the record", func() bool { return len(l.heard()) == 2 })
	enter(t, s, "2", logged+" ")
	enter(t, s, "3", `l := syscalls:sys_enter_openat { printf("x") }`)
	k.Emit(loggedID, 0, 1600, args(^uint32(0), "on its way")...)
	k.Emit(toyID("x"), 0, 1700)
	wait(t, "the records", func() bool { return len(l.heard()) == 5 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "events", l.heard(), []string{
		"l attached v1",
		`record l cpu1 1.5µs "7 cat\n"`,
		"l attached v2",
		`record l cpu0 1.6µs "-1 on its way\n"`,
		`record l cpu0 1.7µs "x"`,
		"l detaching v2",
		"l gone v2",
	})
}

func TestProbeIsToldBeforeItsRecords(t *testing.T) {
	s, k := start(t)
	enter(t, s, "0", logged) // so that the ring is read
	var l listener
	s.Subscribe(l.take)
	for i := range 50 {
		// The record waits in the ring before the session knows that the attaching went well.
		k.OnAttach(func() { k.Emit(toyID("x"), 0, uint64(i)) })
		enter(t, s, "p", fmt.Sprintf(`p%d := syscalls:sys_enter_read { printf("x") }`, i))
		wait(t, "the record", func() bool { return len(l.heard()) == 2*(i+1) })
		same(t, "first", l.heard()[2*i], fmt.Sprintf("p%d attached v1", i))
		if t.Failed() {
			return
		}
	}
}

func TestEverySubscriberHearsEverythingUntilItCancels(t *testing.T) {
	s, _ := start(t)
	var a, b listener
	cancel := s.Subscribe(a.take)
	s.Subscribe(b.take)
	enter(t, s, "1", opens)
	wait(t, "both", func() bool { return len(a.heard()) == 1 && len(b.heard()) == 1 })
	cancel()
	cancel()
	enter(t, s, "2", reads)
	wait(t, "b", func() bool { return len(b.heard()) == 2 })
	same(t, "a", len(a.heard()), 1)
}

func TestSlowSubscriberHoldsBackTheRingAndNotTheCaller(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", logged)
	enter(t, s, "2", reads)
	slow := make(chan struct{})
	release := sync.OnceFunc(func() { close(slow) })
	t.Cleanup(release)
	s.Subscribe(func(Event) { <-slow })
	for range 100 {
		k.Emit(loggedID, 0, 1, args(1, "x")...)
	}
	wait(t, "the first record", func() bool { _, n := s.Log().Len(); return n == 1 })
	same(t, "outcome of an Enter meanwhile", enter(t, s, "3", opens), "attached sys_enter_openat; maps opens")
	if err := s.Detach("reads"); err != nil {
		t.Fatal(err)
	}
	_, n := s.Log().Len()
	same(t, "records taken", n, uint64(1))
	release()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, n = s.Log().Len()
	same(t, "records at the end", n, uint64(100))
}

func TestLossIsToldAndExactAtTheEnd(t *testing.T) {
	s, k := start(t)
	var l listener
	s.Subscribe(l.take)
	enter(t, s, "1", logged)
	k.SetCounter("l.stats", incremental.StatLost, 0, 3)
	wait(t, "the loss to be noticed by itself", func() bool { return len(l.heard()) == 2 })
	k.SetCounter("l.stats", incremental.StatLost, 1, 4)
	s.Totals()
	s.Totals()
	enter(t, s, "2", `l := syscalls:sys_enter_openat { printf("%d %s\n", pid, comm); n++ }`)
	k.SetCounter("l.stats", incremental.StatLost, 1, 14)
	k.HoldDetach()
	go func() {
		wait(t, "Close to detach", func() bool { return s.Probes()[0].State == Detaching })
		// What is lost in the last moment counts too.
		k.SetCounter("l.stats", incremental.StatLost, 0, 5)
		k.Emit(loggedID, 0, 1, args(1, "x")...)
		k.ReleaseDetach()
	}()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var sum, total uint64
	for _, line := range l.heard() {
		var n uint64
		if _, err := fmt.Sscanf(line, "l lost %d of %d", &n, &total); err == nil {
			sum += n
		}
	}
	same(t, "lost, summed over the events", sum, uint64(19))
	same(t, "lost, total of the last event", total, uint64(19))
	same(t, "lost of the probe", s.Probes()[0].Stats.Lost, uint64(19))
	same(t, "records", s.Totals().Records, uint64(1))
}

func TestStrangeRecordsAreReportedOnceAKind(t *testing.T) {
	s, k := start(t)
	var l listener
	enter(t, s, "1", logged)
	s.Subscribe(l.take)
	k.EmitRaw([]byte{1, 2, 3})
	k.Emit(99, 0, 0)
	k.Emit(99, 0, 0)
	k.Emit(loggedID, 0, 0, 1, 2)
	k.Emit(loggedID, 0, 0, args(1, "good")...)
	wait(t, "all", func() bool { return len(l.heard()) == 4 })
	same(t, "events", l.heard(), []string{
		"error: an event record of 3 bytes does not fit any probe's format (schema 0)",
		"error: an event record of 16 bytes does not fit any probe's format (schema 99)",
		fmt.Sprintf("error: an event record of 18 bytes does not fit any probe's format (schema %d)", loggedID),
		`record l cpu0 0s "1 good\n"`,
	})
}

func TestRingFailureIsTold(t *testing.T) {
	s, k := start(t)
	var l listener
	s.Subscribe(l.take)
	k.Fail("ReadRing", 1, errors.New("no such device"))
	enter(t, s, "1", logged)
	wait(t, "the error", func() bool { return slices.Contains(l.heard(), "error: read the events ring: no such device") })
	same(t, "error of Stop", s.Stop() != nil, true)
}

func TestRecordsHaveWallTime(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", logged)
	before := time.Now()
	var mono unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono); err != nil {
		t.Fatal(err)
	}
	k.Emit(loggedID, 0, uint64(mono.Nano()), args(1, "x")...)
	after := time.Now()
	wait(t, "the record", func() bool { _, n := s.Log().Len(); return n == 1 })
	at := s.Log().Since(0, 1)[0].Time
	if at.Before(before.Add(-time.Millisecond)) || at.After(after.Add(time.Millisecond)) {
		t.Errorf("the record's time %v is not between %v and %v", at, before, after)
	}
}

func TestRingSizeOption(t *testing.T) {
	s, k := start(t)
	s.options.RingSize = 1 << 20
	enter(t, s, "1", logged)
	enter(t, s, "2", `m := syscalls:sys_enter_openat { printf("x") }`)
	same(t, "entries", k.Map(incremental.RingMap).Entries, 1<<20)
	same(t, "probes", len(s.Probes()), 2)
	same(t, "user's maps", s.Maps(), []table.Map(nil))
}

func TestEnterFromASubscriberOfAnotherSessionIsFree(t *testing.T) {
	a, _ := start(t)
	b, _ := start(t)
	a.Subscribe(func(Event) { b.Enter(source.Cell{Name: "1", Text: opens}) })
	enter(t, a, "1", opens)
	wait(t, "b's probe", func() bool { return len(b.Probes()) == 1 })
}
