package session

import (
	"fmt"
	"strconv"
	"strings"

	"go3s/incremental"
	"go3s/incremental/layout"
	"go3s/session/table"
)

// Value is what an expression comes to.
type Value struct {
	// Type is its type as Go writes it; for several values (int, string).
	Type string
	// Value is as layout.Decode returns it, with strings for what has a meaning; a float64 for a constant; []any for several values;
	// nil for a Table.
	Value any
	// Text is the value as Go's %v writes it, a composite as a literal with its type. It is raw, and empty for a Table.
	Text string
	// Table is the map that the expression names, with one row if it names an entry.
	Table *table.Table
	// Notes are what fell short on the way: strings that were cut, reads that failed.
	Notes []string
}

// constantValue is the value of a constant.
func constantValue(c *incremental.Constant) *Value {
	v := &Value{Type: c.Type, Value: c.Value}
	if f, ok := c.Value.(float64); ok {
		v.Text = strconv.FormatFloat(f, 'g', -1, 64)
	} else {
		v.Text = fmt.Sprint(c.Value)
	}
	return v
}

// decoded is the value of a program's results.
func decoded(fields []layout.Field, data []byte, resolve layout.Resolver) *Value {
	values, types, texts := make([]any, len(fields)), make([]string, len(fields)), make([]string, len(fields))
	for i, f := range fields {
		values[i] = layout.DecodeWith(f.Type, data[f.Offset:], resolve)
		types[i], texts[i] = f.Type.Name, text(f.Type, values[i])
	}
	if len(fields) == 1 {
		return &Value{Type: types[0], Value: values[0], Text: texts[0]}
	}
	return &Value{Type: "(" + strings.Join(types, ", ") + ")", Value: values, Text: strings.Join(texts, " ")}
}

// text is a value as the prompt shows it: what is no composite as it is, a composite as a literal of Go.
func text(t *layout.Type, v any) string {
	switch v.(type) {
	case layout.StructValue, []any, []byte:
		return layout.Source(t, v)
	}
	return layout.Format(v)
}
