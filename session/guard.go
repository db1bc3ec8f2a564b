package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go3s/attach"
	"go3s/incremental/check"
	"go3s/session/guard"
	"go3s/session/sums"
)

// The guard keeps what all probes together cost within the budget. It takes nothing back by itself: that is for Resume.
const (
	guardEvery  = 500 * time.Millisecond
	guardWindow = 20 * time.Millisecond
)

// keep looks after the budget until ctx ends.
func (s *Session) keep(ctx context.Context) error {
	ticker := time.NewTicker(guardEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			if s.budget() == 0 || !s.worthMeasuring(now) {
				continue
			}
			if err := s.watch(ctx); err != nil && ctx.Err() == nil {
				s.told(fmt.Errorf("the budget is not kept: %w", err))
				return nil
			}
		}
	}
}

// budget is the setting in percent; 0 for none.
func (s *Session) budget() float64 {
	percent, _ := strconv.ParseFloat(strings.TrimSuffix(s.Value("budget"), "%"), 64)
	return percent
}

// worthMeasuring reports whether so much happens that it is to be measured now.
func (s *Session) worthMeasuring(now time.Time) bool {
	events, attached := uint64(0), false
	s.mu.Lock()
	for _, p := range s.probes {
		events += p.stats.Events + p.stats.Skipped + p.stats.Sampled
		attached = attached || p.state == Attached
	}
	s.mu.Unlock()
	return s.guard.Worth(now, events, attached)
}

// watch measures once, and acts if it is time to.
func (s *Session) watch(ctx context.Context) error {
	costs, err := s.Cost(ctx, guardWindow)
	if err != nil {
		if errors.Is(err, ErrClosed) {
			return nil
		}
		return err
	}
	s.changing.Look()
	defer s.changing.Unlock()
	if s.stopped {
		return nil
	}
	bundles, budget, cpus := s.bundles(costs), s.budget(), s.cpus()
	var total float64
	for _, u := range bundles {
		if err := s.level(u); err != nil {
			return err
		}
		total += u.Share(cpus)
	}
	if !s.guard.Exceeded(total, budget) {
		return nil
	}
	s.changing.forget() // which may have been made for a probe that is not suspended
	slices.SortFunc(bundles, func(a, b guard.Bundle) int { return cmp.Compare(b.Time, a.Time) })
	most := bundles[0]
	return s.curb(most, most.Curb(cpus, total-most.Share(cpus), budget, s.unsampled(most)))
}

// cpus is how many CPUs the machine runs.
func (s *Session) cpus() int {
	f, _ := s.kernel.Features()
	return max(cmp.Or(f.Online, f.CPUs), 1)
}

// bundles are the attached probes, together where they use the same maps or are of one group.
func (s *Session) bundles(costs []Cost) []guard.Bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	var probes []guard.Probe
	for _, p := range s.probes {
		if p.state != Attached {
			continue
		}
		g := guard.Probe{Name: p.name, Group: p.group, Factor: p.factor}
		for _, name := range p.maps {
			if m := s.live(name); m != nil && !m.own() {
				g.Maps = append(g.Maps, name)
			}
		}
		for _, c := range costs {
			if c.Probe == p.name {
				g.Runs, g.Time, g.Over = c.Runs, c.Time, c.Over
			}
		}
		probes = append(probes, g)
	}
	return guard.Bundles(probes)
}

// bundled are the probes of a bundle.
func (s *Session) bundled(u guard.Bundle) []*probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	probes := make([]*probe, len(u.Probes))
	for i, name := range u.Probes {
		probes[i] = s.named(name)
	}
	return probes
}

// curb does to a bundle what was decided. The caller holds changing.
func (s *Session) curb(u guard.Bundle, d guard.Decision) error {
	if d.Action == guard.SampleAction {
		if err := s.sample(u, d.Factor); err != nil {
			return err
		}
	} else if _, err := s.put("suspend", Suspended, u.Groups); err != nil {
		return err
	}
	s.decided(u, d)
	return nil
}

// unsampled says why a sample of a bundle's events would be wrong rather than fewer; it is empty if that is not so.
func (s *Session) unsampled(u guard.Bundle) string {
	for _, name := range u.Maps {
		if s.program.Use(name)&(check.Reads|check.Deletes) != 0 {
			return fmt.Sprintf("it goes by what it has stored in %s", name)
		}
	}
	return ""
}

// sample has 1 of n events reach the bundle. What its maps count stands for n from now on. The caller holds changing.
func (s *Session) sample(u guard.Bundle, n int) error {
	for _, name := range u.Maps {
		s.mu.Lock()
		m := s.live(name)
		s.mu.Unlock()
		if err := m.weigh(s.kernel, n); err != nil {
			return fmt.Errorf("sample %s: %w", name, err)
		}
	}
	for _, p := range s.bundled(u) {
		if err := s.kernel.Sample(p.link, n); err != nil {
			return fmt.Errorf("sample %s: %w", p.name, err)
		}
		s.mu.Lock()
		p.factor = n
		s.mu.Unlock()
	}
	return nil
}

// level has all of a bundle sampled alike that a change of the program has put together. The caller holds changing.
func (s *Session) level(u guard.Bundle) error {
	if u.Factor < 2 || !u.Uneven {
		return nil
	}
	if err := s.sample(u, u.Factor); err != nil {
		return err
	}
	probes := s.bundled(u)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range probes {
		p.guard = cmp.Or(p.guard, fmt.Sprintf("sampled, 1 of %d events, as the others that use its maps", u.Factor))
	}
	return nil
}

// lift takes back the sampling of groups, and of what is sampled with them. The caller holds changing.
func (s *Session) lift(groups []string) error {
	for _, u := range s.bundles(nil) {
		if !u.HasAny(groups) {
			continue
		}
		if u.Factor > 1 {
			if err := s.sample(u, 1); err != nil {
				return err
			}
			s.decided(u, guard.Decision{Action: guard.LiftAction, Probes: u.Groups, Budget: s.budget()})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.probes {
		if slices.Contains(groups, p.group) {
			p.guard = ""
		}
	}
	return nil
}

// decided notes a decision on a bundle and tells it.
func (s *Session) decided(u guard.Bundle, d guard.Decision) {
	probes := s.bundled(u)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range probes {
		p.guard = d.String()
		if d.Action == guard.LiftAction {
			p.guard = ""
		}
	}
	s.events.Tell(Event{Kind: GuardEvent, Decision: &d})
}

// weigh has what programs add to the map stand for n events each from now on.
func (m *liveMap) weigh(k Kernel, n int) error {
	m.reading.Lock()
	defer m.reading.Unlock()
	if err := k.ReadMap(m.id, &m.rows); err != nil {
		return err
	}
	counted := m.rows.Clone()
	m.estimate.Scale(&m.rows, sums.Parts(m.Map))
	m.estimate = sums.Begin(n, &counted, &m.rows)
	return nil
}

// sampleCreated has maps that a change has made count for as many events as the probes that use them let by. The caller holds changing.
func (c *change) sampleCreated() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, p := range c.s.probes {
		for _, name := range p.maps {
			m := c.created[name]
			if p.factor < 2 || m == nil || m.own() {
				continue
			}
			m.reading.Lock()
			if !m.estimate.Any() {
				m.estimate = sums.Begin(p.factor, &attach.Rows{}, &attach.Rows{})
			}
			m.reading.Unlock()
		}
	}
}
