package session

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session/blame"
	"go3s/session/printed"
	"go3s/session/program"
)

// Enter compiles cell with all that was entered before, loads what changed and attaches or swaps it: all of it, or nothing. A cell that is
// an expression or statements runs once instead, and leaves nothing but what it does to maps.
//
// Everything is loaded before anything is attached. New probes are attached before old ones are swapped, because attaching fails more
// often. When a step fails, what the earlier ones did is taken back before Enter returns; a probe attached by then has run and may
// have counted into maps that stay.
//
// A file that is entered again takes the place of what it was: probes that its text has lost are detached. So it is with every cell whose
// name has an extension, as f.go3s has.
func (s *Session) Enter(cell source.Cell) Result {
	s.changing.Look()
	defer s.changing.Unlock()
	return s.enter(cell, nil, s.changing.take(cell))
}

// enter is Enter; groups in versions get that version instead of a new one, and what was prepared for the cell, if anything was, is used.
// The caller holds changing.
func (s *Session) enter(cell source.Cell, versions map[string]int, ahead *prepared) Result {
	if s.stopped {
		return Result{Err: ErrClosed}
	}
	undo, diags := s.heed(cell)
	if len(diags) > 0 {
		return Result{Diags: diags}
	}
	r := s.enterTuned(cell, versions, ahead)
	if !r.OK() {
		undo()
	}
	return r
}

// enterTuned is enter with the settings as they are.
func (s *Session) enterTuned(cell source.Cell, versions map[string]int, ahead *prepared) Result {
	s.program = s.tuned(s.program)
	var watch stopwatch
	if ahead != nil {
		watch.stage("load") // which may be under way
	}
	c, took := ahead.wait()
	if c == nil && program.IsEvaluation(cell) {
		return s.evaluate(cell, &watch)
	}
	s.exited.Store(false)
	if c == nil {
		next, entered, build := s.program.Enter(cell, watch.stage)
		if len(build.Diags) > 0 {
			return s.refused(build.Diags, &watch)
		}
		c = &change{s: s, program: next, build: build, versions: versions, entered: entered}
	}
	before, past := s.program, s.now()
	r := s.turn(c, &watch)
	r.Ahead = took
	if r.OK() && !program.SameText(before, c.program) {
		s.history.add(past)
	}
	return r
}

// Refused is the outcome of what the compiler refuses: its diagnostics, or the error of the kernel if the compiler could not ask it.
func (s *Session) Refused(diags []source.Diagnostic) Result {
	if err := s.host.Unanswered(); err != nil {
		return Result{Err: err}
	}
	return Result{Diags: diags}
}

// refused is Refused with the time that it took.
func (s *Session) refused(diags []source.Diagnostic, watch *stopwatch) Result {
	r := s.Refused(diags)
	r.Time = watch.stop()
	return r
}

// try makes a change, all of it or nothing. The caller holds changing.
func (s *Session) try(c *change, watch *stopwatch) Result {
	if diag, err := c.apply(watch); diag != nil || err != nil {
		c.undo()
		r := Result{Err: err, Time: watch.stop()}
		if diag != nil {
			r.Diags = []source.Diagnostic{*diag}
		}
		return r
	}
	s.program = c.program
	s.program.Built, s.loaded = c.build, c.build
	c.sampleCreated()
	c.retire()
	r := c.result()
	r.Time = watch.stop()
	return r
}

// change is a change of what runs, under way: what it has made in the kernel so far.
type change struct {
	s        *Session
	program  program.Program
	build    *incremental.Build
	versions map[string]int // the versions that groups get, those that are known before
	entered  string         // the name of the cell that was entered; empty for other changes
	quiet    bool           // it is not the user's: nobody is told

	news    program.News // set by plan
	ready   bool         // its maps are made and its programs loaded
	created map[string]*liveMap
	maps    []*liveMap // created, in order
	steps   []*step
	moves   []*moving  // maps whose contents go to a created one
	dropped []*liveMap // whose place a created one has taken
	leaving []*probe   // whose slots were emptied because they are not to be there any more
	gone    []string   // the groups that were detached
}

// step is what happens to one probe.
type step struct {
	probe *incremental.Probe
	old   *probe // nil: the probe is new
	was   State  // of old
	idle  bool   // it is to be suspended
	load  bool   // its program is another one
	move  bool   // old is attached to another hook
	typ   attach.ProgramType

	program attach.ProgramID // that it is to have: old's, or the one that was loaded, 0 before that
	tag     string           // of program
	link    attach.LinkID    // the new link, if any
	set     bool             // old's slot was changed

	oldProgram attach.ProgramID // what old had; set by commit
	oldLink    attach.LinkID
}

// apply makes the change. A failure is returned as a diagnostic where it has a place in the user's text, and as an error.
func (c *change) apply(watch *stopwatch) (*source.Diagnostic, error) {
	if !c.ready {
		if diag, err := c.make(watch); diag != nil || err != nil {
			return diag, err
		}
	}
	watch.stage("attach")
	for _, m := range c.moves {
		if err := m.copy(); err != nil {
			return nil, err
		}
	}
	return c.switchOver()
}

// make makes the maps and loads the programs.
func (c *change) make(watch *stopwatch) (*source.Diagnostic, error) {
	c.created = make(map[string]*liveMap)
	c.news = c.compare()
	c.expect()
	if diag, err := c.plan(watch.stage); diag != nil || err != nil {
		return diag, err
	}
	watch.stage("load")
	for _, st := range c.steps {
		if !st.load {
			continue
		}
		if err := c.load(st); err != nil {
			return blame.Load(st.probe, c.program.Hook(st.probe), err), err
		}
	}
	return nil, nil
}

// plan makes the maps and decides what is to be loaded.
func (c *change) plan(stage func(string)) (*source.Diagnostic, error) {
	stage("maps")
	if diag, err := c.createMaps(); diag != nil || err != nil {
		return diag, err
	}
	c.decide()
	return c.ownerless(), nil
}

// switchOver attaches and swaps the loaded programs and, when all of it worked, makes the change the session's state. Programs that run
// when probes are loaded do so before the first event of a new probe.
func (c *change) switchOver() (*source.Diagnostic, error) {
	c.s.gate.Lock()
	defer c.s.gate.Unlock()
	for _, st := range c.steps {
		for _, schema := range st.probe.Schemas {
			c.s.forms[schema.ID] = printed.New(schema)
		}
	}
	starts := slices.ContainsFunc(c.steps, (*step).starts)
	for _, do := range []func(*step) error{
		func(st *step) error { return c.attach(st, starts) },
		c.start,
		func(st *step) error { return c.fill(st, starts) },
	} {
		for _, st := range c.steps {
			if err := do(st); err != nil {
				return blame.Attach(st.probe, c.program.Hook(st.probe), c.s.meant(st.probe.Hook, err), err), err
			}
		}
	}
	if err := c.catchUp(); err != nil {
		return nil, err
	}
	c.commit()
	return nil, nil
}

// meant asks whether another hook was meant than one that is not there; empty if none is near.
func (s *Session) meant(hook incremental.Hook, err error) string {
	if !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	name := hook.Name
	if hook.Category != "" {
		name = hook.Category + ":" + name
	}
	if near := s.host.Near(hook.Kind, name); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// decide finds out which probes are new or changed.
func (c *change) decide() {
	probes := c.news.Probes
	if len(c.moves) > 0 {
		probes = c.build.Probes // the others may use what takes the place of a map
	}
	types := make([]attach.ProgramType, len(probes))
	for i, p := range probes {
		types[i] = c.s.programType(p)
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for i, p := range probes {
		st := &step{probe: p, old: c.s.named(p.Name), idle: slices.Contains(c.program.Suspended, program.Group(p)), typ: types[i]}
		if st.old == nil || !st.old.state.Linked() {
			st.old, st.load = nil, true
			c.steps = append(c.steps, st)
			continue
		}
		st.was = st.old.state
		st.move = st.old.hook != p.Hook || st.old.typ != st.typ
		st.load = st.move || st.old.hash != p.Hash || slices.ContainsFunc(p.Maps, func(name string) bool { return c.created[name] != nil })
		if !st.load {
			st.program, st.tag = st.old.program, st.old.tag
		}
		if st.load || st.idle != (st.was == Suspended) {
			c.steps = append(c.steps, st)
		}
	}
}

// createMaps creates the maps that are not there yet, and those that take the place of one of another shape.
func (c *change) createMaps() (*source.Diagnostic, error) {
	for _, m := range c.news.Maps {
		c.s.mu.Lock()
		old := c.s.live(m.Name)
		c.s.mu.Unlock()
		if old != nil && old.Map == m {
			continue
		}
		m = c.s.sized(m)
		if old != nil && (m.Kind == ir.Ring || sameShape(old.Map, m)) {
			continue
		}
		if diag, err := c.noRoom(m); diag != nil || err != nil {
			return diag, err
		}
		id, err := c.s.kernel.CreateMap(spec(m))
		if err != nil {
			return blame.Map(m, err), err
		}
		created := &liveMap{Map: m, id: id, resolve: c.s.resolver()}
		c.created[m.Name] = created
		c.maps = append(c.maps, created)
		if old != nil {
			c.moves = append(c.moves, c.moving(old, created))
		}
	}
	return nil, nil
}

// sameShape reports whether a map can be used as another without touching its contents. Names of types don't matter.
func sameShape(a, b *incremental.Map) bool {
	return a.Map == b.Map && a.Aggregate == b.Aggregate && sameLayout(a.KeyType, b.KeyType) && sameLayout(a.ValueType, b.ValueType)
}

func sameLayout(a, b *layout.Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.As == b.As && a.Size == b.Size && a.Len == b.Len && sameLayout(a.Elem, b.Elem) &&
		slices.EqualFunc(a.Fields, b.Fields, func(a, b layout.Field) bool {
			return a.Name == b.Name && a.Offset == b.Offset && sameLayout(a.Type, b.Type)
		})
}

func (c *change) load(st *step) error {
	spec := attach.ProgramSpec{
		Name:  st.probe.Name,
		Type:  st.typ,
		Insns: st.probe.Insns,
		Maps:  make(map[string]attach.MapID, len(st.probe.Maps)),
	}
	switch st.probe.Kind {
	case ir.TPBTF, ir.FEntry, ir.FExit:
		spec.Target = st.probe.Hook.Name
	}
	for _, name := range st.probe.Maps {
		m := c.created[name]
		if m == nil {
			c.s.mu.Lock()
			m = c.s.live(name)
			c.s.mu.Unlock()
		}
		if m == nil {
			return fmt.Errorf("load %s: it refers to a map %s that was not built", st.probe.Name, name)
		}
		spec.Maps[name] = m.id
	}
	id, err := c.s.kernel.Load(spec)
	st.program = id
	if err == nil {
		st.tag = c.s.kernel.Tag(id)
	}
	return err
}

// attach attaches a new probe, or one that moves to another hook; with an empty slot if it is to be suspended or is to wait.
func (c *change) attach(st *step, wait bool) error {
	if st.old != nil && !st.move {
		return nil
	}
	hook := c.hook(st.probe, st.typ)
	hook.Idle = st.idle || wait
	return c.attachAs(hook, st)
}

// fill puts into the slot of a probe what belongs there. That of a new probe is full already if it did not have to wait.
func (c *change) fill(st *step, waited bool) error {
	k := c.s.kernel
	if st.link != 0 {
		if !st.idle && waited {
			if err := k.Swap(st.link, st.program); err != nil {
				return err
			}
		}
		if !st.move || st.was == Suspended {
			return nil
		}
		err := k.Empty(st.old.link)
		st.set = err == nil
		return err
	}
	var err error
	switch {
	case !st.idle:
		err = k.Swap(st.old.link, st.program)
	case st.was == Suspended:
		return nil
	default:
		err = k.Empty(st.old.link)
	}
	st.set = err == nil
	return err
}

// undo takes back what apply did.
func (c *change) undo() {
	k := c.s.kernel
	var detached []<-chan error
	for _, st := range c.steps {
		if st.link != 0 {
			detached = append(detached, k.Detach(st.link))
		}
	}
	var errs []error
	for _, st := range c.steps {
		if !st.set {
			continue
		}
		if err := c.s.slot(st.old, st.was); err != nil {
			// The new program stays in the slot, so it must not be freed.
			errs = append(errs, fmt.Errorf("put the old %s back: %w", st.probe.Name, err))
			st.program = 0
		}
	}
	for _, p := range c.leaving {
		errs = append(errs, c.s.slot(p, p.state))
	}
	for _, gone := range detached {
		errs = append(errs, <-gone)
	}
	errs = append(errs, c.moveBack())
	c.s.told(errors.Join(errs...))
	c.free(k.FreeMap)
}
