package attach

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// table names objects of one kind by handles. An object that is freed while it is in use is closed by its last user.
type table[T interface{ close() error }] struct {
	mu       sync.Mutex
	last     int
	rows     map[int]*entry[T]
	shutting bool
	open     sync.WaitGroup // one for each object that is not closed
}

// entry is an object in a table. The table itself counts as one of its users.
type entry[T interface{ close() error }] struct {
	object T
	users  int
}

// add takes an object in and returns its handle. After shut it closes the object instead.
func (t *table[T]) add(object T) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shutting {
		return 0, errors.Join(os.ErrClosed, object.close())
	}
	if t.rows == nil {
		t.rows = make(map[int]*entry[T])
	}
	t.last++
	t.rows[t.last] = &entry[T]{object: object, users: 1}
	t.open.Add(1)
	return t.last, nil
}

// use returns the object of a handle, which stays open until release is called.
func (t *table[T]) use(id int) (object T, release func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.rows[id]
	if e == nil {
		if t.shutting {
			return object, nil, os.ErrClosed
		}
		return object, nil, fmt.Errorf("handle %d names nothing", id)
	}
	e.users++
	return e.object, func() { _ = t.drop(e) }, nil
}

// free takes the handle out of the table.
func (t *table[T]) free(id int) error {
	t.mu.Lock()
	e := t.rows[id]
	delete(t.rows, id)
	t.mu.Unlock()
	if e == nil {
		return fmt.Errorf("handle %d names nothing", id)
	}
	return t.drop(e)
}

// remove takes the handle out of the table and hands its object over; nothing if somebody uses it, who closes it then.
func (t *table[T]) remove(id int) (object T, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.rows[id]
	if e == nil {
		return object, false, fmt.Errorf("handle %d names nothing", id)
	}
	delete(t.rows, id)
	if e.users--; e.users > 0 {
		return object, false, nil
	}
	t.open.Done()
	return e.object, true, nil
}

func (t *table[T]) drop(e *entry[T]) error {
	t.mu.Lock()
	e.users--
	last := e.users == 0
	t.mu.Unlock()
	if !last {
		return nil
	}
	defer t.open.Done()
	return e.object.close()
}

// shut refuses new objects from now on and returns the handles that are left.
func (t *table[T]) shut() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shutting = true
	ids := make([]int, 0, len(t.rows))
	for id := range t.rows {
		ids = append(ids, id)
	}
	return ids
}

// wait returns when all objects are closed.
func (t *table[T]) wait() { t.open.Wait() }
