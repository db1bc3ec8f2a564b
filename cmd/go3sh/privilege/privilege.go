// Package privilege gives up what this process may do and does not need.
package privilege

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Tracing are the capabilities that something in go3sh needs, sooner or later, where the process has them. CAP_BPF and CAP_PERFMON
// are enough for most of it, with CAP_DAC_READ_SEARCH for tracefs, which belongs to root alone.
var Tracing = []int{
	unix.CAP_BPF, unix.CAP_PERFMON, // maps and programs
	unix.CAP_DAC_READ_SEARCH, // tracefs; the files of functions of other users' programs
	unix.CAP_SYS_ADMIN,       // run statistics, which costs and the budget are; mounting tracefs
	unix.CAP_NET_ADMIN,       // xdp and tc
	unix.CAP_SYSLOG,          // addresses of the kernel's symbols
	unix.CAP_SYS_PTRACE,      // symbols of other users' processes
	unix.CAP_SYS_RESOURCE,    // the limit of locked memory before Linux 5.11
	unix.CAP_DAC_OVERRIDE,    // files that root saves in a user's folder
	unix.CAP_KILL,            // ending a command that has changed its user
}

// Keep gives up all capabilities but these, in all threads and for good. What this process starts gets what the kernel gives it
// anyway: of root, everything. In a program with cgo, whose threads the runtime does not know, nothing is given up.
func Keep(capabilities ...int) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("read the capabilities: %w", err)
	}
	var keep [2]uint32
	for _, c := range capabilities {
		keep[c/32] |= 1 << (c % 32)
	}
	for i := range data {
		data[i].Effective &= keep[i]
		data[i].Permitted &= keep[i]
		data[i].Inheritable &= keep[i]
	}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	if errno != 0 && !errors.Is(errno, syscall.ENOTSUP) {
		return fmt.Errorf("give up capabilities: %w", errno)
	}
	return nil
}
