package oracle

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"go3s/internal/leaks"
)

var (
	programs = flag.Int("programs", 120, "how many random programs each oracle asks about")
	loads    = flag.Int("loads", 120, "how many random programs and probes are loaded without being run")
	seed     = flag.Uint64("seed", 1, "the seed of the first program")
)

// TestMain fails when a test leaves a program or map behind as an open descriptor. The tests of this package load programs and
// need root.
func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

var all = Features{Pointers: true, Closures: true, Generics: true, Methods: true}

// more are all features, also those of which the interpreter of the IR and the comparison with Go know less.
var more = Features{Pointers: true, Closures: true, Generics: true, Methods: true, Globals: true, Strings: true, Maps: true}

// TestKernelAgreesWithGo runs random programs natively and in the kernel over the same inputs. Needs root.
func TestKernelAgreesWithGo(t *testing.T) { agrees(t, *programs, all, false) }

// TestCareKeepsMeaning does the same with programs that are all compiled with care. Needs root.
func TestCareKeepsMeaning(t *testing.T) { agrees(t, *programs/4, all, true) }

// TestKernelAgreesWithGoOnMoreTypes does the same with programs that also have package variables, strings and maps. Needs root.
func TestKernelAgreesWithGoOnMoreTypes(t *testing.T) {
	agrees(t, *programs/4, more, false)
}

// agrees runs n random programs natively and in the kernel.
func agrees(t *testing.T, n int, f Features, careful bool) {
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.Careful = careful
	const batch, inputs = 1000, 12
	var counts Counts
	for first := 0; first < n; first += batch {
		var ps []*Program
		for k := range min(batch, n-first) {
			ps = append(ps, NewProgram(fmt.Sprintf("p%d", k), *seed+uint64(first+k), f))
		}
		var ins []Input
		for k := range inputs {
			ins = append(ins, NewInput(*seed+uint64(first), k))
		}
		want, err := Native(t.TempDir(), ps, ins)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range ps {
			compareProgram(t, m, *seed+uint64(first+i), p, ins, want[i], &counts)
		}
		if first+batch < n {
			t.Log(counts)
		}
	}
	t.Log(counts)
}

// compareProgram runs a program in the kernel and compares with what Go says.
func compareProgram(t *testing.T, m *Machine, seed uint64, p *Program, ins []Input, want []Result, counts *Counts) {
	isa := 1 + int(seed%4)
	counts.Programs++
	c, err := m.Compile(p, isa)
	if r, ok := errors.AsType[*Refusal](err); ok {
		counts.Refused++
		if !r.Stated() {
			counts.Wrong++
			t.Errorf("seed %d: %v", seed, r)
			keep(t, seed, p, sameRefusal(m, isa, r))
		}
		return
	} else if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Careful {
		counts.Careful++
	}
	for k, in := range ins {
		got, err := c.Run(in)
		if err != nil {
			t.Fatal(err)
		}
		counts.Inputs++
		if got.Fault {
			counts.Faults++
		}
		if got != want[k] {
			t.Errorf("seed %d, v%d, input %d: the kernel says %v, Go says %v", seed, isa, k, got, want[k])
			counts.Wrong++
			keep(t, seed, p, disagrees(t, m, isa, ins))
			return
		}
	}
}

// TestVerifierTakesPrograms compiles random programs and loads them, at all instruction sets in turn. Needs root.
func TestVerifierTakesPrograms(t *testing.T) { takesPrograms(t, *loads, false) }

// TestVerifierTakesCare loads random programs and probes that are all compiled with care. Needs root.
func TestVerifierTakesCare(t *testing.T) {
	takesPrograms(t, *loads/4, true)
	takesProbes(t, *loads/4, true)
}

func takesPrograms(t *testing.T, loads int, careful bool) {
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.Careful = careful
	counts := Counts{}
	for n := range loads {
		s := *seed + 1<<32 + uint64(n)
		isa, features := 1+int(s%4), all
		if s/4%3 == 0 {
			features = more
		}
		p := NewProgram("p", s, features)
		c, err := m.Compile(p, isa)
		counts.Programs++
		r, ok := errors.AsType[*Refusal](err)
		switch {
		case err == nil && c.Careful:
			counts.Careful++
			c.Close()
		case err == nil:
			c.Close()
		case !ok:
			t.Fatal(err)
		case r.Stated():
			counts.Refused++
			t.Logf("seed %d: %v", s, r)
		default:
			counts.Refused++
			counts.Wrong++
			t.Errorf("seed %d: %v", s, r)
			keep(t, s, p, sameRefusal(m, isa, r))
		}
		if n%5000 == 4999 {
			t.Log(counts)
		}
	}
	t.Log(counts)
}
