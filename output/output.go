// Package output writes what a session has to say without a screen: tables and log lines for people, NDJSON for programs.
package output

import (
	"io"

	"go3s/incremental/source"
	"go3s/session"
)

// Options are how tables are written.
type Options struct {
	PerCPU bool // a column for each CPU after the total, for per-CPU maps
	Width  int  // columns of the terminal; keys are cut so that lines fit. 0: nothing is cut
}

// Table writes t as aligned text under a line with the map's name: key columns, then the total, largest last.
func Table(w io.Writer, t session.Table, o Options) error { return nil }

// Maps reads all maps of s and writes them in order of creation.
func Maps(w io.Writer, s *session.Session, o Options) error { return nil }

// Line is a record as one line of text without the line's end: its text, harmless for a terminal.
func Line(r session.Record) string { return session.Escape(r.Text) }

// JSON writes NDJSON: one object a line, as docs/JSON.md describes them. All methods may be called at once.
type JSON struct{ w io.Writer }

// NewJSON returns a JSON that writes to w.
func NewJSON(w io.Writer) *JSON { return &JSON{w: w} }

// Event writes what a session's subscriber is told: "attached", "printf", "lost" and "error" objects. It fits Session.Subscribe.
func (j *JSON) Event(e session.Event) {}

// Map writes a "map" object.
func (j *JSON) Map(t session.Table) {}

// Maps reads all maps of s and writes a "map" object for each.
func (j *JSON) Maps(s *session.Session) error { return nil }

// Diagnostic writes an "error" object with its place; text is the cell's.
func (j *JSON) Diagnostic(d source.Diagnostic, text string) {}

// Error writes an "error" object.
func (j *JSON) Error(err error) {}

// Close writes what is left in the buffer and returns the first error of writing.
func (j *JSON) Close() error { return nil }
