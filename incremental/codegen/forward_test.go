package codegen_test

import (
	"testing"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/codegen"
	"go3s/incremental/ir"
)

// TestForwardTargetsJumpBackInLoopsOnly counts the jumps without a condition that lead back: where Forward is asked for there are no more
// of them than loops, which there are otherwise.
func TestForwardTargetsJumpBackInLoopsOnly(t *testing.T) {
	more := map[bool]int{}
	for _, forward := range []bool{false, true} {
		for seed := range uint64(100) {
			m := randomModule(seed, 40, 17)
			f := m.Funcs[len(m.Funcs)-1]
			c, err := codegen.Generate(f, codegen.Target{ISA: 3, CPUs: 2, Forward: forward})
			if err != nil {
				t.Fatal(err)
			}
			back := 0
			for i := range c.Insns {
				if ins := &c.Insns[i]; ins.OpCode.JumpOp() == asm.Ja && ins.Offset < 0 {
					back++
				}
			}
			if back > loopsOf(f) {
				more[forward]++
			}
		}
	}
	if more[false] == 0 || more[true] != 0 {
		t.Errorf("functions with more jumps back than loops: %v", more)
	}
}

// loopsOf counts the edges of a function that lead back.
func loopsOf(f *ir.Func) int {
	n, dom := 0, f.Dominators()
	for _, b := range dom.Order {
		for _, s := range b.Term.Succs {
			if dom.Dominates(s, b) {
				n++
			}
		}
	}
	return n
}
