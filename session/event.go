package session

import (
	"go3s/session/guard"
	"go3s/session/record"
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
	Arrived *record.Arrived
	Probe   Probe
	Lost    uint64 // records lost since the last LostEvent of this probe; the sum over all its events is Probe.Stats.Lost
	Err     error
	Status  int // the argument of exit

	Decision *guard.Decision
}

// Subscribe has fn called for every event from now on, one call at a time, in order, on goroutines of the session. Records wait
// in the ring while fn works; when the ring is full the kernel loses records, which are counted. fn must not call Enter, Stop or Close.
// A call under way when cancel is called may end after cancel returns.
func (s *Session) Subscribe(fn func(Event)) (cancel func()) { return s.events.Subscribe(fn) }
