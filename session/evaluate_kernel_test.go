package session_test

import (
	"fmt"
	"os"
	"testing"

	"go3s/incremental/source"
	"go3s/session"
)

// evaluated is what an expression comes to.
func evaluated(t *testing.T, s *session.Session, text string) string {
	t.Helper()
	r := s.Enter(source.Cell{Name: "expression", Text: text})
	if !r.OK() {
		for _, d := range r.Diags {
			t.Error(source.Render(d, text))
		}
		t.Fatalf("%s: %v", text, r.Err)
	}
	if r.Value == nil {
		return ""
	}
	return r.Value.Text
}

// TestExpressionsSumOverTheCPUs needs root.
func TestExpressionsSumOverTheCPUs(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, fmt.Sprintf("p := syscalls:sys_enter_getppid @pid == %d { n++; by[pid]++; small[uint8(1)] += uint16(3) }", os.Getpid()))
	const calls = 50_000
	call(calls)
	pid := os.Getpid()
	for _, c := range []struct{ text, want string }{
		{"n", "100000"},
		{"n - 1", "99999"},
		{fmt.Sprintf("by[%d]", pid), "100000"},
		{"by[pid] + n", "200000"},
		{"by[0]", "0"},
		{"v, ok := by[pid]; v == n && ok", "true"},
		{"_, ok := by[0]; ok", "false"},
		{"by[pid] = 5", ""},
		{"by[pid]", "5"},
		{"by[pid] += 2", ""},
		{"by[pid] + 0", "7"},
		{"delete(by, pid)", ""},
		{"by[pid] + 0", "0"},
		{"n = 3", ""},
		{"n + 0", "3"},
		{"n--", ""},
		{"n", "2"},
	} {
		if got := evaluated(t, s, c.text); got != c.want {
			t.Errorf("%s is %q, want %q", c.text, got, c.want)
		}
	}
	call(10)
	if got := evaluated(t, s, "n"); got != "22" {
		t.Errorf("after further calls n is %s", got)
	}
}

// TestExpressionsLeaveNothing needs root.
func TestExpressionsLeaveNothing(t *testing.T) {
	s := onKernel(t, session.Options{})
	for range 50 {
		if got := evaluated(t, s, "len(comm) > 0"); got != "true" {
			t.Fatal(got)
		}
		evaluated(t, s, `print("x")`)
	}
	if cells, maps, probes := s.Cells(), s.Maps(), s.Probes(); len(cells) > 0 || len(maps) > 0 || len(probes) > 0 {
		t.Errorf("cells %v, maps %v, probes %v", cells, maps, probes)
	}
	if _, next := s.Log().Len(); next != 50 {
		t.Errorf("%d of 50 records have come by the time that the last expression has its value", next)
	}
}

// TestExpressionsReadMapsThatNoProbeHasAnyMore needs root.
func TestExpressionsReadMapsThatNoProbeHasAnyMore(t *testing.T) {
	s := onKernel(t, session.Options{})
	pid := os.Getpid()
	enter(t, s, fmt.Sprintf("p := syscalls:sys_enter_getppid @pid == %d { n++; by[comm]++; old[pid]++ }", pid))
	call(10)
	enter(t, s, fmt.Sprintf("p := syscalls:sys_enter_getppid @pid == %d { old[tid] = 3 }", pid))
	if err := s.Detach("p"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"n + 1", "21"}, {"by[comm]", "20"}, {"by[comm] + n", "40"}, {fmt.Sprintf("old[%d]", pid), "20"}, {"n = 5", ""}, {"n", "5"},
	} {
		if got := evaluated(t, s, c.text); got != c.want {
			t.Errorf("%s is %q, want %q", c.text, got, c.want)
		}
	}
	if err := s.Drop("n"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"n + 1", "nowhere"} {
		if r := s.Enter(source.Cell{Name: "expression", Text: text}); len(r.Diags) != 1 || r.Diags[0].Code != source.UndefinedName {
			t.Errorf("%s: %v %v", text, r.Diags, r.Err)
		}
	}
}
