package session

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/session/program"
)

// Listing is the source of a probe, and of the functions of the user's that it calls, with what became of each line.
type Listing struct {
	Group   string
	Version int
	State   State // of the first of the group's probes
	Counted bool  // CountLines is on, so that the counts say something
	Lines   []Line
}

// Line is a line of source. With several hooks the counts are those of all of them together.
type Line struct {
	Cell   string
	Number int    // within the cell, from 1
	Text   string // raw, without the newline
	Code   bool   // there is something to run on the line, so that it has a count
	Count  uint64 // how often execution came to it, since CountLines was switched on
	Faults uint64 // runs that ended here, over the life of the version
}

// CountLines has the probe that the user's text calls group count how often it comes to each of its lines, or no longer do so: its
// program is exchanged hot for one that counts, which costs it an atomic addition a line. The version stays the same, Undo knows nothing of
// it, and an edit of the probe goes on counting. An error says that there is no such probe, or that the kernel refuses the program
// that counts; then nothing has changed.
func (s *Session) CountLines(group string, on bool) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.stopped {
		return fmt.Errorf("count the lines of %s: %w", group, ErrClosed)
	}
	if on {
		if _, err := s.grouped("count the lines of", []string{group}); err != nil {
			return fmt.Errorf("count lines: %w", err)
		}
	}
	was := s.program.Counted()
	groups := slices.DeleteFunc(slices.Clone(was), func(g string) bool { return g == group })
	if on {
		groups = append(groups, group)
		slices.Sort(groups)
	}
	if slices.Equal(was, groups) {
		return nil
	}
	next := s.program.Counting(groups)
	build := next.Build(func(string) {})
	if len(build.Diags) > 0 {
		return fmt.Errorf("count the lines of %s: %w", group, build.Diags[0])
	}
	var watch stopwatch
	r := s.turn(&change{s: s, program: next, build: build, versions: s.now().numbers(), quiet: true}, &watch)
	switch {
	case r.Err != nil:
		return fmt.Errorf("count the lines of %s: %w", group, r.Err)
	case len(r.Diags) > 0:
		return fmt.Errorf("count the lines of %s: %w", group, r.Diags[0])
	}
	return nil
}

// freeLines frees the maps of counted lines that no program of a build has.
func (s *Session) freeLines(b *incremental.Build) {
	s.mu.Lock()
	var gone []*liveMap
	s.forgetMaps(func(m *liveMap) bool {
		if !strings.Contains(m.Name, incremental.LinesSuffix) ||
			slices.ContainsFunc(b.Probes, func(p *incremental.Probe) bool { return p.LineMap == m.Name }) {
			return false
		}
		gone = append(gone, m)
		return true
	})
	s.mu.Unlock()
	for _, m := range gone {
		s.told(s.kernel.FreeMap(m.id))
	}
}

// Lines is the source of the probe that the user's text calls group, line by line.
func (s *Session) Lines(group string) (Listing, error) {
	s.changing.Look()
	defer s.changing.Unlock()
	probes, err := s.grouped("list", []string{group})
	if err != nil {
		return Listing{}, fmt.Errorf("list: %w", err)
	}
	if s.program.Built == nil {
		s.program.Built = s.program.Build(func(string) {})
	}
	l := Listing{
		Group: group, Version: probes[0].version, State: probes[0].state, Counted: slices.Contains(s.program.Counted(), group),
	}
	counts := make(lineCounts)
	for _, p := range s.program.Built.Probes {
		if p.Group == group {
			s.countPlaces(p, counts)
		}
	}
	s.refresh()
	s.mu.Lock()
	for _, p := range probes {
		for _, f := range p.faults {
			counts.at(f.Place).Faults += f.Count
		}
	}
	s.mu.Unlock()
	own, functions := s.program.Passages(group)
	for _, of := range own {
		l.Lines = append(l.Lines, counts.counted(of)...)
	}
	for _, of := range functions {
		if lines := counts.counted(of); slices.ContainsFunc(lines, func(l Line) bool { return l.Code || l.Faults > 0 }) {
			l.Lines = append(l.Lines, lines...)
		}
	}
	return l, nil
}

// place is a line of a cell.
type place struct {
	cell string
	line int
}

// lineCounts are what is known of lines.
type lineCounts map[place]*Line

func (c lineCounts) at(p incremental.Place) *Line {
	at := place{p.Cell, p.Line}
	if c[at] == nil {
		c[at] = &Line{}
	}
	return c[at]
}

// countPlaces adds the counts of a program. Without a map nothing has been counted yet.
func (s *Session) countPlaces(p *incremental.Probe, counts lineCounts) {
	s.mu.Lock()
	m := s.live(p.LineMap)
	s.mu.Unlock()
	for _, at := range p.Lines {
		counts.at(at).Code = true
	}
	if m == nil {
		return
	}
	m.reading.Lock()
	defer m.reading.Unlock()
	if s.kernel.ReadMap(m.id, &m.rows) != nil || len(m.rows.Values) < 8*len(p.Lines) {
		return
	}
	for i, at := range p.Lines {
		counts.at(at).Count += binary.LittleEndian.Uint64(m.rows.Values[8*i:])
	}
}

// counted are the lines of a passage with their counts.
func (c lineCounts) counted(of program.Passage) []Line {
	var lines []Line
	for i, text := range of.Lines {
		l, number := Line{}, of.First+i
		if known := c[place{of.Cell, number}]; known != nil {
			l = *known
		}
		l.Cell, l.Number, l.Text = of.Cell, number, text
		lines = append(lines, l)
	}
	return lines
}
