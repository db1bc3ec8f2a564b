package refusal

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// row is what an error number means for an action, or for hooks of some kinds.
type row struct {
	action Action   // Other for all
	kinds  []string // nil for all
	errno  unix.Errno
	say    func(h *Host, r Request) (reason, remedy string)
}

// words are a reason and a remedy that are always the same.
func words(reason, remedy string) func(*Host, Request) (string, string) {
	return func(*Host, Request) (string, string) { return reason, remedy }
}

// named are a reason with the name of what was asked for in it, and a remedy.
func named(reason, remedy string) func(*Host, Request) (string, string) {
	return func(_ *Host, r Request) (string, string) { return fmt.Sprintf(reason, r.Name), remedy }
}

// table is what error numbers mean, the special rows before the general ones.
//
// Source: the manual pages bpf(2) and perf_event_open(2); kernel/bpf/syscall.c, kernel/trace/bpf_trace.c, net/core/dev.c.
var table = []row{
	{Load, nil, unix.E2BIG, words("the program has more instructions than the kernel takes, which is 1,000,000", "take the probe apart into several probes at the same hook")},
	{Load, nil, unix.EAGAIN, words("the verifier was interrupted", "enter it again")},
	{Load, nil, unix.ENOENT, named("this kernel has no function or tracepoint %s that a program could be verified for", "use the name of one that it has, or a kprobe")},
	{Load, nil, unix.ENOSPC, words("the kernel has no room left for the code of programs (net.core.bpf_jit_limit)", "detach probes, or raise the limit: sysctl net.core.bpf_jit_limit")},
	{Load, nil, unix.EINVAL, words("this kernel does not know this type of program, or something that the program uses", "`go3sh --emit=json` says what a program needs of the kernel")},

	{Create, nil, unix.E2BIG, words("a key or value of the map is larger than the kernel takes", "use smaller arrays, shorter strings or fewer fields")},
	{Create, nil, unix.EINVAL, words("the kernel makes no map with keys, values and entries of these sizes", "use smaller arrays, shorter strings, fewer fields, or fewer entries: // @bpf_map(max_entries=…) behind its declaration")},
	{Create, nil, unix.ENOMEM, noMemory},
	{Create, nil, unix.ENOSPC, noMemory},

	{Attach, []string{"tracepoint"}, unix.ENOENT, named("this kernel has no tracepoint %s any more", "it may be of a module that was unloaded")},
	{Attach, []string{"raw_tp", "tp_btf"}, unix.ENOENT, named("this kernel has no tracepoint %s that programs can be put to", "raw_tp takes the name without its category")},
	{Attach, []string{"kprobe", "kretprobe", "fentry", "fexit"}, unix.ENOENT, named("this kernel has no function %s that can be probed", "it may be inlined, or of a module that is not loaded")},
	{Attach, kernelProbes, unix.EADDRNOTAVAIL, named("the function %s can't be probed", "the kernel keeps some of its functions from probes (/sys/kernel/debug/kprobes/blacklist): use a function that calls it")},
	{Attach, kernelProbes, unix.EINVAL, named("the function %s can't be probed", "the kernel keeps some of its functions from probes (/sys/kernel/debug/kprobes/blacklist): use a function that calls it")},
	{Attach, kernelProbes, unix.EILSEQ, named("the function %s begins with something that is no instruction", "use a function that calls it")},
	{Attach, userProbes, unix.ENOENT, named("there is no %s", "uprobe wants a program's path and a function in it: uprobe:/bin/bash:readline")},
	{Attach, userProbes, unix.EINVAL, named("%s is no place that can be probed", "it wants a file with the code of a program or library, on a file system that keeps it")},
	{Attach, []string{"xdp"}, unix.EBUSY, named("another XDP program is at %s", "`ip link show` names it, and `ip link set dev … xdp off` takes it away")},
	{Attach, []string{"xdp"}, unix.EOPNOTSUPP, named("the driver of %s takes no XDP programs", "use tc")},
	{Attach, []string{"xdp"}, unix.EINVAL, named("the driver of %s takes no XDP program as it is set up", "jumbo frames and LRO stand in the way with many drivers: use tc")},
	{Attach, []string{"xdp", "tc"}, unix.ENODEV, noDevice},
	{Attach, []string{"xdp", "tc"}, unix.ENOENT, noDevice},
	{Attach, []string{"tc"}, unix.ERANGE, named("64 programs are at %s already, as many as the kernel takes", "detach some")},
	{Attach, []string{"tc"}, unix.EINVAL, words("this kernel has no tcx, which came with Linux 6.6", "use xdp")},
	{Attach, clocks, unix.EINVAL, words("the kernel takes no such clock", "kernel.perf_event_max_sample_rate is the largest number of samples a second")},
	{Attach, clocks, unix.ENODEV, words("a CPU was switched off meanwhile", "enter it again")},
	{Attach, []string{"tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"}, unix.E2BIG, named("64 programs are at %s already, as many as the kernel takes", "detach some (bpftool link shows whose they are), or use raw_tp, which takes any number")},
	{Attach, nil, unix.EBUSY, named("%s is in use by something that shares it with nobody", "ftrace or perf may hold it: end them, or use another hook")},
	{Attach, nil, unix.EEXIST, named("this program is at %s already", "detach it first")},
	{Attach, nil, unix.ENOSPC, words("the kernel has no room for another perf event", "detach probes, or end other tracers")},
	{Attach, nil, unix.EOPNOTSUPP, words("this kernel puts no program to hooks of this kind", "use another kind of hook; a tracepoint works on all")},
	{Attach, nil, notSupported, words("this kernel puts no program to hooks of this kind", "use another kind of hook; a tracepoint works on all")},

	{Other, nil, unix.EMFILE, func(h *Host, _ Request) (string, string) {
		return fmt.Sprintf("this process has all the files open that it may, %d", h.Files), "detach probes, or allow more before starting: ulimit -n 65536"
	}},
	{Other, nil, unix.ENFILE, words("the system has all the files open that it may (fs.file-max)", "raise it: sysctl fs.file-max")},
	{Other, nil, unix.ENOMEM, words("the kernel has no memory for it", "drop maps (:drop), make them smaller, or allow this process's memory cgroup more")},
	{Other, nil, unix.E2BIG, words("it is larger than the kernel takes", "make it smaller")},
	{Other, nil, unix.ENOSYS, words("this kernel has no BPF, or a filter of system calls (seccomp) hides it", "in a container, allow the system calls bpf and perf_event_open")},
}

// noMemory is what there is to say of a map that finds no memory.
func noMemory(_ *Host, r Request) (reason, remedy string) {
	reason = "the kernel has not the memory for it"
	if r.Bytes > 0 {
		reason = "it takes about " + size(r.Bytes) + " of kernel memory, and there is not so much"
	}
	return reason, "use fewer entries: // @bpf_map(max_entries=…) behind its declaration; a memory cgroup may be the limit"
}

// noDevice is what there is to say of a network device that is not there.
func noDevice(h *Host, r Request) (reason, remedy string) {
	reason = fmt.Sprintf("there is no network device %s", r.Name)
	if names := h.devices(); len(names) > 0 {
		return reason, "there is " + strings.Join(names, ", ")
	}
	return reason, "`ip link` lists those that there are"
}
