package session

import (
	"time"

	"go3s/incremental"
	"go3s/incremental/layout"
	"go3s/session/clock"
)

// resolver tells what the values with a meaning stand for. It implements layout.Resolver.
type resolver struct {
	*Session
}

var _ layout.Resolver = resolver{}

// Time is a moment of CLOCK_MONOTONIC as text, in local time.
func (r resolver) Time(mono uint64, format string) string {
	return clock.Strftime(format, r.Session.clock.Wall(time.Duration(mono)))
}

// KernelSymbol is an address in the kernel as text.
func (r resolver) KernelSymbol(addr uint64) string { return r.kernel.KernelSymbol(addr) }

// Stack is a stack trace as the names of its functions.
func (r resolver) Stack(id int64, pid uint64) layout.Frames {
	r.mu.Lock()
	m := r.live(incremental.StackMap)
	r.mu.Unlock()
	if m == nil || id < 0 {
		return nil
	}
	addrs, err := r.kernel.ReadStack(m.id, uint32(id))
	if err != nil {
		return nil
	}
	frames := make(layout.Frames, len(addrs))
	for i, addr := range addrs {
		switch {
		case pid != 0:
			frames[i] = r.UserSymbol(pid, addr)
		default:
			frames[i] = r.KernelSymbol(addr)
		}
	}
	return frames
}

// UserSymbol is an address in a process as text.
func (r resolver) UserSymbol(pid, addr uint64) string { return r.kernel.UserSymbol(pid, addr) }

// resolver tells what values stand for.
func (s *Session) resolver() layout.Resolver { return resolver{s} }
