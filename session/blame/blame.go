// Package blame finds the place in the user's text for what the kernel refuses, and says why in plain words.
package blame

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"go3s/attach"
	"go3s/attach/verifier"
	"go3s/incremental"
	"go3s/incremental/source"
)

// Load says why the kernel does not load a probe's program, at place where nothing better is known. It is nil for what is no matter of the
// user's text.
func Load(p *incremental.Probe, place source.Span, err error) *source.Diagnostic {
	if refusal, ok := errors.AsType[*attach.VerifierError](err); ok {
		return Verifier(refusal, p, place)
	}
	if unprivileged(err) {
		return nil
	}
	reason, remedy := why(err)
	return &source.Diagnostic{
		Code: source.AttachFailed, Span: place, Msg: fmt.Sprintf("the kernel does not load %s: %s", p.Name, reason), Hint: remedy,
	}
}

// Verifier says in plain words why the verifier refuses a program, at the place that its instruction comes from; at whole where it names
// none.
func Verifier(refusal *attach.VerifierError, p *incremental.Probe, whole source.Span) *source.Diagnostic {
	said := verifier.Parse(refusal.Log)
	raw := cmp.Or(said.Reason, refusal.Summary)
	d := &source.Diagnostic{
		Code: source.Verifier,
		Span: origin(p, said.Insn, whole),
		Msg:  fmt.Sprintf("the kernel's verifier refuses %s: %s", p.Name, cmp.Or(said.Words(), raw)),
		Hint: said.Remedy(),
	}
	if said.Kind == nil {
		d.Hint = "what the compiler accepts should pass the verifier, so this is most likely a fault of go3sh"
	} else {
		d.Hint += "\nthe verifier's words: " + raw
	}
	return d
}

// origin is the source of an instruction of a probe; whole for one without, or for none at all.
func origin(p *incremental.Probe, insn int, whole source.Span) source.Span {
	span := source.Span{}
	for _, mark := range p.Marks {
		if mark.Offset <= insn && mark.Span.IsValid() {
			span = mark.Span
		}
	}
	if !span.IsValid() {
		return whole
	}
	return span
}

// Attach says why a program could not be put to its hook, which the user wrote at place. hint is what is better than the remedy that is known
// for the error; it may be empty. It is nil for what is no matter of the user's text.
func Attach(p *incremental.Probe, place source.Span, hint string, err error) *source.Diagnostic {
	if unprivileged(err) {
		return nil
	}
	reason, remedy := why(err)
	return &source.Diagnostic{
		Code: source.AttachFailed, Span: place, Msg: fmt.Sprintf("%s can't be attached: %s", p.Name, reason), Hint: cmp.Or(hint, remedy),
	}
}

// Map says why a map could not be created. It is nil for what is no matter of the user's text, and for a session's own maps, which have no place.
func Map(m *incremental.Map, err error) *source.Diagnostic {
	if unprivileged(err) || !m.Span.IsValid() {
		return nil
	}
	reason, remedy := why(err)
	return &source.Diagnostic{
		Code: source.MapFailed, Span: m.Span, Msg: fmt.Sprintf("%s can't be created: %s", m.Name, reason), Hint: remedy,
	}
}

// unprivileged reports whether an error is no matter of the user's text, but of what this process may do.
func unprivileged(err error) bool {
	_, refused := errors.AsType[*attach.RefusedError](err)
	return !refused && errors.Is(err, fs.ErrPermission)
}

// why is the reason of an error of the kernel's, and what to do about it where that is known.
func why(err error) (reason, remedy string) {
	if refusal, ok := errors.AsType[*attach.RefusedError](err); ok {
		return refusal.Reason, refusal.Remedy
	}
	return err.Error(), ""
}
