package output

import (
	"bytes"
	"fmt"
	"io"

	"go3s/session"
	"go3s/session/harmless"
	"go3s/session/table"
)

// Value writes what an expression comes to: a line of text, or a table. What fell short is said behind it in brackets.
func Value(w io.Writer, v *session.Value, o Options) error {
	var b bytes.Buffer
	switch {
	case v.Table != nil:
		write(&b, table.ContentsOf(*v.Table), o)
	case v.Type != "":
		b.WriteString(harmless.Text(v.Text) + "\n")
	}
	for _, note := range v.Notes {
		fmt.Fprintf(&b, "(%s)\n", note)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write a value: %w", err)
	}
	return nil
}

// valueObject is what an expression comes to.
type valueObject struct {
	Type      string   `json:"type"`
	Cell      text     `json:"cell"`
	Value     any      `json:"value"`
	ValueType text     `json:"value_type"`
	Notes     []string `json:"notes,omitempty"`
}

// Value writes a "value" object, or the "map" object of a table.
func (j *JSON) Value(cell string, v *session.Value) {
	if v.Table != nil {
		j.Map(*v.Table)
		return
	}
	j.write(valueObject{"value", text(cell), value(v.Value), text(v.Type), v.Notes})
}
