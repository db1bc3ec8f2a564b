package session

import (
	"fmt"
	"slices"
	"testing"

	"go3s/incremental"
	"go3s/incremental/source"
)

// found is what a change that enters a text finds to be news.
func found(s *Session, text string) string {
	next, _, build := s.program.Enter(source.Cell{Name: "found", Text: text}, func(string) {})
	c := &change{s: s, program: next, build: build}
	n := c.compare()
	name := func(p *incremental.Probe) string { return p.Name }
	var probes, old, maps []string
	for _, p := range n.Probes {
		probes = append(probes, name(p))
	}
	for _, p := range n.Old {
		old = append(old, name(p))
	}
	for _, m := range n.Maps {
		maps = append(maps, m.Name)
	}
	return fmt.Sprint("probes ", probes, " maps ", maps, " old ", old, " gone ", n.Gone, " all ", n.All)
}

func TestAnEnterLooksAtWhatIsNewOnly(t *testing.T) {
	s, _ := compiling(t)
	if got, want := found(s, "a := sched:sched_switch { a++ }"), "probes [a] maps [a a.stats] old [] gone [] all true"; got != want {
		t.Errorf("at first %s, want %s", got, want)
	}
	for i := range 20 {
		enter(t, s, fmt.Sprint("c", i), fmt.Sprintf("p%d := sched:sched_switch { n%d++ }", i, i))
	}
	for _, c := range []struct{ text, want string }{
		{"q := sched:sched_switch { o++ }", "probes [q] maps [o q.stats] old [] gone [] all false"},
		{"p7 := sched:sched_switch { n7 += 2 }", "probes [p7] maps [n7 p7.stats] old [p7] gone [] all false"},
		{"p7 := sched:sched_switch { n7 += 2; m[pid]++ }", "probes [p7] maps [n7 m p7.stats] old [p7] gone [] all false"},
		{"p7 := sched:sched_switch { n7++ }", "probes [p7] maps [n7 p7.stats] old [p7] gone [] all false"},
	} {
		if got := found(s, c.text); got != c.want {
			t.Errorf("%s is %s, want %s", c.text, got, c.want)
		}
	}
}

func TestWhatWasDetachedIsAttachedAgainThoughItsProgramIsTheSame(t *testing.T) {
	s, _ := compiling(t)
	a, b := "a := sched:sched_switch { n++ }", "b := sched:sched_wakeup { m++ }"
	for range 3 {
		enter(t, s, "a", a)
		enter(t, s, "b", b)
		if err := s.Detach("a"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Lines("b"); err != nil { // which compiles what is left
			t.Fatal(err)
		}
		enter(t, s, "c", "c := sched:sched_wakeup { o++ }")
		if err := s.Suspend("b"); err != nil {
			t.Fatal(err)
		}
		enter(t, s, "a", a)
		if err := s.Resume("b"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Undo(); err != nil { // the Resume
			t.Fatal(err)
		}
		if _, err := s.Redo(); err != nil {
			t.Fatal(err)
		}
		var states []string
		for _, p := range s.Probes() {
			states = append(states, p.Name+" "+p.State.String())
		}
		slices.Sort(states)
		if want := []string{"a attached", "b attached", "c attached"}; !slices.Equal(states, want) {
			t.Fatalf("the probes are %q, want %q", states, want)
		}
	}
}
