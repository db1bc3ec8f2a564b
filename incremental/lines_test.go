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

const countedCell = `func odd(n int64) bool {
	return n&1 == 1
}

opens := syscalls:sys_enter_openat {
	if odd(int64(pid)) {
		odds++
	}
	for i := range 3 {
		rounds[i]++
	}
}`

// TestLinesAreCountedOnDemand compares builds with and without counts with those of a compiler that never knew of the other.
func TestLinesAreCountedOnDemand(t *testing.T) {
	cells := []source.Cell{
		{Name: "in1", Text: countedCell},
		{Name: "in2", Text: "reads := syscalls:sys_enter_openat { n[comm]++ }"},
	}
	snapshot := func() *incremental.Snapshot {
		s := incremental.New(universetest.Kernel())
		for _, c := range cells {
			s = s.With(c)
		}
		return s
	}
	build := func(s *incremental.Snapshot, lines ...string) (text string, b *incremental.Build) {
		b = s.Build(incremental.BuildOptions{Verify: true, Lines: lines})
		if len(b.Diags) > 0 {
			t.Fatal(b.Diags)
		}
		var out strings.Builder
		for _, p := range b.Probes {
			fmt.Fprintf(&out, "%s %s %x %v %v %v\n%v", p.Name, p.LineMap, p.Hash, p.Lines, p.Maps, p.Faults, p.Insns)
		}
		for _, m := range b.Maps {
			fmt.Fprintf(&out, "%s %v\n", m.Name, m.Map)
		}
		return out.String(), b
	}
	s := snapshot()
	plain, without := build(s)
	counted, with := build(s, "opens")
	again, _ := build(s)
	fresh, _ := build(snapshot(), "opens")
	if diff := cmp.Diff(plain, again); diff != "" {
		t.Errorf("what was counted leaves traces (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(fresh, counted); diff != "" {
		t.Errorf("counting depends on what was compiled before (-fresh +got):\n%s", diff)
	}
	var lines []int
	for _, p := range with.Probes[0].Lines {
		lines = append(lines, p.Line)
	}
	if want := []int{5, 6, 2, 7, 10}; !cmp.Equal(lines, want) {
		t.Errorf("the lines %v are counted, want %v", lines, want)
	}
	if with.Probes[1].Hash != without.Probes[1].Hash || with.Probes[1].LineMap != "" || with.Probes[0].Hash == without.Probes[0].Hash {
		t.Error("it is not the probe that was asked for, or not it alone, that counts its lines")
	}
	// An edit of another cell, with the counts on.
	cells[1].Text = "reads := syscalls:sys_enter_openat { n[comm] += 2 }"
	s = s.With(cells[1])
	edited, _ := build(s, "opens")
	fresh, _ = build(snapshot(), "opens")
	if diff := cmp.Diff(fresh, edited); diff != "" {
		t.Errorf("an edit beside a counted probe (-fresh +got):\n%s", diff)
	}
	// Lines and faults of a cell that is edited alone are those of its new text.
	cells[1].Text = "\n\nreads := syscalls:sys_enter_openat {\n\tn[comm] += 6 / uint64(pid)\n}"
	build(s, "opens", "reads")
	edited, b := build(s.With(cells[1]), "opens", "reads")
	fresh, _ = build(snapshot(), "opens", "reads")
	if diff := cmp.Diff(fresh, edited); diff != "" {
		t.Errorf("an edit of a counted probe (-fresh +got):\n%s", diff)
	}
	if at := b.Probes[1].Faults[0].Line; at != 4 {
		t.Errorf("the fault of line 4 is on line %d", at)
	}
}
