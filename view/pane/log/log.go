// Package log is the pane of log lines: it follows the newest, or holds still while one reads, filters, searches, or looks at all that a
// line was made of.
package log

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/session/harmless"
	"go3s/session/record"
	"go3s/view/pane"
	"go3s/view/theme"
)

// Fetch reads at most n records of the session's log from sequence number seq on, or from the first one it still holds. It returns
// the sequence number of the first record. The pane calls it from commands only, never from the program's goroutine.
type Fetch func(seq uint64, n int) (at uint64, records []record.Record)

// Pane shows a part of the session's log. The log stays in the session; the pane knows its bounds, keeps the records
// around what it shows, and fetches others when it comes to them. So holding loses nothing that the session still has.
type Pane struct {
	theme       *theme.Theme
	fetch       Fetch
	w, h        int
	first, next uint64 // the sequence numbers that there are for the pane: [first, next)
	begin       uint64 // of the session's log
	cleared     uint64 // lines before it are not shown
	held        bool
	top         spot   // held: the first row shown
	cursor      uint64 // held: the sequence number of the selected line
	left        int    // cells of the text scrolled out at the left
	wrap        bool
	clock       clock
	shelf       shelf
	waiting     bool // a fetch is under way
	asked       spot // the top of the screen it was made for
	sieve       *sieve
	search      search
	mode        mode
	field       pane.Field // what is typed
	before      criteria   // what was filtered by before typing began
	choice      int        // the selected row of the list of probes
	scrolled    int        // lines of the detail scrolled out at the top
	probes      []probe    // in order of their names
	since       time.Time  // when the session began
	note        string     // what the last key came to, if it needs saying
	focus       bool
	paused      bool
	latest      *pane.Tail // paused: the newest tail, for later
}

// probe is what the pane knows of a probe that lines come from.
type probe struct {
	name, shown string
	width       int // of shown, in cells
	hook        string
}

// mode is what keys do at present.
type mode uint8

const (
	reading   mode = iota
	filtering      // the filter is typed
	searching      // what is searched for is typed
	choosing       // probes are chosen from a list
	detail         // all of one record is shown
)

// New is an empty log pane that reads older records by fetch.
func New(t *theme.Theme, fetch Fetch) *Pane {
	return &Pane{theme: t, fetch: fetch, shelf: shelf{}, search: search{newest: new(atomic.Uint64)}}
}

// SetSize says how much room the pane has.
func (p *Pane) SetSize(w, h int) { p.w, p.h = w, h }

// Typing reports whether keys are text, or choose from a list.
func (p *Pane) Typing() bool { return p.mode == filtering || p.mode == searching || p.mode == choosing }

// Label is the pane's name, whether it follows or holds, and what it is filtered by.
func (p *Pane) Label() pane.Label {
	l := pane.Label{Name: "log"}
	if p.note != "" {
		l.Note, l.Alert = p.note, true
		return l
	}
	if p.next == p.first && p.sieve == nil {
		return l
	}
	parts := []string{"following"}
	if p.held {
		parts = []string{"held"}
		if n := p.below(); n > 0 {
			parts = append(parts, pane.Count(n)+" waiting")
		}
		parts = append(parts, "f follows")
	}
	l.Alert = p.held
	lines := pane.Plural(p.next-p.first, "line")
	if s := p.sieve; s != nil {
		lines = pane.Count(uint64(len(s.hits))) + " of " + lines
		if done := s.done(p.first, p.next); done < 100 {
			lines += fmt.Sprintf(" · %d%% sifted", done)
		}
	}
	if !p.held || p.sieve != nil {
		parts = append(parts, lines)
	}
	if p.sieve != nil {
		parts = append(parts, p.sieve.criteria.String())
	}
	l.Note = strings.Join(parts, " · ")
	return l
}

// below is the number of lines under the last one shown.
func (p *Pane) below() uint64 {
	rows := p.visible()
	if len(rows) == 0 {
		return p.count()
	}
	return p.behind(rows[len(rows)-1].seq)
}

// Update takes in pane.Tail, pane.Status, pane.Focus, pane.Paused, what its own commands bring, keys and the mouse.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pane.Tail:
		if p.paused {
			p.latest = &msg
			return nil
		}
		p.take(msg)
	case pane.Status:
		p.know(msg)
		return nil
	case fetched:
		p.waiting = false
		p.arrive(msg)
		if p.start() == p.asked {
			return p.sift() // what the answer did not bring, the log does not have now
		}
	case sifted:
		p.sifted(msg)
	case found:
		p.found(msg)
	case pane.Focus:
		p.focus = bool(msg)
	case pane.Paused:
		p.paused = bool(msg)
		if !p.paused && p.latest != nil {
			p.take(*p.latest)
			p.latest = nil
		}
	case tea.MouseMsg:
		p.point(msg)
	case tea.KeyMsg:
		return tea.Batch(p.press(msg), p.need())
	}
	return p.need()
}

// need asks for what the pane does not have at hand: lines on the screen, and those that have not been held against the filter.
func (p *Pane) need() tea.Cmd { return tea.Batch(p.want(), p.sift()) }

// take notes the log's new bounds; while it follows all lines, the pane needs no more than the tail.
func (p *Pane) take(t pane.Tail) {
	p.begin, p.next = t.First, t.Next
	p.first = max(p.begin, min(p.cleared, p.next))
	if !p.held && p.sieve == nil {
		p.keep(t.Next-uint64(len(t.Records)), t.Records)
	}
	if p.sieve != nil {
		p.sieve.forget(p.oldest())
	}
}

// oldest is the sequence number before which nothing is shown.
func (p *Pane) oldest() uint64 {
	if p.held {
		return min(p.first, p.top.seq)
	}
	return p.first
}

// keep puts records on the shelf, and throws away those that are far from what is shown when they have become many.
func (p *Pane) keep(at uint64, records []record.Record) {
	for i := range records {
		p.meet(records[i].Probe)
	}
	p.shelf.put(at, records)
	if len(p.shelf) > shelfSize {
		p.shelf.prune(p.near(shelfSize / 4))
	}
}

// meet notes the name of a probe, and returns what is known of it.
func (p *Pane) meet(name string) *probe {
	i, known := find(p.probes, name)
	if !known {
		shown := harmless.Text(name)
		p.probes = append(p.probes[:i:i], append([]probe{{name: name, shown: shown, width: ansi.StringWidth(shown)}}, p.probes[i:]...)...)
	}
	return &p.probes[i]
}

// know notes the hooks of the probes.
func (p *Pane) know(s pane.Status) {
	p.since = s.Totals.Since
	for i := range s.Probes {
		p.meet(s.Probes[i].Name).hook = s.Probes[i].Hook.String()
	}
}

// arrive puts fetched records on the shelf. When the log no longer has what was asked for, the pane moves on to the oldest it has.
func (p *Pane) arrive(m fetched) {
	for _, run := range m {
		p.keep(run.at, run.records)
	}
	if p.held && len(m) > 0 && m[0].at > p.top.seq && !p.shelf.has(p.top.seq) {
		p.top = spot{seq: p.align(m[0].at)}
		p.cursor = max(p.cursor, p.top.seq)
	}
}
