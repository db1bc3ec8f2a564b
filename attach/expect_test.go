package attach

import (
	"io"
	"testing"

	"github.com/cilium/ebpf"
)

// A hook that was expected is attached to as one that was not: all events run the program, and nothing of what was made ahead is left.
func TestExpectedHooksAreAsGoodAsOthers(t *testing.T) {
	for _, c := range []struct {
		what     string
		expected []Hook
	}{
		{what: "nothing"},
		{"the hook", []Hook{getppid}},
		{"it twice", []Hook{getppid, getppid}},
		{"another one", []Hook{{Type: RawTracepoint, Name: "sched_switch"}}},
		{"one whose dispatchers have targets", []Hook{{Type: TracingTP, Name: "sched_switch"}}},
	} {
		k := open(t)
		for _, h := range c.expected {
			k.Expect(h)
		}
		counters := newCounters(t, k)
		l := must[LinkID](t)(k.Attach(getppid, unique("expected"), loadCounter(t, k, Tracepoint, counters, 0)))
		callGetppid(1000)
		if got := counts(t, k, counters)[0]; got != 1000 {
			t.Errorf("%s was expected: %d of 1000 events", c.what, got)
		}
		if err := <-k.Detach(l); err != nil {
			t.Error(err)
		}
	}
}

// Both ways to put a program to a tracepoint have it run for the same events, and until they are closed.
func TestWaysToATracepoint(t *testing.T) {
	for name, put := range map[string]func(int, *ebpf.Program) (io.Closer, error){"link": perfLink, "event": perfProgram} {
		k := open(t)
		counters := newCounters(t, k)
		p, release, err := k.programs.use(int(loadCounter(t, k, Tracepoint, counters, 0)))
		if err != nil {
			t.Fatal(err)
		}
		event := must[int](t)(k.openTracepoint(getppid))
		link := must[io.Closer](t)(put(event, p.prog))
		callGetppid(1000)
		if err := (closers{link, perfFD(event)}).Close(); err != nil {
			t.Error(err)
		}
		release()
		callGetppid(1000)
		if got := counts(t, k, counters)[0]; got != 1000 {
			t.Errorf("%s: %d of 1000 events", name, got)
		}
	}
}
