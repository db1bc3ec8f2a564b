package session

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// EventKind says what an Event tells.
type EventKind uint8

// The kinds of events.
const (
	RecordEvent  EventKind = iota // an event record arrived: Arrived
	ChangedEvent                  // a probe was attached, swapped, detached or failed: Probe
	LostEvent                     // records of a probe were lost: Probe, Lost
	ErrorEvent                    // something in the session failed in the background: Err
	ExitEvent                     // a program has called exit: Probe.Name, Status
	GuardEvent                    // the guard has done something, or probes were quiet: Decision
)

// Event is one thing that happened in a session.
type Event struct {
	Kind    EventKind
	Arrived *Arrived
	Probe   Probe
	Lost    uint64 // records lost since the last LostEvent of this probe; the sum over all its events is Probe.Stats.Lost
	Err     error
	Status  int // the argument of exit

	Decision *Decision
}

// Subscribe has fn called for every event from now on, one call at a time, in order, on goroutines of the session. Records wait
// in the ring while fn works; when the ring is full the kernel loses records, which are counted. fn must not call Enter, Stop or Close.
// A call under way when cancel is called may end after cancel returns.
func (s *Session) Subscribe(fn func(Event)) (cancel func()) { return s.events.subscribe(fn) }

// publisher hands events to subscribers in one order. Records are delivered by the goroutine that reads the ring, so that a slow
// subscriber holds it back; other events are rare, wait in a queue and never hold back who tells them.
type publisher struct {
	order sync.Mutex // held while subscribers are called
	wake  chan struct{}

	mu          sync.Mutex
	subscribers []*subscriber // replaced, never changed in place
	queue       []told
}

// told is an event and who was subscribed when it was told.
type told struct {
	event       Event
	subscribers []*subscriber
}

type subscriber struct {
	fn        func(Event)
	cancelled atomic.Bool
}

func (p *publisher) subscribe(fn func(Event)) (cancel func()) {
	sub := &subscriber{fn: fn}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscribers = append(slices.Clip(p.subscribers), sub)
	return func() {
		sub.cancelled.Store(true)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.subscribers = slices.DeleteFunc(slices.Clone(p.subscribers), func(s *subscriber) bool { return s == sub })
	}
}

// tell queues an event and returns at once.
func (p *publisher) tell(e Event) {
	p.mu.Lock()
	p.queue = append(p.queue, told{e, p.subscribers})
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// deliver calls the subscribers with e after all that was told before.
func (p *publisher) deliver(e Event) {
	p.order.Lock()
	defer p.order.Unlock()
	call(p.drain(), e)
}

// flush delivers all that was told.
func (p *publisher) flush() {
	p.order.Lock()
	defer p.order.Unlock()
	p.drain()
}

// run delivers what is told until ctx ends.
func (p *publisher) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
			p.flush()
		}
	}
}

// drain delivers the queue, and returns the subscribers of what comes next.
func (p *publisher) drain() []*subscriber {
	for {
		p.mu.Lock()
		queue, subscribers := p.queue, p.subscribers
		p.queue = nil
		p.mu.Unlock()
		if len(queue) == 0 {
			return subscribers
		}
		for _, e := range queue {
			call(e.subscribers, e.event)
		}
	}
}

func call(subscribers []*subscriber, e Event) {
	for _, s := range subscribers {
		if !s.cancelled.Load() {
			s.fn(e)
		}
	}
}
