package attach

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"go3s/attach/refusal"
	"go3s/attach/verifier"
)

// license opens the helpers that are reserved to programs under the GPL.
const license = "Dual MIT/GPL"

// refusalLog is how many bytes of log a refused program is loaded with for the second time. The log of a refusal holds one path
// through the program; if it is longer, the program is loaded once more.
const refusalLog = 1 << 20

// program is a loaded program.
type program struct {
	name string
	typ  ProgramType
	to   binding
	prog *ebpf.Program
}

// hookKinds are the kinds of hooks that programs of a type are for, one of each.
var hookKinds = map[ProgramType]string{
	Tracepoint: "tracepoint", RawTracepoint: "raw_tp", TracingTP: "tp_btf", KProbe: "kprobe", FEntry: "fentry", FExit: "fexit",
	PerfEvent: "profile", XDP: "xdp", TC: "tc",
}

// binding is what a program is verified for. A slot takes programs of one binding.
type binding struct {
	typ    ProgramType
	target string
}

// programKinds are the kernel's types of programs.
var programKinds = map[ProgramType]struct {
	typ    ebpf.ProgramType
	attach ebpf.AttachType
}{
	Tracepoint:    {typ: ebpf.TracePoint},
	RawTracepoint: {typ: ebpf.RawTracepoint},
	TracingTP:     {ebpf.Tracing, ebpf.AttachTraceRawTp},
	KProbe:        {typ: ebpf.Kprobe},
	FEntry:        {ebpf.Tracing, ebpf.AttachTraceFEntry},
	FExit:         {ebpf.Tracing, ebpf.AttachTraceFExit},
	PerfEvent:     {typ: ebpf.PerfEvent},
	XDP:           {ebpf.XDP, ebpf.AttachXDP},
	TC:            {ebpf.SchedCLS, ebpf.AttachTCXIngress},
}

func (p *program) close() error { return p.prog.Close() }

// Load verifies a program. One that calls what programs may not is a *HelperError. A refusal by the verifier is a *VerifierError; only then the program is loaded a second time, for the
// log.
func (k *Kernel) Load(spec ProgramSpec) (ProgramID, error) {
	op := "load program " + spec.Name
	if !k.opts.AnyHelper {
		if err := checkCalls(spec); err != nil {
			return 0, err
		}
	}
	insns, release, err := k.bindMaps(spec)
	defer release()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	prog, err := k.loadProgram(spec.Name, binding{spec.Type, spec.Target}, insns)
	if err != nil {
		return 0, err
	}
	id, err := k.programs.add(&program{spec.Name, spec.Type, binding{spec.Type, spec.Target}, prog})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	return ProgramID(id), nil
}

// FreeProgram forgets a program. It stays in the kernel as long as it is in the slot of a link.
func (k *Kernel) FreeProgram(id ProgramID) error {
	if err := k.programs.free(int(id)); err != nil {
		return fmt.Errorf("free program: %w", err)
	}
	return nil
}

// Tag is the kernel's mark of a program, a hash of its instructions in hexadecimal digits; empty if it can't be asked for.
func (k *Kernel) Tag(id ProgramID) string {
	p, release, err := k.programs.use(int(id))
	if err != nil {
		return ""
	}
	defer release()
	// The library would read files beside, which takes longer than to load some programs.
	var info struct { // how struct bpf_prog_info begins
		kind, id uint32
		tag      [8]byte
	}
	attr := struct {
		fd, size uint32
		info     unsafe.Pointer
	}{uint32(p.prog.FD()), uint32(unsafe.Sizeof(info)), unsafe.Pointer(&info)}
	_, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_OBJ_GET_INFO_BY_FD, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		return ""
	}
	return hex.EncodeToString(info.tag[:])
}

// bindMaps returns the instructions with the file descriptors of maps for their names. The maps stay open until release.
func (k *Kernel) bindMaps(spec ProgramSpec) (insns asm.Instructions, release func(), err error) {
	var releases []func()
	release = func() {
		for _, r := range releases {
			r()
		}
	}
	bound := make(map[string]*ebpf.Map, len(spec.Maps))
	insns = slices.Clone(spec.Insns)
	for i := range insns {
		ins := &insns[i]
		name := ins.Reference()
		if name == "" || !ins.IsLoadFromMap() {
			continue
		}
		m := bound[name]
		if m == nil {
			id, ok := spec.Maps[name]
			if !ok {
				return nil, release, fmt.Errorf("instruction %d names the map %q, which is not among its maps", i, name)
			}
			bm, r, err := k.maps.use(int(id))
			if err != nil {
				return nil, release, fmt.Errorf("map %s: %w", name, err)
			}
			releases = append(releases, r)
			m = bm.m
			bound[name] = m
		}
		if err := ins.AssociateMap(m); err != nil {
			return nil, release, fmt.Errorf("instruction %d: %w", i, err)
		}
	}
	return insns, release, nil
}

func (k *Kernel) loadProgram(name string, to binding, insns asm.Instructions) (*ebpf.Program, error) {
	kind := programKinds[to.typ]
	spec := &ebpf.ProgramSpec{
		Name: name, Type: kind.typ, AttachType: kind.attach, AttachTo: to.target, Instructions: insns, License: license,
	}
	prog, err := k.tryProgram(spec, ebpf.ProgramOptions{LogDisabled: true})
	if err == nil {
		return prog, nil
	}
	if wantsFiles(err) {
		return nil, loadError(name, to, err)
	}
	// The log has all ways that were looked at before. For a program with too many of them that is 100 MB, and the reason is enough.
	again := ebpf.ProgramOptions{LogLevel: ebpf.LogLevelBranch, LogSizeStart: refusalLog}
	if errors.Is(err, unix.E2BIG) {
		again = ebpf.ProgramOptions{LogLevel: ebpf.LogLevelStats}
	}
	if prog, err = k.tryProgram(spec, again); err == nil {
		return prog, nil
	}
	return nil, loadError(name, to, err)
}

func (k *Kernel) tryProgram(spec *ebpf.ProgramSpec, opts ebpf.ProgramOptions) (*ebpf.Program, error) {
	if k.fault != nil {
		if err := k.fault(refusal.Load); err != nil {
			return nil, err
		}
	}
	if spec.AttachTo == "" {
		// A type that names no target in BTF: the kernel's BTF is never parsed here.
		return ebpf.NewProgramWithOptions(spec, opts)
	}
	// Only collections share what has been read of the kernel's BTF, which takes 15 ms.
	all, err := ebpf.NewCollectionWithOptions(
		&ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{spec.Name: spec}},
		ebpf.CollectionOptions{Programs: opts, Cache: k.types},
	)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	return all.DetachProgram(spec.Name), nil
}

// loadError tells the verifier's refusal, which has a log, from all other failures.
func loadError(name string, to binding, err error) error {
	if v, ok := errors.AsType[*ebpf.VerifierError](err); ok {
		if errors.Is(err, enotsupp) {
			// The verifier's log ends without a reason: it takes the program.
			return &VerifierError{Program: name, Summary: verifier.NotCompiled, Log: append(slices.Clone(v.Log), verifier.NotCompiled), Err: v.Cause}
		}
		if len(v.Log) > 0 && !wantsFiles(err) {
			return &VerifierError{Program: name, Summary: cmp.Or(verifier.Parse(v.Log).Reason, v.Cause.Error()), Log: v.Log, Err: v.Cause}
		}
		err = v.Cause
	}
	if errors.Is(err, unix.EFAULT) {
		// The verifier has given up, and the library keeps its log to itself.
		return &VerifierError{Program: name, Summary: unix.EFAULT.Error(), Log: []string{unix.EFAULT.Error()}, Err: unix.EFAULT}
	}
	return explain("load program "+name, refusal.Request{Action: refusal.Load, Kind: hookKinds[to.typ], Name: to.target}, err)
}
