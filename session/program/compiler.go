package program

import (
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// Compiler is a compiler with the cells it was given. It never changes. Package incremental's is Compile; tests have one of their own.
type Compiler interface {
	With(source.Cell) Compiler
	Without(name string) Compiler
	Build(incremental.BuildOptions) *incremental.Build
	Evaluate(source.Cell, incremental.BuildOptions) *incremental.Evaluation
}

// compiler makes an incremental.Snapshot a Compiler.
type compiler struct{ *incremental.Snapshot }

// Compile is the compiler for a kernel, without any cell.
func Compile(k universe.Kernel) Compiler { return compiler{incremental.New(k)} }

// With is the compiler with one more cell, or another text of one.
func (c compiler) With(cell source.Cell) Compiler { return compiler{c.Snapshot.With(cell)} }

// Without is the compiler without a cell.
func (c compiler) Without(name string) Compiler { return compiler{c.Snapshot.Without(name)} }

// parse is what could be parsed of a cell.
func parse(c source.Cell) *syntax.File {
	f, _ := syntax.Parse(c)
	return f
}

// IsEvaluation reports whether a cell is an expression or statements.
func IsEvaluation(c source.Cell) bool { return incremental.IsEvaluation(parse(c)) }
