package incremental

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/lower"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// RingSize is the default size of the ring buffer in bytes.
const RingSize = 4 << 20

// Build compiles the snapshot. What an earlier Build of a related snapshot compiled from the same input is taken from there.
//
// A failure of the compiler itself is a diagnostic with the code compiler-bug; the session can go on.
func (s *Snapshot) Build(o BuildOptions) *Build {
	defer s.memo.trim()
	if b := s.memo.edited(s.cells, o); b != nil {
		return b
	}
	c := &compiler{memo: s.memo, options: o, build: &Build{}}
	c.cells(s.cells)
	c.build.Diags = source.Sort(c.build.Diags)
	if len(c.build.Diags) > 0 {
		return &Build{Diags: c.build.Diags}
	}
	s.memo.settle(s.cells, c)
	return c.build
}

// compiler is one Build.
type compiler struct {
	memo    *memo
	options BuildOptions
	build   *Build
	stage   string // the running stage, for the report of a panic

	parsed []*parsedCell
	uses   map[string]check.Use // over all cells
	owner  map[string]*parsedCell
	maps   map[string]*check.Map
	layout map[string]*lower.Map
	names  map[string]types.Object
	probes map[string]source.Span
	units  map[*parsedCell]*compiledUnit
	checks map[*types.Package]*check.Unit // the checked cells, for functions that others call
	list   inventory
}

// parsedCell is a cell after parsing, with the names it declares and the names it mentions.
type parsedCell struct {
	file     *syntax.File
	diags    []source.Diagnostic
	scan     *check.Scan
	uses     map[string]check.Use
	declares []string
	places   map[string]source.Span // of what it declares
	mentions []string               // sorted
	text     string                 // identifies the content
}

func (c *compiler) enter(stage string) {
	c.stage = stage
	if c.options.Stage != nil {
		c.options.Stage(stage)
	}
}

func (c *compiler) dump(stage Stage, name string, text func() string) {
	if c.options.Dump != nil {
		c.options.Dump(stage, name, text())
	}
}

// cells compiles all cells: it parses each, then checks and compiles them in an order in which a cell comes after those whose
// names it uses.
func (c *compiler) cells(cells []source.Cell) {
	c.uses = map[string]check.Use{}
	c.owner = map[string]*parsedCell{}
	c.maps = map[string]*check.Map{}
	c.layout = map[string]*lower.Map{}
	c.names = map[string]types.Object{}
	c.probes = map[string]source.Span{}
	c.units = map[*parsedCell]*compiledUnit{}
	c.checks = map[*types.Package]*check.Unit{}
	c.enter("parse")
	for _, cell := range cells {
		c.guard(source.Span{Cell: cell.Name, End: len(cell.Text)}, func() { c.parse(cell) })
	}
	if len(c.build.Diags) > 0 {
		// A cell that does not parse does not keep the others' errors from being shown.
		c.checkRest()
		return
	}
	for _, p := range inOrder(c.parsed, c.owner) {
		c.guard(source.Span{Cell: p.file.Cell.Name, End: len(p.text)}, func() { c.cell(p) })
	}
	if len(c.build.Diags) > 0 {
		return
	}
	for _, p := range c.parsed {
		c.list.append(c.units[p])
	}
	c.finish()
}

// guard turns a panic of the compiler into a diagnostic.
func (c *compiler) guard(span source.Span, f func()) {
	defer func() {
		if r := recover(); r != nil {
			c.build.Diags = append(c.build.Diags, source.Diagnostic{
				Code: source.CompilerBug, Span: span,
				Msg:  fmt.Sprintf("the compiler failed in its stage %s: %v", c.stage, r),
				Hint: "this is a bug of go3sh, not of your program; the session goes on",
			})
		}
	}()
	f()
}

// parse reads a cell and notes what it declares and mentions.
func (c *compiler) parse(cell source.Cell) {
	p := c.memo.parse(cell)
	if p.file.Command != "" {
		p.diags = []source.Diagnostic{{Code: source.Syntax, Span: source.Span{Cell: cell.Name, End: len(cell.Text)}, Msg: "a command is not part of a program"}}
	}
	c.build.Diags = append(c.build.Diags, p.diags...)
	c.parsed = append(c.parsed, p)
	if len(p.diags) > 0 {
		return
	}
	for name, use := range p.uses {
		c.uses[name] |= use
	}
	for _, name := range p.declares {
		if first := c.owner[name]; first != nil {
			c.build.Diags = append(c.build.Diags, source.Diagnostic{
				Code: source.Redeclared, Span: p.places[name], Msg: name + " is declared in another entry already",
				Also: []source.Note{{Span: first.places[name], Msg: "the first " + name}},
			})
			continue
		}
		c.owner[name] = p
	}
	c.dump(StageGo, cell.Name, func() string { return p.file.Go })
	c.dump(StageAST, cell.Name, func() string { return tree(p.file) })
}

// checkRest checks the cells that do parse, for their diagnostics only.
func (c *compiler) checkRest() {
	for _, p := range inOrder(c.parsed, c.owner) {
		if len(p.diags) > 0 {
			continue
		}
		_, diags := check.Check(check.Input{File: p.file, Scan: p.scan, Universe: c.memo.universe, Names: c.names, Maps: c.maps})
		c.build.Diags = append(c.build.Diags, diags...)
	}
}

// cell compiles one cell, or takes what an earlier build made of the same cell among the same neighbours.
func (c *compiler) cell(p *parsedCell) {
	key := c.key(p)
	unit := c.memo.units[key]
	if unit == nil || c.options.Dump != nil {
		unit = c.compile(p)
		if len(unit.diags) == 0 {
			c.memo.keepUnit(key, p, unit)
		}
	}
	c.units[p] = unit
	c.build.Diags = append(c.build.Diags, c.aboutNeighbours(p, unit.diags)...)
	c.build.Diags = append(c.build.Diags, c.add(unit)...)
}

// add enters what a cell has compiled to into the tables that the cells behind it see.
func (c *compiler) add(unit *compiledUnit) []source.Diagnostic {
	var diags []source.Diagnostic
	for _, m := range unit.maps {
		c.maps[m.check.Name] = m.check
		c.layout[m.check.Name] = m.lower
	}
	maps.Copy(c.names, unit.names)
	if unit.check != nil {
		c.checks[unit.check.Pkg] = unit.check
	}
	for _, pr := range unit.probes {
		if first, taken := c.probes[pr.Group]; taken && first != pr.span {
			diags = append(diags, source.Diagnostic{
				Code: source.DuplicateProbe, Span: pr.span, Msg: "there is a probe " + pr.Group + " already",
				Hint: "give this one a name of its own: name := " + pr.Hook.String() + " { … }",
				Also: []source.Note{{Span: first, Msg: "the first " + pr.Group}},
			})
			continue
		}
		c.probes[pr.Group] = pr.span
	}
	return diags
}

// compiledUnit is what one cell compiles to.
type compiledUnit struct {
	id     int // of this compilation, from 1
	diags  []source.Diagnostic
	maps   []compiledMap
	names  map[string]types.Object
	probes []compiledProbe
	check  *check.Unit // kept when it has functions that other cells may call
}

type compiledMap struct {
	check *check.Map
	lower *lower.Map
	built *Map
}

type compiledProbe struct {
	*Probe
	span source.Span
	own  []*Map // the maps that only this probe has, and those that it shares with others of its group and is the first to have
	// ring and stacks report that it writes to the ring, and to the stack traces.
	ring, stacks bool
}

// compile takes a cell through all stages.
func (c *compiler) compile(p *parsedCell) *compiledUnit {
	c.memo.compiled++
	out := &compiledUnit{id: c.memo.compiled, names: map[string]types.Object{}}
	c.enter("types")
	unit, diags := check.Check(check.Input{File: p.file, Scan: p.scan, Universe: c.memo.universe, Names: c.names, Maps: c.maps})
	out.diags = diags
	if len(diags) > 0 {
		return out
	}
	c.dump(StageTypes, p.file.Cell.Name, func() string { return check.Dump(unit) })
	for _, name := range p.declares {
		if obj := unit.Pkg.Scope().Lookup(name); obj != nil {
			out.names[name] = obj
		}
	}
	c.enter("ssa")
	if len(unit.Funcs) > 0 {
		out.check = unit
	}
	near, known := c.neighbourhood(p)
	pkg := c.memo.base(p.text, c.options.Dump != nil).Build(unit, near, c.checks, known)
	for _, m := range unit.Maps {
		uses := c.uses[m.Name]
		if c.owner[check.Tid] != nil {
			uses |= check.Elsewhere // it may be any number
		}
		lm := pkg.Map(m, uses)
		known[m.Name] = lm
		out.maps = append(out.maps, compiledMap{m, lm, builtMap(lm)})
	}
	for _, d := range c.drafts(p, pkg, unit.Probes, known) {
		compiled, diags := c.collect(d)
		out.diags = append(out.diags, diags...)
		if compiled != nil {
			out.probes = append(out.probes, c.listed(compiled, d.probe.Syntax.Span, out.probes))
		}
	}
	if out.check == nil {
		unit.Free()
	}
	return out
}

// drafts lowers the probes of a cell and has them taken through the back end. It ends with the first probe on which lowering fails.
func (c *compiler) drafts(p *parsedCell, pkg *lower.Package, probes []*check.Probe, known map[string]*lower.Map) []*draft {
	w := c.workers(len(probes))
	defer w.finish()
	ring := &ir.Map{Name: abi.RingMap, Kind: ir.Ring, Entries: RingSize}
	drafts := make([]*draft, 0, len(probes))
	for _, pr := range probes {
		c.dump(StageSSA, pr.Syntax.Name, func() string { return pkg.SSA(pr) })
		d := c.draft(p, pr, func(careful bool) (*lower.Program, []source.Diagnostic) {
			return pkg.Probe(pr, known, ring, lower.Options{Count: slices.Contains(c.options.Lines, pr.Group), Careful: careful})
		})
		drafts = append(drafts, d)
		if d.failure != nil {
			break
		}
		w.hand(d)
	}
	return drafts
}

// neighbourhood is the maps that a cell, and the cells whose functions it may call, mention.
func (c *compiler) neighbourhood(p *parsedCell) (map[string]*check.Map, map[string]*lower.Map) {
	near, layouts := map[string]*check.Map{}, map[string]*lower.Map{}
	seen := map[*parsedCell]bool{}
	var visit func(p *parsedCell)
	visit = func(p *parsedCell) {
		seen[p] = true
		for _, name := range p.mentions {
			if m := c.maps[name]; m != nil {
				near[name], layouts[name] = m, c.layout[name]
			}
			if o := c.owner[name]; o != nil && !seen[o] {
				visit(o)
			}
		}
	}
	visit(p)
	return near, layouts
}

// finish lists the probes and maps of the build.
func (c *compiler) finish() {
	c.build.Probes, c.build.Maps = c.list.probes, c.list.allMaps()
	if c.options.Dump == nil {
		return
	}
	for _, pr := range c.build.Probes {
		c.dump(StageJSON, pr.Name, func() string { return c.describe(pr, c.build.Maps) })
	}
}

// builtMap is a map of the program as the build lists it.
func builtMap(m *lower.Map) *Map {
	return &Map{
		Map: *m.IR, KeyType: m.Key, ValueType: m.Value, Counter: m.Counter, Init: m.Init, Aggregate: m.Aggregate, Span: m.Span, Sized: m.Sized,
	}
}

// listed is a program with what finish must know of it; before are those of the cell that come before it.
func (c *compiler) listed(pr *Probe, span source.Span, before []compiledProbe) compiledProbe {
	own, rate := c.ownMaps(pr), pr.Group+abi.RateSuffix
	has := func(p compiledProbe) bool { return p.Group == pr.Group && slices.Contains(p.Maps, rate) }
	if slices.Contains(pr.Maps, rate) && !slices.ContainsFunc(before, has) {
		own = append(own, &Map{Map: *lower.RateMap(pr.Group)})
	}
	return compiledProbe{pr, span, own, slices.Contains(pr.Maps, abi.RingMap), slices.Contains(pr.Maps, abi.StackMap)}
}

// ownMaps are the maps that a probe has for itself: its faults and runs by line, its scratch memory, its counters.
func (c *compiler) ownMaps(pr *Probe) []*Map {
	var own []*Map
	if len(pr.Faults) > 0 {
		own = append(own, &Map{Map: ir.Map{Name: pr.FaultMap, Kind: ir.Array, Key: 4, Value: 8 * len(pr.Faults), Entries: 1}})
	}
	if len(pr.Lines) > 0 {
		own = append(own, &Map{Map: ir.Map{Name: pr.LineMap, Kind: ir.Array, Key: 4, Value: 8 * len(pr.Lines), Entries: 1}})
	}
	if pr.Scratch > 0 {
		own = append(own, &Map{Map: ir.Map{Name: scratchName(pr.Name, pr.Scratch), Kind: ir.PerCPUArray, Key: 4, Value: pr.Scratch, Entries: 1}})
	}
	if slices.Contains(pr.Maps, pr.Name+abi.StatsSuffix) {
		own = append(own, &Map{Map: *lower.StatsMap(pr.Name, c.memo.universe.Kernel.Features().CPUs)})
	}
	return own
}

// declared lists the package-level names that a file declares, in source order, and their places; probes are not among them.
func declared(f *syntax.File) (names []string, places map[string]source.Span) {
	if f.AST == nil {
		return nil, nil
	}
	probes := map[*ast.FuncDecl]bool{}
	for _, p := range f.Probes {
		probes[p.Decl] = true
	}
	places = map[string]source.Span{}
	add := func(id *ast.Ident) {
		if _, twice := places[id.Name]; !twice && id.Name != "_" {
			names = append(names, id.Name)
			places[id.Name] = f.Span(id.Pos(), id.End())
		}
	}
	for _, d := range f.AST.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && !probes[d] {
				add(d.Name)
			}
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				for _, id := range specNames(d) {
					add(id)
				}
			}
		}
	}
	return names, places
}

// specNames lists the names that a declaration of types, variables or constants declares.
func specNames(d *ast.GenDecl) []*ast.Ident {
	var names []*ast.Ident
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names = append(names, spec.Name)
		case *ast.ValueSpec:
			names = append(names, spec.Names...)
		}
	}
	return names
}
