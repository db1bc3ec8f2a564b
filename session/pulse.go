package session

import (
	"fmt"
	"time"

	"go3s/session/guard"
)

// beat gives the kernel a sign that probes are looked after. It comes after a look at all counters, so that a session which is stuck
// gives none. When probes have been quiet and are back, that is told. It is called by the ticker alone.
func (s *Session) beat() {
	quiet, err := s.kernel.Beat()
	if err != nil && !s.deaf {
		s.deaf = true
		s.told(fmt.Errorf("probes will not go quiet when go3sh stands still: %w", err))
	}
	if d, ok := s.pulse.Sign(time.Now(), quiet, s.quiet); ok {
		d.Probes = s.groups()
		s.events.Tell(Event{Kind: GuardEvent, Decision: &d})
	}
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
			names = guard.Union(names, []string{p.group})
		}
	}
	return names
}
