package log

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"go3s/session/harmless"
	"go3s/session/record"

	tea "github.com/charmbracelet/bubbletea"
)

// chunk is the number of records that are held against a filter at a time, so that the newest are shown at once and a filter that has been
// changed meanwhile costs little.
const chunk = 4096

// criteria are what a line must be to be shown.
type criteria struct {
	only map[string]bool // the probes; nil for all
	re   *regexp.Regexp  // found in the text as it is shown; nil for any
}

// none reports that all lines are shown.
func (c criteria) none() bool { return c.only == nil && c.re == nil }

func (c criteria) match(r *record.Record) bool {
	return (c.only == nil || c.only[r.Probe]) && (c.re == nil || c.re.MatchString(text(r)))
}

// String is the criteria in few words.
func (c criteria) String() string {
	var parts []string
	if c.only != nil {
		names := slices.Sorted(maps.Keys(c.only))
		if len(names) > 2 || len(names) == 0 {
			parts = append(parts, fmt.Sprintf("%d probes", len(names)))
		} else {
			parts = append(parts, harmless.Text(strings.Join(names, ", ")))
		}
	}
	if c.re != nil {
		parts = append(parts, "/"+harmless.Text(written(c.re))+"/")
	}
	return strings.Join(parts, " ")
}

// foldCase is put before patterns without upper-case letters: they match any.
const foldCase = "(?i)"

// compile makes a pattern of what was typed; nothing typed is nil.
func compile(text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	pattern := text
	if !strings.ContainsFunc(text, unicode.IsUpper) {
		pattern = foldCase + text
	}
	re, err := regexp.Compile(pattern)
	if bad, ok := errors.AsType[*syntax.Error](err); ok {
		return nil, fmt.Errorf("/%s/: %s", harmless.Text(text), bad.Code)
	}
	return re, err
}

// written is what was typed for a pattern.
func written(re *regexp.Regexp) string {
	if re == nil {
		return ""
	}
	return strings.TrimPrefix(re.String(), foldCase)
}

// sieve is a filter and what it has let through. The records in [lo, hi) have been held against it.
type sieve struct {
	criteria
	hits   []uint64 // ascending
	lo, hi uint64
	busy   bool // a chunk is under way
}

// sifted are the records of a chunk [from, to) that a sieve lets through, the last of them as they are.
type sifted struct {
	sieve    *sieve
	from, to uint64
	hits     []uint64
	last     []run
}

func (s *sieve) index(n uint64) int { return index(s.hits, n) }

// forget drops what lies before seq.
func (s *sieve) forget(seq uint64) { s.hits = s.hits[s.index(seq):] }

// done is the part of [first, next) that has been sifted, in per cent.
func (s *sieve) done(first, next uint64) int {
	lo, hi := max(s.lo, first), min(s.hi, next)
	if next == first {
		return 100
	}
	if hi <= lo {
		return 0
	}
	return int((hi - lo) * 100 / (next - first))
}

// filter shows only lines that meet the criteria; those without any show all. The selected line stays selected if it is among them.
func (p *Pane) filter(c criteria) {
	p.sieve = nil
	if c.none() {
		if p.held {
			p.show(max(p.body()/2, 1))
		}
		return
	}
	p.sieve = &sieve{criteria: c, lo: p.next, hi: p.next}
}

// criteria are the present ones.
func (p *Pane) criteria() criteria {
	if p.sieve == nil {
		return criteria{}
	}
	return p.sieve.criteria
}

// sift has the next chunk held against the filter, beside the program's goroutine: what is new goes first, then what is older.
func (p *Pane) sift() tea.Cmd {
	s := p.sieve
	if s == nil || s.busy || p.fetch == nil || p.paused && s.lo <= p.first {
		return nil
	}
	s.lo, s.hi = max(s.lo, p.first), max(s.hi, p.first)
	from, to := s.hi, min(s.hi+chunk, p.next)
	if s.hi >= p.next {
		from, to = s.lo-min(s.lo-p.first, chunk), s.lo
	}
	if from >= to {
		return nil
	}
	s.busy = true
	fetch, c := p.fetch, s.criteria
	return func() tea.Msg {
		m := sifted{sieve: s, from: from, to: to}
		at, records := fetch(from, int(to-from))
		for i := range records {
			if seq := at + uint64(i); seq < to && c.match(&records[i]) {
				m.hits = append(m.hits, seq)
			}
		}
		for _, seq := range m.hits[max(len(m.hits)-sample, 0):] {
			m.last = append(m.last, run{seq, []record.Record{records[seq-at]}})
		}
		return m
	}
}

// sample is the number of records that come with a chunk, so that the screen need not fetch them.
const sample = 100

// sifted takes in a chunk, unless the filter has been changed meanwhile.
func (p *Pane) sifted(m sifted) {
	s := p.sieve
	m.sieve.busy = false
	if s != m.sieve {
		return
	}
	if m.from >= s.hi {
		s.hi = m.to
		s.hits = append(s.hits, m.hits...)
	} else {
		s.lo = m.from
		s.hits = append(m.hits, s.hits...)
	}
	s.forget(p.oldest())
	if !p.held {
		for _, r := range m.last {
			p.keep(r.at, r.records)
		}
	}
}
