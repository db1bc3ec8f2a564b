// Package universe is what a Go3s program sees without declaring it, as go/types: the package bpf, the plain names of the
// prompt, and the context types that tracepoint formats describe.
package universe

import (
	"go/types"
	"sync"

	"go3s/incremental/abi"
)

// Universe is the predeclared world for one kernel. It may be used by several goroutines at once.
type Universe struct {
	Kernel Kernel
	// Pkg is the package "bpf". Its scope also holds the plain names (pid, comm, str, printf, …), which the checker copies into
	// the scope of each cell.
	Pkg *types.Package
	// Imported is the package "bpf" as programs import it: what is in Pkg, and the types of maps and aggregates. Those are apart because
	// go/ssa makes functions of all methods of a package's types for each cell.
	Imported *types.Package
	// Strings is the package "strings", of which a program sees the functions that work on bounded strings.
	Strings *types.Package
	// Helpers is the package "bpf/helpers", which reads memory by address.
	Helpers *types.Package
	// UserPtr and KernelPtr are the types of addresses in user and in kernel memory: bpf.UserPtr and bpf.KernelPtr, with
	// uint64 beneath.
	UserPtr, KernelPtr *types.Named
	// ContextName is the object of bpf.Context, which stands for the context type of a function's hook.
	ContextName *types.TypeName

	intrinsics map[types.Object]Intrinsic
	// aggregates are the types of aggregates, mapTypes the generic types of maps.
	aggregates map[*types.Named]abi.AggregateKind
	mapTypes   map[*types.Named]MapKind
	// fields is the package that context fields belong to. Lower-case names can be selected only from a package with the same
	// path, and that of every cell is MainPath.
	fields *types.Package

	mu       sync.Mutex
	contexts map[string]*Context
	kernel   kernelTypes
}

// The paths of the packages that a checked cell knows. The variables of maps belong to packages with the path MapsPath, a
// fresh one for each cell.
const (
	MainPath = "main"
	BPFPath  = "bpf"
	MapsPath = "maps"
)

// New makes the universe of a kernel.
func New(k Kernel) *Universe {
	u := &Universe{
		Kernel:     k,
		Pkg:        types.NewPackage(BPFPath, "bpf"),
		Imported:   types.NewPackage(BPFPath, "bpf"),
		intrinsics: make(map[types.Object]Intrinsic),
		aggregates: make(map[*types.Named]abi.AggregateKind),
		mapTypes:   make(map[*types.Named]MapKind),
		fields:     types.NewPackage(MainPath, "main"),
		contexts:   make(map[string]*Context),
	}
	u.UserPtr = u.declareType("UserPtr", types.Typ[types.Uint64])
	u.KernelPtr = u.declareType("KernelPtr", types.Typ[types.Uint64])
	u.ContextName = u.declareType("Context", types.NewStruct(nil, nil)).Obj()
	u.declareNames()
	u.declareStrings()
	u.declareMemory()
	u.declareMaps()
	u.Pkg.MarkComplete()
	u.Imported.MarkComplete()
	return u
}

// declareType adds a named type to the package bpf.
func (u *Universe) declareType(name string, under types.Type) *types.Named {
	obj := types.NewTypeName(0, u.Pkg, name, nil)
	t := types.NewNamed(obj, under, nil)
	u.declare(obj)
	return t
}

// declare adds an object to the package bpf.
func (u *Universe) declare(obj types.Object) {
	u.Pkg.Scope().Insert(obj)
	u.Imported.Scope().Insert(obj)
}

// Intrinsic is the predeclared name that obj is, or None.
func (u *Universe) Intrinsic(obj types.Object) Intrinsic { return u.intrinsics[obj] }

// IsAddress reports whether t is the type of an address in user or kernel memory.
func (u *Universe) IsAddress(t types.Type) bool {
	t = types.Unalias(t)
	return t == types.Type(u.UserPtr) || t == types.Type(u.KernelPtr)
}
