// Package abi is what a compiled program and user space agree on: the names of the maps that every session has, the counters of a
// probe, and the records in the ring.
package abi

import (
	"go3s/incremental/layout"
	"go3s/incremental/source"
)

// The names of the maps that a session has beside the user's.
const (
	// RingMap is the one ring buffer of a session.
	RingMap = "go3sh.events"
	// ResultMap is the map in which a program leaves the value of an expression: a word that is 1 when there is one, a word that is
	// not used, then the values.
	ResultMap = "go3sh.result"
	// CountMap is the map with the lengths of maps that an expression asks for, each a word, filled before it runs.
	CountMap = "go3sh.counts"
	// StackMap is the map of stack traces, each of StackDepth addresses, that kstack and ustack are numbers of.
	StackMap = "go3sh.stacks"
	// OnceName is the name of a program that runs once, to evaluate an expression.
	OnceName = "go3sh.once"
	// StatsSuffix after a probe's name is the name of its Counters map; see the Stat constants.
	StatsSuffix = ".stats"
	// FaultsSuffix after a probe's name, and then a hash of the places, is the name of the map with a word for each line on which a
	// run of the probe can end in a fault.
	FaultsSuffix = ".faults"
	// LinesSuffix after a probe's name, and then a hash of the places, is the name of the map with a word for each line that counts
	// how often the probe comes to it, while somebody wants to know.
	LinesSuffix = ".lines"
	// ScratchSuffix after a probe's name, and then a number of bytes, is the name of the per-CPU map that holds what does not fit on
	// the probe's stack.
	ScratchSuffix = ".scratch"
	// RateSuffix after a probe's name in the user's text is the name of the map that counts its runs by the second; see RateWindow.
	RateSuffix = ".rate"
)

// The counters of a probe's stats map, by index into its eight 64-bit words per CPU.
const (
	StatEvents  = iota // runs that passed the predicates
	StatLost           // event records that found the ring buffer full
	StatMapFull        // map updates that found no room
	StatCut            // strings cut to their place
	StatRead           // failed reads of memory
	StatFault          // runs ended by division by zero or an index out of range
	StatSkipped        // runs that passed the predicates and were more than the probe's rate allows; not among StatEvents
)

// A probe with a rate counts its runs in windows of RateWindow nanoseconds of CLOCK_MONOTONIC, all its CPUs and hooks together: the map
// has a word for each window, by its number. The oldest of RateWindows windows give way to new ones.
const (
	RateWindow  = 1_000_000_000
	RateWindows = 1024
)

// A Counters map holds one line of CounterLine bytes a CPU, of eight 64-bit words.
const (
	CounterLine  = 64
	CounterShift = 6 // CounterLine == 1<<CounterShift
)

// StackDepth is how many frames of a stack are kept (PERF_MAX_STACK_DEPTH), and StackEntries how many stacks.
const (
	StackDepth   = 127
	StackEntries = 8192
)

// EventHeader is the start of every record in the ring: little-endian uint32 schema id, uint32 cpu, uint64
// timestamp in nanoseconds of CLOCK_MONOTONIC. The packed arguments follow at this offset.
const EventHeader = 16

// SchemaKind is the statement that emits a record.
type SchemaKind uint8

// The kinds of event records.
const (
	Printf SchemaKind = iota
	Print
	Log
	Emit
	Exit // the program asks for the end of tracing; its one argument is a status
	Done // a program that runs once has come to its end: there are no more records of it
)

// Schema describes one kind of record in the ring.
type Schema struct {
	ID     uint32
	Kind   SchemaKind
	Probe  string
	Format string         // Printf: the format, Go's verbs. Log: the message.
	Fields []layout.Field // offsets from the record's start, EventHeader included; Log: called by their names
	Size   int            // bytes of the whole record
	Span   source.Span
}
