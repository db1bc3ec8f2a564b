package session

import (
	"sync"
	"sync/atomic"

	"go3s/incremental/source"
)

// turn is the right to change a session, which one goroutine has at a time. What was prepared for the session as it is can't outlive a
// change: Lock, by which every change begins, gives it up.
type turn struct {
	mu      sync.Mutex
	ahead   *prepared   // what was prepared; nil for nothing
	changes atomic.Bool // who has the turn may change something, which takes its time
}

// Lock waits for the turn to change the session.
func (t *turn) Lock() {
	t.mu.Lock()
	t.changes.Store(true)
	t.forget()
}

// Look waits for the turn to read what only changes of the session change, or to prepare a change.
func (t *turn) Look() { t.mu.Lock() }

// TryLook is Look that does not wait for a change to end.
func (t *turn) TryLook() bool {
	if t.mu.TryLock() {
		return true
	}
	if t.changes.Load() {
		return false
	}
	t.mu.Lock()
	return true
}

// Unlock ends the turn.
func (t *turn) Unlock() {
	t.changes.Store(false)
	t.mu.Unlock()
}

// forget gives up what was prepared. The caller has the turn.
func (t *turn) forget() {
	if p := t.ahead; p != nil {
		t.ahead = nil
		p.drop()
	}
}

// take begins a change by what was prepared for a cell; nil if that is nothing. What was prepared for another is given up. The caller has
// the turn.
func (t *turn) take(cell source.Cell) *prepared {
	t.changes.Store(true)
	p := t.ahead
	if p == nil || p.cell != cell {
		t.forget()
		return nil
	}
	t.ahead = nil
	return p
}
