package program

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

// Declaring is a program that lacks a part of what it had, with declarations of the maps that the rest uses and does not declare any more.
// If there is nothing to do, or it is of no help, it is the program as it was. maps are those of the user that are there.
func (p Program) Declaring(maps []*incremental.Map) Program {
	missing := make(map[string]bool)
	for _, d := range p.Build(func(string) {}).Diags {
		if i := slices.IndexFunc(p.cells, func(c *cell) bool { return c.Name == d.Span.Cell }); i >= 0 && d.Code == source.UndefinedName {
			missing[p.cells[i].Text[d.Span.Start:d.Span.End]] = true
		}
	}
	if len(missing) == 0 {
		return p
	}
	with := p.declaringAll(slices.DeleteFunc(maps, func(m *incremental.Map) bool { return !missing[m.Name] }))
	if len(with.Build(func(string) {}).Diags) > 0 {
		return p
	}
	return with
}

// declaringAll is the program with a cell that declares maps.
func (p Program) declaringAll(maps []*incremental.Map) Program {
	lines := make([]string, len(maps))
	for i, m := range maps {
		lines[i] = declaration(m)
	}
	return p.adding(source.Cell{Name: p.Unique("maps"), Text: strings.Join(lines, "\n") + "\n"})
}

// declares reports whether a cell declares a name in so many words.
func (p Program) declares(name string) bool {
	return slices.ContainsFunc(p.cells, func(c *cell) bool { return slices.Contains(declares(parse(c.Cell)), name) })
}

// adding is the program with one more cell, which has a name of its own.
func (p Program) adding(c source.Cell) Program {
	file := parse(c)
	p.cells = append(slices.Clip(p.cells), &cell{Cell: c, file: file, probes: file.Probes})
	p.compiler = p.compiler.With(c)
	p.Built = nil
	return p
}
