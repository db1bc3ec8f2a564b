package attach

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The library's calls for map entries want Go types; entries here are bytes whose size is only known at run time. These are the
// two layouts of union bpf_attr for them (include/uapi/linux/bpf.h).
type (
	elemAttr struct {
		mapFD      uint32
		_          uint32
		key, value unsafe.Pointer // value: the next key for BPF_MAP_GET_NEXT_KEY
		flags      uint64
	}
	batchAttr struct {
		inBatch, outBatch unsafe.Pointer
		keys, values      unsafe.Pointer
		count             uint32
		mapFD             uint32
		elemFlags, flags  uint64
	}
)

// elem runs a command on one entry. Values are those of all CPUs, padded.
func (m *bpfMap) elem(cmd uintptr, key, value []byte) error { return m.elemWith(cmd, key, value, 0) }

// update writes one entry with flags such as BPF_NOEXIST.
func (m *bpfMap) update(key, value []byte, flags uint64) error {
	return m.elemWith(unix.BPF_MAP_UPDATE_ELEM, key, value, flags)
}

func (m *bpfMap) elemWith(cmd uintptr, key, value []byte, flags uint64) error {
	attr := elemAttr{
		mapFD: uint32(m.m.FD()),
		key:   unsafe.Pointer(unsafe.SliceData(key)),
		value: unsafe.Pointer(unsafe.SliceData(value)),
		flags: flags,
	}
	_, _, errno := unix.Syscall(unix.SYS_BPF, cmd, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(m)
	if errno != 0 {
		return errno
	}
	return nil
}

// batch runs a command over up to count entries, from the place that *cursor names on, or from the start if it is nil. It returns
// how many entries it filled in. The error is ENOENT when there are no more.
func (m *bpfMap) batch(cmd uintptr, cursor *[]byte, keys, values []byte, count int) (int, error) {
	attr := batchAttr{
		keys:   unsafe.Pointer(unsafe.SliceData(keys)),
		values: unsafe.Pointer(unsafe.SliceData(values)),
		count:  uint32(count),
		mapFD:  uint32(m.m.FD()),
	}
	if *cursor == nil {
		// Hash maps keep 32 bits there, all others a key.
		*cursor = make([]byte, max(m.spec.Key, 4))
	} else {
		attr.inBatch = unsafe.Pointer(unsafe.SliceData(*cursor))
	}
	attr.outBatch = unsafe.Pointer(unsafe.SliceData(*cursor))
	_, _, errno := unix.Syscall(unix.SYS_BPF, cmd, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(m)
	if errno != 0 {
		return int(attr.count), errno
	}
	return int(attr.count), nil
}
