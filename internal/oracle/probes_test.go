package oracle

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go3s/incremental/universe"
)

// verifyFile compiles the probe of a file for an instruction set and loads it. It skips a probe of a tracepoint that this kernel
// does not have.
func verifyFile(t *testing.T, m *Machine, h *Host, name string, isa int) error {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	hook := regexp.MustCompile(`(?m)^p := tracepoint:(\w+:\w+)`).FindSubmatch(data)
	if hook == nil {
		t.Fatalf("%s has no probe p of a tracepoint", name)
	}
	category, event, _ := strings.Cut(string(hook[1]), ":")
	if h.Tracepoint(category, event) == nil {
		t.Skipf("this kernel has no tracepoint %s", hook[1])
	}
	h.features.ISA = isa
	_, err = m.Verify(h, "p", string(data))
	return err
}

func machineAndHost(t *testing.T) (*Machine, *Host) {
	t.Helper()
	m, err := NewMachine()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	h, err := NewHost(universe.Features{CPUs: m.cpus, Version: 6<<16 | 18<<8})
	if err != nil {
		t.Fatal(err)
	}
	return m, h
}

// TestProbesThatFailedOnce loads the probes in testdata/probes, each of which the verifier refused once. Needs root.
func TestProbesThatFailedOnce(t *testing.T) {
	m, h := machineAndHost(t)
	for _, name := range files(t, "testdata/probes/*.go3s") {
		t.Run(name, func(t *testing.T) {
			for isa := 1; isa <= 4; isa++ {
				if err := verifyFile(t, m, h, name, isa); err != nil {
					t.Errorf("v%d: %v", isa, err)
				}
			}
		})
	}
}
