package session

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// compiler is the compiler with the cells it was given: an incremental.Snapshot, or a fake one in tests. It never changes.
type compiler interface {
	with(source.Cell) compiler
	without(name string) compiler
	// build compiles the cells. stage is called when a stage starts; nil is for what nobody waits for, which is left to one core.
	build(stage func(name string)) *incremental.Build
	dump(take func(stage incremental.Stage, name, text string)) *incremental.Build // builds, and hands out what each stage makes
	parse(source.Cell) *syntax.File                                                // what could be parsed of the cell
	// counting is the compiler for which the named groups count their lines; counted are these.
	counting(groups []string) compiler
	counted() []string
	// caring is the compiler that compiles the named groups with care; careful are these.
	caring(groups []string) compiler
	careful() []string
	// evaluate compiles a cell that is an expression or statements among the others.
	evaluate(cell source.Cell, stage func(name string)) *incremental.Evaluation
}

// program is the cells that the attached probes come from. It never changes: each change makes a new one, which takes the old one's
// place when the kernel has accepted it.
//
// A cell is kept whole, as entered. A probe that is replaced or detached leaves its cell by being blanked: its bytes become
// spaces and newlines stay, so that every position in the rest holds. A cell that has neither a probe nor another declaration left is dropped.
type program struct {
	snapshot  compiler
	cells     []*cell            // none of which changes, because moments that Undo knows have them, too
	suspended []string           // the groups that are suspended
	build     *incremental.Build // what the cells were last compiled to; nil if that is not known
}

// cell is one entered text without the probes that have left it.
type cell struct {
	source.Cell // under a name of its own, see unique
	file        *syntax.File
	probes      []*syntax.Probe // those that are still in it
}

// enter adds a cell, whose probes take the place of those of the same name, and compiles. The program it returns is the one to have if
// the build is without diagnostics.
func (p program) enter(entered source.Cell, stage func(string)) (program, *cell, *incremental.Build) {
	next := p
	if path.Ext(entered.Name) != "" {
		next = next.dropping(entered.Name)
	}
	entered, pieces := next.adopting(entered)
	file := p.snapshot.parse(entered)
	names := make([]string, len(file.Probes))
	for i, probe := range file.Probes {
		names[i] = probe.Name
	}
	next = next.without(names).redeclaring(declares(file)).suspending(file)
	c := &cell{Cell: entered, file: file, probes: file.Probes}
	c.Name = next.unique(entered.Name)
	next.snapshot = next.snapshot.with(c.Cell)
	build := next.snapshot.build(stage)
	if len(build.Diags) > 0 {
		return next, c, &incremental.Build{Diags: atHome(build.Diags, c.Name, pieces)}
	}
	if c.empty() {
		next.snapshot = next.snapshot.without(c.Name)
	} else {
		next.cells = append(slices.Clip(next.cells), c)
	}
	return next, c, build
}

// dropping is the program without the cell of that name, if there is one.
func (p program) dropping(name string) program {
	next := program{snapshot: p.snapshot, suspended: p.suspended}
	for _, c := range p.cells {
		if c.Name == name {
			next.snapshot = next.snapshot.without(name)
		} else {
			next.cells = append(next.cells, c)
		}
	}
	return next
}

// suspending is the program in which the probes of a file that are declared with @suspended are.
func (p program) suspending(f *syntax.File) program {
	for _, probe := range f.Probes {
		is := func(a syntax.Attr) bool { return a.Name == suspendedAttr }
		if slices.ContainsFunc(probe.Attrs, is) && !slices.Contains(p.suspended, probe.Name) {
			p.suspended = append(slices.Clip(p.suspended), probe.Name)
		}
	}
	return p
}

// suspendedAttr is the attribute of probes that are suspended when they are entered.
const suspendedAttr = "suspended"

// without is the program without the named probes.
func (p program) without(names []string) program {
	next := program{snapshot: p.snapshot, suspended: p.suspended, cells: make([]*cell, 0, len(p.cells)+1)}
	for _, c := range p.cells {
		leaves := func(probe *syntax.Probe) bool { return slices.Contains(names, probe.Name) }
		if !slices.ContainsFunc(c.probes, leaves) {
			next.cells = append(next.cells, c)
			continue
		}
		left := slices.DeleteFunc(slices.Clone(c.probes), leaves)
		rest := *c
		for _, probe := range c.probes {
			if !slices.Contains(left, probe) {
				rest.Text = blank(rest.Text, probe.Span)
			}
		}
		rest.probes = left
		c = &rest
		if c.empty() {
			next.snapshot = next.snapshot.without(c.Name)
			continue
		}
		next.snapshot = next.snapshot.with(c.Cell)
		next.cells = append(next.cells, c)
	}
	return next
}

// redeclaring is the program without the declarations of names.
func (p program) redeclaring(names []string) program {
	if len(names) == 0 {
		return p
	}
	next := program{snapshot: p.snapshot, suspended: p.suspended}
	for _, c := range p.cells {
		spans := redeclared(c.file, names)
		if len(spans) == 0 {
			next.cells = append(next.cells, c)
			continue
		}
		rest := *c
		for _, span := range spans {
			rest.Text = blank(rest.Text, span)
		}
		rest.file = next.snapshot.parse(rest.Cell)
		rest.probes = rest.file.Probes
		c = &rest
		if c.empty() {
			next.snapshot = next.snapshot.without(c.Name)
			continue
		}
		next.snapshot = next.snapshot.with(c.Cell)
		next.cells = append(next.cells, c)
	}
	return next
}

// blank replaces a span of text by as much white space.
func blank(text string, span source.Span) string {
	b := []byte(text)
	for i := max(span.Start, 0); i < min(span.End, len(b)); i++ {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

// empty reports whether a cell has nothing in it that a program could use.
func (c *cell) empty() bool {
	if len(c.probes) > 0 {
		return false
	}
	if c.file.AST == nil {
		return true
	}
	for _, d := range c.file.AST.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		if !slices.ContainsFunc(c.file.Probes, func(p *syntax.Probe) bool { return p.Decl == d }) {
			return false
		}
	}
	return true
}

// unique is name, or name#2, name#3 … when a cell has it: the arguments of several -e are all called "-e".
func (p program) unique(name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(p.cells, func(c *cell) bool { return c.Name == name })
	}
	u := name
	for n := 2; taken(u); n++ {
		u = fmt.Sprintf("%s#%d", name, n)
	}
	return u
}

// hook is where the user wrote the hook of a probe; failing that the whole probe.
func (p program) hook(of *incremental.Probe) source.Span {
	for _, c := range p.cells {
		for _, probe := range c.probes {
			if c.Name != of.Cell || probe.Name != cmp.Or(of.Group, of.Name) {
				continue
			}
			for _, h := range probe.Hooks {
				if len(probe.Hooks) == 1 || strings.HasSuffix(h.Target, of.Hook.Name) {
					return h.Span
				}
			}
			return probe.Span
		}
	}
	return source.Span{}
}
