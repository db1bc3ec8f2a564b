package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go3s/incremental/source"
)

// do is one step of a life.
type do func(s *Session) error

func enters(text string) do {
	return func(s *Session) error {
		r := s.Enter(source.Cell{Name: "1", Text: text})
		return errors.Join(r.Err, diagnosed(r))
	}
}

func diagnosed(r Result) error {
	if len(r.Diags) == 0 {
		return nil
	}
	return errors.New(string(r.Diags[0].Code))
}

func undone(s *Session) error { r, err := s.Undo(); return errors.Join(err, r.Err, diagnosed(r)) }

func redone(s *Session) error { r, err := s.Redo(); return errors.Join(err, r.Err, diagnosed(r)) }

func suspends(s *Session) error { return s.Suspend("p") }

func resumes(s *Session) error { return s.Resume("p") }

func detaches(s *Session) error { return s.Detach("p") }

func reverts(n int) do {
	return func(s *Session) error {
		r, err := s.Revert("p", n)
		return errors.Join(err, r.Err, diagnosed(r))
	}
}

const (
	first  = `p := syscalls:sys_enter_read { n++ }`
	second = `p := syscalls:sys_enter_read { n += 2 }`
	moved  = `p := syscalls:sys_exit_read { n++ }`
)

// Each edge of the state machine, by what a user does.
func TestStatesFollowEachOther(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []do
		want  string // the state, the version, what is in the slot
	}{
		{"entered", []do{enters(first)}, "attached v1 n++"},
		{"edited", []do{enters(first), enters(second)}, "attached v2 n += 2"},
		{"moved", []do{enters(first), enters(moved)}, "attached v2 n++"},
		{"suspended", []do{enters(first), suspends}, "suspended v1 nothing"},
		{"suspended twice", []do{enters(first), suspends, suspends}, "suspended v1 nothing"},
		{"resumed", []do{enters(first), suspends, resumes}, "attached v1 n++"},
		{"edited while suspended", []do{enters(first), suspends, enters(second)}, "suspended v2 nothing"},
		{"edited while suspended, resumed", []do{enters(first), suspends, enters(second), resumes}, "attached v2 n += 2"},
		{"moved while suspended", []do{enters(first), suspends, enters(moved)}, "suspended v2 nothing"},
		{"moved while suspended, resumed", []do{enters(first), suspends, enters(moved), resumes}, "attached v2 n++"},
		{"detached", []do{enters(first), detaches}, "gone v1 nothing"},
		{"detached while suspended", []do{enters(first), suspends, detaches}, "gone v1 nothing"},
		{"entered again", []do{enters(first), detaches, enters(first)}, "attached v2 n++"},
		{"entered again after a suspension", []do{enters(first), suspends, detaches, enters(second)}, "attached v2 n += 2"},
		{"an edit undone", []do{enters(first), enters(second), undone}, "attached v1 n++"},
		{"an edit redone", []do{enters(first), enters(second), undone, redone}, "attached v2 n += 2"},
		{"an edit after an undo", []do{enters(first), enters(second), undone, enters(`p := syscalls:sys_enter_read { n += 3 }`)}, "attached v3 n += 3"},
		{"an entry undone", []do{enters(first), undone}, "gone v1 nothing"},
		{"an entry redone", []do{enters(first), undone, redone}, "attached v1 n++"},
		{"a detach undone", []do{enters(first), enters(second), detaches, undone}, "attached v2 n += 2"},
		{"a detach of what was suspended undone", []do{enters(first), suspends, detaches, undone}, "suspended v1 nothing"},
		{"a suspension undone", []do{enters(first), suspends, undone}, "attached v1 n++"},
		{"a resumption undone", []do{enters(first), suspends, resumes, undone}, "suspended v1 nothing"},
		{"reverted", []do{enters(first), enters(second), reverts(1)}, "attached v1 n++"},
		{"reverted, undone", []do{enters(first), enters(second), reverts(1), undone}, "attached v2 n += 2"},
		{"reverted when it was gone", []do{enters(first), enters(second), detaches, reverts(1)}, "attached v1 n++"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, k := compiled(t)
			for i, step := range c.steps {
				if err := step(s); err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
				consistent(t, s, k)
			}
			p := s.Probes()[0]
			runs := "nothing"
			if k.Running("p") != nil {
				runs = strings.TrimSpace(p.Source[strings.Index(p.Source, "{")+1 : len(p.Source)-1])
			}
			same(t, "life", fmt.Sprintf("%s v%d %s", p.State, p.Version, runs), c.want)
		})
	}
}

func TestStatesThatDoNotFollow(t *testing.T) {
	s, _ := compiled(t)
	for _, c := range []struct {
		step do
		want string
	}{
		{undone, "there is nothing to undo"},
		{redone, "there is nothing to redo"},
		{suspends, `there is no probe "p"`},
		{reverts(1), `revert: there is no probe "p"`},
		{enters(first), "<nil>"},
		{reverts(2), "revert: p has versions 1 to 1, not 2"},
		{func(s *Session) error { return s.Drop("n") }, "drop n: p still uses it"},
		{detaches, "<nil>"},
		{resumes, `there is no probe "p"`},
		{func(s *Session) error { return s.Drop("n") }, "<nil>"},
		{func(s *Session) error { return s.Drop("n") }, `drop n: there is no map "n"`},
	} {
		same(t, "error", fmt.Sprint(c.step(s)), c.want)
	}
	defer func() {
		same(t, "a step that is not in the table", fmt.Sprint(recover()), "session: probe p cannot go from gone to suspended")
	}()
	(&probe{name: "p", state: Gone}).to(Suspended, nil)
}

func TestVersionsKeepEachText(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "1", first)
	enter(t, s, "2", second)
	if _, err := s.Undo(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range s.Versions("p") {
		got = append(got, fmt.Sprint(v.N, " ", v.Source, " ", v.Current, " ", v.Entered.IsZero()))
	}
	same(t, "versions", got, []string{"1 " + first + " true false", "2 " + second + " false false"})
	same(t, "versions of nothing", s.Versions("q"), []Version(nil))
}

// TestUndoGoesBackFurtherThanIsKeptCompiled goes back and forth over more steps than are kept with what they were compiled to.
func TestUndoGoesBackFurtherThanIsKeptCompiled(t *testing.T) {
	s, k := compiled(t)
	var want []string
	now := func() string {
		var texts []string
		for _, c := range s.program.Cells() {
			texts = append(texts, c.Name+" "+strings.TrimSpace(c.Text))
		}
		for _, group := range []string{"sys_enter_openat", "reads", "p0", "p1", "p2", "p3", "p4"} {
			own, _ := s.program.Passages(group)
			texts = append(texts, fmt.Sprintf("%s in %d cells", group, len(own)))
		}
		return fmt.Sprint(texts, k.Links())
	}
	enter(t, s, "f.go3s", opens+"\n"+reads+"\nconst one = 1")
	for i := range 3 * compiledDepth {
		want = append(want, now())
		enter(t, s, fmt.Sprint(i), fmt.Sprintf("p%d := syscalls:sys_enter_write { n += %d*one }", i%5, i+1))
		if i%4 == 0 {
			want = append(want, now())
			enter(t, s, "again", fmt.Sprintf("%s // %d", reads, i))
		}
	}
	want = append(want, now())
	steps := len(want) - 1
	kept := 0
	for _, m := range s.history.past {
		if m.program.Built != nil {
			kept++
		}
	}
	same(t, "moments with what they were compiled to", kept, compiledDepth)
	for i := steps - 1; i >= 0; i-- {
		if err := undone(s); err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprint("undone to ", i), now(), want[i])
	}
	for i := range steps {
		if err := redone(s); err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprint("redone to ", i+1), now(), want[i+1])
	}
}

func TestAFileThatIsEnteredAgainLosesWhatItsTextHasLost(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "f.go3s", opens+"\n"+reads)
	enter(t, s, "1", `w := syscalls:sys_enter_write { n++ }`)
	r := s.Enter(source.Cell{Name: "f.go3s", Text: opens})
	same(t, "detached", r.Detached, []string{"reads"})
	same(t, "kept", r.Kept, []string{"sys_enter_openat"})
	same(t, "links", k.Links(), []string{"sys_enter_openat syscalls:sys_enter_openat", "w syscalls:sys_enter_write"})
	if _, err := s.Undo(); err != nil {
		t.Fatal(err)
	}
	same(t, "links when it was undone", len(k.Links()), 3)
}

func TestStopTellsHowManyProbesItWaitsFor(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "1", opens)
	enter(t, s, "2", reads)
	k.HoldDetach()
	var left []int
	err := s.StopWith(func(n int) {
		left = append(left, n)
		if n == 2 {
			k.ReleaseDetach()
		}
	})
	same(t, "error", err, error(nil))
	same(t, "first and last count", []int{left[0], left[len(left)-1]}, []int{2, 0})
}

func TestASuspensionThatFailsChangesNothing(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "1", `a := syscalls:sys_enter_read { n++ }; b := syscalls:sys_enter_write { n++ }`)
	k.Fail("Empty", 2, errors.New("no"))
	same(t, "error", fmt.Sprint(s.Suspend("a", "b")), "suspend b: no")
	same(t, "probes", describe(s), []string{"a attached v1", "b attached v1"})
	consistent(t, s, k)
}
