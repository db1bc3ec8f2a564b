// Package log is the pane of log lines: it follows the newest, or holds still while one reads.
package log

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/view/pane"
	"go3s/view/theme"
)

// Fetch reads at most n records of the session's log from sequence number seq on, or from the first one it still holds. It returns
// the sequence number of the first record. The pane calls it from commands only, never from the program's goroutine.
type Fetch func(seq uint64, n int) (at uint64, records []session.Record)

// Page is the answer to a Fetch.
type Page struct {
	At      uint64
	Records []session.Record
}

// Pane shows a part of the session's log. The log stays in the session; the pane knows its bounds, keeps the records
// around what it shows, and fetches others when it comes to them. So holding loses nothing that the session still has.
type Pane struct {
	theme       *theme.Theme
	fetch       Fetch
	w, h        int
	first, next uint64 // the sequence numbers in the log: [first, next)
	held        bool
	top         uint64 // held: the sequence number of the first line shown
	left        int    // cells of the text scrolled out at the left
	page        page
	waiting     bool   // a fetch is under way
	asked       uint64 // the start of the screen it was made for
	names       int    // the widest probe name so far, in cells
	focus       bool
	paused      bool
	latest      *pane.Tail // paused: the newest tail, for later
}

// New is an empty log pane that reads older records by fetch.
func New(t *theme.Theme, fetch Fetch) *Pane { return &Pane{theme: t, fetch: fetch} }

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) { p.w, p.h = w, h }

// Label is the pane's name, and whether it follows or holds.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: "log"}
	switch {
	case p.next == 0:
	case p.held && p.below() > 0:
		l.Note, l.Alert = fmt.Sprintf("held · %s below · f follows", pane.Count(p.below())), true
	case p.held:
		l.Note, l.Alert = "held · f follows", true
	default:
		l.Note = "following · " + pane.Plural(p.next, "line")
	}
	return l
}

// below is the number of lines under the last one shown.
func (p *Pane) below() uint64 {
	if end := p.start() + uint64(max(p.h, 0)); end < p.next {
		return p.next - end
	}
	return 0
}

// Update takes in pane.Tail, Page, pane.Focus, pane.Paused and keys.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pane.Tail:
		if p.paused {
			p.latest = &msg
			return nil
		}
		p.take(msg)
	case Page:
		p.waiting = false
		p.arrive(msg)
		if p.start() == p.asked {
			return nil // what the answer did not bring, the log does not have now
		}
	case pane.Focus:
		p.focus = bool(msg)
	case pane.Paused:
		p.paused = bool(msg)
		if !p.paused && p.latest != nil {
			p.take(*p.latest)
			p.latest = nil
		}
	case tea.KeyMsg:
		cmd, _ := keys.Press(p, msg)
		return tea.Batch(cmd, p.want())
	}
	return p.want()
}

// take notes the log's new bounds; while it follows, the pane needs no more than the tail.
func (p *Pane) take(t pane.Tail) {
	p.first, p.next = t.First, t.Next
	at := t.Next - uint64(len(t.Records))
	p.see(t.Records)
	if !p.held {
		p.page.join(at, t.Records, keep)
	}
}

// arrive puts a fetched page in the place of what was kept. When the log no longer has what was asked for, the pane moves on to
// the oldest it has.
func (p *Pane) arrive(m Page) {
	p.see(m.Records)
	p.page.join(m.At, m.Records, keep)
	if p.held && m.At > p.top && !p.page.has(p.top) {
		p.top = m.At
	}
}

func (p *Pane) see(records []session.Record) {
	for i := range records {
		p.names = max(p.names, ansi.StringWidth(session.Escape(records[i].Probe)))
	}
}

// start is the sequence number of the first line shown.
func (p *Pane) start() uint64 {
	if p.held {
		return p.top
	}
	return p.lowestFollowing()
}

// lowestFollowing is where the last screenful starts.
func (p *Pane) lowestFollowing() uint64 {
	if h := uint64(max(p.h, 0)); p.next-p.first > h {
		return p.next - h
	}
	return p.first
}

// want asks for the lines on screen that are not at hand, with some around them.
func (p *Pane) want() tea.Cmd {
	if p.waiting || p.fetch == nil || p.h <= 0 {
		return nil
	}
	from, to := p.start(), min(p.start()+uint64(p.h), p.next)
	for from < to && p.page.has(from) {
		from++
	}
	if from >= to || to <= p.first {
		return nil
	}
	p.waiting, p.asked = true, p.start()
	margin := uint64(2 * p.h)
	seq := max(p.start(), p.first+margin) - margin
	fetch, n := p.fetch, 5*p.h
	return func() tea.Msg {
		at, records := fetch(seq, n)
		return Page{at, records}
	}
}

// scroll moves the lines by n, down when positive. Up from the newest line holds the pane; coming back to it follows again.
func (p *Pane) scroll(n int) {
	last := p.lowestFollowing()
	top := p.start()
	if n < 0 {
		floor := p.first
		if p.page.has(top) {
			floor = min(floor, p.page.at)
		}
		p.hold(top - min(uint64(-n), top-min(floor, top)))
		return
	}
	if top+uint64(n) >= last {
		p.follow()
		return
	}
	p.hold(max(top+uint64(n), min(p.first, last)))
}

func (p *Pane) hold(top uint64) {
	if !p.held && top >= p.lowestFollowing() {
		return // all lines are on screen
	}
	p.held, p.top = true, top
}

func (p *Pane) follow() { p.held = false }

// Keys are the pane's rows of the key table.
func (p *Pane) Keys() []pane.Key { return keys.Rows() }

var keys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "one line up, down; up holds the log", "↑↓ scroll", (*Pane).lines, "up", "down", "k", "j"),
	pane.Bind("pgup pgdn", "one page up, down", "", (*Pane).pages, "pgup", "pgdown", "ctrl+b", "ctrl+f"),
	pane.Bind("ctrl+u ctrl+d", "half a page up, down", "", (*Pane).halves, "ctrl+u", "ctrl+d"),
	pane.Bind("← →  h l", "scroll long lines sideways", "", (*Pane).sideways, "left", "right", "h", "l"),
	pane.Bind("home g", "oldest line", "", (*Pane).oldest, "home", "g"),
	pane.Bind("end G f", "newest line, follow", "f follow", (*Pane).newest, "end", "G", "f"),
	pane.Bind("space", "hold where it is, follow", "space hold", (*Pane).toggle, " "),
}

func (p *Pane) lines(key string) tea.Cmd {
	if key == "up" || key == "k" {
		p.scroll(-1)
	} else {
		p.scroll(1)
	}
	return nil
}

func (p *Pane) pages(key string) tea.Cmd {
	step := max(p.h-1, 1)
	if key == "pgup" || key == "ctrl+b" {
		step = -step
	}
	p.scroll(step)
	return nil
}

func (p *Pane) halves(key string) tea.Cmd {
	step := max(p.h/2, 1)
	if key == "ctrl+u" {
		step = -step
	}
	p.scroll(step)
	return nil
}

func (p *Pane) sideways(key string) tea.Cmd {
	const step = 8
	if key == "left" || key == "h" {
		p.left = max(p.left-step, 0)
	} else if p.left+p.room() < p.widest() {
		p.left += step
	}
	return nil
}

func (p *Pane) oldest(string) tea.Cmd {
	p.hold(p.first)
	return nil
}

func (p *Pane) newest(string) tea.Cmd {
	p.follow()
	p.left = 0
	return nil
}

func (p *Pane) toggle(string) tea.Cmd {
	if p.held {
		p.follow()
	} else if p.next > 0 {
		p.held, p.top = true, p.lowestFollowing()
	}
	return nil
}
