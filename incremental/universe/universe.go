// Package universe is what a Go3s program sees without declaring it, as go/types: the package bpf, the plain names of the
// prompt, and the context types that tracepoint formats describe.
package universe

import "go/types"

// Universe is the predeclared world for one kernel.
type Universe struct {
	Kernel Kernel
	// Pkg is the package "bpf". Its scope also holds the plain names (pid, comm, str, printf, …), which the checker copies into
	// the scope of each cell.
	Pkg *types.Package
	// Maps is the package "maps" whose scope holds the variables of the maps declared by use.
	Maps *types.Package
}

// Intrinsic is a predeclared name that the compiler implements itself.
type Intrinsic uint8

// The intrinsics. Values (PID, Comm, …) are variables at the prompt (pid, comm) and functions in the long form (bpf.PID()).
const (
	None   Intrinsic = iota
	PID              // uint32, the process (tgid)
	TID              // uint32, the thread
	UID              // uint32
	GID              // uint32
	Comm             // string of capacity 16
	CPU              // uint32
	Nsecs            // uint64, CLOCK_MONOTONIC nanoseconds
	Str              // str(p) string, str(p, n) string: the string that p points to
	Printf           // printf(format string, args ...any)
)

// Context is the type of ctx for one hook.
type Context struct {
	Named  *types.Named // a struct; field i is Format.Fields[i]
	Format *Format
}
