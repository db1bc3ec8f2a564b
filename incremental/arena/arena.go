// Package arena gives out slices that are all taken back at once: memory that one compilation takes over from another, so that a
// compiler that is at work all day leaves the garbage collector little to do.
package arena

import "unsafe"

// Arena gives out slices from one piece of memory. Its zero value is ready to use.
type Arena[T any] struct {
	memory []T
	used   int
}

// How many elements an arena has at least, and how many bytes it keeps when it is reset.
const (
	least = 256
	most  = 4 << 20
)

// Take is a slice of n zero values. It can grow only by copying; it never moves.
func (a *Arena[T]) Take(n int) []T {
	if n > len(a.memory)-a.used {
		a.memory, a.used = make([]T, max(n, 2*len(a.memory), least)), 0
	}
	s := a.memory[a.used : a.used+n : a.used+n]
	a.used += n
	return s
}

// Push appends to a list whose memory comes from the arena while the list is short.
func (a *Arena[T]) Push(list []T, x T) []T {
	if n := len(list); n == cap(list) && n < least/4 {
		list = append(a.Take(max(2*n, 4))[:0], list...)
	}
	return append(list, x)
}

// Reset takes all slices back: nobody may use one any more.
func (a *Arena[T]) Reset() {
	if len(a.memory)*int(unsafe.Sizeof(*new(T))) > most {
		a.memory, a.used = nil, 0
	}
	clear(a.memory[:a.used])
	a.used = 0
}
