package session

import (
	"time"

	"go3s/incremental/layout"
)

// resolver tells what the values with a meaning stand for. It implements layout.Resolver.
type resolver struct {
	kernel Kernel
	clock  *clock
}

var _ layout.Resolver = resolver{}

// Time is a moment of CLOCK_MONOTONIC as text, in local time.
func (r resolver) Time(mono uint64, format string) string {
	return Strftime(format, r.clock.wall(time.Duration(mono)))
}

// KernelSymbol is an address in the kernel as text.
func (r resolver) KernelSymbol(addr uint64) string { return r.kernel.KernelSymbol(addr) }

// UserSymbol is an address in a process as text.
func (r resolver) UserSymbol(pid, addr uint64) string { return r.kernel.UserSymbol(pid, addr) }
