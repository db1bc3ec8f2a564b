package incremental

import (
	"go/token"
	"slices"
	"strings"

	"go3s/incremental/check"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// Sight is what can be seen from a place in a cell that is being typed, and where that place is.
type Sight struct {
	syntax.Mended
	// Operand is what stands before the dot in front of the word, if anything does; Known says that it has a type, which is Type. Members
	// are then what may follow, in their own order.
	Operand string
	Known   bool
	Type    string
	Members []check.Name
	// Names are what may be written at the place without a selection: what the cell declares, innermost first, then what other
	// cells declare, then what every program sees.
	Names []check.Name
}

// Look finds out what can be seen from the caret, a byte offset, in a cell that is being typed. The cell does not become one of the
// snapshot's, and what stands behind the caret has no part in it.
func (s *Snapshot) Look(cell source.Cell, caret int) *Sight {
	sight := &Sight{Mended: syntax.Mend(cell.Text, caret)}
	if sight.Place == syntax.Literal {
		return sight
	}
	c := s.tables(BuildOptions{})
	if sight.Place == syntax.Outside && !sight.Selects {
		sight.Names = s.around(c)
		return sight
	}
	// A failure of the compiler over half a cell is no reason to say anything.
	c.guard(source.Span{Cell: cell.Name, End: len(cell.Text)}, func() { s.look(c, sight, cell.Name) })
	return sight
}

func (s *Snapshot) look(c *compiler, sight *Sight, name string) {
	if sight.Selects {
		sight.Operand = sight.Text[sight.Within.Start:sight.Within.End]
	}
	f, _ := syntax.Parse(source.Cell{Name: name, Text: sight.Text})
	seen := check.Look(check.Input{File: f, Universe: s.memo.universe, Names: c.names, Maps: c.maps}, sight.Within, sight.Selects)
	if !sight.Selects {
		sight.Names = append(seen.Names, s.around(c)...)
		return
	}
	sight.Known, sight.Type, sight.Members = seen.Known, seen.Type, seen.Names
	if !seen.Known && s.couldBeMap(c, sight.Operand) {
		sight.Members = check.AggregateNames(s.memo.universe)
	}
}

// couldBeMap reports whether an expression can be a map yet to be declared by use, or an entry of one: a name that nothing declares, or
// such a name and an index.
func (s *Snapshot) couldBeMap(c *compiler, operand string) bool {
	name, _, _ := strings.Cut(operand, "[")
	name = strings.TrimSpace(name)
	if c.maps[name] != nil || c.names[name] != nil || !token.IsIdentifier(name) {
		return false
	}
	return !slices.Contains(universe.PlainNames(), name) && name != "task"
}

// around is what other cells declare, and what every program sees.
func (s *Snapshot) around(c *compiler) []check.Name {
	var names []check.Name
	for name, m := range c.maps {
		n := check.Describe(m.Var)
		n.Name = name
		names = append(names, n)
	}
	for name, obj := range c.names {
		if c.maps[name] == nil {
			names = append(names, check.Describe(obj))
		}
	}
	slices.SortFunc(names, func(a, b check.Name) int { return strings.Compare(a.Name, b.Name) })
	return append(names, check.Predeclared(s.memo.universe)...)
}

// tables is a compiler that has gone through all cells of the snapshot, for what they declare.
func (s *Snapshot) tables(o BuildOptions) *compiler {
	if last := s.memo.settled; last != nil && slices.Equal(last.cells, s.cells) {
		c := *last.c
		c.options, c.build = o, &Build{Maps: slices.Clip(c.build.Maps)}
		return &c
	}
	c := &compiler{memo: s.memo, options: o, build: &Build{}}
	c.cells(s.cells)
	return c
}
