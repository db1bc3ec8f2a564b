package attach

import (
	"slices"
	"testing"
	"time"

	"go3s/internal/leaks"
)

// await waits until a stock has n of a kind.
func await[K comparable, V interface{ close() error }](t *testing.T, s *stock[K, V], of K, n int) {
	t.Helper()
	for range 1000 {
		if stored(s, of) >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d of %d in store of %+v", stored(s, of), n, of)
}

func stored[K comparable, V interface{ close() error }](s *stock[K, V], of K) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ready[of])
}

// TestSpareMapsAreAsGoodAsOthers takes more maps of a shape than there are spare ones, and uses each.
func TestSpareMapsAreAsGoodAsOthers(t *testing.T) {
	usual := []MapSpec{UsualMaps.ByName, UsualMaps.ByNumber, UsualMaps.Ring}
	k := must[*Kernel](t)(Open(Options{Expect: usual, Refill: true}))
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
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
			await(t, k.spares, of, 1)
		}
	}
}

// TestReturnedMapsAreKept takes a map and gives it back many times: it is the same few maps that go to and fro.
func TestReturnedMapsAreKept(t *testing.T) {
	k := must[*Kernel](t)(Open(Options{Expect: []MapSpec{UsualMaps.ByName}, Refill: true}))
	of, _ := shapeOf(UsualMaps.ByName)
	await(t, k.spares, of, 1)
	before := leaks.Files()
	for range 20 {
		spec := UsualMaps.ByName
		spec.Name = unique("returned")
		id := must[MapID](t)(k.CreateMap(spec))
		time.Sleep(2 * refill) // another one is made
		if err := k.ReturnMap(id); err != nil {
			t.Fatal(err)
		}
		if err := k.ReturnMap(id); err == nil {
			t.Fatal("a map is returned twice")
		}
	}
	if n := leaks.Files() - before; n > 1 {
		t.Errorf("%d maps more are there than at first", n)
	}
	// One that was not in store is closed.
	plain := MapSpec{Name: unique("plain"), Kind: Hash, Key: 4, Value: 4, Entries: 4}
	before = leaks.Files()
	if err := k.ReturnMap(must[MapID](t)(k.CreateMap(plain))); err != nil {
		t.Fatal(err)
	}
	if n := leaks.Files() - before; n != 0 {
		t.Errorf("%d files are open that were not", n)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}

// TestDispatchersInStoreAreAsGoodAsOthers counts events behind dispatchers that were loaded before anybody asked, with a filter and
// without, and behind others.
func TestDispatchersInStoreAreAsGoodAsOthers(t *testing.T) {
	k := must[*Kernel](t)(Open(Options{Refill: true}))
	defer func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}()
	nobody := newMembers(t, k)
	for name, c := range map[string]struct {
		hook Hook
		want uint64
	}{
		"tracepoint":       {getppid, 500},
		"raw tracepoint":   {Hook{Type: RawTracepoint, Name: "sys_enter"}, 500},
		"filtered":         {Hook{Type: Tracepoint, Category: getppid.Category, Name: getppid.Name, Filter: nobody}, 0},
		"for all events":   {Hook{Type: Tracepoint, Category: getppid.Category, Name: getppid.Name, Vital: true}, 500},
		"empty until then": {Hook{Type: Tracepoint, Category: getppid.Category, Name: getppid.Name, Idle: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			counters := newCounters(t, k)
			program := loadCounter(t, k, c.hook.Type, counters, 0)
			of := behind{binding{typ: c.hook.Type}, c.hook.Filter, !c.hook.Vital}
			for round := range 3 {
				if round > 0 {
					await(t, k.ahead, of, 2)
				}
				k.ahead.mu.Lock()
				before := slices.Clone(k.ahead.ready[of])
				k.ahead.mu.Unlock()
				l := must[LinkID](t)(k.Attach(c.hook, unique("ahead"), program))
				behind, release, err := k.links.use(int(l))
				if err != nil {
					t.Fatal(err)
				}
				release()
				if round > 0 && !slices.Contains(before, behind.dispatcher) {
					t.Error("it is behind none of the dispatchers in store")
				}
				callGetppid(500)
				if got, want := counts(t, k, counters), [8]uint64{c.want}; got != want {
					t.Errorf("round %d: counted %v, want %v", round, got, want)
				}
				if err := k.ClearMap(counters); err != nil {
					t.Fatal(err)
				}
				if err := <-k.Detach(l); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestExpectingAttachesNothing has a dispatcher made for a hook that somebody may attach to: no clock runs for it.
func TestExpectingAttachesNothing(t *testing.T) {
	k := must[*Kernel](t)(Open(Options{Refill: true}))
	k.Expect(getppid)
	await(t, k.ahead, behindOf(getppid, binding{typ: Tracepoint}), 2)
	g := k.gates[0]
	if g.clock != nil {
		t.Error("the clock runs before anything is attached")
	}
	counters := newCounters(t, k)
	l := must[LinkID](t)(k.Attach(getppid, unique("expected"), loadCounter(t, k, Tracepoint, counters, 0)))
	if g.clock == nil || g.why() != nil {
		t.Errorf("no clock runs: %v", g.why())
	}
	callGetppid(100)
	if got, want := counts(t, k, counters), [8]uint64{100}; got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
	if err := <-k.Detach(l); err != nil {
		t.Error(err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}
