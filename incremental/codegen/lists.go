package codegen

import "slices"

// list is a list of numbers in the memory of a pool. Its zero value is empty.
type list struct{ at, n, room int32 }

// pool is the memory of many short lists that grow, in one piece that is used again and holds no pointers.
type pool struct{ memory []int32 }

// firstRoom is how many numbers there is room for in a list that is begun.
const firstRoom = 4

// of is what is in the list. It stays as it is when other lists grow.
func (p *pool) of(l *list) []int32 { return p.memory[l.at : l.at+l.n] }

func (p *pool) push(l *list, x int32) {
	if l.n == l.room {
		p.move(l, max(firstRoom, 2*l.room))
	}
	p.memory[l.at+l.n] = x
	l.n++
}

// reserve makes room for n more numbers.
func (p *pool) reserve(l *list, n int) {
	if int(l.room-l.n) < n {
		p.move(l, l.n+int32(n)+firstRoom)
	}
}

// move gives a list more room, at the end of the memory.
func (p *pool) move(l *list, room int32) {
	at := len(p.memory)
	p.memory = slices.Grow(p.memory, int(room))[:at+int(room)]
	copy(p.memory[at:], p.of(l))
	l.at, l.room = int32(at), room
}

// empty takes the memory of all lists back.
func (p *pool) empty() { p.memory = p.memory[:0] }
