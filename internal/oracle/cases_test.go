package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// program reads the program of a file; its name is that of the function whose first parameter is a.
func program(t *testing.T, name string) *Program {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	main := regexp.MustCompile(`func (\w+)\(a int8`).FindSubmatch(data)
	if main == nil {
		t.Fatalf("%s has no function with the parameters of an input", name)
	}
	return &Program{Name: string(main[1]), Text: string(data)}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestProgramsThatFailedOnce runs the programs in testdata/fixed, each of which was refused or miscompiled once, natively and in the
// kernel, at all instruction sets. Needs root.
func TestProgramsThatFailedOnce(t *testing.T) {
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	names := files(t, "testdata/fixed/*.go3s")
	if len(names) == 0 {
		t.Fatal("no programs")
	}
	var ins []Input
	for k := range 12 {
		ins = append(ins, NewInput(1, k))
	}
	var ps []*Program
	for i, name := range names {
		p := program(t, name)
		// Each gets names of its own, as all are built together.
		name := fmt.Sprintf("case%d%s", i, p.Name)
		p.Text = regexp.MustCompile(`\b`+p.Name+`(T|F|\b)`).ReplaceAllString(p.Text, name+"$1")
		p.Name = name
		ps = append(ps, p)
	}
	want, err := Native(t.TempDir(), ps, ins)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range ps {
		for isa := 1; isa <= 4; isa++ {
			compareRuns(t, m, names[i], p, isa, ins, want[i])
		}
	}
}

func compareRuns(t *testing.T, m *Machine, name string, p *Program, isa int, ins []Input, want []Result) {
	t.Helper()
	c, err := m.Compile(p, isa)
	if err != nil {
		t.Errorf("%s, v%d: %v", name, isa, err)
		return
	}
	defer c.Close()
	for k, in := range ins {
		got, err := c.Run(in)
		if err != nil || got != want[k] {
			t.Errorf("%s, v%d, input %d: the kernel says %v, %v, Go says %v", name, isa, k, got, err, want[k])
		}
	}
}

// TestProgramsTakenWithCare loads the programs in testdata/careful, each of which the kernel gives up on at some instruction set unless it is
// compiled with care. Needs root.
func TestProgramsTakenWithCare(t *testing.T) {
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.Careful = true
	for _, name := range files(t, "testdata/careful/*.go3s") {
		for isa := 1; isa <= 4; isa++ {
			c, err := m.Compile(program(t, name), isa)
			if err != nil {
				t.Errorf("%s, v%d: %v", name, isa, err)
				continue
			}
			c.Close()
		}
	}
}

// TestCareIsTakenWhereTheKernelGivesUp loads a program that is too much for the verifier and one that is too much for the kernel's compiler.
// Needs root.
func TestCareIsTakenWhereTheKernelGivesUp(t *testing.T) {
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for name, isa := range map[string]int{"literals": 1, "uncompiled": 3} {
		c, err := m.Compile(program(t, "testdata/careful/"+name+".go3s"), isa)
		if err != nil {
			t.Errorf("%s, v%d: %v", name, isa, err)
			continue
		}
		if !c.Careful {
			t.Errorf("%s, v%d: it is taken without care", name, isa)
		}
		c.Close()
	}
}
