package session

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/layout"
)

// Record is one event record: a log line and its parts.
type Record struct {
	Probe  string
	Schema *incremental.Schema
	CPU    int
	Time   time.Time     // wall clock
	Mono   time.Duration // CLOCK_MONOTONIC
	Args   []any         // as layout.Decode returns them; strings are raw. Schema.Fields has their names
	Text   string        // formatted, raw: may hold control bytes that a terminal must not get; see Escape
}

// readRing takes records from the ring until ctx ends and the ring is empty.
func (s *Session) readRing(id attach.MapID) func(context.Context) error {
	strange := make(map[uint32]bool) // ids of schemas that were reported
	return func(ctx context.Context) error {
		err := s.kernel.ReadRing(ctx, id, func(r attach.Record) {
			if err := s.receive(r.Data); err != nil && !strange[err.schema] {
				strange[err.schema] = true
				s.events.tell(Event{Kind: ErrorEvent, Err: err})
			}
		})
		if err != nil {
			s.events.tell(Event{Kind: ErrorEvent, Err: fmt.Errorf("read the events ring: %w", err)})
		}
		return err
	}
}

// receive takes one record to the log and the subscribers.
func (s *Session) receive(data []byte) *recordError {
	if len(data) < incremental.EventHeader {
		return &recordError{size: len(data)}
	}
	id := binary.LittleEndian.Uint32(data)
	s.gate.RLock()
	schema := s.schemas[id]
	s.gate.RUnlock()
	if schema == nil || len(data) < schema.Size {
		return &recordError{schema: id, size: len(data)}
	}
	if schema.Kind == incremental.Done || schema.Kind == incremental.Exit {
		select {
		case s.done <- struct{}{}:
		default:
		}
	}
	if schema.Kind == incremental.Done || s.exited.Load() && !s.lastWord(schema) {
		return nil
	}
	if schema.Kind == incremental.Exit {
		if !s.exited.Swap(true) {
			s.exit(schema, data)
		}
		return nil
	}
	e := s.log.add(schema, s.clock.wall(monoOf(data)), data[:schema.Size])
	if s.events.wanted() {
		r := e.record(s.resolver())
		s.events.deliver(Event{Kind: RecordEvent, Record: &r})
	}
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
	s.events.deliver(Event{Kind: ExitEvent, Probe: Probe{Name: schema.Probe}, Status: int(status)})
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

func monoOf(data []byte) time.Duration {
	return time.Duration(binary.LittleEndian.Uint64(data[8:]))
}

// resolver tells what values stand for.
func (s *Session) resolver() layout.Resolver { return resolver{s} }

// record decodes an entry; with a nil resolver addresses and times are numbers.
func (e entry) record(resolve layout.Resolver) Record {
	r := Record{
		Probe:  e.schema.Probe,
		Schema: e.schema,
		CPU:    int(binary.LittleEndian.Uint32(e.data[4:])),
		Time:   time.Unix(0, e.wall),
		Mono:   monoOf(e.data),
		Args:   make([]any, len(e.schema.Fields)),
	}
	for i, f := range e.schema.Fields {
		r.Args[i] = layout.DecodeWith(f.Type, e.data[f.Offset:], resolve)
	}
	r.Text = recordText(e.schema, r.Args)
	return r
}
