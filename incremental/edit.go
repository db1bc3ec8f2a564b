package incremental

import (
	"slices"

	"go3s/incremental/check"
	"go3s/incremental/source"
)

// settled is the last build that succeeded, with all that a build of almost the same cells can take from it. What an edit of one
// cell costs then follows that cell, and not the session: the other cells are not even looked at.
type settled struct {
	cells []source.Cell
	c     *compiler
	users map[string][]*parsedCell // of each map and counter
}

// settle remembers a build.
func (m *memo) settle(cells []source.Cell, c *compiler) {
	if c.options.Dump != nil {
		return
	}
	users := map[string][]*parsedCell{}
	for _, p := range c.parsed {
		for name := range p.uses {
			users[name] = append(users[name], p)
		}
	}
	m.settled = &settled{cells: cells, c: c, users: users}
}

// edited builds cells that differ from the settled build in one cell, replaced or added at the end, if nobody else can be concerned
// by the difference; otherwise it returns nil. The outcome is that of a full build.
func (m *memo) edited(cells []source.Cell, o BuildOptions) *Build {
	s := m.settled
	if s == nil || o.Dump != nil || !slices.Equal(o.Lines, s.c.options.Lines) || !slices.Equal(o.Careful, s.c.options.Careful) {
		return nil
	}
	at, ok := difference(s.cells, cells)
	if !ok {
		return nil
	}
	e := &edit{settled: s, at: at, c: *s.c}
	e.c.options, e.c.build, e.c.stage = o, &Build{}, ""
	e.c.enter("parse")
	e.next = m.parse(cells[at])
	if at < len(s.cells) {
		e.old = s.c.parsed[at]
		e.oldUnit = s.c.units[e.old]
	}
	if !e.private() {
		return nil
	}
	return e.build(cells)
}

// difference is the place of the one cell in which two lists differ. The list may have grown by one at its end.
func difference(old, cells []source.Cell) (at int, ok bool) {
	if len(cells) != len(old) && len(cells) != len(old)+1 {
		return 0, false
	}
	at = 0
	for at < len(old) && old[at] == cells[at] {
		at++
	}
	if at == len(cells) {
		return 0, false
	}
	return at, at == len(old) || len(cells) == len(old) && slices.Equal(old[at+1:], cells[at+1:])
}

// edit is one cell in the place of another.
type edit struct {
	*settled
	at        int
	old, next *parsedCell // old is nil for a cell that is new
	oldUnit   *compiledUnit
	c         compiler // works on the tables of the settled build
}

// private reports whether the change stays within the cell: it neither declares names for others nor changes what others make of the
// maps that it shares with them.
func (e *edit) private() bool {
	if len(e.next.diags) > 0 || e.next.file.Command != "" || len(e.next.declares) > 0 {
		return false
	}
	if e.old != nil {
		if len(e.old.declares) > 0 {
			return false
		}
		for name := range e.old.uses {
			if !e.sameForOthers(name) {
				return false
			}
		}
	}
	for name := range e.next.uses {
		if !e.sameForOthers(name) {
			return false
		}
	}
	return e.keepsOrder()
}

// sameForOthers reports whether a map that others use, too, keeps its kind and the cell that brings it in. A name that is no map yet
// is nobody's: to become a map that others see, it would have to be declared.
func (e *edit) sameForOthers(name string) bool {
	if e.c.maps[name] == nil {
		return true
	}
	others := check.Use(0)
	for _, p := range e.users[name] {
		if p != e.old {
			others |= p.uses[name]
		}
	}
	// Who declares it in so many words makes its kind of the uses of all.
	if owner := e.c.owner[name]; others == 0 && (owner == nil || owner == e.old) {
		return true
	}
	if e.brings(name) {
		return false // though another one that uses it comes first
	}
	was, is := check.Use(0), e.next.uses[name]
	if e.old != nil {
		was = e.old.uses[name]
	}
	if others|was != others|is {
		return false
	}
	if was == is || e.c.owner[name] != nil || !was.Declares() && !is.Declares() {
		return true
	}
	return slices.ContainsFunc(e.c.parsed[:e.at], func(p *parsedCell) bool { return p.uses[name].Declares() })
}

// brings reports whether the old cell brings in the map.
func (e *edit) brings(name string) bool {
	return e.oldUnit != nil && slices.ContainsFunc(e.oldUnit.maps, func(m compiledMap) bool { return m.check.Name == name })
}

// keepsOrder reports whether the cells come in the same order, see inOrder: what the cell mentions now of others' and has not before, or
// the reverse, moves no cell if one that stands before has it.
func (e *edit) keepsOrder() bool {
	var old []string
	if e.old != nil {
		old = e.old.mentions
	}
	return e.moveNobody(old, e.next.mentions) && e.moveNobody(e.next.mentions, old)
}

// moveNobody reports whether what is among the names and not among the others has no part in the order of the cells. Both are sorted.
func (e *edit) moveNobody(names, others []string) bool {
	for _, name := range names {
		if _, both := slices.BinarySearch(others, name); both {
			continue
		}
		if e.c.owner[name] == nil && (e.c.maps[name] == nil || e.brings(name)) {
			continue
		}
		before := func(p *parsedCell) bool {
			_, ok := slices.BinarySearch(p.mentions, name) // what it declares is among that
			return ok
		}
		if !slices.ContainsFunc(e.c.parsed[:e.at], before) {
			return false
		}
	}
	return true
}

// build compiles the cell among the others.
func (e *edit) build(cells []source.Cell) *Build {
	c := &e.c
	e.take(e.old, e.oldUnit)
	e.put(e.next)
	unit := &compiledUnit{}
	c.guard(source.Span{Cell: cells[e.at].Name, End: len(e.next.text)}, func() { unit = c.compile(e.next) })
	diags := append(c.build.Diags, unit.diags...)
	if len(diags) == 0 {
		diags = c.add(unit)
	}
	if len(diags) > 0 {
		e.take(e.next, unit)
		if e.old != nil {
			e.put(e.old)
			c.add(e.oldUnit)
		}
		return &Build{Diags: source.Sort(diags)}
	}
	if e.old == nil {
		c.parsed = append(slices.Clip(c.parsed), e.next)
	} else {
		delete(c.units, e.old)
		c.parsed = slices.Clone(c.parsed)
		c.parsed[e.at] = e.next
	}
	c.units[e.next] = unit
	c.memo.keepUnit(c.key(e.next), e.next, unit)
	c.list = c.list.exchange(e.at, e.oldUnit, unit)
	c.finish()
	e.settled.cells, e.settled.c = cells, c
	return c.build
}

// put adds what a cell uses to the tables.
func (e *edit) put(p *parsedCell) {
	for name, use := range p.uses {
		e.users[name] = append(e.users[name], p)
		e.c.uses[name] |= use
	}
}

// take removes what a cell has in the tables. Others use none of the maps that it brings in.
func (e *edit) take(p *parsedCell, unit *compiledUnit) {
	if p == nil {
		return
	}
	for name := range p.uses {
		users := slices.DeleteFunc(e.users[name], func(u *parsedCell) bool { return u == p })
		e.users[name] = users
		switch {
		case len(users) == 0:
			delete(e.c.uses, name)
		case e.c.maps[name] != nil: // how a name is used that is no map, such as pid, says nothing
			all := check.Use(0)
			for _, u := range users {
				all |= u.uses[name]
			}
			e.c.uses[name] = all
		}
	}
	for _, m := range unit.maps {
		delete(e.c.maps, m.check.Name)
		delete(e.c.layout, m.check.Name)
	}
	for _, pr := range unit.probes {
		if e.c.probes[pr.Group] == pr.span {
			delete(e.c.probes, pr.Group)
		}
	}
}
