package record

import (
	"sync"

	"go3s/incremental/layout"
	"go3s/session/printed"
)

// logChunk is how many bytes of records are kept together.
const logChunk = 64 << 10

// Log holds the last records that came. Each record has a sequence number, counted from 0. All methods may be
// called at once from any goroutine.
//
// Records are kept as they came from the ring and decoded when they are asked for: most are never looked at, and a decoded record takes
// several times the memory. What is kept has no pointers, and the memory of records that are dropped is used again, so that a record that
// comes costs a copy and nothing for the garbage collector.
type Log struct {
	resolver layout.Resolver // nil: none

	mu     sync.Mutex
	size   int
	slots  []slot // a circle once it has size entries: record n is at n % size
	next   uint64
	forms  shelf
	chunks [][]byte // records one after the other; the oldest chunk first
	first  uint32   // the number of chunks[0]
	used   int      // of the last chunk
	spare  []byte   // a chunk that nothing is in
}

// slot says where a record is.
type slot struct {
	wall  int64  // nanoseconds since 1970
	form  uint32 // in the shelf
	chunk uint32 // its number, counted from 0
	at    uint32 // in the chunk
}

// NewLog is a log of the last size records. A nil r leaves addresses and times as numbers.
func NewLog(size int, r layout.Resolver) *Log { return &Log{size: size, resolver: r} }

// Len says which sequence numbers are held: [first, next).
func (l *Log) Len() (first, next uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.oldest(), l.next
}

func (l *Log) oldest() uint64 { return l.next - uint64(len(l.slots)) }

// Since returns at most limit records from seq on, or from the first one held if seq is gone.
func (l *Log) Since(seq uint64, limit int) []Record {
	entries := l.since(seq, limit)
	if len(entries) == 0 {
		return nil
	}
	records := make([]Record, len(entries))
	for i := range entries {
		records[i] = entries[i].Record()
	}
	return records
}

// since copies entries, because their memory is used again when they are dropped.
func (l *Log) since(seq uint64, limit int) []Arrived {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq = min(max(seq, l.oldest()), l.next)
	entries := make([]Arrived, min(l.next-seq, uint64(max(limit, 0))))
	total := 0
	for i := range entries {
		total += l.forms.at(l.slots[(seq+uint64(i))%uint64(l.size)].form).Size
	}
	data := make([]byte, 0, total)
	for i := range entries {
		s := l.slots[(seq+uint64(i))%uint64(l.size)]
		f := l.forms.at(s.form)
		start := len(data)
		data = append(data, l.chunks[s.chunk-l.first][s.at:][:f.Size]...)
		entries[i] = Arrived{form: f, wall: s.wall, data: data[start:len(data):len(data)], resolve: l.resolver}
	}
	return entries
}

// Add copies a record.
func (l *Log) Add(a *Arrived) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.slots) == l.size {
		l.drop()
	}
	s := slot{wall: a.wall, form: l.forms.put(a.form)}
	s.chunk, s.at = l.keep(a.data)
	if len(l.slots) < l.size {
		l.slots = append(l.slots, s)
	} else {
		l.slots[l.next%uint64(l.size)] = s
	}
	l.next++
}

// drop forgets what only the oldest record needs.
func (l *Log) drop() {
	l.forms.drop(l.slots[l.next%uint64(l.size)].form)
	until := l.first + uint32(len(l.chunks)) - 1 // the last one is being filled
	if l.size > 1 {
		until = l.slots[(l.next+1)%uint64(l.size)].chunk
	}
	for l.first != until {
		if len(l.chunks[0]) == logChunk {
			l.spare = l.chunks[0]
		}
		n := copy(l.chunks, l.chunks[1:])
		l.chunks[n] = nil
		l.chunks = l.chunks[:n]
		l.first++
	}
}

// keep copies data and says where to.
func (l *Log) keep(data []byte) (chunk, at uint32) {
	last := len(l.chunks) - 1
	if last < 0 || l.used+len(data) > len(l.chunks[last]) {
		fresh := l.spare
		l.spare = nil
		if len(fresh) < len(data) {
			fresh = make([]byte, max(logChunk, len(data)))
		}
		l.chunks, l.used = append(l.chunks, fresh), 0
		last++
	}
	at = uint32(l.used)
	l.used += copy(l.chunks[last][l.used:], data)
	return l.first + uint32(last), at
}

// shelf holds the forms of the records in a log, as long as there are such records.
type shelf struct {
	held []heldForm
	free []uint32 // what is free of held
	last uint32   // what was put last
}

// heldForm is a form and how many records of it there are.
type heldForm struct {
	form    *printed.Form
	records int
}

func (s *shelf) at(i uint32) *printed.Form { return s.held[i].form }

// put counts one more record of a form and says where it stands.
func (s *shelf) put(f *printed.Form) uint32 {
	if int(s.last) >= len(s.held) || s.held[s.last].form != f {
		s.last = s.find(f)
	}
	s.held[s.last].records++
	return s.last
}

// find is where a form stands from now on.
func (s *shelf) find(f *printed.Form) uint32 {
	for i := range s.held {
		if s.held[i].form == f {
			return uint32(i)
		}
	}
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		s.held[i].form = f
		return i
	}
	s.held = append(s.held, heldForm{form: f})
	return uint32(len(s.held) - 1)
}

// drop counts one record less.
func (s *shelf) drop(i uint32) {
	s.held[i].records--
	if s.held[i].records == 0 {
		s.held[i].form = nil
		s.free = append(s.free, i)
	}
}
