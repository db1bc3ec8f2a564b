package refusal

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// capability is a privilege and its name.
type capability struct {
	bit  uint
	name string
}

var (
	sysAdmin = capability{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}
	netAdmin = capability{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"}
	perfmon  = capability{unix.CAP_PERFMON, "CAP_PERFMON"}
	bpf      = capability{unix.CAP_BPF, "CAP_BPF"}
)

// The kernel versions on which privileges depend.
const (
	capBPFVersion = 5<<16 | 8<<8
	memcgVersion  = 5<<16 | 11<<8
)

// needs are the capabilities that a request takes. CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON.
//
// Source: bpf_prog_load, map_create and bpf_enable_runtime_stats in kernel/bpf/syscall.c, kernel/events/core.c.
func (h *Host) needs(r Request) []capability {
	network := r.Kind == "xdp" || r.Kind == "tc"
	switch {
	case r.Action == Measure, h.Version < capBPFVersion && !network:
		return []capability{sysAdmin}
	case h.Version < capBPFVersion:
		return []capability{sysAdmin, netAdmin}
	case r.Action == Create:
		return []capability{bpf}
	case network:
		return []capability{bpf, netAdmin}
	case r.Action == Attach:
		return []capability{perfmon}
	}
	return []capability{bpf, perfmon}
}

// has reports whether the process has a capability, or one that stands for it.
func (h *Host) has(c capability) bool {
	if h.Capabilities&(1<<c.bit) != 0 {
		return true
	}
	return (c == bpf || c == perfmon) && h.Capabilities&(1<<sysAdmin.bit) != 0
}

// forbidden finds out why the kernel answers EPERM or EACCES.
func (h *Host) forbidden(r Request) Answer {
	if h.lockdown() == "confidentiality" && r.Action != Create {
		return Answer{
			Reason: "the kernel is locked down (confidentiality), which forbids BPF programs to read its memory",
			Remedy: "boot with lockdown=integrity or without lockdown to trace", Privilege: true,
		}
	}
	var lacks []string
	file := "cap_bpf,cap_perfmon,cap_dac_read_search" // what tracing takes, tracefs included
	for _, c := range h.needs(r) {
		if c == netAdmin || c == sysAdmin {
			file += "," + strings.ToLower(c.name)
		}
		if !h.has(c) {
			lacks = append(lacks, c.name)
		}
	}
	if len(lacks) > 0 {
		reason := "this process lacks " + strings.Join(lacks, " and ")
		if slices.Contains(lacks, bpf.name) {
			reason += h.sysctl("kernel/unprivileged_bpf_disabled", 1, ", and kernel.unprivileged_bpf_disabled is %d")
		} else if slices.Contains(lacks, perfmon.name) {
			reason += h.sysctl("kernel/perf_event_paranoid", 2, ", and kernel.perf_event_paranoid is %d")
		}
		return Answer{Reason: reason, Remedy: "run it with sudo, or once: sudo setcap " + file + "=ep $(command -v go3sh)", Privilege: true}
	}
	if h.contained() {
		return Answer{
			Reason: "this process has its capabilities in a user namespace only, as in a container without privileges",
			Remedy: "run it with sudo on the host, or in a container that may trace the host", Privilege: true,
		}
	}
	if r.Action == Create && h.Version < memcgVersion {
		return Answer{
			Reason: fmt.Sprintf("kernels before 5.11 charge maps to RLIMIT_MEMLOCK, which is %s", size(h.Memlock)),
			Remedy: "raise it with ulimit -l unlimited, as root", Privilege: true,
		}
	}
	if h.lockdown() == "integrity" && r.Action == Load {
		return Answer{
			Reason: "the kernel is locked down (integrity), which forbids programs to write memory and to change what functions return",
			Remedy: "leave out what changes the system, or boot without lockdown",
		}
	}
	if slices.Contains(trampolines, r.Kind) {
		return Answer{
			Reason: "this kernel forbids programs at the start and the end of its functions",
			Remedy: "use a kprobe or a tracepoint",
		}
	}
	return Answer{
		Reason: "the kernel refuses it although this process has the capabilities",
		Remedy: "a security module (SELinux, AppArmor) or a filter of system calls (seccomp) may forbid it: look into the system's log, run it with sudo on the host", Privilege: true,
	}
}

// sysctl is a text with the value of a setting of the kernel, empty if it is below least or can't be read.
func (h *Host) sysctl(name string, least int, text string) string {
	if v, ok := h.number("proc/sys/" + name); ok && v >= least {
		return fmt.Sprintf(text, v)
	}
	return ""
}
