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
}

// New is a status line that knows nothing yet.
func New(t *theme.Theme) *Pane { return &Pane{theme: t} }

// SetSize says how much room the line has.
func (p *Pane) SetSize(w, h int) { p.w, p.h = w, h }

// Label is empty: the line has no frame.
func (p *Pane) Label() pane.Label { return pane.Label{} }

// Keys are none.
func (p *Pane) Keys() []pane.Key { return nil }

// Update takes in pane.Status, sheet.News for its error, and pane.Paused.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pane.Status:
		p.measure(msg)
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
	rank        int // what is least important is shortened first, and left out first, when there is no room
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
	parts := make([]string, len(items))
	for i, it := range items {
		parts[i] = it.ink.Text(it.long)
	}
	return pane.Fit(" "+strings.Join(parts, p.theme.Dim.Text(" │ ")), p.w)
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
	var attached, failed uint64
	for _, pr := range p.now.Probes {
		switch pr.State {
		case session.Attached:
			attached++
		case session.Failed:
			failed++
		}
	}
	var items []item
	add := func(rank int, ink theme.Ink, long, short string) {
		items = append(items, item{long, short, ink, rank})
	}
	if p.paused {
		add(9, t.Warn, "PAUSED", "PAUSED")
	}
	mark, ink := "● ", t.Good
	if attached == 0 {
		mark, ink = "○ ", t.Dim
	}
	add(7, ink, mark+pane.Plural(attached, "probe"), fmt.Sprintf("%s%d", mark, attached))
	if failed > 0 {
		add(8, t.Warn, fmt.Sprintf("▲ %d failed", failed), fmt.Sprintf("▲%d failed", failed))
	}
	total := p.now.Totals
	add(4, theme.Ink{}, pane.Plural(total.Events, "event"), pane.Short(total.Events)+" ev")
	rate, short := "–", "–"
	if p.rated {
		rate, short = pane.Rate(p.rate), pane.Short(uint64(p.rate))
	}
	add(6, t.Strong, rate+"/s", short+"/s")
	items = append(items, p.losses(total.Stats)...)
	if p.err != nil {
		add(5, t.Warn, "▲ "+session.Escape(p.err.Error()), "▲ map not read")
	}
	if !total.Since.IsZero() {
		e := elapsed(p.now.Time.Sub(total.Since))
		add(2, t.Head, e, e)
	}
	return items
}

// losses are what the session could not count, log or store. Loss of records is told even when there is none; the rarer
// kinds only when they happen.
func (p *Pane) losses(s session.Stats) []item {
	t := p.theme
	lost := item{"lost 0", "lost 0", t.Head, 5}
	if s.Lost > 0 {
		lost = item{"▲ lost " + pane.Count(s.Lost), "▲" + pane.Short(s.Lost) + " lost", t.Warn, 10}
	}
	items := []item{lost}
	for _, k := range []struct {
		n    uint64
		name string
	}{{s.Missed, "missed"}, {s.MapFull, "map full"}, {s.Fault, "faults"}, {s.Skipped, "skipped"}} {
		if k.n > 0 {
			items = append(items, item{"▲ " + k.name + " " + pane.Count(k.n), "▲" + pane.Short(k.n) + " " + k.name, t.Warn, 3})
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
