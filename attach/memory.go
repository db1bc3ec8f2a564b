package attach

import "math/bits"

// What the kernel adds to the keys and values of maps, in bytes, on 64-bit machines.
const (
	hashElement = 48 // struct htab_elem, and what the allocator rounds up
	hashBucket  = 16 // struct bucket
	ringPages   = 3  // of a ring, beside its data
	pageSize    = 4096

	stateElement = 320  // struct bpf_local_storage and bpf_local_storage_elem of a thread
	usualThreads = 2000 // that have a value: nobody knows how many there will be
)

// Memory is about how many bytes of the kernel's memory a map takes that is made on a machine with so many possible CPUs. Hashes take all
// of it when they are made.
func (s MapSpec) Memory(cpus int) uint64 {
	round := func(n int) uint64 { return uint64(n+7) &^ 7 }
	key, value, entries := round(s.Key), round(s.Value), uint64(max(s.Entries, 1))
	buckets := uint64(1) << bits.Len64(entries-1) * hashBucket
	switch s.Kind {
	case Ring:
		return entries + ringPages*pageSize
	case Counters:
		return value
	case Array:
		return entries * value
	case PerCPUArray:
		return entries * (8 + uint64(cpus)*value)
	case TaskStorage:
		return usualThreads * stateElement
	case Stacks:
		return entries*(value+16) + buckets
	case PerCPUHash, PerCPULRU:
		return (entries+uint64(cpus))*(hashElement+key+8) + entries*uint64(cpus)*value + buckets
	}
	return (entries+uint64(cpus))*(hashElement+key+value) + buckets
}
