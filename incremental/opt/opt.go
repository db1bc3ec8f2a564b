// Package opt makes IR functions smaller and faster: a table of passes over the functions of a module.
//
// The passes keep what the kernel's verifier needs to see: a bounds check stays on the very value that is used as
// an index, a null test stays before the use of the pointer. Values of maps and ring records are written exactly as
// often as the program says; memory of maps is never assumed to hold what was read before. Helpers run as often as
// the program says, except those whose row in ir.Helpers allows less.
package opt

import (
	"fmt"
	"slices"

	"go3s/incremental/ir"
)

// Options says for what kernel and how a module is optimized.
type Options struct {
	ISA  int // instruction set v1 to v4, see universe.Features; 0 means 1
	CPUs int // possible CPUs; 0 means not known
	// Trace, where set, is called with each function before the first pass, under the name "start", and after each
	// pass that runs.
	Trace func(pass string, f *ir.Func)
	// Verify checks every function after every pass; the first fault ends Run with an error that names the pass.
	Verify bool
}

// Run optimizes every function of the module in place, and takes out those that nothing calls any more. Without
// Options.Verify it returns no error; a panic within a pass goes on as a *Fault that names the pass.
func Run(m *ir.Module, o Options) error {
	s := states.Get()
	s.Options, s.m = o, m
	defer s.release()
	if o.Verify {
		if err := ir.Verify(m); err != nil {
			return fmt.Errorf("before the first pass: %w", err)
		}
	}
	for _, f := range m.Funcs {
		if o.Trace != nil {
			o.Trace("start", f)
		}
		s.enter()
		if err := s.runAll(f, passes); err != nil {
			return err
		}
	}
	removeUncalled(m)
	return nil
}

// runAll runs passes over a function. A panic goes on as a *Fault.
func (s *state) runAll(f *ir.Func, passes []pass) error {
	var p *pass
	s.changed = s.changed[:0]
	defer func() {
		if cause := recover(); cause != nil {
			panic(&Fault{Pass: p.name, Func: f.Name, Cause: cause})
		}
	}()
	for i := range passes {
		p = &passes[i]
		s.changed = append(s.changed, false)
		if len(p.since) > 0 && !slices.ContainsFunc(causes[i], func(j int) bool { return s.changed[j] }) {
			continue
		}
		s.changed[i] = s.runPass(p, f)
		if s.Trace != nil {
			s.Trace(p.name, f)
		}
		if s.Verify {
			if err := s.verify(f); err != nil {
				return fmt.Errorf("after pass %s: %w", p.name, err)
			}
		}
	}
	return nil
}

// Fault is a panic within a pass: a bug of the compiler.
type Fault struct {
	Pass, Func string
	Cause      any
}

// Error says which pass failed on which function.
func (e *Fault) Error() string {
	return fmt.Sprintf("pass %s on %s: %v", e.Pass, e.Func, e.Cause)
}

// runPass reports whether the pass has changed the function.
func (s *state) runPass(p *pass, f *ir.Func) bool {
	changed := p.run(s, f)
	if changed {
		s.usesKnown, s.slotsKnown, s.replaced = false, false, true
	}
	return changed
}
