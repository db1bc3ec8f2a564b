package session

import (
	"errors"
	"strings"
	"sync"
	"time"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session/program"
)

// mostAhead is how many bytes of maps are made for a cell that may never be entered.
const mostAhead = 8 << 20

// prepared is what Enter would do with a cell at this moment, done as far as nobody can notice: it is compiled, the maps that it needs are
// made, and its programs are loaded. Nothing is attached, and no map of the session's is touched.
type prepared struct {
	cell   source.Cell
	change *change
	took   time.Duration // is there when done is closed

	done chan struct{} // closed when all is loaded, or something was refused

	mu      sync.Mutex
	over    bool // done is closed, or is about to be
	good    bool // nothing was refused; does not change when done is closed
	dropped bool
}

// Prepare does ahead what Enter would do with a cell, as long as nobody can notice: a prompt calls it while the user types, so that Enter has
// only to attach. It replaces what was prepared before; any change of the session, or Forget, gives it up. Refusals are not told:
// Enter finds them again. While the session is being changed Prepare does nothing. It returns when it is done, and is to be called by one
// goroutine at a time.
func (s *Session) Prepare(cell source.Cell) {
	start := time.Now()
	p := s.compileAhead(cell)
	if p == nil {
		return
	}
	defer s.preparing.Done()
	good := p.load()
	p.took = time.Since(start)
	p.finish(good)
}

// Forget gives up what was prepared.
func (s *Session) Forget() {
	s.changing.Look()
	defer s.changing.Unlock()
	s.changing.forget()
}

// compileAhead compiles a cell and plans its change, unless that is there already or can't be.
func (s *Session) compileAhead(cell source.Cell) *prepared {
	if !s.changing.TryLook() {
		return nil
	}
	defer s.changing.Unlock()
	if p := s.changing.ahead; p != nil && p.cell == cell {
		return nil
	}
	s.changing.forget()
	if s.stopped || strings.Contains(cell.Text, program.Directive) {
		return nil
	}
	now := s.tuned(s.program)
	if program.IsEvaluation(cell) {
		return nil
	}
	next, entered, build := now.Enter(cell, nil)
	if len(build.Diags) > 0 {
		return nil
	}
	c := &change{s: s, program: next, build: build, entered: entered}
	p := &prepared{cell: cell, change: c, done: make(chan struct{})}
	c.news = c.compare()
	if c.costs() <= mostAhead {
		c.created = make(map[string]*liveMap)
		c.expect()
		if diag, err := c.plan(func(string) {}); diag != nil || err != nil {
			c.free(s.kernel.ReturnMap)
			return nil
		}
	}
	s.changing.ahead = p
	s.preparing.Add(1)
	return p
}

// costs is how many bytes the maps take that a change makes.
func (c *change) costs() (bytes uint64) {
	for _, m := range c.news.Maps {
		m = c.s.sized(m)
		c.s.mu.Lock()
		old := c.s.live(m.Name)
		c.s.mu.Unlock()
		if old == nil || !sameShape(old.Map, m) {
			bytes += spec(m).Memory(c.s.host.Features().CPUs)
		}
	}
	return bytes
}

// load loads the programs, if the change was planned. It reports whether Enter may go on from there.
func (p *prepared) load() bool {
	c := p.change
	if c.created == nil {
		return true // Enter makes the large maps
	}
	for _, st := range c.steps {
		if st.load && c.load(st) != nil {
			return false
		}
	}
	c.ready = true
	return true
}

// finish says that all is loaded that can be.
func (p *prepared) finish(good bool) {
	p.mu.Lock()
	p.over, p.good = true, good
	unwanted := p.dropped
	p.mu.Unlock()
	close(p.done)
	if unwanted || !good {
		p.discard()
	}
}

// drop gives up what was prepared; who still loads it finds out.
func (p *prepared) drop() {
	p.mu.Lock()
	mine := p.over && p.good && !p.dropped
	p.dropped = true
	p.mu.Unlock()
	if mine {
		p.discard()
	}
}

func (p *prepared) discard() { p.change.free(p.change.s.kernel.ReturnMap) }

// wait is the change that was prepared, nil if nothing was or it was refused, and what that has taken.
func (p *prepared) wait() (*change, time.Duration) {
	if p == nil {
		return nil, 0
	}
	<-p.done
	if !p.good {
		return nil, 0
	}
	return p.change, p.took
}

// free frees the programs that the change has loaded and then the maps that it has made.
func (c *change) free(m func(attach.MapID) error) {
	var errs []error
	for _, st := range c.steps {
		if st.load && st.program != 0 {
			errs = append(errs, c.s.kernel.FreeProgram(st.program))
		}
	}
	for _, made := range c.maps {
		errs = append(errs, m(made.id))
	}
	c.s.told(errors.Join(errs...))
}
