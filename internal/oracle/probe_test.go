package oracle

import (
	"errors"
	"testing"

	"go3s/incremental/universe"
)

// TestVerifierTakesWhatTypeChecks compiles random probes of this kernel's tracepoints and loads them. Needs root.
func TestVerifierTakesWhatTypeChecks(t *testing.T) { takesProbes(t, *loads, false) }

func takesProbes(t *testing.T, loads int, careful bool) {
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.Careful = careful
	h, err := NewHost(universe.Features{ISA: 4, CPUs: m.cpus, Version: 6<<16 | 18<<8})
	if err != nil {
		t.Fatal(err)
	}
	hooks := h.hooks(200)
	counts := Counts{}
	for n := range loads {
		s := *seed + 2<<32 + uint64(n)
		h.features.ISA = 1 + int(s%4)
		p := NewProbe("p", s, hooks[s%uint64(len(hooks))])
		counts.Programs++
		careful, err := m.Verify(h, "p", p.Text)
		if careful {
			counts.Careful++
		}
		r, ok := errors.AsType[*Refusal](err)
		switch {
		case err == nil:
		case !ok:
			t.Fatal(err)
		case r.Stated():
			counts.Refused++
		default:
			counts.Refused++
			counts.Wrong++
			t.Errorf("seed %d: %v", s, r)
			keepProbe(t, s, m, h, p, r)
		}
	}
	t.Log(counts)
}
