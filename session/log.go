package session

import (
	"sync"
	"time"

	"go3s/incremental"
	"go3s/incremental/layout"
)

const (
	logSize  = 100_000 // records a session keeps
	logChunk = 64 << 10
)

// Log holds the last records of a session. Each record has a sequence number, counted from 0. All methods may be
// called at once from any goroutine.
//
// Records are kept as they came from the ring and decoded when they are asked for: most are never looked at, and a decoded record takes
// several times the memory.
type Log struct {
	resolver layout.Resolver // nil: none

	mu      sync.Mutex
	size    int
	entries []entry // a circle once it has size entries: record n is at n % size
	next    uint64
	chunk   []byte // the free end of the chunk that data is copied to; a chunk lives as long as an entry needs it
}

// entry is a record as it came.
type entry struct {
	schema *incremental.Schema
	wall   int64 // nanoseconds since 1970
	data   []byte
}

func newLog(size int) *Log { return &Log{size: size} }

// Len says which sequence numbers are held: [first, next).
func (l *Log) Len() (first, next uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first(), l.next
}

func (l *Log) first() uint64 { return l.next - uint64(len(l.entries)) }

// Since returns at most limit records from seq on, or from the first one held if seq is gone.
func (l *Log) Since(seq uint64, limit int) []Record {
	entries := l.since(seq, limit)
	if len(entries) == 0 {
		return nil
	}
	records := make([]Record, len(entries))
	for i, e := range entries {
		records[i] = e.record(l.resolver)
	}
	return records
}

func (l *Log) since(seq uint64, limit int) []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq = min(max(seq, l.first()), l.next)
	n := min(l.next-seq, uint64(max(limit, 0)))
	entries := make([]entry, n)
	for i := range entries {
		entries[i] = l.entries[(seq+uint64(i))%uint64(l.size)]
	}
	return entries
}

// add copies data, which is a whole record that fits schema, and returns its entry.
func (l *Log) add(schema *incremental.Schema, wall time.Time, data []byte) entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entry{schema: schema, wall: wall.UnixNano(), data: l.keep(data)}
	if len(l.entries) < l.size {
		l.entries = append(l.entries, e)
	} else {
		l.entries[l.next%uint64(l.size)] = e
	}
	l.next++
	return e
}

func (l *Log) keep(data []byte) []byte {
	if len(data) > len(l.chunk) {
		l.chunk = make([]byte, max(logChunk, len(data)))
	}
	kept := l.chunk[:len(data):len(data)]
	l.chunk = l.chunk[len(data):]
	copy(kept, data)
	return kept
}
