package session

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

// refused says that the kernel would not load a probe's program.
func (c *change) refused(p *incremental.Probe, err error) (*source.Diagnostic, error) {
	if refusal, ok := errors.AsType[*attach.VerifierError](err); ok {
		return refusedBy(refusal, p, c.program.Hook(p)), err
	}
	if unprivileged(err) {
		return nil, err
	}
	reason, remedy := why(err)
	return &source.Diagnostic{
		Code: source.AttachFailed,
		Span: c.program.Hook(p),
		Msg:  fmt.Sprintf("the kernel does not load %s: %s", p.Name, reason),
		Hint: remedy,
	}, err
}

// refusedBy says in plain words why the verifier refuses a program, at the place that its instruction comes from; at whole where it names
// none.
func refusedBy(refusal *attach.VerifierError, p *incremental.Probe, whole source.Span) *source.Diagnostic {
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

// notAttached says that a program could not be put to its hook.
func (c *change) notAttached(p *incremental.Probe, err error) (*source.Diagnostic, error) {
	if unprivileged(err) {
		return nil, err
	}
	reason, remedy := why(err)
	return &source.Diagnostic{
		Code: source.AttachFailed,
		Span: c.program.Hook(p),
		Msg:  fmt.Sprintf("%s can't be attached: %s", p.Name, reason),
		Hint: cmp.Or(c.s.meant(p.Hook, err), remedy),
	}, err
}

// noMap says that a map could not be created. The session's own maps have no place.
func noMap(m *incremental.Map, err error) (*source.Diagnostic, error) {
	if unprivileged(err) || !m.Span.IsValid() {
		return nil, err
	}
	reason, remedy := why(err)
	return &source.Diagnostic{
		Code: source.MapFailed,
		Span: m.Span,
		Msg:  fmt.Sprintf("%s can't be created: %s", m.Name, reason),
		Hint: remedy,
	}, err
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

// meant asks whether another hook was meant than one that is not there; empty if none is near.
func (s *Session) meant(hook incremental.Hook, err error) string {
	if !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	var known []string
	switch hook.Kind {
	case "tracepoint", "raw_tp", "tp_btf":
		known = s.host.Tracepoints()
	case "kprobe", "kretprobe", "fentry", "fexit":
		known = s.host.Functions()
	}
	name := hook.Name
	if hook.Category != "" {
		name = hook.Category + ":" + name
	}
	if near := source.Near(name, known); near != "" && near != name {
		return "did you mean " + near + "?"
	}
	return ""
}
