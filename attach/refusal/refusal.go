// Package refusal says in plain words why the kernel does not load, create or attach something, and what to do about it: from the error
// number, from what was asked for, and from what the host says of itself.
package refusal

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// Action is what was asked of the kernel.
type Action uint8

// The actions.
const (
	Other   Action = iota
	Load           // a program
	Create         // a map
	Attach         // a program to a hook
	Measure        // run statistics
)

// Request is what was asked for.
type Request struct {
	Action Action
	// Kind is the kind of hook as a user types it: tracepoint, raw_tp, tp_btf, kprobe, kretprobe, uprobe, uretprobe, fentry, fexit, profile,
	// interval, xdp, tc. It is empty for maps.
	Kind string
	// Name is the hook without its kind, category:name of a tracepoint; or the name of a map.
	Name string
	// Bytes are what the entries of a map take together, about.
	Bytes uint64
}

// Answer is why, and what to do.
type Answer struct {
	Reason string // a sentence without its end
	Remedy string // the same, may be empty
	// Privilege reports that it is no matter of the user's text: a privilege is missing, or the host forbids it.
	Privilege bool
}

// Explain finds out why a request has failed with an error. It returns false for errors of which nothing is known.
func (h *Host) Explain(r Request, err error) (Answer, bool) {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return h.forbidden(r), true
	}
	if slices.ContainsFunc(featureless, func(errno unix.Errno) bool { return errors.Is(err, errno) }) {
		if a, ok := h.missing(r); ok {
			return a, true
		}
	}
	for _, row := range table {
		if errors.Is(err, row.errno) && (row.action == Other || row.action == r.Action) && (row.kinds == nil || slices.Contains(row.kinds, r.Kind)) {
			reason, remedy := row.say(h, r)
			return Answer{Reason: reason, Remedy: remedy}, true
		}
	}
	return Answer{}, false
}

// featureless are the errors of a kernel that was built without something.
var featureless = []unix.Errno{unix.ENOENT, unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, unix.ENODEV, notSupported}

// notSupported is ENOTSUPP, which the kernel has for itself and lets out at times (include/linux/errno.h).
const notSupported unix.Errno = 524

// option is a choice made when the kernel was built.
type option struct {
	config string
	kinds  []string // of hooks that need it; nil for all
	system string   // the category of tracepoints that need it; empty for all
	what   string
	remedy string
}

var (
	kernelProbes = []string{"kprobe", "kretprobe"}
	userProbes   = []string{"uprobe", "uretprobe"}
	trampolines  = []string{"fentry", "fexit"}
	clocks       = []string{"profile", "interval"}
)

const elsewhere = "use another kernel"

var options = []option{
	{"CONFIG_BPF_SYSCALL", nil, "", "BPF", elsewhere},
	{"CONFIG_KPROBES", kernelProbes, "", "kprobes", "use a tracepoint, or fentry where the kernel has it"},
	{"CONFIG_KPROBE_EVENTS", kernelProbes, "", "kprobes for tracing", "use a tracepoint, or fentry where the kernel has it"},
	{"CONFIG_UPROBES", userProbes, "", "probes of user programs", elsewhere},
	{"CONFIG_UPROBE_EVENTS", userProbes, "", "probes of user programs for tracing", elsewhere},
	{"CONFIG_FTRACE_SYSCALLS", []string{"tracepoint"}, "syscalls", "tracepoints of system calls", "use raw_tp:sys_enter or raw_tp:sys_exit, which all system calls come by"},
	{
		"CONFIG_BPF_EVENTS",
		[]string{"tracepoint", "raw_tp", "kprobe", "kretprobe", "uprobe", "uretprobe", "profile", "interval"},
		"",
		"programs at tracepoints, kprobes and perf events", elsewhere,
	},
	{"CONFIG_DEBUG_INFO_BTF", []string{"tp_btf", "fentry", "fexit"}, "", "a description of its types", "use a tracepoint or raw_tp instead"},
	{"CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS", trampolines, "", "programs at its functions", "use a kprobe or a tracepoint"},
	{"CONFIG_PERF_EVENTS", clocks, "", "perf events", elsewhere},
	{"CONFIG_NET_XGRESS", []string{"tc"}, "", "programs for packets by tcx", "use xdp"},
}

// missing looks for an option that the request needs and the kernel was built without.
func (h *Host) missing(r Request) (Answer, bool) {
	for _, o := range options {
		if o.kinds != nil && !slices.Contains(o.kinds, r.Kind) || o.system != "" && !hasSystem(r.Name, o.system) {
			continue
		}
		if set, known := h.config(o.config); known && !set {
			return Answer{Reason: "this kernel is built without " + o.what + " (" + o.config + ")", Remedy: o.remedy}, true
		}
	}
	return Answer{}, false
}

func hasSystem(name, system string) bool {
	return len(name) > len(system) && name[:len(system)] == system && name[len(system)] == ':'
}
