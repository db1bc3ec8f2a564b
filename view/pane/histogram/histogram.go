// Package histogram is the pane of distributions: histograms and quantiles, as bars, as a heat map over time, and as percentiles.
package histogram

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/output"
	"go3s/session/harmless"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
)

const (
	listWide = 60 // cells from which on keys stand in a list
	listMost = 30 // cells of the list
	room     = "histogram"
)

// Pane shows the distribution of one key of one map. It takes no room while there is none.
type Pane struct {
	theme  *theme.Theme
	w, h   int
	maps   []*chart
	active string // name of the map that is shown
	recent bool   // the last second rather than all since the start
	heat   bool   // over time
	focus  bool
	paused bool
	filter *pane.Field // open while a filter is typed
	asked  string      // the map that x was pressed for; a second x clears it
	said   string      // what came of the last key, until the next
	failed bool        // said is bad news
	wanted []sheet.Cut // what was asked for last
	asks   uint64      // how often
}

// chart is one map: what the user wants of it, and what has come for that.
type chart struct {
	sheet.Page
	name string
	unit output.Unit
	own  bool // the user has chosen the unit
}

// New is a pane without maps.
func New(t *theme.Theme) *Pane { return &Pane{theme: t} }

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) {
	p.w, p.h = w, h
	p.arrange()
}

// Empty reports whether the session has no distribution.
func (p *Pane) Empty() bool { return len(p.maps) == 0 }

// Typing reports whether a filter is typed.
func (p *Pane) Typing() bool { return p.filter != nil }

// Label is the pane's name, which map and which part of it is shown.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: room}
	c := p.current()
	switch {
	case p.said != "":
		l.Note, l.Alert = p.said, p.failed
	case c == nil:
	case c.Sheet.Err != nil:
		l.Note, l.Alert = harmless.Text(c.Sheet.Err.Error()), true
	default:
		l.Note, l.Alert = harmless.Text(c.name)+" · "+p.about(c), c.Cut.Frozen || c.Sheet.Factor > 0
	}
	return l
}

// about says which part of a map is shown.
func (p *Pane) about(c *chart) string {
	s := "since the start"
	switch {
	case p.heat:
		s = "by the second"
	case p.recent:
		s = "last second"
	}
	switch n := uint64(c.Sheet.Keys); {
	case c.Cut.Filter != "":
		s += fmt.Sprintf(" · %s of %s", pane.Count(uint64(c.Sheet.Matches)), pane.Plural(n, "key"))
	case c.keyed():
		s += " · " + pane.Plural(n, "key")
	}
	if estimate := table.Estimate(c.Sheet.Factor); estimate != "" {
		s += " · " + estimate
	}
	if c.Cut.Frozen {
		s += " · frozen"
	}
	return s
}

// keyed reports whether the map has keys.
func (c *chart) keyed() bool { return len(c.Sheet.Map.Columns) > 0 }

// Update takes in sheet.News, pane.Focus, pane.Paused, pane.Copied, keys and the mouse, and asks for what is shown then.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case sheet.News:
		p.take(msg)
	case pane.Paused:
		p.paused = bool(msg)
		if !p.paused {
			for _, c := range p.maps {
				c.GoOn()
			}
		}
	case pane.Focus:
		p.focus, p.asked, p.filter = bool(msg), "", nil
	case pane.Copied:
		if msg.Pane == room {
			p.said, p.failed = msg.Text()
		}
	case tea.MouseMsg:
		p.point(msg)
	case tea.KeyMsg:
		cmd = p.press(msg)
	}
	p.arrange()
	return tea.Batch(cmd, p.want())
}

// take takes in the maps there are, and sheets of those that are shown.
func (p *Pane) take(n sheet.News) {
	old := p.maps
	p.maps = nil
	for _, m := range n.Maps {
		if !sheet.Distribution(m) {
			continue
		}
		i := slices.IndexFunc(old, func(c *chart) bool { return c.name == m.Name })
		if i < 0 {
			p.maps = append(p.maps, &chart{name: m.Name, Page: sheet.NewPage(m.Name)})
			continue
		}
		p.maps = append(p.maps, old[i])
	}
	if p.current() == nil && len(p.maps) > 0 {
		p.active = p.maps[0].name
	}
	for _, s := range n.Sheets {
		for _, c := range p.maps {
			if c.name == s.Cut.Map {
				c.Take(s, p.paused)
				if u, ok := output.ParseUnit(s.Unit); ok && !c.own {
					c.unit = u
				}
			}
		}
	}
}

// want asks for what is shown, if that is not what was asked for last.
func (p *Pane) want() tea.Cmd {
	var cuts []sheet.Cut
	if c := p.current(); c != nil && p.w > 0 && p.h > 0 {
		cuts = append(cuts, c.Cut)
	}
	if slices.Equal(cuts, p.wanted) {
		return nil
	}
	p.wanted = cuts
	p.asks++
	w := sheet.Want{Pane: room, N: p.asks, Cuts: cuts}
	return func() tea.Msg { return w }
}

func (p *Pane) index() int {
	return slices.IndexFunc(p.maps, func(c *chart) bool { return c.name == p.active })
}

func (p *Pane) current() *chart {
	if i := p.index(); i >= 0 {
		return p.maps[i]
	}
	return nil
}

// top is the number of lines above the picture and the list: the tabs, where there are several maps.
func (p *Pane) top() int {
	if len(p.maps) > 1 && p.h > 3 {
		return 1
	}
	return 0
}

// listed reports whether the keys stand in a list beside the picture.
func (p *Pane) listed(c *chart) bool { return c.keyed() && p.w >= listWide }

// body is the lines of the picture and the list.
func (p *Pane) body() int {
	n := p.h - p.top()
	if p.filter != nil && p.h > 1 {
		n--
	}
	return max(n, 0)
}

// arrange tells the charts how many keys the list has.
func (p *Pane) arrange() {
	for _, c := range p.maps {
		c.SetHeight(max(p.body()-1, 1))
	}
}

// View is the tabs, the list and the picture.
func (p *Pane) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	c := p.current()
	if c == nil {
		return pane.Lines(p.w, p.h, p.theme.Head.Text("no histograms yet"), "",
			p.theme.Dim.Text("a probe makes one of values:"), p.theme.Dim.Text("syscalls:sys_exit_read { size[comm].hist(ret) }"))
	}
	var lines []string
	if p.top() > 0 {
		lines = append(lines, p.tabLine())
	}
	lines = append(lines, p.content(c)...)
	if p.filter != nil && p.h > 1 {
		for len(lines) < p.h-1 {
			lines = append(lines, "")
		}
		lines = append(lines[:p.h-1], p.filter.View(p.theme, "/", p.w))
	}
	return strings.Join(lines[:min(len(lines), p.h)], "\n")
}

// content is the list beside the picture.
func (p *Pane) content(c *chart) []string {
	h := p.body()
	switch {
	case !c.Have:
		return nil
	case c.Sheet.Count == 0:
		return []string{p.nothing(c)}
	case !p.listed(c):
		return p.picture(c, p.w, h)
	}
	list := p.list(c, h)
	lw := listMost
	for i := range list {
		lw = min(lw, ansi.StringWidth(list[i]))
	}
	right := p.picture(c, p.w-lw-3, h)
	lines := make([]string, max(len(list), len(right)))
	for i := range lines {
		left := pane.Blank(lw)
		if i < len(list) {
			left = list[i]
		}
		lines[i] = left + p.theme.Border.Text(" │ ")
		if i < len(right) {
			lines[i] += right[i]
		}
	}
	return lines
}

// nothing says why there is no picture.
func (p *Pane) nothing(c *chart) string {
	switch {
	case c.Sheet.Err != nil:
		return p.theme.Warn.Text(pane.Fit("  ▲ "+harmless.Text(c.Sheet.Err.Error()), p.w))
	case c.Cut.Filter != "" && c.Sheet.Keys > 0:
		return p.theme.Dim.Text(pane.Fit("  no key has "+harmless.Text(c.Cut.Filter)+"; esc shows all", p.w))
	}
	return p.theme.Dim.Text(pane.Fit("  no values yet", p.w))
}

// list is the keys with the number of their values, the chosen one marked.
func (p *Pane) list(c *chart, h int) []string {
	t := p.theme
	wide, counts := ansi.StringWidth(head(c)), len("▾n")-1
	for i := c.Offset; i < min(c.Offset+c.Cut.Height, c.Sheet.Count); i++ {
		if r := c.Row(i); r != nil {
			wide = max(wide, ansi.StringWidth(sheet.KeyText(r.Key)))
			counts = max(counts, len(pane.Short(r.Bits)))
		}
	}
	wide = min(wide, listMost-counts-3, p.w/3)
	mark := "▾"
	if c.Cut.Up {
		mark = "▴"
	}
	lines := []string{t.Head.Text(" "+pane.Fit(head(c), wide)) + "  " + t.Accent.Text(pane.FitRight(mark+"n", counts))}
	for i := c.Offset; i < min(c.Offset+c.Cut.Height, c.Sheet.Count) && len(lines) < h; i++ {
		r, at := c.Row(i), " "
		if r == nil {
			lines = append(lines, t.Dim.Text(pane.Fit(" …", wide+counts+3)))
			continue
		}
		if i == c.Sel {
			at = "▌"
		}
		text := at + pane.Fit(sheet.KeyText(r.Key), wide) + "  " + pane.FitRight(pane.Short(r.Bits), counts)
		if i == c.Sel {
			text = t.Choice.Text(text)
		}
		lines = append(lines, text)
	}
	return lines
}

// head is what stands above the keys.
func head(c *chart) string {
	if cols := c.Sheet.Map.Columns; len(cols) != 1 || cols[0] != c.name {
		return harmless.Text(strings.Join(cols, " "))
	}
	return "key"
}

// tabLine names the maps, the shown one marked. Where not all have room, it begins further right.
func (p *Pane) tabLine() string {
	text, line, at := "", "", 0
	for _, c := range p.maps {
		name := harmless.Text(c.name)
		if c.name == p.active {
			text += " [" + name + "]"
			line += p.theme.Accent.Text(" [" + name + "]")
			at = ansi.StringWidth(text)
			continue
		}
		text += "  " + name + " "
		line += p.theme.Head.Text("  " + name + " ")
	}
	if over := at - p.w; over > 0 {
		line = ansi.TruncateLeft(line, over+2, p.theme.Dim.Text(" …"))
	}
	return ansi.Truncate(line, p.w, "…")
}
