package source

import "testing"

var tracepoints = []string{
	"block:block_rq_issue", "fs:do_sys_open", "io_uring:io_uring_create", "net:net_dev_xmit", "sched:sched_process_exec", "sched:sched_process_exit",
	"sched:sched_switch", "sched:sched_wakeup", "sched:sched_wakeup_new", "signal:signal_generate", "syscalls:sys_enter_open",
	"syscalls:sys_enter_openat", "syscalls:sys_enter_openat2", "syscalls:sys_enter_read", "syscalls:sys_exit_openat", "syscalls:sys_exit_read",
	"tcp:tcp_probe", "timer:timer_start",
}

func TestNearFindsWhatWasMeant(t *testing.T) {
	names := []string{"comm", "pid", "tid", "printf", "count", "nsecs", "str", "Filename"}
	for _, c := range []struct {
		name       string
		candidates []string
		want       string
	}{
		{"conut", names, "count"},
		{"prinft", names, "printf"},
		{"pdi", names, "pid"},
		{"PID", names, "pid"},
		{"filename", names, "Filename"},
		{"fielname", names, "Filename"},
		{"coutn", names, "count"},
		{"counter", names, "count"},
		{"x", names, ""},
		{"", names, ""},
		{"zebra", names, ""},
		{"sched_swich", tracepoints, "sched:sched_switch"},
		{"sched:sched_swich", tracepoints, "sched:sched_switch"},
		{"shced:sched_switch", tracepoints, "sched:sched_switch"},
		{"scheduler:sched_switch", tracepoints, "sched:sched_switch"},
		{"sched_switch", tracepoints, "sched:sched_switch"},
		{"SCHED_SWITCH", tracepoints, "sched:sched_switch"},
		{"switch", tracepoints, "sched:sched_switch"},
		{"openat", tracepoints, "syscalls:sys_enter_openat"},
		{"sys_enter_opneat", tracepoints, "syscalls:sys_enter_openat"},
		{"syscalls:sys_enter_opena", tracepoints, "syscalls:sys_enter_open"},
		{"syscall:sys_enter_read", tracepoints, "syscalls:sys_enter_read"},
		{"wakeup", tracepoints, "sched:sched_wakeup"},
		{"process_exe", tracepoints, "sched:sched_process_exec"},
		{"kmem:kmalloc", tracepoints, ""},
		{"totally_unrelated", tracepoints, ""},
	} {
		if got := Near(c.name, c.candidates); got != c.want {
			t.Errorf("Near(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func BenchmarkNearAmongTracepoints(b *testing.B) {
	var many []string
	for range 130 {
		many = append(many, tracepoints...)
	}
	b.ReportAllocs()
	for b.Loop() {
		Near("sched_swich", many)
	}
}
