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
		s.flowKnown = false
		for i := range passes {
			s.runPass(&passes[i], f)
			if o.Verify {
				if err := s.verify(f); err != nil {
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

	// dom is the dominator tree of the function at hand, as long as flowKnown; see flow.
	dom       ir.DomTree
	flowKnown bool

	uses   []int32
	table  []*ir.Value
	marks  []bool
	traits []uint8
	list   []*ir.Value
	facts  []known
	lives  [2]life
	sites  []useSite
	heads  []int32
	items  []numbered
	known  []fact
	spare  [][]fact
	left   []int32
	acc    [][]access
	slots  slots
	held   []heldStore
	parts  []heldStore
	ints   []int32
	ends   [][]fact
	in     [][]*ir.Value
	order  []*ir.Block
	onces  []once
	sorted []*once
	alike  map[writeKey]*once
}

// states are the tables that one Run takes over from another.
var states = sync.Pool{New: func() any { return new(state) }}

// largeFunc is from how many values on the tables are not kept.
const largeFunc = 1 << 14

func (s *state) release() {
	s.Options, s.m = Options{}, nil
	for i := range s.lives {
		s.lives[i].reset()
	}
	if cap(s.table) < largeFunc {
		states.Put(s)
	}
}

// flow is the dominator tree of the function at hand, and with it the order of its blocks. It is computed anew after a pass that
// called flowChanged, which each must that changes an edge, or the order of two.
func (s *state) flow(f *ir.Func) *ir.DomTree {
	if !s.flowKnown {
		s.dom.Compute(f)
		s.flowKnown = true
	}
	return &s.dom
}

func (s *state) flowChanged() { s.flowKnown = false }

// verify checks the function, and that no pass forgot flowChanged.
func (s *state) verify(f *ir.Func) error {
	if err := f.Verify(); err != nil || !s.flowKnown {
		return err
	}
	fresh := f.Dominators()
	for i, b := range fresh.Order {
		if i >= len(s.dom.Order) || s.dom.Order[i] != b || s.dom.Idom(b) != fresh.Idom(b) {
			return fmt.Errorf("func %s: b%d: the flow has changed unnoticed", f.Name, b.ID)
		}
	}
	return nil
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

// incoming is a table of empty lists by block ID.
func (s *state) incoming(f *ir.Func) [][]*ir.Value {
	for len(s.in) < f.NumBlocks() {
		s.in = append(s.in, nil)
	}
	list := s.in[:f.NumBlocks()]
	for i := range list {
		list[i] = list[i][:0]
	}
	return list
}

// factLists is a table of no facts by block ID.
func (s *state) factLists(f *ir.Func) [][]fact {
	s.ends = append(s.ends[:0], make([][]fact, f.NumBlocks())...)
	return s.ends
}

// once is a table by slot, empty but for room for writes.
func (s *state) once(f *ir.Func) []once {
	for len(s.onces) < len(f.Slots) {
		s.onces = append(s.onces, once{})
	}
	list := s.onces[:len(f.Slots)]
	for i := range list {
		list[i] = once{writes: list[i].writes[:0]}
	}
	return list
}

// numbers is a table of n zeros.
func (s *state) numbers(n int) []int32 {
	s.ints = append(s.ints[:0], make([]int32, n)...)
	return s.ints
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

// closePhis replaces the arguments of phis that a walk could not yet, which replaced all others as it went: in reverse postorder, only
// what comes around a loop is used before it is seen.
func closePhis(f *ir.Func, repl []*ir.Value) {
	for _, b := range f.Blocks {
		for _, v := range b.Phis() {
			resolve(repl, v.Args)
		}
	}
}

// setValues gives a block its new list of values. Mostly it is the old one: then nothing is written, which spares the garbage
// collector's barriers.
func setValues(b *ir.Block, list []*ir.Value) {
	n := 0
	for n < len(list) && n < len(b.Values) && list[n] == b.Values[n] {
		n++
	}
	if n < len(list) || n < len(b.Values) {
		b.Values = append(b.Values[:n], list[n:]...)
	}
}

// resolve replaces arguments.
func resolve(repl, args []*ir.Value) {
	for i, a := range args {
		if a.ID < len(repl) && repl[a.ID] != nil {
			args[i] = ir.Resolve(repl, a)
		}
	}
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
