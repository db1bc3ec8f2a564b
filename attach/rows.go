package attach

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// counterLine is what a CPU has of a Counters map: one cache line.
const counterLine = 64

// batchSize is how many entries are read by one system call, unless a bucket of the hash table holds more.
const batchSize = 4096

// ReadMap reads all of a map into rows, reusing its memory. Entries that come or go meanwhile may or may not be seen; none is seen
// twice. Counters have no keys, one entry, and a value of 64 bytes for each possible CPU.
func (k *Kernel) ReadMap(id MapID, rows *Rows) error {
	m, release, err := k.maps.use(int(id))
	if err != nil {
		return fmt.Errorf("read map: %w", err)
	}
	defer release()
	if m.spec.Kind == TaskStorage {
		err = k.readStates(m, rows)
	} else {
		err = m.read(rows)
	}
	if err != nil {
		return refine("read map "+m.spec.Name, err)
	}
	return nil
}

// ClearMap removes all entries, or sets them to zero where a map's entries are fixed. What programs add meanwhile may or may not
// be removed.
func (k *Kernel) ClearMap(id MapID) error {
	m, release, err := k.maps.use(int(id))
	if err != nil {
		return fmt.Errorf("clear map: %w", err)
	}
	defer release()
	if m.spec.Kind == TaskStorage {
		err = k.clearStates(m)
	} else {
		err = m.clear()
	}
	if err != nil {
		return refine("clear map "+m.spec.Name, err)
	}
	return nil
}

func (m *bpfMap) read(rows *Rows) error {
	if m.spec.Kind == Ring {
		return errors.New("a ring buffer has no entries")
	}
	rows.reset(m)
	if m.spec.Kind == Counters {
		rows.N, rows.KeySize, rows.ValueSize = 1, 0, counterLine
		rows.Values = appendWords(rows.Values, m.lines[:m.cpus*counterLine])
		return nil
	}
	err := m.readBatches(rows, unix.BPF_MAP_LOOKUP_BATCH)
	if errors.Is(err, errNoBatch) {
		rows.reset(m)
		err = m.readEach(rows)
	}
	rows.ValueSize = m.spec.Value
	rows.unpad(m.stride)
	return err
}

// reset empties the rows and gives them the shape of the map, with the kernel's padding.
func (r *Rows) reset(m *bpfMap) {
	r.Keys, r.Values = r.Keys[:0], r.Values[:0]
	r.N, r.CPUs, r.KeySize, r.ValueSize = 0, m.cpus, m.spec.Key, m.stride
}

// unpad removes the padding to eight bytes that per-CPU values have.
func (r *Rows) unpad(stride int) {
	if stride == r.ValueSize {
		return
	}
	n := r.N * r.CPUs
	for i := range n {
		copy(r.Values[i*r.ValueSize:], r.Values[i*stride:i*stride+r.ValueSize])
	}
	r.Values = r.Values[:n*r.ValueSize]
}

// errNoBatch says that the kernel has no batch commands for a type of map: per-CPU arrays before Linux 5.13.
var errNoBatch = errors.New("no batch commands")

// readBatches appends all entries, and removes them from the map if the command is BPF_MAP_LOOKUP_AND_DELETE_BATCH. A hash map is
// read bucket by bucket, each locked, so that no entry is seen twice.
func (m *bpfMap) readBatches(rows *Rows, cmd uintptr) error {
	if m.noBatch {
		return errNoBatch
	}
	entry := m.cpus * m.stride
	// One more than there are, so that the first batch of a small map finds its end.
	size := min(m.spec.Entries+1, batchSize)
	var cursor []byte
	for {
		rows.Keys = slices.Grow(rows.Keys, size*m.spec.Key)
		rows.Values = slices.Grow(rows.Values, size*entry)
		keys, values := rows.Keys[len(rows.Keys):cap(rows.Keys)], rows.Values[len(rows.Values):cap(rows.Values)]
		n, err := m.batch(cmd, &cursor, keys, values, size)
		switch {
		case errors.Is(err, unix.ENOSPC):
			// The next bucket alone is larger than the batch. The cursor still names it.
			if size >= m.spec.Entries {
				return fmt.Errorf("a bucket holds more than all %d entries", m.spec.Entries)
			}
			size = min(2*size, m.spec.Entries)
			continue
		case errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, enotsupp):
			if rows.N == 0 {
				return errNoBatch
			}
			return err
		case err != nil && !errors.Is(err, unix.ENOENT):
			return err
		}
		rows.N += n
		rows.Keys = rows.Keys[:rows.N*m.spec.Key]
		rows.Values = rows.Values[:rows.N*entry]
		if err != nil {
			return nil
		}
	}
}

// enotsupp is the kernel's own error number for what is not supported, which leaks into system calls.
const enotsupp = unix.Errno(524)

// readEach appends all entries by one lookup each. When an entry is deleted by a program while it is the last one seen, the kernel
// starts over; what was seen before is then passed over.
func (m *bpfMap) readEach(rows *Rows) error {
	entry := m.cpus * m.stride
	seen := make(map[string]bool)
	key, next := []byte(nil), make([]byte, m.spec.Key)
	value := make([]byte, entry)
	for range 4 * max(m.spec.Entries, 16) {
		switch err := m.elem(unix.BPF_MAP_GET_NEXT_KEY, key, next); {
		case errors.Is(err, unix.ENOENT):
			return nil
		case err != nil:
			return err
		}
		key = append(key[:0], next...)
		if seen[string(key)] {
			continue
		}
		seen[string(key)] = true
		switch err := m.elem(unix.BPF_MAP_LOOKUP_ELEM, key, value); {
		case errors.Is(err, unix.ENOENT): // deleted meanwhile
			continue
		case err != nil:
			return err
		}
		rows.N++
		rows.Keys = append(rows.Keys, key...)
		rows.Values = append(rows.Values, value...)
	}
	return errors.New("entries are deleted faster than they can be read")
}

func (m *bpfMap) clear() error {
	switch {
	case m.spec.Kind == Ring:
		return errors.New("a ring buffer has no entries")
	case m.spec.Kind == Counters:
		for i := 0; i < len(m.lines); i += 8 {
			atomic.StoreUint64((*uint64)(unsafe.Pointer(&m.lines[i])), 0)
		}
		return nil
	case m.spec.fixed():
		return m.zero()
	}

	m.mu.Lock()
	defer m.mu.Unlock()
	m.scratch.reset(m)
	err := m.readBatches(&m.scratch, unix.BPF_MAP_LOOKUP_AND_DELETE_BATCH)
	if !errors.Is(err, errNoBatch) {
		return err
	}
	m.scratch.reset(m)
	if err := m.readEach(&m.scratch); err != nil {
		return err
	}
	for key := range slices.Chunk(m.scratch.Keys, m.spec.Key) {
		if err := m.elem(unix.BPF_MAP_DELETE_ELEM, key, nil); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}

// zero sets all entries of an array to zero.
func (m *bpfMap) zero() error {
	value := make([]byte, m.cpus*m.stride)
	key := make([]byte, 4)
	for i := range m.spec.Entries {
		binary.NativeEndian.PutUint32(key, uint32(i))
		if err := m.elem(unix.BPF_MAP_UPDATE_ELEM, key, value); err != nil {
			return err
		}
	}
	return nil
}

// appendWords appends memory that others write to, 64 bits at a time and each in one piece.
func appendWords(dst, src []byte) []byte {
	for i := 0; i < len(src); i += 8 {
		dst = binary.NativeEndian.AppendUint64(dst, atomic.LoadUint64((*uint64)(unsafe.Pointer(&src[i]))))
	}
	return dst
}
