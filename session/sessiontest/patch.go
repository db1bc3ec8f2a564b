package sessiontest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"go3s/attach"
)

// FillMap implements session.Kernel.
func (k *Kernel) FillMap(id attach.MapID, rows *attach.Rows) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.maps[id]
	if m == nil {
		return k.wrong("fill of map %d: %w", id, errNoObject)
	}
	if err := k.call("FillMap", m.Name); err != nil {
		return err
	}
	want := m.zero(k.Machine.CPUs)
	if rows.N > 0 && (rows.CPUs != len(want) || rows.KeySize != m.keySize() || rows.ValueSize != m.valueSize()) {
		return k.wrong("fill of map %s with keys of %d and %d values of %d bytes", m.Name, rows.KeySize, rows.CPUs, rows.ValueSize)
	}
	for i := range rows.N {
		entry := m.zero(k.Machine.CPUs)
		for cpu := range entry {
			copy(entry[cpu], rows.Values[(i*rows.CPUs+cpu)*rows.ValueSize:])
		}
		m.Values[string(rows.Keys[i*rows.KeySize:(i+1)*rows.KeySize])] = entry
	}
	return nil
}

// Patch implements session.Kernel.
func (k *Kernel) Patch(id attach.MapID, patches []attach.Patch) (left int, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.maps[id]
	if m == nil {
		return 0, k.wrong("patch of map %d: %w", id, errNoObject)
	}
	if err := k.call("Patch", m.Name); err != nil {
		return 0, err
	}
	for _, p := range patches {
		key := string(p.Key)
		entry := m.Values[key]
		if entry == nil {
			if m.full() {
				left++
				continue
			}
			entry = m.zero(k.Machine.CPUs)
			m.Values[key] = entry
		}
		b := entry[min(p.CPU, len(entry)-1)][p.Offset:]
		var wide [8]byte
		copy(wide[:p.Size], b)
		v := binary.LittleEndian.Uint64(wide[:])
		if p.Raise {
			v = max(v, p.By)
		} else {
			v += p.By
		}
		binary.LittleEndian.PutUint64(wide[:], v)
		copy(b[:p.Size], wide[:])
	}
	return left, nil
}

// full reports that there is no room for another entry.
func (m *Map) full() bool { return m.Kind != attach.TaskStorage && len(m.Values) >= m.Entries }

// Exchange implements session.Kernel.
func (k *Kernel) Exchange(id attach.MapID, key, old, next []byte) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.maps[id]
	if m == nil || m.perCPU() {
		return false, k.wrong("exchange in map %d: %w", id, errNoObject)
	}
	if err := k.call("Exchange", m.Name); err != nil {
		return false, err
	}
	entry := m.Values[string(key)]
	switch {
	case (old == nil) != (entry == nil), entry != nil && !bytes.Equal(entry[0], old):
		return false, nil
	case next == nil:
		delete(m.Values, string(key))
	case entry == nil && m.full():
		return false, fmt.Errorf("map %s is full", m.Name)
	default:
		m.Values[string(key)] = [][]byte{bytes.Clone(next)}
	}
	return true, nil
}

// OnSettle has fn called by the next Settle: the last moment in which old programs may do something.
func (k *Kernel) OnSettle(fn func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.onSettle = fn
}

// Settle implements session.Kernel.
func (k *Kernel) Settle() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("Settle", ""); err != nil {
		return err
	}
	if fn := k.onSettle; fn != nil {
		k.onSettle = nil
		k.mu.Unlock()
		fn()
		k.mu.Lock()
	}
	return nil
}

// Add adds to the first word of an entry of a map as a program does that has the map: the newest of that name, or the one age steps
// before.
func (k *Kernel) Add(name string, age int, key []byte, cpu int, by uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.aged(name, age)
	at := m.key(key)
	if m.Values[at] == nil {
		m.Values[at] = m.zero(k.Machine.CPUs)
	}
	entry := m.Values[at]
	b := entry[min(cpu, len(entry)-1)]
	b = b[:min(8, len(b))]
	var wide [8]byte
	copy(wide[:], b)
	binary.LittleEndian.PutUint64(wide[:], binary.LittleEndian.Uint64(wide[:])+by)
	copy(b, wide[:])
}

// Delete removes an entry as a program does; see Add.
func (k *Kernel) Delete(name string, age int, key []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.aged(name, age)
	delete(m.Values, m.key(key))
}

// key is a key padded to the size of the map's.
func (m *Map) key(key []byte) string {
	padded := make([]byte, m.keySize())
	copy(padded, key)
	return string(padded)
}

// aged is the map of that name that was created age maps of that name before the newest. The caller holds mu.
func (k *Kernel) aged(name string, age int) *Map {
	var ids []attach.MapID
	for id, m := range k.maps {
		if m.Name == name {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if age >= len(ids) {
		panic(fmt.Sprintf("the fake kernel has %d maps %q", len(ids), name))
	}
	return k.maps[ids[len(ids)-1-age]]
}
