package session

import (
	"testing"

	"go3s/incremental/source"
	"go3s/session/sessiontest"
)

func TestLookSeesWhatTheSessionHas(t *testing.T) {
	kernel := sessiontest.NewKernel()
	s, err := Open(kernel, Options{})
	if err != nil {
		t.Fatal(err)
	}
	look := func(text string) (names []string) {
		sight := s.Look(text, len(text))
		for _, n := range sight.Members {
			names = append(names, n.Name+" "+n.Type)
		}
		return names
	}
	const typed = "sched:sched_switch { lat[comm]."
	if got := look(typed); len(got) < 2 {
		t.Errorf("of an unknown name there is %q", got)
	}
	if r := s.Enter(source.Cell{Name: "a", Text: "sched:sched_switch { lat[comm].hist(nsecs) }"}); !r.OK() {
		t.Fatal(r)
	}
	if got := look(typed); len(got) != 1 || got[0] != "hist (v int64)" {
		t.Errorf("of a histogram there is %q", got)
	}
	before := s.Cells()
	if got := look("sched:sched_switch { other[comm]++; ctx.prev_c"); len(got) == 0 || got[0] != "prev_comm string" {
		t.Errorf("of the context there is %q", got)
	}
	if after := s.Cells(); len(after) != len(before) {
		t.Errorf("looking has made cells: %v", after)
	}
	if got := s.Functions(); got != nil {
		t.Errorf("a kernel without BTF has the functions %v", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	kernel.Check(t)
}
