package view

import (
	"context"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session"
	"go3s/session/record"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
)

const (
	tick        = 100 * time.Millisecond // between two pieces of news
	statusEvery = 2                      // ticks
	costsEvery  = 2 * time.Second
	costsOver   = 40 * time.Millisecond // the kernel's statistics are on for that long
	tail        = 128                   // records that go with the news that the log has grown; a pane fetches others
)

// source is what the view needs of a session.
type source interface {
	Probes() []session.Probe
	Maps() []table.Map
	Read(name string) (table.Table, error)
	Contents(name string) (*table.Contents, error)
	Unit(name string) string
	Value(setting string) string
	Totals() session.Totals
	Cost(ctx context.Context, window time.Duration) ([]session.Cost, error)
	lister
}

// records is what the view needs of a session's log.
type records interface {
	Len() (first, next uint64)
	Since(seq uint64, max int) []record.Record
}

// feed reads the session and sends what has changed, ten times a second at most: then all that is new goes as one message. Maps are read
// on goroutines of their own, so that one with a million keys does not hold up the others, nor the log.
type feed struct {
	source source
	log    records
	send   func(tea.Msg)
	held   atomic.Bool // maps are not read
	costs  atomic.Bool // what the probes cost is to be measured
	unseen atomic.Bool // the terminal is not looked at
	shelf  shelf
	post   chan tea.Msg           // news that wait for the next tick
	urgent chan struct{}          // somebody waits for news: a key was pressed
	listed atomic.Pointer[string] // the probe whose lines are shown
	relist chan struct{}          // listed is another one
	ctx    context.Context
	end    context.CancelFunc
	wait   sync.WaitGroup
}

// news are messages that come at once.
type news []tea.Msg

// fault is a panic in the feed.
type fault struct{ err error }

func newFeed(s source, l records) *feed {
	ctx, end := context.WithCancel(context.Background())
	f := &feed{source: s, log: l, post: make(chan tea.Msg), urgent: make(chan struct{}, 1), relist: make(chan struct{}, 1), ctx: ctx, end: end}
	f.shelf.feed = f
	return f
}

// start begins to send, which may block until stop.
func (f *feed) start(send func(tea.Msg)) {
	f.send = send
	f.run(f.tell)
	f.run(f.lines)
	f.run(func() { f.every(costsEvery, f.measure) })
}

// stop ends all goroutines and waits for them. What start was given must not block any more.
func (f *feed) stop() {
	f.end()
	f.wait.Wait()
}

// pause says whether reading the maps is of use.
func (f *feed) pause(on bool) { f.held.Store(on) }

// cost says whether what the probes cost is to be measured.
func (f *feed) cost(on bool) { f.costs.Store(on) }

// slow says whether nobody looks at the terminal, so that once a second is enough.
func (f *feed) slow(on bool) { f.unseen.Store(on) }

// want says what a pane shows of the maps. What is known of it comes at once.
func (f *feed) want(w sheet.Want) { f.shelf.want(w) }

// run does something beside the program until stop. A panic becomes a message.
func (f *feed) run(do func()) {
	f.wait.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				f.send(fault{fmt.Errorf("panic while reading the session: %v\n%s", r, debug.Stack())})
			}
		}()
		do()
	})
}

// every calls look now and then once each period, until stop. Calls that take longer than that are not made up for.
func (f *feed) every(period time.Duration, look func()) {
	t := time.NewTicker(period)
	defer t.Stop()
	for {
		look()
		select {
		case <-f.ctx.Done():
			return
		case <-t.C:
		}
	}
}

// tell sends what is new once a tick: how the session is doing, the end of the log, and what the others have posted.
func (f *feed) tell() {
	log, status := f.newTailer(), f.newTeller()
	var all news
	look := func(n int) {
		if f.unseen.Load() && n%int(time.Second/tick) != 0 {
			return
		}
		all = log(all)
		if n%statusEvery == 0 {
			all = status(all)
		}
		all = f.flush(append(all, f.shelf.news()...))
	}
	look(0)
	t := time.NewTicker(tick)
	defer t.Stop()
	for n := 1; ; {
		select {
		case <-f.ctx.Done():
			return
		case <-t.C:
			look(n)
			n++
		case m := <-f.post:
			all = append(all, m)
		case <-f.urgent:
			all = f.flush(append(all, f.shelf.news()...))
		}
	}
}

// flush sends all news as one message, and returns none.
func (f *feed) flush(all news) news {
	if len(all) > 0 {
		f.send(all)
	}
	return nil
}

// newTailer adds the end of the log to the news when the log has changed.
func (f *feed) newTailer() func(news) news {
	var first, next uint64
	return func(all news) news {
		a, b := f.log.Len()
		if a == first && b == next {
			return all
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
		return append(all, pane.Tail{First: a, Next: end, Records: recs})
	}
}

// newTeller adds how the session is doing to the news when that has changed, and once a second for the clock. As long as probes run the
// maps are read.
func (f *feed) newTeller() func(news) news {
	var last pane.Status
	return func(all news) news {
		now := pane.Status{Time: time.Now(), Probes: f.source.Probes(), Totals: f.source.Totals(), Budget: f.budget()}
		f.shelf.look(f.source.Maps(), now.Totals.Events)
		if now.Totals == last.Totals && now.Budget == last.Budget && now.Time.Sub(last.Time) < time.Second && sameStates(now.Probes, last.Probes) {
			return all
		}
		last = now
		return append(all, now)
	}
}

// budget is the setting, in percent of the machine's CPU; 0 for none.
func (f *feed) budget() float64 {
	percent, err := strconv.ParseFloat(strings.TrimSuffix(f.source.Value("budget"), "%"), 64)
	if err != nil {
		return 0 // off
	}
	return percent
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
	select {
	case f.post <- pane.Costs{Costs: costs, Err: err}:
	case <-f.ctx.Done():
	}
}

// page reads at most n records from sequence number seq on, or from the first the log still has, and says which it is: the log
// drops old records meanwhile, so what was read is only trusted if seq is still there afterwards.
func (f *feed) page(seq uint64, n int) (at uint64, recs []record.Record) {
	for {
		recs = f.log.Since(seq, n)
		first, _ := f.log.Len()
		if first <= seq {
			return seq, recs
		}
		seq = first
	}
}
