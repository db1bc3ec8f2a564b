package session

import (
	"encoding/binary"
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
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
	was := s.program.snapshot.counted()
	groups := slices.DeleteFunc(slices.Clone(was), func(g string) bool { return g == group })
	if on {
		groups = append(groups, group)
		slices.Sort(groups)
	}
	if slices.Equal(was, groups) {
		return nil
	}
	next := s.program.counting(groups)
	build := next.snapshot.build(func(string) {})
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

// counting is the program with other groups that count their lines.
func (p program) counting(groups []string) program {
	if slices.Equal(p.snapshot.counted(), groups) {
		return p
	}
	p.snapshot, p.build = p.snapshot.counting(groups), nil
	return p
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
	if s.program.build == nil {
		s.program.build = s.program.snapshot.build(func(string) {})
	}
	l := Listing{
		Group: group, Version: probes[0].version, State: probes[0].state, Counted: slices.Contains(s.program.snapshot.counted(), group),
	}
	counts := make(lineCounts)
	for _, p := range s.program.build.Probes {
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
	l.Lines = s.program.listed(group, counts)
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

// listed are the lines of a probe, then those of the functions beside it that have counts, in the order of the cells.
func (p program) listed(group string, counts lineCounts) []Line {
	var own, called []Line
	for _, c := range p.cells {
		for _, probe := range c.probes {
			if probe.Name == group {
				own = append(own, c.lines(probe.Span, counts)...)
			}
		}
		if c.file.AST == nil {
			continue
		}
		for _, d := range c.file.AST.Decls {
			if _, ok := d.(*ast.FuncDecl); !ok || slices.ContainsFunc(c.file.Probes, func(pr *syntax.Probe) bool { return pr.Decl == d }) {
				continue
			}
			lines := c.lines(c.file.Span(d.Pos(), d.End()), counts)
			if slices.ContainsFunc(lines, func(l Line) bool { return l.Code || l.Faults > 0 }) {
				called = append(called, lines...)
			}
		}
	}
	return append(own, called...)
}

// lines are the lines of a part of the cell; of the first and the last line the part only.
func (c *cell) lines(span source.Span, counts lineCounts) []Line {
	var lines []Line
	number, column := source.Position(c.Text, span.Start)
	// What stands before the part on its first line keeps its room when it is only blanks.
	start := span.Start - column + 1
	if strings.TrimSpace(c.Text[start:span.Start]) != "" {
		start = span.Start
	}
	for text := range strings.SplitSeq(c.Text[start:span.End], "\n") {
		l := Line{}
		if known := counts[place{c.Name, number}]; known != nil {
			l = *known
		}
		l.Cell, l.Number, l.Text = c.Name, number, strings.TrimRight(text, "\r")
		lines = append(lines, l)
		number++
	}
	return lines
}
