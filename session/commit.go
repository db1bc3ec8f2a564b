package session

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"go3s/incremental"
	"go3s/incremental/ir"
)

// commit makes the change the session's state.
func (c *change) commit() {
	s := c.s
	s.mu.Lock()
	for _, m := range c.maps {
		c.addMap(m)
	}
	for _, st := range c.steps {
		s.commitStep(st)
	}
	for _, p := range c.build.Probes {
		s.named(p.Name).source = p.Source // which may have changed without the program
	}
	s.mu.Unlock()
	for _, p := range s.attached() {
		if !c.builds(p.name) {
			s.detach(p)
		}
	}
}

// builds reports whether the build has a probe of that name.
func (c *change) builds(name string) bool {
	return slices.ContainsFunc(c.build.Probes, func(p *incremental.Probe) bool { return p.Name == name })
}

// addMap adds a new map, in the place of the one of its name that nothing uses any more. The caller holds mu.
func (c *change) addMap(m *liveMap) {
	s := c.s
	for i, old := range s.maps {
		if old.Name == m.Name {
			s.maps[i] = m
			c.dropped = append(c.dropped, old)
			return
		}
	}
	s.maps = append(s.maps, m)
	if m.Kind == ir.Ring {
		s.ring.start(s.readRing(m.id))
	}
}

// commitStep makes what happened to one probe the session's state. The caller holds mu.
func (s *Session) commitStep(st *step) {
	p := s.named(st.probe.Name)
	if p == nil {
		p = &probe{name: st.probe.Name}
	} else if st.old == nil {
		s.probes = slices.DeleteFunc(s.probes, func(q *probe) bool { return q == p })
	}
	if st.old == nil {
		s.probes = append(s.probes, p)
	} else {
		st.oldProgram, st.oldLink = p.program, p.link
	}
	p.group = cmp.Or(st.probe.Group, st.probe.Name)
	p.hook, p.source, p.hash = st.probe.Hook, st.probe.Source, st.probe.Hash
	p.maps = st.probe.Maps
	p.faultMap, p.places = st.probe.FaultMap, st.probe.Faults
	p.program = st.program
	if st.link != 0 {
		p.link, p.missed = st.link, p.stats.Missed
	}
	p.state, p.err, p.since = Attached, nil, time.Now()
	p.version++
	s.events.tell(Event{Kind: ChangedEvent, Probe: p.value()})
}

// retire frees what nothing uses any more: programs that were swapped out, maps that were replaced. The program of a probe that has
// moved is freed when its old link is gone.
func (c *change) retire() {
	s := c.s
	for _, st := range c.steps {
		switch {
		case st.old == nil:
		case st.move:
			gone := s.kernel.Detach(st.oldLink)
			s.detaches.Go(func() {
				s.told(errors.Join(<-gone, s.kernel.FreeProgram(st.oldProgram)))
			})
		default:
			s.told(s.kernel.FreeProgram(st.oldProgram))
		}
	}
	for _, m := range c.dropped {
		s.told(s.kernel.FreeMap(m.id))
	}
}

// told tells the subscribers of an error that nobody else is there to take.
func (s *Session) told(err error) {
	if err != nil {
		s.events.tell(Event{Kind: ErrorEvent, Err: err})
	}
}

// result says what the change did.
func (c *change) result(entered cell) Result {
	var r Result
	changed := make(map[string]bool)
	for _, st := range c.steps {
		changed[st.probe.Name] = true
		if st.old == nil {
			r.Attached = append(r.Attached, st.probe.Name)
		} else {
			r.Swapped = append(r.Swapped, st.probe.Name)
		}
	}
	for _, p := range c.build.Probes {
		if p.Cell == entered.Name && !changed[p.Name] {
			r.Kept = append(r.Kept, p.Name)
		}
	}
	for _, m := range c.maps {
		if !m.own() {
			r.Maps = append(r.Maps, m.Name)
		}
	}
	return r
}
