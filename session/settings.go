package session

import (
	"errors"
	"fmt"
	"strconv"

	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/session/program"
	"go3s/session/settings"
)

// Settings are all settings, and behind them the units of single maps.
func (s *Session) Settings() []settings.Setting { return s.settings.All() }

// Get is the setting of a name.
func (s *Session) Get(name string) (settings.Setting, error) { return s.settings.Get(name) }

// Value is the value of a setting; empty for one that is not there.
func (s *Session) Value(name string) string { return s.settings.Value(name) }

// Unit is the unit that a map's numbers are to be written in: its own, or that of all maps.
func (s *Session) Unit(m string) string { return s.settings.Unit(m) }

// Set gives a setting a value. "default" stands for its default. The error says what the setting takes.
func (s *Session) Set(name, value string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.set(name, value)
}

// set is Set. The caller holds changing.
func (s *Session) set(name, value string) error {
	of, value, err := settings.Parse(name, value)
	if err != nil {
		return err
	}
	if of.Name == "ringsize" {
		if err := s.setRing(value); err != nil {
			return fmt.Errorf("set %s: %w", of.Name, err)
		}
	}
	s.settings.Put(of, value)
	return nil
}

// tuned is a program whose compiler takes strings to be as long as the user has set, which Undo and a change of the setting make another one. The
// caller holds changing.
func (s *Session) tuned(p program.Program) program.Program {
	length, err := strconv.Atoi(s.Value("strlen"))
	now := p.Snapshot()
	if err != nil || now == nil || now.Universe().StrLen() == length {
		return p
	}
	return p.For(s.host.WithStrings(length))
}

// setRing sets the size of the ring, which can't change once it is there.
func (s *Session) setRing(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	if most := s.mapMemory(); uint64(n) > most {
		return fmt.Errorf("all maps may take %s, and the ring is one of them; :set mapmemory first", size(most))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ring := s.live(incremental.RingMap); ring != nil && n != s.options.RingSize {
		return errors.New("the ring is there since the first probe that logs, and keeps its size")
	}
	s.options.RingSize = n
	return nil
}

// sized is a map as it is to be created or found: with the number of entries that the user has set where the program says nothing, and that of
// the map which is there already where it was made so. One without keys, or of another kind of aggregate, was not: it may have one entry.
// The caller holds changing.
func (s *Session) sized(m *incremental.Map) *incremental.Map {
	entries := m.Entries
	switch {
	case m.Kind == ir.Ring && s.options.RingSize > 0:
		entries = s.options.RingSize
	case m.Kind != ir.Ring && m.KeyType != nil && !m.Sized && m.Entries == incremental.DefaultEntries:
		entries, _ = strconv.Atoi(s.Value("mapsize"))
		s.mu.Lock()
		if live := s.live(m.Name); live != nil && live.KeyType != nil && live.Aggregate == m.Aggregate && !live.Sized && live.Entries > 0 {
			entries = live.Entries
		}
		s.mu.Unlock()
	}
	if entries == m.Entries {
		return m
	}
	resized := *m
	resized.Entries = entries
	return &resized
}
