// Package status is the line that says how the session as a whole is doing.
package status

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
	"go3s/view/sheet"
	"go3s/view/theme"
)

// window is how far back the rate looks.
const window = time.Second

// Pane is the status line. It is one line high and takes no keys.
type Pane struct {
	theme  *theme.Theme
	w, h   int
	now    pane.Status
	past   []pane.Status // the moments within the window, oldest first
	rate   float64
	rated  bool
	paused bool
	err    error

	machine pane.Machine
	share   float64 // percent of the machine's CPU that the probes take
	costs   bool    // share is known
}

// New is a status line that knows nothing yet.
func New(t *theme.Theme) *Pane { return &Pane{theme: t} }

// SetSize says how much room the line has.
func (p *Pane) SetSize(w, h int) { p.w, p.h = w, h }

// Label is empty: the line has no frame.
func (p *Pane) Label() pane.Label { return pane.Label{} }

// Keys are none.
func (p *Pane) Keys() []pane.Key { return nil }

// Update takes in pane.Status, pane.Machine, pane.Costs, sheet.News for its error, and pane.Paused.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pane.Status:
		p.measure(msg)
	case pane.Machine:
		p.machine = msg
	case pane.Costs:
		p.costs, p.share = msg.Err == nil && p.machine.CPUs > 0, 0
		for _, c := range msg.Costs {
			p.share += 100 * c.Share() / float64(max(p.machine.CPUs, 1))
		}
	case sheet.News:
		p.err = msg.Err
	case pane.Paused:
		p.paused = bool(msg)
	}
	return nil
}

// measure takes the rate between now and the oldest moment of the window.
func (p *Pane) measure(now pane.Status) {
	p.now = now
	p.past = append(p.past, now)
	for len(p.past) > 2 && now.Time.Sub(p.past[1].Time) >= window {
		p.past = p.past[1:]
	}
	then := p.past[0]
	if dt := now.Time.Sub(then.Time); dt > 0 && now.Totals.Events >= then.Totals.Events {
		p.rate = float64(now.Totals.Events-then.Totals.Events) / dt.Seconds()
		p.rated = true
	}
}

// item is one thing the line says, in a long and a short form.
type item struct {
	long, short string
	ink         theme.Ink
	right       bool // it stands at the right edge
	rank        int  // what is least important is shortened first, and left out first, when there is no room
}

// View is the line. Where not all of it fits, items are shortened one by one, and then left out, the least important first.
func (p *Pane) View() string {
	if p.h < 1 || p.w < 1 {
		return ""
	}
	items := p.items()
	for width(items) > p.w-2 && shorten(items) {
	}
	for width(items) > p.w-2 && len(items) > 1 {
		items = slices.Delete(items, least(items), least(items)+1)
	}
	var sides [2][]string
	for _, it := range items {
		side := 0
		if it.right {
			side = 1
		}
		sides[side] = append(sides[side], it.ink.Text(it.long))
	}
	bar := p.theme.Dim.Text(" │ ")
	line, end := " "+strings.Join(sides[0], bar), strings.Join(sides[1], bar)
	if end != "" {
		if ansi.StringWidth(line)+ansi.StringWidth(end) > p.w-8 {
			line += bar
		}
		line += pane.Blank(p.w-1-ansi.StringWidth(line)-ansi.StringWidth(end)) + end
	}
	return pane.Fit(line, p.w)
}

func width(items []item) int {
	w := 3 * (len(items) - 1)
	for _, it := range items {
		w += ansi.StringWidth(it.long)
	}
	return w
}

// shorten gives the least important item that is still long its short form.
func shorten(items []item) bool {
	at := -1
	for i, it := range items {
		if it.long != it.short && (at < 0 || it.rank < items[at].rank) {
			at = i
		}
	}
	if at < 0 {
		return false
	}
	items[at].long = items[at].short
	return true
}

func least(items []item) int {
	at := 0
	for i := range items {
		if items[i].rank < items[at].rank {
			at = i
		}
	}
	return at
}

func (p *Pane) items() []item {
	t := p.theme
	var items []item
	add := func(rank int, ink theme.Ink, long, short string) {
		items = append(items, item{long: long, short: short, ink: ink, rank: rank})
	}
	if p.paused {
		add(9, t.Warn, "PAUSED", "PAUSED")
	}
	items = append(items, p.states()...)
	total := p.now.Totals
	add(4, theme.Ink{}, pane.Plural(total.Events, "event"), pane.Short(total.Events)+" ev")
	rate, short := "–", "–"
	if p.rated {
		rate, short = pane.Rate(p.rate), pane.Short(uint64(p.rate))
	}
	add(6, t.Strong, rate+"/s", short+"/s")
	items = append(items, p.losses(total.Stats)...)
	if p.err != nil {
		add(5, t.Warn, "▲ "+harmless.Text(p.err.Error()), "▲ map not read")
	}
	items = append(items, p.cost()...)
	right := func(rank int, long, short string) {
		items = append(items, item{long: long, short: short, ink: t.Head, right: true, rank: rank})
	}
	if m := p.machine; m.Host != "" {
		host := harmless.Text(m.Host)
		right(1, host+" · "+harmless.Text(m.Kernel), host)
	}
	if !total.Since.IsZero() {
		e := elapsed(p.now.Time.Sub(total.Since))
		right(2, e, e)
	}
	return items
}

// states are how many probes are attached, suspended and failed.
func (p *Pane) states() []item {
	t := p.theme
	var attached, sampled, suspended, failed uint64
	for _, pr := range p.now.Probes {
		switch pr.State {
		case session.Attached:
			attached++
			if pr.Factor > 1 {
				sampled++
			}
		case session.Suspended:
			suspended++
		case session.Failed:
			failed++
		}
	}
	mark, ink := "● ", t.Good
	if attached == 0 {
		mark, ink = "○ ", t.Dim
	}
	items := []item{{long: mark + pane.Plural(attached, "probe"), short: fmt.Sprintf("%s%d", mark, attached), ink: ink, rank: 7}}
	if sampled > 0 {
		items = append(items, item{long: fmt.Sprintf("▲ %d sampled", sampled), short: fmt.Sprintf("▲%d sampled", sampled), ink: t.Warn, rank: 8})
	}
	if suspended > 0 {
		items = append(items, item{long: fmt.Sprintf("◌ %d suspended", suspended), short: fmt.Sprintf("◌ %d", suspended), ink: t.Warn, rank: 6})
	}
	if failed > 0 {
		items = append(items, item{long: fmt.Sprintf("▲ %d failed", failed), short: fmt.Sprintf("▲%d failed", failed), ink: t.Warn, rank: 8})
	}
	return items
}

// cost is how much of the budget the probes use.
func (p *Pane) cost() []item {
	if !p.costs {
		return nil
	}
	used := percent(p.share)
	it := item{long: "cpu " + used, short: used, ink: theme.Ink{}, rank: 5}
	if b := p.now.Budget; b > 0 {
		it.long = fmt.Sprintf("cpu %s of %g%%", used, b)
		it.short = fmt.Sprintf("%s/%g%%", used, b)
		if p.share > b {
			it.long, it.short, it.ink, it.rank = "▲ "+it.long, "▲"+it.short, p.theme.Warn, 9
		}
	}
	return []item{it}
}

// percent is a share with two digits that mean something.
func percent(v float64) string {
	switch {
	case v == 0:
		return "0%"
	case v < 0.01:
		return "<0.01%"
	case v < 1:
		return fmt.Sprintf("%.2f%%", v)
	case v < 10:
		return fmt.Sprintf("%.1f%%", v)
	}
	return fmt.Sprintf("%.0f%%", v)
}

// losses are what the session could not count, log or store. Loss of records is told even when there is none; the rarer
// kinds only when they happen.
func (p *Pane) losses(s session.Stats) []item {
	t := p.theme
	lost := item{long: "lost 0", short: "lost 0", ink: t.Head, rank: 5}
	if s.Lost > 0 {
		lost = item{long: "▲ lost " + pane.Count(s.Lost), short: "▲" + pane.Short(s.Lost) + " lost", ink: t.Warn, rank: 10}
	}
	items := []item{lost}
	for _, k := range []struct {
		n    uint64
		name string
	}{{s.Missed, "missed"}, {s.MapFull, "map full"}, {s.Fault, "faults"}, {s.Cut, "cut"}, {s.Read, "unread"}, {s.Skipped, "skipped"}, {s.Sampled, "sampled out"}, {s.Quiet, "passed over"}} {
		if k.n > 0 {
			items = append(items, item{long: "▲ " + k.name + " " + pane.Count(k.n), short: "▲" + pane.Short(k.n) + " " + k.name, ink: t.Warn, rank: 3})
		}
	}
	return items
}

// elapsed is a duration as a clock shows it: 00:01:23, with days in front when there are any.
func elapsed(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	clock := fmt.Sprintf("%02d:%02d:%02d", s/3600%24, s/60%60, s%60)
	if days := s / 86400; days > 0 {
		return fmt.Sprintf("%dd %s", days, clock)
	}
	return clock
}
