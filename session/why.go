package session

import (
	"errors"
	"fmt"
	"strings"

	"go3s/attach"
)

// Whole is all there is to say of why nothing came of an entry: what each of its diagnostics means, and the whole of what the kernel said,
// which for the verifier is its log. It is empty when the entry was accepted. The text is raw.
func (r Result) Whole() string {
	var b strings.Builder
	said := make(map[string]bool)
	for _, d := range r.Diags {
		if doc := d.Code.Doc(); doc != "" && !said[doc] {
			said[doc] = true
			fmt.Fprintf(&b, "[%s] %s\n", d.Code, doc)
		}
	}
	if refusal, ok := errors.AsType[*attach.VerifierError](r.Err); ok {
		fmt.Fprintf(&b, "the verifier on %s:\n", refusal.Program)
		for _, line := range refusal.Log {
			b.WriteString("    " + line + "\n")
		}
	} else if r.Err != nil {
		b.WriteString(r.Err.Error() + "\n")
	}
	return b.String()
}

// Source is what the user wrote of a probe, by its name or its group's, or the cell that declares a name; ok is false for what is nowhere.
func (s *Session) Source(name string) (text string, ok bool) {
	s.mu.Lock()
	for _, p := range s.probes {
		if p.name == name || p.group == name {
			text, ok = p.source, true
		}
	}
	s.mu.Unlock()
	if ok {
		return text, true
	}
	s.changing.Look()
	defer s.changing.Unlock()
	return s.program.Declaration(name)
}

// Declared are the names that the cells declare, probes not among them, in order of entry.
func (s *Session) Declared() []string {
	s.changing.Look()
	defer s.changing.Unlock()
	return s.program.Declared()
}

// TypeText is the declaration of a type that an entry declares, and of its methods, as they were written; empty if there is none.
func (s *Session) TypeText(name string) string {
	s.changing.Look()
	defer s.changing.Unlock()
	return s.program.TypeText(name)
}
