package attach

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
)

// helpersOf are the numbers of the helpers that the compiler's sources name, besides the table of what they are.
func helpersOf(t *testing.T, dirs ...string) map[asm.BuiltinFunc]bool {
	t.Helper()
	parse := func(file string) *ast.File {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	numbers := map[string]asm.BuiltinFunc{}
	ast.Inspect(parse("../incremental/ir/helper.go"), func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "Helper") {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				number, err := strconv.Atoi(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				numbers[v.Names[0].Name] = asm.BuiltinFunc(number)
			}
		}
		return true
	})
	found := map[asm.BuiltinFunc]bool{}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			ast.Inspect(parse(file), func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && numbers[sel.Sel.Name] != 0 {
					found[numbers[sel.Sel.Name]] = true
				}
				return true
			})
		}
	}
	return found
}

// The list of helpers is what the compiler can emit, what dispatchers call, and nothing else.
func TestTheListOfHelpersIsWhatTheCompilerEmits(t *testing.T) {
	want := helpersOf(t, "../incremental", "../incremental/lower", "../incremental/opt", "../incremental/codegen")
	want[asm.FnTailCall] = true      // dispatchers
	want[asm.FnRingbufOutput] = true // as good as reserve and submit; tests make records with it
	if got, want := slices.Sorted(maps.Keys(helpers)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		t.Errorf("programs may call %v, the compiler emits %v", got, want)
	}
	for _, f := range []asm.BuiltinFunc{asm.FnProbeWriteUser, asm.FnSendSignal, asm.FnSendSignalThread, asm.FnOverrideReturn, asm.FnRedirect} {
		if helpers[f] {
			t.Errorf("programs may call %v", f)
		}
	}
}

// Whatever reaches the loader, a program that could change the system is not loaded.
func TestHelpersThatChangeTheSystemAreRefused(t *testing.T) {
	k := open(t)
	load := func(call asm.Instruction) error {
		_, err := k.Load(ProgramSpec{Name: unique("calls"), Type: KProbe, Insns: asm.Instructions{
			asm.Mov.Imm(asm.R1, 9), call, asm.Mov.Imm(asm.R0, 0), asm.Return(),
		}})
		return err
	}
	kfunc := asm.FnMapLookupElem.Call()
	kfunc.Src = asm.PseudoKfuncCall
	for _, call := range []asm.Instruction{
		asm.FnProbeWriteUser.Call(), asm.FnSendSignal.Call(), asm.FnSendSignalThread.Call(), asm.FnOverrideReturn.Call(), asm.FnTracePrintk.Call(), kfunc,
	} {
		if _, ok := errors.AsType[*HelperError](load(call)); !ok {
			t.Errorf("%v: %v", call, load(call))
		}
	}
	if err := load(asm.FnGetCurrentPidTgid.Call()); err != nil {
		t.Errorf("a program that asks who runs it: %v", err)
	}
}
