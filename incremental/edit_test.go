package incremental_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// fragments are texts for cells that share maps, types, constants and functions in all ways: %[1]d is the cell's number.
var fragments = []string{
	"p%[1]d := sched:sched_switch { own%[1]d[cpu]++ }",
	"p%[1]d := sched:sched_switch { shared[cpu]++ }",
	"p%[1]d := sched:sched_switch { if shared[cpu] > 3 { n++ } }",
	"p%[1]d := sched:sched_switch { shared[cpu] = 1 }",
	"p%[1]d := sched:sched_switch { delete(shared, cpu); n += 2 }",
	"p%[1]d := sched:sched_switch @ctx.prev_pid > limit { n++ }",
	"const limit = 10",
	"const limit = 20",
	"func twice(x uint32) uint32 { return 2 * x }",
	"func twice(x uint32) uint32 { return x + limit }",
	"p%[1]d := sched:sched_switch { doubled[twice(cpu)]++ }",
	"type pair struct{ a, b uint32 }",
	"type pair struct{ a uint32; b uint64 }",
	"p%[1]d := sched:sched_switch { k := pair{a: cpu, b: 2}; pairs[k]++ }",
	"p%[1]d := syscalls:sys_enter_openat { printf(\"%%s\\n\", str(ctx.filename)) }",
	"p%[1]d := syscalls:sys_enter_openat { names[str(ctx.filename, 24)]++ }",
	"p%[1]d := syscalls:sys_enter_openat { names[comm]++ }",
	"p%[1]d := sched:sched_switch { lat.hist(nsecs) }",
	"p0 := sched:sched_switch { n++ }",
	"p%[1]d := sched:sched_switch { parents[task.real_parent.pid]++ }",
	"p%[1]d := sched:sched_switch { undefined(%[1]d) }",
	"p%[1]d := sched:sched_switch { n += ",
}

// TestTaskIsThereForLaterCells: task is declared when a cell first mentions it, which may be after others have been built.
func TestTaskIsThereForLaterCells(t *testing.T) {
	s := incremental.New(universetest.Kernel())
	for i, text := range []string{"sched:sched_switch { n++ }", "later := sched:sched_switch { pids[task.pid]++ }"} {
		s = s.With(source.Cell{Name: fmt.Sprint("c", i), Text: text})
		if out := s.Build(incremental.BuildOptions{}); len(out.Diags) > 0 {
			t.Errorf("%s: %v", text, out.Diags)
		}
	}
}

// TestBuildsOfRandomEditsAreThoseOfCleanBuilds edits cells in random order and compares each build with one from nothing: the same
// diagnostics, the same programs, the same maps.
func TestBuildsOfRandomEditsAreThoseOfCleanBuilds(t *testing.T) {
	const sessions, edits = 40, 25
	good := 0
	for seed := range uint64(sessions) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := incremental.New(universetest.Kernel())
		for range edits {
			n := r.IntN(8)
			name := fmt.Sprint("c", n)
			next := s.Without(name)
			if r.IntN(10) > 0 {
				f := fragments[r.IntN(len(fragments))]
				next = s.With(source.Cell{Name: name, Text: filled(f, n)})
			}
			got := next.Build(incremental.BuildOptions{})
			clean := incremental.New(universetest.Kernel())
			for _, c := range next.Cells() {
				clean = clean.With(c)
			}
			want := clean.Build(incremental.BuildOptions{})
			if d := differ(got, want); d != "" {
				t.Fatalf("session %d: %s\ncells:\n%v", seed, d, next.Cells())
			}
			// Like a session, go on from what is without errors; now and then a build is thrown away all the same.
			if len(got.Diags) == 0 && r.IntN(5) > 0 {
				s = next
				good++
			}
		}
	}
	if good < sessions*edits/4 {
		t.Errorf("only %d of %d edits were good ones", good, sessions*edits)
	}
}

// filled puts the number of the cell into a fragment that wants it.
func filled(fragment string, n int) string {
	return strings.NewReplacer("%[1]d", fmt.Sprint(n), "%%", "%").Replace(fragment)
}

// differ says how two builds differ.
func differ(got, want *incremental.Build) string {
	if g, w := fmt.Sprint(got.Diags), fmt.Sprint(want.Diags); g != w {
		return fmt.Sprintf("diagnostics %s, want %s", g, w)
	}
	if len(got.Probes) != len(want.Probes) {
		return fmt.Sprintf("%d probes, want %d", len(got.Probes), len(want.Probes))
	}
	for i, p := range want.Probes {
		if got.Probes[i].Name != p.Name || got.Probes[i].Hash != p.Hash {
			return fmt.Sprintf("probe %s differs from %s", got.Probes[i].Name, p.Name)
		}
	}
	maps := func(b *incremental.Build) (list []string) {
		for _, m := range b.Maps {
			list = append(list, fmt.Sprintf("%s %s %d %d %d %v", m.Name, m.Kind, m.Key, m.Value, m.Entries, m.Span))
		}
		return list
	}
	if g, w := fmt.Sprint(maps(got)), fmt.Sprint(maps(want)); g != w {
		return fmt.Sprintf("maps %s, want %s", g, w)
	}
	return ""
}
