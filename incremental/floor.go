package incremental

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Floor is something that a program may need of the kernel.
type Floor struct {
	Needs  string // what of the kernel's: "helper loop"
	Linux  string // the first kernel that has it: "5.17"
	What   string // what the user knows it by; as Needs where that is the same
	Remedy string // what to write instead, may be empty
}

// Floors are all that programs may need of the kernel, the newest first. Distributions carry some of it back to older kernels, so that a
// kernel is asked before it is called too old (universe.ProbedKernel).
func Floors() []Floor {
	all := slices.Clone(otherFloors)
	for kind, linux := range kindFloors {
		all = append(all, floorOf(kindNeed(kind.String(), linux)))
	}
	for kind, linux := range mapFloors {
		all = append(all, floorOf(mapNeed(kind.String(), linux)))
	}
	for _, h := range ir.Helpers {
		all = append(all, floorOf(need{helperNeed + h.Name, h.Floor}))
	}
	slices.SortFunc(all, func(a, b Floor) int { return cmp.Or(compareVersions(b.Linux, a.Linux), cmp.Compare(a.Needs, b.Needs)) })
	return all
}

// mapFloors are the kernels from which on there are maps of a kind, where that is after the oldest that is thought of here.
var mapFloors = map[ir.MapKind]string{
	ir.Hash: "3.19", ir.Array: "3.19", ir.PerCPUHash: "4.6", ir.PerCPUArray: "4.6", ir.LRUHash: "4.10", ir.PerCPULRU: "4.10",
	ir.Counters: "5.5", ir.Ring: "5.8", ir.Stacks: "4.6", ir.TaskStorage: "5.13",
}

// kindFloors are the kernels from which on there are programs of a kind.
var kindFloors = map[ir.Kind]string{
	ir.KProbe: "4.1", ir.Tracepoint: "4.7", ir.XDP: "4.8", ir.TC: "4.1", ir.PerfEvent: "4.9", ir.RawTP: "4.17", ir.TPBTF: "5.5",
	ir.FEntry: "5.5", ir.FExit: "5.5",
}

// otherFloors are needs that are neither a type of programs or maps nor a helper.
var otherFloors = []Floor{
	{Needs: "calls of functions", Linux: "4.16", What: "a function that is not inlined", Remedy: "write the function where it is called"},
	{Needs: "instruction set v3: jumps on 32 bits", Linux: "5.1", What: "a comparison of 32 bits"},
	{Needs: "links of xdp", Linux: "5.9", What: "a hook of the kind xdp", Remedy: "use a tracepoint of the group net"},
	{Needs: handNeed, Linux: "5.10", What: "an expression at the prompt, or a hook that only go3sh runs", Remedy: "use interval instead of begin"},
	{Needs: "atomic operations with a result", Linux: "5.12", What: "an atomic operation whose result is used"},
	{Needs: "links of tc (tcx)", Linux: "6.6", What: "a hook of the kind tc", Remedy: "use xdp, or a tracepoint of the group net"},
	{Needs: "instruction set v4: signed division, loads that extend the sign", Linux: "6.6", What: "a division of signed numbers"},
}

// known are what the user knows a need by that has another name, and what to write instead.
var known = map[string]Floor{
	"helper loop":                   {What: "a loop whose end only the run knows", Remedy: "bound it by a constant, as in i < n && i < 100"},
	"helper map_lookup_percpu_elem": {What: "a map that is kept per CPU, in an expression", Remedy: "enter the map with its key alone"},
	"helper ktime_get_tai_ns":       {What: "the clock of atomic time", Remedy: "use nsecs, or another clock"},
	"helper ktime_get_boot_ns":      {What: "the clock that counts sleep", Remedy: "use nsecs"},
	"helper ktime_get_coarse_ns":    {What: "the coarse clock", Remedy: "use nsecs"},
	"helper get_func_ip":            {What: "the address of the function at the hook"},
	"helper get_attach_cookie":      {What: "the cookie of a hook"},
	"helper get_func_arg":           {What: "the arguments of a function at fentry or fexit", Remedy: "use a kprobe"},
	"helper get_func_ret":           {What: "the result of a function at fexit", Remedy: "use a kretprobe"},
	"helper get_current_task_btf":   {What: "the task with its type"},
	"helper for_each_map_elem":      {What: "going over a map in a probe"},
	"helper ringbuf_reserve":        {What: "a record of an event"},
	"helper ringbuf_submit":         {What: "a record of an event"},
	"helper probe_read_kernel":      {What: "reading memory of the kernel"},
	"helper probe_read_kernel_str":  {What: "reading a string of the kernel"},
	"helper probe_read_user":        {What: "reading memory of a process"},
	"helper probe_read_user_str":    {What: "reading a string of a process"},
	"helper get_stackid":            {What: "a stack trace"},
	"maps of kind ringbuf":          {What: "the ring buffer of events"},
	"helper task_storage_get":       {What: "state of a thread that is kept with it"},
	"maps of kind task_storage":     {What: "state of a thread that is kept with it"},
	"maps of kind counters":         {What: "counters in memory that user space shares"},
	"programs of type tp_btf":       {What: "a hook of the kind tp_btf", Remedy: "use raw_tp or a tracepoint"},
	"programs of type fentry":       {What: "a hook of the kind fentry", Remedy: "use a kprobe"},
	"programs of type fexit":        {What: "a hook of the kind fexit", Remedy: "use a kretprobe"},
}

const (
	helperNeed = "helper "
	handNeed   = "running programs by hand"
)

func kindNeed(kind, linux string) need { return need{"programs of type " + kind, linux} }

func mapNeed(kind, linux string) need { return need{"maps of kind " + kind, linux} }

// floorOf is a need in the user's words.
func floorOf(n need) Floor {
	f := known[n.What]
	f.Needs, f.Linux = n.What, n.Linux
	if f.What != "" {
		return f
	}
	for _, o := range otherFloors {
		if o.Needs == n.What {
			return o
		}
	}
	f.What = n.What
	if name, ok := strings.CutPrefix(n.What, helperNeed); ok {
		f.What = "bpf_" + name
	}
	return f
}

// hookNeeds are what the kind of a program and its hook need.
func hookNeeds(p *Probe) []need {
	needs := []need{kindNeed(p.Kind.String(), kindFloors[p.Kind])}
	switch {
	case p.Kind == ir.XDP:
		needs = append(needs, need{"links of xdp", "5.9"})
	case p.Kind == ir.TC:
		needs = append(needs, need{"links of tc (tcx)", "6.6"})
	}
	switch p.Hook.Kind {
	case "begin", "end", "onload", "onunload":
		needs = append(needs, need{handNeed, "5.10"})
	}
	if p.Name == abi.OnceName {
		needs = append(needs, need{handNeed, "5.10"})
	}
	return needs
}

// insnNeeds are the features of the kernel that an instruction needs.
func insnNeeds(ins *asm.Instruction) []need {
	class := ins.OpCode.Class()
	switch {
	case ins.IsBuiltinCall():
		if h := ir.Helpers[ins.Constant]; h != nil {
			return []need{{helperNeed + h.Name, h.Floor}}
		}
	case ins.IsFunctionCall():
		return []need{{"calls of functions", "4.16"}}
	case class == asm.Jump32Class:
		return []need{{"instruction set v3: jumps on 32 bits", "5.1"}}
	case class == asm.StXClass && ins.OpCode.Mode() == asm.AtomicMode && ins.OpCode.AtomicOp() != asm.AddAtomic:
		return []need{{"atomic operations with a result", "5.12"}}
	case class == asm.ALUClass && ins.OpCode.ALUOp() == asm.SDiv, class == asm.ALU64Class && ins.OpCode.ALUOp() == asm.SDiv,
		class == asm.LdXClass && ins.OpCode.Mode() == asm.MemSXMode:
		return []need{{"instruction set v4: signed division, loads that extend the sign", "6.6"}}
	}
	return nil
}

// tooOld says what of a compiled probe the kernel is too old for, each at the place that needs it first; hook is the place of what the
// whole probe needs.
func (c *compiler) tooOld(p *Probe, maps []*ir.Map, hook source.Span) []source.Diagnostic {
	version := c.memo.universe.Kernel.Features().Version
	if version == 0 || version >= newestFloor() {
		return nil
	}
	var diags []source.Diagnostic
	said := map[string]bool{}
	lacks := func(n need, span source.Span) {
		f := floorOf(n)
		if said[f.What] || version >= versionNumber(n.Linux) || c.carriesBack(n) {
			return
		}
		said[f.What] = true
		diags = append(diags, source.Diagnostic{
			Code: source.KernelTooOld, Span: span, Hint: f.Remedy,
			Msg: fmt.Sprintf("%s needs Linux %s; this is %s", f.What, f.Linux, universe.VersionText(version)),
		})
	}
	for _, n := range hookNeeds(p) {
		lacks(n, hook)
	}
	for _, m := range maps {
		lacks(mapNeed(m.Kind.String(), mapFloors[m.Kind]), hook)
	}
	raw, mark := 0, 0
	span := hook
	for i := range p.Insns {
		for mark < len(p.Marks) && p.Marks[mark].Offset <= raw {
			if s := p.Marks[mark].Span; s.IsValid() {
				span = s
			}
			mark++
		}
		for _, n := range insnNeeds(&p.Insns[i]) {
			lacks(n, span)
		}
		raw += int(p.Insns[i].Width())
	}
	return diags
}

// newestFloor is the kernel from which on nothing is missing. It is asked for at every start, so it does without the words of Floors.
var newestFloor = sync.OnceValue(func() (newest uint32) {
	for _, f := range otherFloors {
		newest = max(newest, versionNumber(f.Linux))
	}
	for _, linux := range kindFloors {
		newest = max(newest, versionNumber(linux))
	}
	for _, linux := range mapFloors {
		newest = max(newest, versionNumber(linux))
	}
	for _, h := range ir.Helpers {
		newest = max(newest, versionNumber(h.Floor))
	}
	return newest
})

// carriesBack asks the kernel for a feature that its version does not promise. Which instructions it takes is known: no other is generated.
func (c *compiler) carriesBack(n need) bool {
	if strings.HasPrefix(n.What, "instruction set ") {
		return true
	}
	k, ok := c.memo.universe.Kernel.(universe.ProbedKernel)
	if !ok {
		return false
	}
	if name, ok := strings.CutPrefix(n.What, helperNeed); ok {
		return k.HasHelper(ir.HelperNumber(name))
	}
	return false
}

// versionNumber is a version such as 5.10, as universe.Features.Version.
func versionNumber(s string) uint32 {
	before, after, _ := strings.Cut(s, ".")
	major, err1 := strconv.ParseUint(before, 10, 16)
	minor, err2 := strconv.ParseUint(after, 10, 8)
	if err := errors.Join(err1, err2); err != nil {
		panic(err)
	}
	return uint32(major<<16 | minor<<8)
}
