package session

import (
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// compilerFor is the compiler without any cell.
func compilerFor(f *formats) compiler { return snapshot{} }

// snapshot makes an incremental.Snapshot a compiler.
type snapshot struct{}

func (s snapshot) with(c source.Cell) compiler { return s }

func (s snapshot) without(name string) compiler { return s }

func (s snapshot) build(stage func(name string)) *incremental.Build { return &incremental.Build{} }

func (s snapshot) parse(c source.Cell) *syntax.File { return &syntax.File{} }
