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
	"go3s/session/printed"
)

// Record is one event record, decoded: a log line and its parts.
type Record struct {
	Probe  string
	Schema *incremental.Schema
	CPU    int
	Time   time.Time     // wall clock
	Mono   time.Duration // CLOCK_MONOTONIC
	Args   []any         // as layout.Decode returns them; strings are raw. Schema.Fields has their names
	Text   string        // formatted, raw: may hold control bytes that a terminal must not get; see Escape
}

// Arrived is a record as it came from the ring. It is decoded when somebody asks for it, and only valid during the call that hands it out.
type Arrived struct {
	form    *printed.Form
	wall    int64 // nanoseconds since 1970
	data    []byte
	resolve layout.Resolver // nil: addresses and times are numbers
	decoded *Record
}

// Decoded is a record that was decoded before as one that arrives.
func Decoded(r Record) *Arrived { return &Arrived{decoded: &r} }

// Record decodes the record. What it returns stays valid.
func (a *Arrived) Record() Record {
	if a.decoded != nil {
		return *a.decoded
	}
	args := printed.Decode(a.form.Schema, a.data, a.resolve)
	return Record{
		Probe:  a.form.Probe,
		Schema: a.form.Schema,
		CPU:    int(binary.LittleEndian.Uint32(a.data[4:])),
		Time:   time.Unix(0, a.wall),
		Mono:   monoOf(a.data),
		Args:   args,
		Text:   printed.Of(a.form.Schema, args),
	}
}

// AppendText appends the record's text, as Record has it, to dst. It allocates nothing for records of numbers and strings.
func (a *Arrived) AppendText(dst []byte) []byte {
	if a.decoded != nil {
		return append(dst, a.decoded.Text...)
	}
	return a.form.Append(dst, a.data, a.resolve)
}

// readRing takes records from the ring until ctx ends and the ring is empty.
func (s *Session) readRing(id attach.MapID) func(context.Context) error {
	strange := make(map[uint32]bool) // ids of schemas that were reported
	return func(ctx context.Context) error {
		now := Arrived{resolve: s.resolver()}
		err := s.kernel.ReadRing(ctx, id, func(r attach.Record) {
			if err := s.receive(&now, r.Data); err != nil && !strange[err.schema] {
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

// receive takes one record to the log and the subscribers, who see it as now.
func (s *Session) receive(now *Arrived, data []byte) *recordError {
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
	now.form, now.wall, now.data = f, s.clock.wall(monoOf(data)).UnixNano(), data[:f.Size]
	s.log.add(now)
	s.events.deliver(Event{Kind: RecordEvent, Arrived: now})
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
