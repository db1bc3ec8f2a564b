package universe

import (
	"go/types"
	"slices"
)

// Intrinsic is a predeclared name that the compiler implements itself.
type Intrinsic uint8

// The intrinsics. Values (PID, Comm, …) are variables at the prompt (pid, comm) and functions in the long form (bpf.PID()).
const (
	None            Intrinsic = iota
	PID                       // uint32, the process (tgid)
	TID                       // uint32, the thread
	UID                       // uint32
	GID                       // uint32
	Comm                      // string of capacity 16
	CPU                       // uint32
	Nsecs                     // uint64, CLOCK_MONOTONIC nanoseconds
	Str                       // str(p) string, str(p, n) string: the string that p points to
	Printf                    // printf(format string, args ...any)
	Cgroup                    // uint64, the id of the task's cgroup v2
	ProbeName                 // string, the name of the probe that runs; a constant of each probe
	ProbeReadKernel           // helpers.ProbeReadKernel(&v, p): reads kernel memory, 0 if it could
	ProbeReadUser             // helpers.ProbeReadUser(&v, p): the same with user memory
	View                      // bpf.View[T](p) *T: the address p as a pointer to a struct of the kernel's; also declared by DeclarePacket
	ContainerOf               // bpf.ContainerOf[T](p, "field") *T: the struct whose field p points to
	Address                   // bpf.Address(p) KernelPtr: where p, a pointer to kernel memory, points to
	Task                      // *task_struct, the thread that runs; declared by DeclareTask
	Hit                       // func(): the run has passed the probe's predicates; see HitName
	Contains                  // strings.Contains, and so on; see stringFuncs
	HasPrefix
	HasSuffix
	Index
	IndexByte
	TrimPrefix
	TrimSuffix
	Print    // print(args ...any)
	Log      // log(message string, args ...any): keys and values
	Emit     // emit(value any)
	Exit     // exit(status ...int)
	Strftime // strftime(format string, ns uint64) Time
	KSym     // ksym(addr) KernelSymbol
	USym     // usym(addr) UserSymbol
	KAddr    // kaddr(name string) KernelPtr, a constant
	NTop     // ntop(addr) IP
	Buf      // buf(p, n) Bytes
	KStack   // KernelStack
	UStack   // UserStack
	Result   // func(args ...any): the value of an expression at the prompt; see ResultName
)

// HitName is the plain name of Hit. No program can spell it: the compiler puts a call of it behind the predicates of a probe.
const HitName = "\u00b7hit"

// ResultName is the plain name of Result. No program can spell it: the compiler puts a call of it around an expression that is to be
// evaluated.
const ResultName = "\u00b7result"

// predeclared are the names of the intrinsics: plain at the prompt, exported in the long form.
var predeclared = []struct {
	plain, exported string
	intrinsic       Intrinsic
	value           types.BasicKind // the type of a value; Invalid for functions
}{
	{"pid", "PID", PID, types.Uint32},
	{"tid", "TID", TID, types.Uint32},
	{"uid", "UID", UID, types.Uint32},
	{"gid", "GID", GID, types.Uint32},
	{"comm", "Comm", Comm, types.String},
	{"cpu", "CPU", CPU, types.Uint32},
	{"nsecs", "Nsecs", Nsecs, types.Uint64},
	{"cgroup", "Cgroup", Cgroup, types.Uint64},
	{"probe", "Probe", ProbeName, types.String},
	{"str", "Str", Str, types.Invalid},
	{"printf", "Printf", Printf, types.Invalid},
	{HitName, HitName + "ed", Hit, types.Invalid},
	{"print", "Print", Print, types.Invalid},
	{"log", "Log", Log, types.Invalid},
	{"emit", "Emit", Emit, types.Invalid},
	{"exit", "Exit", Exit, types.Invalid},
	{"strftime", "Strftime", Strftime, types.Invalid},
	{"ksym", "KSym", KSym, types.Invalid},
	{"usym", "USym", USym, types.Invalid},
	{"kaddr", "KAddr", KAddr, types.Invalid},
	{"ntop", "NTop", NTop, types.Invalid},
	{"buf", "Buf", Buf, types.Invalid},
	{"kstack", "KStack", KStack, types.Invalid},
	{"ustack", "UStack", UStack, types.Invalid},
	{ResultName, ResultName + "s", Result, types.Invalid},
}

// RetvalName is the plain name of what a function or system call returned, at hooks that run when it has.
const RetvalName = "retval"

// CtxName is the name of the context, ArgsName another one, for those who come from bpftrace.
const (
	CtxName  = "ctx"
	ArgsName = "args"
)

// pending are the names of the language that have no implementation here, and what to write instead where there is something.
var pending = map[string]string{
	"retval": "it is there where a call returns: at sys_exit_…, kretprobe, fexit and uretprobe",
}

// pendingExported are the names of package bpf that have no implementation here.
var pendingExported = map[string]bool{
	"Retval": true, "Args": true,
	"RingBuf": true, "KProbeContext": true,
}

// Pending reports whether name is a plain name of the language that this compiler does not implement, and what to write
// instead, if anything.
func Pending(name string) (hint string, ok bool) {
	hint, ok = pending[name]
	return hint, ok
}

// PendingExported is like Pending for the exported names of package bpf.
func PendingExported(name string) bool { return pendingExported[name] }

// Plain is the object of a plain name (pid, comm, printf, …), or nil.
func (u *Universe) Plain(name string) types.Object {
	if name == "" || name[0] < 'a' {
		return nil
	}
	return u.Pkg.Scope().Lookup(name)
}

// functions are the names of the intrinsics that are functions, both spellings.
var functions = func() map[string]bool {
	names := make(map[string]bool, 2*len(predeclared))
	for _, p := range predeclared {
		if p.value == types.Invalid {
			names[p.plain], names[p.exported] = true, true
		}
	}
	return names
}()

// IsFunction reports whether a name is that of a function of the language in one of its spellings, printf or Printf.
func IsFunction(name string) bool { return functions[name] }

// PlainNames lists the plain names that work, sorted, for hints and completion.
func PlainNames() []string {
	names := []string{CtxName, ArgsName}
	for _, p := range predeclared {
		if p.intrinsic != Hit && p.intrinsic != Result {
			names = append(names, p.plain)
		}
	}
	slices.Sort(names)
	return names
}

// declareNames fills the scope of the package bpf with both spellings of each intrinsic.
func (u *Universe) declareNames() {
	u.declareMeanings()
	for _, p := range predeclared {
		var plain, exported types.Object
		switch {
		case p.intrinsic == KStack || p.intrinsic == UStack:
			typ := u.stackType(p.intrinsic)
			plain = types.NewVar(0, u.Pkg, p.plain, typ)
			exported = types.NewFunc(0, u.Pkg, p.exported, types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(unnamed(typ)), false))
		case p.intrinsic.Event():
			plain = types.NewFunc(0, u.Pkg, p.plain, u.eventSignature(p.intrinsic))
			exported = types.NewFunc(0, u.Pkg, p.exported, u.eventSignature(p.intrinsic))
		case p.value != types.Invalid:
			typ := types.Typ[p.value]
			plain = types.NewVar(0, u.Pkg, p.plain, typ)
			exported = types.NewFunc(0, u.Pkg, p.exported, types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(unnamed(typ)), false))
		case p.intrinsic == Str:
			plain = types.NewFunc(0, u.Pkg, p.plain, strSignature())
			exported = types.NewFunc(0, u.Pkg, p.exported, strSignature())
		case p.intrinsic == Printf:
			plain = types.NewFunc(0, u.Pkg, p.plain, printfSignature())
			exported = types.NewFunc(0, u.Pkg, p.exported, printfSignature())
		case p.intrinsic == Hit:
			plain = types.NewFunc(0, u.Pkg, p.plain, types.NewSignatureType(nil, nil, nil, nil, nil, false))
			exported = types.NewFunc(0, u.Pkg, p.exported, types.NewSignatureType(nil, nil, nil, nil, nil, false))
		}
		for _, obj := range []types.Object{plain, exported} {
			u.declare(obj)
			u.intrinsics[obj] = p.intrinsic
		}
	}
}

// strSignature is func(p any, n ...int) string. The checker demands an address for p and at most one n, a constant.
func strSignature() *types.Signature {
	params := types.NewTuple(
		types.NewParam(0, nil, "p", types.Universe.Lookup("any").Type()),
		types.NewParam(0, nil, "n", types.NewSlice(types.Typ[types.Int])))
	return types.NewSignatureType(nil, nil, nil, params, types.NewTuple(unnamed(types.Typ[types.String])), true)
}

// printfSignature is func(format string, args ...any).
func printfSignature() *types.Signature {
	params := types.NewTuple(
		types.NewParam(0, nil, "format", types.Typ[types.String]),
		types.NewParam(0, nil, "args", types.NewSlice(types.Universe.Lookup("any").Type())))
	return types.NewSignatureType(nil, nil, nil, params, nil, true)
}

func unnamed(t types.Type) *types.Var { return types.NewParam(0, nil, "", t) }
