package universe

import (
	"go/types"
	"math"
	"strconv"
	"strings"
)

// HookKind is a kind of hook.
type HookKind struct {
	Name string
	// Walks reports that the kernel's verifier knows the types of the arguments, so that programs may load through them.
	Walks bool
	// Refused says why hooks of this kind cannot be used, empty where they can.
	Refused string
	// Target says what follows the colon, for messages; empty for kinds that take nothing.
	Target string
}

// hookKinds are all kinds of hooks.
var hookKinds = []HookKind{
	{Name: "tracepoint", Target: "category:name"},
	{Name: "raw_tp", Target: "a tracepoint's name"},
	{Name: "tp_btf", Target: "a tracepoint's name", Walks: true},
	{Name: "kprobe", Target: "a function of the kernel"},
	{Name: "kretprobe", Target: "a function of the kernel"},
	{Name: "fentry", Target: "a function of the kernel", Walks: true},
	{Name: "fexit", Target: "a function of the kernel", Walks: true},
	{Name: "uprobe", Target: "/path:function"},
	{Name: "uretprobe", Target: "/path:function"},
	{Name: "profile", Target: "a frequency such as 99hz"},
	{Name: "interval", Target: "a time such as 1s"},
	{Name: "begin"},
	{Name: "end"},
	{Name: "onload", Target: "a probe's name"},
	{Name: "onunload", Target: "a probe's name"},
	{Name: "xdp", Target: "a network device"},
	{Name: "tc", Target: "a network device"},
	{Name: "usdt", Refused: "probes that a program brings along are not there yet"},
	{Name: "iter", Refused: "iterators are not there yet"},
	{Name: "lsm", Refused: "security hooks are not there yet"},
}

// FindHookKind is the kind of that name.
func FindHookKind(name string) (HookKind, bool) {
	for _, k := range hookKinds {
		if k.Name == name {
			return k, true
		}
	}
	return HookKind{}, false
}

// HookContext is the context type of a hook that is no tracepoint of tracefs, nil when the kernel has no such hook.
//
// The arguments of functions and raw tracepoints have the names and types of BTF; integers and pointers keep theirs, all else is uint64.
// A function's return value is retval. Where BTF has no names they are arg0, arg1 and so on; the hooks of user programs have
// arg0 to arg5 and retval.
func (u *Universe) HookContext(kind, target string) *Context {
	hook := kind
	if target != "" {
		hook += ":" + target
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if c, ok := u.contexts[hook]; ok {
		return c
	}
	b := u.btf()
	var f contextBuilder
	known := true
	switch kind {
	case "raw_tp", "tp_btf":
		known = f.tracepoint(u, b, target, kind == "tp_btf")
	case "kprobe", "kretprobe", "fentry", "fexit":
		known = f.function(u, b, kind, target)
	case "uprobe", "uretprobe":
		f.user(u, b, kind)
	case "profile", "interval":
		f.words(perfFields)
	case "xdp":
		f.words(xdpFields)
	case "tc":
		f.words(skbFields)
	}
	if !known {
		return nil
	}
	for i, fld := range f.fields {
		if p, ok := f.types[i].(*types.Pointer); ok {
			if named, ok := p.Elem().(*types.Named); ok && u.kernel.byType[named] != nil {
				name := FieldName(fld.Name)
				u.kernel.roots[name] = append(u.kernel.roots[name], u.kernel.byType[named])
			}
		}
	}
	obj := types.NewTypeName(0, nil, hook, nil)
	format := &Format{Name: target, Fields: f.fields}
	vars := make([]*types.Var, len(f.fields))
	for i := range f.fields {
		vars[i] = types.NewField(0, u.fields, FieldName(f.fields[i].Name), f.types[i], false)
	}
	c := &Context{Named: types.NewNamed(obj, types.NewStruct(vars, nil), nil), Format: format}
	u.contexts[hook] = c
	return c
}

// contextBuilder collects the fields of a context.
type contextBuilder struct {
	fields []Field
	types  []types.Type
}

// add adds an integer or pointer of the Go type t at an offset, unless the name is taken.
func (f *contextBuilder) add(name string, t types.Type, offset int, walks bool) {
	for i := range f.fields {
		if f.fields[i].Name == name {
			return
		}
	}
	fld := Field{Name: name, CType: types.TypeString(t, nil), Kind: FieldInt, Offset: offset, Size: 8, Width: 8, Walks: walks}
	if basic, ok := t.Underlying().(*types.Basic); ok {
		fld.Width = int(types.SizesFor("gc", "amd64").Sizeof(basic))
		fld.Signed = basic.Info()&types.IsUnsigned == 0 && basic.Info()&types.IsInteger != 0
	} else {
		fld.Kind = FieldPointer
	}
	f.fields = append(f.fields, fld)
	f.types = append(f.types, t)
}

// argType is the Go type of an argument or result, which has a register of its own. What does not fit one is uint64.
func (u *Universe) argType(b *BTF, id uint32) (t types.Type, walks bool) {
	target, _, _ := b.strip(id)
	switch target.kind() {
	case btfInt, btfEnum, btfEnum64:
		if basic, ok := b.scalar(target).(*types.Basic); ok {
			return basic, false
		}
	case btfPointer:
		pointee, _, tags := b.strip(target.size)
		return u.pointerTo(b, target.size), pointee.kind() == btfStruct && len(tags) == 0
	}
	return types.Typ[types.Uint64], false
}

// tracepoint adds the arguments of a raw tracepoint. The kernel has its type as the typedef btf_trace_NAME and the names of its
// parameters at functions that it makes beside it.
func (f *contextBuilder) tracepoint(u *Universe, b *BTF, name string, walks bool) bool {
	if b == nil {
		return false
	}
	if _, ok := b.find("btf_trace_"+name, btfTypedef); !ok {
		return false
	}
	for _, prefix := range []string{"__bpf_trace_", "__probestub_", "__traceiter_"} {
		fn, ok := b.find(prefix+name, btfFunc)
		if !ok {
			continue
		}
		params := b.params(b.at(fn.size))
		for i, p := range params[min(1, len(params)):] {
			t, typed := u.argType(b, p.typ)
			if walks && b.isFunction(p.typ) {
				continue
			}
			f.add(paramName(p, i), t, 8*i, walks && typed)
		}
		return true
	}
	for i := range 6 {
		f.add("arg"+strconv.Itoa(i), types.Typ[types.Uint64], 8*i, false)
	}
	return true
}

// isFunction reports whether a type is a pointer to a function, which the verifier lets no program read where it knows the types of
// arguments (btf_ctx_access in kernel/bpf/btf.c).
func (b *BTF) isFunction(id uint32) bool {
	t, _, _ := b.strip(id)
	if t.kind() != btfPointer {
		return false
	}
	target, _, _ := b.strip(t.size)
	return target.kind() == btfFuncProto
}

func paramName(p param, i int) string {
	if p.name == "" {
		return "arg" + strconv.Itoa(i)
	}
	return p.name
}

// function adds the arguments and the result of a function of the kernel.
func (f *contextBuilder) function(u *Universe, b *BTF, kind, name string) bool {
	if b == nil {
		return false
	}
	fn, ok := b.find(name, btfFunc)
	if !ok {
		return false
	}
	proto := b.at(fn.size)
	params := b.params(proto)
	result, typed := u.argType(b, proto.size)
	switch kind {
	case "kprobe":
		for i, p := range params[:min(len(params), len(argRegisters))] {
			t, _ := u.argType(b, p.typ)
			f.add(paramName(p, i), t, registers[argRegisters[i]], false)
		}
		f.registers(u.KernelPtr)
	case "kretprobe":
		f.add("retval", result, registers["ax"], false)
		f.registers(u.KernelPtr)
	default:
		for i, p := range params {
			if b.isFunction(p.typ) {
				continue
			}
			t, typed := u.argType(b, p.typ)
			f.add(paramName(p, i), t, 8*i, typed)
		}
		if kind == "fexit" && proto.size != 0 {
			f.add("retval", result, 8*len(params), typed)
		}
	}
	return true
}

// user adds the arguments or the result of a function of a user program, of whose types nothing is known.
func (f *contextBuilder) user(u *Universe, _ *BTF, kind string) {
	if kind == "uretprobe" {
		f.add("retval", u.UserPtr, registers["ax"], false)
	} else {
		for i, reg := range argRegisters {
			f.add("arg"+strconv.Itoa(i), u.UserPtr, registers[reg], false)
		}
	}
	f.registers(u.UserPtr)
}

// registers adds the registers by the kernel's names for them.
func (f *contextBuilder) registers(t types.Type) {
	for _, name := range registerNames {
		f.add(name, t, registers[name], false)
	}
}

// registers are the offsets in struct pt_regs of x86-64, argRegisters those of a call's arguments in order.
//
// Source: arch/x86/include/asm/ptrace.h, the System V ABI.
var (
	registerNames = strings.Fields("r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss")
	registers     = func() map[string]int {
		m := make(map[string]int, len(registerNames))
		for i, name := range registerNames {
			m[name] = 8 * i
		}
		return m
	}()
	argRegisters = []string{"di", "si", "dx", "cx", "r8", "r9"}
)

// words are fields of a context by their offsets, "name size".
type words []struct {
	name         string
	offset, size int
}

func (f *contextBuilder) words(w words) {
	for _, fld := range w {
		f.add(fld.name, integer(fld.size, false), fld.offset, false)
	}
}

var (
	// perfFields are of struct bpf_perf_event_data, which begins with the registers.
	perfFields = words{{"ip", 128, 8}, {"sp", 152, 8}, {"sample_period", 168, 8}, {"addr", 176, 8}}
	// xdpFields are of struct xdp_md.
	xdpFields = words{{"ingress_ifindex", 12, 4}, {"rx_queue_index", 16, 4}}
	// skbFields are of struct __sk_buff.
	skbFields = words{
		{"len", 0, 4},
		{"pkt_type", 4, 4},
		{"mark", 8, 4},
		{"queue_mapping", 12, 4},
		{"protocol", 16, 4},
		{"vlan_present", 20, 4},
		{"vlan_tci", 24, 4},
		{"vlan_proto", 28, 4},
		{"priority", 32, 4},
		{"ingress_ifindex", 36, 4},
		{"ifindex", 40, 4},
		{"hash", 68, 4},
	}
)

// Period reads what follows profile: and interval:, a frequency such as 99hz or a time such as 1m, 1s, 500ms, 10us. A bare number is a frequency.
func Period(text string) (nanoseconds, hertz int64, ok bool) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	n, err := strconv.ParseInt(text[:digits], 10, 32)
	if err != nil || n < 1 {
		return 0, 0, false
	}
	unit := strings.ToLower(strings.TrimPrefix(text[digits:], ":"))
	if unit == "" || unit == "hz" {
		return 0, n, true
	}
	each := map[string]int64{"us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9}[unit]
	if each > 0 && n <= math.MaxInt64/each {
		return n * each, 0, true
	}
	return 0, 0, false
}
