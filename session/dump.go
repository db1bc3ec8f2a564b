package session

import (
	"fmt"
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/incremental/codegen"
	"go3s/incremental/source"
	"go3s/session/program"
)

// StageTranslated is the stage of Dump behind the compiler's: what the kernel has made of the instructions.
const StageTranslated = "xlated"

// Stages are the names of the stages that Dump knows, in the order in which a program goes through them.
func Stages() []string {
	var names []string
	for _, s := range incremental.Stages() {
		names = append(names, string(s))
	}
	return append(names, StageTranslated)
}

// Dump is what a stage of the compiler, or the kernel for StageTranslated, makes of a probe, by the name that it or its group has; the stages
// up to "types" know cells, and take the name of any declaration too. Lines of source stand over or beside what they became.
func (s *Session) Dump(stage, name string) (string, error) {
	if !slices.Contains(Stages(), stage) {
		return "", fmt.Errorf("dump %s: %w", name, source.Unknown("stage", stage, Stages()))
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	if stage == StageTranslated {
		return s.translated(name)
	}
	return s.program.Dump(stage, name)
}

// translated is what runs in the kernel for a probe or a group of them. The caller holds changing.
func (s *Session) translated(name string) (string, error) {
	var found []*probe
	var known []string
	s.mu.Lock()
	for _, p := range s.probes {
		if !p.state.Linked() {
			continue
		}
		known = append(known, p.name)
		if p.name == name || p.group == name {
			found = append(found, p)
		}
	}
	s.mu.Unlock()
	if len(found) == 0 {
		return "", fmt.Errorf("dump: %w", source.Unknown("probe", name, known))
	}
	var b strings.Builder
	for i, p := range found {
		insns, err := s.kernel.Translated(p.program)
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		if len(found) > 1 {
			fmt.Fprintf(&b, "// %s\n", p.name)
		}
		b.WriteString(codegen.Disassemble(insns, s.calledName))
	}
	return b.String(), nil
}

// callBase is the function that the kernel counts the addresses of the functions from that programs call.
const callBase = "__bpf_call_base"

// calledName is the name of the function in the kernel that a translated call goes to; empty if it can't be found.
func (s *Session) calledName(offset int64) string {
	base, ok := s.kernel.SymbolAddress(callBase)
	if !ok {
		return ""
	}
	name := s.kernel.KernelSymbol(base + uint64(offset))
	if strings.HasPrefix(name, "0x") {
		return ""
	}
	return name
}

// Export is all that was entered and still holds as one program in the long form, formatted as gofmt does: run from nothing it attaches
// the same probes, and those that are suspended have the attribute of that name. Comments are kept. What is in the maps is not part of it.
// The error is of a text that could not be formatted, which is a bug of this program.
func (s *Session) Export() (string, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.program.Export(s.settings.Lines(program.Directive), s.userMaps())
}
