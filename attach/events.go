package attach

import (
	"context"
	"errors"
	"fmt"

	"go3s/attach/ring"
)

// ReadRing calls fn for each record of the ring until ctx ends or the ring is freed, then for those that are left, and returns. A
// ring has one reader at a time.
func (k *Kernel) ReadRing(ctx context.Context, id MapID, fn func(Record)) error {
	m, release, err := k.maps.use(int(id))
	if err != nil {
		return fmt.Errorf("read ring: %w", err)
	}
	defer release()
	m.mu.Lock()
	freed := m.freed
	m.mu.Unlock()
	switch {
	case m.spec.Kind != Ring:
		return fmt.Errorf("read ring %s: it is a map of another kind", m.spec.Name)
	case freed == nil:
		return nil
	case !m.reading.TryLock():
		return fmt.Errorf("read ring %s: %w", m.spec.Name, errBeingRead)
	}
	defer m.reading.Unlock()

	r, err := ring.Open(m.m.FD(), m.spec.Entries)
	if err != nil {
		return refine("read ring "+m.spec.Name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-freed:
			cancel()
		case <-ctx.Done():
		}
	}()
	err = r.Follow(ctx, func(data []byte) { fn(Record{data}) })
	return refine("read ring "+m.spec.Name, errors.Join(err, r.Close()))
}

var errBeingRead = errors.New("it has a reader already")
