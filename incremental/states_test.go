package incremental_test

import (
	"testing"

	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// Only what programs keep for the thread that runs, and take away again, is kept with it.
func TestWhatIsKeptWithThreads(t *testing.T) {
	const take = "b := syscalls:sys_exit_openat { if t, ok := m[tid]; ok { n += t; delete(m, tid) } }"
	for _, c := range []struct {
		what string
		kind ir.MapKind
		text []string
	}{
		{"set, taken and deleted", ir.TaskStorage, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs }", take}},
		{"in one cell", ir.TaskStorage, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs }\n" + take}},
		{"by a short name", ir.TaskStorage, []string{"a := sys_enter_openat { m[tid] = nsecs }", take}},
		{"for threads that end", ir.TaskStorage, []string{"a := sched:sched_process_exit { m[tid] = nsecs }", take}},
		{"never deleted", ir.Hash, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs; n += m[tid] }"}},
		{"never read", ir.Hash, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs; delete(m, tid) }"}},
		{"added up", ir.Hash, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs; m[tid]++ }", take}},
		{"by another key", ir.Hash, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs; delete(m, pid) }", take}},
		{"by a number", ir.Hash, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs; delete(m, 5) }", take}},
		{"by a variable of that name", ir.Hash, []string{"a := syscalls:sys_enter_openat { tid := uint32(5); m[tid] = nsecs }", take}},
		{"by a constant of that name", ir.Hash, []string{"const tid = uint32(5)\na := syscalls:sys_enter_openat { m[tid] = nsecs }", take}},
		{"by a constant of another cell", ir.Hash, []string{"a := syscalls:sys_enter_openat { m[tid] = nsecs }", take, "const tid = uint32(5)"}},
		{"where a CPU may be idle", ir.Hash, []string{"a := sched:sched_switch { m[tid] = nsecs }", take}},
		{"by a function", ir.Hash, []string{"func f() { delete(m, tid) }\na := syscalls:sys_enter_openat { m[tid] = nsecs; f() }", take}},
		{"declared", ir.Hash, []string{"var m map[uint32]uint64\na := syscalls:sys_enter_openat { m[tid] = nsecs }", take}},
		{"text", ir.Hash, []string{"a := syscalls:sys_enter_openat { m[tid] = comm; if m[tid] == comm { delete(m, tid) } }"}},
	} {
		for _, states := range []bool{true, false} {
			kernel := *universetest.Kernel()
			kernel.States = states
			s := incremental.New(&kernel)
			for i, text := range c.text {
				s = s.With(source.Cell{Name: string(rune('1' + i)), Text: text})
			}
			want := c.kind
			if !states {
				want = ir.Hash
			}
			build := s.Build(incremental.BuildOptions{Verify: true})
			for _, d := range build.Diags {
				t.Errorf("%s: %v", c.what, d)
			}
			for _, m := range build.Maps {
				if m.Name == "m" && m.Kind != want {
					t.Errorf("%s: with states %t it is a %s, want %s", c.what, states, m.Kind, want)
				}
			}
		}
	}
}
