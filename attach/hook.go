package attach

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"

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
