package ring

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

// Follow calls fn for each record until ctx ends, then for those that were reserved by then, and returns. The data is only valid
// during the call.
//
// It looks at the ring often enough that the ring does not fill at the rate seen so far: at most every 200 µs, and every 10 ms
// at least. A ring below 1 MiB is looked at more often when idle, so that it can take a sudden 100 MB/s.
func (r *Ring) Follow(ctx context.Context, fn func(data []byte)) {
	p := newPace(r.Size())
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		last := time.Now()
		pause := p.next(r.Read(fn))
		switch {
		case pause >= time.Millisecond:
			timer.Reset(pause)
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
		case pause > 0:
			// The runtime's timers are only good to a millisecond when it waits in epoll.
			ts := unix.NsecToTimespec(int64(pause))
			_ = unix.Nanosleep(&ts, nil)
		}
		if ctx.Err() != nil {
			r.drain(fn)
			return
		}
		p.waited = time.Since(last)
	}
}

// drain reads what is in the ring now. A record that is reserved is submitted within the run of a program, unless that one is
// interrupted, so drain waits a little for it, and not for ever.
func (r *Ring) drain(fn func(data []byte)) {
	todo := r.Fill()
	for deadline := time.Now().Add(20 * time.Millisecond); todo > 0; {
		n := r.Read(fn)
		todo -= n
		if n > 0 {
			continue
		}
		if time.Now().After(deadline) {
			return
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// The bounds of a pause, and the rate in bytes per nanosecond that a ring should take from one idle look to the next.
const (
	shortest  = 200 * time.Microsecond
	longest   = 10 * time.Millisecond
	burstRate = 0.1
)

// pace finds out how long to leave the ring alone.
type pace struct {
	size   int
	idle   time.Duration // the longest pause for this ring
	pause  time.Duration // the last one asked for
	waited time.Duration // from the last look to this one
}

func newPace(size int) *pace {
	idle := time.Duration(float64(size) / burstRate)
	return &pace{size: size, idle: min(max(idle, time.Millisecond), longest), pause: shortest, waited: shortest}
}

// next returns the pause after a look at the ring that found the given number of bytes.
func (p *pace) next(found int) time.Duration {
	switch {
	case found == 0:
		p.pause = min(max(2*p.pause, shortest), p.idle)
	case found > p.size/2:
		p.pause = 0
	default:
		// At the rate seen, an eighth of the ring is full after this time.
		full := time.Duration(float64(p.waited) * float64(p.size/8) / float64(found))
		p.pause = min(max(full, shortest), p.idle, 4*max(p.pause, shortest))
	}
	return p.pause
}
