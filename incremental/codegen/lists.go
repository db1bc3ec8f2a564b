package codegen

import "slices"

// list is a list of numbers in the memory of a pool. Its zero value is empty.
type list struct{ at, n, room int32 }

// pool is the memory of many short lists that grow, in one piece that is used again and holds no pointers.
type pool struct{ memory []int32 }

// leastRoom is how many numbers there is room for in a list that is begun.
const leastRoom = 4

// of is what is in the list. It stays as it is when other lists grow.
func (p *pool) of(l *list) []int32 { return p.memory[l.at : l.at+l.n] }

func (p *pool) push(l *list, x int32) {
	if l.n == l.room {
		p.reserve(l, max(leastRoom, int(l.n)))
	}
	p.memory[l.at+l.n] = x
	l.n++
}

// reserve makes room for n more numbers. A list that has too little moves to the end of the memory.
func (p *pool) reserve(l *list, n int) {
	if int(l.room-l.n) >= n {
		return
	}
	at, room := len(p.memory), int(l.n)+n
	p.memory = slices.Grow(p.memory, room)[:at+room]
	copy(p.memory[at:], p.of(l))
	l.at, l.room = int32(at), int32(room)
}

// empty takes the memory of all lists back.
func (p *pool) empty() { p.memory = p.memory[:0] }
