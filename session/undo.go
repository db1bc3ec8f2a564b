package session

import (
	"errors"
	"slices"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/session/program"
)

// The errors of Undo and Redo when there is no step to go.
var (
	ErrNothingToUndo = errors.New("there is nothing to undo")
	ErrNothingToRedo = errors.New("there is nothing to redo")
)

// undoDepth is how many steps can be undone. The nearest of them are kept with what their cells were compiled to; of the others there are
// the texts, which are compiled again.
const (
	undoDepth     = 256
	compiledDepth = 8
)

// moment is what the session was told to run at one time: the cells, what of it is suspended, and which version each group has.
type moment struct {
	program  program.Program    // of a slim moment without its cells and its build
	slim     []source.Cell      // the cells of a slim moment
	maps     []*incremental.Map // of the build; nil if that is not known
	versions []standing
}

// slimmed is the moment without what can be made of its texts again.
func (m moment) slimmed() moment {
	if m.slim == nil {
		m.slim, m.program = m.program.Cells(), m.program.Bare()
	}
	return m
}

// whole is the program of the moment with its cells.
func (m moment) whole(now program.Program) program.Program { return m.program.Refilled(m.slim, now) }

// standing is a group and the version that it has.
type standing struct {
	group   string
	version int
}

// numbers are the versions by their groups.
func (m moment) numbers() map[string]int {
	numbers := make(map[string]int, len(m.versions))
	for _, v := range m.versions {
		numbers[v.group] = v.version
	}
	return numbers
}

// history is the moments before this one and those that were undone, the nearest last. It is guarded by Session.changing.
type history struct{ past, future []moment }

// now is this moment. The caller holds changing.
func (s *Session) now() moment {
	linked := s.linked()
	m := moment{program: s.program, versions: make([]standing, len(linked))}
	if b := s.program.Built; b != nil {
		m.maps = b.Maps
	}
	for i, p := range linked {
		m.versions[i] = standing{p.group, p.version}
	}
	return m
}

// add makes a moment that has ended one to go back to.
func (h *history) add(m moment) {
	h.past = pushed(h.past, m)
	if len(h.past) > undoDepth {
		h.past = slices.Delete(h.past, 0, 1)
	}
	h.future = nil
}

// pushed are the moments with one that is nearer than they are.
func pushed(moments []moment, m moment) []moment {
	if i := len(moments) - compiledDepth; i >= 0 {
		moments[i] = moments[i].slimmed()
	}
	return append(moments, m)
}

// Undo goes back to what ran before the last change of the cells: an Enter, Detach, Suspend, Resume or Revert, or the Drop of a
// declaration. Programs are swapped hot, as by Enter; probes that were detached are attached again, those that were new are detached.
// Maps are not taken back: what was counted stays counted. When something is refused nothing changes, and the Result says why.
func (s *Session) Undo() (Result, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.travel(&s.history.past, &s.history.future, ErrNothingToUndo)
}

// Redo does again what Undo has undone last, as long as nothing else has changed since.
func (s *Session) Redo() (Result, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.travel(&s.history.future, &s.history.past, ErrNothingToRedo)
}

// travel goes to the last moment of from and leaves this one in to.
func (s *Session) travel(from, to *[]moment, none error) (Result, error) {
	if s.stopped {
		return Result{}, ErrClosed
	}
	if len(*from) == 0 {
		return Result{}, none
	}
	here := s.now()
	m := (*from)[len(*from)-1]
	m.program = m.whole(s.program).Counting(s.program.Counted())
	var watch stopwatch
	build := m.program.Built
	if build == nil {
		build = m.program.Build(watch.stage)
	}
	if len(build.Diags) > 0 {
		return Result{Diags: build.Diags, Time: watch.stop()}, nil
	}
	r := s.turn(&change{s: s, program: m.program, build: build, versions: m.numbers()}, &watch)
	if r.OK() {
		*from = (*from)[:len(*from)-1]
		*to = pushed(*to, here)
	}
	return r, nil
}
