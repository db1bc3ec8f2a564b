package session

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/source"
)

// refused says that the kernel would not load a probe's program.
func (c *change) refused(p *incremental.Probe, err error) (*source.Diagnostic, error) {
	if refusal, ok := errors.AsType[*attach.VerifierError](err); ok {
		return &source.Diagnostic{
			Code: source.Verifier,
			Span: c.blamed(p, refusal),
			Msg:  fmt.Sprintf("the kernel's verifier refuses %s: %s", p.Name, refusal.Summary),
			Hint: "what the compiler accepts should pass the verifier, so this is most likely a fault of go3sh",
		}, err
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	return &source.Diagnostic{
		Code: source.Verifier,
		Span: c.program.hook(p),
		Msg:  fmt.Sprintf("the kernel does not load %s: %v", p.Name, err),
	}, err
}

// loggedInsn matches what the verifier logs of an instruction: its number, counted in raw instructions, and its opcode.
var loggedInsn = regexp.MustCompile(`^(\d+): \([0-9a-f]{2}\)`)

// blamed is the source of the last instruction that the verifier looked at; without one it is the hook.
func (c *change) blamed(p *incremental.Probe, refusal *attach.VerifierError) source.Span {
	at := -1
	for _, line := range refusal.Log {
		if m := loggedInsn.FindStringSubmatch(line); m != nil {
			at, _ = strconv.Atoi(m[1])
		}
	}
	span := source.Span{}
	for _, mark := range p.Marks {
		if mark.Offset <= at && mark.Span.IsValid() {
			span = mark.Span
		}
	}
	if !span.IsValid() {
		return c.program.hook(p)
	}
	return span
}

// notAttached says that a program could not be put to its hook.
func (c *change) notAttached(p *incremental.Probe, err error) (*source.Diagnostic, error) {
	if errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	return &source.Diagnostic{
		Code: source.AttachFailed,
		Span: c.program.hook(p),
		Msg:  fmt.Sprintf("%s can't be attached: %v", p.Name, err),
	}, err
}

// noMap says that a map could not be created. The session's own maps have no place.
func noMap(m *incremental.Map, err error) (*source.Diagnostic, error) {
	if errors.Is(err, fs.ErrPermission) || !m.Span.IsValid() {
		return nil, err
	}
	return &source.Diagnostic{
		Code: source.MapFailed,
		Span: m.Span,
		Msg:  fmt.Sprintf("%s can't be created: %v", m.Name, err),
	}, err
}

// unknown is the error of a name that is not among known.
func unknown(what, name string, known []string) error {
	msg := fmt.Sprintf("there is no %s %q", what, name)
	if near := source.Near(name, known); near != "" {
		msg += fmt.Sprintf("; did you mean %s?", near)
	} else if len(known) > 0 && len(known) <= 10 {
		msg += "; there is " + strings.Join(known, ", ")
	}
	return errors.New(msg)
}
