package oracle

import (
	"testing"

	"go3s/incremental/opt"
)

// TestPassesKeepMeaning interprets the IR of random programs before the optimizer and after each of its passes, and compares with
// the kernel. Needs root.
func TestPassesKeepMeaning(t *testing.T) {
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var counts Counts
	steps := 0
	for n := range *programs / 4 {
		s := *seed + 1<<32 + uint64(n)
		isa := 1 + int(s%4)
		p := NewProgram("p", s, all)
		c, err := m.Compile(p, isa)
		if err != nil {
			continue // the other oracles tell
		}
		counts.Programs++
		ins, want := []Input{}, []Result{}
		for k := range 6 {
			in := NewInput(s, k)
			got, err := c.Run(in)
			if err != nil {
				t.Fatal(err)
			}
			ins, want = append(ins, in), append(want, got)
			if got.Fault {
				counts.Faults++
			}
		}
		c.Close()
		list, err := Steps(c.IR, opt.Options{ISA: isa, CPUs: m.cpus})
		if err != nil {
			t.Errorf("seed %d: %v", s, err)
			continue
		}
		for _, step := range list {
			steps++
			counts.Inputs += len(ins)
			if !sameResults(t, s, step, m.cpus, ins, want) {
				counts.Wrong++
				break
			}
		}
	}
	t.Logf("%v; %d steps", counts, steps)
}

// sameResults compares what the interpreter says of one step with the kernel.
func sameResults(t *testing.T, seed uint64, step Step, cpus int, ins []Input, want []Result) bool {
	got, err := Interpret(step.IR, cpus, ins)
	if err != nil {
		t.Errorf("seed %d after %s: %v", seed, step.Pass, err)
		return false
	}
	for k := range got {
		if got[k] != want[k] {
			t.Errorf("seed %d after %s, input %d: the interpreter says %v, the kernel %v", seed, step.Pass, k, got[k], want[k])
			return false
		}
	}
	return true
}
