package view

import (
	"runtime"

	"golang.org/x/sys/unix"

	"go3s/view/pane"
)

// machine is where this process runs.
func machine() pane.Machine {
	m := pane.Machine{CPUs: runtime.NumCPU()}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.Host = unix.ByteSliceToString(u.Nodename[:])
		m.Kernel = unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
	}
	return m
}
