package session

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go3s/incremental"
	"go3s/incremental/source"
)

// refused says that the kernel would not load a probe's program.
func (c *change) refused(p *incremental.Probe, err error) (*source.Diagnostic, error) {
	if errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	return &source.Diagnostic{
		Code: "verifier-refused",
		Span: c.program.hook(p.Name, p.Hook.Name),
		Msg:  fmt.Sprintf("the kernel refused %s: %v", p.Name, err),
	}, err
}

// notAttached says that a program could not be put to its hook.
func (c *change) notAttached(p *incremental.Probe, err error) (*source.Diagnostic, error) {
	if errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	return &source.Diagnostic{
		Code: "attach-failed",
		Span: c.program.hook(p.Name, p.Hook.Name),
		Msg:  fmt.Sprintf("%s can't be attached: %v", p.Name, err),
	}, err
}

// noMap says that a map could not be created.
func (c *change) noMap(m *incremental.Map, err error) (*source.Diagnostic, error) {
	if errors.Is(err, fs.ErrPermission) || !m.Span.IsValid() {
		return nil, err
	}
	return &source.Diagnostic{
		Code: "map-failed",
		Span: m.Span,
		Msg:  fmt.Sprintf("%s can't be created: %v", m.Name, err),
	}, err
}

// mapChanged says that a map of the same name and another shape is in use.
func mapChanged(old, m *incremental.Map) *source.Diagnostic {
	return &source.Diagnostic{
		Code: "map-changed",
		Span: m.Span,
		Msg:  fmt.Sprintf("%s is in use as %s and would become %s", m.Name, shape(old), shape(m)),
		Hint: "give the new one a name of its own, or detach the probes that use " + m.Name,
	}
}

// shape is a map's kind and types in words.
func shape(m *incremental.Map) string {
	kind := mapKinds[m.Kind].name
	if m.Counter {
		if !mapKinds[m.Kind].perCPU {
			return "a counter " + m.ValueType.Name
		}
		return "a per-CPU counter " + m.ValueType.Name
	}
	if m.KeyType == nil {
		return fmt.Sprintf("a %s of %d entries of %d bytes", kind, m.Entries, m.Value)
	}
	return fmt.Sprintf("a %s map[%s]%s", kind, m.KeyType.Name, m.ValueType.Name)
}

// unknown is the error of a name that is not among known.
func unknown(what, name string, known []string) error {
	msg := fmt.Sprintf("there is no %s %q", what, name)
	if near := nearest(name, known); near != "" {
		msg += fmt.Sprintf("; did you mean %s?", near)
	} else if len(known) > 0 && len(known) <= 10 {
		msg += "; there is " + strings.Join(known, ", ")
	}
	return errors.New(msg)
}

// nearest is the name that differs from name in the fewest letters, if it differs in few; else "".
func nearest(name string, known []string) string {
	best, distance := "", min(len(name)/3+1, 3)+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			d := diagonal
			if a[i-1] != b[j-1] {
				d = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], d
		}
	}
	return row[len(b)]
}
