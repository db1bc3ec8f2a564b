package session

import (
	"encoding/binary"

	"go3s/incremental"
)

// Fault is a line of a probe on which runs ended: by a division by zero, an index out of range, a nil pointer, or a loop that went
// round too often. The place is the first on the line where that can happen.
type Fault struct {
	incremental.Fault
	Count uint64
}

// readFaults are the lines of a version of a probe that have faulted. The map keeps its counts as long as the lines stay the same.
func (m *liveMap) readFaults(k Kernel, places []incremental.Fault) []Fault {
	m.reading.Lock()
	defer m.reading.Unlock()
	if k.ReadMap(m.id, &m.rows) != nil || len(m.rows.Values) < 8*len(places) {
		return nil
	}
	var faults []Fault
	for i, p := range places {
		if n := binary.LittleEndian.Uint64(m.rows.Values[8*i:]); n > 0 {
			faults = append(faults, Fault{p, n})
		}
	}
	return faults
}
