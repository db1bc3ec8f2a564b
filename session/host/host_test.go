package host_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/universe"
	"go3s/session/host"
	"go3s/session/sessiontest"
)

func TestAFormatIsAskedForOnceUnlessThatFails(t *testing.T) {
	k := sessiontest.NewKernel()
	h, err := host.New(k)
	if err != nil {
		t.Fatal(err)
	}
	k.Fail("TracepointFormat", 1, errors.New("out of descriptors"))
	if f := h.Tracepoint("syscalls", "sys_enter_openat"); f != nil || h.Unanswered() == nil {
		t.Errorf("a format that can't be read is %v, and nothing is said of it", f)
	}
	f := h.Tracepoint("syscalls", "sys_enter_openat")
	if f == nil || h.Unanswered() != nil {
		t.Fatalf("then it is %v, %v", f, h.Unanswered())
	}
	k.Fail("TracepointFormat", 1, errors.New("asked again"))
	if again := h.Hook("tracepoint:syscalls:sys_enter_openat"); again != f {
		t.Errorf("by its hook it is %v", again)
	}
	if h.Tracepoint("syscalls", "sys_enter_nothing") != nil {
		t.Error("there is a format of a tracepoint that there is not")
	}
}

func TestHooksAreFoundByPartsOfTheirNames(t *testing.T) {
	hooks := []string{"sched:sched_switch", "syscalls:sys_enter_open", "syscalls:sys_enter_openat", "syscalls:sys_exit_openat"}
	for pattern, want := range map[string][]string{
		"openat":     {"syscalls:sys_enter_openat", "syscalls:sys_exit_openat"},
		"sys_*_open": {"syscalls:sys_enter_open"},
		"sy:ex":      {"syscalls:sys_exit_openat"},
		"open":       {"syscalls:sys_enter_open", "syscalls:sys_enter_openat", "syscalls:sys_exit_openat"},
		"nothing":    {},
	} {
		if got := host.MatchHooks(pattern, hooks); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

func TestFieldsAreThoseOfTheFormat(t *testing.T) {
	h, err := host.New(sessiontest.NewKernel())
	if err != nil {
		t.Fatal(err)
	}
	fields, err := h.Fields(universe.New(h), "sched:sched_switch")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(fields, func(f host.Field) bool { return f.Name == "prev_pid" })
	if i < 0 {
		t.Fatalf("%+v lack prev_pid", fields)
	}
	want := host.Field{Name: "prev_pid", Type: "int32", CType: "pid_t", Offset: 24, Size: 4}
	if d := cmp.Diff(want, fields[i]); d != "" {
		t.Errorf("prev_pid (-want +got):\n%s", d)
	}
	if _, err := h.Fields(universe.New(h), "sched:sched_swich"); err == nil || err.Error() != `there is no hook "sched:sched_swich"; did you mean sched:sched_switch?` {
		t.Error(err)
	}
	if near := h.Near("raw_tp", "sched_swich"); near != "sched:sched_switch" {
		t.Errorf("near is %q", near)
	}
}
