package repl

import (
	"testing"

	"go3s/repl/line"
	"go3s/session"
	"go3s/session/sessiontest"
)

func TestTheUserHasTheLastWordOnColours(t *testing.T) {
	s, err := session.Open(sessiontest.NewKernel(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := New(s, &screen{device: &hand{paper: newPaper(t), height: 24}, colours: line.Colours{Error: "1"}}, Options{})
	for _, c := range []struct {
		value string
		want  line.Colours
	}{{"auto", line.Colours{Error: "1"}}, {"never", line.Colours{}}, {"always", line.Basic}} {
		if err := s.Set("colours", c.value); err != nil {
			t.Fatal(err)
		}
		if got := r.colours(); got != c.want {
			t.Errorf("colours %s gives %v, want %v", c.value, got, c.want)
		}
	}
}
