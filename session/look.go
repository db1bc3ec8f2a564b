package session

import (
	"sync"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Look finds out what can be seen from the caret, a byte offset, in a text that is being typed: what may follow a dot, or which names there
// are, with their types. It answers nothing while the session is being changed, rather than wait.
func (s *Session) Look(text string, caret int) *incremental.Sight {
	if !s.changing.TryLook() {
		return &incremental.Sight{}
	}
	defer s.changing.Unlock()
	compiled, ok := s.program.snapshot.(snapshot)
	if !ok {
		return &incremental.Sight{}
	}
	return compiled.Look(source.Cell{Name: "entry", Text: text}, caret)
}

// Functions lists the functions of the kernel that can be hooked by name, sorted; nil if they can't be known.
func (s *Session) Functions() []string { return s.formats.functions() }

// functionsOf lists the functions that BTF describes, once.
func functionsOf(btf func() *universe.BTF) func() []string {
	return sync.OnceValue(func() []string {
		if b := btf(); b != nil {
			return b.Functions()
		}
		return nil
	})
}
