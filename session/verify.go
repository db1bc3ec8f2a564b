package session

import (
	"fmt"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/source"
)

// Verify compiles cells with all that was entered before and loads their programs, so that the kernel's verifier has seen all of them,
// but attaches and runs nothing: after it the session and the kernel are as before. The Result has no names of probes and maps.
func (s *Session) Verify(cells ...source.Cell) Result {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.stopped {
		return Result{Err: ErrClosed}
	}
	var watch stopwatch
	next := s.program
	c := &change{s: s, created: make(map[string]*liveMap)}
	defer func() { c.free(s.kernel.ReturnMap) }()
	var once []source.Cell
	for _, cell := range cells {
		if incremental.IsEvaluation(next.snapshot.parse(cell)) {
			once = append(once, cell)
			continue
		}
		next, _, c.build = next.enter(cell, watch.stage)
		if len(c.build.Diags) > 0 {
			return s.refused(c.build.Diags, &watch)
		}
	}
	var r Result
	if c.build != nil {
		c.program = next
		r = c.verify(&watch)
		for c.care(r, &watch) {
			r = c.verify(&watch)
		}
	}
	for _, cell := range once {
		if r.OK() {
			r = c.verifyOnce(next, cell, &watch)
		}
	}
	r.Time = watch.stop()
	return r
}

// verify creates the maps that a change needs and loads all its programs, changed or not.
func (c *change) verify(watch *stopwatch) Result {
	watch.stage("maps")
	c.news = c.compare()
	diag, err := c.createMaps()
	watch.stage("load")
	for _, p := range c.build.Probes {
		if diag != nil || err != nil {
			break
		}
		st := &step{probe: p, load: true, typ: c.s.programType(p)}
		if err = c.load(st); err != nil {
			diag, err = c.refused(p, err)
			break
		}
		c.steps = append(c.steps, st)
	}
	r := Result{Err: err}
	if diag != nil {
		r.Diags = []source.Diagnostic{*diag}
	}
	return r
}

// verifyOnce loads what an expression or statements compile to, and frees it.
func (c *change) verifyOnce(p program, cell source.Cell, watch *stopwatch) Result {
	e := p.snapshot.evaluate(cell, watch.stage)
	if len(e.Diags) > 0 || e.Program == nil {
		return Result{Diags: e.Diags}
	}
	o := &once{Session: c.s, evaluation: e, cell: cell, span: source.Span{Cell: cell.Name, End: len(cell.Text)}, watch: watch}
	watch.stage("maps")
	for _, m := range e.Maps {
		if c.created[m.Name] != nil {
			continue // the ring, which probes have too
		}
		id, err := c.s.kernel.CreateMap(attach.MapSpec{Name: m.Name, Kind: mapKinds[m.Kind].kind, Key: m.Key, Value: m.Value, Entries: m.Entries})
		if err != nil {
			return Result{Err: fmt.Errorf("verify: %w", err)}
		}
		live := &liveMap{Map: m, id: id}
		c.created[m.Name] = live
		c.maps = append(c.maps, live)
	}
	watch.stage("load")
	st := &step{probe: e.Program, load: true, typ: attach.RawTracepoint}
	if err := c.load(st); err != nil {
		err = o.refused(err)
		r := Result{Err: err}
		if o.diag != nil {
			r.Diags = []source.Diagnostic{*o.diag}
		}
		return r
	}
	c.steps = append(c.steps, st)
	return Result{}
}
