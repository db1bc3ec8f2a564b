package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go3s/incremental/source"
	"go3s/session/program"
)

// A program in a file may give settings their values by lines such as
//
//	//go3sh:set strlen 128
//
// which is how Export keeps those that belong to what runs: how much is read of strings, how large maps are, how their numbers are shown,
// how the panes of the view stand. What is a matter of the host and its user, the budget, memory and colours, stays with these.

// kept reports whether a setting belongs to a program.
func kept(name string) bool {
	return slices.Contains([]string{"strlen", "mapsize", "ringsize", "units", "view"}, name) || strings.HasPrefix(name, UnitSetting)
}

// directives are the lines for the settings that have values of their own.
func (s *Session) directives() string {
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.settings.values)) {
		if kept(name) {
			fmt.Fprintf(&b, "%s%s %s\n", program.Directive, name, s.settings.values[name])
		}
	}
	return b.String()
}

// heed gives settings the values that a cell's text has for them, or none of them: then it returns what is wrong. What it returns otherwise
// takes them back. The caller holds changing.
func (s *Session) heed(cell source.Cell) (undo func(), diags []source.Diagnostic) {
	if !strings.Contains(cell.Text, program.Directive) {
		return func() {}, nil
	}
	s.settings.mu.Lock()
	before := maps.Clone(s.settings.values)
	s.settings.mu.Unlock()
	undo = func() {
		s.settings.mu.Lock()
		defer s.settings.mu.Unlock()
		s.settings.values = before
	}
	at := 0
	for line := range strings.Lines(cell.Text) {
		rest, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), program.Directive)
		if ok {
			name, value, _ := strings.Cut(strings.TrimSpace(rest), " ")
			err := fmt.Errorf("%s is no setting of a program: give it at the prompt", name)
			if _, _, _, unknown := choice(name); unknown != nil || kept(name) {
				err = s.set(name, strings.TrimSpace(value))
			}
			if err != nil {
				diags = append(diags, source.Diagnostic{
					Code: source.Attribute, Msg: err.Error(),
					Span: source.Span{Cell: cell.Name, Start: at, End: at + len(program.Directive) + len(rest)},
				})
			}
		}
		at += len(line)
	}
	if len(diags) > 0 {
		undo()
	}
	return undo, diags
}

// arrangement takes how panes stand, which the view alone understands.
func arrangement(text string) (string, error) {
	for _, r := range text {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789:-| ", r) {
			return "", fmt.Errorf("%q is none", text)
		}
	}
	return strings.Join(strings.Fields(text), " "), nil
}
