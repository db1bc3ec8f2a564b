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
	recent []shape // those wanted last are last
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

// usualShapes are those of maps by names and by numbers of processes, as the compiler makes them where it is told nothing else, and of
// the ring of events.
var usualShapes = []shape{{PerCPUHash, 16, 8, 10240}, {PerCPUHash, 4, 8, 10240}, {Ring, 0, 0, 4 << 20}}

// shapeOf is the shape of a map, and whether its creation takes so long that a spare one is worth its memory.
func shapeOf(spec MapSpec) (s shape, costly bool) {
	switch spec.Kind {
	case PerCPUHash, PerCPULRU, Ring:
		costly = spec.Init == nil && (spec.Kind == Ring || spec.Entries >= 1024) && spec.Entries <= 16<<20
	}
	return shape{spec.Kind, spec.Key, spec.Value, spec.Entries}, costly
}

func newSpares() *spares {
	s := &spares{ready: make(map[shape]*bpfMap)}
	for _, of := range usualShapes {
		s.want(of, 0)
	}
	return s
}

// take is a spare map of the spec's shape, nil if there is none. Either way there will be one for the next time. Without spares, which is
// a nil receiver, there never is.
func (s *spares) take(spec MapSpec) *bpfMap {
	of, costly := shapeOf(spec)
	if s == nil || !costly {
		return nil
	}
	s.mu.Lock()
	m := s.ready[of]
	delete(s.ready, of)
	s.mu.Unlock()
	s.want(of, refill)
	if m != nil {
		m.spec.Name = spec.Name
	}
	return m
}

// want makes a map of a shape after a while, and gives one up of the shape that was wanted longest ago if there are too many.
func (s *spares) want(of shape, after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	time.AfterFunc(after, func() {
		defer s.work.Done()
		s.make(of)
	})
}

// make makes a map of a shape unless there is one. Without the memory for it there will be none.
func (s *spares) make(of shape) {
	s.mu.Lock()
	needed := !s.closed && s.ready[of] == nil && slices.Contains(s.recent, of)
	s.mu.Unlock()
	if !needed {
		return
	}
	m, err := newMap(MapSpec{Kind: of.kind, Key: of.key, Value: of.value, Entries: of.entries})
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.ready[of] != nil || !slices.Contains(s.recent, of) {
		_ = m.close()
		return
	}
	s.ready[of] = m
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
