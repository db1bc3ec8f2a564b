package opt

import (
	"fmt"

	"go3s/incremental/arena"

	"go3s/incremental/ir"
)

// state is what the passes share in one Run: the options and tables whose memory is used again.
type state struct {
	Options
	m *ir.Module

	// dom is the dominator tree of the function at hand, as long as flowKnown; see flow.
	dom       ir.DomTree
	flowKnown bool
	// uses are the use counts of the function's values, as long as usesKnown, which is until a pass has changed something. So it is
	// with slots and slotsKnown.
	uses       []int32
	usesKnown  bool
	slots      slots
	slotsKnown bool
	// table is for replacements. It has entries only if replaced.
	table    []*ir.Value
	replaced bool
	// folded is what the last fold of the function left; see folder.
	folded foldedFunc

	changed  []bool // by row of the table: the pass has changed the function
	marks    []bool
	slotUsed []bool // by slot ID, of removeDead
	traits   []uint8
	list     relist
	work     []*ir.Value
	lives    [2]life
	sites    []useSite
	heads    []int32
	items    []numbered
	known    []fact
	spare    [][]fact
	left     []int32
	held     []heldStore
	parts    []heldStore
	ints     []int32
	ends     [][]fact
	in       [][]*ir.Value
	order    []*ir.Block
	onces    []once
	sorted   []*once
	alike    map[writeKey]*once
}

// states are the tables that one Run takes over from another.
var states arena.Pool[state]

// largeFunc is from how many values on the tables are not kept.
const largeFunc = 1 << 15

// enter is called before the first pass over a function.
func (s *state) enter() {
	s.flowKnown, s.usesKnown, s.slotsKnown, s.replaced = false, false, false, true
	s.folded.reset()
}

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

// removeUnreachable drops the blocks that the entry doesn't reach, and reports whether there were any.
func (s *state) removeUnreachable(f *ir.Func) bool {
	if s.flowKnown && len(s.dom.Order) == len(f.Blocks) || !f.RemoveUnreachable() {
		return false
	}
	s.flowChanged()
	return true
}

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

// replacements is a table by value ID for ir.Func.ReplaceAll, all nil. A pass that writes to it must tell that it has changed something.
func (s *state) replacements(f *ir.Func) []*ir.Value {
	if s.replaced {
		clear(s.table)
		s.replaced = false
	}
	n := f.NumValues()
	if cap(s.table) < n {
		s.table = make([]*ir.Value, n+n/2+16)
	}
	s.table = s.table[:n]
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
	if !s.usesKnown {
		s.uses = f.Uses(s.uses)
		s.usesKnown = true
	}
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
