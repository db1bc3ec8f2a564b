package session

import (
	"errors"
	"fmt"
	"slices"

	"go3s/attach"
	"go3s/incremental/check"
	"go3s/session/carry"
	"go3s/session/sums"
)

// An edit can give a map other keys or values. Then a new map takes its place: it gets the old one's contents before any program uses it;
// the programs are swapped; when no run of an old one is left, what has come to the old map since is put into the new one, beside the
// running programs. Each event is counted in one of the maps, and each count of the old one is carried once.

// moving is a map whose contents go to another one.
type moving struct {
	c        *change
	from, to *liveMap
	plan     *carry.Plan
	why      string          // there is no plan
	used     bool            // programs may be running that use from
	filled   *carry.Contents // what copy has put into to
	text     string
}

// moving plans the way from a map to the one that takes its place.
func (c *change) moving(from, to *liveMap) *moving {
	m := &moving{c: c, from: from, to: to, used: c.s.inUse(from.Name)}
	m.plan, m.why = carry.New(from.Map, to.Map, c.adds(from.Name), c.s.host.Features().CPUs)
	return m
}

// inUse reports whether a program that uses a map may be running.
func (s *Session) inUse(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.probes, func(p *probe) bool {
		return (p.state.Linked() || p.state == Detaching) && slices.Contains(p.maps, name)
	})
}

// adds reports whether programs, the old ones and the new ones, only add to a map's values or read them.
func (c *change) adds(name string) bool {
	uses := c.s.program.Use(name) | c.program.Use(name)
	return uses&check.Adds != 0 && uses&check.Assigns == 0
}

// read reads the map that the contents come from.
func (m *liveMap) read(k Kernel, then func(*attach.Rows)) error {
	m.reading.Lock()
	defer m.reading.Unlock()
	if err := k.ReadMap(m.id, &m.rows); err != nil {
		return err
	}
	then(&m.rows)
	return nil
}

// copy puts what the old map has into the new one, which no program uses yet.
func (m *moving) copy() error {
	k := m.c.s.kernel
	n := 0
	err := m.from.read(k, func(rows *attach.Rows) {
		if n = rows.N; m.why == "" {
			m.filled = m.plan.Convert(rows)
			m.estimate(rows)
		}
	})
	if err != nil {
		return fmt.Errorf("carry %s over: %w", m.from.Name, err)
	}
	if m.why != "" {
		m.text = carry.Reset(n, m.from.KeyType != nil, m.why)
		return nil
	}
	if err := k.FillMap(m.to.id, m.filled.Rows()); err != nil {
		return fmt.Errorf("carry %s over: %w", m.from.Name, err)
	}
	m.text = m.filled.Text()
	return nil
}

// catchUp carries over what old programs have put into old maps until the last of their runs was over. Probes that the change detaches
// stop counting before it. What the kernel refuses then is told, with the rest of the change as it is.
func (c *change) catchUp() error {
	if !slices.ContainsFunc(c.moves, func(m *moving) bool { return m.used }) {
		return nil
	}
	for _, p := range c.s.linked() {
		if c.builds(p.name) || p.state == Suspended {
			continue
		}
		if err := c.s.kernel.Empty(p.link); err != nil {
			return fmt.Errorf("stop %s: %w", p.name, err)
		}
		c.leaving = append(c.leaving, p)
	}
	settled := c.s.kernel.Settle()
	for _, m := range c.moves {
		if !m.used || m.why != "" {
			continue
		}
		if err := errors.Join(settled, m.since(m.plan, m.from, m.to, m.filled)); err != nil {
			m.text += fmt.Sprintf("; what came while programs were swapped may be missing: %v", err)
		}
	}
	return nil
}

// estimate has the new map stand for as many events as the old one does, where that is more than were counted. The caller holds from.reading, and nobody reads the
// new map yet.
func (m *moving) estimate(counted *attach.Rows) {
	if !m.from.estimate.Any() {
		return
	}
	all := counted.Clone()
	m.from.estimate.Scale(&all, sums.Parts(m.from.Map))
	m.to.estimate = sums.Begin(m.from.estimate.Factor, m.filled.Rows(), m.plan.Convert(&all).Rows())
}

// since puts into a map what has come to another one since it was read as before.
func (m *moving) since(plan *carry.Plan, from, to *liveMap, before *carry.Contents) error {
	k := m.c.s.kernel
	var patches []attach.Patch
	var exchanges []carry.Exchange
	err := from.read(k, func(rows *attach.Rows) {
		now := plan.Convert(rows)
		patches, exchanges = now.Since(before)
		m.text = now.Text()
	})
	if err != nil {
		return err
	}
	if len(patches) > 0 {
		left, err := k.Patch(to.id, patches)
		if err != nil {
			return err
		}
		if left > 0 {
			m.text += fmt.Sprintf("; there was no room for %d more counts", left)
		}
	}
	for _, e := range exchanges {
		if _, err := k.Exchange(to.id, e.Key, e.Old, e.Next); err != nil {
			return err
		}
	}
	return nil
}

// moveBack puts into the old maps what new programs have put into the new ones until they were swapped out again.
func (c *change) moveBack() error {
	if !slices.ContainsFunc(c.steps, func(st *step) bool { return st.set || st.link != 0 }) {
		return nil
	}
	var errs []error
	settled := false
	for _, m := range c.moves {
		if m.filled == nil || !m.used {
			continue
		}
		plan, why := carry.New(m.to.Map, m.from.Map, c.adds(m.from.Name), c.s.host.Features().CPUs)
		if why != "" {
			continue
		}
		if !settled {
			errs = append(errs, c.s.kernel.Settle())
			settled = true
		}
		if err := m.since(plan, m.to, m.from, plan.Convert(m.filled.Rows())); err != nil {
			errs = append(errs, fmt.Errorf("carry %s back: %w", m.from.Name, err))
		}
	}
	return errors.Join(errs...)
}
