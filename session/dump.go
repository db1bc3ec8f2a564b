package session

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go3s/incremental"
	"go3s/incremental/codegen"
	"go3s/incremental/source"
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
	var dumps []dump
	build := s.program.snapshot.dump(func(at incremental.Stage, of, text string) {
		if string(at) == stage {
			dumps = append(dumps, dump{of, text})
		}
	})
	if len(build.Diags) > 0 {
		return "", fmt.Errorf("dump %s: %w", name, build.Diags[0])
	}
	return s.chosen(stage, name, dumps, build.Probes)
}

// dump is the text that a stage made of a cell or probe.
type dump struct{ of, text string }

// chosen are those of the dumps that belong to a name. The caller holds changing.
func (s *Session) chosen(stage, name string, dumps []dump, probes []*incremental.Probe) (string, error) {
	wanted := make(map[string]bool) // names of cells and probes
	var known []string
	for _, p := range probes {
		known = append(known, p.Name)
		if p.Name == name || p.Group == name {
			wanted[p.Name], wanted[p.Group], wanted[p.Cell] = true, true, true
		}
	}
	for _, c := range s.program.cells {
		if slices.Contains(declares(c.file), name) {
			wanted[c.Name] = true
		}
	}
	dumps = slices.DeleteFunc(dumps, func(d dump) bool {
		of, _, _ := strings.Cut(d.of, " (") // as in "opens (lowered)"
		return !wanted[of]
	})
	switch {
	case len(wanted) == 0:
		return "", fmt.Errorf("dump: %w", source.Unknown("probe", name, known))
	case len(dumps) == 0:
		return "", fmt.Errorf("%s is no probe, and the stage %s knows nothing else; go, ast and types do", name, stage)
	}
	var b strings.Builder
	if stage != string(incremental.StageAsm) && stage != string(incremental.StageJSON) {
		b.WriteString(s.numbered(wanted))
	}
	for i, d := range dumps {
		if i > 0 {
			b.WriteByte('\n')
		}
		if len(dumps) > 1 && !strings.HasPrefix(d.text, "//") {
			fmt.Fprintf(&b, "// %s\n", d.of)
		}
		b.WriteString(s.withPlaces(d.text))
	}
	return b.String(), nil
}

// numbered is the source of the wanted cells, each line after its number. The caller holds changing.
func (s *Session) numbered(wanted map[string]bool) string {
	var b strings.Builder
	for _, c := range s.program.cells {
		if !wanted[c.Name] {
			continue
		}
		n := 0
		for line := range strings.Lines(c.Text) {
			if n++; strings.TrimSpace(line) != "" {
				fmt.Fprintf(&b, "// %3d  %s\n", n, strings.TrimRight(line, "\n\t "))
			}
		}
	}
	return b.String()
}

// placed matches a line of IR that ends with its place: the cell and two offsets.
var placed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*) @ (.+):(\d+):\d+$`) })

// placeColumn is where the source stands beside the IR.
const placeColumn = 56

// withPlaces puts the source beside each line of IR in the place of the offsets, where it is another than that of the line before.
func (s *Session) withPlaces(text string) string {
	texts := make(map[string]string)
	for _, c := range s.program.cells {
		texts[c.Name] = c.Text
	}
	var b strings.Builder
	last := ""
	for line := range strings.Lines(strings.ReplaceAll(text, "\t", "    ")) {
		m := placed().FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || texts[m[2]] == "" {
			b.WriteString(line)
			continue
		}
		place := snippet(texts[m[2]], m[3])
		if place == last {
			b.WriteString(m[1] + "\n")
			continue
		}
		last = place
		fmt.Fprintf(&b, "%-*s %s\n", placeColumn, m[1], place)
	}
	return b.String()
}

// snippet is a place in a cell and the text that stands there, up to the end of the line.
func snippet(text, start string) string {
	const most = 40
	from, _ := strconv.Atoi(start)
	from = min(from, len(text))
	line, column := source.Position(text, from)
	code, _, _ := strings.Cut(text[from:], "\n")
	short := []rune(strings.TrimSpace(code))
	if len(short) > most {
		short = append(short[:most:most], '…')
	}
	return fmt.Sprintf("; %d:%d %s", line, column, string(short))
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
