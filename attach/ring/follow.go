package ring

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Follow calls fn for each record until ctx ends, then for those that were reserved by then, and returns. The data is only valid
// during the call. An error is one of starting to wait; no record has been read then.
//
// While records flow, Follow looks at the ring every now and then, from 200 µs to 20 ms, so that an eighth of it fills in between,
// and nobody is woken. The kernel wakes the reader for a record submitted with flags 0 only if all before it are consumed
// (bpf_ringbuf_commit), so Follow leaves the last one unconsumed meanwhile. When nothing came for one of the longest pauses, Follow
// consumes it and sleeps until the kernel wakes it. A record that comes after a longer silence than that is taken for a lone one: Follow
// sleeps on, and looks at the ring by itself when the next one wakes it too soon.
//
// Records submitted with BPF_RB_NO_WAKEUP wake nobody. Follow notices, and then looks every 20 ms at least, or more often in a ring
// below 4 MiB, half of which should be able to take a sudden 100 MB/s.
func (r *Ring) Follow(ctx context.Context, fn func(data []byte)) error {
	b, err := newBell(ctx, r.fd)
	if err != nil {
		return fmt.Errorf("wait for ring buffer: %w", err)
	}
	defer func() { _ = b.close() }()

	p := newPace(r.Size())
	silent := false // records wake nobody
	for ctx.Err() == nil {
		start := time.Now()
		if !p.idle(r.readButLast(fn)) {
			sleep(ctx, p.pause)
			p.waited = time.Since(start)
			continue
		}
		r.release(r.pos)
		timeout := asleep
		if silent {
			timeout = p.longest
		}
		// A record that came before the release has woken nobody.
		rung := b.wait(timeout, func() bool { return r.Fill() > 0 })
		silent = !rung && r.Fill() > 0
		p.wake(time.Since(start))
	}
	r.drain(fn)
	return nil
}

// readButLast is Read, except that the last record's room is not given back.
func (r *Ring) readButLast(fn func(data []byte)) int {
	n, last := r.read(fn)
	if n > 0 {
		r.release(last)
	}
	return n
}

// drain reads what is in the ring now. A record that is reserved is submitted within the run of a program, unless that one is
// interrupted, so drain waits a little for it, and not for ever.
func (r *Ring) drain(fn func(data []byte)) {
	r.release(r.pos)
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

// sleep pauses, and no longer than a millisecond beyond the end of ctx.
func sleep(ctx context.Context, pause time.Duration) {
	if pause >= time.Millisecond {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		return
	}
	if pause > 0 {
		// The runtime's timers are only good to a millisecond when it waits in epoll.
		ts := unix.NsecToTimespec(int64(pause))
		_ = unix.Nanosleep(&ts, nil)
	}
}

// The bounds of a pause, and the rate in bytes per nanosecond that half a ring should take during the longest.
const (
	shortest  = 200 * time.Microsecond
	longest   = 20 * time.Millisecond
	burstRate = 0.1

	asleep = time.Second // how long to wait to be woken
)

// pace finds out how long to leave the ring alone.
type pace struct {
	size    int
	longest time.Duration // the longest pause for this ring
	pause   time.Duration // 0 when half the ring was full
	waited  time.Duration // from the last look to this one
	quiet   bool          // nothing came for one of the longest pauses before this look
}

func newPace(size int) *pace {
	room := time.Duration(float64(size/2) / burstRate)
	longest := min(max(room, time.Millisecond), longest)
	return &pace{size: size, longest: longest, pause: shortest, waited: longest}
}

// idle sets the pause after a look at the ring that found the given number of bytes. It reports whether it is time to sleep: nothing came
// during the longest pause, or what came is little and came after as long.
func (p *pace) idle(found int) bool {
	quiet := p.quiet
	p.quiet = false
	switch {
	case found > p.size/2:
		p.pause = 0
	case found == 0 && (quiet || p.pause == p.longest):
		return true
	case found == 0:
		p.pause = min(4*max(p.pause, shortest), p.longest)
	case quiet && found < p.size/64:
		return true
	default:
		// At the rate seen, an eighth of the ring is full after this time.
		full := time.Duration(float64(p.waited) * float64(p.size/8) / float64(found))
		p.pause = min(max(full, shortest), p.longest, 4*max(p.pause, shortest))
	}
	return false
}

// wake is told how long the reader slept. The next pause is a short one.
func (p *pace) wake(slept time.Duration) {
	p.pause, p.waited, p.quiet = 0, slept, slept >= p.longest
}
