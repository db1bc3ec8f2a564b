package session_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go3s/incremental/source"
	"go3s/session"
)

// sums are the rows of a map by their keys.
func sums(t *testing.T, s *session.Session, name string) map[string]uint64 {
	t.Helper()
	table, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]uint64)
	for _, r := range table.Rows {
		out[fmt.Sprint(r.Key)], _ = r.Total.(uint64)
	}
	return out
}

// TestRawTracepointsCountAsTracepointsDo has one session with raw tracepoints and one without at the same events. Those of switches are
// counted by the process that goes, which is stopped at both ends, so that neither session has one more.
func TestRawTracepointsCountAsTracepointsDo(t *testing.T) {
	texts := []string{
		"fork := sched:sched_process_fork @pid == %d { forks[comm]++ }",
		"calls := raw_syscalls:sys_enter, raw_syscalls:sys_exit @pid == %d { calls[comm]++; threads[tid]++; by[probe]++ }",
		"switches := sched:sched_switch @pid == %d { switched[comm]++ }",
		"rated := raw_syscalls:sys_enter @rate(1000000) @pid == %d { rate++ }",
		"fields := sched:sched_process_fork @pid == %d && ctx.parent_pid == int32(pid) { children++ }",
	}
	child := exec.Command("/bin/sh", "-c", "read go; for i in 1 2 3 4 5; do /bin/true; (exit 1); done; read end")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	quiet(t, child.Process.Pid)
	sessions := map[bool]*session.Session{false: onKernel(t, session.Options{}), true: onKernel(t, session.Options{Final: true})}
	for _, s := range sessions {
		for _, text := range texts {
			enter(t, s, fmt.Sprintf(text, child.Process.Pid))
		}
	}
	want := map[string]int{"sched_process_fork": 1, "sys_enter": 2, "sys_exit": 1, "sched_switch": 1}
	if got := rawLinks(t); !maps.Equal(got, want) {
		t.Errorf("programs hang on the raw tracepoints %v, want %v", got, want)
	}
	fmt.Fprintln(in, "go")
	for range 1000 { // until it waits for the end
		if sums(t, sessions[false], "forks")["[sh]"] == 10 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	quiet(t, child.Process.Pid)
	for _, name := range []string{"forks", "calls", "threads", "by", "switched", "rate", "children"} {
		plain, raw := sums(t, sessions[false], name), sums(t, sessions[true], name)
		if !maps.Equal(plain, raw) || len(plain) == 0 {
			t.Errorf("%s: raw tracepoints count %v, tracepoints %v", name, raw, plain)
		}
	}
	for final, s := range sessions {
		hooks := ""
		for _, p := range s.Probes() {
			hooks += p.Hook.String() + " "
			if p.Stats.Missed != 0 {
				t.Errorf("final %v: %s has missed %d events", final, p.Name, p.Stats.Missed)
			}
		}
		if want := "sched:sched_process_fork raw_syscalls:sys_enter raw_syscalls:sys_exit sched:sched_switch raw_syscalls:sys_enter "; hooks[:len(want)] != want {
			t.Errorf("final %v: the hooks are %s", final, hooks)
		}
	}
	fmt.Fprintln(in, "end")
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
	for _, s := range sessions {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
}

// rawLinks are the raw tracepoints that programs of this process hang on, and how many do.
func rawLinks(t *testing.T) map[string]int {
	t.Helper()
	infos, err := filepath.Glob("/proc/self/fdinfo/*")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]int)
	for _, name := range infos {
		text, _ := os.ReadFile(name) // one that is gone by now is none
		if _, after, ok := strings.Cut(string(text), "tp_name:"); ok && strings.Contains(string(text), "raw_tracepoint") {
			out[strings.Fields(after)[0]]++
		}
	}
	return out
}

// quiet waits until a process sleeps and has done nothing for a while.
func quiet(t *testing.T, pid int) {
	t.Helper()
	last := ""
	for same := 0; same < 3; {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		same++
		if string(text) != last {
			last, same = string(text), 0
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// An event that a user has defined has nothing to do with the raw tracepoint of its name.
func TestDefinedEventsAreNotTakenForRawTracepoints(t *testing.T) {
	const defined = "/sys/kernel/tracing/dynamic_events"
	f, err := os.OpenFile(defined, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("p:go3stest/sched_switch /bin/sh:0x1000\n"); err != nil {
		t.Fatal(err)
	}
	// The kernel lets no program of a tracepoint to such an event; that is no other here.
	s := onKernel(t, session.Options{Final: true})
	r := s.Enter(source.Cell{Name: "-e", Text: "p := go3stest:sched_switch { n++ }"})
	if got := rawLinks(t); r.OK() || len(got) != 0 {
		t.Errorf("it is attached to, by way of the raw tracepoints %v", got)
	}
	if _, err := f.WriteString("-:go3stest/sched_switch\n"); err != nil {
		t.Error(err)
	}
}
