// Package lower turns checked cells into IR: go/types and go/ssa go in, functions over bytes come out.
//
// It decides how Go values lie in memory (layouts, string capacities), turns map operations and predeclared names into
// helper calls, and puts in the checks that Go's semantics ask for. It optimizes nothing: a value that is read twice is loaded
// twice, and package opt cleans up.
package lower

import (
	"bytes"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Package is one cell in SSA form.
type Package struct {
	unit     *check.Unit
	universe *universe.Universe
	units    map[*types.Package]*check.Unit // the cell, and those whose functions it may call
	ssa      *ssa.Package
	layouts  *layouts
	context  map[contextKey]*contextField // those that have been asked for

	all        []*ssa.Function // see functions
	callCounts map[*ssa.Function]int
	taken      []*ssa.Function // see funcValues
	closures   []*ssa.Function // those, and the functions that capture variables
}

// Base is what the SSA forms of several cells have in common: the packages of the universe. go/ssa takes longer for them than for a
// cell. It keeps all that was built on it, so a base is to be given up after some cells. One cell is built at a time.
type Base struct {
	universe *universe.Universe
	prog     *ssa.Program
	names    int // of the universe when prog was made; task is declared when a cell first mentions it
}

// NewBase makes a base for cells of a universe.
func NewBase(u *universe.Universe) *Base {
	return &Base{u, newProgram(u, token.NewFileSet()), u.Pkg.Scope().Len()}
}

// newProgram makes an SSA program with the packages of the universe.
func newProgram(u *universe.Universe, files *token.FileSet) *ssa.Program {
	prog := ssa.NewProgram(files, ssa.BareInits|ssa.InstantiateGenerics)
	prog.CreatePackage(u.Pkg, nil, nil, true)
	prog.CreatePackage(u.Strings, nil, nil, true)
	prog.CreatePackage(u.Helpers, nil, nil, true)
	return prog
}

// Build constructs the SSA form of a checked cell. maps are the maps of other cells that it may use, units the checked cells whose
// functions it may call, by their packages. known are the layouts of the maps that other cells have made.
//
// A cell that calls functions of other cells gets an SSA program of its own: the base must not hold their packages twice.
func (b *Base) Build(
	unit *check.Unit, maps map[string]*check.Map, units map[*types.Package]*check.Unit, known map[string]*Map,
) *Package {
	u := b.universe
	p := &Package{unit: unit, universe: u, units: map[*types.Package]*check.Unit{unit.Pkg: unit}}
	others := p.neighbours(units)
	if b.names != u.Pkg.Scope().Len() {
		*b = *NewBase(u)
	}
	prog := b.prog
	if len(p.units) > 1 || prog.Package(unit.Pkg) != nil {
		prog = newProgram(u, unit.File.Fset)
	}
	for _, pkg := range mapPackages(unit, maps) {
		if prog.Package(pkg) == nil {
			prog.CreatePackage(pkg, nil, nil, true)
		}
	}
	for _, pkg := range others {
		if other := p.units[pkg]; other != nil {
			prog.CreatePackage(pkg, other.Files, other.Info, false)
		} else if prog.Package(pkg) == nil {
			prog.CreatePackage(pkg, nil, nil, true)
		}
	}
	p.ssa = prog.CreatePackage(unit.Pkg, unit.Files, unit.Info, false)
	for pkg := range p.units {
		prog.Package(pkg).Build()
	}
	p.layouts = newLayouts(p, knownMaps(maps, known))
	return p
}

// knownMaps lists the maps of other cells by name.
func knownMaps(vars map[string]*check.Map, layouts map[string]*Map) []text.Known {
	var known []text.Known
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		if m := vars[name]; m != nil {
			known = append(known, text.Known{Object: m.Var, Key: layouts[name].Key, Value: layouts[name].Value})
		}
	}
	return known
}

// mapPackages lists the packages that the variables of maps belong to, each once.
func mapPackages(unit *check.Unit, maps map[string]*check.Map) []*types.Package {
	var pkgs []*types.Package
	add := func(m *check.Map) {
		if pkg := m.Var.Pkg(); pkg != unit.Pkg && !slices.Contains(pkgs, pkg) {
			pkgs = append(pkgs, pkg)
		}
	}
	for _, m := range unit.Maps {
		add(m)
	}
	for _, m := range maps {
		add(m)
	}
	return pkgs
}

// Map is a map with its kind and layout decided.
type Map struct {
	IR         *ir.Map
	Key, Value *layout.Type // Key is nil for a counter
	typ        types.Type   // of the variable
	Counter    bool         // a counter or another variable without a key
	Init       []byte       // its first value; nil for zero
	Aggregate  abi.Aggregate
	Span       source.Span
	Sized      bool // the program says how many keys there can be
}

// Shared reports whether programs on several CPUs work on the same value.
func (m *Map) Shared() bool {
	return m.IR.Kind == ir.Hash || m.IR.Kind == ir.Array || m.IR.Kind == ir.LRUHash
}

// DefaultEntries is how many keys a map declared by use can hold.
const DefaultEntries = 10240

// leastValue is what a value takes in a map at least: the kernel has no sets, so that the values of a map[K]struct{} are a byte.
const leastValue = 1

// arrayEntries is how many elements an array has of which nothing says how many.
const arrayEntries = 1024

// mapKinds are the kinds that a declaration can ask for.
var mapKinds = map[universe.MapKind]ir.MapKind{
	universe.Hash: ir.Hash, universe.PerCPUHash: ir.PerCPUHash, universe.LRUHash: ir.LRUHash, universe.LRUPerCPUHash: ir.PerCPULRU,
	universe.Array: ir.Array, universe.PerCPUArray: ir.PerCPUArray,
}

// Map decides kind and layout of a map that this cell is the first to use. uses are its uses over all cells: a map that is only
// added to is kept per CPU, one that is also read, assigned or deleted from is shared.
func (p *Package) Map(m *check.Map, uses check.Use) *Map {
	shared := uses&(check.Reads|check.Assigns) != 0
	if !m.Counter && uses&(check.Adds|check.Aggregates) == 0 {
		shared = true // nobody counts in it yet; it may be filled at the prompt
	}
	out := &Map{typ: m.Var.Type(), Counter: m.Counter, Span: m.Span, Sized: m.Entries > 0, IR: &ir.Map{Name: m.Name, Entries: DefaultEntries}}
	if m.Aggregate != nil {
		return p.aggregateMap(m, out)
	}
	if m.Counter {
		p.variable(out, m, shared)
		return out
	}
	typ := m.Var.Type().Underlying().(*types.Map)
	out.Key = p.layouts.key(m.Var, typ.Key())
	out.Value = p.formatted(p.layouts.value(m.Var, typ.Elem()), m.Var)
	out.IR.Key, out.IR.Value = out.Key.Size, max(out.Value.Size, leastValue)
	out.IR.Kind = ir.PerCPUHash
	if shared {
		out.IR.Kind = ir.Hash
	}
	if kind, ok := mapKinds[m.Kind]; ok {
		out.IR.Kind = kind
		if m.Kind.IsArray() {
			out.IR.Entries = arrayEntries
		}
	}
	if m.Entries > 0 {
		out.IR.Entries = m.Entries
	}
	if p.ofThreads(m, out, uses) {
		out.IR.Kind, out.IR.Entries = ir.TaskStorage, 0
	}
	return out
}

// counterLines is the number of lines in a Counters map: the CPUs rounded up to a power of two, so that a mask bounds the index.
func counterLines(cpus int) int {
	n := 1
	for n < cpus {
		n *= 2
	}
	return n
}

// StatsMap is the Counters map of a probe's own counts.
func StatsMap(probe string, cpus int) *ir.Map {
	return &ir.Map{Name: probe + abi.StatsSuffix, Kind: ir.Counters, Key: 4, Value: abi.CounterLine * counterLines(cpus), Entries: 1}
}

// Program is one probe as IR, not yet optimized.
type Program struct {
	Module  *ir.Module // the program's function, those it calls, and the maps they name
	Schemas []*abi.Schema
	Context []universe.Field // the fields of its context that it reads
	// Faults are the places of the faults that the map FaultMap counts, by word.
	FaultMap string
	Faults   []Fault
	// Lines are places on the lines whose runs the map LineMap counts, by word; none if that was not asked for.
	LineMap string
	Lines   []source.Span
	// Counted are the maps whose lengths are in the map abi.CountMap, by word.
	Counted []string
}

// Options say how to lower a probe. The zero value is fine.
type Options struct {
	Count   bool // the program counts how often it comes to each line
	Careful bool // the verifier gave up on the program: each loop with some ways through it becomes a function
}

// Probe lowers one probe. maps has every map that the cell may use, by name.
func (p *Package) Probe(pr *check.Probe, maps map[string]*Map, ring *ir.Map, o Options) (*Program, []source.Diagnostic) {
	l := p.lowerer(pr, programKind(pr.Hook.Kind), maps, ring, o.Careful)
	if o.Count {
		l.lineCounts = newLineCounts()
	}
	l.program(p.ssa.Prog.FuncValue(pr.Func))
	if len(l.diags) == 0 {
		l.rewriteLoops()
	}
	if len(l.diags) > 0 {
		return nil, l.diags
	}
	return l.finished(), nil
}

// lowerer is what lowers a probe to a program of a kind.
func (p *Package) lowerer(pr *check.Probe, kind ir.Kind, maps map[string]*Map, ring *ir.Map, careful bool) *lowerer {
	l := &lowerer{
		pkg:   p,
		probe: pr,
		maps:  maps,
		ring:  ring,
		stats: StatsMap(pr.Syntax.Name, p.universe.Kernel.Features().CPUs),
		name:  pr.Syntax.Name,
		calls: new(int),
		subs:  map[*ssa.Function]*sub{},
		fn:    ir.NewFunc(pr.Syntax.Name, kind),
		mem:   memories.Get(),

		faults: &faults{},
		loops:  p.loopRewriter(pr.Syntax.Name, careful),
	}
	l.fn.Span = pr.Syntax.Span
	return l
}

// finished is what has been lowered.
func (l *lowerer) finished() *Program {
	l.mem.release()
	l.faults.name(l.name)
	p := &Program{
		Module:  &ir.Module{Maps: l.used, Funcs: append([]*ir.Func{l.fn}, l.funcs...)},
		Schemas: l.schemas, Context: l.context, Faults: l.faults.list(),
	}
	if l.faults.m != nil {
		p.FaultMap = l.faults.m.Name
	}
	if c := l.lineCounts; c != nil && len(c.spans) > 0 {
		c.name(l.name)
		p.LineMap, p.Lines = c.m.Name, c.spans
	}
	return p
}

// SSA is the SSA form of a probe as go/ssa prints it.
func (p *Package) SSA(pr *check.Probe) string {
	var b bytes.Buffer
	ssa.WriteFunction(&b, p.ssa.Prog.FuncValue(pr.Func))
	return b.String()
}
