package program

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go3s/incremental"
	"go3s/incremental/source"
)

// Dump is what a stage of the compiler makes of a probe, by the name that it or its group has; the stages up to "types" know cells, and take
// the name of any declaration too. Lines of source stand over or beside what they became.
func (p Program) Dump(stage, name string) (string, error) {
	var dumps []dump
	build := p.compiler.Build(incremental.BuildOptions{Lines: p.counted, Careful: p.careful, Dump: func(at incremental.Stage, of, text string) {
		if string(at) == stage {
			dumps = append(dumps, dump{of, text})
		}
	}})
	if len(build.Diags) > 0 {
		return "", fmt.Errorf("dump %s: %w", name, build.Diags[0])
	}
	return p.chosen(stage, name, dumps, build.Probes)
}

// dump is the text that a stage made of a cell or probe.
type dump struct{ of, text string }

// chosen are those of the dumps that belong to a name.
func (p Program) chosen(stage, name string, dumps []dump, probes []*incremental.Probe) (string, error) {
	wanted := make(map[string]bool) // names of cells and probes
	var known []string
	for _, of := range probes {
		known = append(known, of.Name)
		if of.Name == name || of.Group == name {
			wanted[of.Name], wanted[of.Group], wanted[of.Cell] = true, true, true
		}
	}
	for _, c := range p.cells {
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
		b.WriteString(p.numbered(wanted))
	}
	for i, d := range dumps {
		if i > 0 {
			b.WriteByte('\n')
		}
		if len(dumps) > 1 && !strings.HasPrefix(d.text, "//") {
			fmt.Fprintf(&b, "// %s\n", d.of)
		}
		b.WriteString(p.withPlaces(d.text))
	}
	return b.String(), nil
}

// numbered is the source of the wanted cells, each line after its number.
func (p Program) numbered(wanted map[string]bool) string {
	var b strings.Builder
	for _, c := range p.cells {
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
func (p Program) withPlaces(text string) string {
	texts := make(map[string]string)
	for _, c := range p.cells {
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
