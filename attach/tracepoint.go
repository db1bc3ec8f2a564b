package attach

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// RawTracepoint reports whether the events of category:name come from the raw tracepoint of that name, if the kernel has one. Those of
// system calls are made of one for all calls, and those that users define have the names that they like.
func (k *Kernel) RawTracepoint(category, name string) bool {
	switch category {
	case "syscalls", "ftrace", "user_events", "user_events_multi":
		return false
	}
	defined, err := k.defined()
	return err == nil && !slices.Contains(defined, category+":"+name)
}

// linkTracepoint puts a program to a tracepoint, through an event of perf's. The library can do it, too, but tries first what the kernel
// has, which takes as long as all of this.
func (k *Kernel) linkTracepoint(hook Hook, prog *ebpf.Program) (io.Closer, error) {
	event, err := k.openTracepoint(hook)
	if err != nil {
		return nil, err
	}
	link, err := perfLink(event, prog)
	if errors.Is(err, unix.EINVAL) {
		link, err = perfProgram(event, prog)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(event))
	}
	return closers{link, perfFD(event)}, nil
}

// openTracepoint opens perf's event of a tracepoint. A program that is put to it runs on all CPUs, whichever it is opened for, and runs
// though the event is disabled: that is about perf's own samples, and an event that is enabled has the kernel arrange all of its CPU's
// events anew, which takes the longer the more there are.
func (k *Kernel) openTracepoint(hook Hook) (event int, err error) {
	fs, err := k.findTracefs()
	if err != nil {
		return 0, err
	}
	id, err := fs.Number(hook.Category, hook.Name)
	if err != nil {
		return 0, err
	}
	event, err = unix.PerfEventOpen(&unix.PerfEventAttr{
		Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Sample_type: unix.PERF_SAMPLE_RAW, Sample: 1, Wakeup: 1, Bits: unix.PerfBitDisabled,
	}, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return 0, fmt.Errorf("open the event: %w", err)
	}
	return event, nil
}

// perfLink makes a link of a program to an event of perf's, which tools show as one. Linux 5.15; before, the error is EINVAL.
func perfLink(event int, prog *ebpf.Program) (io.Closer, error) {
	attr := struct{ prog, target, kind, flags uint32 }{uint32(prog.FD()), uint32(event), unix.BPF_PERF_EVENT, 0}
	fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_LINK_CREATE, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(prog)
	if errno != 0 {
		return nil, fmt.Errorf("link the program to the event: %w", errno)
	}
	return perfFD(fd), nil
}

// perfProgram puts a program to an event of perf's, for which it runs until the event is closed. Linux 4.7.
func perfProgram(event int, prog *ebpf.Program) (io.Closer, error) {
	if err := unix.IoctlSetInt(event, unix.PERF_EVENT_IOC_SET_BPF, prog.FD()); err != nil {
		return nil, fmt.Errorf("put the program to the event: %w", err)
	}
	return closers(nil), nil
}
