package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go3s/incremental/source"
)

// Suspend takes the programs of probes out of their slots: from now on no event runs them, until Resume. The links stay, and so do
// counts and maps. A probe that is suspended already stays so; with an unknown name among groups, or when the kernel refuses one of
// them, nothing changes. Undo resumes them.
func (s *Session) Suspend(groups ...string) error { return s.pause("suspend", Suspended, groups) }

// Resume puts the programs of suspended probes back into their slots, all or none, as they were last entered. Probes that the guard
// samples, and those that share maps with them, get all events again.
func (s *Session) Resume(groups ...string) error { return s.pause("resume", Attached, groups) }

// pause takes all probes of the groups into a state, Attached or Suspended.
func (s *Session) pause(what string, state State, groups []string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	past := s.now()
	changed, err := s.put(what, state, groups)
	if changed {
		s.history.add(past)
	}
	if err == nil && state == Attached {
		err = s.lift(groups)
	}
	return err
}

// put is pause without a moment to go back to. It reports whether anything has changed. The caller holds changing.
func (s *Session) put(what string, state State, groups []string) (changed bool, err error) {
	probes, err := s.grouped(what, groups)
	if err != nil {
		return false, err
	}
	probes = slices.DeleteFunc(probes, func(p *probe) bool { return p.state == state })
	if len(probes) == 0 {
		return false, nil
	}
	for i, p := range probes {
		if err := s.slot(p, state); err != nil {
			for _, q := range probes[:i] {
				err = errors.Join(err, s.slot(q, q.state))
			}
			return false, fmt.Errorf("%s %s: %w", what, p.name, err)
		}
	}
	s.program = s.program.Resuming(groups)
	if state == Suspended {
		s.program = s.program.Suspending(groups)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range probes {
		p.to(state, nil)
		s.events.Tell(Event{Kind: ChangedEvent, Probe: p.value()})
	}
	return true, nil
}

// slot puts into a probe's slot what belongs there in a state.
func (s *Session) slot(p *probe, state State) error {
	if state == Suspended {
		return s.kernel.Empty(p.link)
	}
	return s.kernel.Swap(p.link, p.program)
}

// grouped are the linked probes of groups, all of which must be there for what is to be done. The caller holds changing.
func (s *Session) grouped(what string, groups []string) ([]*probe, error) {
	if s.stopped {
		return nil, fmt.Errorf("%s %s: %w", what, strings.Join(groups, " "), ErrClosed)
	}
	linked := s.linked()
	known := make([]string, len(linked))
	for i, p := range linked {
		known[i] = p.group
	}
	known = slices.Compact(known)
	for _, name := range groups {
		if !slices.Contains(known, name) {
			return nil, source.Unknown("probe", name, known)
		}
	}
	return slices.DeleteFunc(linked, func(p *probe) bool { return !slices.Contains(groups, p.group) }), nil
}
