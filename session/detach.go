package session

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"go3s/attach"
)

// Detach takes probes out of the kernel. It returns when no event reaches them any more; their links go in the background, all at the
// same time, and a ChangedEvent tells when each is gone. With an unknown name among names nothing is detached. A probe with several
// hooks is detached as a whole, and what runs when it is loaded or unloaded goes with it.
func (s *Session) Detach(names ...string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if _, err := s.grouped("detach", names); err != nil {
		return err
	}
	names = slices.Clone(names)
	for _, p := range s.linked() {
		if of := owner(p.hook); of != "" && slices.Contains(names, of) {
			names = append(names, p.group)
		}
	}
	probes, err := s.grouped("detach", names)
	if err != nil {
		return err
	}
	s.history.add(s.now())
	s.program = s.program.Without(names).Declaring(s.userMaps()).Resuming(names)
	s.detach(probes)
	return nil
}

// leaving is a probe on its way out of the kernel.
type leaving struct {
	*probe
	link    attach.LinkID
	program attach.ProgramID
	last    int // see probe.last
}

// detach detaches probes and frees their programs when the links are gone, all at the same time; programs that are to run then do so
// one after the other. The caller holds changing.
func (s *Session) detach(probes []*probe) {
	var out []leaving
	s.mu.Lock()
	for _, p := range probes {
		out = append(out, leaving{p, p.link, p.program, p.last()})
		p.to(Detaching, nil)
		s.events.Tell(Event{Kind: ChangedEvent, Probe: p.value()})
	}
	s.mu.Unlock()
	slices.SortStableFunc(out, func(a, b leaving) int { return cmp.Compare(a.last, b.last) })
	first := slices.IndexFunc(out, func(l leaving) bool { return l.last > 0 })
	if first < 0 {
		first = len(out)
	}
	var others sync.WaitGroup
	for _, l := range out[:first] {
		gone := s.kernel.Detach(l.link)
		others.Add(1)
		s.detaches.Go(func() {
			defer others.Done()
			s.detached(l, <-gone)
		})
	}
	if first < len(out) {
		s.detaches.Go(func() {
			others.Wait()
			for _, l := range out[first:] {
				err := s.kernel.Run(l.program)
				s.detached(l, errors.Join(err, <-s.kernel.Detach(l.link)))
			}
		})
	}
}

// detached ends the life of a probe whose link is gone.
func (s *Session) detached(l leaving, err error) {
	err = errors.Join(err, s.kernel.FreeProgram(l.program))
	s.refresh()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		select {
		case s.left <- struct{}{}:
		default:
		}
	}()
	p := l.probe
	if p.link != l.link || p.state != Detaching {
		return // entered anew in the meantime
	}
	if err != nil {
		p.to(Failed, err)
	} else {
		p.to(Gone, nil)
	}
	s.events.Tell(Event{Kind: ChangedEvent, Probe: p.value()})
}

// awaitDetaches waits until all probes on their way out are gone. progress, unless nil, is told how many are left, at first and each time that
// it is fewer.
func (s *Session) awaitDetaches(progress func(left int)) {
	if progress == nil {
		s.detaches.Wait()
		return
	}
	gone := make(chan struct{})
	go func() {
		s.detaches.Wait()
		close(gone)
	}()
	told := -1
	for {
		if left := s.detaching(); left != told {
			told = left
			progress(left)
		}
		select {
		case <-s.left:
		case <-gone:
			if told != 0 {
				progress(0)
			}
			return
		}
	}
}

// detaching is how many probes are on their way out.
func (s *Session) detaching() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.probes {
		if p.state == Detaching {
			n++
		}
	}
	return n
}
