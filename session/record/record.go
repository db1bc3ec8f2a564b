// Package record keeps what programs have written into the ring: the last records as the bytes that came, decoded when somebody looks at them.
package record

import (
	"encoding/binary"
	"time"

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
	Text   string        // formatted, raw: may hold control bytes that a terminal must not get; see harmless.Text
}

// Arrived is a record as it came from the ring. It is decoded when somebody asks for it, and only valid during the call that hands it out.
type Arrived struct {
	form    *printed.Form
	wall    int64 // nanoseconds since 1970
	data    []byte
	resolve layout.Resolver // nil: addresses and times are numbers
	decoded *Record
}

// New is a place for records that arrive one after the other, see Set. A nil r leaves addresses and times as numbers.
func New(r layout.Resolver) *Arrived { return &Arrived{resolve: r} }

// Set makes a the record of a form with these bytes, which came at a wall time in nanoseconds since 1970.
func (a *Arrived) Set(f *printed.Form, wall int64, data []byte) {
	a.form, a.wall, a.data = f, wall, data
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
		Mono:   Mono(a.data),
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

// Mono is when a record was written, by CLOCK_MONOTONIC.
func Mono(data []byte) time.Duration {
	return time.Duration(binary.LittleEndian.Uint64(data[8:]))
}
