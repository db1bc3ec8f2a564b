package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session"
	"go3s/session/record"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
)

// sitting is a session whose contents the test sets.
type sitting struct {
	mu     sync.Mutex
	probes []session.Probe
	maps   []table.Map
	broken string // the map that can't be read
	slow   string // the map that takes a minute to read
	events uint64
	first  uint64
	next   uint64
	reads  int
	costs  int      // how often they were measured
	lines  []string // what was asked of lines
	hits   uint64   // of each line
	panics bool
}

func (s *sitting) Probes() []session.Probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.probes
}

func (s *sitting) Maps() []table.Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maps
}

func (s *sitting) Read(name string) (table.Table, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.slow == name {
		s.mu.Unlock()
		time.Sleep(time.Minute)
		s.mu.Lock()
	}
	if s.panics {
		panic("out of order")
	}
	if name == s.broken {
		return table.Table{}, errors.New("read " + name + ": no such file")
	}
	t := table.Table{Map: table.Map{Name: name, Key: "string", Columns: []string{name}}, Time: time.Now()}
	return t, nil
}

func (s *sitting) Contents(name string) (*table.Contents, error) {
	t, err := s.Read(name)
	return table.ContentsOf(t), err
}

func (s *sitting) Unit(string) string { return "plain" }

func (s *sitting) Cost(context.Context, time.Duration) ([]session.Cost, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.costs++
	return []session.Cost{{Probe: "opens", Runs: 7}}, nil
}

func (s *sitting) CountLines(group string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprint(group, " ", on))
	if group == "large" && on {
		return errors.New("too large")
	}
	return nil
}

func (s *sitting) Lines(group string) (session.Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return session.Listing{Group: group, Counted: group != "large", Lines: []session.Line{{Number: 1, Count: s.hits}}}, nil
}

func (s *sitting) Value(string) string { return "2%" }

func (s *sitting) Totals() session.Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	return session.Totals{Stats: session.Stats{Events: s.events}}
}

func (s *sitting) Len() (first, next uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first, s.next
}

func (s *sitting) Since(seq uint64, n int) (out []record.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := max(seq, s.first); i < s.next && len(out) < n; i++ {
		out = append(out, record.Record{Text: fmt.Sprint(i)})
	}
	return out
}

// set changes the session.
func (s *sitting) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// inbox collects what a feed sends.
type inbox struct {
	mu   sync.Mutex
	msgs []tea.Msg
	sent int // messages that news came in
}

func (b *inbox) send(m tea.Msg) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent++
	if all, ok := m.(news); ok {
		b.msgs = append(b.msgs, all...)
		return
	}
	b.msgs = append(b.msgs, m)
}

// take empties the inbox and says what kinds of messages were in it; tables are news with sheets.
func (b *inbox) take() (msgs []tea.Msg, tails, tables, states int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	msgs, b.msgs, b.sent = b.msgs, nil, 0
	for _, m := range msgs {
		switch m := m.(type) {
		case pane.Tail:
			tails++
		case sheet.News:
			if len(m.Sheets) > 0 {
				tables++
			}
		case pane.Status:
			states++
		}
	}
	return msgs, tails, tables, states
}

// wants is what a pane asks for that shows maps of these names.
func wants(names ...string) sheet.Want {
	w := sheet.Want{Pane: "counters"}
	for _, n := range names {
		w.Cuts = append(w.Cuts, sheet.Cut{Map: n, By: sheet.ByTotal, Height: 10})
	}
	return w
}

// feeding runs test with a feed on s, on a clock of its own.
func feeding(t *testing.T, s *sitting, test func(f *feed, b *inbox)) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFeed(s, s), &inbox{}
		f.start(b.send)
		synctest.Wait()
		test(f, b)
		f.stop()
	})
}

// pass lets time pass, a moment more than d so that ticks at d itself have happened.
func pass(d time.Duration) {
	time.Sleep(d + time.Millisecond)
	synctest.Wait()
}

func TestCostsAreMeasuredOnlyWhileTheyAreShown(t *testing.T) {
	s := &sitting{}
	feeding(t, s, func(f *feed, b *inbox) {
		count := func() (n int) {
			pass(2*costsEvery + tick)
			msgs, _, _, _ := b.take()
			for _, m := range msgs {
				if _, ok := m.(pane.Costs); ok {
					n++
				}
			}
			return n
		}
		hidden := count()
		f.cost(true)
		shown := count()
		f.slow(true)
		unseen := count()
		f.slow(false)
		f.cost(false)
		if again := count(); hidden != 0 || shown != 2 || unseen != 0 || again != 0 || s.costs != 2 {
			t.Errorf("measured %d times hidden, %d shown, %d unseen, %d hidden again", hidden, shown, unseen, again)
		}
	})
}

func TestLinesAreCountedOnlyWhileTheyAreShown(t *testing.T) {
	s := &sitting{}
	feeding(t, s, func(f *feed, b *inbox) {
		sources := func() (out []pane.Source) {
			msgs, _, _, _ := b.take()
			for _, m := range msgs {
				if m, ok := m.(pane.Source); ok {
					out = append(out, m)
				}
			}
			return out
		}
		pass(time.Second)
		hidden := len(sources())
		f.list("opens")
		for range 8 {
			s.set(func() { s.hits++ })
			pass(linesEvery)
		}
		if got := sources(); hidden != 0 || len(got) < 7 || got[len(got)-1].Listing.Lines[0].Count < 7 {
			t.Errorf("%d before it was shown, then %d", hidden, len(got))
		}
		pass(5 * time.Second)
		if got := len(sources()); got == 0 || got > 7 {
			t.Errorf("%d more after the counts stood still", got)
		}
		f.list("opens")
		f.list("large")
		pass(linesEvery)
		if got := sources(); len(got) == 0 || got[0].Err == nil || got[0].Group != "large" {
			t.Errorf("of a probe that can't count: %+v", got)
		}
		f.list("")
		pass(linesEvery)
		f.list("reads")
		pass(linesEvery)
	})
	want := []string{"opens true", "opens false", "large true", "large false", "reads true", "reads false"}
	if !slices.Equal(s.lines, want) {
		t.Errorf("asked for %q, want %q", s.lines, want)
	}
}

// Commands run beside each other, so that what a pane wanted first may be heard last.
func TestTheLastWantHoldsWhateverComesFirst(t *testing.T) {
	s := &sitting{maps: []table.Map{{Name: "opens", Key: "string"}, {Name: "reads", Key: "string"}}}
	feeding(t, s, func(f *feed, b *inbox) {
		pass(time.Second)
		first, last := wants("opens"), wants("reads")
		first.N, last.N = 1, 2
		f.want(last)
		f.want(first)
		pass(time.Second)
		b.take()
		s.set(func() { s.events++ })
		pass(time.Second)
		msgs, _, _, _ := b.take()
		for _, m := range msgs {
			n, _ := m.(sheet.News)
			for _, sh := range n.Sheets {
				if sh.Cut.Map != "reads" {
					t.Errorf("%s is shown, which is not wanted any more", sh.Cut.Map)
				}
			}
		}
		if got := f.shelf.wants["counters"]; got.N != 2 {
			t.Errorf("the want %d holds", got.N)
		}
	})
}

func TestUnseenTerminalIsToldOnceASecond(t *testing.T) {
	s := &sitting{}
	feeding(t, s, func(f *feed, b *inbox) {
		f.slow(true)
		b.take()
		for range 40 {
			s.set(func() { s.next += 10 })
			pass(100 * time.Millisecond)
		}
		if _, tails, _, _ := b.take(); tails < 3 || tails > 5 {
			t.Errorf("%d messages about the log in 4 s", tails)
		}
	})
}

func TestFeedIsQuietWhenNothingHappens(t *testing.T) {
	s := &sitting{maps: []table.Map{{Name: "opens"}}}
	feeding(t, s, func(f *feed, b *inbox) {
		f.want(wants("opens"))
		pass(5 * time.Second)
		b.take()
		pass(10 * time.Second)
		_, tails, tables, states := b.take()
		if tails != 0 || tables != 0 || states != 10 {
			t.Errorf("%d tails, %d tables, %d states in ten idle seconds; want 0, 0, and 10 for the clock", tails, tables, states)
		}
	})
}

func TestFeedReadsMapsThatAreShownWhileProbesRunAndUntilRatesAreZero(t *testing.T) {
	s := &sitting{maps: []table.Map{{Name: "opens"}, {Name: "reads"}, {Name: "hidden"}}, broken: "reads"}
	feeding(t, s, func(f *feed, b *inbox) {
		f.want(wants("opens", "reads"))
		pass(5 * time.Second)
		b.take()
		for range 8 {
			s.set(func() { s.events++ })
			pass(249 * time.Millisecond)
		}
		msgs, _, tables, states := b.take()
		if tables < 7 || tables > 17 || states < 7 || states > 10 {
			t.Errorf("%d tables and %d states in two busy seconds, want 4 a second of each map", tables, states)
		}
		seen := map[string]error{}
		for _, m := range msgs {
			if m, ok := m.(sheet.News); ok {
				for _, sh := range m.Sheets {
					seen[sh.Cut.Map] = sh.Err
				}
				if m.Err == nil {
					t.Error("the news do not say that reads can't be read")
				}
			}
		}
		if len(seen) != 2 || seen["opens"] != nil || seen["reads"] == nil {
			t.Errorf("sheets with errors %v; want opens without and reads with one", seen)
		}
		pass(10 * time.Second)
		before := s.reads
		pass(10 * time.Second)
		if s.reads != before {
			t.Errorf("%d readings long after the last event", s.reads-before)
		}
	})
}

func TestMapThatTakesLongHoldsUpNothingElse(t *testing.T) {
	s := &sitting{maps: []table.Map{{Name: "opens"}, {Name: "huge"}}, slow: "huge"}
	feeding(t, s, func(f *feed, b *inbox) {
		f.want(wants("opens", "huge"))
		seen := map[string]int{}
		for range 60 * 20 {
			s.set(func() { s.events++; s.next++ })
			pass(time.Second - time.Millisecond)
			msgs, tails, _, _ := b.take()
			if tails == 0 {
				t.Fatal("no news of the log")
			}
			for _, m := range msgs {
				if m, ok := m.(sheet.News); ok {
					for _, sh := range m.Sheets {
						seen[sh.Cut.Map]++
					}
				}
			}
		}
		// A minute of reading is followed by ten of rest.
		if seen["opens"] < 20*60*3 || seen["huge"] != 2 {
			t.Errorf("in 20 minutes opens came %d times, and the huge map %d times", seen["opens"], seen["huge"])
		}
	})
}

func TestWhatIsAskedForComesAtOnceAndWithoutReading(t *testing.T) {
	s := &sitting{maps: []table.Map{{Name: "opens"}}}
	feeding(t, s, func(f *feed, b *inbox) {
		f.want(wants("opens"))
		pass(5 * time.Second)
		b.take()
		reads := s.reads
		w := wants("opens")
		w.Cuts[0].Filter = "ssh"
		f.want(w)
		synctest.Wait()
		msgs, _, tables, _ := b.take()
		if tables != 1 || s.reads != reads || msgs[0].(sheet.News).Sheets[0].Cut.Filter != "ssh" {
			t.Errorf("%v after %d readings", msgs, s.reads-reads)
		}
		w.Cuts[0].Frozen = true
		f.want(w)
		s.set(func() { s.events += 10 })
		pass(time.Second)
		if s.reads != reads {
			t.Error("a frozen map is read")
		}
	})
}

func TestNewsComeTenTimesASecondAtMost(t *testing.T) {
	s := &sitting{}
	for i := range 20 {
		s.maps = append(s.maps, table.Map{Name: fmt.Sprint("m", i), Key: "string"})
	}
	feeding(t, s, func(f *feed, b *inbox) {
		var names []string
		for _, m := range s.maps {
			names = append(names, m.Name)
		}
		f.want(wants(names...))
		f.cost(true)
		pass(time.Second)
		b.take()
		for range 1000 {
			s.set(func() { s.events++; s.next += 10 })
			pass(9 * time.Millisecond)
		}
		b.mu.Lock()
		sent := b.sent
		b.mu.Unlock()
		if sent < 95 || sent > 105 {
			t.Errorf("%d messages in ten busy seconds, want 100", sent)
		}
	})
}

func TestFeedTellsOfNewMapsWithoutEvents(t *testing.T) {
	s := &sitting{}
	feeding(t, s, func(f *feed, b *inbox) {
		f.want(wants("opens"))
		pass(5 * time.Second)
		b.take()
		s.set(func() { s.maps = []table.Map{{Name: "opens"}} })
		pass(time.Second)
		if _, _, tables, _ := b.take(); tables == 0 {
			t.Error("a new map was not sent")
		}
	})
}

func TestFeedRestsWhilePaused(t *testing.T) {
	s := &sitting{maps: []table.Map{{Name: "opens"}}}
	feeding(t, s, func(f *feed, b *inbox) {
		f.want(wants("opens"))
		pass(time.Second)
		f.pause(true)
		pass(tick) // what had been read is still told
		b.take()
		for range 20 {
			s.set(func() { s.events++ })
			pass(time.Second)
		}
		if _, _, tables, states := b.take(); tables != 0 || states < 20 {
			t.Errorf("%d tables and %d states while paused; want none, and the status to go on", tables, states)
		}
		f.pause(false)
		s.set(func() { s.events++ })
		pass(time.Second)
		if _, _, tables, _ := b.take(); tables == 0 {
			t.Error("nothing was read after the pause")
		}
	})
}

func TestFeedSendsTheEndOfTheLog(t *testing.T) {
	s := &sitting{}
	feeding(t, s, func(_ *feed, b *inbox) {
		want := uint64(0)
		for _, n := range []uint64{1, 5, 1000, 200_000} {
			s.set(func() {
				s.next += n
				s.first = s.next - min(s.next, 100_000)
			})
			pass(tick)
			want += n
			msgs, tails, _, _ := b.take()
			if tails != 1 {
				t.Errorf("%d tails after %d lines, want 1", tails, n)
			}
			for _, m := range msgs {
				m, ok := m.(pane.Tail)
				if !ok {
					continue
				}
				if m.Next != want || m.First != want-min(want, 100_000) || uint64(len(m.Records)) != min(n, tail) {
					t.Errorf("after %d lines: [%d, %d) and %d records", n, m.First, m.Next, len(m.Records))
				}
				if last := m.Records[len(m.Records)-1].Text; last != fmt.Sprint(want-1) {
					t.Errorf("the last record is %s, want %d", last, want-1)
				}
			}
		}
	})
}

// moving is a log that drops records between any two calls.
type moving struct{ first uint64 }

func (m *moving) Len() (first, next uint64) { return m.first, m.first + 1000 }

func (m *moving) Since(seq uint64, n int) (out []record.Record) {
	for i := max(seq, m.first); i < m.first+1000 && len(out) < n; i++ {
		out = append(out, record.Record{Text: fmt.Sprint(i)})
	}
	if m.first < 5 {
		m.first++
	}
	return out
}

func TestPageKnowsItsNumbersWhileTheLogDropsRecords(t *testing.T) {
	f := newFeed(&sitting{}, &moving{})
	at, recs := f.page(0, 10)
	for i, r := range recs {
		if want := fmt.Sprint(at + uint64(i)); r.Text != want {
			t.Fatalf("record %s is said to be %s", r.Text, want)
		}
	}
	if at != 5 || len(recs) != 10 {
		t.Errorf("%d records from %d, want 10 from 5", len(recs), at)
	}
}

func TestFeedTurnsAPanicIntoAMessage(t *testing.T) {
	s := &sitting{maps: []table.Map{{Name: "opens"}}, panics: true}
	feeding(t, s, func(f *feed, b *inbox) {
		f.want(wants("opens"))
		pass(time.Second)
		msgs, _, _, _ := b.take()
		for _, m := range msgs {
			if m, ok := m.(fault); ok {
				if text := m.err.Error(); !strings.Contains(text, "out of order") || !strings.Contains(text, "feed_test.go") {
					t.Errorf("the fault does not say what and where: %s", text)
				}
				return
			}
		}
		t.Error("no fault was sent")
	})
}
