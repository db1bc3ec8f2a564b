package attach

import "fmt"

// shape is what maps have in common that can take each other's place.
type shape struct {
	kind                MapKind
	key, value, entries int
}

// UsualMaps are the maps by name and by number of a process, as the compiler makes them where it is told nothing else, and the ring of
// events.
var UsualMaps = struct{ ByName, ByNumber, Ring MapSpec }{
	ByName:   MapSpec{Kind: PerCPUHash, Key: 16, Value: 8, Entries: 10240},
	ByNumber: MapSpec{Kind: PerCPUHash, Key: 4, Value: 8, Entries: 10240},
	Ring:     MapSpec{Kind: Ring, Entries: 4 << 20},
}

// shapeOf is the shape of a map, and whether a spare one is worth its memory: the costly ones take the kernel milliseconds, and counters,
// which are small, a part of one each.
func shapeOf(spec MapSpec) (s shape, worth bool) {
	switch spec.Kind {
	case PerCPUHash, PerCPULRU, Ring:
		worth = spec.Init == nil && (spec.Kind == Ring || spec.Entries >= 1024) && spec.Entries <= 16<<20
	case Counters:
		worth = spec.Init == nil && spec.Value <= 1<<16
	}
	return shape{spec.Kind, spec.Key, spec.Value, spec.Entries}, worth
}

// newSpares is a stock of maps. The kernel knows them without their names.
func newSpares(expected []MapSpec, again bool) *stock[shape, *bpfMap] {
	s := &stock[shape, *bpfMap]{
		build: func(of shape) (*bpfMap, error) {
			return newMap(MapSpec{Kind: of.kind, Key: of.key, Value: of.value, Entries: of.entries})
		},
		depth: func(of shape) int {
			if of.kind == Counters {
				return 3 // a probe's own counts, and two variables
			}
			return 1
		},
		kinds: 8,
		again: again,
		ready: make(map[shape][]*bpfMap), making: make(map[shape]chan struct{}),
	}
	for _, spec := range expected {
		of, _ := shapeOf(spec)
		s.expect(of)
	}
	return s
}

// spare is a map in store of the spec's shape, nil if there is none.
func (k *Kernel) spare(spec MapSpec) *bpfMap {
	of, worth := shapeOf(spec)
	if !worth {
		return nil
	}
	m, ok := k.spares.take(of)
	if !ok {
		return nil
	}
	m.spec.Name, m.of = spec.Name, of
	return m
}

// ReturnMap forgets a map that no program has run with and nobody has written to, and keeps it in store for the next one who wants such
// a map if it came from there.
func (k *Kernel) ReturnMap(id MapID) error {
	m, ok, err := k.maps.remove(int(id))
	switch {
	case err != nil:
		return fmt.Errorf("return map: %w", err)
	case !ok:
		return nil
	case m.of == shape{}:
		return m.close()
	}
	return k.spares.back(m.of, m)
}
