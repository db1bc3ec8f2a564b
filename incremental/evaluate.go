package incremental

import (
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"slices"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// Evaluation is what a cell compiles to that is an expression or statements, as typed at the prompt. One of Constant, Map and Program
// says where its value comes from; a Map with a Program has its key from there.
type Evaluation struct {
	Diags []source.Diagnostic
	// Constant is the value of a constant expression: nothing has to run.
	Constant *Constant
	// Map is the map that the expression names. Whole says that all of it is meant; otherwise it is the entry whose key the program
	// leaves as its value.
	Map   string
	Whole bool
	// Count says that the value is how many keys Map has.
	Count bool
	// Counts are the maps whose numbers of keys are to be in the map CountMap before Program runs, by word.
	Counts []string
	// Program runs once. Its kind is RawTP, it has no hook.
	Program *Probe
	// Maps are those of Program's maps that it has for itself, and the ring.
	Maps []*Map
	// Results are the values that Program leaves in the map ResultMap, by offset; behind a word that is not zero if it came so far.
	Results []layout.Field
}

// Constant is a constant of Go.
type Constant struct {
	Type  string // after untyped constants have got their default type
	Value any    // bool, string, int64, uint64, float64; a string for a number that none of these holds
}

// ResultMap is the map in which a program leaves the value of an expression; see package abi.
const ResultMap = abi.ResultMap

// CountMap is the map in which a program finds how many keys other maps have; see package abi.
const CountMap = abi.CountMap

// IsEvaluation reports whether a cell is an expression or statements, which run once and do not stay in the snapshot.
func IsEvaluation(f *syntax.File) bool { return f.Body != nil && f.Command == "" }

// Evaluate compiles a cell that is an expression or statements, among the cells of the snapshot. It does not become one of them, and what
// it does to maps has no part in what kinds of maps they are.
func (s *Snapshot) Evaluate(cell source.Cell, o BuildOptions) *Evaluation {
	c := s.tables(BuildOptions{Stage: o.Stage})
	if len(c.build.Diags) > 0 {
		return &Evaluation{Diags: source.Sort(c.build.Diags)}
	}
	c.options = o
	e := &evaluation{compiler: c, out: &Evaluation{}}
	c.guard(source.Span{Cell: cell.Name, End: len(cell.Text)}, func() { e.run(cell) })
	if diags := append(e.out.Diags, c.build.Diags...); len(diags) > 0 {
		return &Evaluation{Diags: source.Sort(diags)}
	}
	return e.out
}

// evaluation is one Evaluate.
type evaluation struct {
	*compiler
	cell *parsedCell
	out  *Evaluation
}

func (e *evaluation) input(f *syntax.File) check.Input {
	return check.Input{File: f, Universe: e.memo.universe, Names: e.names, Maps: e.maps}
}

func (e *evaluation) run(cell source.Cell) {
	e.enter("parse")
	f, diags := syntax.Parse(cell)
	e.cell = &parsedCell{file: f, text: cell.Text}
	e.parsed = append(slices.Clip(e.parsed), e.cell)
	if len(diags) > 0 || !IsEvaluation(f) {
		e.out.Diags = diags
		return
	}
	e.enter("types")
	if f.Expr != nil {
		if tv, ok := check.Constant(e.input(f), f.Expr); ok {
			e.out.Constant = constantOf(tv)
			return
		}
		if e.out.Map = e.mapCounted(f.Expr); e.out.Map != "" {
			e.out.Count = true
			return
		}
		name, key := e.mapRead(f.Expr)
		if name != "" && key == nil {
			e.out.Map, e.out.Whole = name, true
			return
		}
		if name != "" {
			e.out.Map = name
			f = check.Only(f, key)
		}
	}
	e.compile(f)
}

// mapRead is the map that an expression names, and the key with which it does; a map that programs share needs no such treatment.
func (e *evaluation) mapRead(x ast.Expr) (name string, key ast.Expr) {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if e.maps[x.Name] != nil {
			return x.Name, nil
		}
	case *ast.IndexExpr:
		id, ok := x.X.(*ast.Ident)
		if ok && e.maps[id.Name] != nil && !e.maps[id.Name].Counter && !e.layout[id.Name].Shared() {
			return id.Name, x.Index
		}
	}
	return "", nil
}

// mapCounted is the map with keys whose length an expression is, or "".
func (e *evaluation) mapCounted(x ast.Expr) string {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || e.names["len"] != nil {
		return ""
	}
	fun, ok := call.Fun.(*ast.Ident)
	id, named := ast.Unparen(call.Args[0]).(*ast.Ident)
	if !ok || !named || fun.Name != "len" || e.maps[id.Name] == nil {
		return ""
	}
	if _, keyed := e.maps[id.Name].Var.Type().Underlying().(*types.Map); !keyed {
		return ""
	}
	return id.Name
}

// compile takes the cell through all stages.
func (e *evaluation) compile(f *syntax.File) {
	unit, diags := check.Evaluate(e.input(f))
	if e.out.Diags = diags; len(diags) > 0 {
		return
	}
	if e.out.Map != "" {
		if e.out.Diags = e.checkKey(f, unit); len(e.out.Diags) > 0 {
			return
		}
	}
	e.enter("ssa")
	pkg := e.memo.base(f.Cell.Text, e.options.Dump != nil).Build(unit, e.maps, e.checks, e.layout)
	pr := unit.Probes[0]
	e.dump(StageSSA, pr.Syntax.Name, func() string { return pkg.SSA(pr) })
	ring := &ir.Map{Name: abi.RingMap, Kind: ir.Ring, Entries: RingSize}
	var prog *lower.Program
	var result *abi.Schema
	d := e.draft(e.cell, pr, func(careful bool) (_ *lower.Program, diags []source.Diagnostic) {
		prog, result, diags = pkg.Evaluate(pr, maps.Clone(e.layout), ring, careful)
		return prog, diags
	})
	d.backEnd(e.enter)
	e.out.Program, e.out.Diags = e.collect(d)
	if prog == nil {
		return
	}
	e.out.Counts = prog.Counted
	if result != nil {
		e.out.Results = result.Fields
	}
	defer func() {
		e.dump(StageJSON, pr.Syntax.Name, func() string { return e.describe(e.out.Program, append(e.build.Maps, e.out.Maps...)) })
	}()
	for _, m := range prog.Module.Maps {
		if e.maps[m.Name] == nil {
			e.out.Maps = append(e.out.Maps, &Map{Map: *m})
		}
	}
}

// checkKey checks that the expression that a file has been reduced to can be a key of the map.
func (e *evaluation) checkKey(f *syntax.File, unit *check.Unit) []source.Diagnostic {
	want := e.maps[e.out.Map].Var.Type().Underlying().(*types.Map).Key()
	tv := unit.Info.Types[f.Expr]
	w, _ := want.Underlying().(*types.Basic)
	t, _ := types.Unalias(tv.Type).(*types.Basic)
	const kinds = types.IsBoolean | types.IsString | types.IsInteger
	switch {
	case tv.Type == nil, types.AssignableTo(tv.Type, want):
		return nil
	case tv.Value != nil && w != nil && t != nil && w.Info()&kinds == t.Info()&kinds:
		return nil // an untyped constant
	}
	name := func(t types.Type) string { return types.TypeString(t, func(*types.Package) string { return "" }) }
	return []source.Diagnostic{{
		Code: source.Type, Span: f.Span(f.Expr.Pos(), f.Expr.End()),
		Msg: "the keys of " + e.out.Map + " are " + name(want) + ", not " + name(tv.Type),
	}}
}

// constantOf is a constant as a value.
func constantOf(tv types.TypeAndValue) *Constant {
	t := types.Default(tv.Type)
	c := &Constant{Type: types.TypeString(t, func(*types.Package) string { return "" })}
	b, _ := t.Underlying().(*types.Basic)
	switch {
	case b == nil:
	case b.Info()&types.IsBoolean != 0:
		c.Value = constant.BoolVal(tv.Value)
	case b.Info()&types.IsString != 0:
		c.Value = constant.StringVal(tv.Value)
	case b.Info()&types.IsInteger != 0:
		v := constant.ToInt(tv.Value)
		if n, exact := constant.Int64Val(v); exact {
			c.Value = n
		} else if n, exact := constant.Uint64Val(v); exact {
			c.Value = n
		} else {
			c.Value = v.ExactString()
		}
	case b.Info()&types.IsFloat != 0:
		c.Value, _ = constant.Float64Val(tv.Value)
	}
	if c.Value == nil {
		c.Value = tv.Value.String()
	}
	return c
}
