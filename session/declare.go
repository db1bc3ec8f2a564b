package session

import (
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/incremental/abi"
	"go3s/incremental/source"
)

// A map that is declared by use has its type from the cells that put something into it. Where these are gone, or stand in another order,
// the map's declaration is written down.

// declaration declares a map of the user's in Go.
func declaration(m *incremental.Map) string {
	value := m.ValueType.Name
	if name := aggregateTypes[m.Aggregate.Kind]; name != "" {
		value = "bpf." + name
	}
	if m.KeyType != nil {
		value = "map[" + m.KeyType.Name + "]" + value
	}
	return "var " + m.Name + " " + value
}

// aggregateTypes are the names of the types of aggregates in package bpf.
var aggregateTypes = map[abi.AggregateKind]string{
	abi.Count: "Count", abi.Sum: "Sum", abi.Avg: "Avg", abi.Min: "Min", abi.Max: "Max", abi.Stats: "Stats",
	abi.Hist: "Hist", abi.LinearHist: "LinearHist", abi.Quantile: "Quantile",
}

// declaring is a program that lacks a part of what p had, with declarations of the maps that the rest uses and does not declare any more.
// If there is nothing to do, or it is of no help, it is the program as it was.
func (s *Session) declaring(next program) program {
	missing := make(map[string]bool)
	for _, d := range next.snapshot.build(func(string) {}).Diags {
		if i := slices.IndexFunc(next.cells, func(c *cell) bool { return c.Name == d.Span.Cell }); i >= 0 && d.Code == source.UndefinedName {
			missing[next.cells[i].Text[d.Span.Start:d.Span.End]] = true
		}
	}
	if len(missing) == 0 {
		return next
	}
	s.mu.Lock()
	var lines []string
	for _, m := range s.maps {
		if missing[m.Name] && !m.own() {
			lines = append(lines, declaration(m.Map))
		}
	}
	s.mu.Unlock()
	with := next.adding(source.Cell{Name: next.unique("maps"), Text: strings.Join(lines, "\n") + "\n"})
	if len(with.snapshot.build(func(string) {}).Diags) > 0 {
		return next
	}
	return with
}

// declares reports whether a cell declares a name in so many words.
func (p program) declares(name string) bool {
	return slices.ContainsFunc(p.cells, func(c *cell) bool { return slices.Contains(declares(p.snapshot.parse(c.Cell)), name) })
}

// adding is the program with one more cell, which has a name of its own.
func (p program) adding(c source.Cell) program {
	file := p.snapshot.parse(c)
	p.cells = append(slices.Clip(p.cells), &cell{Cell: c, file: file, probes: file.Probes})
	p.snapshot = p.snapshot.with(c)
	p.build = nil
	return p
}
