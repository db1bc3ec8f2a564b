// Package incremental is the compiler's façade: cells in, plain-data programs out.
//
// A Snapshot is an immutable list of cells compiled for one kernel. With replaces, adds or removes a cell; Build
// compiles what changed and returns programs, maps and event schemas as plain data. The same cells and the same
// kernel give the same bytes. The package opens no file, holds no descriptor and reads no clock.
package incremental

import (
	"github.com/cilium/ebpf/asm"

	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/source"
)

// Build is what a snapshot compiles to. With any diagnostic in Diags there are no programs.
type Build struct {
	Probes []*Probe // in cell order, then source order
	Maps   []*Map   // in order of first use; the events ring and the probes' stats maps are among them
	Diags  []source.Diagnostic
}

// Hook names the place in the kernel that a probe is attached to.
type Hook struct {
	Kind     string // "tracepoint"
	Category string // "syscalls"
	Name     string // "sys_enter_openat"
}

// String is the hook as the user would type it.
func (h Hook) String() string {
	if h.Category == "" {
		return h.Kind + ":" + h.Name
	}
	return h.Category + ":" + h.Name
}

// Probe is one compiled program and where it belongs.
type Probe struct {
	Name    string
	Cell    string // the cell that holds it
	Hook    Hook
	Kind    ir.Kind
	Insns   asm.Instructions // maps are named by symbol reference
	Marks   []codegen.Mark   // which source each raw instruction comes from
	Maps    []string         // the maps Insns refers to, sorted
	Schemas []*Schema        // the event records it may emit, by ascending ID
	Source  string           // the probe's text as the user wrote it
	Hash    [32]byte         // of everything that reaches the kernel; equal hash, equal program
}

// The names of the maps that a session has beside the user's.
const (
	// RingMap is the one ring buffer of a session.
	RingMap = "events"
	// StatsSuffix after a probe's name is the name of its Counters map; see the Stat constants.
	StatsSuffix = ".stats"
)

// The counters of a probe's stats map, by index into its eight 64-bit words per CPU.
const (
	StatEvents  = iota // runs that passed the predicates
	StatLost           // event records that found the ring buffer full
	StatMapFull        // map updates that found no room
	StatCut            // strings cut to their place
	StatRead           // failed reads of memory
	StatFault          // runs ended by division by zero or an index out of range
)

// Map is a map of the session.
type Map struct {
	ir.Map
	KeyType, ValueType *layout.Type // nil for RingMap and stats maps
	// Counter reports that the map is a plain counter (n++), without a key.
	Counter bool
	Span    source.Span // where it is first used or declared
}

// SchemaKind is the statement that emits a record.
type SchemaKind uint8

// The kinds of event records.
const (
	Printf SchemaKind = iota
	Print
	Log
	Emit
)

// EventHeader is the start of every record in the ring: little-endian uint32 schema id, uint32 cpu, uint64
// timestamp in nanoseconds of CLOCK_MONOTONIC. The packed arguments follow at this offset.
const EventHeader = 16

// Schema describes one kind of record in the ring.
type Schema struct {
	ID     uint32
	Kind   SchemaKind
	Probe  string
	Format string         // Printf: the format, Go's verbs. Log: the message.
	Fields []layout.Field // offsets from the record's start, EventHeader included
	Size   int            // bytes of the whole record
	Span   source.Span
}
