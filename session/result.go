package session

import (
	"slices"
	"time"

	"go3s/incremental/source"
)

// Result is what entering a cell did.
type Result struct {
	Diags     []source.Diagnostic // not empty: nothing has changed
	Attached  []string            // names of probes now attached that were not before
	Swapped   []string            // names of probes whose program was replaced
	Kept      []string            // names of probes of the cell that run on as they are, because their program is the same
	Detached  []string            // names, in the user's text, of probes that were detached
	Suspended []string            // names of probes that Undo or Redo has suspended, or that are attached suspended
	Resumed   []string            // names of probes that Undo or Redo has resumed
	Maps      []string            // names of maps created
	Carried   []Carry             // maps whose shape has changed, and what became of their contents
	Evaluated bool                // the cell was an expression or statements, which ran once
	Value     *Value              // of an expression; nil for all else and for one that has none
	Time      Times
	Ahead     time.Duration // what Prepare had taken for the cell before it was entered, which is not in Time
	// Err is set when the kernel refused what the compiler accepted; then nothing has changed either. Where the refusal has a place in the
	// user's text Diags says it in plain words and Err has the whole of it (an *attach.VerifierError has the log). Missing
	// privilege is an Err alone.
	Err error
}

// OK reports that the cell was entered.
func (r Result) OK() bool { return len(r.Diags) == 0 && r.Err == nil }

// Times say what the last Enter cost, stage by stage, in order.
type Times []Stage

// Stage is one step of an Enter.
type Stage struct {
	Name string // "parse", "types", "ssa", "opt", "codegen", "maps", "load", "attach"
	Time time.Duration
}

// Carry is what became of the contents of a map whose shape has changed.
type Carry struct {
	Map  string
	Text string // one line in plain words: what was carried over, and what was not
}

// stopwatch times the stages of an Enter. One runs at a time; a stage that starts again goes on where it stopped.
type stopwatch struct {
	times   Times
	running int // index of the stage under way
	began   time.Time
}

// stage ends the stage under way and starts the next.
func (w *stopwatch) stage(name string) {
	w.end()
	w.running = slices.IndexFunc(w.times, func(s Stage) bool { return s.Name == name })
	if w.running < 0 {
		w.running = len(w.times)
		w.times = append(w.times, Stage{Name: name})
	}
	w.began = time.Now()
}

func (w *stopwatch) end() {
	if len(w.times) > 0 {
		w.times[w.running].Time += time.Since(w.began)
	}
}

// stop ends the last stage and returns all.
func (w *stopwatch) stop() Times {
	w.end()
	return w.times
}
