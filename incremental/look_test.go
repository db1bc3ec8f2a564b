package incremental_test

import (
	"fmt"
	"strings"
	"testing"

	"go3s/incremental"
	"go3s/incremental/check"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// names writes names as "name type", or with a mark where something else is said of them.
func names(list []check.Name) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strings.TrimSpace(n.Name + " " + n.Type)
		if n.Func {
			out[i] = n.Name + n.Type
		}
	}
	return strings.Join(out, ", ")
}

func TestLookSeesWhatMayFollowTheDot(t *testing.T) {
	s := incremental.New(universetest.Kernel())
	for i, text := range []string{
		"type file struct { comm string; fd int64 }\nfunc (f file) size() int64 { return f.fd }\nvar seen map[file]uint64",
		"sched:sched_switch { lat[comm].hist(nsecs) }",
		"syscalls:sys_enter_openat { opens[comm]++ }",
	} {
		s = s.With(source.Cell{Name: fmt.Sprint("cell", i), Text: text})
	}
	if b := s.Build(incremental.BuildOptions{}); len(b.Diags) > 0 {
		t.Fatal(b.Diags)
	}
	for _, c := range []struct{ typed, want string }{
		{"syscalls:sys_enter_openat { ctx.fi", "__syscall_nr int32, dfd int32, filename *char, flags int32, mode uint16"},
		{"syscalls:sys_enter_openat @args.", "__syscall_nr int32, dfd int32, filename *char, flags int32, mode uint16"},
		{"syscalls:sys_enter_open* { if x := 1; ctx.", "__syscall_nr int32, dfd int32, filename *char, flags int32, mode uint16"},
		{"sched:sched_switch { n := task.real_parent; printf(\"%d\", n.mm.exe_file.f_path.dentry.d_name.", "len uint32, name *uint8"},
		{"sched:sched_switch { lat[comm].", "hist(v int64)"},
		{"sched:sched_switch { seen[file{comm, 1}]++; f := file{comm, 2}; f.", "comm string, fd int64, size() int64"},
		{"func g(f file) int64 { return f.", "comm string, fd int64, size() int64"},
		{"sched:sched_switch { strings.", "Contains(s string, substr string) bool, HasPrefix(s string, prefix string) bool, HasSuffix(s string, suffix string) bool, Index(s string, substr string) int, IndexByte(s string, c uint8) int, TrimPrefix(s string, prefix string) string, TrimSuffix(s string, suffix string) string"},
		{"sched:sched_switch { new[pid].", "count(), sum(v int64), avg(v int64), min(v int64), max(v int64), stats(v int64), hist(v int64), lhist(v int64, lo int64, hi int64, step int64), quantile(v int64)"},
		{"sched:sched_switch { opens[comm].", ""},
		{"no:hook { ctx.", ""},
		{"sched:sched_switch { printf(\"ctx.", ""},
		{"syscalls:sys_enter_openat { ctx.fi } sched:sched_switch { task.mm.", "total_vm uint64, exe_file *file, mm_count atomic_t"},
		{"kprobe:tcp_v4_do_rcv { args.skb.", "len uint32, sk *sock"},
	} {
		if got := names(s.Look(source.Cell{Name: "typed", Text: c.typed}, len(c.typed)).Members); got != c.want {
			t.Errorf("after %s there is\n%s, want\n%s", c.typed, got, c.want)
		}
	}
}

func TestLookSeesTheNamesAround(t *testing.T) {
	s := incremental.New(universetest.Kernel()).With(source.Cell{Name: "a", Text: "const limit = 5\nfunc double(n int) int { return 2 * n }\nsched:sched_switch { opens[comm]++ }"})
	if b := s.Build(incremental.BuildOptions{}); len(b.Diags) > 0 {
		t.Fatal(b.Diags)
	}
	for _, c := range []struct{ typed, want string }{
		{"sched:sched_switch { a := 1; if b := task; b != nil { for i := range 3 { d := comm; _", "d string, i int, b *task_struct, a int, ctx *sched:sched_switch"},
		{"type key struct { n int }\nfunc f(k key) bool { x", "k key, f(k key) bool, key struct"},
		{"sched:sched_switch { start[tid] = nsecs; s", "ctx *sched:sched_switch, start map[uint32]uint64"},
	} {
		got := names(s.Look(source.Cell{Name: "typed", Text: c.typed}, len(c.typed)).Names)
		want := c.want + ", double(n int) int, limit untyped int, opens map[string]uint64, "
		if !strings.HasPrefix(got, want) {
			t.Errorf("in %s there is\n%s, want\n%s", c.typed, got, want)
		}
		if !strings.Contains(got, "printf(format string, args ...any)") || !strings.Contains(got, "task *task_struct") || strings.Contains(got, "\u00b7") {
			t.Errorf("in %s there is\n%s", c.typed, got)
		}
	}
}
