package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go3s/incremental/layout"
	"go3s/session/harmless"
)

// text is a string that is written as a JSON string of what is visible and harmless; other characters are written as \u escapes, so
// that a reader gets them back. A byte that is not UTF-8, for which JSON has no form, becomes the four characters \xNN.
type text string

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, len(t)+2)
	b = append(b, '"')
	for i := 0; i < len(t); {
		r, n := utf8.DecodeRuneInString(string(t[i:]))
		switch {
		case r == utf8.RuneError && n == 1:
			b = fmt.Appendf(b, `\\x%02x`, t[i])
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case ' ' <= r && r <= '~':
			b = append(b, byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case harmless.Text(string(r)) == string(r):
			b = utf8.AppendRune(b, r)
		default:
			for _, u := range utf16.Encode([]rune{r}) {
				b = fmt.Appendf(b, `\u%04x`, u)
			}
		}
		i += n
	}
	return append(b, '"'), nil
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := text(m.name).MarshalJSON()
		if err != nil {
			return nil, err
		}
		v, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), v...)
	}
	return append(b, '}'), nil
}

// marshal is json.Marshal without the escapes for HTML, as the lines are written.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// value turns a decoded value into one that is written as docs/JSON.md says.
func value(v any) any {
	if o, ok := aggregateValue(v); ok {
		return o
	}
	switch v := v.(type) {
	case string:
		return text(v)
	case layout.Addr:
		return fmt.Sprintf("%#x", uint64(v))
	case []byte:
		numbers := make([]any, len(v))
		for i, c := range v {
			numbers[i] = c
		}
		return numbers
	case []any:
		return values(v)
	case layout.Frames:
		frames := make([]any, len(v))
		for i, f := range v {
			frames[i] = text(f)
		}
		return frames
	case layout.StructValue:
		o := make(object, len(v.Values))
		for i, f := range v.Values {
			o[i] = member{v.Type.Fields[i].Name, value(f)}
		}
		return o
	default:
		return v // bool, int64, uint64
	}
}

func values(vs []any) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = value(v)
	}
	return out
}

// trim takes off the line's end that most formats have; each object is a line already.
func trim(s string) string { return strings.TrimSuffix(s, "\n") }
