// Package check resolves the names of a cell, declares the maps it uses, runs Go's type checker over it, and
// refuses what Go allows and Go3s does not.
package check

import (
	"go/ast"
	"go/types"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// Use says how a cell uses a map or counter; it decides what kind of map it becomes.
type Use uint8

// The uses, a bit set.
const (
	Adds    Use = 1 << iota // m[k]++, m[k] += v, n++
	Assigns                 // m[k] = v, n = v
	Reads                   // m[k] in an expression, v, ok := m[k]
	Deletes                 // delete(m, k)
	Keyed                   // used with an index
)

// Map is a map or counter declared by use.
type Map struct {
	Name string
	// Var has the type map[Key]Value, or an unsigned 64-bit integer for a counter without a key. It belongs to the
	// package Universe.Maps.
	Var     *types.Var
	Counter bool
	Span    source.Span // the first use
}

// Probe is one function with a hook, ready for SSA construction.
type Probe struct {
	Syntax  *syntax.Probe
	Hook    syntax.Hook
	Func    *types.Func // its signature is func(ctx *C) or func(ctx *C) int
	Decl    *ast.FuncDecl
	Context *universe.Context
}

// Unit is a checked cell.
type Unit struct {
	File   *syntax.File
	Pkg    *types.Package // path "main"
	Info   *types.Info    // complete, as go/ssa needs it
	Files  []*ast.File
	Probes []*Probe
	Funcs  []*types.Func // declared functions without a hook
	// Maps are the maps that this cell is the first to use.
	Maps []*Map
}

// Input is what a cell is checked against.
type Input struct {
	File     *syntax.File
	Universe *universe.Universe
	// Names are the package-level objects that other cells declare.
	Names map[string]types.Object
	// Maps are the maps that earlier cells declare by use.
	Maps map[string]*Map
}
