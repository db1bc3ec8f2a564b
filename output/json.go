package output

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/guard"
	"go3s/session/record"
	"go3s/session/table"
)

// idle is how long a line may wait in the buffer for others.
const idle = 10 * time.Millisecond

// JSON writes NDJSON: one object a line, as docs/JSON.md describes them. Lines are buffered and written when no more have come
// for a moment. All methods may be called at once from any goroutine. After an error of writing nothing more is written.
type JSON struct {
	mu      sync.Mutex
	buf     *bufio.Writer
	encoder *json.Encoder
	err     error
	flusher *time.Timer // set while a flush is due
	closed  bool
}

// NewJSON returns a JSON that writes to w.
func NewJSON(w io.Writer) *JSON {
	j := &JSON{buf: bufio.NewWriterSize(w, 64<<10)}
	j.encoder = json.NewEncoder(j.buf)
	j.encoder.SetEscapeHTML(false)
	return j
}

// The objects, in the order of docs/JSON.md.
type (
	attachedObject struct {
		Type    string `json:"type"`
		Probe   text   `json:"probe"`
		Hook    text   `json:"hook"`
		Version int    `json:"version"`
	}
	printfObject struct {
		Type  string    `json:"type"`
		Probe text      `json:"probe"`
		CPU   int       `json:"cpu"`
		Time  time.Time `json:"time"`
		Text  text      `json:"text"`
		Args  []any     `json:"args"`
	}
	logObject struct {
		Type    string    `json:"type"`
		Probe   text      `json:"probe"`
		CPU     int       `json:"cpu"`
		Time    time.Time `json:"time"`
		Message text      `json:"message"`
		Args    object    `json:"args"`
	}
	emitObject struct {
		Type  string    `json:"type"`
		Probe text      `json:"probe"`
		CPU   int       `json:"cpu"`
		Time  time.Time `json:"time"`
		Value any       `json:"value"`
	}
	exitObject struct {
		Type   string `json:"type"`
		Probe  text   `json:"probe"`
		Status int    `json:"status"`
	}
	mapObject struct {
		Type   string      `json:"type"`
		Map    text        `json:"map"`
		Kind   string      `json:"kind"`
		Time   time.Time   `json:"time"`
		Factor int         `json:"factor,omitempty"`
		Rows   []rowObject `json:"rows"`
	}
	rowObject struct {
		Key     object `json:"key,omitempty"`
		Value   any    `json:"value"`
		Counted any    `json:"counted,omitempty"`
		PerCPU  []any  `json:"per_cpu,omitempty"`
	}
	lostObject struct {
		Type  string `json:"type"`
		Probe text   `json:"probe"`
		Count uint64 `json:"count"`
	}
	probeObject struct {
		Type    string `json:"type"`
		Probe   text   `json:"probe"`
		Events  uint64 `json:"events"`
		Lost    uint64 `json:"lost"`
		MapFull uint64 `json:"map_full"`
		Cut     uint64 `json:"cut"`
		Read    uint64 `json:"read"`
		Fault   uint64 `json:"fault"`
		Skipped uint64 `json:"skipped"`
		Missed  uint64 `json:"missed"`
		Sampled uint64 `json:"sampled"`
		Quiet   uint64 `json:"quiet"`

		Factor int           `json:"factor,omitempty"`
		Guard  text          `json:"guard,omitempty"`
		Faults []faultObject `json:"faults,omitempty"`
	}
	guardObject struct {
		Type   string  `json:"type"`
		Action string  `json:"action"`
		Probes []text  `json:"probes"`
		Factor int     `json:"factor,omitempty"`
		Share  float64 `json:"share"`
		Budget float64 `json:"budget"`
		Rate   float64 `json:"rate"`
		PerRun int64   `json:"ns"`
		Passed uint64  `json:"passed,omitempty"`
		Text   text    `json:"text"`
	}
	faultObject struct {
		Cell   text   `json:"cell"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
		Count  uint64 `json:"count"`
		Cause  string `json:"cause,omitempty"`
	}
	errorObject struct {
		Type    string      `json:"type"`
		Code    source.Code `json:"code,omitempty"`
		Message text        `json:"message"`
		Cell    text        `json:"cell,omitempty"`
		Line    int         `json:"line,omitempty"`
		Column  int         `json:"column,omitempty"`
		Hint    text        `json:"hint,omitempty"`
	}
)

// Event writes what a session's subscriber is told: "attached", "printf", "print", "log", "emit", "exit", "lost", "guard" and "error" objects. It fits Session.Subscribe.
func (j *JSON) Event(e session.Event) {
	switch e.Kind {
	case session.RecordEvent:
		r := e.Arrived.Record()
		j.record(&r)
	case session.ExitEvent:
		j.write(exitObject{"exit", text(e.Probe.Name), e.Status})
	case session.ChangedEvent:
		p := e.Probe
		switch p.State {
		case session.Attached:
			j.write(attachedObject{"attached", text(p.Name), text(p.Hook.String()), p.Version})
		case session.Failed:
			j.Error(fmt.Errorf("detach %s from %s: %w", p.Name, p.Hook, p.Err))
		}
	case session.LostEvent:
		j.write(lostObject{"lost", text(e.Probe.Name), e.Lost})
	case session.GuardEvent:
		j.guard(*e.Decision)
	case session.ErrorEvent:
		j.Error(e.Err)
	}
}

// record writes the object of a record: "printf", "print", "log" or "emit".
func (j *JSON) record(r *record.Record) {
	probe, at := text(r.Probe), r.Time.UTC()
	kind := incremental.Printf
	if r.Schema != nil {
		kind = r.Schema.Kind
	}
	switch kind {
	case incremental.Log:
		args := make(object, len(r.Args))
		for i, a := range r.Args {
			args[i] = member{r.Schema.Fields[i].Name, value(a)}
		}
		j.write(logObject{"log", probe, r.CPU, at, text(r.Schema.Format), args})
	case incremental.Emit:
		j.write(emitObject{"emit", probe, r.CPU, at, value(r.Args[0])})
	case incremental.Print:
		j.write(printfObject{"print", probe, r.CPU, at, text(r.Text), values(r.Args)})
	default:
		j.write(printfObject{"printf", probe, r.CPU, at, text(trim(r.Text)), values(r.Args)})
	}
}

// Map writes a "map" object.
func (j *JSON) Map(t table.Table) {
	m := mapObject{"map", text(t.Map.Name), t.Map.Kind, t.Time.UTC(), t.Factor, make([]rowObject, len(t.Rows))}
	for i, r := range t.Rows {
		row := rowObject{Value: value(r.Total)}
		if r.Counted != nil {
			row.Counted = value(r.Counted)
		}
		for c, k := range r.Key {
			row.Key = append(row.Key, member{t.Map.Columns[c], value(k)})
		}
		for cpu := range min(t.CPUs, len(r.PerCPU)) {
			row.PerCPU = append(row.PerCPU, perCPU(r, cpu))
		}
		m.Rows[i] = row
	}
	j.write(m)
}

// Maps reads all maps of s and writes a "map" object for each, in order of creation. A map that can't be read does not keep the others
// from being written.
func (j *JSON) Maps(s *session.Session) error {
	tables, err := ReadAll(s.Maps(), s.Read)
	for _, t := range tables {
		j.Map(t)
	}
	return err
}

// Probe writes a "probe" object.
func (j *JSON) Probe(p session.Probe) {
	s := p.Stats
	var faults []faultObject
	for _, f := range p.Faults {
		faults = append(faults, faultObject{text(f.Cell), f.Line, f.Column, f.Count, f.Cause})
	}
	j.write(probeObject{
		"probe", text(p.Name), s.Events, s.Lost, s.MapFull, s.Cut, s.Read, s.Fault, s.Skipped, s.Missed, s.Sampled, s.Quiet,
		p.Factor, text(p.Guard), faults,
	})
}

// guard writes a "guard" object.
func (j *JSON) guard(d guard.Decision) {
	o := guardObject{
		Type: "guard", Action: d.Action.String(), Factor: d.Factor, Share: d.Share, Budget: d.Budget, Rate: d.Rate,
		PerRun: d.PerRun.Nanoseconds(), Passed: d.Passed, Text: text(d.Line()),
	}
	for _, name := range d.Probes {
		o.Probes = append(o.Probes, text(name))
	}
	j.write(o)
}

// Diagnostic writes an "error" object with its place, if it has one; cell is the text that the place is in.
func (j *JSON) Diagnostic(d source.Diagnostic, cell string) {
	o := errorObject{Type: "error", Code: d.Code, Message: text(d.Msg), Hint: text(d.Hint)}
	if d.Span.IsValid() {
		o.Cell = text(d.Span.Cell)
		o.Line, o.Column = source.Position(cell, d.Span.Start)
	}
	j.write(o)
}

// Error writes an "error" object without a place.
func (j *JSON) Error(err error) {
	j.write(errorObject{Type: "error", Message: text(err.Error())})
}

// Close writes what is left in the buffer and returns the first error of writing. What is written later is dropped.
func (j *JSON) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed {
		j.flush()
		j.closed = true
	}
	return j.err
}

// write writes an object and sees to it that it leaves the buffer soon.
func (j *JSON) write(object any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil || j.closed {
		return
	}
	if err := j.encoder.Encode(object); err != nil {
		j.err = fmt.Errorf("write JSON: %w", err)
		return
	}
	if j.flusher == nil {
		j.flusher = time.AfterFunc(idle, func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.flush()
		})
	}
}

// flush writes out the buffer. The caller holds mu.
func (j *JSON) flush() {
	if j.flusher != nil {
		j.flusher.Stop()
		j.flusher = nil
	}
	if err := j.buf.Flush(); err != nil && j.err == nil {
		j.err = fmt.Errorf("write JSON: %w", err)
	}
}
