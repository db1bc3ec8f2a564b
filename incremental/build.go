// Package incremental is the compiler's façade: cells in, plain-data programs out.
//
// A Snapshot is an immutable list of cells compiled for one kernel. With replaces, adds or removes a cell; Build
// compiles what changed and returns programs, maps and event schemas as plain data. The same cells and the same
// kernel give the same bytes. The package opens no file, holds no descriptor and reads no clock.
package incremental

import (
	"github.com/cilium/ebpf/asm"

	"go3s/incremental/abi"
	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Build is what a snapshot compiles to. With any diagnostic in Diags there are no programs.
type Build struct {
	Probes []*Probe // in cell order, then source order
	Maps   []*Map   // in order of first use; the events ring and the probes' stats maps are among them
	Diags  []source.Diagnostic
}

// Hook names the place in the kernel that a probe is attached to.
type Hook struct {
	Kind     string // "tracepoint", "tp_btf", …; see universe.HookKind
	Category string // "syscalls"; of tracepoints only
	Name     string // "sys_enter_openat"; what follows the kind
}

// String is the hook as the user would type it.
func (h Hook) String() string {
	if h.Name == "" {
		return h.Kind
	}
	if h.Category == "" {
		return h.Kind + ":" + h.Name
	}
	return h.Category + ":" + h.Name
}

// Probe is one compiled program and where it belongs.
type Probe struct {
	Name string
	// Group is the probe's name in the user's text. A probe with several hooks is as many programs, called Group.HOOK; else it
	// equals Name.
	Group   string
	Cell    string // the cell that holds it
	Hook    Hook
	Kind    ir.Kind
	Insns   asm.Instructions // maps are named by symbol reference
	Marks   []codegen.Mark   // which source each raw instruction comes from
	Maps    []string         // the maps Insns refers to, sorted
	Context []universe.Field // the fields of its context that it reads, in the order in which it first does
	Unread  bool             // it does nothing with its context, so that it would be the same program with another one
	Schemas []*Schema        // the event records it may emit, by ascending ID
	// Faults are the first place on each line on which a run can end in a fault; the map FaultMap has a word for each that counts
	// them. Without such lines there is no map.
	Faults   []Fault
	FaultMap string
	// Lines are places on the lines whose runs the words of the map LineMap count; see BuildOptions.Lines.
	Lines   []Place
	LineMap string
	Scratch int      // bytes of per-CPU memory that it has beside the stack
	Source  string   // the probe's text as the user wrote it
	Hash    [32]byte // of everything that reaches the kernel; equal hash, equal program
}

// Place is a place in a cell.
type Place struct {
	Cell         string
	Line, Column int // from 1; the column in bytes
}

// Fault is a place where a run can end. Cause says by what, as in "a division by zero"; it is empty where there are several.
type Fault struct {
	Place
	Cause string
}

// What programs and user space agree on; see package abi.
const (
	RingMap       = abi.RingMap
	StatsSuffix   = abi.StatsSuffix
	FaultsSuffix  = abi.FaultsSuffix
	LinesSuffix   = abi.LinesSuffix
	ScratchSuffix = abi.ScratchSuffix
	RateSuffix    = abi.RateSuffix
	StackMap      = abi.StackMap
	EventHeader   = abi.EventHeader

	StatEvents  = abi.StatEvents
	StatLost    = abi.StatLost
	StatMapFull = abi.StatMapFull
	StatCut     = abi.StatCut
	StatRead    = abi.StatRead
	StatFault   = abi.StatFault
	StatSkipped = abi.StatSkipped

	Printf = abi.Printf
	Print  = abi.Print
	Log    = abi.Log
	Emit   = abi.Emit
	Exit   = abi.Exit
	Done   = abi.Done
)

// Schema describes one kind of record in the ring.
type Schema = abi.Schema

// DefaultEntries is how many keys a map can hold that does not say it.
const DefaultEntries = lower.DefaultEntries

// Map is a map of the session.
type Map struct {
	ir.Map
	KeyType, ValueType *layout.Type // nil for RingMap and stats maps
	// Counter reports that the map is a plain counter (n++) or another variable without a key.
	Counter bool
	Init    []byte // what the value of a variable starts with, as long as it; nil for zero
	// Aggregate says what the map makes of the values it is given, and how its entries are read; see abi.Aggregate.
	Aggregate abi.Aggregate
	Span      source.Span // where it is first used or declared
	Sized     bool        // the program says how many keys it can hold
}
