package session

import (
	"errors"
	"slices"

	"go3s/attach"
	"go3s/attach/verifier"
	"go3s/incremental"
	"go3s/session/program"
)

// turn makes a change, all of it or nothing. Where there are too many ways through a probe for the verifier, the probe is compiled once
// more, with care, and stays so. The caller holds changing.
func (s *Session) turn(c *change, watch *stopwatch) Result {
	first := s.try(c, watch)
	r := first
	for c.care(r, watch) {
		r = s.try(&change{s: s, program: c.program, build: c.build, versions: c.versions, entered: c.entered, quiet: c.quiet}, watch)
	}
	if !r.OK() {
		return first
	}
	return r
}

// care builds the change with care for the probe that the verifier gave up on, if that is why it has failed and was not done before.
func (c *change) care(r Result, watch *stopwatch) bool {
	refusal, ok := errors.AsType[*attach.VerifierError](r.Err)
	if !ok || !verifier.Parse(refusal.Log).GaveUp() {
		return false
	}
	i := slices.IndexFunc(c.build.Probes, func(p *incremental.Probe) bool { return p.Name == refusal.Program })
	if i < 0 {
		return false
	}
	next, ok := c.program.Caring(program.Group(c.build.Probes[i]))
	if !ok {
		return false
	}
	build := next.Build(watch.stage)
	if len(build.Diags) > 0 {
		return false
	}
	c.program, c.build = next, build
	return true
}
