package log

import (
	"slices"
	"strings"

	"go3s/session/record"

	tea "github.com/charmbracelet/bubbletea"
)

// shelfSize is the number of records the pane keeps at hand.
const shelfSize = 4096

// shelf is the records at hand, by sequence number.
type shelf map[uint64]*record.Record

func (s shelf) has(seq uint64) bool { return s[seq] != nil }

// put adds records that start at sequence number at.
func (s shelf) put(at uint64, records []record.Record) {
	for i := range records {
		s[at+uint64(i)] = &records[i]
	}
}

// prune throws away all records but those of keep.
func (s shelf) prune(keep []uint64) {
	for seq := range s {
		if _, kept := slices.BinarySearch(keep, seq); !kept {
			delete(s, seq)
		}
	}
}

// fetched are runs of records as they came from the log.
type fetched []run

// run is records that follow each other, with the sequence number of the first.
type run struct {
	at      uint64
	records []record.Record
}

// want asks for the lines on screen that are not at hand, with some around them.
func (p *Pane) want() tea.Cmd {
	if p.waiting || p.fetch == nil || p.body() <= 0 {
		return nil
	}
	missing := slices.ContainsFunc(p.visible(), func(s spot) bool { return !p.shelf.has(s.seq) && s.seq >= p.first })
	if !missing {
		return nil
	}
	p.waiting, p.asked = true, p.start()
	seqs, fetch := p.near(2*p.body()), p.fetch
	return func() tea.Msg { return fetchRuns(fetch, seqs) }
}

// fetchRuns fetches records, of which those that follow each other are read at once.
func fetchRuns(fetch Fetch, seqs []uint64) fetched {
	var out fetched
	for len(seqs) > 0 {
		n := 1
		for n < len(seqs) && seqs[n] == seqs[0]+uint64(n) {
			n++
		}
		at, records := fetch(seqs[0], n)
		if len(out) == 0 || at <= seqs[n-1] { // else the log has dropped them all; where it begins now is told once
			out = append(out, run{at, records})
		}
		seqs = seqs[n:]
	}
	return out
}

// find is the place of a probe's name in a list ordered by names.
func find(probes []probe, name string) (int, bool) {
	return slices.BinarySearchFunc(probes, name, func(p probe, name string) int { return strings.Compare(p.name, name) })
}
