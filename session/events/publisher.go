// Package events tells subscribers what happens, all of them in one order.
package events

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Publisher hands events to subscribers in one order. Who delivers an event
// is held back by a slow subscriber; what is told waits in a queue, and who tells it is never held back.
type Publisher[E any] struct {
	order sync.Mutex // held while subscribers are called
	wake  chan struct{}

	mu          sync.Mutex
	subscribers []*subscriber[E] // replaced, never changed in place
	queue       []told[E]
}

// told is an event and who was subscribed when it was told.
type told[E any] struct {
	event       E
	subscribers []*subscriber[E]
}

type subscriber[E any] struct {
	fn        func(E)
	cancelled atomic.Bool
}

// New is a publisher without subscribers.
func New[E any]() *Publisher[E] { return &Publisher[E]{wake: make(chan struct{}, 1)} }

// Subscribe has fn called for every event from now on, one call at a time, in order. A call under way when cancel is called may end after
// cancel returns.
func (p *Publisher[E]) Subscribe(fn func(E)) (cancel func()) {
	sub := &subscriber[E]{fn: fn}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscribers = append(slices.Clip(p.subscribers), sub)
	return func() {
		sub.cancelled.Store(true)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.subscribers = slices.DeleteFunc(slices.Clone(p.subscribers), func(s *subscriber[E]) bool { return s == sub })
	}
}

// Tell queues an event and returns at once.
func (p *Publisher[E]) Tell(e E) {
	p.mu.Lock()
	p.queue = append(p.queue, told[E]{e, p.subscribers})
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Deliver calls the subscribers with e after all that was told before.
func (p *Publisher[E]) Deliver(e E) {
	p.order.Lock()
	defer p.order.Unlock()
	call(p.drain(), e)
}

// Flush delivers all that was told.
func (p *Publisher[E]) Flush() {
	p.order.Lock()
	defer p.order.Unlock()
	p.drain()
}

// Run delivers what is told until ctx ends.
func (p *Publisher[E]) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
			p.Flush()
		}
	}
}

// drain delivers the queue, and returns the subscribers of what comes next.
func (p *Publisher[E]) drain() []*subscriber[E] {
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

func call[E any](subscribers []*subscriber[E], e E) {
	for _, s := range subscribers {
		if !s.cancelled.Load() {
			s.fn(e)
		}
	}
}
