package attach

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

func words(b []byte) []uint64 {
	w := make([]uint64, len(b)/8)
	for i := range w {
		w[i] = binary.NativeEndian.Uint64(b[8*i:])
	}
	return w
}

var kindNames = map[MapKind]string{
	Hash: "hash", PerCPUHash: "per-CPU hash", Array: "array", PerCPUArray: "per-CPU array", LRUHash: "LRU hash", PerCPULRU: "per-CPU LRU hash",
}

// fill puts n entries into a map: key i has the value i*8+cpu on each CPU. It returns what ReadMap should find.
func fill(t testing.TB, m *bpfMap, n int) map[string]string {
	t.Helper()
	want := make(map[string]string)
	for i := range n {
		key := binary.NativeEndian.AppendUint32(nil, uint32(i))
		key = append(key, make([]byte, m.spec.Key-4)...)
		value := make([]byte, m.cpus*m.stride)
		var stripped []byte
		for cpu := range m.cpus {
			at := value[cpu*m.stride:][:m.spec.Value]
			binary.NativeEndian.PutUint32(at, uint32(i*8+cpu))
			stripped = append(stripped, at...)
		}
		if err := m.elem(unix.BPF_MAP_UPDATE_ELEM, key, value); err != nil {
			t.Fatal(err)
		}
		want[string(key)] = string(stripped)
	}
	return want
}

// entries are rows as a map; it fails the test when a key is there twice.
func entries(t testing.TB, rows *Rows) map[string]string {
	t.Helper()
	got := make(map[string]string)
	size := rows.CPUs * rows.ValueSize
	if len(rows.Keys) != rows.N*rows.KeySize || len(rows.Values) != rows.N*size {
		t.Fatalf("%d entries have %d bytes of keys and %d bytes of values", rows.N, len(rows.Keys), len(rows.Values))
	}
	for i := range rows.N {
		key := string(rows.Keys[i*rows.KeySize:][:rows.KeySize])
		if _, twice := got[key]; twice {
			t.Errorf("key % x is there twice", key)
		}
		got[key] = string(rows.Values[i*size:][:size])
	}
	return got
}

func TestReadAndClearEveryKindOfMap(t *testing.T) {
	k := open(t)
	cpus := ebpf.MustPossibleCPU()
	var rows Rows // one for all, so that left-overs would show
	for _, kind := range slices.Sorted(maps.Keys(kindNames)) {
		for _, batch := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, batch %v", kindNames[kind], batch), func(t *testing.T) {
				spec := MapSpec{Name: unique("kinds"), Kind: kind, Key: 5, Value: 12, Entries: 6000}
				if spec.fixed() {
					spec.Key = 4
				}
				id := must[MapID](t)(k.CreateMap(spec))
				m, release, err := k.maps.use(int(id))
				if err != nil {
					t.Fatal(err)
				}
				defer release()
				m.noBatch = !batch

				n := 5000 // more than a batch
				if spec.fixed() {
					n = spec.Entries
				}
				want := fill(t, m, n)
				for range 2 {
					if err := k.ReadMap(id, &rows); err != nil {
						t.Fatal(err)
					}
					if got := entries(t, &rows); !maps.Equal(got, want) {
						t.Fatalf("read %d entries, want %d, or their values differ", len(got), len(want))
					}
				}
				wantCPUs := 1
				if spec.perCPU() {
					wantCPUs = cpus
				}
				if rows.CPUs != wantCPUs || rows.ValueSize != 12 || rows.KeySize != spec.Key {
					t.Errorf("read %d CPUs, keys of %d and values of %d bytes", rows.CPUs, rows.KeySize, rows.ValueSize)
				}

				if err := k.ClearMap(id); err != nil {
					t.Fatal(err)
				}
				if err := k.ReadMap(id, &rows); err != nil {
					t.Fatal(err)
				}
				if spec.fixed() {
					for key := range want {
						want[key] = string(make([]byte, wantCPUs*12))
					}
				} else {
					clear(want)
				}
				if got := entries(t, &rows); !maps.Equal(got, want) {
					t.Errorf("%d entries after clearing", len(got))
				}
				if err := k.FreeMap(id); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestReadReusesMemory(t *testing.T) {
	k := open(t)
	id := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("reuse"), Kind: PerCPUHash, Key: 8, Value: 8, Entries: 1000}))
	m, release, err := k.maps.use(int(id))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	fill(t, m, 1000)
	var rows Rows
	if err := m.read(&rows); err != nil {
		t.Fatal(err)
	}
	keys, values := &rows.Keys[0], &rows.Values[0]
	if err := m.read(&rows); err != nil {
		t.Fatal(err)
	}
	if keys != &rows.Keys[0] || values != &rows.Values[0] {
		t.Error("the second read has allocated anew")
	}
}

// TestReadWhileEntriesComeAndGo has entries that stay, which must be read exactly once each, among others that do not.
func TestReadWhileEntriesComeAndGo(t *testing.T) {
	for _, batch := range []bool{true, false} {
		t.Run(fmt.Sprintf("batch %v", batch), func(t *testing.T) {
			k := open(t)
			id := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("moving"), Kind: Hash, Key: 4, Value: 4, Entries: 4000}))
			m, release, err := k.maps.use(int(id))
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			m.noBatch = !batch
			stay := fill(t, m, 1000)

			var stop atomic.Bool
			done := make(chan struct{})
			go func() {
				defer close(done)
				value := make([]byte, 4)
				for i := uint32(0); !stop.Load(); i++ {
					key := binary.NativeEndian.AppendUint32(nil, 1000+i%3000)
					cmd := uintptr(unix.BPF_MAP_UPDATE_ELEM)
					if i/100%2 == 1 {
						cmd = unix.BPF_MAP_DELETE_ELEM
						binary.NativeEndian.PutUint32(key, 1000+(i-100)%3000)
					}
					_ = m.elem(cmd, key, value)
				}
			}()
			var rows Rows
			for range 50 {
				if err := k.ReadMap(id, &rows); err != nil {
					t.Error(err)
					break
				}
				got := entries(t, &rows)
				maps.DeleteFunc(got, func(key, _ string) bool { return binary.NativeEndian.Uint32([]byte(key)) >= 1000 })
				if !maps.Equal(got, stay) {
					t.Errorf("%d of %d entries that stay are read, or their values differ", len(got), len(stay))
					break
				}
			}
			stop.Store(true)
			<-done
		})
	}
}

func TestCreateMapRefuses(t *testing.T) {
	k := open(t)
	for _, spec := range []MapSpec{
		{Kind: Ring + 1, Entries: 1},
		{Kind: Counters, Value: 8},
		{Kind: Hash, Key: 0, Value: 8, Entries: 1},
		{Kind: Ring, Entries: 5000},
	} {
		spec.Name = "m"
		if id, err := k.CreateMap(spec); err == nil {
			t.Errorf("%+v makes map %d", spec, id)
		}
	}
	ring := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("ring"), Kind: Ring, Entries: 1 << 16}))
	if err := k.ReadMap(ring, new(Rows)); err == nil {
		t.Error("a ring buffer is read as a map")
	}
	if err := k.FreeMap(99); err == nil {
		t.Error("a map that is not there is freed")
	}
}
