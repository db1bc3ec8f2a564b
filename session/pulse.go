package session

import (
	"fmt"
	"time"
)

// pulse is what a session knows of its own signs of life. It is used by the ticker alone.
type pulse struct {
	last  time.Time // the last sign
	since time.Time // quiet: when the sign came after which there were none for too long
	held  uint64    // events that had been passed over when all was well
	deaf  bool      // it was told that nobody looks
}

// beat gives the kernel a sign that probes are looked after. It comes after a look at all counters, so that a session which is stuck
// gives none. When probes have been quiet and are back, that is told.
func (s *Session) beat() {
	quiet, err := s.kernel.Beat()
	p := &s.pulse
	if err != nil && !p.deaf {
		p.deaf = true
		s.told(fmt.Errorf("probes will not go quiet when go3sh stands still: %w", err))
	}
	now := time.Now()
	if quiet && p.since.IsZero() {
		p.since = p.last
	}
	p.last = now
	if quiet {
		return
	}
	passed := s.quiet()
	if !p.since.IsZero() && passed > p.held {
		s.events.Tell(Event{Kind: GuardEvent, Decision: &Decision{
			Action: QuietAction, Probes: s.groups(), For: now.Sub(p.since), Passed: passed - p.held,
		}})
	}
	p.since, p.held = time.Time{}, passed
}

// quiet is how many events were passed over in the absence of signs of life, as far as was looked.
func (s *Session) quiet() (n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.probes {
		n += p.stats.Quiet
	}
	return n
}

// groups are the names of the attached probes.
func (s *Session) groups() (names []string) {
	for _, p := range s.linked() {
		if p.state == Attached {
			names = union(names, []string{p.group})
		}
	}
	return names
}
