// Package opt makes IR functions smaller and faster: a table of passes over the functions of a module.
//
// The passes keep what the kernel's verifier needs to see: a bounds check stays on the very value that is used as
// an index, a null test stays before the use of the pointer. Values of maps and ring records are written exactly as
// often as the program says; memory of maps is never assumed to hold what was read before. Helpers run as often as
// the program says, except those whose row in ir.Helpers allows less.
package opt

import (
	"fmt"
	"sync"

	"go3s/incremental/ir"
)

// Options says for what kernel and how a module is optimized.
type Options struct {
	ISA  int // instruction set v1 to v4, see universe.Features; 0 means 1
	CPUs int // possible CPUs; 0 means not known
	// Trace, where set, is called with each function before the first pass, under the name "start", and after each
	// pass.
	Trace func(pass string, f *ir.Func)
	// Verify checks every function after every pass; the first fault ends Run with an error that names the pass.
	Verify bool
}

// Run optimizes every function of the module in place, and takes out those that nothing calls any more. Without
// Options.Verify it returns no error; a panic within a pass goes on as a *Fault that names the pass.
func Run(m *ir.Module, o Options) error {
	s := states.Get().(*state)
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
		for i := range passes {
			s.runPass(&passes[i], f)
			if o.Verify {
				if err := f.Verify(); err != nil {
					return fmt.Errorf("after pass %s: %w", passes[i].name, err)
				}
			}
		}
	}
	removeUncalled(m)
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

func (s *state) runPass(p *pass, f *ir.Func) {
	defer func() {
		if cause := recover(); cause != nil {
			panic(&Fault{Pass: p.name, Func: f.Name, Cause: cause})
		}
	}()
	p.run(s, f)
	if s.Trace != nil {
		s.Trace(p.name, f)
	}
}

// state is what the passes share in one Run: the options and tables whose memory is used again.
type state struct {
	Options
	m *ir.Module

	uses  []int32
	table []*ir.Value
	marks []bool
	list  []*ir.Value
	facts []known
	lives [2]life
	sites []useSite
	heads []int32
	items []numbered
	known []fact
	spare [][]fact
	left  []int32
	acc   [][]access
	slots slots
}

// states are the tables that one Run takes over from another.
var states = sync.Pool{New: func() any { return new(state) }}

// largeFunc is from how many values on the tables are not kept.
const largeFunc = 1 << 14

func (s *state) release() {
	s.Options, s.m = Options{}, nil
	if cap(s.table) < largeFunc {
		states.Put(s)
	}
}

// useSites is an empty table by value ID.
func (s *state) useSites(f *ir.Func) []useSite {
	s.sites = append(s.sites[:0], make([]useSite, f.NumValues())...)
	return s.sites
}

// accesses is a table of empty lists by slot.
func (s *state) accesses(f *ir.Func) [][]access {
	for len(s.acc) < len(f.Slots) {
		s.acc = append(s.acc, nil)
	}
	for i := range f.Slots {
		s.acc[i] = s.acc[i][:0]
	}
	return s.acc[:len(f.Slots)]
}

// replacements is a table by value ID for ir.Func.ReplaceAll, all nil.
func (s *state) replacements(f *ir.Func) []*ir.Value {
	n := f.NumValues() + f.NumValues()/2 + 16
	if cap(s.table) < n {
		s.table = make([]*ir.Value, n)
	}
	s.table = s.table[:n]
	clear(s.table)
	return s.table
}

// useCounts counts the uses of the function's values.
func (s *state) useCounts(f *ir.Func) []int32 {
	s.uses = f.Uses(s.uses)
	return s.uses
}

// flags is a table of booleans of the given size, all false.
func (s *state) flags(n int) []bool {
	if cap(s.marks) < n {
		s.marks = make([]bool, n+n/2)
	}
	s.marks = s.marks[:n]
	clear(s.marks)
	return s.marks
}
