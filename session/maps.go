package session

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session/sums"
	"go3s/session/table"
)

// liveMap is a map of the session in the kernel.
type liveMap struct {
	*incremental.Map
	id      attach.MapID
	memory  uint64 // bytes in the kernel, as counted in Session.index
	resolve layout.Resolver

	reading sync.Mutex
	rows    attach.Rows                // reused by each reading; guarded by reading
	held    struct{ keys, values int } // bytes that the last reading into memory of its own came to; guarded by reading

	estimate sums.Estimates // guarded by reading
}

// decoder makes rows of what is read of the map.
func (m *liveMap) decoder() *table.Decoder { return &table.Decoder{Map: m.Map, Resolver: m.resolve} }

// own reports whether the map is the session's own rather than the user's.
func (m *liveMap) own() bool {
	return m.Kind == ir.Ring || m.Kind == ir.Stacks || strings.HasSuffix(m.Name, incremental.StatsSuffix) ||
		strings.Contains(m.Name, incremental.ScratchSuffix) || strings.Contains(m.Name, incremental.FaultsSuffix) ||
		strings.Contains(m.Name, incremental.LinesSuffix) || strings.HasSuffix(m.Name, incremental.RateSuffix)
}

// Maps are the user's maps in order of creation; the events ring and the probes' own counters are not among them.
func (s *Session) Maps() []table.Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := make(map[string][]string, len(s.maps))
	for _, p := range s.probes {
		if p.state.Linked() {
			for _, name := range p.maps {
				users[name] = append(users[name], p.name)
			}
		}
	}
	var maps []table.Map
	for _, m := range s.maps {
		if !m.own() {
			maps = append(maps, s.describe(m, users[m.Name]))
		}
	}
	return maps
}

// userMaps are the user's maps as the compiler knows them.
func (s *Session) userMaps() []*incremental.Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	var maps []*incremental.Map
	for _, m := range s.maps {
		if !m.own() {
			maps = append(maps, m.Map)
		}
	}
	return maps
}

// HasMap reports whether the user has a map of that name.
func (s *Session) HasMap(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.live(name)
	return m != nil && !m.own()
}

// describe is a map as the session shows it, with the names of the probes that use it. The caller holds mu.
func (s *Session) describe(m *liveMap, users []string) table.Map {
	return table.Describe(m.Map, users, func(yield func(string) bool) {
		for _, p := range s.probes {
			if slices.Contains(p.maps, m.Name) && !yield(p.source) {
				return
			}
		}
	})
}

// userMap finds one of the user's maps.
func (s *Session) userMap(name string) (*liveMap, table.Map, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, table.Map{}, ErrClosed
	}
	var known []string
	for _, m := range s.maps {
		if m.own() {
			continue
		}
		if m.Name == name {
			return m, s.describe(m, s.users(name)), nil
		}
		known = append(known, m.Name)
	}
	return nil, table.Map{}, source.Unknown("map", name, known)
}

// users are the names of the linked probes that use a map. The caller holds mu.
func (s *Session) users(name string) (users []string) {
	for _, p := range s.probes {
		if p.state.Linked() && slices.Contains(p.maps, name) {
			users = append(users, p.name)
		}
	}
	return users
}

// Read reads all of a map from the kernel.
func (s *Session) Read(name string) (table.Table, error) { return s.read(name, func(*liveMap) {}) }

// read reads a map; change may change what was read before it is decoded.
func (s *Session) read(name string, change func(*liveMap)) (table.Table, error) {
	m, value, err := s.userMap(name)
	if err != nil {
		return table.Table{}, fmt.Errorf("read %s: %w", name, err)
	}
	m.reading.Lock()
	defer m.reading.Unlock()
	if err := s.kernel.ReadMap(m.id, &m.rows); err != nil {
		if other, _, gone := s.userMap(name); gone == nil && other != m {
			return s.read(name, change) // an edit has put another one in its place
		}
		return table.Table{}, fmt.Errorf("read %s: %w", name, err)
	}
	t := table.Table{Map: value, Time: time.Now()}
	if value.PerCPU && m.ValueType.IsInteger() {
		t.CPUs = m.rows.CPUs
	}
	if !m.estimate.Any() {
		change(m)
		t.Rows = m.decoder().Rows(&m.rows)
		return t, nil
	}
	counted := m.decoder().Rows(&m.rows)
	m.estimate.Scale(&m.rows, sums.Parts(m.Map))
	change(m)
	t.Factor, t.Rows = max(m.estimate.Factor, 1), m.decoder().Rows(&m.rows)
	t.WithCounted(counted)
	return t, nil
}

// Clear removes all entries of a map, or sets them to zero where they are fixed.
func (s *Session) Clear(name string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	m, _, err := s.userMap(name)
	if err == nil {
		m.reading.Lock()
		if err = s.kernel.ClearMap(m.id); err == nil {
			m.estimate.Clear()
		}
		m.reading.Unlock()
	}
	if err != nil {
		return fmt.Errorf("clear %s: %w", name, err)
	}
	return nil
}

// Contents reads all of a map from the kernel. Of a map of integers with keys nothing is decoded.
func (s *Session) Contents(name string) (*table.Contents, error) {
	m, value, err := s.userMap(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if !table.Plain(m.Map) {
		t, err := s.Read(name)
		if err != nil {
			return nil, err
		}
		return table.ContentsOf(t), nil
	}
	t := table.Table{Map: value}
	raw, counted, err := m.readOwn(s.kernel, &t)
	if err != nil {
		if other, _, gone := s.userMap(name); gone == nil && other != m {
			return s.Contents(name) // an edit has put another one in its place
		}
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return m.decoder().Contents(t, raw, counted), nil
}

// readOwn reads the map into memory of its own, and makes estimates of it if it was sampled: then counted is what programs have counted. It
// notes in t when, and the factor.
func (m *liveMap) readOwn(k Kernel, t *table.Table) (raw attach.Rows, counted *attach.Rows, err error) {
	m.reading.Lock()
	defer m.reading.Unlock()
	// Room for what the last reading came to, and for some that is new.
	raw.Keys, raw.Values = make([]byte, 0, m.held.keys*9/8), make([]byte, 0, m.held.values*9/8)
	if err := k.ReadMap(m.id, &raw); err != nil {
		return raw, nil, err
	}
	t.Time = time.Now()
	m.held.keys, m.held.values = len(raw.Keys), len(raw.Values)
	if m.estimate.Any() {
		was := raw.Clone()
		counted, t.Factor = &was, max(m.estimate.Factor, 1)
		m.estimate.Scale(&raw, sums.Parts(m.Map))
	}
	return raw, counted, nil
}
