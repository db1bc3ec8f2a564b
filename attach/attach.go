// Package attach owns the kernel objects: it creates maps, loads programs, links them behind dispatchers, swaps and detaches
// them, and reads maps and the ring. Nobody else holds a file descriptor of the kernel's BPF side.
//
// Every probe is a dispatcher, a four-instruction program that tail-calls the only slot of its own program array; a swap is
// one update of that slot, so that no event is lost and none is counted twice.
//
// Objects are named by small handles that stay valid until they are freed. All methods may be called at once from any
// goroutine.
package attach

import (
	"time"

	"github.com/cilium/ebpf/asm"
)

// Handles of kernel objects; the zero handle names nothing.
type (
	MapID     int
	ProgramID int
	LinkID    int
)

// MapKind is the kind of a map.
type MapKind uint8

// The kinds of maps.
const (
	Hash MapKind = iota
	PerCPUHash
	Array
	PerCPUArray
	LRUHash
	PerCPULRU
	// Counters is a one-entry mmapable array whose value is one 64-byte line of eight 64-bit counters per CPU, read
	// through its mapping. Linux 5.5.
	Counters
	// Ring is a ring buffer. Linux 5.8.
	Ring
	// Stacks is a map of stack traces, which programs fill by get_stackid. Linux 4.6.
	Stacks
	// TaskStorage keeps a value of up to 8 bytes with each thread that programs give one. Its keys are the threads' numbers, 4 bytes;
	// Entries is 0. Programs find the value behind a word with that number, which is 0 for none. Linux 5.13 for tracing programs.
	TaskStorage
)

// MapSpec describes a map to create. Sizes are bytes.
type MapSpec struct {
	Name       string // any text; the kernel is given its first 15 letters, digits, '_' and '.'
	Kind       MapKind
	Key, Value int
	Entries    int // Ring: bytes, a power of two of pages
	// Init is the value that the only entry of an Array starts with; nil for zero.
	Init []byte
}

// ProgramType is the type of a program.
type ProgramType uint8

// The types of programs.
const (
	Tracepoint ProgramType = iota
	RawTracepoint
	TracingTP // a raw tracepoint whose arguments the verifier knows, the one that Target names. Linux 5.5.
	KProbe    // kprobes, uprobes and their returns
	FEntry    // the start of the function that Target names. Linux 5.5.
	FExit     // its end
	PerfEvent
	XDP
	TC
)

// ProgramSpec describes a program to load. Instructions name maps by symbol reference.
type ProgramSpec struct {
	Name string
	Type ProgramType
	// Target is the tracepoint or function that programs of the types TracingTP, FEntry and FExit are verified for.
	Target string
	Insns  asm.Instructions
	Maps   map[string]MapID
}

// Hook is a place to attach to.
type Hook struct {
	Type ProgramType
	// Kind tells hooks apart that have one type of program: kprobe, kretprobe, uprobe, uretprobe, profile, interval, and those that only
	// user space runs: begin, end, onload, onunload. It is of no matter for the other types.
	Kind           string
	Category, Name string
	// Nanoseconds or Hertz say how often the hooks profile and interval run.
	Nanoseconds, Hertz int64
	// Filter is an array of one value, with a byte for each process by its number as the kernel has it: the program runs only for events
	// that happen while a process has the CPU whose byte is not zero. 0: for all. Hooks without a process, which are begin, end, interval,
	// xdp and tc, heed no filter.
	Filter MapID
	// Idle leaves the slot empty: no event runs the program until Swap puts it there.
	Idle bool
	// Vital has the program run for all events, whatever Sample and Beat say.
	Vital bool
}

// Rows are the contents of a map at one moment, as raw bytes. Entry i has its key at Keys[i*KeySize:] and its value for CPU c at
// Values[(i*CPUs+c)*ValueSize:]. Maps that are not per CPU have CPUs == 1.
type Rows struct {
	Keys, Values       []byte
	N, CPUs            int
	KeySize, ValueSize int
}

// Entry is the key of entry i and its values on all CPUs, in the memory of the rows.
func (r *Rows) Entry(i int) (key, values []byte) {
	size := r.CPUs * r.ValueSize
	return r.Keys[i*r.KeySize : (i+1)*r.KeySize], r.Values[i*size : (i+1)*size]
}

// Clone is the rows in memory of their own.
func (r *Rows) Clone() Rows {
	c := *r
	c.Keys, c.Values = append([]byte(nil), r.Keys...), append([]byte(nil), r.Values...)
	return c
}

// Record is one record of the ring. Data is only valid during the call that hands it out.
type Record struct{ Data []byte }

// ProgramStats are the kernel's run statistics of a link's dispatcher and what it charges to it.
// Runs and Time stand still while the kernel's statistics are off. What reading the clock adds to Time is taken out.
type ProgramStats struct {
	Runs   uint64
	Time   time.Duration
	Missed uint64 // runs the kernel skipped because a program was already running on that CPU; of an interval, ticks that did not come

	Sampled uint64 // events at the hook that were passed over because of Sample
	Quiet   uint64 // events at the hook that were passed over because no Beat came
}

// Features are the properties of the running kernel that change what is compiled.
type Features struct {
	ISA     int // 1 to 4
	CPUs    int // possible CPUs
	Online  int // CPUs that run; 0: not known
	Version uint32
}
