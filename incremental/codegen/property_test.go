package codegen_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"go3s/incremental/codegen"
	"go3s/incremental/ir"
)

// link generates a module's program, which is its last function, and what it calls as one run of instructions.
func link(m *ir.Module, isa int) (asm.Instructions, error) {
	var all asm.Instructions
	called := map[string]bool{m.Funcs[len(m.Funcs)-1].Name: true}
	for _, f := range slices.Backward(m.Funcs) {
		if !called[f.Name] {
			continue // the verifier refuses what nobody calls
		}
		c, err := codegen.Generate(f, codegen.Target{ISA: isa, CPUs: 2})
		if err != nil {
			return nil, err
		}
		for _, name := range c.Insns.FunctionReferences() {
			called[name] = true
		}
		all = append(all, c.Insns...)
	}
	return all, nil
}

// TestRandomFunctionsComputeWhatTheIRSays runs random functions in the kernel, at every instruction set, and compares
// with an evaluation of their IR. Needs root.
func TestRandomFunctionsComputeWhatTheIRSays(t *testing.T) {
	shapes := []struct {
		name             string
		seeds            uint64
		statements, live int
	}{
		{"small", 150, 8, 4},
		{"medium", 100, 25, 10},
		{"pressed", 60, 40, 17},
	}
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			for seed := range s.seeds {
				m := randomModule(seed, s.statements, s.live)
				if err := ir.Verify(m); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				for isa := 1; isa <= 4; isa++ {
					if !runsRight(t, m, seed, isa) {
						t.Fatalf("seed %d, v%d:\n%s", seed, isa, ir.Print(m))
					}
				}
			}
		})
	}
}

// runsRight compares one module's result over a few contexts.
func runsRight(t *testing.T, m *ir.Module, seed uint64, isa int) bool {
	insns, err := link(m, isa)
	if err != nil {
		t.Error(err)
		return false
	}
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.RawTracepoint, Instructions: insns, License: "GPL"})
	if err != nil {
		t.Errorf("load: %v\n%v", err, insns)
		return false
	}
	defer p.Close()
	interp := ir.NewInterp(m)
	r := rand.New(rand.NewPCG(seed, 99))
	for range 3 {
		ctx := make([]byte, 96)
		for i := 0; i < len(ctx); i += 8 {
			binary.LittleEndian.PutUint64(ctx[i:], r.Uint64()>>r.IntN(64))
		}
		got, err := p.Run(&ebpf.RunOptions{Context: ctx})
		if err != nil {
			t.Errorf("run: %v", err)
			return false
		}
		want, err := interp.Run("prog", ctx)
		if err != nil {
			t.Errorf("interpret: %v", err)
			return false
		}
		if got != uint32(want) {
			t.Errorf("got %#x, want %#x\n%v", got, uint32(want), insns)
			return false
		}
	}
	return true
}
