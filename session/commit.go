package session

import (
	"errors"
	"slices"
	"time"

	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/session/program"
)

// commit makes the change the session's state.
func (c *change) commit() {
	s := c.s
	s.mu.Lock()
	for _, m := range c.maps {
		c.addMap(m)
	}
	for _, st := range c.steps {
		c.commitStep(st)
	}
	for _, p := range c.relatives() {
		live := s.named(p.Name)
		live.source = p.Source // which may have changed without the program
		if n := c.versions[live.group]; n > 0 {
			live.version = n
		}
		s.versions[live.group][live.version-1].Source = p.Source
	}
	for _, st := range c.steps {
		if c.quiet {
			break
		}
		s.events.Tell(Event{Kind: ChangedEvent, Probe: s.named(st.probe.Name).value()})
	}
	s.mu.Unlock()
	gone := c.unbuilt()
	for _, p := range gone {
		c.gone = append(c.gone, p.group)
	}
	s.detach(gone)
}

// unbuilt are the linked probes that the build does not have.
func (c *change) unbuilt() []*probe {
	if !c.news.All {
		if len(c.news.Gone) == 0 {
			return nil
		}
		return slices.DeleteFunc(c.s.linked(), func(p *probe) bool { return !slices.Contains(c.news.Gone, p.name) })
	}
	built := make(map[string]bool, len(c.build.Probes))
	for _, p := range c.build.Probes {
		built[p.Name] = true
	}
	return slices.DeleteFunc(c.s.linked(), func(p *probe) bool { return built[p.name] })
}

// addMap adds a new map, in the place of the one of its name that nothing uses any more. The caller holds mu.
func (c *change) addMap(m *liveMap) {
	s := c.s
	if old := s.putMap(m); old != nil {
		c.dropped = append(c.dropped, old)
		return
	}
	if m.Kind == ir.Ring {
		s.ring.start(s.readRing(m.id))
	}
}

// commitStep makes what happened to one probe the session's state. The caller holds mu.
func (c *change) commitStep(st *step) {
	s := c.s
	p := s.named(st.probe.Name)
	if st.old == nil {
		if p == nil {
			p = &probe{name: st.probe.Name}
		} else {
			p.to(Compiled, nil)
		}
		s.putProbe(p)
	}
	st.oldProgram, st.oldLink = p.program, p.link
	p.group = program.Group(st.probe)
	if !c.quiet {
		p.since = time.Now()
	}
	p.hook, p.typ, p.hash = st.probe.Hook, st.typ, st.probe.Hash
	p.maps = st.probe.Maps
	p.faultMap, p.places = st.probe.FaultMap, st.probe.Faults
	p.program, p.tag = st.program, st.tag
	if st.link != 0 {
		p.link, p.links = st.link, append(slices.Clip(p.links), tally{link: st.link})
		p.factor, p.guard = 0, ""
	}
	state := Attached
	if st.idle {
		state = Suspended
	}
	if p.state != state {
		p.to(state, nil)
	}
	if st.load {
		p.version = c.number(p.group, st.probe.Source)
	}
}

// retire frees what nothing uses any more: programs that were swapped out, maps that were replaced. The program of a probe that has
// moved is freed when its old link is gone.
func (c *change) retire() {
	s := c.s
	for _, st := range c.steps {
		switch {
		case st.old == nil || !st.load:
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
	if c.news.All || slices.ContainsFunc(c.news.Old, func(p *incremental.Probe) bool { return p.LineMap != "" }) {
		s.freeLines(c.build)
	}
}

// told tells the subscribers of an error that nobody else is there to take.
func (s *Session) told(err error) {
	if err != nil {
		s.events.Tell(Event{Kind: ErrorEvent, Err: err})
	}
}

// result says what the change did.
func (c *change) result() Result {
	var r Result
	changed := make(map[string]bool)
	for _, st := range c.steps {
		name := st.probe.Name
		changed[name] = true
		switch {
		case st.old == nil && !st.idle:
			r.Attached = append(r.Attached, name)
		case st.load && st.old != nil:
			r.Swapped = append(r.Swapped, name)
		case st.idle:
			r.Suspended = append(r.Suspended, name)
		default:
			r.Resumed = append(r.Resumed, name)
		}
	}
	for _, p := range c.build.Probes {
		if p.Cell == c.entered && !changed[p.Name] {
			r.Kept = append(r.Kept, p.Name)
		}
	}
	r.Detached = slices.Compact(c.gone)
	for _, m := range c.moves {
		// Where nothing was in a map there is nothing to say.
		if !m.to.own() && m.text != "" {
			r.Carried = append(r.Carried, Carry{Map: m.to.Name, Text: m.text})
		}
	}
	for _, m := range c.maps {
		if !m.own() && !slices.ContainsFunc(c.moves, func(mv *moving) bool { return mv.to == m }) {
			r.Maps = append(r.Maps, m.Name)
		}
	}
	return r
}
