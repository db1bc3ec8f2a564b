// Package output writes what a session has to say without a screen: tables and log lines for people, NDJSON for programs.
//
// Names and arguments from the kernel are untrusted: no control character, direction mark or byte that is not UTF-8 gets
// through, in text or in JSON.
package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go3s/session"
	"go3s/session/harmless"
	"go3s/session/record"
	"go3s/session/table"
)

// Options are how tables are written. The zero value is fine.
type Options struct {
	PerCPU bool // a column for each CPU after the total, for per-CPU maps
	Width  int  // columns of the terminal, which no line exceeds. 0: nothing is cut

	Top   int             // the most rows that are written, those that the order puts first; 0: all
	By    Order           // of the rows
	Since *table.Contents // an earlier reading of the map, to which its rates are written
	// Units says in what unit a map's numbers are written; nil: all as they are.
	Units func(name string) Unit
	// Task is the name of a process or thread that runs, "" if there is none, to stand behind its number; nil: the numbers stand alone.
	Task func(pid uint64) string
}

// Maps reads all maps of s and writes them in order of creation as Tables does. A map that can't be read does not keep the others from
// being written.
func Maps(w io.Writer, s *session.Session, o Options) error {
	tables, err := ReadAll(s.Maps(), s.Read)
	return errors.Join(err, Tables(w, tables, o))
}

// ReadAll reads maps, each by read. It returns what could be read, and why the rest could not.
func ReadAll(maps []table.Map, read func(name string) (table.Table, error)) ([]table.Table, error) {
	var tables []table.Table
	var errs []error
	for _, m := range maps {
		t, err := read(m.Name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		tables = append(tables, t)
	}
	return tables, errors.Join(errs...)
}

// Tables writes tables, set apart by empty lines where they take more than one.
func Tables(w io.Writer, tables []table.Table, o Options) error {
	var b bytes.Buffer
	apart := false // whether an empty line must follow what was written
	for _, t := range tables {
		c := table.ContentsOf(t)
		long := c.Len() > 0 && (len(t.Map.Columns) > 0 || isHistogram(c))
		if b.Len() > 0 && (long || apart) {
			b.WriteByte('\n')
		}
		apart = long
		write(&b, c, o)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write maps: %w", err)
	}
	return nil
}

// Line is a record as one line of text without the line's end, harmless for a terminal.
func Line(r record.Record) string {
	return harmless.Text(trim(r.Text))
}

// AppendLine appends a record that arrives, as Line writes it and with the line's end, to dst.
func AppendLine(dst []byte, r *record.Arrived) []byte {
	start := len(dst)
	dst = r.AppendText(dst)
	line := bytes.TrimSuffix(dst[start:], newline)
	for _, c := range line {
		if c < ' ' || c > '~' {
			return append(append(dst[:start], harmless.Text(string(line))...), '\n')
		}
	}
	return append(dst[:start+len(line)], '\n')
}

var newline = []byte{'\n'}
