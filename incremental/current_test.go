package incremental

import (
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/google/go-cmp/cmp"

	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe"
	"go3s/incremental/universe/universetest"
)

// untyped is a kernel that says nothing of its types.
type untyped struct{ universe.Kernel }

// asked are the helpers that a probe calls to learn of the running thread, in order.
func asked(t *testing.T, k universe.Kernel, text string) string {
	t.Helper()
	b := New(k).With(source.Cell{Name: "-e", Text: text}).Build(BuildOptions{Verify: true})
	for _, d := range b.Diags {
		t.Fatal(source.Render(d, text))
	}
	var names []string
	for _, ins := range b.Probes[0].Insns {
		if h := ir.LookupHelper(ins.Constant); ins.IsBuiltinCall() && strings.HasPrefix(h.Name, "get_current_") {
			names = append(names, strings.TrimPrefix(h.Name, "get_current_"))
		}
	}
	return strings.Join(names, " ")
}

// What a program learns of its thread it loads from the task; where the kernel is too old for that, says nothing of its types, or has the
// program deal with packets, there is a helper for each.
func TestWaysToTheRunningThread(t *testing.T) {
	version := func(major, minor uint32) universe.Kernel {
		return older{universetest.Kernel(), major<<16 | minor<<8, []int64{ir.HelperGetCurrentComm}}
	}
	const tp = "syscalls:sys_enter_openat "
	for _, c := range []struct {
		what   string
		kernel universe.Kernel
		text   string
		want   string
	}{
		{"comm", version(6, 18), tp + "{ n[comm]++ }", "task_btf"},
		{"comm", version(5, 17), tp + "{ n[comm]++ }", "task_btf"},
		{"comm before it was padded", version(5, 16), tp + "{ n[comm]++ }", "comm"},
		{"comm, untyped", untyped{version(6, 18)}, tp + "{ n[comm]++ }", "comm"},
		{"comm of a packet", version(6, 18), "xdp:lo { n[comm]++ }", "comm"},
		{"comm in a record", version(6, 18), tp + `{ printf("%s", comm) }`, "task_btf"},
		{"comm in a record, before it was padded", version(5, 16), tp + `{ printf("%s", comm) }`, "comm"},
		{"pid alone", version(6, 18), tp + "{ n[pid]++ }", "pid_tgid"},
		{"pid alone, where the task is no call", version(7, 0), tp + "{ n[pid]++ }", "task_btf"},
		{"pid beside comm", version(6, 18), tp + "{ n[comm]++; m[pid]++; o[tid]++ }", "task_btf"},
		{"pid beside comm of a helper", version(5, 16), tp + "{ n[comm]++; m[pid]++ }", "comm pid_tgid"},
		{"pid beside the task", version(5, 16), tp + "{ n[task.mode]++; m[pid]++ }", "task_btf"},
		{"uid and gid", version(5, 11), tp + "{ n[uid]++; m[gid]++ }", "task_btf"},
		{"uid and gid, before tasks had a type", version(5, 10), tp + "{ n[uid]++; m[gid]++ }", "uid_gid"},
		{"uid, untyped", untyped{version(6, 18)}, tp + "{ n[uid]++; m[pid]++; o[tid]++ }", "uid_gid pid_tgid"},
		{"all of them", version(6, 18), tp + "{ if comm == \"x\" { n[uid]++ }; m[pid]++; o[tid]++; p[comm]++; q[gid]++ }", "task_btf"},
	} {
		if got := asked(t, c.kernel, c.text); got != c.want {
			t.Errorf("%s on %s: asks %s, want %s", c.what, universe.VersionText(c.kernel.Features().Version), got, c.want)
		}
	}
}

// A key that has the comm at an odd place is written by loads as wide as the place allows, not by way of the stack.
func TestCommAtAnOddPlace(t *testing.T) {
	const text = "type key struct { fd int16; comm string }\nsyscalls:sys_enter_openat { n[key{int16(ctx.dfd), comm}]++ }"
	b := New(universetest.Kernel()).With(source.Cell{Name: "-e", Text: text}).Build(BuildOptions{Verify: true})
	for _, d := range b.Diags {
		t.Fatal(source.Render(d, text))
	}
	var got []string
	for _, ins := range b.Probes[0].Insns {
		if ins.OpCode.Class().IsLoad() && !ins.IsLoadFromMap() && ins.Offset >= 32 && ins.Offset < 48 {
			got = append(got, strings.TrimSpace(ins.OpCode.Size().String()))
		}
	}
	if diff := cmp.Diff([]string{"Half", "Word", "DWord", "Half"}, got); diff != "" {
		t.Errorf("loads of the comm (-want +got):\n%s", diff)
	}
	if i := slices.IndexFunc(b.Probes[0].Insns, func(ins asm.Instruction) bool { return ins.IsBuiltinCall() && ins.Constant == ir.HelperGetCurrentComm }); i >= 0 {
		t.Errorf("instruction %d asks for the comm again", i)
	}
}
