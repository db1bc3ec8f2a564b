package ir

import (
	"go3s/incremental/arena"
)

// memory is what a function's values, blocks and lists are made of. Functions pass it on to each other: of a program that
// is edited again and again nearly all is there already.
type memory struct {
	values arena.Arena[Value]
	blocks arena.Arena[Block]
	args   arena.Arena[*Value] // arguments, and the values of blocks
	edges  arena.Arena[*Block] // predecessors and successors

	seen  []bool // by block ID, for one walk
	stack []visit
}

// visit is a block on the way of a walk, and how many of its successors have been gone to.
type visit struct {
	b    *Block
	next int
}

// memories belong to no function.
var memories arena.Pool[memory]

// room is the function's memory.
func (f *Func) room() *memory {
	if f.mem == nil {
		f.mem = memories.Get()
	}
	return f.mem
}

// Free gives the function's memory to other functions. Neither the function nor a value or block of it may be used any more.
func (f *Func) Free() {
	m := f.mem
	*f = Func{Name: f.Name}
	if m == nil {
		return
	}
	m.values.Reset()
	m.blocks.Reset()
	m.args.Reset()
	m.edges.Reset()
	clear(m.stack[:cap(m.stack)])
	memories.Put(m)
}

// unseen is a table by block ID, all false. It is valid until the next walk.
func (f *Func) unseen() []bool {
	m := f.room()
	if cap(m.seen) < f.nextBlock {
		m.seen = make([]bool, f.nextBlock+f.nextBlock/2)
	}
	m.seen = m.seen[:f.nextBlock]
	clear(m.seen)
	return m.seen
}
