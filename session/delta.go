package session

import (
	"encoding/binary"
	"sync"

	"go3s/incremental/abi"
)

// Deltas reads maps as what came since it last did. Nothing is cleared for it: a value that were read and then removed would lose what
// is added in between, whereas differences of readings add up to the last of them, whatever happens meanwhile.
//
// Counts, sums, averages, histograms and quantiles have differences, and so have maps of integers that are kept per CPU, because nothing
// but additions is done to them. Minima, maxima and what programs assign are as they are. Rows to which nothing came are left out.
type Deltas struct {
	session *Session
	mu      sync.Mutex
	last    map[string]map[string][]byte // the values of each key of each map
}

// NewDeltas starts from empty maps.
func NewDeltas(s *Session) *Deltas {
	return &Deltas{session: s, last: make(map[string]map[string][]byte)}
}

// Read is Session.Read of what came since the last Read of that map.
func (d *Deltas) Read(name string) (Table, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session.read(name, d.subtract)
}

// addend is a part of a value that adds up: its offset in a CPU's value and its width in bytes.
type addend struct{ offset, width int }

// addends are the parts of a map's values that only additions change; none if there are no such.
func (m *liveMap) addends() []addend {
	switch m.Aggregate.Kind {
	case abi.NoAggregate, abi.Count, abi.Sum:
		if isInteger(m.ValueType) && (mapKinds[m.Kind].perCPU || m.Aggregate.Kind != abi.NoAggregate) {
			return []addend{{0, m.ValueType.Size}}
		}
		return nil
	case abi.Min, abi.Max:
		return nil
	case abi.Avg, abi.Stats:
		return []addend{{8 * abi.WordCount, 8}, {8 * abi.WordSum, 8}}
	}
	return []addend{{0, 8}}
}

// subtract takes the last values from those just read, and keeps the latter.
func (d *Deltas) subtract(m *liveMap) {
	parts := m.addends()
	if parts == nil {
		return
	}
	rows, size := &m.rows, m.rows.CPUs*m.rows.ValueSize
	before, now := d.last[m.Name], make(map[string][]byte, rows.N)
	kept := 0
	for i := range rows.N {
		key := rows.Keys[i*rows.KeySize : (i+1)*rows.KeySize]
		value := rows.Values[i*size : (i+1)*size]
		now[string(key)] = append([]byte(nil), value...)
		came := m.Counter
		if old := before[string(key)]; len(old) == size {
			for cpu := range rows.CPUs {
				came = less(value[cpu*rows.ValueSize:], old[cpu*rows.ValueSize:], parts) || came
			}
		} else {
			came = true
		}
		if came {
			copy(rows.Keys[kept*rows.KeySize:], key)
			copy(rows.Values[kept*size:], value)
			kept++
		}
	}
	rows.N, rows.Keys, rows.Values = kept, rows.Keys[:kept*rows.KeySize], rows.Values[:kept*size]
	d.last[m.Name] = now
}

// less takes the parts of old from those of value, and reports whether anything is left.
func less(value, old []byte, parts []addend) (left bool) {
	for _, p := range parts {
		v, o := value[p.offset:p.offset+p.width], old[p.offset:p.offset+p.width]
		var difference [8]byte
		binary.LittleEndian.PutUint64(difference[:], integer(v)-integer(o))
		copy(v, difference[:])
		left = left || integer(v) != 0
	}
	return left
}

// integer is a little-endian number of up to eight bytes.
func integer(b []byte) uint64 {
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:])
}
