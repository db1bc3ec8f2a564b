package counters

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session/harmless"
	"go3s/view/pane"
	"go3s/view/sheet"
)

// Keys are the pane's rows of the key table; while a filter is typed, those of the line it is typed in.
func (p *Pane) Keys() []pane.Key {
	if p.filter != nil {
		return pane.FilterKeys
	}
	return keys.Rows()
}

var keys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "select a row", "", (*Pane).row, "up", "down", "k", "j"),
	pane.Bind("pgup pgdn", "one page up, down", "", (*Pane).pages, "pgup", "pgdown", "ctrl+b", "ctrl+f"),
	pane.Bind("home g", "first row, and stay on it", "", (*Pane).first, "home", "g"),
	pane.Bind("end G", "last row", "", (*Pane).bottom, "end", "G"),
	pane.Bind("s S", "sort by the next column; other way round", "s sort", (*Pane).sort, "s", "S"),
	pane.Bind("/", "only keys that have a text; esc shows all again", "/ filter", (*Pane).openFilter, "/"),
	pane.Bind("n", "only the first 10, 20, 50, 100 rows, all", "n top", (*Pane).top, "n"),
	pane.Bind("f", "freeze this map while all else goes on; thaw it", "f freeze", (*Pane).freeze, "f"),
	pane.Bind("x", "clear the map, or the counter; asks once", "x clear", (*Pane).clear, "x"),
	pane.Bind("y Y", "copy the row, the table to the clipboard", "y copy", (*Pane).yank, "y", "Y"),
	pane.Bind("[ ]  h l", "previous, next map", "[ ] map", (*Pane).turn, "[", "]", "left", "right", "h", "l"),
	pane.Bind("1 - 9", "the map of that number", "", (*Pane).number, "1", "2", "3", "4", "5", "6", "7", "8", "9"),
	pane.Bind("t", "tabs, or all maps at once where they fit", "", (*Pane).toggleTabs, "t"),
	pane.Bind("", "", "", (*Pane).unfilter, "esc"),
}

func (p *Pane) row(key string) tea.Cmd {
	if t := p.current(); t != nil {
		if key == "up" || key == "k" {
			t.Move(-1)
		} else {
			t.Move(1)
		}
	}
	return nil
}

func (p *Pane) pages(key string) tea.Cmd {
	if t := p.current(); t != nil {
		step := max(t.shown()-1, 1)
		if key == "pgup" || key == "ctrl+b" {
			step = -step
		}
		t.Move(step)
	}
	return nil
}

func (p *Pane) first(string) tea.Cmd {
	if t := p.current(); t != nil {
		t.Pin()
	}
	return nil
}

func (p *Pane) bottom(string) tea.Cmd {
	if t := p.current(); t != nil {
		t.Move(t.Sheet.Count)
	}
	return nil
}

func (p *Pane) sort(key string) tea.Cmd {
	if t := p.current(); t != nil {
		if key == "S" {
			t.SortBy(t.Cut.By)
		} else {
			t.sortNext()
		}
	}
	return nil
}

func (p *Pane) turn(key string) tea.Cmd {
	if n := len(p.tables); n > 0 {
		step := 1
		if key == "[" || key == "left" || key == "h" {
			step = n - 1
		}
		p.active = p.tables[(p.index()+step)%n].name
	}
	return nil
}

func (p *Pane) number(key string) tea.Cmd {
	if i := int(key[0] - '1'); i < len(p.tables) {
		p.active = p.tables[i].name
	}
	return nil
}

func (p *Pane) toggleTabs(string) tea.Cmd {
	p.tabbed = !p.tabbed
	return nil
}

// openFilter opens the line in which a filter is typed.
func (p *Pane) openFilter(string) tea.Cmd {
	if t := p.current(); t != nil {
		f := pane.NewField(t.Cut.Filter)
		p.filter = &f
	}
	return nil
}

// typeFilter is a key while a filter is typed: the table follows it.
func (p *Pane) typeFilter(msg tea.KeyMsg) {
	text, open := p.filter.Filter(msg)
	if !open {
		p.filter = nil
	}
	if t := p.current(); t != nil {
		t.Filter(text)
	}
}

func (p *Pane) unfilter(string) tea.Cmd {
	if t := p.current(); t != nil {
		t.Filter("")
	}
	return nil
}

// top goes on to the next number of rows.
func (p *Pane) top(string) tea.Cmd {
	if t := p.current(); t != nil {
		t.Cut.Top = tops[(slices.Index(tops, t.Cut.Top)+1)%len(tops)]
		t.Pin()
	}
	return nil
}

func (p *Pane) freeze(string) tea.Cmd {
	if t := p.current(); t != nil {
		t.Cut.Frozen = !t.Cut.Frozen
	}
	return nil
}

// clear asks, and clears when asked a second time. Of the table of maps without a key it is the selected one.
func (p *Pane) clear(string) tea.Cmd {
	t := p.current()
	if t == nil {
		return nil
	}
	name := t.name
	if name == sheet.Loose {
		r := t.Row(t.Sel)
		if r == nil {
			return nil
		}
		name = pane.Value(at(r.Key, 0))
	}
	if p.asked != name {
		p.asked = name
		p.said, p.failed = "x again clears "+harmless.Text(name), true
		return nil
	}
	p.asked = ""
	return func() tea.Msg { return pane.Do{Line: ":clear " + name} }
}

// yank copies the selected row, or asks for all of the table, to copy it when it is there.
func (p *Pane) yank(key string) tea.Cmd {
	t := p.current()
	switch {
	case t == nil:
	case key == "Y":
		p.copies, t.Cut.Whole = t.name, true
		p.said = "copying"
	case t.Row(t.Sel) != nil:
		return copies(rowText(t.Row(t.Sel))+"\n", "1 row")
	}
	return nil
}

// copyAll copies a table, all rows of which are there.
func (p *Pane) copyAll(t *board) tea.Cmd {
	p.copies, t.Cut.Whole = "", false
	text := ""
	for _, k := range t.keys {
		text += harmless.Text(k) + "\t"
	}
	text += t.totalName() + "\n"
	for i := range t.Sheet.Rows {
		text += rowText(&t.Sheet.Rows[i]) + "\n"
	}
	what := pane.Plural(uint64(len(t.Sheet.Rows)), "row")
	if n := len(t.Sheet.Rows); n < t.Sheet.Count {
		what = fmt.Sprintf("the first %s", what)
	}
	return copies(text, what)
}

// rowText is a row with tabs between its key's columns and its total, harmless for a terminal.
func rowText(r *sheet.Row) string {
	text := ""
	for _, k := range r.Key {
		text += pane.Value(k) + "\t"
	}
	return text + pane.Value(r.Show)
}

func copies(text, what string) tea.Cmd {
	return func() tea.Msg { return pane.Copy{Pane: "counters", Text: text, What: what} }
}

// copied says what came of copying.
func (p *Pane) copied(c pane.Copied) {
	if c.Pane == "counters" {
		p.said, p.failed = c.Text()
	}
}

// point is the mouse: a press selects a row, a tab, a table or the column to sort by, and the wheel scrolls.
func (p *Pane) point(msg tea.MouseMsg) {
	t := p.current()
	switch {
	case t == nil || p.filter != nil && msg.Y == p.h-1:
	case msg.Button == tea.MouseButtonWheelUp:
		t.Move(-wheel)
	case msg.Button == tea.MouseButtonWheelDown:
		t.Move(wheel)
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case p.tabs && msg.Y == 0:
		for _, tab := range p.shownTabs() {
			if msg.X >= tab.from && msg.X < tab.to {
				p.active = tab.table.name
			}
		}
	default:
		p.pointTable(msg.X, msg.Y)
	}
}

// wheel is how many rows one step of the wheel goes.
const wheel = 3

// pointTable is a press on a table.
func (p *Pane) pointTable(x, y int) {
	for _, t := range p.tables {
		if p.tabs && t.name != p.active || y < t.y || y >= t.y+t.h {
			continue
		}
		p.active = t.name
		line := y - t.y - t.body()
		switch {
		case line == -1 && t.hasHead():
			for _, c := range t.grid.spans() {
				if x >= c.from && x < c.to {
					t.SortBy(c.by)
				}
			}
		case line >= 0 && t.Offset+line < t.Sheet.Count:
			t.Choose(t.Offset + line)
		}
		return
	}
}
