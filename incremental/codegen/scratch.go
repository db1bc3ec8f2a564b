package codegen

import (
	"sync"

	"go3s/incremental/arena"
)

// scratch is memory that is needed only while a function is compiled. One function takes it over from another, so that a compiler that
// is at work all day leaves the garbage collector little to do.
type scratch struct {
	insns  arena.Arena[insn]
	blocks arena.Arena[block]
	refs   arena.Arena[*block]
	infos  arena.Arena[regInfo]
	regs   arena.Arena[reg]
	moves  arena.Arena[move]
	ints   arena.Arena[int32]
	wide   arena.Arena[int]
	lists  arena.Arena[[]int32]
	words  arena.Arena[uint64]
	sets   arena.Arena[[]uint64]
	masks  arena.Arena[regMask]
	bytes  arena.Arena[uint8]
	flags  arena.Arena[bool]
	costs  arena.Arena[float32]
	cached arena.Arena[cached]
	ends   arena.Arena[[]cached]
	states arena.Arena[nodeState]
	colors arena.Arena[int8]
	objs   arena.Arena[objectSet]
	tails  map[*block][]*block
	twins  map[twinKey][]*block
}

var scratches = sync.Pool{New: func() any { return &scratch{twins: map[twinKey][]*block{}, tails: map[*block][]*block{}} }}

// release gives the scratch memory to the next function. Nothing that has been taken from it may be in use any more.
func (s *scratch) release() {
	s.insns.Reset()
	s.blocks.Reset()
	s.refs.Reset()
	s.infos.Reset()
	s.regs.Reset()
	s.moves.Reset()
	s.ints.Reset()
	s.wide.Reset()
	s.lists.Reset()
	s.words.Reset()
	s.sets.Reset()
	s.masks.Reset()
	s.bytes.Reset()
	s.flags.Reset()
	s.costs.Reset()
	s.cached.Reset()
	s.ends.Reset()
	s.states.Reset()
	s.colors.Reset()
	s.objs.Reset()
	clear(s.twins)
	clear(s.tails)
	scratches.Put(s)
}
