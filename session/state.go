package session

import "fmt"

// State is where a probe stands in its life:
//
//	compiled ──> attached <──> suspended
//	                │              │
//	                └─> detaching <┘
//	                    │       │
//	                    v       v
//	                  gone    failed
//
// An edit of a probe leaves its state as it is. A probe that is gone, that failed, or that is still on its way out, starts a new life as
// compiled when it is entered again. A probe that can't be loaded or attached never comes to be: its Enter is taken back whole.
type State uint8

// The states of a probe.
const (
	Compiled  State = iota // its program is ready; no event has reached it
	Attached               // events run its program
	Suspended              // it is at its hook with an empty slot: no event runs it, its counts and maps stay
	Detaching              // no event runs it any more; its link is being closed
	Gone                   // nothing of it is left in the kernel but its maps
	Failed                 // it could not be detached as it should be; Probe.Err says why
)

// states has the name of each state, and the states that may follow it.
var states = [...]struct {
	name string
	next []State
}{
	Compiled:  {"compiled", []State{Attached, Suspended}},
	Attached:  {"attached", []State{Suspended, Detaching}},
	Suspended: {"suspended", []State{Attached, Detaching}},
	Detaching: {"detaching", []State{Gone, Failed, Compiled}},
	Gone:      {"gone", []State{Compiled}},
	Failed:    {"failed", []State{Compiled}},
}

// String is the state in one lower-case word.
func (s State) String() string { return states[s].name }

// Linked reports whether a probe of that state is at its hook and can be edited, suspended, resumed and detached.
func (s State) Linked() bool { return s == Attached || s == Suspended }

// leadsTo reports whether the state may be followed by next.
func (s State) leadsTo(next State) bool {
	for _, n := range states[s].next {
		if n == next {
			return true
		}
	}
	return false
}

// to takes the probe into another state, for the reason err. The caller holds Session.mu. To ask for a step that is not in the table is a
// bug of this package.
func (p *probe) to(next State, err error) {
	if !p.state.leadsTo(next) {
		panic(fmt.Sprintf("session: probe %s cannot go from %s to %s", p.name, p.state, next))
	}
	p.state, p.err = next, err
}
