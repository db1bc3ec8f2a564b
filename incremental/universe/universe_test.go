package universe_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/universe"
	"go3s/incremental/universe/universetest"
)

func structOf(c *universe.Context) *types.Struct { return c.Named.Underlying().(*types.Struct) }

type importer struct{ pkg *types.Package }

func (i importer) Import(string) (*types.Package, error) { return i.pkg, nil }

func TestPlainAndExportedNamesAreTheSameIntrinsics(t *testing.T) {
	u := universe.New(universetest.Kernel())
	got := map[string]universe.Intrinsic{}
	for _, name := range u.Pkg.Scope().Names() {
		if strings.HasPrefix(name, "\u00b7") || universe.IsMapType(name) || universe.AggregateNamed(strings.ToLower(name)) != abi.NoAggregate || name == "LinearHist" {
			continue // not a name that a program can spell, or a type of maps
		}
		got[name] = u.Intrinsic(u.Pkg.Scope().Lookup(name))
	}
	want := map[string]universe.Intrinsic{
		"pid": universe.PID, "tid": universe.TID, "uid": universe.UID, "gid": universe.GID, "comm": universe.Comm,
		"cpu": universe.CPU, "nsecs": universe.Nsecs, "cgroup": universe.Cgroup, "probe": universe.ProbeName,
		"str": universe.Str, "printf": universe.Printf, "print": universe.Print, "log": universe.Log, "emit": universe.Emit,
		"exit": universe.Exit, "strftime": universe.Strftime, "ksym": universe.KSym, "usym": universe.USym, "kaddr": universe.KAddr,
		"ntop": universe.NTop, "buf": universe.Buf, "kstack": universe.KStack, "ustack": universe.UStack,
		"PID": universe.PID, "TID": universe.TID, "UID": universe.UID, "GID": universe.GID, "Comm": universe.Comm,
		"CPU": universe.CPU, "Nsecs": universe.Nsecs, "Cgroup": universe.Cgroup, "Probe": universe.ProbeName,
		"Str": universe.Str, "Printf": universe.Printf, "Print": universe.Print, "Log": universe.Log, "Emit": universe.Emit,
		"Exit": universe.Exit, "Strftime": universe.Strftime, "KSym": universe.KSym, "USym": universe.USym, "KAddr": universe.KAddr,
		"NTop": universe.NTop, "Buf": universe.Buf, "KStack": universe.KStack, "UStack": universe.UStack,
		"KernelStack": universe.None, "UserStack": universe.None, "Time": universe.None, "KernelSymbol": universe.None, "UserSymbol": universe.None,
		"IP": universe.None, "Bytes": universe.None,
		"View": universe.View, "Address": universe.Address, "ContainerOf": universe.ContainerOf, "Context": universe.None, "UserPtr": universe.None, "KernelPtr": universe.None,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if u.Plain("UserPtr") != nil || u.Plain("Str") != nil || u.Plain("nope") != nil || u.Plain("pid") == nil {
		t.Error("Plain must answer for the lower-case names and for no others")
	}
}

func TestNamesThatAreNotThereYetAreKnownAndNotDeclared(t *testing.T) {
	u := universe.New(universetest.Kernel())
	for _, name := range strings.Fields("retval") {
		if _, ok := universe.Pending(name); !ok {
			t.Errorf("%s is not known as a name of the language", name)
		}
		if u.Plain(name) != nil {
			t.Errorf("%s is declared", name)
		}
	}
}

func TestUnknownTracepointHasNoContext(t *testing.T) {
	u := universe.New(universetest.Kernel())
	if c := u.Context("syscalls", "sys_enter_opnat"); c != nil {
		t.Errorf("got %v", c.Named)
	}
	if first := u.Context("sched", "sched_switch"); first != u.Context("sched", "sched_switch") {
		t.Error("a second context type for the same hook")
	}
}

func TestFormatOfAddressTypes(t *testing.T) {
	u := universe.New(universetest.Kernel())
	for hook, want := range map[string]*types.Named{"sys_enter_openat filename": u.UserPtr, "kmalloc ptr": u.KernelPtr} {
		name, field, _ := strings.Cut(hook, " ")
		category := "syscalls"
		if name == "kmalloc" {
			category = "kmem"
		}
		for f := range structOf(u.Context(category, name)).Fields() {
			if f.Name() == field && (f.Type() != types.Type(want) || !u.IsAddress(f.Type())) {
				t.Errorf("%s has type %s, want %s", hook, f.Type(), want)
			}
		}
	}
	if u.IsAddress(types.Typ[types.Uint64]) {
		t.Error("uint64 passes for an address")
	}
}

// The plain names lie in the scope of another package than the one that uses them; go/ssa must find them all the same.
func TestSSAFindsPlainNames(t *testing.T) {
	const src = `package main
func f(ctx *bpf.Context) {
	if pid == 7 && ctx.mode == 3 {
		printf("%d %s %s\n", pid, comm, str(ctx.filename))
	}
}`
	u := universe.New(universetest.Kernel())
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "x.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg := types.NewPackage(universe.MainPath, "main")
	for _, name := range []string{"pid", "comm", "str", "printf"} {
		pkg.Scope().Insert(u.Plain(name))
	}
	hook := u.Context("syscalls", "sys_enter_openat")
	pkg.Scope().Insert(types.NewTypeName(0, pkg, "hook", hook.Named))
	param := file.Decls[0].(*ast.FuncDecl).Type.Params.List[0]
	param.Type.(*ast.StarExpr).X = ast.NewIdent("hook")
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
		Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: importer{u.Pkg}}
	if err := types.NewChecker(&conf, fset, pkg, info).Files([]*ast.File{file}); err != nil {
		t.Fatal(err)
	}
	prog := ssa.NewProgram(fset, ssa.BareInits|ssa.SanityCheckFunctions)
	prog.CreatePackage(u.Pkg, nil, nil, true)
	p := prog.CreatePackage(pkg, []*ast.File{file}, info, false)
	p.Build()

	var got []string
	for _, b := range p.Func("f").Blocks {
		for _, ins := range b.Instrs {
			switch ins := ins.(type) {
			case *ssa.UnOp:
				if g, ok := ins.X.(*ssa.Global); ok && u.Intrinsic(g.Object()) != universe.None {
					got = append(got, g.Name())
				}
			case *ssa.Call:
				if u.Intrinsic(ins.Call.StaticCallee().Object()) != universe.None {
					got = append(got, ins.Call.StaticCallee().Name())
				}
			}
		}
	}
	if diff := cmp.Diff([]string{"pid", "pid", "comm", "str", "printf"}, got); diff != "" {
		t.Error(diff)
	}
}

// Each aggregate has a type in package bpf with its method in both spellings.
func TestAggregatesHaveTheirMethods(t *testing.T) {
	u := universe.New(universetest.Kernel())
	for k := abi.Count; k <= abi.Quantile; k++ {
		typ, method := u.AggregateType(k), universe.AggregateMethod(k)
		if typ == nil || u.Aggregate(typ) != k || universe.AggregateNamed(method) != k {
			t.Fatalf("kind %d: type %v, method %q", k, typ, method)
		}
		name := typ.(*types.Named).Obj().Name()
		if u.Imported.Scope().Lookup(name) != typ.(*types.Named).Obj() || u.Pkg.Scope().Lookup(name) != nil {
			t.Errorf("bpf.%s is not declared, or where go/ssa sees it", name)
		}
		var got []abi.AggregateKind
		for m := range typ.(*types.Named).Methods() {
			got = append(got, u.AggregateCall(m))
		}
		if diff := cmp.Diff([]abi.AggregateKind{k, k}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The seed's spellings of the map types stand for the same kinds.
func TestMapTypesHaveTheirKinds(t *testing.T) {
	u := universe.New(universetest.Kernel())
	for names, want := range map[string]universe.MapKind{
		"Hash HashMap": universe.Hash, "PerCPUHash PerCpuHash PerCpuHashMap": universe.PerCPUHash, "LRUHash LruHash LruHashMap": universe.LRUHash,
		"LRUPerCPUHash PerCPULRUHash LruPerCpuHash": universe.LRUPerCPUHash, "Array": universe.Array, "PerCPUArray PerCpuArray": universe.PerCPUArray,
	} {
		for _, name := range strings.Fields(names) {
			obj := u.Imported.Scope().Lookup(name)
			if obj == nil || u.MapKind(obj.Type()) != want || !universe.IsMapType(name) || universe.MapKindOf(want.String()) != want {
				t.Errorf("bpf.%s is %v, want %s", name, obj, want)
			}
		}
	}
}
