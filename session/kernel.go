package session

import (
	"context"
	"io"

	"github.com/cilium/ebpf/asm"

	"go3s/attach"
	"go3s/session/host"
)

// Kernel is all that a session needs of the running kernel. attach.Kernel is the real one; sessiontest.Kernel is a fake that needs no
// privilege. Handles are those of package attach. All methods may be called at once.
type Kernel interface {
	host.Kernel // what it says of itself

	CreateMap(attach.MapSpec) (attach.MapID, error)
	// ReadMap reads all of a map into rows, reusing its memory.
	ReadMap(m attach.MapID, rows *attach.Rows) error
	// ClearMap removes all entries, or sets them to zero where a map's entries are fixed.
	ClearMap(attach.MapID) error
	FreeMap(attach.MapID) error
	// ReturnMap is FreeMap of a map that was never used: it may be the next one that is asked for.
	ReturnMap(attach.MapID) error
	// FillMap writes entries into a map that no program uses yet.
	FillMap(attach.MapID, *attach.Rows) error
	// Patch changes numbers in a map exactly, beside programs that change them; it returns how many a full map has no room for.
	Patch(attach.MapID, []attach.Patch) (left int, err error)
	// Exchange makes next the value of a key if it is old; nil stands for no entry.
	Exchange(m attach.MapID, key, old, next []byte) (bool, error)
	// Settle returns when all runs of programs that had begun are over.
	Settle() error

	// Load verifies a program. A refusal by the verifier is an *attach.VerifierError.
	Load(attach.ProgramSpec) (attach.ProgramID, error)
	FreeProgram(attach.ProgramID) error
	// Tag is the kernel's mark of a program; empty if it is not known.
	Tag(attach.ProgramID) string

	// Run runs a program of the type raw tracepoint once, in the context of the calling thread.
	Run(attach.ProgramID) error

	// ReadStack reads a stack trace of a map of the kind Stacks, the innermost address first.
	ReadStack(m attach.MapID, id uint32) ([]uint64, error)

	// KernelSymbol and UserSymbol are an address in the kernel and in a process as text, a number where nothing better is known.
	KernelSymbol(addr uint64) string
	UserSymbol(pid, addr uint64) string

	// RawTracepoint reports whether the events of category:name may come from the raw tracepoint of that name.
	RawTracepoint(category, name string) bool
	// Expect says that a program is soon to be attached to such a hook.
	Expect(attach.Hook)
	// Attach puts a dispatcher at the hook with p in its slot, or with an empty slot if the hook is to be Idle.
	Attach(hook attach.Hook, name string, p attach.ProgramID) (attach.LinkID, error)
	// Swap replaces the program in the link's slot in one step. The old program stays loaded until freed.
	Swap(attach.LinkID, attach.ProgramID) error
	// Empty takes the program out of the link's slot in one step, until the next Swap. It stays loaded.
	Empty(attach.LinkID) error
	// Detach empties the slot at once and removes the link in the background; the channel yields the outcome once.
	Detach(attach.LinkID) <-chan error
	Stats(attach.LinkID) (attach.ProgramStats, error)
	// Sample has a link's program run for 1 of n events from now on, for all if n is less than 2; the others are counted.
	Sample(link attach.LinkID, n int) error
	// Beat is a sign of life. Without one for a few seconds after the first the kernel lets no event through, until the next; it counts
	// them. The result says whether that is so now, the error why nobody looks.
	Beat() (quiet bool, err error)
	// EnableStats makes the kernel count the runs and the time of all programs until the result is closed.
	EnableStats() (io.Closer, error)
	// Translated are the instructions that the verifier has made of a program.
	Translated(attach.ProgramID) (asm.Instructions, error)
	// TaskName is the name of a running process or thread, empty if there is none of that number.
	TaskName(pid uint64) string

	// ReadRing calls fn for each record of the ring until ctx ends, then drains what is left and returns.
	ReadRing(ctx context.Context, m attach.MapID, fn func(attach.Record)) error

	// Close detaches and frees all that is left and waits until the kernel has let go of it.
	Close() error
}
