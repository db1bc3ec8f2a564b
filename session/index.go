package session

import "slices"

// index finds maps and probes by name, in the same time however many there are. Only the methods here change it, together with the lists.
type index struct {
	maps   map[string]*liveMap
	probes map[string]*probe
	memory uint64 // bytes that all maps take in the kernel
}

// live is the map of that name, nil if there is none. The caller holds mu.
func (s *Session) live(name string) *liveMap { return s.index.maps[name] }

// named is the probe of that name, nil if there is none. The caller holds mu.
func (s *Session) named(name string) *probe { return s.index.probes[name] }

// putMap adds a map, in the place of the one of its name, which it returns; nil if there was none. The caller holds mu.
func (s *Session) putMap(m *liveMap) *liveMap {
	if s.index.maps == nil {
		s.index.maps = make(map[string]*liveMap)
	}
	old := s.index.maps[m.Name]
	s.index.maps[m.Name] = m
	m.memory = spec(m.Map).Memory(s.host.Features().CPUs)
	s.index.memory += m.memory
	if old == nil {
		s.maps = append(s.maps, m)
	} else {
		s.index.memory -= old.memory
		s.maps[slices.Index(s.maps, old)] = m
	}
	return old
}

// forgetMaps takes out the maps of which gone is true. The caller holds mu.
func (s *Session) forgetMaps(gone func(*liveMap) bool) {
	s.maps = slices.DeleteFunc(s.maps, func(m *liveMap) bool {
		if !gone(m) {
			return false
		}
		delete(s.index.maps, m.Name)
		s.index.memory -= m.memory
		return true
	})
}

// putProbe makes a probe the last one, wherever it was. The caller holds mu.
func (s *Session) putProbe(p *probe) {
	if s.index.probes == nil {
		s.index.probes = make(map[string]*probe)
	}
	if s.index.probes[p.name] != nil {
		s.probes = slices.DeleteFunc(s.probes, func(q *probe) bool { return q == p })
	}
	s.index.probes[p.name] = p
	s.probes = append(s.probes, p)
}
