package sums

import (
	"encoding/binary"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/abi"
)

// Part is a part of a value that adds up: its offset in a CPU's value and its width in bytes.
type Part struct{ offset, width int }

// Parts are the parts of a map's values that only additions change; none if there are no such.
func Parts(m *incremental.Map) []Part {
	switch m.Aggregate.Kind {
	case abi.NoAggregate, abi.Count, abi.Sum:
		if m.ValueType.IsInteger() && (m.Kind.PerCPU() || m.Aggregate.Kind != abi.NoAggregate) {
			return []Part{{0, m.ValueType.Size}}
		}
		return nil
	case abi.Min, abi.Max:
		return nil
	case abi.Avg, abi.Stats:
		return []Part{{8 * abi.WordCount, 8}, {8 * abi.WordSum, 8}}
	}
	return []Part{{0, 8}}
}

// Last is the values of each key when a map was last read.
type Last map[string][]byte

// Since makes of what was read what came since before, and returns what was read. Entries to which nothing came are left out, but for that
// of a map without keys, which is whole.
func (before Last) Since(rows *attach.Rows, parts []Part, whole bool) (now Last) {
	size := rows.CPUs * rows.ValueSize
	now = make(Last, rows.N)
	kept := 0
	for i := range rows.N {
		key, value := rows.Entry(i)
		now[string(key)] = append([]byte(nil), value...)
		came := whole
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
	return now
}

// less takes the parts of old from those of value, and reports whether anything is left.
func less(value, old []byte, parts []Part) (left bool) {
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
