// Package session is one sitting at the kernel: the cells entered so far, the probes and maps they made, and the events that
// arrive. The prompt, the view and the exports talk to a Session and to nothing below it.
package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe"
	"go3s/session/clock"
	"go3s/session/events"
	"go3s/session/guard"
	"go3s/session/host"
	"go3s/session/printed"
	"go3s/session/program"
	"go3s/session/record"
	"go3s/session/settings"
)

// ErrClosed is the error of changing a session that was stopped or closed.
var ErrClosed = errors.New("the session is closed")

// logSize is how many records a session keeps.
const logSize = 100_000

// Options are what a session may be told when it opens.
type Options struct {
	RingSize int // bytes of the events ring, a power of two of pages; 0: what the compiler proposes
	// Filter says for which processes' events probes run; nil: for all. Hooks without a process, which are begin, end, interval, xdp and
	// tc, heed no filter. The session does not close it.
	Filter *Filter
	// Budget is what all probes together may cost, in percent of the machine's CPU; what costs more is sampled, then suspended. It is the
	// setting "budget" from the start. 0: there is no limit.
	Budget float64

	// Final says that no text will take the place of one that was entered. Probes may then be put to their hooks in ways that not every other
	// text of theirs could be; what they count and tell is the same.
	Final bool

	vital bool // the probes run for all events, whatever guard and dead-man say
}

// Session is one sitting at the kernel. All methods may be called at once from any goroutine, but not Enter, Stop and Close
// from a subscriber's function.
type Session struct {
	kernel  Kernel
	options Options
	host    *host.Host
	events  *events.Publisher[Event]
	log     *record.Log
	opened  time.Time
	clock   clock.Clock

	settings settings.Values

	// changing is held for the whole of an Enter, a Clear, a Detach's change of the cells, a Stop.
	changing turn
	program  program.Program    // the cells of the linked probes; guarded by changing
	loaded   *incremental.Build // what the last change has made run; probes may have been detached since; guarded by changing
	history  history            // guarded by changing
	stopped  bool               // guarded by changing

	// gate is held for writing while probes are attached and swapped, and passed by every record before it is looked at, so
	// that no record of a probe is told before the probe is.
	gate  sync.RWMutex
	forms map[uint32]*printed.Form // all versions' schemas, because records may be on their way; guarded by gate

	mu     sync.Mutex // guards what follows; never held during a call of the kernel
	probes []*probe   // in order of entry
	maps   []*liveMap // in order of creation
	index  index      // both by name
	// versions are those of each group, the first one first. Entries are only added; their texts may change.
	versions map[string][]Version
	closed   bool

	done   chan struct{} // a program that runs once has written its last record
	exited atomic.Bool   // a program has called exit; records are dropped until the next Enter

	ring      background // reads the ring; started with the first ring
	ticker    background // reads the probes' counters
	keeper    background // keeps the budget
	guard     guard.Guard
	pulse     guard.Pulse
	deaf      bool       // it was told that nobody looks for signs of life; used by the ticker alone
	teller    background // delivers events that are not records
	detaches  sync.WaitGroup
	preparing sync.WaitGroup // Prepare
	left      chan struct{}  // a probe is gone
}

// Open starts a session on k, which the session owns from then on: Close closes it.
func Open(k Kernel, o Options) (*Session, error) {
	h, err := host.New(k)
	if err != nil {
		return nil, err
	}
	return open(k, o, h, program.Compile(h)), nil
}

func open(k Kernel, o Options, h *host.Host, c program.Compiler) *Session {
	s := &Session{
		kernel:  k,
		options: o,
		host:    h,
		events:  events.New[Event](),
		done:    make(chan struct{}, 1),
		left:    make(chan struct{}, 1),
		opened:  time.Now(),
		program: program.New(c),
		forms:   make(map[uint32]*printed.Form),

		versions: make(map[string][]Version),
	}
	s.log = record.NewLog(logSize, s.resolver())
	s.clock.Set()
	s.teller.start(s.events.Run)
	s.ticker.start(s.tick)
	s.settings.Start("budget", settings.BudgetText(o.Budget))
	s.keeper.start(s.keep)
	return s
}

// Stop detaches all probes, waits for it, and takes all records left in the ring to the log and the subscribers. Maps can
// still be read. Only Close and the reading methods are of use after it.
func (s *Session) Stop() error { return s.StopWith(nil) }

// StopWith is Stop that calls progress, unless it is nil, with the number of probes that it still waits for: at first, and whenever it
// is fewer.
func (s *Session) StopWith(progress func(left int)) error {
	_ = s.keeper.stop() // before the lock, for which it may wait
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	s.detach(s.linked())
	s.host.Keep()
	s.awaitDetaches(progress)
	err := s.ring.stop()
	s.ticker.stop()
	s.refresh()
	s.teller.stop()
	s.events.Flush()
	return errors.Join(err, s.failures())
}

// failures are the errors of the probes that could not be detached.
func (s *Session) failures() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.probes {
		if p.state == Failed {
			errs = append(errs, fmt.Errorf("detach %s from %s: %w", p.name, p.hook, p.err))
		}
	}
	return errors.Join(errs...)
}

// Close stops the session if Stop has not, and frees all it has in the kernel. Further calls do nothing.
func (s *Session) Close() error {
	err := s.Stop()
	s.changing.Lock()
	defer s.changing.Unlock()
	s.mu.Lock()
	was := s.closed
	s.closed = true
	maps := s.maps
	s.mu.Unlock()
	if was {
		return nil
	}
	s.preparing.Wait()
	for _, m := range maps {
		err = errors.Join(err, s.kernel.FreeMap(m.id))
	}
	return errors.Join(err, s.kernel.Close())
}

// Check compiles cell as Enter would and leaves the kernel alone.
func (s *Session) Check(cell source.Cell) Result {
	s.changing.Look()
	defer s.changing.Unlock()
	var watch stopwatch
	if program.IsEvaluation(cell) {
		e := s.program.Evaluate(cell, watch.stage)
		return Result{Diags: e.Diags, Time: watch.stop()}
	}
	_, _, build := s.program.Enter(cell, watch.stage)
	return Result{Diags: build.Diags, Time: watch.stop()}
}

// Cells are the entered texts that the attached probes come from, in order of entry. One whose name was taken has a name of its own
// (-e#2), which diagnostics use too. A probe that was replaced or detached is blanked in its cell.
func (s *Session) Cells() []source.Cell {
	s.changing.Look()
	defer s.changing.Unlock()
	return s.program.Cells()
}

// Log holds the last event records.
func (s *Session) Log() *record.Log { return s.log }

// Tracepoints lists the kernel's tracepoints as "category:name", sorted; nil if they can't be read.
func (s *Session) Tracepoints() []string { return s.host.Tracepoints() }

// Format is the record layout of a tracepoint "category:name" or "tracepoint:category:name"; nil if the kernel has none of that name.
func (s *Session) Format(hook string) *universe.Format { return s.host.Hook(hook) }

// BTF describes the kernel's types, nil without a description.
func (s *Session) BTF() *universe.BTF { return s.host.BTF() }

// background is a goroutine of a session.
type background struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func (b *background) start(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel, b.done = cancel, make(chan struct{})
	go func() {
		defer close(b.done)
		b.err = run(ctx)
	}()
}

// stop ends the goroutine, waits for it and returns its error. Without a goroutine it does nothing.
func (b *background) stop() error {
	if b.done == nil {
		return nil
	}
	b.cancel()
	<-b.done
	return b.err
}
