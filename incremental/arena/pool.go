package arena

import (
	"runtime"
	"sync"
)

// Pool keeps what was put into it for the next who wants such a thing, until nobody has for some collections of Go's. A sync.Pool forgets
// after two, which is less than the compilation of a long text takes. Its zero value is ready to use, by any number of goroutines.
type Pool[T any] struct {
	mu      sync.Mutex
	free    []*T
	watched bool // collections are noted
	idle    int  // how many there were since it was last used
}

// patience is how many collections what is not used stays. The runtime makes one in two minutes at least.
const patience = 4

// Get is something that was put into the pool, or a zero value.
func (p *Pool[T]) Get() *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = 0
	n := len(p.free)
	if n == 0 {
		return new(T)
	}
	x := p.free[n-1]
	p.free[n-1] = nil
	p.free = p.free[:n-1]
	return x
}

// Put gives something to the pool, which nobody else may have any more.
func (p *Pool[T]) Put(x *T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = 0
	p.free = append(p.free, x)
	if !p.watched {
		p.watched = true
		afterCollection(p.age)
	}
}

// age notes a collection, and reports whether it wants to note the next one.
func (p *Pool[T]) age() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle++; p.idle > patience {
		p.free, p.watched = nil, false
	}
	return p.watched
}

// mark is garbage from the beginning: it dies with the next collection.
type mark struct{ _ *mark }

// afterCollection calls f after each collection as long as it says so.
func afterCollection(f func() bool) {
	runtime.SetFinalizer(&mark{}, func(*mark) {
		if f() {
			afterCollection(f)
		}
	})
}
