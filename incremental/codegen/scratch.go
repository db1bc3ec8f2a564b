package codegen

import (
	"sync"
	"unsafe"
)

// scratch is memory that is needed only while a function is compiled. One function takes it over from another, so that a compiler that
// is at work all day leaves the garbage collector little to do.
type scratch struct {
	insns  arena[insn]
	blocks arena[block]
	refs   arena[*block]
	infos  arena[regInfo]
	regs   arena[reg]
	moves  arena[move]
	ints   arena[int32]
	wide   arena[int]
	lists  arena[[]int32]
	words  arena[uint64]
	sets   arena[[]uint64]
	masks  arena[regMask]
	bytes  arena[uint8]
	flags  arena[bool]
	costs  arena[float32]
	cached arena[cached]
	ends   arena[[]cached]
	states arena[nodeState]
	colors arena[int8]
	objs   arena[objectSet]
	tails  map[*block][]*block
	twins  map[twinKey][]*block
}

var scratches = sync.Pool{New: func() any { return &scratch{twins: map[twinKey][]*block{}, tails: map[*block][]*block{}} }}

// release gives the scratch memory to the next function. Nothing that has been taken from it may be in use any more.
func (s *scratch) release() {
	s.insns.reset()
	s.blocks.reset()
	s.refs.reset()
	s.infos.reset()
	s.regs.reset()
	s.moves.reset()
	s.ints.reset()
	s.wide.reset()
	s.lists.reset()
	s.words.reset()
	s.sets.reset()
	s.masks.reset()
	s.bytes.reset()
	s.flags.reset()
	s.costs.reset()
	s.cached.reset()
	s.ends.reset()
	s.states.reset()
	s.colors.reset()
	s.objs.reset()
	clear(s.twins)
	clear(s.tails)
	scratches.Put(s)
}

// arena gives out slices from one piece of memory.
type arena[T any] struct {
	memory []T
	used   int
}

// How many elements an arena has at least, and how many bytes it keeps for the next function.
const (
	arenaLeast = 256
	arenaMost  = 4 << 20
)

// take is a slice of n zeros. It can grow only by copying.
func (a *arena[T]) take(n int) []T {
	if n > len(a.memory)-a.used {
		a.memory, a.used = make([]T, max(n, 2*len(a.memory), arenaLeast)), 0
	}
	s := a.memory[a.used : a.used+n : a.used+n]
	a.used += n
	return s
}

// reset takes all slices back.
func (a *arena[T]) reset() {
	if len(a.memory)*int(unsafe.Sizeof(*new(T))) > arenaMost {
		a.memory, a.used = nil, 0
	}
	clear(a.memory[:a.used])
	a.used = 0
}
