package attach

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"go3s/attach/refusal"
)

// request is what is asked of the kernel when something is put to the hook.
func (h Hook) request() refusal.Request {
	kind := h.Kind
	if kind == "" {
		kind = hookKinds[h.Type]
	}
	r := refusal.Request{Action: refusal.Attach, Kind: kind, Name: h.String()}
	if h.Type != Tracepoint {
		r.Name = h.Name
	}
	return r
}

// linkTo is the package's linkTo, unless a test answers in the kernel's place.
func (k *Kernel) linkTo(hook Hook, prog *ebpf.Program) (io.Closer, error) {
	if k.fault != nil {
		if err := k.fault(refusal.Attach); err != nil {
			return nil, err
		}
	}
	if hook.Type == Tracepoint {
		return k.linkTracepoint(hook, prog)
	}
	return linkTo(hook, prog)
}

// linkTo puts a program to a hook that is no tracepoint. For hooks that only user space runs the closer is nil.
func linkTo(hook Hook, prog *ebpf.Program) (io.Closer, error) {
	switch hook.Type {
	case RawTracepoint:
		if hook.byHand() {
			return nil, nil
		}
		return link.AttachRawTracepoint(link.RawTracepointOptions{Name: hook.Name, Program: prog})
	case TracingTP, FEntry, FExit:
		return link.AttachTracing(link.TracingOptions{Program: prog})
	case KProbe:
		return linkProbe(hook, prog)
	case PerfEvent:
		return linkClock(hook, prog)
	case XDP, TC:
		return linkDevice(hook, prog)
	}
	return nil, fmt.Errorf("no hooks are known for programs of type %d", hook.Type)
}

// linkProbe links a program to a function of the kernel, or to one of a user program, which is /path:function.
func linkProbe(hook Hook, prog *ebpf.Program) (io.Closer, error) {
	switch hook.Kind {
	case "kprobe":
		l, err := link.Kprobe(hook.Name, prog, nil)
		return l, withoutKprobes(err)
	case "kretprobe":
		l, err := link.Kretprobe(hook.Name, prog, nil)
		return l, withoutKprobes(err)
	}
	at := strings.LastIndexByte(hook.Name, ':')
	if at < 0 {
		return nil, fmt.Errorf("%s is not /path:function", hook.Name)
	}
	exe, err := link.OpenExecutable(hook.Name[:at])
	if err != nil {
		return nil, err
	}
	probe := exe.Uprobe
	if hook.Kind == "uretprobe" {
		probe = exe.Uretprobe
	}
	l, err := probe(hook.Name[at+1:], prog, nil)
	if errors.Is(err, link.ErrNoSymbol) {
		return nil, &RefusedError{
			Op: "attach", Reason: fmt.Sprintf("%s has no function %s", hook.Name[:at], hook.Name[at+1:]), Err: err,
			Remedy: "a stripped file shows the functions that it exports: nm -D " + hook.Name[:at] + " lists them",
		}
	}
	return l, err
}

// withoutKprobes says of an error that it comes from a kernel that has no kprobes.
func withoutKprobes(err error) error {
	if errors.Is(err, fs.ErrNotExist) && strings.Contains(err.Error(), "kprobe_events") {
		return &RefusedError{
			Op: "attach", Reason: "this kernel is built without kprobes (CONFIG_KPROBE_EVENTS)", Err: err,
			Remedy: "use a tracepoint, or fentry where the kernel has it",
		}
	}
	return err
}

// tooFast says of an error that the clock is faster than the kernel allows.
func tooFast(hook Hook, err error) error {
	const limit = "/proc/sys/kernel/perf_event_max_sample_rate"
	data, readErr := os.ReadFile(limit)
	most, convErr := strconv.Atoi(strings.TrimSpace(string(data)))
	if !errors.Is(err, unix.EINVAL) || errors.Join(readErr, convErr) != nil || hook.Hertz <= int64(most) {
		return err
	}
	return &RefusedError{
		Op: "open a clock", Reason: fmt.Sprintf("the kernel takes at most %d samples a second", most), Err: err,
		Remedy: "ask for fewer, or raise the limit: sysctl kernel.perf_event_max_sample_rate",
	}
}

// linkDevice links a program to what arrives at a network device.
func linkDevice(hook Hook, prog *ebpf.Program) (io.Closer, error) {
	if hook.Name == "" {
		return nil, errors.New("it names no network device, as in xdp:eth0")
	}
	dev, err := net.InterfaceByName(hook.Name)
	if err != nil {
		return nil, fmt.Errorf("network device %s: %w: %w", hook.Name, err, unix.ENODEV)
	}
	if hook.Type == XDP {
		return link.AttachXDP(link.XDPOptions{Program: prog, Interface: dev.Index})
	}
	return link.AttachTCX(link.TCXOptions{Program: prog, Attach: ebpf.AttachTCXIngress, Interface: dev.Index})
}

// closers are several links that end together.
type closers []io.Closer

// Close closes all.
func (c closers) Close() error {
	var errs []error
	for _, x := range c {
		errs = append(errs, x.Close())
	}
	return errors.Join(errs...)
}

// perfFD is the descriptor of a perf event.
type perfFD int

// Close ends the event.
func (fd perfFD) Close() error { return unix.Close(int(fd)) }

// linkClock links a program to the kernel's clock: profile on each CPU that is online, interval on one. The program runs in the
// interrupt of a timer, on a CPU that sleeps too.
func linkClock(hook Hook, prog *ebpf.Program) (io.Closer, error) {
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Bits: unix.PerfBitDisabled,
	}
	if hook.Hertz > 0 {
		attr.Sample = uint64(hook.Hertz)
		attr.Bits |= unix.PerfBitFreq
	} else {
		attr.Sample = uint64(hook.Nanoseconds)
	}
	cpus, err := onlineCPUs()
	if err != nil {
		return nil, err
	}
	if hook.Kind == "interval" {
		cpus = cpus[:1]
	}
	var all closers
	for _, cpu := range cpus {
		fd, err := unix.PerfEventOpen(&attr, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			_ = all.Close()
			return nil, fmt.Errorf("open a clock on CPU %d: %w", cpu, tooFast(hook, err))
		}
		all = append(all, perfFD(fd))
		if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, prog.FD()); err != nil {
			_ = all.Close()
			return nil, fmt.Errorf("put the program to the clock of CPU %d: %w", cpu, err)
		}
	}
	for _, fd := range all {
		if err := unix.IoctlSetInt(int(fd.(perfFD)), unix.PERF_EVENT_IOC_ENABLE, 0); err != nil {
			_ = all.Close()
			return nil, fmt.Errorf("start a clock: %w", err)
		}
	}
	return all, nil
}

// onlineCPUs lists the CPUs that run, from a list such as 0-3,5.
func onlineCPUs() ([]int, error) {
	const file = "/sys/devices/system/cpu/online"
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for cpu := from; cpu <= to; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// byHand reports whether only user space runs the hook's program.
func (h Hook) byHand() bool {
	switch h.Kind {
	case "begin", "end", "onload", "onunload":
		return true
	}
	return false
}

// verdict is what a program returns that says nothing: packets go on as without it.
func verdict(typ ProgramType) int32 {
	switch typ {
	case XDP:
		return 2 // XDP_PASS
	case TC:
		return -1 // TCX_NEXT
	}
	return 0
}
