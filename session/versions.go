package session

import (
	"fmt"
	"slices"
	"time"

	"go3s/incremental/source"
)

// Version is one text that a probe has had.
type Version struct {
	N       int       // from 1, one more with each program that took the place of another
	Source  string    // as the user wrote it
	Entered time.Time // when it was first entered
	Current bool      // it runs, or is suspended, now
}

// Versions are the versions of the probe that the user's text calls group, the first one first; nil for one that was never entered.
// Undo and Revert make an older one current again.
func (s *Session) Versions(group string) []Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	versions := slices.Clone(s.versions[group])
	for _, p := range s.probes {
		if p.group == group && p.state.Linked() {
			versions[p.version-1].Current = true
		}
	}
	return versions
}

// Revert enters version n of a probe again, among the functions and maps of now, and makes it current. The error is of a version that
// is not there.
func (s *Session) Revert(group string, n int) (Result, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.mu.Lock()
	versions := s.versions[group]
	known := make([]string, 0, len(s.versions))
	for name := range s.versions {
		known = append(known, name)
	}
	s.mu.Unlock()
	if len(versions) == 0 {
		slices.Sort(known)
		return Result{}, fmt.Errorf("revert: %w", source.Unknown("probe", group, known))
	}
	if n < 1 || n > len(versions) {
		return Result{}, fmt.Errorf("revert: %s has versions 1 to %d, not %d", group, len(versions), n)
	}
	cell := source.Cell{Name: fmt.Sprintf("%s@%d", group, n), Text: versions[n-1].Source}
	return s.enter(cell, map[string]int{group: n}, nil), nil
}

// number is the version that a group has from now on, and makes it if it is a new one. The caller holds mu.
func (c *change) number(group, text string) int {
	if n := c.versions[group]; n > 0 {
		return n
	}
	if c.versions == nil {
		c.versions = make(map[string]int)
	}
	n := len(c.s.versions[group]) + 1
	c.s.versions[group] = append(c.s.versions[group], Version{N: n, Source: text, Entered: time.Now()})
	c.versions[group] = n
	return n
}
