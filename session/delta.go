package session

import (
	"sync"

	"go3s/session/sums"
	"go3s/session/table"
)

// Deltas reads maps as what came since it last did. Nothing is cleared for it: a value that were read and then removed would lose what
// is added in between, whereas differences of readings add up to the last of them, whatever happens meanwhile.
//
// Counts, sums, averages, histograms and quantiles have differences, and so have maps of integers that are kept per CPU, because nothing
// but additions is done to them. Minima, maxima and what programs assign are as they are. Rows to which nothing came are left out.
type Deltas struct {
	session *Session
	mu      sync.Mutex
	last    map[string]sums.Last // of each map
}

// NewDeltas starts from empty maps.
func NewDeltas(s *Session) *Deltas {
	return &Deltas{session: s, last: make(map[string]sums.Last)}
}

// Read is Session.Read of what came since the last Read of that map.
func (d *Deltas) Read(name string) (table.Table, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session.read(name, d.subtract)
}

// subtract takes the last values from those just read, and keeps the latter.
func (d *Deltas) subtract(m *liveMap) {
	if parts := sums.Parts(m.Map); parts != nil {
		d.last[m.Name] = d.last[m.Name].Since(&m.rows, parts, m.Counter)
	}
}
