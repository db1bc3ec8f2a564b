package session

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/session/settings"
)

// The kernel makes a map with all its entries, so that a large one takes the memory of the machine in one moment. The maps of a session
// have a budget together, the setting "mapmemory"; without it they have settings.UsualMemory or a twentieth of the machine's memory, if
// that is less.
const leastMemory = 32 << 20

// mapMemory is how many bytes the maps may take together.
func (s *Session) mapMemory() uint64 {
	if n, err := strconv.ParseUint(s.settings.Own("mapmemory"), 10, 64); err == nil {
		return n
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return settings.UsualMemory
	}
	return min(settings.UsualMemory, max(uint64(info.Totalram)*uint64(info.Unit)/20, leastMemory))
}

// mapKinds are the kinds of maps as package attach calls them.
var mapKinds = map[ir.MapKind]attach.MapKind{
	ir.Hash: attach.Hash, ir.PerCPUHash: attach.PerCPUHash, ir.Array: attach.Array, ir.PerCPUArray: attach.PerCPUArray,
	ir.LRUHash: attach.LRUHash, ir.PerCPULRU: attach.PerCPULRU, ir.Counters: attach.Counters, ir.Ring: attach.Ring,
	ir.Stacks: attach.Stacks, ir.TaskStorage: attach.TaskStorage,
}

// spec is a map as package attach makes it.
func spec(m *incremental.Map) attach.MapSpec {
	return attach.MapSpec{Name: m.Name, Kind: mapKinds[m.Kind], Key: m.Key, Value: m.Value, Entries: m.Entries, Init: m.Init}
}

// noRoom says that a map would take more memory than is left, and what to write instead.
func (c *change) noRoom(m *incremental.Map) (*source.Diagnostic, error) {
	s := c.s
	cpus := s.host.Features().CPUs
	s.mu.Lock()
	taken := s.index.memory
	s.mu.Unlock()
	for _, created := range c.maps {
		taken += spec(created.Map).Memory(cpus)
	}
	of, needs := s.mapMemory(), spec(m).Memory(cpus)
	if taken+needs <= of {
		return nil, nil
	}
	left := of - min(taken, of)
	msg := fmt.Sprintf("%s would take %s of the kernel's memory; of %s for all maps %s are left", m.Name, size(needs), size(of), size(left))
	hint := fmt.Sprintf("allow more by :set mapmemory %s, which is --mapmemory on the command line", roundedUp(taken+needs))
	fit := uint64(m.Entries) * (left - left/8) / needs
	switch {
	case m.Kind == ir.Ring:
		hint = "make the ring smaller by :set ringsize, or " + hint
	case m.KeyType != nil && fit > 0:
		hint = fmt.Sprintf("give it fewer keys by @bpf_map(max_entries=%d), or %s", fit, hint)
	}
	if !m.Span.IsValid() {
		return nil, fmt.Errorf("%s; %s", msg, hint)
	}
	return &source.Diagnostic{Code: source.MapFailed, Span: m.Span, Msg: msg, Hint: hint}, nil
}

// size is a number of bytes for people, by powers of 1,024.
func size(n uint64) string {
	units, at, v := [...]string{"bytes", "kB", "MB", "GB", "TB"}, 0, float64(n)
	for v >= 1024 && at < len(units)-1 {
		v, at = v/1024, at+1
	}
	return strconv.FormatFloat(v, 'f', min(at, 1), 64) + " " + units[at]
}

// roundedUp is a number of bytes in whole megabytes, as settings take it.
func roundedUp(n uint64) string { return fmt.Sprintf("%dM", (n+1<<20-1)>>20) }
