// Package counters is the pane of map contents: one table a map, with totals, rates, trends and what each CPU has of them. Tables are
// sorted, filtered, cut down to the first, frozen, cleared and copied here.
package counters

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/session/harmless"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
)

const (
	fewest = 3 // rows that each table has when several share the pane; with less room there are tabs
	around = 2 // lines of a table that are not rows when several share the pane: its heading and its column heads
)

// Pane shows all maps of the session but distributions: one under the other while each has room for a few rows, as tabs otherwise. Maps
// without a key stand together in one table, a row each.
type Pane struct {
	theme  *theme.Theme
	w, h   int
	tables []*board
	active string // name of the table that keys act on
	tabs   bool   // only the active table is shown
	tabbed bool   // the user has chosen tabs
	focus  bool
	paused bool
	filter *pane.Field // open while a filter is typed
	asked  string      // the map that x was pressed for; a second x clears it
	said   string      // what came of the last key, until the next
	failed bool        // said is bad news
	copies string      // the table of which all rows are to be copied as soon as they are there
	wanted []sheet.Cut // what was asked for last
	asks   uint64      // how often
	list   []table.Map
	others bool // there are maps, but in another pane
}

// New is a pane without tables.
func New(t *theme.Theme) *Pane { return &Pane{theme: t} }

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) {
	p.w, p.h = w, h
	p.arrange()
}

// Empty reports whether all maps there are stand in another pane.
func (p *Pane) Empty() bool { return len(p.tables) == 0 && p.others }

// Typing reports whether a filter is typed.
func (p *Pane) Typing() bool { return p.filter != nil }

// Label is the pane's name and what there is to say of the table that keys act on.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: "counters"}
	t := p.current()
	switch {
	case p.said != "":
		l.Note, l.Alert = p.said, p.failed
	case t == nil:
	case t.Sheet.Err != nil:
		l.Note, l.Alert = harmless.Text(t.Sheet.Err.Error()), true
	case p.tabs:
		l.Note = fmt.Sprintf("%s · %s, map %d of %d", t.title(), t.about(), p.index()+1, len(p.tables))
		l.Alert = t.troubled()
	case len(p.tables) > 1:
		l.Note = pane.Plural(uint64(len(p.tables)), "map")
	default:
		l.Note, l.Alert = t.title()+" · "+t.about(), t.troubled()
	}
	return l
}

// Update takes in sheet.News, pane.Focus, pane.Paused, pane.Copied, keys and the mouse, and asks for what the tables need then.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case sheet.News:
		cmd = p.take(msg)
	case pane.Paused:
		p.paused = bool(msg)
		if !p.paused {
			cmd = p.take(sheet.News{Maps: p.list})
			for _, t := range p.tables {
				t.GoOn()
			}
		}
	case pane.Focus:
		p.focus, p.asked, p.filter = bool(msg), "", nil
	case pane.Copied:
		p.copied(msg)
	case tea.MouseMsg:
		p.point(msg)
	case tea.KeyMsg:
		cmd = p.press(msg)
	}
	p.arrange()
	return tea.Batch(cmd, p.want())
}

// press is what a key does. What the last one came to is not shown any longer.
func (p *Pane) press(msg tea.KeyMsg) tea.Cmd {
	p.said, p.failed = "", false
	if p.filter != nil {
		p.typeFilter(msg)
		return nil
	}
	asked := p.asked
	p.asked = ""
	if msg.String() == "x" {
		p.asked = asked
	}
	cmd, _ := keys.Press(p, msg)
	return cmd
}

// take takes in the maps there are, and sheets of those that are shown.
func (p *Pane) take(n sheet.News) tea.Cmd {
	names := tablesOf(n.Maps)
	if p.paused && len(p.tables) > 0 {
		names = p.names()
	}
	p.list = n.Maps
	old := p.tables
	p.tables, p.others = nil, len(n.Maps) > 0
	for _, name := range names {
		i := slices.IndexFunc(old, func(t *board) bool { return t.name == name })
		if i < 0 {
			p.tables = append(p.tables, newBoard(name))
			continue
		}
		p.tables = append(p.tables, old[i])
	}
	if p.current() == nil && len(p.tables) > 0 {
		p.active = p.tables[0].name
	}
	var cmd tea.Cmd
	for _, s := range n.Sheets {
		for _, t := range p.tables {
			if t.name != s.Cut.Map {
				continue
			}
			t.take(s, p.paused)
			if p.copies == t.name && s.Cut.Whole && s.Cut == t.Cut {
				cmd = p.copyAll(t)
			}
		}
	}
	return cmd
}

func (p *Pane) names() (names []string) {
	for _, t := range p.tables {
		names = append(names, t.name)
	}
	return names
}

// tablesOf are the names of the tables that maps make: those without a key are one, where the first of them stands.
func tablesOf(maps []table.Map) (names []string) {
	for _, m := range maps {
		name := m.Name
		if sheet.IsLoose(m) {
			name = sheet.Loose
		}
		if !sheet.Distribution(m) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// want asks for what is shown, if that is not what was asked for last.
func (p *Pane) want() tea.Cmd {
	var cuts []sheet.Cut
	for _, t := range p.tables {
		if t.h > 0 && t.w > 0 && (!p.tabs || t.name == p.active) {
			cuts = append(cuts, t.Cut)
		}
	}
	if slices.Equal(cuts, p.wanted) {
		return nil
	}
	p.wanted = cuts
	p.asks++
	w := sheet.Want{Pane: "counters", N: p.asks, Cuts: cuts}
	return func() tea.Msg { return w }
}

func (p *Pane) index() int {
	return slices.IndexFunc(p.tables, func(t *board) bool { return t.name == p.active })
}

func (p *Pane) current() *board {
	if i := p.index(); i >= 0 {
		return p.tables[i]
	}
	return nil
}

// arrange gives each table its lines. What one does not need goes to the others.
func (p *Pane) arrange() {
	h := p.h
	if p.filter != nil && h > 1 {
		h--
	}
	many := len(p.tables) > 1
	p.tabs = many && (p.tabbed || len(p.tables)*(around+fewest) > h)
	switch {
	case p.tabs:
		for _, t := range p.tables {
			t.setSize(1, p.w, max(h-1, 0), false)
		}
	case !many:
		for _, t := range p.tables {
			t.setSize(0, p.w, h, false)
		}
	default:
		y := 0
		for i, n := range share(p.tables, h) {
			p.tables[i].setSize(y, p.w, n, true)
			y += n
		}
		align(p.tables)
	}
}

// share divides h lines so that no table gets more than it can use while another is short.
func share(tables []*board, h int) []int {
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
	if p.filter == nil {
		return strings.Join(lines[:min(len(lines), p.h)], "\n")
	}
	lines = lines[:min(len(lines), p.h-1)]
	for len(lines) < p.h-1 {
		lines = append(lines, "")
	}
	return strings.Join(append(lines, p.filter.View(t, "/", p.w)), "\n")
}

// shownTabs are the tabs on the line. Where not all have room, it starts further right, so that the active one is on it.
func (p *Pane) shownTabs() []tab {
	first, w := p.index(), 0
	for ; first >= 0; first-- {
		w += ansi.StringWidth(p.tables[first].title()) + len(" [] ")
		if w > p.w {
			break
		}
	}
	return tabs(p.tables, max(min(first+1, p.index()), 0), p.active, p.w)
}

// tabLine names the tables.
func (p *Pane) tabLine() string {
	var b line
	for i, t := range p.shownTabs() {
		if i == 0 && t.from > 0 {
			b.put(p.theme.Dim, " …", t.from)
		}
		ink := p.theme.Head
		if t.table.name == p.active {
			ink = p.theme.Accent
		}
		b.put(ink, t.text, t.to-t.from)
	}
	return b.fit(p.w)
}
