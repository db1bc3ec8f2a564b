package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go3s/attach"
)

// Cost is what a probe costs the machine, measured over a short time.
type Cost struct {
	Probe string
	Runs  uint64        // how often its hook was reached during the measurement, predicates or not
	Time  time.Duration // what these runs took together, on all CPUs
	Over  time.Duration // how long was measured
}

// Rate is how many runs there were in a second.
func (c Cost) Rate() float64 {
	if c.Over <= 0 {
		return 0
	}
	return float64(c.Runs) / c.Over.Seconds()
}

// PerRun is what a run took on average; 0 if there was none.
func (c Cost) PerRun() time.Duration {
	if c.Runs == 0 {
		return 0
	}
	return c.Time / time.Duration(c.Runs)
}

// Share is the part of one CPU's time that the probe took, 1 for all of it.
func (c Cost) Share() float64 {
	if c.Over <= 0 {
		return 0
	}
	return float64(c.Time) / float64(c.Over)
}

// Cost measures all attached probes by the kernel's run statistics, which are on for the time of window only, because they cost each run of
// each program on the machine about 95 ns; what of it would be in the figures is taken out. The order is that of Probes. It returns early with
// ctx's error.
func (s *Session) Cost(ctx context.Context, window time.Duration) (costs []Cost, err error) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return nil, fmt.Errorf("measure the probes: %w", ErrClosed)
	}
	statistics, err := s.kernel.EnableStats()
	if err != nil {
		return nil, fmt.Errorf("measure the probes: %w", err)
	}
	before, began := s.runs(), time.Now()
	timer := time.NewTimer(window)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), statistics.Close())
	case <-timer.C:
	}
	over := time.Since(began)
	if err := statistics.Close(); err != nil {
		return nil, fmt.Errorf("measure the probes: %w", err)
	}
	after := s.runs()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.probes {
		a, now := after[p.link]
		b, then := before[p.link]
		if now && then {
			costs = append(costs, Cost{Probe: p.name, Runs: a.Runs - b.Runs, Time: a.Time - b.Time, Over: over})
		}
	}
	return costs, nil
}

// runs are the statistics of all attached probes by their links; of those that can't be read there are none.
func (s *Session) runs() map[attach.LinkID]attach.ProgramStats {
	all := make(map[attach.LinkID]attach.ProgramStats)
	s.mu.Lock()
	for _, p := range s.probes {
		if p.state == Attached {
			all[p.link] = attach.ProgramStats{}
		}
	}
	s.mu.Unlock()
	for link := range all {
		stats, err := s.kernel.Stats(link)
		if err != nil {
			delete(all, link)
			continue
		}
		all[link] = stats
	}
	return all
}
