package viewtest

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
)

// Shelf answers what panes want of maps at once, as the feed does after a moment.
type Shelf struct {
	Unit string // of all maps

	maps    []table.Map
	tallies map[string]*sheet.Tally
	wants   map[string][]sheet.Cut
	broken  map[string]error
}

// Broken is the name of a map that can't be read from now on.
type Broken string

// Play gives messages to a pane as Play does; a []table.Table is all maps there are now, with their contents. What goes beyond the pane
// and the shelf is returned. A message comes when all that followed from the one before is done.
func (s *Shelf) Play(p pane.Pane, msgs ...any) (out []tea.Msg) {
	for len(msgs) > 0 {
		msg := msgs[0]
		msgs = msgs[1:]
		switch m := msg.(type) {
		case string:
			msg = Key(m)
		case []table.Table:
			msg = s.Set(m)
		case Broken:
			msg = s.Break(string(m))
		case tea.BatchMsg:
			for _, cmd := range m {
				if cmd != nil {
					msgs = append([]any{cmd()}, msgs...)
				}
			}
			continue
		case sheet.Want:
			msg = s.Want(m)
		case pane.Copy, pane.Do, pane.Open, pane.Edit:
			out = append(out, m)
			continue
		}
		if cmd := p.Update(msg); cmd != nil {
			msgs = append([]any{cmd()}, msgs...)
		}
	}
	return out
}

// Set replaces all maps, and returns what of them is wanted.
func (s *Shelf) Set(tables []table.Table) sheet.News {
	s.maps = nil
	if s.tallies == nil {
		s.tallies = map[string]*sheet.Tally{}
	}
	var loose []table.Table
	for _, t := range tables {
		s.maps = append(s.maps, t.Map)
		if sheet.IsLoose(t.Map) {
			loose = append(loose, t)
			continue
		}
		s.take(table.ContentsOf(t))
	}
	if len(loose) > 0 {
		s.take(sheet.Gather(loose))
	}
	return s.news()
}

func (s *Shelf) take(t *table.Contents) {
	if s.tallies[t.Map.Name] == nil {
		s.tallies[t.Map.Name] = &sheet.Tally{}
	}
	for _, cuts := range s.wants {
		for _, c := range cuts {
			if c.Map == t.Map.Name && c.Frozen {
				return
			}
		}
	}
	s.tallies[t.Map.Name].Take(t, s.Unit)
}

// Break makes a map one that can't be read.
func (s *Shelf) Break(name string) sheet.News {
	s.broken = map[string]error{name: errors.New("read " + name + ": permission denied")}
	return s.news()
}

// Want takes in what a pane wants, and returns all that is wanted.
func (s *Shelf) Want(w sheet.Want) sheet.News {
	if s.wants == nil {
		s.wants = map[string][]sheet.Cut{}
	}
	s.wants[w.Pane] = w.Cuts
	return s.news()
}

func (s *Shelf) news() sheet.News {
	n := sheet.News{Maps: s.maps}
	for _, cuts := range s.wants {
		for _, c := range cuts {
			t := s.tallies[c.Map]
			if t == nil {
				continue
			}
			cut := t.Cut(c)
			cut.Err = s.broken[c.Map]
			n.Sheets = append(n.Sheets, cut)
			if cut.Err != nil {
				n.Err = cut.Err
			}
		}
	}
	return n
}
