package session

import (
	"sync"
	"time"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Options are what a session may be told when it opens.
type Options struct {
	RingSize int // bytes of the events ring, a power of two of pages; 0: what the compiler proposes
}

// Session is one sitting at the kernel. All methods may be called at once from any goroutine, but not Enter, Stop and Close
// from a subscriber's function.
type Session struct {
	kernel  Kernel
	options Options
	log     *Log

	mu     sync.Mutex
	opened time.Time
}

// Open starts a session on k, which the session owns from then on: Close closes it.
func Open(k Kernel, o Options) (*Session, error) {
	return &Session{kernel: k, options: o, log: newLog(logSize), opened: time.Now()}, nil
}

// Enter compiles cell with all that was entered before, loads what changed and attaches or swaps it: all of it, or nothing.
func (s *Session) Enter(cell source.Cell) Result { return Result{} }

// Check compiles cell as Enter would and leaves the kernel alone.
func (s *Session) Check(cell source.Cell) Result { return Result{} }

// Probes are all probes in order of entry, detached ones included, with their counts of this moment.
func (s *Session) Probes() []Probe { return nil }

// Maps are the user's maps in order of creation; the events ring and the probes' own counters are not among them.
func (s *Session) Maps() []Map { return nil }

// Read reads all of a map from the kernel.
func (s *Session) Read(name string) (Table, error) { return Table{}, nil }

// Clear removes all entries of a map, or sets them to zero where they are fixed.
func (s *Session) Clear(name string) error { return nil }

// Detach takes probes out of the kernel. It returns when no event reaches them any more; their links go in the background
// and a ChangedEvent tells when they are gone. With an unknown name among names nothing is detached.
func (s *Session) Detach(names ...string) error { return nil }

// Log holds the last event records.
func (s *Session) Log() *Log { return s.log }

// Totals are sums over all probes of a session.
type Totals struct {
	Stats
	Records uint64    // event records received
	Probes  int       // probes attached now
	Since   time.Time // when the session was opened
}

// Totals are the session's sums at this moment.
func (s *Session) Totals() Totals { return Totals{Since: s.opened} }

// Tracepoints lists the kernel's tracepoints as "category:name", sorted; nil if they can't be read.
func (s *Session) Tracepoints() []string { return nil }

// Format is the record layout of a tracepoint "category:name" or "tracepoint:category:name"; nil if the kernel has none of that name.
func (s *Session) Format(hook string) *universe.Format { return nil }

// Stop detaches all probes, waits for it, and takes all records left in the ring to the log and the subscribers. Maps can
// still be read. Only Close and the reading methods are of use after it.
func (s *Session) Stop() error { return nil }

// Close stops the session if Stop has not, and frees all it has in the kernel. Further calls do nothing.
func (s *Session) Close() error { return nil }
