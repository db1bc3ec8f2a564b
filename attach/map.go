package attach

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"go3s/attach/refusal"
)

// bpfMap is a map of any kind.
type bpfMap struct {
	spec   MapSpec
	of     shape // of one that was in store; the kernel does not know its name
	m      *ebpf.Map
	cpus   int           // values an entry has
	stride int           // bytes from the value of one CPU to that of the next, as the kernel hands them out
	lines  []byte        // Counters: its mapping
	freed  chan struct{} // Ring: closed when the map is freed

	reading sync.Mutex // Ring: held by its reader
	states  *link.Iter // TaskStorage: what reads it, nil until first used; guarded by mu
	changer *changer   // TaskStorage: what changes it, the same
	mu      sync.Mutex // for freed and scratch
	scratch Rows       // what ClearMap removes
	noBatch bool       // use no batch commands, for tests
}

// CreateMap creates a map, all zero or empty.
//
// Hash maps are created with all their entries, so that an update fails only when the map is full. For 10,240 entries of 16 + 8
// bytes on 2 CPUs that takes 0.3 ms, and 4.2 ms for a per-CPU hash, instead of 0.14 ms with BPF_F_NO_PREALLOC. But without, the
// kernel's allocator keeps just a few per-CPU values at hand that it refills from an interrupt: a probe on sched_switch, where
// interrupts are off, that adds 4 keys an event loses 3 of them, and each new key costs 11 µs instead of 0.24 µs.
func (k *Kernel) CreateMap(spec MapSpec) (MapID, error) {
	m := k.spare(spec)
	if m == nil {
		var err error
		if m, err = k.newMap(spec); err != nil {
			return 0, explain("create map "+spec.Name, refusal.Request{Action: refusal.Create, Name: spec.Name, Bytes: spec.memory()}, err)
		}
	}
	id, err := k.maps.add(m)
	if err != nil {
		return 0, fmt.Errorf("create map %s: %w", spec.Name, err)
	}
	return MapID(id), nil
}

// FreeMap forgets a map. It stays in the kernel as long as a program uses it. A ReadRing of it returns.
func (k *Kernel) FreeMap(id MapID) error {
	if m, release, err := k.maps.use(int(id)); err == nil {
		m.mu.Lock()
		if m.freed != nil {
			close(m.freed)
			m.freed = nil
		}
		m.mu.Unlock()
		release()
	}
	if err := k.maps.free(int(id)); err != nil {
		return fmt.Errorf("free map: %w", err)
	}
	return nil
}

// mapTypes are the kernel's types for each kind.
var mapTypes = [...]ebpf.MapType{
	Hash:        ebpf.Hash,
	PerCPUHash:  ebpf.PerCPUHash,
	Array:       ebpf.Array,
	PerCPUArray: ebpf.PerCPUArray,
	LRUHash:     ebpf.LRUHash,
	PerCPULRU:   ebpf.LRUCPUHash,
	Counters:    ebpf.Array,
	Ring:        ebpf.RingBuf,
	Stacks:      ebpf.StackTrace,
	TaskStorage: ebpf.TaskStorage,
}

func (k *Kernel) newMap(spec MapSpec) (*bpfMap, error) {
	if k.fault != nil {
		if err := k.fault(refusal.Create); err != nil {
			return nil, err
		}
	}
	return newMap(spec)
}

func newMap(spec MapSpec) (*bpfMap, error) {
	if int(spec.Kind) >= len(mapTypes) {
		return nil, fmt.Errorf("no map kind %d", spec.Kind)
	}
	ms := &ebpf.MapSpec{
		Name:       spec.Name,
		Type:       mapTypes[spec.Kind],
		KeySize:    uint32(spec.Key),
		ValueSize:  uint32(spec.Value),
		MaxEntries: uint32(spec.Entries),
	}
	m := &bpfMap{spec: spec, cpus: 1, stride: spec.Value}
	switch spec.Kind {
	case Array, PerCPUArray:
		ms.KeySize = 4
	case Counters:
		ms.KeySize, ms.MaxEntries, ms.Flags = 4, 1, unix.BPF_F_MMAPABLE
	case Ring:
		ms.KeySize, ms.ValueSize = 0, 0
		m.freed = make(chan struct{})
	case TaskStorage:
		if err := stateSpec(ms, spec); err != nil {
			return nil, err
		}
	}
	m.spec.Key, m.spec.Entries = int(ms.KeySize), int(ms.MaxEntries)
	if spec.perCPU() || spec.Kind == Counters {
		cpus, err := ebpf.PossibleCPU()
		if err != nil {
			return nil, fmt.Errorf("count possible CPUs: %w", err)
		}
		m.cpus = cpus
	}
	if spec.perCPU() {
		m.stride = (spec.Value + 7) &^ 7
	}
	if spec.Kind == Counters && spec.Value < m.cpus*counterLine {
		return nil, fmt.Errorf("%d bytes are less than a line of %d for each of %d CPUs", spec.Value, counterLine, m.cpus)
	}

	var err error
	if m.m, err = ebpf.NewMap(ms); err != nil {
		return nil, ofFiles(err)
	}
	if spec.Init != nil {
		if err := m.m.Put(uint32(0), spec.Init); err != nil {
			_ = m.m.Close()
			return nil, fmt.Errorf("set its first value: %w", err)
		}
	}
	if spec.Kind == Counters {
		page := os.Getpagesize()
		size := (spec.Value + page - 1) &^ (page - 1)
		m.lines, err = unix.Mmap(m.m.FD(), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			_ = m.m.Close()
			return nil, fmt.Errorf("map its memory: %w", err)
		}
	}
	return m, nil
}

// perCPU reports whether an entry has a value for each CPU.
func (s *MapSpec) perCPU() bool {
	return s.Kind == PerCPUHash || s.Kind == PerCPUArray || s.Kind == PerCPULRU
}

// memory is about how many bytes a map takes on this machine.
func (s *MapSpec) memory() uint64 {
	cpus, _ := ebpf.PossibleCPU()
	return s.Memory(max(cpus, 1))
}

// fixed reports whether the entries are always there.
func (s *MapSpec) fixed() bool { return s.Kind == Array || s.Kind == PerCPUArray }

func (m *bpfMap) close() error {
	var err error
	if m.lines != nil {
		err = unix.Munmap(m.lines)
	}
	if m.states != nil {
		err = errors.Join(err, m.states.Close())
	}
	if m.changer != nil {
		err = errors.Join(err, m.changer.close())
	}
	return errors.Join(err, m.m.Close())
}
