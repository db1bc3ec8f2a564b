package oracle

import (
	"flag"
	"testing"

	"go3s/incremental"
	"go3s/incremental/universe"
)

var (
	show = flag.String("show", "", "a file with a program, to be shown at all stages and run")
	isa  = flag.Int("isa", 4, "the instruction set for -show")
)

// TestShow shows what the compiler makes of the program of -show, and what it computes. Needs root.
func TestShow(t *testing.T) {
	if *show == "" {
		t.Skip("no -show")
	}
	p := program(t, *show)
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	cell := p.Cell()
	incremental.New(runKernel{universe.Features{ISA: *isa, CPUs: m.cpus, Version: 6<<16 | 18<<8}}).With(cell).Build(incremental.BuildOptions{
		Dump: func(stage incremental.Stage, name, text string) {
			if stage != incremental.StageGo && stage != incremental.StageAST {
				t.Logf("# %s %s\n%s", stage, name, text)
			}
		},
	})
	var ins []Input
	for n := range 12 {
		ins = append(ins, NewInput(*seed, n))
	}
	want, err := Native(t.TempDir(), []*Program{p}, ins)
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Compile(p, *isa)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for k, in := range ins {
		got, err := c.Run(in)
		if err != nil || got != want[0][k] {
			t.Errorf("input %d: the kernel says %v, %v, Go says %v", k, got, err, want[0][k])
		}
	}
}
