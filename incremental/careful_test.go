package incremental_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// TestCarefulProbesLoopInFunctions compares builds with and without care with those of a compiler that never knew of the other: only the
// named probe differs, and its loop of many ways is one that the verifier looks at by itself.
func TestCarefulProbesLoopInFunctions(t *testing.T) {
	cells := []source.Cell{
		{Name: "in1", Text: `opens := syscalls:sys_enter_openat {
	odd := 0
	for i := range 9 {
		if pid>>i&1 == 1 {
			odd += i
		}
	}
	odds += uint64(odd)
}`},
		{Name: "in2", Text: "reads := syscalls:sys_enter_openat { n[comm]++ }"},
	}
	snapshot := func() *incremental.Snapshot {
		s := incremental.New(universetest.Kernel())
		for _, c := range cells {
			s = s.With(c)
		}
		return s
	}
	build := func(s *incremental.Snapshot, careful ...string) map[string]string {
		b := s.Build(incremental.BuildOptions{Verify: true, Careful: careful})
		if len(b.Diags) > 0 {
			t.Fatal(b.Diags)
		}
		texts := map[string]string{}
		for _, p := range b.Probes {
			texts[p.Name] = fmt.Sprintf("%x\n%v", p.Hash, p.Insns)
		}
		return texts
	}
	s := snapshot()
	plain, careful := build(s), build(s, "opens")
	if diff := cmp.Diff(plain, build(s)); diff != "" {
		t.Errorf("without care again:\n%s", diff)
	}
	if diff := cmp.Diff(build(snapshot(), "opens"), careful); diff != "" {
		t.Errorf("with care from the start:\n%s", diff)
	}
	if careful["reads"] != plain["reads"] {
		t.Error("a probe that was not named differs")
	}
	if strings.Contains(plain["opens"], "FnLoop") || !strings.Contains(careful["opens"], "FnLoop") {
		t.Errorf("without care:\n%swith care:\n%s", plain["opens"], careful["opens"])
	}
}
