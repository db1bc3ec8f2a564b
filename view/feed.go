package view

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session"
	"go3s/view/pane"
)

const (
	logEvery    = 100 * time.Millisecond
	tablesEvery = 250 * time.Millisecond
	costsEvery  = 2 * time.Second
	costsOver   = 40 * time.Millisecond // the kernel's statistics are on for that long
	tail        = 128                   // records that go with the news that the log has grown; a pane fetches others
)

// source is what the view needs of a session.
type source interface {
	Probes() []session.Probe
	Maps() []session.Map
	Read(name string) (session.Table, error)
	Totals() session.Totals
	Cost(ctx context.Context, window time.Duration) ([]session.Cost, error)
}

// records is what the view needs of a session's log.
type records interface {
	Len() (first, next uint64)
	Since(seq uint64, max int) []session.Record
}

// feed reads the session and sends what has changed, each kind of news on its own goroutine, so that a map with a million keys does
// not hold up the log.
type feed struct {
	source source
	log    records
	send   func(tea.Msg)
	held   atomic.Bool     // tables are not read
	costs  atomic.Bool     // what the probes cost is to be measured
	unseen atomic.Bool     // the terminal is not looked at
	events atomic.Uint64   // as last told
	ctx    context.Context // ends with stop
	end    context.CancelFunc
	wait   sync.WaitGroup
}

// fault is a panic in the feed.
type fault struct{ err error }

func newFeed(s source, l records) *feed {
	ctx, end := context.WithCancel(context.Background())
	return &feed{source: s, log: l, ctx: ctx, end: end}
}

// start begins to send, which may block until stop.
func (f *feed) start(send func(tea.Msg)) {
	f.send = send
	f.every(logEvery, f.newTailer())
	f.every(tablesEvery, f.newTeller())
	f.every(tablesEvery, f.newReader())
	f.every(costsEvery, f.measure)
}

// stop ends all goroutines and waits for them. What start was given must not block any more.
func (f *feed) stop() {
	f.end()
	f.wait.Wait()
}

// pause says whether reading the tables is of use.
func (f *feed) pause(on bool) { f.held.Store(on) }

// cost says whether what the probes cost is to be measured.
func (f *feed) cost(on bool) { f.costs.Store(on) }

// slow says whether nobody looks at the terminal, so that once a second is enough.
func (f *feed) slow(on bool) { f.unseen.Store(on) }

// every calls look now and then once each period. Calls that take longer than that are not made up for.
func (f *feed) every(period time.Duration, look func()) {
	f.wait.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				f.send(fault{fmt.Errorf("panic while reading the session: %v\n%s", r, debug.Stack())})
			}
		}()
		t := time.NewTicker(period)
		defer t.Stop()
		for n := 0; ; n++ {
			if !f.unseen.Load() || time.Duration(n)*period%time.Second < period {
				look()
			}
			select {
			case <-f.ctx.Done():
				return
			case <-t.C:
			}
		}
	})
}

// newTailer sends the end of the log when the log has changed.
func (f *feed) newTailer() func() {
	var first, next uint64
	return func() {
		a, b := f.log.Len()
		if a == first && b == next {
			return
		}
		from := max(a, next)
		if b-from > tail {
			from = b - tail
		}
		at, recs := f.page(from, tail)
		end := at + uint64(len(recs))
		if end < b { // the log has run away meanwhile; the pane fetches what it shows
			recs, end = nil, b
		}
		first, next = a, end
		f.send(pane.Tail{First: a, Next: end, Records: recs})
	}
}

// newTeller sends how the session is doing when that has changed, and once a second for the clock.
func (f *feed) newTeller() func() {
	var last pane.Status
	return func() {
		now := pane.Status{Time: time.Now(), Probes: f.source.Probes(), Totals: f.source.Totals()}
		f.events.Store(now.Totals.Events)
		if now.Totals == last.Totals && now.Time.Sub(last.Time) < time.Second && sameStates(now.Probes, last.Probes) {
			return
		}
		last = now
		f.send(now)
	}
}

func sameStates(a, b []session.Probe) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].State != b[i].State || a[i].Version != b[i].Version {
			return false
		}
	}
	return true
}

// measure sends what the probes cost.
func (f *feed) measure() {
	if !f.costs.Load() || f.unseen.Load() {
		return
	}
	costs, err := f.source.Cost(f.ctx, costsOver)
	if f.ctx.Err() == nil {
		f.send(pane.Costs{Costs: costs, Err: err})
	}
}

// newReader reads all tables and sends them as long as probes run. A probe counts its run before it counts in maps, so the tables are read
// on for settle rounds after the last run: then they are complete, and rates have come down to zero.
func (f *feed) newReader() func() {
	const settle = int(1250 * time.Millisecond / tablesEvery)
	var events uint64
	var maps int
	quiet := 0
	return func() {
		if f.held.Load() {
			quiet = 0
			return
		}
		list, n := f.source.Maps(), f.events.Load()
		if n == events && len(list) == maps {
			if quiet++; quiet > settle {
				return
			}
		} else {
			quiet = 0
		}
		events, maps = n, len(list)
		f.send(f.tables(list))
	}
}

func (f *feed) tables(list []session.Map) pane.Tables {
	var m pane.Tables
	for _, mp := range list {
		t, err := f.source.Read(mp.Name)
		if err != nil {
			m.Err = err
			continue
		}
		m.Tables = append(m.Tables, t)
	}
	return m
}

// page reads at most n records from sequence number seq on, or from the first the log still has, and says which it is: the log
// drops old records meanwhile, so what was read is only trusted if seq is still there afterwards.
func (f *feed) page(seq uint64, n int) (at uint64, recs []session.Record) {
	for {
		recs = f.log.Since(seq, n)
		first, _ := f.log.Len()
		if first <= seq {
			return seq, recs
		}
		seq = first
	}
}
