package session

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/layout"
	"go3s/session/record"
)

// readRing takes records from the ring until ctx ends and the ring is empty.
func (s *Session) readRing(id attach.MapID) func(context.Context) error {
	strange := make(map[uint32]bool) // ids of schemas that were reported
	return func(ctx context.Context) error {
		now := record.New(s.resolver())
		err := s.kernel.ReadRing(ctx, id, func(r attach.Record) {
			if err := s.receive(now, r.Data); err != nil && !strange[err.schema] {
				strange[err.schema] = true
				s.events.Tell(Event{Kind: ErrorEvent, Err: err})
			}
		})
		if err != nil {
			s.events.Tell(Event{Kind: ErrorEvent, Err: fmt.Errorf("read the events ring: %w", err)})
		}
		return err
	}
}

// receive takes one record to the log and the subscribers, who see it as now.
func (s *Session) receive(now *record.Arrived, data []byte) *recordError {
	if len(data) < incremental.EventHeader {
		return &recordError{size: len(data)}
	}
	id := binary.LittleEndian.Uint32(data)
	s.gate.RLock()
	f := s.forms[id]
	s.gate.RUnlock()
	if f == nil || len(data) < f.Size {
		return &recordError{schema: id, size: len(data)}
	}
	if f.Kind == incremental.Done || f.Kind == incremental.Exit {
		select {
		case s.done <- struct{}{}:
		default:
		}
	}
	if f.Kind == incremental.Done || s.exited.Load() && !s.lastWord(f.Schema) {
		return nil
	}
	if f.Kind == incremental.Exit {
		if !s.exited.Swap(true) {
			s.exit(f.Schema, data)
		}
		return nil
	}
	now.Set(f, s.clock.Wall(record.Mono(data)).UnixNano(), data[:f.Size])
	s.log.Add(now)
	s.events.Deliver(Event{Kind: RecordEvent, Arrived: now})
	return nil
}

// lastWord reports whether a record is of a program that runs when others are gone.
func (s *Session) lastWord(schema *incremental.Schema) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.named(schema.Probe)
	return p != nil && (p.hook.Kind == "onunload" || p.hook.Kind == "end")
}

// exit ends the tracing because a program has asked for it: records behind this one are dropped, but for those of programs that run at the
// end, the subscribers are told, and all probes are detached. What the probes have counted until then stays.
func (s *Session) exit(schema *incremental.Schema, data []byte) {
	f := schema.Fields[0]
	status, _ := layout.Decode(f.Type, data[f.Offset:]).(int64)
	s.events.Deliver(Event{Kind: ExitEvent, Probe: Probe{Name: schema.Probe}, Status: int(status)})
	go func() {
		var names []string
		for _, p := range s.linked() {
			names = append(names, p.group)
		}
		if err := s.Detach(slices.Compact(names)...); err != nil && !errors.Is(err, ErrClosed) {
			s.told(err)
		}
	}()
}

// recordError is a record that can't be read: its schema is unknown or it is too short.
type recordError struct {
	schema uint32
	size   int
}

func (e *recordError) Error() string {
	return fmt.Sprintf("an event record of %d bytes does not fit any probe's format (schema %d)", e.size, e.schema)
}
