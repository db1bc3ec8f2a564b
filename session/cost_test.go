package session

import (
	"context"
	"errors"
	"testing"
	"time"

	"go3s/attach"
)

func TestCostIsWhatTheKernelCountsDuringTheWindow(t *testing.T) {
	s, kernel := start(t)
	enter(t, s, "a", "a := sched:sched_switch { n++ }")
	enter(t, s, "b", "b := sched:sched_switch { m++ }")
	kernel.SetCost("a", attach.ProgramStats{Runs: 10, Time: 1000})

	for range 2 {
		costs, err := s.Cost(t.Context(), time.Millisecond)
		if err != nil || len(costs) != 2 {
			t.Fatalf("Cost gives %v, %v", costs, err)
		}
		a, b := costs[0], costs[1]
		if a.Probe != "a" || a.Runs != 10 || a.PerRun() != 100 || a.Over < time.Millisecond {
			t.Errorf("a costs %+v", a)
		}
		if got, want := a.Rate()*a.Over.Seconds(), 10.0; got < want-0.001 || got > want+0.001 {
			t.Errorf("a runs %f times in the window", got)
		}
		if b.Probe != "b" || b.Runs != 0 || b.PerRun() != 0 || b.Share() != 0 {
			t.Errorf("b costs %+v", b)
		}
	}
}

func TestCostEndsWithItsContext(t *testing.T) {
	s, _ := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Cost(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Cost gives %v", err)
	}
}
