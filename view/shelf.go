package view

import (
	"maps"
	"slices"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session/table"
	"go3s/view/sheet"
)

const (
	readEvery = 250 * time.Millisecond // between two readings of a map
	settle    = 1250 * time.Millisecond
	breather  = 10     // after a reading a map is left alone for so many times as long as that took
	heavy     = 50_000 // rows from which on a map that is not shown is forgotten
)

// shelf has the maps that are shown, with a reader for each.
type shelf struct {
	feed *feed

	mu      sync.Mutex
	maps    []table.Map
	changed bool // maps is news
	events  uint64
	stirred time.Time             // when something has happened last
	wants   map[string]sheet.Want // by pane
	readers map[string]*reader    // by map
	ready   []sheet.Sheet         // for the next news
	errs    map[string]error      // by map
}

// look takes in which maps there are and how many events there have been. A probe counts its run before it counts in maps, so the maps
// are read for some time after the last run: then they are complete, and rates have come down to zero.
func (h *shelf) look(list []table.Map, events uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	same := slices.EqualFunc(list, h.maps, func(a, b table.Map) bool { return a.Name == b.Name && a.Kind == b.Kind && a.Key == b.Key })
	if !same {
		h.changed = true
		for name, r := range h.readers {
			if !slices.ContainsFunc(list, func(m table.Map) bool { return m.Name == name }) && name != sheet.Loose {
				close(r.done)
				delete(h.readers, name)
				delete(h.errs, name)
			}
		}
	}
	if !same || events != h.events || h.stirred.IsZero() {
		h.stirred = time.Now()
	}
	h.maps, h.events = list, events
	if !same {
		h.arrange()
	}
}

// stir says that maps may have changed without an event.
func (h *shelf) stir() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stirred = time.Now()
}

// want says what a pane shows.
func (h *shelf) want(w sheet.Want) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wants == nil {
		h.wants, h.readers, h.errs = map[string]sheet.Want{}, map[string]*reader{}, map[string]error{}
	}
	if w.N < h.wants[w.Pane].N {
		return // a later one was faster
	}
	h.wants[w.Pane] = w
	h.arrange()
}

// arrange gives each reader the cuts of its map. The caller holds mu.
func (h *shelf) arrange() {
	cuts := map[string][]sheet.Cut{}
	for _, w := range h.wants {
		for _, c := range w.Cuts {
			cuts[c.Map] = append(cuts[c.Map], c)
		}
	}
	for name, r := range h.readers {
		r.set(cuts[name])
		if len(cuts[name]) == 0 && h.errs[name] != nil {
			delete(h.errs, name)
			h.changed = true
		}
	}
	for name, list := range cuts {
		if h.readers[name] != nil || name != sheet.Loose && !slices.ContainsFunc(h.maps, func(m table.Map) bool { return m.Name == name }) {
			continue
		}
		r := &reader{shelf: h, name: name, wake: make(chan struct{}, 1), done: make(chan struct{})}
		h.readers[name] = r
		r.set(list)
		h.feed.run(r.run)
	}
}

// news are the sheets that have come since the last call, and the maps if there are others now.
func (h *shelf) news() []tea.Msg {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.ready) == 0 && !h.changed {
		return nil
	}
	n := sheet.News{Maps: h.maps, Sheets: h.ready}
	for _, name := range slices.Sorted(maps.Keys(h.errs)) {
		if n.Err == nil {
			n.Err = h.errs[name]
		}
	}
	h.ready, h.changed = nil, false
	return []tea.Msg{n}
}

// put makes sheets news, in place of older ones that nobody has seen.
func (h *shelf) put(sheets []sheet.Sheet, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range sheets {
		if h.readers[s.Cut.Map] == nil {
			continue // it has gone meanwhile
		}
		h.errs[s.Cut.Map] = err
		i := slices.IndexFunc(h.ready, func(o sheet.Sheet) bool { return o.Cut.Map == s.Cut.Map })
		if i < 0 {
			h.ready = append(h.ready, s)
			continue
		}
		h.ready[i] = s
	}
}

// loose are the names of the maps without a key.
func (h *shelf) loose() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.maps {
		if sheet.IsLoose(m) {
			names = append(names, m.Name)
		}
	}
	return names
}

// fresh reports whether something has happened since a time, or so shortly before that a map need not be complete.
func (h *shelf) fresh(since time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return since.Before(h.stirred.Add(settle))
}

// reader reads one map.
type reader struct {
	shelf *shelf
	name  string
	wake  chan struct{} // the cuts are others
	done  chan struct{} // the map is gone

	mu   sync.Mutex
	cuts []sheet.Cut

	// What run works with.
	tally sheet.Tally
	have  bool
	read  time.Time // when it was read last
	rest  time.Duration
	err   error
}

// set says what is wanted of the map.
func (r *reader) set(cuts []sheet.Cut) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Equal(cuts, r.cuts) {
		return
	}
	r.cuts = cuts
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *reader) wanted() []sheet.Cut {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cuts
}

// run reads the map as long as it is wanted and there is one.
func (r *reader) run() {
	for asked, on := true, true; on; asked, on = r.pause() {
		cuts := r.wanted()
		if len(cuts) == 0 && r.tally.Keys() > heavy {
			r.tally, r.have, r.read = sheet.Tally{}, false, time.Time{}
		}
		due := r.due(cuts)
		if due {
			r.take()
		}
		if due || asked && r.have {
			r.give(r.wanted())
		}
		if asked {
			select {
			case r.shelf.feed.urgent <- struct{}{}:
			default:
			}
		}
	}
}

// due reports whether the map is to be read now. What has not been read is read even while everything stands still.
func (r *reader) due(cuts []sheet.Cut) bool {
	feed := r.shelf.feed
	rest := r.rest
	if feed.unseen.Load() {
		rest = max(rest, time.Second)
	}
	thawed := slices.ContainsFunc(cuts, func(c sheet.Cut) bool { return !c.Frozen })
	switch {
	case !thawed || time.Since(r.read) < rest:
		return false
	case r.read.IsZero():
		return true
	}
	return !feed.held.Load() && r.shelf.fresh(r.read)
}

// take reads the map.
func (r *reader) take() {
	begin := time.Now()
	c, err := r.contents()
	r.read = time.Now()
	r.err = err
	if err == nil {
		r.tally.Take(c, r.shelf.feed.source.Unit(r.name))
		r.have = true
	}
	r.rest = max(readEvery, breather*time.Since(begin))
}

// contents are those of the map, or of all that have no key.
func (r *reader) contents() (*table.Contents, error) {
	source := r.shelf.feed.source
	if r.name != sheet.Loose {
		return source.Contents(r.name)
	}
	var all []table.Table
	for _, name := range r.shelf.loose() {
		t, err := source.Read(name)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	g := sheet.Gather(all)
	g.Time = time.Now()
	return g, nil
}

// give puts what is wanted of the map on the shelf.
func (r *reader) give(cuts []sheet.Cut) {
	sheets := make([]sheet.Sheet, len(cuts))
	for i, c := range cuts {
		sheets[i] = r.tally.Cut(c)
		sheets[i].Err = r.err
	}
	r.shelf.put(sheets, r.err)
}

// pause waits until the map may be due, or the cuts are others: then somebody has asked. It reports whether there is more to do.
func (r *reader) pause() (asked, on bool) {
	feed := r.shelf.feed
	var again <-chan time.Time
	if len(r.wanted()) > 0 {
		t := time.NewTimer(max(r.rest-time.Since(r.read), tick))
		defer t.Stop()
		again = t.C
	}
	select {
	case <-feed.ctx.Done():
		return false, false
	case <-r.done:
		return false, false
	case <-r.wake:
		return true, true
	case <-again:
		return false, true
	}
}
