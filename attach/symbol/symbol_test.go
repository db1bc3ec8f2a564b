package symbol

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

const table = `0000000000000000 A fixed_percpu_data
0000000000001000 A cpu_hw_events
ffffffff81000000 T _text
ffffffff81000000 T startup_64
ffffffff81000230 T do_sys_open
ffffffff81000300 t helper
ffffffff81000900 t helper
ffffffffc0000000 t init	[virtio_net]
broken
`

func TestKernelNames(t *testing.T) {
	k := ParseKernel([]byte(table))
	for addr, want := range map[uint64]string{
		0xffffffff81000000: "_text", // the first of two
		0xffffffff81000230: "do_sys_open",
		0xffffffff81000231: "do_sys_open+0x1",
		0xffffffff81000950: "helper+0x50",
		0xffffffffc0000010: "init+0x10 [virtio_net]",
		0xfffffffff0000000: "0xfffffffff0000000", // behind everything
		0x1000:             "0x1000",             // an offset and no address
	} {
		got := k.Name(addr)
		if addr == 0xffffffff81000000 && got == "startup_64" {
			got = "_text" // which of two names at one address is no matter
		}
		if got != want {
			t.Errorf("%#x is %s, want %s", addr, got, want)
		}
	}
	if addr, ok := k.Address("helper"); !ok || addr != 0xffffffff81000300 {
		t.Errorf("helper is at %#x, %t", addr, ok)
	}
	if addr, ok := k.Address("cpu_hw_events"); !ok || addr != 0x1000 {
		t.Errorf("cpu_hw_events is at %#x, %t", addr, ok)
	}
	if _, ok := k.Address("fixed_percpu_data"); ok {
		t.Error("a hidden address is taken for one")
	}
}

// TestRunningKernelHasNames needs root.
func TestRunningKernelHasNames(t *testing.T) {
	k, err := ReadKernel()
	if err != nil {
		t.Fatal(err)
	}
	addr, ok := k.Address("vfs_read")
	if !ok {
		t.Fatal("no vfs_read")
	}
	if got := k.Name(addr + 1); got != "vfs_read+0x1" {
		t.Errorf("behind vfs_read there is %s", got)
	}
}

// here is a function whose address the test looks up.
func here() {}

func TestProcessNames(t *testing.T) {
	p, pid := NewProcesses(), uint64(os.Getpid())
	addr := uint64(reflect.ValueOf(here).Pointer())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A test binary has no symbols, which leaves the file and the offset in it.
	if got := p.Name(pid, addr); !strings.HasPrefix(got, self+"+0x") {
		t.Errorf("got %s, want an offset in %s", got, self)
	}
	p.files[self] = &file{
		loads:   []load{{0, 0x400000, 1 << 40}},
		symbols: []fileSymbol{{0x400000, 8, "before"}, {0x400000 + offsetIn(t, p, pid, addr) - 4, 100, "symbol.here"}},
	}
	if got, want := p.Name(pid, addr), fmt.Sprintf("symbol.here+0x4 (%s)", self); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := p.Name(pid, 1); got != "0x1" {
		t.Errorf("an address of no mapping is %s", got)
	}
	if got := p.Name(1<<30, addr); got != fmt.Sprintf("%#x", addr) {
		t.Errorf("an address of no process is %s", got)
	}
}

// offsetIn is where an address lies in the file that is mapped there.
func offsetIn(t *testing.T, p *Processes, pid, addr uint64) uint64 {
	t.Helper()
	m, ok := p.find(pid, addr)
	if !ok {
		t.Fatalf("%#x lies in no mapping", addr)
	}
	return addr - m.start + m.offset
}

func TestMapsOfAProcess(t *testing.T) {
	maps, err := parseMaps(strings.NewReader(`55d0c8a00000-55d0c8a01000 r--p 00000000 fe:00 1234 /usr/bin/x
55d0c8a01000-55d0c8b00000 r-xp 00001000 fe:00 1234 /usr/bin/x y (deleted)
7ffd1000-7ffd2000 r-xp 00000000 00:00 0 [vdso]
7ffd3000-7ffd4000 rw-p 00000000 00:00 0
`))
	want := []mapping{{0x55d0c8a01000, 0x55d0c8b00000, 0x1000, "/usr/bin/x y (deleted)"}}
	if err != nil || !reflect.DeepEqual(maps, want) {
		t.Errorf("got %v, %v", maps, err)
	}
}
