// Package counters is the pane of map contents: one table a map, with totals, rates and a column for each CPU.
package counters

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/view/pane"
	"go3s/view/theme"
)

const (
	fewest = 3 // rows that each table has when several share the pane; with less room there are tabs
	around = 2 // lines of a table that are not rows when several share the pane: its heading and its column heads
)

// Pane shows all maps of the session: one under the other while each has room for a few rows, as tabs otherwise. Maps without a
// key stand together in one table, a row each.
type Pane struct {
	theme  *theme.Theme
	w, h   int
	tables []*table
	active string // name of the table that keys act on
	tabs   bool   // only the active table is shown
	wanted bool   // the user has chosen tabs
	focus  bool
	paused bool
	latest *pane.Tables // paused: the newest tables, for later
}

// New is a pane without tables.
func New(t *theme.Theme) *Pane { return &Pane{theme: t} }

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) {
	p.w, p.h = w, h
	p.arrange()
}

// Label is the pane's name and how many maps there are.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: "counters"}
	t := p.current()
	switch {
	case t == nil:
	case p.tabs:
		l.Note = fmt.Sprintf("%s · %s, map %d of %d", t.title(), t.about(), p.index()+1, len(p.tables))
	case len(p.tables) > 1:
		l.Note = pane.Plural(uint64(len(p.tables)), "map")
	default:
		l.Note = t.title() + " · " + t.about()
	}
	return l
}

// Update takes in pane.Tables, pane.Focus, pane.Paused and keys.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pane.Tables:
		if p.paused {
			p.latest = &msg
			return nil
		}
		p.take(msg.Tables)
	case pane.Paused:
		p.paused = bool(msg)
		if !p.paused && p.latest != nil {
			p.take(p.latest.Tables)
			p.latest = nil
		}
	case pane.Focus:
		p.focus = bool(msg)
	case tea.KeyMsg:
		cmd, _ := keys.Press(p, msg)
		p.arrange()
		return cmd
	}
	return nil
}

// take replaces the contents of all tables; selection, sorting and rates go on by name.
func (p *Pane) take(maps []session.Table) {
	old := map[string]*table{}
	for _, t := range p.tables {
		old[t.name] = t
	}
	p.tables = p.tables[:0:0]
	for _, m := range gather(maps) {
		t := old[m.Map.Name]
		if t == nil {
			t = newTable(m.Map.Name)
		}
		t.take(m)
		p.tables = append(p.tables, t)
	}
	if p.current() == nil && len(p.tables) > 0 {
		p.active = p.tables[0].name
	}
	p.arrange()
}

// loose is the name of the table of maps without a key. No map has it: it is not an identifier.
const loose = "without key"

// gather puts the maps without a key into one table, where the first of them stood.
func gather(maps []session.Table) []session.Table {
	var all []session.Table
	at := -1
	for _, m := range maps {
		if m.Map.Key != "" || len(m.Map.Columns) > 0 {
			all = append(all, m)
			continue
		}
		if at < 0 {
			at = len(all)
			all = append(all, session.Table{Map: session.Map{Name: loose, Columns: []string{"name"}}, Time: m.Time})
		}
		g := &all[at]
		g.CPUs = max(g.CPUs, m.CPUs)
		for _, r := range m.Rows {
			r.Key = []any{m.Map.Name}
			g.Rows = append(g.Rows, r)
		}
	}
	return all
}

func (p *Pane) index() int {
	for i, t := range p.tables {
		if t.name == p.active {
			return i
		}
	}
	return -1
}

func (p *Pane) current() *table {
	if i := p.index(); i >= 0 {
		return p.tables[i]
	}
	return nil
}

// arrange gives each table its lines. What one does not need goes to the others.
func (p *Pane) arrange() {
	many := len(p.tables) > 1
	p.tabs = many && (p.wanted || len(p.tables)*(around+fewest) > p.h)
	if p.tabs {
		for _, t := range p.tables {
			t.setSize(p.w, max(p.h-1, 0), false)
		}
		return
	}
	if !many {
		for _, t := range p.tables {
			t.setSize(p.w, p.h, false)
		}
		return
	}
	for i, h := range share(p.tables, p.h) {
		p.tables[i].setSize(p.w, h, true)
	}
}

// share divides h lines so that no table gets more than it can use while another is short.
func share(tables []*table, h int) []int {
	got := make([]int, len(tables))
	open := len(tables)
	for open > 0 && h > 0 {
		each := max(h/open, 1)
		open = 0
		for i, t := range tables {
			give := min(each, t.height()-got[i], h)
			got[i] += give
			h -= give
			if got[i] < t.height() {
				open++
			}
		}
	}
	return got
}

// View is the tables, or the tabs and one of them.
func (p *Pane) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	t := p.theme
	if len(p.tables) == 0 {
		return pane.Lines(p.w, p.h, t.Head.Text("no maps yet"), "",
			t.Dim.Text("a probe makes one by counting:"), t.Dim.Text("syscalls:sys_enter_openat { opens[comm]++ }"))
	}
	var lines []string
	if p.tabs {
		lines = append(lines, p.tabLine())
	}
	for _, tb := range p.tables {
		if p.tabs && tb.name != p.active {
			continue
		}
		lines = tb.draw(t, lines, tb.name == p.active, p.focus)
	}
	return strings.Join(lines[:min(len(lines), p.h)], "\n")
}

// tabLine names the tables. Where not all have room, it starts further right, so that the active one is on it.
func (p *Pane) tabLine() string {
	first, w := p.index(), 0
	for ; first >= 0; first-- {
		w += ansi.StringWidth(p.tables[first].title()) + len(" [] ")
		if w > p.w {
			break
		}
	}
	return tabs(p.theme, p.tables, min(first+1, p.index()), p.active, p.w)
}

// Keys are the pane's rows of the key table.
func (p *Pane) Keys() []pane.Key { return keys.Rows() }

var keys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "select a row", "", (*Pane).row, "up", "down", "k", "j"),
	pane.Bind("pgup pgdn", "one page up, down", "", (*Pane).pages, "pgup", "pgdown", "ctrl+b", "ctrl+f"),
	pane.Bind("home g", "first row, and stay on it", "", (*Pane).top, "home", "g"),
	pane.Bind("end G", "last row", "", (*Pane).bottom, "end", "G"),
	pane.Bind("s S", "sort by the next column; other way round", "s sort", (*Pane).sort, "s", "S"),
	pane.Bind("[ ]  h l", "previous, next map", "[ ] map", (*Pane).turn, "[", "]", "left", "right", "h", "l"),
	pane.Bind("1 - 9", "the map of that number", "", (*Pane).number, "1", "2", "3", "4", "5", "6", "7", "8", "9"),
	pane.Bind("t", "tabs, or all maps at once where they fit", "", (*Pane).toggleTabs, "t"),
}

func (p *Pane) row(key string) tea.Cmd {
	if t := p.current(); t != nil {
		if key == "up" || key == "k" {
			t.move(-1)
		} else {
			t.move(1)
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
		t.move(step)
	}
	return nil
}

func (p *Pane) top(string) tea.Cmd {
	if t := p.current(); t != nil {
		t.pin()
	}
	return nil
}

func (p *Pane) bottom(string) tea.Cmd {
	if t := p.current(); t != nil {
		t.move(len(t.rows))
	}
	return nil
}

func (p *Pane) sort(key string) tea.Cmd {
	if t := p.current(); t != nil {
		if key == "S" {
			t.reverse()
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
	p.wanted = !p.wanted
	return nil
}
