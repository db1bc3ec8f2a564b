package session

import "sync"

// logSize is the number of records a session keeps.
const logSize = 100_000

// Log holds the last records of a session. Each record has a sequence number, counted from 0. All methods may be
// called at once from any goroutine.
type Log struct {
	mu      sync.Mutex
	max     int
	records []Record
	next    uint64
}

func newLog(max int) *Log { return &Log{max: max} }

// Len says which sequence numbers are held: [first, next).
func (l *Log) Len() (first, next uint64) { return l.next - uint64(len(l.records)), l.next }

// Since returns at most max records from seq on, or from the first one held if seq is gone.
func (l *Log) Since(seq uint64, max int) []Record { return nil }
