package attach

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
)

// What is foretold of a map's memory is what the kernel says of it, give or take a quarter.
func TestMemoryIsWhatTheKernelSays(t *testing.T) {
	for _, spec := range []MapSpec{
		{Kind: Hash, Key: 16, Value: 8, Entries: 10240},
		{Kind: Hash, Key: 4, Value: 200, Entries: 1000},
		{Kind: PerCPUHash, Key: 16, Value: 8, Entries: 10240},
		{Kind: PerCPUHash, Key: 40, Value: 32, Entries: 5000},
		{Kind: LRUHash, Key: 8, Value: 8, Entries: 50000},
		{Kind: PerCPULRU, Key: 8, Value: 8, Entries: 50000},
		{Kind: Array, Key: 4, Value: 8, Entries: 100000},
		{Kind: PerCPUArray, Key: 4, Value: 24, Entries: 20000},
		{Kind: Ring, Entries: 4 << 20},
		{Kind: Stacks, Key: 4, Value: 127 * 8, Entries: 8192},
	} {
		spec.Name = unique("memory")
		m, err := newMap(spec)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", m.m.FD()))
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(info), "memlock:")
		line, _, _ := strings.Cut(after, "\n")
		kernels, err := strconv.ParseUint(strings.TrimSpace(line), 10, 64)
		if err != nil {
			t.Fatalf("%v in\n%s", err, info)
		}
		foretold := spec.Memory(ebpf.MustPossibleCPU())
		if foretold*4 < kernels*3 || foretold*4 > kernels*5 {
			t.Errorf("%+v: foretold %d bytes, the kernel says %d", spec, foretold, kernels)
		}
		if err := m.close(); err != nil {
			t.Error(err)
		}
	}
}
