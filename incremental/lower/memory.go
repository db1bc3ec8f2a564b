package lower

import (
	"golang.org/x/tools/go/ssa"

	"go3s/incremental/arena"
	"go3s/incremental/ir"
)

// memory is what frames are made of. One probe takes it over from another.
type memory struct {
	operands arena.Arena[operand]
	blocks   arena.Arena[*ir.Block]
	places   []map[ssa.Value]int32 // empty
}

var memories arena.Pool[memory]

// maxPlaces is how many values a map that is used again has had at most: emptying one takes as long as it has room.
const maxPlaces = 4096

// table is an empty map for n values.
func (m *memory) table(n int) map[ssa.Value]int32 {
	if last := len(m.places) - 1; last >= 0 {
		t := m.places[last]
		m.places = m.places[:last]
		return t
	}
	return make(map[ssa.Value]int32, n)
}

// put takes the map of a frame back.
func (m *memory) put(t map[ssa.Value]int32) {
	if len(t) <= maxPlaces {
		clear(t)
		m.places = append(m.places, t)
	}
}

// release gives the memory to the next probe, when nothing of this one's frames is used any more.
func (m *memory) release() {
	m.operands.Reset()
	m.blocks.Reset()
	memories.Put(m)
}
