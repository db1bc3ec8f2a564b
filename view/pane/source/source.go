// Package source is the pane with the source of a probe: beside each line how often execution came to it, and how many runs ended there
// by a fault.
package source

import (
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

// Pane shows one probe at a time. It is not there until a probe is opened in it.
type Pane struct {
	theme   *theme.Theme
	w, h    int
	group   string   // the probe that is shown; empty for none
	groups  []string // all that could be
	listing session.Listing
	err     error // why there are no counts, or no lines
	texts   []string
	past    []moment // within the window, oldest first
	base    []uint64 // counts that are not shown, see clear
	refusal string   // what was said of the last entry, if it was refused
	offset  int      // the first line shown
	aside   int      // cells that the text is scrolled to the left
	paused  bool
	latest  *pane.Source // paused: the newest, for later
}

// moment is what the counts of the lines were at a time.
type moment struct {
	time   time.Time
	counts []uint64
}

// window is how far back rates look.
const window = time.Second

// New is a pane without a probe.
func New(t *theme.Theme) *Pane { return &Pane{theme: t} }

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) {
	p.w, p.h = w, h
	p.scroll(0)
}

// Empty reports that no probe has been opened.
func (p *Pane) Empty() bool { return p.group == "" }

// Group is the probe whose lines the pane shows, as the user's text calls it; empty for none.
func (p *Pane) Group() string { return p.group }

// Wants is a line for each of the source, the head, and what there is to say below.
func (p *Pane) Wants() int { return max(len(p.listing.Lines), 3) + 1 + len(p.below()) }

// Label is the pane's name and whose source it shows.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: "source"}
	switch {
	case p.group == "":
	case p.err != nil && len(p.listing.Lines) > 0:
		l.Note, l.Alert = harmless.Text(p.group)+" · not counted", true
	case p.listing.Version > 0:
		l.Note = fmt.Sprintf("%s v%d", harmless.Text(p.group), p.listing.Version)
		if p.listing.State != session.Attached {
			l.Note, l.Alert = l.Note+" · "+p.listing.State.String(), true
		}
	default:
		l.Note = harmless.Text(p.group)
	}
	return l
}

// Update takes in pane.Open, pane.Source, pane.Status for the names of the probes, pane.Outcome, pane.Paused, keys and the mouse.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pane.Open:
		if msg.Pane == "source" && msg.Probe != "" && msg.Probe != p.group {
			*p = Pane{theme: p.theme, w: p.w, h: p.h, group: msg.Probe, groups: p.groups, paused: p.paused}
		}
	case pane.Source:
		if p.paused && len(p.listing.Lines) > 0 {
			p.latest = &msg
			return nil
		}
		p.take(msg)
	case pane.Status:
		p.groups = p.groups[:0:0]
		for _, pr := range msg.Probes {
			if pr.State.Linked() && !slices.Contains(p.groups, pr.Group) {
				p.groups = append(p.groups, pr.Group)
			}
		}
	case pane.Outcome:
		p.refusal = ""
		if msg.Bad {
			p.refusal = strings.TrimRight(msg.Text, "\n")
		}
	case pane.Paused:
		p.paused = bool(msg)
		if !p.paused && p.latest != nil {
			p.take(*p.latest)
			p.latest = nil
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			p.scroll(-3)
		case tea.MouseButtonWheelDown:
			p.scroll(3)
		}
	case tea.KeyMsg:
		cmd, _ := keys.Press(p, msg)
		return cmd
	}
	return nil
}

// take replaces what is known of the lines. Rates go on as long as the lines are the same.
func (p *Pane) take(m pane.Source) {
	if m.Group != p.group {
		return
	}
	p.err = m.Err
	if len(m.Listing.Lines) == 0 {
		return // the probe is gone; what was known of it stays
	}
	same := slices.EqualFunc(m.Listing.Lines, p.listing.Lines, func(a, b session.Line) bool {
		return a.Cell == b.Cell && a.Number == b.Number && a.Text == b.Text
	})
	p.listing = m.Listing
	if !same {
		p.past, p.base = nil, nil
		p.texts = colour(p.theme, m.Listing.Lines)
	}
	counts := make([]uint64, len(m.Listing.Lines))
	for i, l := range m.Listing.Lines {
		counts[i] = l.Count
		if n := len(p.past); n > 0 && l.Count < p.past[n-1].counts[i] {
			p.past, p.base = nil, nil // counted anew
		}
	}
	p.past = append(p.past, moment{m.Time, counts})
	for len(p.past) > 2 && m.Time.Sub(p.past[1].time) >= window {
		p.past = p.past[1:]
	}
	p.scroll(0)
}

// rate is how often a second execution comes to a line; negative while that is not known.
func (p *Pane) rate(i int) float64 {
	if len(p.past) < 2 {
		return -1
	}
	then, now := p.past[0], p.past[len(p.past)-1]
	if !now.time.After(then.time) {
		return -1
	}
	return float64(now.counts[i]-then.counts[i]) / now.time.Sub(then.time).Seconds()
}

// count is how often execution has come to a line, since the last clear.
func (p *Pane) count(i int) uint64 {
	n := p.listing.Lines[i].Count
	if i < len(p.base) {
		n -= p.base[i]
	}
	return n
}

// below is what stands below the source: what was wrong with the last entry.
func (p *Pane) below() []string {
	var lines []string
	if p.err != nil {
		for text := range strings.SplitSeq(p.err.Error(), "\n") {
			lines = append(lines, p.theme.Warn.Text("▲ "+harmless.Text(text)))
		}
	}
	if p.refusal != "" {
		lines = append(lines, p.theme.Warn.Text("▲ the last entry was refused, this runs on"))
		lines = append(lines, strings.Split(p.refusal, "\n")...)
	}
	return lines
}

// parts are the lines that the head, the source and what stands below it have room for.
func (p *Pane) parts() (head, body, foot int) {
	foot = min(len(p.below()), p.h/2)
	if p.h-foot >= 3 {
		head = 1
	}
	return head, max(p.h-foot-head, 0), foot
}

// scroll moves the source by n lines, as far as there are any.
func (p *Pane) scroll(n int) {
	_, body, _ := p.parts()
	p.offset = max(min(p.offset+n, len(p.listing.Lines)-body), 0)
}

// Keys are the pane's rows of the key table.
func (p *Pane) Keys() []pane.Key { return keys.Rows() }

var keys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓ ← →  hjkl", "scroll", "", (*Pane).move, "up", "down", "left", "right", "h", "j", "k", "l"),
	pane.Bind("pgup pgdn home end", "a page up, down; the first, last line", "", (*Pane).move, "pgup", "pgdown", "home", "g", "end", "G"),
	pane.Bind("[ ]", "the source of the previous, next probe", "[ ] probe", (*Pane).other, "[", "]"),
	pane.Bind("e", "edit it at the prompt", "e edit", (*Pane).edit, "e"),
	pane.Bind("x", "count from here on", "x clear", (*Pane).clear, "x"),
	pane.Bind("esc", "close it, so that lines are not counted any more", "esc close", (*Pane).close, "esc"),
}

func (p *Pane) move(key string) tea.Cmd {
	_, body, _ := p.parts()
	page, all := max(body-1, 1), len(p.listing.Lines)
	const sideways = 8
	switch key {
	case "left", "h":
		p.aside = max(p.aside-sideways, 0)
	case "right", "l":
		widest := 0
		for _, t := range p.texts {
			widest = max(widest, ansi.StringWidth(t))
		}
		p.aside = max(min(p.aside+sideways, widest-sideways), 0)
	default:
		p.scroll(map[string]int{
			"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -page, "pgdown": page, "home": -all, "g": -all, "end": all, "G": all,
		}[key])
	}
	return nil
}

// other opens the previous or the next probe.
func (p *Pane) other(key string) tea.Cmd {
	n := len(p.groups)
	if n == 0 {
		return nil
	}
	step := 1
	if key == "[" {
		step = n - 1
	}
	next := p.groups[(max(slices.Index(p.groups, p.group), 0)+step)%n]
	return func() tea.Msg { return pane.Open{Pane: "source", Probe: next} }
}

func (p *Pane) edit(string) tea.Cmd {
	if p.group == "" {
		return nil
	}
	line := ":edit " + p.group
	return func() tea.Msg { return pane.Do{Line: line} }
}

func (p *Pane) clear(string) tea.Cmd {
	if n := len(p.past); n > 0 {
		p.base = p.past[n-1].counts
	}
	return nil
}

// close leaves the screen to the other panes.
func (p *Pane) close(string) tea.Cmd {
	*p = Pane{theme: p.theme, w: p.w, h: p.h, groups: p.groups, paused: p.paused}
	return func() tea.Msg { return pane.Open{Pane: "probes"} }
}
