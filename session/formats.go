package session

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

	"go3s/incremental/universe"
)

// formats is what the compiler sees of a session's kernel: a universe.Kernel that asks the Kernel once for each thing.
type formats struct {
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

func newFormats(k Kernel) (*formats, error) {
	f, err := k.Features()
	if err != nil {
		return nil, fmt.Errorf("look at the kernel's features: %w", err)
	}
	// Where formats can't be read, every hook would look like one that this kernel does not have.
	if _, err := k.TracepointFormat("sched", "sched_switch"); errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EMFILE) {
		return nil, err
	}
	all := &formats{
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

// keep keeps what was found in the kernel's BTF for later starts. Where that fails they find it anew.
func (f *formats) keep() {
	if b := f.read.Load(); b != nil {
		if facts := b.Facts(); facts != nil {
			_ = f.kernel.Keep(btfMemory, facts)
		}
	}
}

// BTF describes the kernel's types, nil without a description.
func (f *formats) BTF() *universe.BTF { return f.btf() }

// Features are the kernel's, as read when the session was opened.
func (f *formats) Features() universe.Features { return f.features }

// Tracepoints lists the kernel's tracepoints as "category:name", sorted; nil if they can't be read.
func (f *formats) Tracepoints() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.names == nil {
		var err error
		f.names, err = f.kernel.Tracepoints()
		f.answered("", err)
	}
	return f.names
}

// answered notes how asking for something went. The caller holds mu.
func (f *formats) answered(what string, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		delete(f.fault, what)
		return
	}
	if f.fault == nil {
		f.fault = make(map[string]error)
	}
	f.fault[what] = err
}

// unanswered is why a question about tracepoints is not answered, or the kernel's types can't be read, nil if neither is so: what
// the compiler does not find then may well be there.
func (f *formats) unanswered() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(f.fault)) {
		return f.fault[what]
	}
	if blind := f.blind.Load(); blind != nil {
		return *blind
	}
	return nil
}

// Tracepoint returns the format of category:name, or nil when the kernel has none of that name or it can't be read. A failure other than
// "no such" is not kept, so that the next question asks again.
func (f *formats) Tracepoint(category, name string) *universe.Format {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := category + ":" + name
	if format, ok := f.cache[key]; ok {
		return format
	}
	text, err := f.kernel.TracepointFormat(category, name)
	f.answered(key, err)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			f.cache[key] = nil
		}
		return nil
	}
	format, err := universe.ParseFormat(text)
	if err != nil {
		return nil
	}
	format.Category = category
	f.cache[key] = format
	return format
}

// HasHelper reports whether programs can call the helper of that number, for kernels whose version does not promise it.
func (f *formats) HasHelper(number int64) bool {
	k, ok := f.kernel.(interface{ HasHelper(number int64) bool })
	return ok && k.HasHelper(number)
}

// KeepsStates reports whether values may be kept with threads.
func (f *formats) KeepsStates() bool { return f.states() }

// Symbol is the address of a function or variable of the kernel, for kaddr.
func (f *formats) Symbol(name string) (addr uint64, ok bool) { return f.kernel.SymbolAddress(name) }

// hook is the format of a hook as a user types it.
func (f *formats) hook(hook string) *universe.Format {
	category, name, ok := strings.Cut(strings.TrimPrefix(hook, "tracepoint:"), ":")
	if !ok {
		return nil
	}
	return f.Tracepoint(category, name)
}
