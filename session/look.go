package session

import (
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe"
	"go3s/session/host"
)

// Look finds out what can be seen from the caret, a byte offset, in a text that is being typed: what may follow a dot, or which names there
// are, with their types. It answers nothing while the session is being changed, rather than wait.
func (s *Session) Look(text string, caret int) *incremental.Sight {
	if !s.changing.TryLook() {
		return &incremental.Sight{}
	}
	defer s.changing.Unlock()
	compiled := s.program.Snapshot()
	if compiled == nil {
		return &incremental.Sight{}
	}
	return compiled.Look(source.Cell{Name: "entry", Text: text}, caret)
}

// Functions lists the functions of the kernel that can be hooked by name, sorted; nil if they can't be known.
func (s *Session) Functions() []string { return s.host.Functions() }

// KernelTypes lists the names of the kernel's structs and unions, sorted; nil if they can't be known.
func (s *Session) KernelTypes() []string { return s.host.Types() }

// Fields are the fields of ctx at a hook, in their order. The error is of a hook that the kernel does not have.
func (s *Session) Fields(hook string) ([]host.Field, error) {
	s.changing.Look()
	defer s.changing.Unlock()
	return s.host.Fields(s.universe(), hook)
}

// KernelType is the type, or the enum's constant, that the kernel calls name.
func (s *Session) KernelType(name string) (host.Type, error) {
	s.changing.Look()
	defer s.changing.Unlock()
	return s.host.Type(s.universe(), name)
}

// universe is what the session's programs see; nil with a compiler that sees nothing. The caller holds changing.
func (s *Session) universe() *universe.Universe {
	if compiled := s.program.Snapshot(); compiled != nil {
		return compiled.Universe()
	}
	return nil
}

// TaskName is the name (comm) of a running process or thread; empty if there is none of that number. It is raw.
func (s *Session) TaskName(pid uint64) string { return s.kernel.TaskName(pid) }
