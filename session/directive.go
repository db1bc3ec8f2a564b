package session

import (
	"fmt"
	"strings"

	"go3s/incremental/source"
	"go3s/session/program"
	"go3s/session/settings"
)

// A program in a file may give settings their values by lines such as
//
//	//go3sh:set strlen 128
//
// which is how Export keeps those that belong to what runs: how much is read of strings, how large maps are, how their numbers are shown,
// how the panes of the view stand. What is a matter of the host and its user, the budget, memory and colours, stays with these.

// heed gives settings the values that a cell's text has for them, or none of them: then it returns what is wrong. What it returns otherwise
// takes them back. The caller holds changing.
func (s *Session) heed(cell source.Cell) (undo func(), diags []source.Diagnostic) {
	if !strings.Contains(cell.Text, program.Directive) {
		return func() {}, nil
	}
	undo = s.settings.Save()
	at := 0
	for line := range strings.Lines(cell.Text) {
		rest, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), program.Directive)
		if ok {
			name, value, _ := strings.Cut(strings.TrimSpace(rest), " ")
			err := fmt.Errorf("%s is no setting of a program: give it at the prompt", name)
			if _, unknown := s.Get(name); unknown != nil || settings.OfProgram(name) {
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
