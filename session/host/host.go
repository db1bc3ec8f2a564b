// Package host is the running kernel as the compiler sees it, and as a user may ask for it: its hooks, types and functions by name.
package host

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/universe"
)

// Kernel is what is asked of a kernel.
type Kernel interface {
	// TracepointFormat returns the text of the format file of category:name. A name that the kernel does not have is
	// an error for which errors.Is(err, fs.ErrNotExist) holds.
	TracepointFormat(category, name string) (string, error)
	// Tracepoints lists all tracepoints as "category:name", sorted.
	Tracepoints() ([]string, error)
	Features() (attach.Features, error)
	// BTF is the kernel's BTF blob, which stays as it is. For a kernel without one errors.Is(err, fs.ErrNotExist) holds.
	BTF() ([]byte, error)
	// Recall is what Keep was last given of a thing about this build of the kernel, in this process or an earlier one; nil if there is
	// nothing. Keep does nothing where there is no place for it.
	Recall(what string) []byte
	Keep(what string, data []byte) error

	// KeepsStates reports whether maps of the kind TaskStorage are to be had.
	KeepsStates() bool
	// SymbolAddress is the address of a function or variable of the kernel.
	SymbolAddress(name string) (addr uint64, ok bool)
}

// Host is a kernel as the compiler sees it, a universe.Kernel: it asks once for each thing.
type Host struct {
	kernel   Kernel
	features universe.Features

	mu    sync.Mutex
	cache map[string]*universe.Format
	names []string
	fault map[string]error // why a question was not answered when it was asked last; by what was asked
	btf   func() *universe.BTF
	read  atomic.Pointer[universe.BTF] // what btf has given
	blind atomic.Pointer[error]        // why there is no BTF that can be read

	functions func() []string // of the kernel, sorted
	states    func() bool     // values may be kept with threads
}

// New looks at a kernel. The error is of one whose features or formats can't be read at all.
func New(k Kernel) (*Host, error) {
	f, err := k.Features()
	if err != nil {
		return nil, fmt.Errorf("look at the kernel's features: %w", err)
	}
	// Where formats can't be read, every hook would look like one that this kernel does not have.
	if _, err := k.TracepointFormat("sched", "sched_switch"); errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EMFILE) {
		return nil, err
	}
	all := &Host{
		kernel:   k,
		features: universe.Features{ISA: f.ISA, CPUs: f.CPUs, Version: f.Version},
		cache:    make(map[string]*universe.Format),
		states:   sync.OnceValue(k.KeepsStates),
	}
	all.btf = sync.OnceValue(func() *universe.BTF {
		b, err := readBTF(k)
		if err != nil {
			all.blind.Store(&err)
		}
		all.read.Store(b)
		return b
	})
	all.functions = functionsOf(all.btf)
	return all, nil
}

// readBTF is the kernel's BTF, nil if there is none. What fails for a passing reason, such as want of memory, is tried
// once more: the compiler keeps what it has found out without it.
func readBTF(k Kernel) (*universe.BTF, error) {
	blob, err := k.BTF()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		blob, err = k.BTF()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := universe.ParseBTF(blob)
	if err != nil {
		return nil, err
	}
	if known := k.Recall(btfMemory); known != nil {
		_ = b.Learn(known) // otherwise it is found anew
	}
	return b, nil
}

// btfMemory is the thing of Kernel.Recall that holds universe.BTF's facts: to find what one program names takes up to 3 ms, once.
const btfMemory = "types"

// Keep keeps what was found in the kernel's BTF for later starts. Where that fails they find it anew.
func (h *Host) Keep() {
	if b := h.read.Load(); b != nil {
		if facts := b.Facts(); facts != nil {
			_ = h.kernel.Keep(btfMemory, facts)
		}
	}
}

// BTF describes the kernel's types, nil without a description.
func (h *Host) BTF() *universe.BTF { return h.btf() }

// Features are the kernel's, as read when the session was opened.
func (h *Host) Features() universe.Features { return h.features }

// Tracepoints lists the kernel's tracepoints as "category:name", sorted; nil if they can't be read.
func (h *Host) Tracepoints() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.names == nil {
		var err error
		h.names, err = h.kernel.Tracepoints()
		h.answered("", err)
	}
	return h.names
}

// answered notes how asking for something went. The caller holds mu.
func (h *Host) answered(what string, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		delete(h.fault, what)
		return
	}
	if h.fault == nil {
		h.fault = make(map[string]error)
	}
	h.fault[what] = err
}

// Unanswered is why a question about tracepoints is not answered, or the kernel's types can't be read, nil if neither is so: what
// the compiler does not find then may well be there.
func (h *Host) Unanswered() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(h.fault)) {
		return h.fault[what]
	}
	if blind := h.blind.Load(); blind != nil {
		return *blind
	}
	return nil
}

// Tracepoint returns the format of category:name, or nil when the kernel has none of that name or it can't be read. A failure other than
// "no such" is not kept, so that the next question asks again.
func (h *Host) Tracepoint(category, name string) *universe.Format {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := category + ":" + name
	if format, ok := h.cache[key]; ok {
		return format
	}
	text, err := h.kernel.TracepointFormat(category, name)
	h.answered(key, err)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			h.cache[key] = nil
		}
		return nil
	}
	format, err := universe.ParseFormat(text)
	if err != nil {
		return nil
	}
	format.Category = category
	h.cache[key] = format
	return format
}

// HasHelper reports whether programs can call the helper of that number, for kernels whose version does not promise it.
func (h *Host) HasHelper(number int64) bool {
	k, ok := h.kernel.(interface{ HasHelper(number int64) bool })
	return ok && k.HasHelper(number)
}

// KeepsStates reports whether values may be kept with threads.
func (h *Host) KeepsStates() bool { return h.states() }

// Symbol is the address of a function or variable of the kernel, for kaddr.
func (h *Host) Symbol(name string) (addr uint64, ok bool) { return h.kernel.SymbolAddress(name) }

// Functions lists the functions of the kernel that can be hooked by name, sorted; nil if they can't be known.
func (h *Host) Functions() []string { return h.functions() }

// functionsOf lists the functions that BTF describes, once.
func functionsOf(btf func() *universe.BTF) func() []string {
	return sync.OnceValue(func() []string {
		if b := btf(); b != nil {
			return b.Functions()
		}
		return nil
	})
}

// Types lists the names of the kernel's structs and unions, sorted; nil if they can't be known.
func (h *Host) Types() []string {
	if b := h.BTF(); b != nil {
		return b.Structs()
	}
	return nil
}

// Hook is the format of a hook as a user types it.
func (h *Host) Hook(hook string) *universe.Format {
	category, name, ok := strings.Cut(strings.TrimPrefix(hook, "tracepoint:"), ":")
	if !ok {
		return nil
	}
	return h.Tracepoint(category, name)
}

// WithStrings is what the compiler sees of the kernel where the user has said how many bytes str(p) takes.
func (h *Host) WithStrings(length int) universe.Kernel { return withStrings{h, length} }

// withStrings is what the compiler sees of a kernel when the user has said how long strings are.
type withStrings struct {
	*Host
	length int
}

// StrLen is how many bytes str(p) takes that says no number.
func (w withStrings) StrLen() int { return w.length }
