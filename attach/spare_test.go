package attach

import (
	"testing"
	"time"
)

// TestSpareMapsAreAsGoodAsOthers takes more maps of a shape than there are spare ones, and uses each.
func TestSpareMapsAreAsGoodAsOthers(t *testing.T) {
	usual := []MapSpec{UsualMaps.ByName, UsualMaps.ByNumber, UsualMaps.Ring}
	k := must[*Kernel](t)(Open(Options{Expect: usual, Refill: true}))
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	await := func(of shape) {
		t.Helper()
		for range 1000 {
			k.spares.mu.Lock()
			m := k.spares.ready[of]
			k.spares.mu.Unlock()
			if m != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("no spare map of the shape %+v", of)
	}
	for _, spec := range append(usual, MapSpec{Kind: PerCPUHash, Key: 12, Value: 24, Entries: 2048}) {
		spec.Name = unique("spare")
		of, _ := shapeOf(spec)
		for range 3 {
			id := must[MapID](t)(k.CreateMap(spec))
			if of.kind == Ring {
				continue
			}
			m, release, err := k.maps.use(int(id))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := shapeOf(m.spec); got != of || m.spec.Name != spec.Name || m.m.KeySize() != uint32(of.key) || m.m.ValueSize() != uint32(of.value) {
				t.Errorf("it is %+v, %v, want %+v", m.spec, m.m, spec)
			}
			release()
			var rows Rows
			if err := k.ReadMap(id, &rows); err != nil || rows.N != 0 {
				t.Errorf("a new map has %d entries, %v", rows.N, err)
			}
			await(of)
		}
	}
}
