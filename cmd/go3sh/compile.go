package main

import (
	"strings"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
	"go3s/session"
	"go3s/session/harmless"
)

// formats is what the compiler asks of the kernel, answered by the session.
type formats struct {
	*session.Session
	kernel   *attach.Kernel
	features attach.Features
}

// Symbol is the address of a function or variable of the kernel.
func (f formats) Symbol(name string) (addr uint64, ok bool) { return f.kernel.SymbolAddress(name) }

// KeepsStates reports whether values may be kept with threads.
func (f formats) KeepsStates() bool { return f.kernel.KeepsStates() }

func (f formats) Tracepoint(category, name string) *universe.Format {
	return f.Format(category + ":" + name)
}

func (f formats) Features() universe.Features {
	return universe.Features{ISA: f.features.ISA, CPUs: f.features.CPUs, Version: f.features.Version}
}

// compile compiles all cells together and leaves the kernel alone: the errors of all are shown, and one of two probes of the same
// name is refused and does not replace the other, as it would at the prompt.
func (t *sitting) compile(o incremental.BuildOptions) int {
	features, err := t.kernel.Features()
	if err != nil {
		return t.fail(err)
	}
	s := incremental.New(formats{t.session, t.kernel, features})
	var once []source.Cell
	for _, c := range t.cells {
		if f, _ := syntax.Parse(c); incremental.IsEvaluation(f) {
			once = append(once, c)
		} else {
			s = s.With(c)
		}
	}
	diags := s.Build(o).Diags
	for _, c := range once {
		if len(diags) == 0 {
			diags = s.Evaluate(c, o).Diags
		}
	}
	if len(diags) > 0 {
		return t.refused(t.session.Refused(diags))
	}
	return exitOK
}

// emitStage prints what a stage of the compiler makes of the cells. Where it makes several texts, each has its name above it.
func (t *sitting) emitStage() int {
	type dump struct{ name, text string }
	var dumps []dump
	status := t.compile(incremental.BuildOptions{Dump: func(stage incremental.Stage, name, text string) {
		if string(stage) == t.emit {
			dumps = append(dumps, dump{name, text})
		}
	}})
	for _, d := range dumps {
		if len(dumps) > 1 && t.emit != string(incremental.StageJSON) {
			t.stdout.line("// " + harmless.Text(d.name))
		}
		for line := range strings.Lines(d.text) {
			t.stdout.line(harmless.Text(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")))
		}
	}
	return status
}

// stageNames are the values of --emit.
func stageNames() []string {
	var names []string
	for _, s := range incremental.Stages() {
		names = append(names, string(s))
	}
	return names
}
