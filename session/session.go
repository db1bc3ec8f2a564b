// Package session is one sitting at the kernel: the cells entered so far, the probes and maps they made, and the events that
// arrive. The prompt, the view and the exports talk to a Session and to nothing below it.
package session

import (
	"time"

	"go3s/incremental"
	"go3s/incremental/source"
)

// State is where a probe stands in its life.
type State uint8

// The states of a probe.
const (
	Attached State = iota
	Detaching
	Gone
	Failed
)

// Probe is what a session says of one probe at one moment.
type Probe struct {
	Name    string
	Hook    incremental.Hook
	State   State
	Version int    // 1 when first entered, one more with each swap
	Source  string // as the user wrote it
	Err     error  // Failed: why
	Since   time.Time
	Stats   Stats
}

// Stats are the counts of one probe since it was first entered, over all versions.
type Stats struct {
	Events  uint64 // runs that passed the predicates
	Lost    uint64 // records that found the ring full
	MapFull uint64 // map updates that found no room
	Cut     uint64 // strings cut to their place
	Read    uint64 // failed reads of memory
	Fault   uint64 // runs ended by a fault
	Missed  uint64 // events that the kernel did not hand to the probe because a program was already running on that CPU
}

// Map is what a session says of one map, without its contents.
type Map struct {
	Name    string
	Kind    string   // "per-CPU hash"
	Key     string   // the key's Go type; "" for a counter
	Value   string   // the value's Go type
	Columns []string // names of the key's columns: the fields of a struct key, otherwise one, the map's own; empty for a counter
	PerCPU  bool
	Entries int // the most it can hold
	Probes  []string
}

// Table is the contents of a map at one moment.
type Table struct {
	Map  Map
	Time time.Time
	CPUs int   // number of CPU columns of a per-CPU map, else 0
	Rows []Row // by ascending total, then key
}

// Row is one entry of a map.
type Row struct {
	// Key has one value a column: bool, int64, uint64, string (raw, may hold any bytes), []any or map-like values for
	// nested types as layout.Decode returns them.
	Key []any
	// Total is the value: for a per-CPU map the sum over the CPUs. uint64, int64, string, or a nested value.
	Total  any
	PerCPU []uint64 // one a CPU, of a per-CPU map with integer values; bits of int64 for a signed value
}

// Record is one event record: a log line and its parts.
type Record struct {
	Probe  string
	Schema *incremental.Schema
	CPU    int
	Time   time.Time     // wall clock
	Mono   time.Duration // CLOCK_MONOTONIC
	Args   []any         // bool, int64, uint64, string (raw)
	Text   string        // formatted, raw: may hold control bytes that a terminal must not get; see Escape
}

// Result is what entering a cell did.
type Result struct {
	Diags    []source.Diagnostic // not empty: nothing has changed
	Attached []string            // names of probes now attached that were not before
	Swapped  []string            // names of probes whose program was replaced
	Kept     []string            // names of probes of the cell that run on as they are, because their program is the same
	Maps     []string            // names of maps created
	Time     Times
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
