// Package probes is the pane of the probes: what each counts and costs, and what it loses. They are suspended, resumed, detached and edited
// from here.
package probes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/session/harmless"
	"go3s/view/pane"
	"go3s/view/theme"
)

// Pane is a table with a row for each probe. Probes that are gone are at the end.
type Pane struct {
	theme  *theme.Theme
	w, h   int
	rows   []*row
	costs  map[string]session.Cost
	err    error  // why there are no costs
	sel    string // name of the selected probe
	offset int    // the first row shown
	by     order
	back   bool // the other way round
	focus  bool
	asked  string // the probe that D was pressed on; a second D detaches it
	paused bool
	latest *pane.Status // paused: the newest, for later
}

// row is one probe.
type row struct {
	session.Probe
	past  []moment  // within the window, oldest first
	rate  float64   // events a second; negative while it is not known
	trend []float64 // rates of the last seconds, oldest first
	mark  time.Time // when the trend was carried on
}

// moment is how many events there were at a time.
type moment struct {
	time   time.Time
	events uint64
}

const (
	window = time.Second // how far back a rate looks
	trend  = 60          // rates that are kept
)

// order is what the rows are sorted by.
type order uint8

const (
	byEntry order = iota
	byRate
	byCost
	byLost
	orders
)

var orderNames = [orders]string{"order of entry", "rate", "cost", "lost"}

// New is a pane without probes.
func New(t *theme.Theme) *Pane { return &Pane{theme: t} }

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) {
	p.w, p.h = w, h
	p.follow()
}

// Wants is the head, a line for each probe, and the one on the selected probe.
func (p *Pane) Wants() int {
	n := max(len(p.rows), 1) + 1
	if p.detail() != "" {
		n++
	}
	return n
}

// Label is the pane's name and what the rows are sorted by.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: "probes"}
	switch {
	case p.asked != "":
		l.Note, l.Alert = "D again detaches "+harmless.Text(p.asked), true
	case p.err != nil:
		l.Note = "costs unknown"
	case p.by != byEntry:
		l.Note = "by " + orderNames[p.by]
	case p.body() < len(p.rows):
		l.Note = fmt.Sprintf("%d-%d of %d", p.offset+1, min(p.offset+p.body(), len(p.rows)), len(p.rows))
	}
	return l
}

// Update takes in pane.Status, pane.Costs, pane.Focus, pane.Paused, keys and the mouse.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pane.Status:
		if p.paused {
			p.latest = &msg
			return nil
		}
		p.take(msg)
	case pane.Costs:
		p.takeCosts(msg)
	case pane.Paused:
		p.paused = bool(msg)
		if !p.paused && p.latest != nil {
			p.take(*p.latest)
			p.latest = nil
		}
	case pane.Focus:
		p.focus, p.asked = bool(msg), ""
	case tea.MouseMsg:
		return p.point(msg)
	case tea.KeyMsg:
		if msg.String() != "D" {
			p.asked = ""
		}
		cmd, _ := keys.Press(p, msg)
		return cmd
	}
	return nil
}

// take replaces what is known of the probes; rates go on by name.
func (p *Pane) take(s pane.Status) {
	old := make(map[string]*row, len(p.rows))
	for _, r := range p.rows {
		old[r.Name] = r
	}
	p.rows = p.rows[:0:0]
	for _, pr := range s.Probes {
		r := old[pr.Name]
		if r == nil {
			r = &row{rate: -1}
		}
		r.Probe = pr
		r.measure(s.Time)
		p.rows = append(p.rows, r)
	}
	p.sort()
}

// measure takes the rate between now and the oldest moment of the window.
func (r *row) measure(now time.Time) {
	if n := len(r.past); n > 0 && (!now.After(r.past[n-1].time) || r.Stats.Events < r.past[n-1].events) {
		r.past, r.rate = nil, -1
	}
	r.past = append(r.past, moment{now, r.Stats.Events})
	for len(r.past) > 2 && now.Sub(r.past[1].time) >= window {
		r.past = r.past[1:]
	}
	if then := r.past[0]; now.After(then.time) {
		r.rate = float64(r.Stats.Events-then.events) / now.Sub(then.time).Seconds()
	}
	if r.rate >= 0 && now.Sub(r.mark) >= window {
		r.mark = now
		r.trend = append(r.trend, r.rate)
		r.trend = r.trend[max(len(r.trend)-trend, 0):]
	}
}

func (p *Pane) takeCosts(c pane.Costs) {
	p.err = c.Err
	if c.Err != nil {
		return
	}
	p.costs = make(map[string]session.Cost, len(c.Costs))
	for _, cost := range c.Costs {
		p.costs[cost.Probe] = cost
	}
	p.sort()
}

// sort puts the rows in order, those that are gone behind the others, and keeps the selected one in sight.
func (p *Pane) sort() {
	slices.SortStableFunc(p.rows, func(a, b *row) int {
		if c := cmp.Compare(last(a.State), last(b.State)); c != 0 {
			return c
		}
		c := 0
		switch p.by {
		case byRate:
			c = cmp.Compare(b.rate, a.rate)
		case byCost:
			c = cmp.Compare(p.costs[b.Name].Share(), p.costs[a.Name].Share())
		case byLost:
			c = cmp.Compare(b.Stats.Lost, a.Stats.Lost)
		}
		if p.back {
			c = -c
		}
		return c
	})
	p.follow()
}

// last is 1 for probes at the end of their life.
func last(s session.State) int {
	if s == session.Gone || s == session.Failed || s == session.Detaching {
		return 1
	}
	return 0
}

// body is the number of rows that have room.
func (p *Pane) body() int {
	if p.detailed() {
		return p.h - 2
	}
	return max(p.h-1, 0)
}

// detailed reports whether there is room for a line on the selected probe, and something to say.
func (p *Pane) detailed() bool { return p.h > 3 && p.detail() != "" }

// index is the place of the selected row; the first if there is none.
func (p *Pane) index() int {
	i := slices.IndexFunc(p.rows, func(r *row) bool { return r.Name == p.sel })
	return max(i, 0)
}

// current is the selected row, nil without rows.
func (p *Pane) current() *row {
	if len(p.rows) == 0 {
		return nil
	}
	return p.rows[p.index()]
}

// follow keeps the selected row in sight.
func (p *Pane) follow() {
	at, n := p.index(), p.body()
	if n == 0 {
		return
	}
	p.offset = max(min(p.offset, at, len(p.rows)-n), at-n+1, 0)
}

// choose selects the row at an index, or the nearest there is.
func (p *Pane) choose(at int) tea.Cmd {
	if len(p.rows) == 0 {
		return nil
	}
	p.sel = p.rows[max(min(at, len(p.rows)-1), 0)].Name
	p.follow()
	return nil
}

// point selects the row that is pressed on, and scrolls by the wheel.
func (p *Pane) point(msg tea.MouseMsg) tea.Cmd {
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		return p.choose(p.index() - 1)
	case msg.Button == tea.MouseButtonWheelDown:
		return p.choose(p.index() + 1)
	case msg.Action == tea.MouseActionPress && msg.Y > 0 && p.offset+msg.Y-1 < len(p.rows):
		return p.choose(p.offset + msg.Y - 1)
	}
	return nil
}

// Keys are the pane's rows of the key table.
func (p *Pane) Keys() []pane.Key { return keys.Rows() }

var keys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "select a probe", "", (*Pane).move, "up", "down", "k", "j"),
	pane.Bind("pgup pgdn home end", "a page up, down; first, last", "", (*Pane).move, "pgup", "pgdown", "home", "g", "end", "G"),
	pane.Bind("space", "suspend the probe, resume it", "space suspend", (*Pane).toggle, " "),
	pane.Bind("e", "edit its source at the prompt", "e edit", (*Pane).edit, "e"),
	pane.Bind("enter", "its source, with the counts of each line", "enter source", (*Pane).open, "enter"),
	pane.Bind("D", "detach it; asks once", "D detach", (*Pane).detach, "D"),
	pane.Bind("s S", "sort by rate, cost, loss, entry; other way round", "s sort", (*Pane).reorder, "s", "S"),
}

func (p *Pane) move(key string) tea.Cmd {
	page := max(p.body()-1, 1)
	step := map[string]int{
		"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -page, "pgdown": page, "home": -len(p.rows), "g": -len(p.rows), "end": len(p.rows), "G": len(p.rows),
	}
	return p.choose(p.index() + step[key])
}

// toggle suspends the selected probe, or resumes it.
func (p *Pane) toggle(string) tea.Cmd {
	r := p.current()
	switch {
	case r == nil:
		return nil
	case r.State == session.Suspended:
		return do(":resume " + r.Group)
	case r.State == session.Attached:
		return do(":suspend " + r.Group)
	}
	return nil
}

func (p *Pane) edit(string) tea.Cmd {
	if r := p.current(); r != nil {
		return do(":edit " + r.Group)
	}
	return nil
}

func (p *Pane) open(string) tea.Cmd {
	r := p.current()
	if r == nil {
		return nil
	}
	return func() tea.Msg { return pane.Open{Pane: "source", Probe: r.Group} }
}

// detach asks, and detaches when asked a second time.
func (p *Pane) detach(string) tea.Cmd {
	r := p.current()
	if r == nil || !r.State.Linked() {
		return nil
	}
	if p.asked != r.Group {
		p.asked = r.Group
		return nil
	}
	p.asked = ""
	return do(":detach " + r.Group)
}

func (p *Pane) reorder(key string) tea.Cmd {
	if key == "S" {
		p.back = !p.back
	} else {
		p.by, p.back = (p.by+1)%orders, false
	}
	p.sort()
	return nil
}

func do(line string) tea.Cmd { return func() tea.Msg { return pane.Do{Line: line} } }

// View is the table.
func (p *Pane) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	t := p.theme
	if len(p.rows) == 0 {
		return pane.Lines(p.w, p.h, t.Head.Text("no probes yet"), t.Dim.Text("press : and type syscalls:sys_enter_openat { opens[comm]++ }"))
	}
	cols := p.columns()
	lines := []string{p.head(cols)}
	end := min(p.offset+p.body(), len(p.rows))
	for _, r := range p.rows[min(p.offset, end):end] {
		lines = append(lines, p.line(cols, r))
	}
	if p.detailed() {
		lines = append(lines, t.Warn.Text(ansi.Truncate(p.detail(), p.w, "…")))
	}
	return strings.Join(lines, "\n")
}
