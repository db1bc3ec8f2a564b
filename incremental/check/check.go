// Package check resolves the names of a cell, declares the maps it uses, runs Go's type checker over it, and
// refuses what Go allows and Go3s does not.
package check

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"go3s/incremental/abi"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// Map is a map or counter of the user's.
type Map struct {
	Name string
	// Var has the type map[Key]Value, or any type with a fixed layout for a variable without a key: a counter, or what the cell
	// declares by var. It belongs to a package with the path universe.MapsPath, a fresh one for each unit.
	Var     *types.Var
	Counter bool     // it has no key
	Init    ast.Expr // what a variable without a key starts with, a constant or a literal of constants; nil for zero
	// Explicit is set when the cell declares the map by var; otherwise its first use declares it.
	Explicit bool
	// Kind and Entries are what an explicit declaration says: ByUse and 0 where it says nothing.
	Kind    universe.MapKind
	Entries int
	// Aggregate says what the map makes of its values; nil for a map of values as they are.
	Aggregate *abi.Aggregate
	Span      source.Span // the declaration or the first use
}

// Probe is one function with a hook, ready for SSA construction.
type Probe struct {
	Syntax  *syntax.Probe
	Group   string      // the probe's name in the user's text; Syntax.Name is another where a probe has several hooks
	Hook    syntax.Hook // Kind and Target complete, as in tracepoint and syscalls:sys_enter_openat
	Func    *types.Func // its signature is func(ctx *C) or func(ctx *C) int
	Decl    *ast.FuncDecl
	Context *universe.Context
	// Rate is how often the probe runs a second at most; 0 for as often as there are events.
	Rate int64
}

// Unit is a checked cell.
type Unit struct {
	File   *syntax.File
	Pkg    *types.Package // path universe.MainPath
	Info   *types.Info    // complete, as go/ssa needs it
	Files  []*ast.File
	Probes []*Probe
	Funcs  []*types.Func // declared functions without a hook, methods included
	// Names are the package-level constants, types and functions that the cell declares, for Input.Names of other cells.
	Names map[string]types.Object
	// Maps are the maps that this cell declares or is the first to use, in the order of their spans.
	Maps []*Map
}

// Input is what a cell is checked against.
type Input struct {
	File     *syntax.File
	Scan     *Scan // of File; nil where there is none yet
	Universe *universe.Universe
	// Names are the package-level objects that other cells declare. Maps goes first where both have a name.
	Names map[string]types.Object
	// Maps are the maps that earlier cells declare, by use or explicitly.
	Maps map[string]*Map

	once bool // the cell runs once; see Evaluate
}

// Check checks a cell. The diagnostics are in source order; with any of them there is no unit. The syntax tree of the cell
// is not changed: where the unit differs from it, the unit has nodes of its own, at the same positions.
func Check(in Input) (*Unit, []source.Diagnostic) {
	c := &checker{
		in:       in,
		file:     in.File,
		universe: in.Universe,
		names:    in.names(),
		wraps:    make(map[*ast.AssignStmt]types.Type),
		groups:   make(map[*syntax.Probe]string),
	}
	if c.file.AST == nil {
		return &Unit{File: c.file, Pkg: types.NewPackage(universe.MainPath, "main"), Info: newInfo(0)}, nil
	}
	c.longForms()
	c.nameFields()
	c.namedMaps()
	c.instances()
	c.bareStatements()
	c.kernelNames()
	c.receivers()
	c.resolveHooks()
	c.readAttributes()
	c.loopAttributes()
	c.findMaps()
	c.inferMaps()
	c.finalPass()
	c.meet()
	c.aggregates()
	c.namedTypes()
	c.typeErrors()
	c.subset()
	c.kernelValues()
	c.calls()
	c.mapTypes()
	if len(c.diags) > 0 {
		return nil, c.instanceErrors(in, c.finish())
	}
	return c.unit(), nil
}

// names is what is known of the names of the cell.
func (in *Input) names() *names {
	if in.Scan != nil && in.Scan.file == in.File {
		return in.Scan.names
	}
	return scanNames(in.File)
}

// checker is the state of one Check.
type checker struct {
	in       Input
	file     *syntax.File
	universe *universe.Universe
	names    *names
	groups   map[*syntax.Probe]string // the name of the probe that an instance is of
	probes   []*probe
	maps     []*inferred // the maps declared by use, by first use
	wraps    map[*ast.AssignStmt]types.Type
	named    []named // the maps that are declared by their types with a name
	// attributes are those of the package variables, aggregations what the uses say of aggregates; by name.
	attributes   map[string]*mapAttribute
	aggregations map[string]*aggregation
	aliased      []types.Type           // types that have a name of ours
	locals       []types.Type           // of the names that are local to functions, as far as quickType has told them
	passes       []*types.Package       // the package of each pass
	homeless     map[*ast.FuncDecl]bool // methods of types that are declared elsewhere

	// The last pass of Go's checker.
	pkg     *types.Package
	mapsPkg *types.Package // of the variables of maps; nil as long as there are none
	info    *types.Info
	tree    *ast.File
	errs    []types.Error
	met     met

	diags []source.Diagnostic
	// refused are the spans of constructs that have been refused as a whole: what else is wrong in them is an echo.
	refused []source.Span
	// conflicts are the spans of statements in which a map conflict has been found: what else is wrong in them is an echo.
	conflicts []source.Span
}

// report adds a diagnostic for a node.
func (c *checker) report(code source.Code, n ast.Node, msg, hint string) {
	c.diags = append(c.diags, source.Diagnostic{Code: code, Span: c.span(n), Msg: msg, Hint: hint})
}

// refuse reports a construct that Go allows and Go3s does not.
func (c *checker) refuse(n ast.Node, msg, hint string) {
	c.report(source.Unsupported, n, msg, hint)
	c.refused = append(c.refused, c.span(n))
}

func (c *checker) span(n ast.Node) source.Span { return c.file.Span(n.Pos(), n.End()) }

// finish drops the echoes of refused constructs and all but the first diagnostic of a place, and puts them in order.
func (c *checker) finish() []source.Diagnostic {
	var out []source.Diagnostic
	for _, d := range c.diags {
		same := func(o source.Diagnostic) bool { return o.Span == d.Span }
		if !c.isEcho(d) && !slices.ContainsFunc(out, same) {
			out = append(out, d)
		}
	}
	return source.Sort(out)
}

// isRefused reports whether the place lies in a construct that has been refused.
func (c *checker) isRefused(span source.Span) bool {
	for _, r := range c.refused {
		if r.Start <= span.Start && span.End <= r.End {
			return true
		}
	}
	return false
}

// isEcho reports whether the diagnostic lies in a refused construct and is not the refusal itself, or is about what surrounds one.
func (c *checker) isEcho(d source.Diagnostic) bool {
	for _, r := range c.conflicts {
		if r.Start <= d.Span.Start && d.Span.End <= r.End && d.Code != source.MapConflict {
			return true
		}
	}
	for _, r := range c.refused {
		if d.Code == source.Type && d.Span.Start <= r.Start && r.End <= d.Span.End && strings.Contains(d.Msg, "mismatched types") {
			return true // of an operand that may not stand there at all
		}
		if r.Start > d.Span.Start || d.Span.End > r.End {
			continue
		}
		refusal := d.Code == source.Unsupported || d.Code == source.MapConflict
		if !refusal || d.Span != r {
			return true
		}
	}
	return false
}

// bareStatements refuses what stands outside of a probe.
func (c *checker) bareStatements() {
	switch {
	case c.file.Expr != nil:
		c.refuse(c.file.Expr, "expressions outside of a probe are not there yet", "")
	case len(c.file.Stmts) > 0:
		first, last := c.file.Stmts[0], c.file.Stmts[len(c.file.Stmts)-1]
		span := c.file.Span(first.Pos(), last.End())
		c.diags = append(c.diags, source.Diagnostic{
			Code: source.Unsupported, Span: span, Msg: "statements outside of a probe are not there yet",
			Hint: "put them between the braces of a probe",
		})
		c.refused = append(c.refused, span)
	}
}

// unit puts together what has been found out.
func (c *checker) unit() *Unit {
	u := &Unit{File: c.file, Pkg: c.pkg, Info: c.info, Files: []*ast.File{c.tree}, Names: make(map[string]types.Object)}
	for _, p := range c.probes {
		fn, _ := c.info.Defs[p.decl.Name].(*types.Func)
		u.Probes = append(u.Probes, &Probe{Syntax: p.syntax, Group: c.groupOf(p.syntax), Hook: p.hook, Func: fn, Decl: p.decl, Context: p.context, Rate: rateOf(p.syntax)})
	}
	for _, d := range c.tree.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || c.isProbe(fd) {
			continue
		}
		if fn, ok := c.info.Defs[fd.Name].(*types.Func); ok {
			u.Funcs = append(u.Funcs, fn)
		}
	}
	for name := range c.names.all(declared) {
		obj := c.pkg.Scope().Lookup(name)
		if obj != nil && !c.names.is(name, variable) {
			u.Names[name] = obj
		}
	}
	u.Maps = c.mapVars()
	return u
}

func (c *checker) isProbe(fd *ast.FuncDecl) bool {
	for _, p := range c.probes {
		if p.decl == fd {
			return true
		}
	}
	return false
}
