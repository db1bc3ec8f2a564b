package oracle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"go3s/attach/verifier"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Machine compiles programs and runs them in the kernel. It keeps the maps that it makes for the next program.
type Machine struct {
	// Careful makes it compile everything with care, not only what the verifier gives up on.
	Careful bool

	cpus int
	maps map[string]*machineMap
}

// machineMap is a map of the kernel; memory is its mapping where it has one.
type machineMap struct {
	*ebpf.Map
	memory *ebpf.Memory
	spec   ir.Map
	init   []byte // what it starts with, nil for zero
}

// NewMachine returns a machine without maps.
func NewMachine() (*Machine, error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, fmt.Errorf("count possible CPUs: %w", err)
	}
	return &Machine{cpus: cpus, maps: map[string]*machineMap{}}, nil
}

// Close frees the maps.
func (m *Machine) Close() {
	for name, mm := range m.maps {
		mm.Close()
		delete(m.maps, name)
	}
}

// Compiled is a program in the machine.
type Compiled struct {
	// IR is the text of the lowered, unoptimized IR.
	IR      string
	Probe   *incremental.Probe
	Careful bool // the verifier gave up on it first
	prog    *ebpf.Program
	out     *machineMap
	stats   *machineMap
	globals []*machineMap
}

// Close frees the program.
func (c *Compiled) Close() { c.prog.Close() }

// Refusal says why a program does not run in the kernel.
type Refusal struct {
	Diags []source.Diagnostic // the compiler's
	Err   error               // the kernel's
	Text  string              // of the cell
}

// Error is the diagnostics, or what the kernel says.
func (r *Refusal) Error() string {
	if r.Err != nil {
		msg := r.Err.Error()
		if v, ok := errors.AsType[*ebpf.VerifierError](r.Err); ok {
			msg = strings.Join(v.Log[max(len(v.Log)-6, 0):], "\n")
		}
		return "the kernel refuses the program: " + msg
	}
	var b strings.Builder
	for _, d := range r.Diags {
		b.WriteString(source.Render(d, r.Text))
	}
	return b.String()
}

// Stated reports whether the compiler refuses the program for a reason that the language gives: it is too large, or it keeps a
// pointer to a variable of a loop's round.
func (r *Refusal) Stated() bool {
	return r.Err == nil && !slices.ContainsFunc(r.Diags, func(d source.Diagnostic) bool {
		return d.Code != source.TooLarge && !strings.Contains(d.Msg, "declared in a loop is kept")
	})
}

// gaveUp reports that there were too many ways through the program for the verifier, or that the kernel's compiler did not come to an end.
func (r *Refusal) gaveUp() bool {
	if errors.Is(r.Err, notCompiled) || errors.Is(r.Err, unix.EFAULT) {
		return true
	}
	v, ok := errors.AsType[*ebpf.VerifierError](r.Err)
	if !ok {
		return false
	}
	return verifier.Parse(v.Log).GaveUp()
}

// notCompiled is the kernel's ENOTSUPP, for a program that the verifier takes and the kernel's compiler does not.
const notCompiled = unix.Errno(524)

// Compile compiles a program for an instruction set and loads it, the way a session does: where the verifier gives up, it compiles
// it once more with care. The error is a *Refusal where the program is not accepted.
func (m *Machine) Compile(p *Program, isa int) (*Compiled, error) {
	c, err := m.compile(p, isa, m.Careful)
	if r, ok := errors.AsType[*Refusal](err); ok && r.gaveUp() && !m.Careful {
		c, err = m.compile(p, isa, true)
		if c != nil {
			c.Careful = true
		}
	}
	return c, err
}

func (m *Machine) compile(p *Program, isa int, careful bool) (*Compiled, error) {
	cell := p.Cell()
	snapshot := incremental.New(runKernel{universe.Features{ISA: isa, CPUs: m.cpus, Version: 6<<16 | 18<<8}}).With(cell)
	c := &Compiled{}
	options := incremental.BuildOptions{Dump: func(stage incremental.Stage, name, text string) {
		if stage == incremental.StageIR && strings.HasSuffix(name, "(lowered)") {
			c.IR = text
		}
	}}
	if careful {
		options.Careful = []string{"run"}
	}
	build := snapshot.Build(options)
	if len(build.Diags) > 0 {
		return nil, &Refusal{Diags: build.Diags, Text: cell.Text}
	}
	c.Probe = build.Probes[0]
	bound := map[string]*machineMap{}
	for i, bm := range build.Maps {
		mm, err := m.mapFor(i, bm.Map)
		if err != nil {
			return nil, err
		}
		mm.init = bm.Init
		bound[bm.Name] = mm
		switch {
		case bm.Name == "out":
			c.out = mm
		case strings.HasSuffix(bm.Name, incremental.StatsSuffix):
			c.stats = mm
		case mm.memory != nil, mm.spec.Kind == ir.Hash:
			c.globals = append(c.globals, mm)
		}
	}
	prog, err := load(c.Probe, bound, ebpf.RawTracepoint)
	if err != nil {
		return nil, &Refusal{Err: err, Text: cell.Text}
	}
	c.prog = prog
	return c, nil
}

// load loads a probe's program with its maps.
func load(p *incremental.Probe, maps map[string]*machineMap, typ ebpf.ProgramType) (*ebpf.Program, error) {
	insns := slices.Clone(p.Insns)
	for i := range insns {
		ins := &insns[i]
		if ins.Reference() == "" || !ins.IsLoadFromMap() {
			continue
		}
		mm := maps[ins.Reference()]
		if mm == nil {
			return nil, fmt.Errorf("instruction %d names the map %q, which is not there", i, ins.Reference())
		}
		if err := ins.AssociateMap(mm.Map); err != nil {
			return nil, fmt.Errorf("instruction %d: %w", i, err)
		}
	}
	spec := &ebpf.ProgramSpec{Name: "oracle", Type: typ, Instructions: insns, License: "GPL"}
	if p.Kind == ir.TPBTF {
		spec.AttachType, spec.AttachTo = ebpf.AttachTraceRawTp, p.Hook.Name
	}
	return newProgram(spec)
}

// programTypes are the kernel's types for the hooks of random probes.
var programTypes = map[ir.Kind]ebpf.ProgramType{
	ir.Tracepoint: ebpf.TracePoint, ir.RawTP: ebpf.RawTracepoint, ir.TPBTF: ebpf.Tracing, ir.PerfEvent: ebpf.PerfEvent,
}

func newProgram(spec *ebpf.ProgramSpec) (*ebpf.Program, error) {
	const patience = 5
	for n := 1; ; n++ {
		p, err := tryProgram(spec, ebpf.ProgramOptions{LogDisabled: true})
		switch {
		case err == nil:
			return p, nil
		case errors.Is(err, unix.EFAULT): // too many jumps; the library keeps the log to itself
			return nil, err
		case errors.Is(err, unix.E2BIG): // the log of all ways would be 100 MB
			return tryProgram(spec, ebpf.ProgramOptions{LogLevel: ebpf.LogLevelStats})
		case verdict(err) || n == patience:
			return tryProgram(spec, ebpf.ProgramOptions{LogSizeStart: 1 << 20})
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// kernelTypes is the library's view of the kernel's BTF, which only collections share.
var kernelTypes = sync.OnceValue(btf.NewCache)

func tryProgram(spec *ebpf.ProgramSpec, opts ebpf.ProgramOptions) (*ebpf.Program, error) {
	if spec.AttachTo == "" {
		return ebpf.NewProgramWithOptions(spec, opts)
	}
	all, err := ebpf.NewCollectionWithOptions(
		&ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{spec.Name: spec}},
		ebpf.CollectionOptions{Programs: opts, Cache: kernelTypes()},
	)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	return all.DetachProgram(spec.Name), nil
}

// verdict reports whether an error is what the verifier thinks of a program. The kernel may also be short of memory for it, or of what it
// has for compiled code.
func verdict(err error) bool {
	return errors.Is(err, notCompiled) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.E2BIG) || errors.Is(err, unix.EPERM)
}

var mapTypes = map[ir.MapKind]ebpf.MapType{
	ir.Hash: ebpf.Hash, ir.PerCPUHash: ebpf.PerCPUHash, ir.Array: ebpf.Array, ir.PerCPUArray: ebpf.PerCPUArray,
	ir.LRUHash: ebpf.LRUHash, ir.PerCPULRU: ebpf.LRUCPUHash, ir.Counters: ebpf.Array, ir.Ring: ebpf.RingBuf, ir.Stacks: ebpf.StackTrace,
}

// mapFor returns a map of a shape, the n-th of a program.
func (m *Machine) mapFor(n int, shape ir.Map) (*machineMap, error) {
	shape.Name = ""
	key := fmt.Sprintf("%d %+v", n, shape)
	if mm := m.maps[key]; mm != nil {
		return mm, nil
	}
	spec := &ebpf.MapSpec{Type: mapTypes[shape.Kind], KeySize: uint32(shape.Key), ValueSize: uint32(shape.Value), MaxEntries: uint32(shape.Entries)}
	switch shape.Kind {
	case ir.Array, ir.Counters:
		spec.KeySize, spec.Flags = 4, unix.BPF_F_MMAPABLE
	case ir.Ring:
		spec.MaxEntries = 1 << 16
	case ir.Hash, ir.PerCPUHash:
		spec.MaxEntries, spec.Flags = min(spec.MaxEntries, 8192), unix.BPF_F_NO_PREALLOC
	}
	em, err := ebpf.NewMap(spec)
	if err != nil {
		return nil, fmt.Errorf("create a map %+v: %w", shape, err)
	}
	mm := &machineMap{Map: em, spec: shape}
	if spec.Type == ebpf.Array {
		if mm.memory, err = em.Memory(); err != nil {
			em.Close()
			return nil, fmt.Errorf("map the memory of a map %+v: %w", shape, err)
		}
	}
	m.maps[key] = mm
	return mm, nil
}

// clear sets a mapped map to what it starts with.
func (mm *machineMap) clear() error {
	if mm.memory == nil {
		return mm.empty()
	}
	first := make([]byte, mm.spec.Value*mm.spec.Entries)
	copy(first, mm.init)
	_, err := mm.memory.WriteAt(first, 0)
	return err
}

// empty takes all keys out of a hash.
func (mm *machineMap) empty() error {
	key := make([]byte, mm.spec.Key)
	for {
		if err := mm.NextKey(nil, &key); errors.Is(err, ebpf.ErrKeyNotExist) {
			return nil
		} else if err != nil {
			return fmt.Errorf("list the keys of a map %+v: %w", mm.spec, err)
		}
		if err := mm.Delete(key); err != nil {
			return fmt.Errorf("empty a map %+v: %w", mm.spec, err)
		}
	}
}

// word reads a 64-bit word of a mapped map.
func (mm *machineMap) word(off int64) (uint64, error) {
	var b [8]byte
	_, err := mm.memory.ReadAt(b[:], off)
	return binary.LittleEndian.Uint64(b[:]), err
}

// counter sums a counter of the program over all CPUs.
func (c *Compiled) counter(stat int) (uint64, error) {
	sum := uint64(0)
	for off := 0; off < c.stats.spec.Value; off += 64 {
		n, err := c.stats.word(int64(off + 8*stat))
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// Run runs the program in the kernel. Package variables start anew each time.
func (c *Compiled) Run(in Input) (Result, error) {
	for _, mm := range append(c.globals, c.stats, c.out) {
		if err := mm.clear(); err != nil {
			return Result{}, err
		}
	}
	if _, err := c.prog.Run(&ebpf.RunOptions{Context: in[:]}); err != nil {
		return Result{}, fmt.Errorf("run the program: %w", err)
	}
	faults, err := c.counter(incremental.StatFault)
	if err != nil {
		return Result{}, err
	}
	if faults > 0 {
		return Result{Fault: true}, nil
	}
	v, err := c.out.word(0)
	return Result{Value: v}, err
}
