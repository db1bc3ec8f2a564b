package attach

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// spares are maps that nobody has asked for yet: one of each of a few shapes whose creation takes the kernel milliseconds, made while the
// user types. One that is taken is replaced a moment later, when what it was taken for has been attached. The kernel knows them
// without their names.
type spares struct {
	mu     sync.Mutex
	ready  map[shape]*bpfMap
	making map[shape]chan struct{} // closed when it is made
	again  bool                    // what was taken is replaced
	recent []shape                 // those wanted last are last
	closed bool
	work   sync.WaitGroup
}

// shape is what maps have in common that can take each other's place.
type shape struct {
	kind                MapKind
	key, value, entries int
}

const (
	mostSpares = 6
	refill     = 20 * time.Millisecond // after one was taken
)

// UsualMaps are the maps by name and by number of a process, as the compiler makes them where it is told nothing else, and the ring of
// events.
var UsualMaps = struct{ ByName, ByNumber, Ring MapSpec }{
	ByName:   MapSpec{Kind: PerCPUHash, Key: 16, Value: 8, Entries: 10240},
	ByNumber: MapSpec{Kind: PerCPUHash, Key: 4, Value: 8, Entries: 10240},
	Ring:     MapSpec{Kind: Ring, Entries: 4 << 20},
}

// shapeOf is the shape of a map, and whether its creation takes so long that a spare one is worth its memory.
func shapeOf(spec MapSpec) (s shape, costly bool) {
	switch spec.Kind {
	case PerCPUHash, PerCPULRU, Ring:
		costly = spec.Init == nil && (spec.Kind == Ring || spec.Entries >= 1024) && spec.Entries <= 16<<20
	}
	return shape{spec.Kind, spec.Key, spec.Value, spec.Entries}, costly
}

func newSpares(expected []MapSpec, again bool) *spares {
	s := &spares{ready: make(map[shape]*bpfMap), making: make(map[shape]chan struct{}), again: again}
	for _, spec := range expected {
		of, _ := shapeOf(spec)
		s.recent = append(s.recent, of)
		s.making[of] = make(chan struct{})
		s.work.Go(func() { s.make(of) })
	}
	return s
}

// take is a spare map of the spec's shape, nil if there is none and none is being made. Without spares, which is a nil receiver,
// there never is.
func (s *spares) take(spec MapSpec) *bpfMap {
	of, costly := shapeOf(spec)
	if s == nil || !costly {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if soon := s.making[of]; soon != nil {
		s.mu.Unlock()
		<-soon
		s.mu.Lock()
	}
	m := s.ready[of]
	delete(s.ready, of)
	if m != nil {
		m.spec.Name = spec.Name
	}
	if s.again {
		s.replace(of)
	}
	return m
}

// replace has a map of a shape made after a while, and gives one up of the shape that was wanted longest ago if there are too many. The
// caller holds mu.
func (s *spares) replace(of shape) {
	if s.closed {
		return
	}
	if i := slices.Index(s.recent, of); i >= 0 {
		s.recent = slices.Delete(s.recent, i, i+1)
	}
	s.recent = append(s.recent, of)
	if len(s.recent) > mostSpares {
		if m := s.ready[s.recent[0]]; m != nil {
			_ = m.close()
		}
		delete(s.ready, s.recent[0])
		s.recent = s.recent[1:]
	}
	s.work.Add(1)
	time.AfterFunc(refill, func() {
		defer s.work.Done()
		s.mu.Lock()
		needed := !s.closed && s.ready[of] == nil && s.making[of] == nil && slices.Contains(s.recent, of)
		if needed {
			s.making[of] = make(chan struct{})
		}
		s.mu.Unlock()
		if needed {
			s.make(of)
		}
	})
}

// make makes a map of a shape that is noted in making. Without the memory for it there will be none.
func (s *spares) make(of shape) {
	m, err := newMap(MapSpec{Kind: of.kind, Key: of.key, Value: of.value, Entries: of.entries})
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.making[of])
	delete(s.making, of)
	switch {
	case err != nil:
	case s.closed || !slices.Contains(s.recent, of):
		_ = m.close()
	default:
		s.ready[of] = m
	}
}

// close frees all.
func (s *spares) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.work.Wait()
	var errs []error
	for _, m := range s.ready {
		errs = append(errs, m.close())
	}
	return errors.Join(errs...)
}
