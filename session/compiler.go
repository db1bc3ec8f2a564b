package session

import (
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/session/host"
)

// compilerFor is the compiler for a session's kernel, without any cell.
func compilerFor(h *host.Host) compiler { return snapshot{Snapshot: incremental.New(h)} }

// snapshot makes an incremental.Snapshot a compiler.
type snapshot struct {
	*incremental.Snapshot
	lines, wary []string // the groups of BuildOptions.Lines and Careful
}

func (s snapshot) with(c source.Cell) compiler { return snapshot{s.With(c), s.lines, s.wary} }

func (s snapshot) without(name string) compiler { return snapshot{s.Without(name), s.lines, s.wary} }

func (s snapshot) counting(groups []string) compiler { return snapshot{s.Snapshot, groups, s.wary} }

func (s snapshot) counted() []string { return s.lines }

func (s snapshot) caring(groups []string) compiler { return snapshot{s.Snapshot, s.lines, groups} }

func (s snapshot) careful() []string { return s.wary }

func (s snapshot) build(stage func(name string)) *incremental.Build {
	return s.Build(incremental.BuildOptions{Stage: stage, OneCore: stage == nil, Lines: s.lines, Careful: s.wary})
}

func (s snapshot) evaluate(c source.Cell, stage func(name string)) *incremental.Evaluation {
	return s.Evaluate(c, incremental.BuildOptions{Stage: stage})
}

func (snapshot) parse(c source.Cell) *syntax.File {
	f, _ := syntax.Parse(c)
	return f
}

func (s snapshot) dump(take func(stage incremental.Stage, name, text string)) *incremental.Build {
	return s.Build(incremental.BuildOptions{Dump: take, Lines: s.lines, Careful: s.wary})
}
