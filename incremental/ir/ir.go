package ir

import "go3s/incremental/source"

// Type is the type of a value.
type Type uint8

// The types of values.
const (
	Void Type = iota // no result
	I32
	I64
	Ptr
)

// Kind is the program type a function is compiled for; it decides which helpers and context accesses the
// kernel allows.
type Kind uint8

// The kinds of functions.
const (
	Sub        Kind = iota // BPF-to-BPF function, up to five parameters
	Tracepoint             // BPF_PROG_TYPE_TRACEPOINT
	RawTP                  // BPF_PROG_TYPE_RAW_TRACEPOINT; runs under BPF_PROG_RUN
	TPBTF                  // BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP. Linux 5.5.
	KProbe                 // BPF_PROG_TYPE_KPROBE; kprobes and uprobes and their returns
	FEntry                 // BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY. Linux 5.5.
	FExit                  // BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT. Linux 5.5.
	PerfEvent              // BPF_PROG_TYPE_PERF_EVENT
	XDP                    // BPF_PROG_TYPE_XDP
	TC                     // BPF_PROG_TYPE_SCHED_CLS
)

// Module is what one compilation hands down: functions and the maps they name.
type Module struct {
	Maps  []*Map
	Funcs []*Func
}

// Map is what a function needs to know of a map: its name and its shape, sizes in bytes.
type Map struct {
	Name    string
	Kind    MapKind
	Key     int // 0 for a ring buffer
	Value   int // 0 for a ring buffer
	Entries int // for a ring buffer its size in bytes, a power of two of pages
}

// entrySize is how many bytes a program gets of an entry.
func (m *Map) entrySize() int {
	if m.Kind == TaskStorage {
		return StateSize
	}
	return m.Value
}

// MapKind is the kind of a map.
type MapKind uint8

// The kinds of maps.
const (
	Hash        MapKind = iota // BPF_MAP_TYPE_HASH
	PerCPUHash                 // BPF_MAP_TYPE_PERCPU_HASH
	Array                      // BPF_MAP_TYPE_ARRAY
	PerCPUArray                // BPF_MAP_TYPE_PERCPU_ARRAY
	LRUHash                    // BPF_MAP_TYPE_LRU_HASH
	PerCPULRU                  // BPF_MAP_TYPE_LRU_PERCPU_HASH
	// Counters is a one-entry BPF_MAP_TYPE_ARRAY with BPF_F_MMAPABLE whose value is one 64-byte cache line
	// of eight 64-bit counters per possible CPU (the number of CPUs rounded up to a power of two).
	// User space reads it through the mapping. Linux 5.5.
	Counters
	Ring   // BPF_MAP_TYPE_RINGBUF. Linux 5.8.
	Stacks // BPF_MAP_TYPE_STACK_TRACE. Linux 4.6.
	// TaskStorage is a BPF_MAP_TYPE_TASK_STORAGE. What a program gets of a thread by task_storage_get are StateSize bytes: the thread's
	// number where it has a value, else 0, as 32 bits; the value is at StateHead. Value is the size of that alone. Linux 5.13 for tracing programs.
	TaskStorage
)

// PerCPU reports whether a map of that kind keeps a value for each CPU.
func (k MapKind) PerCPU() bool {
	switch k {
	case PerCPUHash, PerCPUArray, PerCPULRU, Counters:
		return true
	}
	return false
}

// The layout of what a TaskStorage map has at a thread, in bytes: where the value is, and how much there is of all.
const (
	StateHead = 8
	StateSize = 16
)

// Func is one function: blocks in layout order, the first is the entry.
type Func struct {
	Name   string
	Kind   Kind
	Params []*Value // OpParam values, in the entry block; a program has exactly one, its context
	Blocks []*Block
	Slots  []*Slot
	Span   source.Span

	nextValue, nextBlock, nextSlot int

	slotNames map[string]int // how often a name was asked for
	mem       *memory
}

// Slot is an object on the function's stack. Its address is OpSlot; it is uninitialized at first.
type Slot struct {
	Name        string
	Size, Align int // bytes; Align is 1, 2, 4 or 8
	ID          int // of all slots that the function has had
}

// Block is a straight run of values ended by a terminator.
type Block struct {
	ID     int
	Values []*Value // phis first
	Term   Term
	Preds  []*Block // one entry an edge; phi arguments are in this order

	fn *Func
}

// Term ends a block.
type Term struct {
	Kind  TermKind
	Cond  Cond     // TermBranch
	Args  []*Value // TermBranch: the two sides, of one type; TermReturn: the result, if any
	Succs []*Block // TermJump: 1; TermBranch: 2, first the one taken when the condition holds
	// Likely says which successor is expected: 0 no opinion, 1 the first, 2 the second.
	Likely int8
	Span   source.Span
}

// TermKind is the kind of a terminator.
type TermKind uint8

// The kinds of terminators.
const (
	TermNone TermKind = iota // an unfinished block; Verify refuses it
	TermJump
	TermBranch
	TermReturn
)

// Cond is a comparison. The type of its operands decides its width; pointers compare as 64-bit unsigned.
type Cond uint8

// The comparisons.
const (
	Eq  Cond = iota
	Ne       // !=
	Slt      // signed <
	Sle      // signed <=
	Sgt      // signed >
	Sge      // signed >=
	Ult      // unsigned <
	Ule      // unsigned <=
	Ugt      // unsigned >
	Uge      // unsigned >=
	Set      // a & b != 0
)

// Value is one SSA value: what an op computes, or the op itself where it only acts.
type Value struct {
	ID    int
	Op    Op
	Type  Type
	Cond  Cond // OpCmp
	Align int8 // OpParam, OpLoadPtr: the address is a multiple of so many bytes, 1, 2 or 4; 0 where it is one of 8
	Args  []*Value
	Imm   int64  // OpConst: the constant; loads, stores, atomics, OpOffset, OpMapValue: the byte offset; OpCall: the helper's number; OpMove, OpZero: bytes; OpParam: index
	Slot  *Slot  // OpSlot
	Map   *Map   // OpMap, OpMapValue
	Func  string // OpCallFunc, OpFunc: the callee's name
	Block *Block
	Span  source.Span
}
