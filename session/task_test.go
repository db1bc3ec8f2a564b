package session

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNumbersOfTasksAreKnownByTheirUse(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "a", `type key struct { pid uint32; cpu uint32 }
a := sched:sched_switch { by[pid]++; mixed[tid]++; mixed[cpu]++; names[comm]++; mine[ctx.next_pid]++; both[key{pid, cpu}]++; last[ tid ] = nsecs; n++ }`)
	got := map[string][]bool{}
	for _, m := range s.Maps() {
		got[m.Name] = m.Tasks
	}
	want := map[string][]bool{
		"by": {true}, "mixed": nil, "names": nil, "mine": nil, "both": {true, false}, "last": {true}, "n": nil,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("columns of tasks (-want +got):\n%s", d)
	}
}
