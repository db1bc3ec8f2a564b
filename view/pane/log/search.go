package log

import (
	"regexp"
	"sync/atomic"

	tea "github.com/charmbracelet/bubbletea"
)

// search is what is searched for.
type search struct {
	re     *regexp.Regexp // nil for nothing
	under  bool           // a search is under way
	newest *atomic.Uint64 // the number of the last search begun; those before it give up
}

// found is what a search came to.
type found struct {
	number uint64
	seq    uint64
	ok     bool
	older  bool
}

// seek searches for the next line that matches, from the selected one on: the older or the newer ones, and the selected one too if it is
// with. It runs beside the program's goroutine, in chunks.
func (p *Pane) seek(older, with bool) tea.Cmd {
	if p.search.re == nil || p.fetch == nil {
		p.note = `nothing to search for; \ searches`
		return nil
	}
	from, _ := p.previous(p.next)
	if p.held {
		from = p.cursor
	}
	lo, hi := p.first, from
	if !older {
		lo, hi = from+1, p.next
	}
	if with {
		hi = min(from+1, p.next)
	}
	p.search.under = true
	number, newest := p.search.newest.Add(1), p.search.newest
	wanted, filter, fetch := criteria{re: p.search.re}, p.criteria(), p.fetch
	return func() tea.Msg {
		m := found{number: number, older: older}
		for lo < hi && newest.Load() == number {
			a, b := lo, min(lo+chunk, hi)
			if older {
				a, b = hi-min(hi-lo, chunk), hi
			}
			if m.seq, m.ok = seekIn(fetch, a, b, older, wanted, filter); m.ok {
				break
			}
			if older {
				hi = a
			} else {
				lo = b
			}
		}
		return m
	}
}

// seekIn is the first line, or the last, in [a, b) that meets both criteria.
func seekIn(fetch Fetch, a, b uint64, last bool, wanted, filter criteria) (seq uint64, ok bool) {
	at, records := fetch(a, int(b-a))
	for i := range records {
		k := i
		if last {
			k = len(records) - 1 - i
		}
		if s := at + uint64(k); s < b && wanted.match(&records[k]) && filter.match(&records[k]) {
			return s, true
		}
	}
	return 0, false
}

// found selects what was found.
func (p *Pane) found(m found) {
	if m.number != p.search.newest.Load() {
		return
	}
	p.search.under = false
	switch {
	case m.ok:
		p.choose(m.seq)
	case m.older:
		p.note = "no older line has /" + written(p.search.re) + "/"
	default:
		p.note = "no newer line has /" + written(p.search.re) + "/"
	}
}
