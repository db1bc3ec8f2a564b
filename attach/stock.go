package attach

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// stock has things in store that nobody has asked for yet, of a few kinds that take the kernel long to make. What is taken is replaced a
// moment later, when what it was taken for has been attached. A nil stock has nothing, and never will.
type stock[K comparable, V interface{ close() error }] struct {
	build func(K) (V, error)
	depth func(K) int // how many of a kind are kept
	kinds int         // how many kinds are kept
	again bool        // what was taken is replaced

	mu     sync.Mutex
	ready  map[K][]V
	making map[K]chan struct{} // closed when there is one more, or there will be none
	recent []K                 // those wanted last are last
	closed bool
	work   sync.WaitGroup
}

// refill is how long after one was taken the next is made.
const refill = 20 * time.Millisecond

// expect has things of a kind made now, in the background.
func (s *stock[K, V]) expect(of K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.making[of] != nil {
		return
	}
	s.want(of)
	s.begin(of)
}

// take is a thing of a kind; ok reports whether there is one. One that is being made is waited for.
func (s *stock[K, V]) take(of K) (v V, ok bool) {
	if s == nil {
		return v, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for soon := s.making[of]; soon != nil && len(s.ready[of]) == 0; soon = s.making[of] {
		s.mu.Unlock()
		<-soon
		s.mu.Lock()
	}
	if n := len(s.ready[of]); n > 0 {
		v, ok = s.ready[of][n-1], true
		s.ready[of] = s.ready[of][:n-1]
	}
	if s.again && !s.closed {
		s.want(of)
		s.work.Add(1)
		time.AfterFunc(refill, func() {
			defer s.work.Done()
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.making[of] == nil && slices.Contains(s.recent, of) {
				s.begin(of)
			}
		})
	}
	return v, ok
}

// back takes a thing in again that was not used. It closes it when there are too many.
func (s *stock[K, V]) back(of K, v V) error {
	if s == nil {
		return v.close()
	}
	s.mu.Lock()
	// One more than usual: that in its place may have been made meanwhile, and the next one who wants it comes soon.
	keep := !s.closed && slices.Contains(s.recent, of) && len(s.ready[of]) <= s.depth(of)
	if keep {
		s.ready[of] = append(s.ready[of], v)
	}
	s.mu.Unlock()
	if keep {
		return nil
	}
	return v.close()
}

// want notes that a kind is wanted, and gives up that which was wanted longest ago if there are too many. The caller holds mu.
func (s *stock[K, V]) want(of K) {
	if i := slices.Index(s.recent, of); i >= 0 {
		s.recent = slices.Delete(s.recent, i, i+1)
	}
	s.recent = append(s.recent, of)
	if len(s.recent) > s.kinds {
		for _, v := range s.ready[s.recent[0]] {
			_ = v.close()
		}
		delete(s.ready, s.recent[0])
		s.recent = s.recent[1:]
	}
}

// begin has things of a kind made until there are enough. The caller holds mu.
func (s *stock[K, V]) begin(of K) {
	if s.closed || len(s.ready[of]) >= s.depth(of) {
		return
	}
	made := make(chan struct{})
	s.making[of] = made
	s.work.Go(func() {
		v, err := s.build(of)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.making, of)
		close(made)
		switch {
		case err != nil: // without the memory for it there will be none
		case s.closed || !slices.Contains(s.recent, of):
			_ = v.close()
		default:
			s.ready[of] = append(s.ready[of], v)
			s.begin(of)
		}
	})
}

// close frees all, and waits for what is being made.
func (s *stock[K, V]) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.work.Wait()
	var errs []error
	for _, all := range s.ready {
		for _, v := range all {
			errs = append(errs, v.close())
		}
	}
	return errors.Join(errs...)
}
