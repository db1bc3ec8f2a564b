package session

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"go3s/incremental/source"
	"go3s/session/program"
)

// Enter does not do again what was prepared, and comes to the same as without.
func TestEnterGoesOnFromWhatWasPrepared(t *testing.T) {
	cells := []source.Cell{
		{Name: "1", Text: "a := syscalls:sys_enter_read { m[pid]++; n++ }"},
		{Name: "2", Text: "a := syscalls:sys_enter_read { m[pid] += 2 }"},
		{Name: "3", Text: "a := syscalls:sys_enter_write { m[pid] += 2 }"},
		{Name: "4", Text: "b := syscalls:sys_exit_read, syscalls:sys_enter_read { lat[pid].hist(nsecs) }; end { n++ }"},
	}
	plain, _ := compiled(t)
	s, k := compiled(t)
	for _, cell := range cells {
		s.Prepare(cell)
		s.Prepare(cell) // which is nothing new
		k.Calls()
		got, want := s.Enter(cell), plain.Enter(cell)
		for _, stage := range got.Time {
			if stage.Name != "load" && stage.Name != "attach" {
				t.Errorf("%s: stage %s", cell.Text, stage.Name)
			}
		}
		if got.Ahead == 0 {
			t.Errorf("%s: it took no time", cell.Text)
		}
		got.Time, got.Ahead, want.Time = nil, 0, nil
		same(t, cell.Text, got, want)
		for _, call := range k.Calls() {
			if strings.HasPrefix(call, "CreateMap") || strings.HasPrefix(call, "Load") {
				t.Errorf("%s: %s", cell.Text, call)
			}
		}
		consistent(t, s, k)
	}
	same(t, "probes", describe(s), describe(plain))
	for range cells {
		got, err := s.Undo()
		want, _ := plain.Undo()
		got.Time, want.Time = nil, nil
		same(t, fmt.Sprint("undo ", err), got, want)
		consistent(t, s, k)
	}
}

// What is prepared can't be seen, but in the kernel, and leaves nothing when it is given up.
func TestWhatIsPreparedCannotBeSeen(t *testing.T) {
	s, k := compiled(t)
	s.Enter(source.Cell{Name: "1", Text: "a := syscalls:sys_enter_read { n++ }"})
	var told []Event
	defer s.Subscribe(func(e Event) { told = append(told, e) })()
	before, objects := []any{describe(s), s.Maps(), s.Cells(), s.Versions("a")}, k.Objects()
	s.Prepare(source.Cell{Name: "2", Text: "a := syscalls:sys_enter_read { n++; m[pid]++ }; b := syscalls:sys_enter_write { x++ }"})
	same(t, "session", []any{describe(s), s.Maps(), s.Cells(), s.Versions("a")}, before)
	same(t, "objects", k.Objects(), "5 maps, 3 programs, 1 links")
	s.Forget()
	same(t, "objects", k.Objects(), objects)
	s.events.Flush()
	for _, e := range told {
		if e.Kind == ChangedEvent || e.Kind == ErrorEvent {
			t.Errorf("told %+v", e)
		}
	}
}

// Nothing that was prepared outlives a change of what it was prepared for.
func TestAnyChangeGivesUpWhatWasPrepared(t *testing.T) {
	cell := source.Cell{Name: "9", Text: "b := syscalls:sys_enter_write { n++; names[comm]++ }"}
	for name, change := range map[string]func(*Session) error{
		"another text":    func(s *Session) error { return s.Enter(source.Cell{Name: "9", Text: cell.Text + " "}).Err },
		"another cell":    func(s *Session) error { return s.Enter(source.Cell{Name: "8", Text: cell.Text}).Err },
		"an expression":   func(s *Session) error { return s.Enter(source.Cell{Name: "9", Text: "1 + 2"}).Err },
		"another entered": func(s *Session) error { s.Prepare(source.Cell{Name: "9", Text: "no such {"}); return nil },
		"strlen":          func(s *Session) error { return s.Set("strlen", "32") },
		"mapsize":         func(s *Session) error { return s.Set("mapsize", "64") },
		"a directive": func(s *Session) error {
			return s.Enter(source.Cell{Name: "7", Text: program.Directive + "mapsize 64\n"}).Err
		},
		"suspend":     func(s *Session) error { return s.Suspend("a") },
		"detach":      func(s *Session) error { return s.Detach("a") },
		"clear":       func(s *Session) error { return s.Clear("n") },
		"count lines": func(s *Session) error { return s.CountLines("a", true) },
		"undo":        func(s *Session) error { _, err := s.Undo(); return err },
		"revert":      func(s *Session) error { _, err := s.Revert("a", 1); return err },
		"drop":        func(s *Session) error { return s.Drop("old") },
		"verify":      func(s *Session) error { return s.Verify(cell).Err },
		"stop":        func(s *Session) error { return s.Stop() },
		"forget":      func(s *Session) error { s.Forget(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, k := compiled(t)
			s.Enter(source.Cell{Name: "1", Text: "a := syscalls:sys_enter_read { n++; old++ }"})
			s.Enter(source.Cell{Name: "2", Text: "a := syscalls:sys_enter_read { n += 2 }"})
			s.Prepare(cell)
			if s.changing.ahead == nil {
				t.Fatal("nothing was prepared")
			}
			if err := change(s); err != nil {
				t.Fatal(err)
			}
			if s.changing.ahead != nil {
				t.Error("it is still there")
			}
			if s.stopped {
				return
			}
			consistent(t, s, k)
			if r := s.Enter(source.Cell{Name: "9", Text: cell.Text}); !r.OK() {
				t.Error(r.Diags, r.Err)
			}
			consistent(t, s, k)
		})
	}
}

// What may be looked at while a text is typed leaves what was prepared for it.
func TestLookingLeavesWhatWasPrepared(t *testing.T) {
	s, _ := compiled(t)
	s.Enter(source.Cell{Name: "1", Text: "a := syscalls:sys_enter_read { n++ }"})
	cell := source.Cell{Name: "2", Text: "b := syscalls:sys_enter_read { n++ }"}
	s.Prepare(cell)
	was := s.changing.ahead
	s.Look("sys", 3)
	s.Check(source.Cell{Name: "3", Text: "x++"})
	s.Cells()
	s.Declared()
	_, _ = s.Lines("a")
	_, _ = s.Fields("syscalls:sys_enter_read")
	_, _ = s.Read("n")
	if was == nil || s.changing.ahead != was {
		t.Error("it was given up")
	}
}

// Refusals are told by Enter, and what was refused leaves nothing.
func TestRefusalsAreToldByEnter(t *testing.T) {
	for _, c := range []struct {
		text, fail string
	}{
		{"a := syscalls:sys_enter_read { m[pid]++; undefined(3) }", ""},
		{"a := syscalls:sys_enter_read { m[pid]++; x++ }", "CreateMap"},
		{"a := syscalls:sys_enter_read { m[pid]++ }; b := syscalls:sys_enter_write { m[pid]++ }", "Load"},
		{"onload:nobody { n++ }", ""},
		{"1 + 2", ""},
		{program.Directive + "mapsize 64\na := syscalls:sys_enter_read { m[pid]++ }", ""},
	} {
		s, k := compiled(t)
		plain, _ := compiled(t)
		if c.fail != "" {
			k.Fail(c.fail, 2, errors.New("the test wants it"))
		}
		cell := source.Cell{Name: "1", Text: c.text}
		s.Prepare(cell)
		k.Heal()
		consistent(t, s, k)
		got, want := s.Enter(cell), plain.Enter(cell)
		got.Time, want.Time = nil, nil
		same(t, c.text, got, want)
		consistent(t, s, k)
	}
}

// Changes come between the plan and the loading of what is prepared, and one may take a map away that it needs. What they have freed is not
// freed again.
func TestChangesWhileProgramsAreLoadedAhead(t *testing.T) {
	for _, drop := range []bool{false, true} {
		s, k := compiled(t)
		enter(t, s, "1", "a := syscalls:sys_enter_read { n++ }")
		p := s.compileAhead(source.Cell{Name: "2", Text: "a := syscalls:sys_enter_read { n += 2 }"})
		enter(t, s, "3", "a := syscalls:sys_enter_read { m++ }")
		if drop {
			if err := s.Drop("n"); err != nil {
				t.Fatal(err)
			}
		}
		good := p.load()
		if good == drop {
			t.Errorf("loaded: %t", good)
		}
		p.finish(good)
		s.preparing.Done()
		consistent(t, s, k)
	}
}

// Maps that take much memory are made when the cell is entered.
func TestLargeMapsAreNotMadeAhead(t *testing.T) {
	s, k := compiled(t)
	cell := source.Cell{Name: "1", Text: "// @bpf_map(max_entries=1000000)\nvar m map[uint32]uint64\na := syscalls:sys_enter_read { m[pid]++ }"}
	s.Prepare(cell)
	same(t, "objects", k.Objects(), "0 maps, 0 programs, 0 links")
	if r := s.Enter(cell); !r.OK() || len(r.Time) == 0 || r.Time[0].Name == "parse" {
		t.Errorf("it is compiled again: %+v", r)
	}
	consistent(t, s, k)
}

// Texts are prepared while the session is changed and looked at, in all orders.
func TestPreparingBesideChanges(t *testing.T) {
	s, k := compiled(t)
	var typing sync.WaitGroup
	stop := make(chan struct{})
	typing.Go(func() {
		r := rand.New(rand.NewPCG(1, 2))
		for {
			select {
			case <-stop:
				return
			default:
				s.Prepare(randomCell(r))
			}
		}
	})
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		randomStep(t, r, s)
		s.Look("n", 1)
		runsWhatIsBuilt(t, s)
	}
	close(stop)
	typing.Wait()
	consistent(t, s, k)
}
