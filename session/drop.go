package session

import (
	"fmt"
	"strings"

	"go3s/session/program"
)

// Drop frees a map that nothing uses any more, with all that is in it, and takes its declaration out of the cells. One that a probe or
// a function still uses stays, and the error says who uses it. The contents do not come back with Undo.
func (s *Session) Drop(name string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.stopped {
		return fmt.Errorf("drop %s: %w", name, ErrClosed)
	}
	m, value, err := s.userMap(name)
	if err != nil {
		return fmt.Errorf("drop %s: %w", name, err)
	}
	if len(value.Probes) > 0 {
		return fmt.Errorf("drop %s: %s still %s it", name, strings.Join(value.Probes, ", "), plural(len(value.Probes), "uses", "use"))
	}
	next := s.program.Redeclaring([]string{name})
	build := next.Build(func(string) {})
	if len(build.Diags) > 0 {
		return fmt.Errorf("drop %s: without it %s", name, build.Diags[0].Msg)
	}
	for _, m := range build.Maps {
		if m.Name == name {
			return fmt.Errorf("drop %s: a function in %s still uses it", name, m.Span.Cell)
		}
	}
	if !program.SameText(s.program, next) {
		s.history.add(s.now())
		s.program = next
	}
	if err := s.kernel.FreeMap(m.id); err != nil {
		return fmt.Errorf("drop %s: %w", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetMaps(func(other *liveMap) bool { return other == m })
	return nil
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
