package codegen

import (
	"github.com/cilium/ebpf/asm"

	"go3s/incremental/arena"
	"go3s/incremental/source"
)

// scratch is memory that is needed only while a function is compiled. One function takes it over from another, so that a compiler that
// is at work all day leaves the garbage collector little to do.
type scratch struct {
	insns  arena.Arena[insn]
	blocks arena.Arena[block]
	refs   arena.Arena[*block]
	infos  arena.Arena[regInfo]
	regs   arena.Arena[reg]
	nodes  arena.Arena[node]
	moves  arena.Arena[move]
	twins  arena.Arena[twin]
	ends   arena.Arena[cacheEnd]
	lists  arena.Arena[list]
	ints   arena.Arena[int32]
	wide   arena.Arena[int]
	words  arena.Arena[uint64]
	masks  arena.Arena[regMask]
	bytes  arena.Arena[uint8]
	flags  arena.Arena[bool]
	objs   arena.Arena[object]
	spans  arena.Arena[*source.Span]
	names  arena.Arena[asm.Metadata]

	function function

	// Memory of what only one step of the compiler makes, as long as it has ever become.
	pool          pool
	edges         []uint64
	saved         []cached
	reads, writes []occurrence
	mentions      []int32
	jumps         []jump
	marks         []Mark
	refNames      []string
}

var scratches arena.Pool[scratch]

// release gives the scratch memory to the next function. Nothing that has been taken from it may be in use any more.
func (s *scratch) release() {
	s.insns.Reset()
	s.blocks.Reset()
	s.refs.Reset()
	s.infos.Reset()
	s.regs.Reset()
	s.nodes.Reset()
	s.moves.Reset()
	s.twins.Reset()
	s.ends.Reset()
	s.lists.Reset()
	s.ints.Reset()
	s.wide.Reset()
	s.words.Reset()
	s.masks.Reset()
	s.bytes.Reset()
	s.flags.Reset()
	s.objs.Reset()
	s.spans.Reset()
	s.names.Reset()
	s.refNames = s.function.refs
	s.function = function{}
	clear(s.refNames)
	clear(s.jumps)
	clear(s.marks)
	scratches.Put(s)
}
