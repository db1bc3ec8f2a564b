// Package program is the cells that were entered as the program that they are together: what a text takes the place of, what is new in a
// build, and the program as text. It knows no kernel.
package program

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/incremental/check"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// Program is the cells that the attached probes come from. It never changes: each change makes a new one, which takes the old one's
// place when the kernel has accepted it.
//
// A cell is kept whole, as entered. A probe that is replaced or detached leaves its cell by being blanked: its bytes become
// spaces and newlines stay, so that every position in the rest holds. A cell that has neither a probe nor another declaration left is dropped.
type Program struct {
	Suspended []string           // the groups that are suspended
	Built     *incremental.Build // what the cells were last compiled to; nil if that is not known

	compiler Compiler // has the cells, too
	cells    []*cell  // none of which changes, because moments that Undo knows have them, too
	counted  []string // the groups that count their lines
	careful  []string // the groups that are compiled with care
}

// New is a program without cells.
func New(c Compiler) Program { return Program{compiler: c} }

// Bare is the program without its cells and its build. Its compiler still has the texts, so that it builds and evaluates as before.
func (p Program) Bare() Program {
	p.cells, p.Built = nil, nil
	return p
}

// Refilled is a Bare program with the cells that it had. Those that now has, too, are the same objects.
func (p Program) Refilled(cells []source.Cell, now Program) Program {
	for _, text := range cells {
		i := slices.IndexFunc(now.cells, func(c *cell) bool { return c.Cell == text })
		if i >= 0 {
			p.cells = append(p.cells, now.cells[i])
			continue
		}
		file := parse(text)
		p.cells = append(p.cells, &cell{Cell: text, file: file, probes: file.Probes})
	}
	return p
}

// For is the program compiled for what is seen of a kernel from now on.
func (p Program) For(k universe.Kernel) Program {
	p.compiler = Compile(k)
	for _, c := range p.cells {
		p.compiler = p.compiler.With(c.Cell)
	}
	return p
}

// Snapshot is the compiler with the cells; nil if it is another one than package incremental's.
func (p Program) Snapshot() *incremental.Snapshot {
	c, _ := p.compiler.(compiler)
	return c.Snapshot
}

// Build compiles the cells. stage is called when a stage starts; nil is for what nobody waits for, which is left to one core.
func (p Program) Build(stage func(name string)) *incremental.Build {
	return p.compiler.Build(incremental.BuildOptions{Stage: stage, OneCore: stage == nil, Lines: p.counted, Careful: p.careful})
}

// Evaluate compiles a cell that is an expression or statements among the others.
func (p Program) Evaluate(c source.Cell, stage func(name string)) *incremental.Evaluation {
	return p.compiler.Evaluate(c, incremental.BuildOptions{Stage: stage})
}

// Cells are the cells in the order of their entry.
func (p Program) Cells() []source.Cell {
	cells := make([]source.Cell, len(p.cells))
	for i, c := range p.cells {
		cells[i] = c.Cell
	}
	return cells
}

// Use is what programs do to the map of a name, all cells together.
func (p Program) Use(name string) (uses check.Use) {
	for _, c := range p.cells {
		uses |= check.NewScan(c.file).Uses[name]
	}
	return uses
}

// Counted are the groups that count their lines, sorted.
func (p Program) Counted() []string { return p.counted }

// Counting is the program with other groups that count their lines, sorted.
func (p Program) Counting(groups []string) Program {
	if !slices.Equal(p.counted, groups) {
		p.counted, p.Built = groups, nil
	}
	return p
}

// Caring is the program with one more group that is compiled with care; ok is false if it is already.
func (p Program) Caring(group string) (next Program, ok bool) {
	if slices.Contains(p.careful, group) {
		return p, false
	}
	p.careful = append(slices.Clone(p.careful), group)
	slices.Sort(p.careful)
	return p, true
}

// Suspending is the program in which more groups are suspended.
func (p Program) Suspending(groups []string) Program {
	p.Suspended = append(slices.Clip(p.Suspended), groups...)
	return p
}

// Resuming is the program in which groups are not suspended.
func (p Program) Resuming(groups []string) Program {
	p.Suspended = slices.DeleteFunc(slices.Clone(p.Suspended), func(g string) bool { return slices.Contains(groups, g) })
	return p
}

// cell is one entered text without the probes that have left it.
type cell struct {
	source.Cell // under a name of its own, see Unique
	file        *syntax.File
	probes      []*syntax.Probe // those that are still in it
}

// Enter adds a cell, whose probes take the place of those of the same name, and compiles. The program it returns is the one to have if
// the build is without diagnostics; name is what the cell is called in it.
func (p Program) Enter(entered source.Cell, stage func(string)) (next Program, name string, build *incremental.Build) {
	next = p
	if path.Ext(entered.Name) != "" {
		next = next.dropping(entered.Name)
	}
	entered, pieces := next.adopting(entered)
	file := parse(entered)
	names := make([]string, len(file.Probes))
	for i, probe := range file.Probes {
		names[i] = probe.Name
	}
	next = next.Without(names).Redeclaring(declares(file)).suspending(file)
	c := &cell{Cell: entered, file: file, probes: file.Probes}
	c.Name = next.Unique(entered.Name)
	next.compiler = next.compiler.With(c.Cell)
	build = next.Build(stage)
	if len(build.Diags) > 0 {
		return next, c.Name, &incremental.Build{Diags: atHome(build.Diags, c.Name, pieces)}
	}
	if c.empty() {
		next.compiler = next.compiler.Without(c.Name)
	} else {
		next.cells = append(slices.Clip(next.cells), c)
	}
	return next, c.Name, build
}

// dropping is the program without the cell of that name, if there is one.
func (p Program) dropping(name string) Program {
	next := p.Bare()
	for _, c := range p.cells {
		if c.Name == name {
			next.compiler = next.compiler.Without(name)
		} else {
			next.cells = append(next.cells, c)
		}
	}
	return next
}

// suspending is the program in which the probes of a file that are declared with @suspended are.
func (p Program) suspending(f *syntax.File) Program {
	for _, probe := range f.Probes {
		is := func(a syntax.Attr) bool { return a.Name == suspendedAttr }
		if slices.ContainsFunc(probe.Attrs, is) && !slices.Contains(p.Suspended, probe.Name) {
			p = p.Suspending([]string{probe.Name})
		}
	}
	return p
}

// suspendedAttr is the attribute of probes that are suspended when they are entered.
const suspendedAttr = "suspended"

// Without is the program without the named probes.
func (p Program) Without(names []string) Program {
	next := p.Bare()
	next.cells = make([]*cell, 0, len(p.cells)+1)
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
		next = next.having(&rest)
	}
	return next
}

// Redeclaring is the program without the declarations of names.
func (p Program) Redeclaring(names []string) Program {
	if len(names) == 0 {
		return p
	}
	next := p.Bare()
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
		rest.file = parse(rest.Cell)
		rest.probes = rest.file.Probes
		next = next.having(&rest)
	}
	return next
}

// having is the program with what is left of a cell, if that is anything.
func (p Program) having(rest *cell) Program {
	if rest.empty() {
		p.compiler = p.compiler.Without(rest.Name)
		return p
	}
	p.compiler = p.compiler.With(rest.Cell)
	p.cells = append(p.cells, rest)
	return p
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

// Unique is name, or name#2, name#3 … when a cell has it: the arguments of several -e are all called "-e".
func (p Program) Unique(name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(p.cells, func(c *cell) bool { return c.Name == name })
	}
	u := name
	for n := 2; taken(u); n++ {
		u = fmt.Sprintf("%s#%d", name, n)
	}
	return u
}

// Hook is where the user wrote the hook of a probe; failing that the whole probe.
func (p Program) Hook(of *incremental.Probe) source.Span {
	for _, c := range p.cells {
		for _, probe := range c.probes {
			if c.Name != of.Cell || probe.Name != Group(of) {
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

// SameText reports whether two programs have the same texts in the same states, so that nothing is to be undone between them.
func SameText(a, b Program) bool {
	if len(a.cells) != len(b.cells) {
		return false
	}
	onlyA, onlyB := unlike(a.cells, b.cells)
	return slices.Equal(trimmed(onlyA), trimmed(onlyB)) && slices.Equal(slices.Sorted(slices.Values(a.Suspended)), slices.Sorted(slices.Values(b.Suspended)))
}

// trimmed are the texts of cells without the blanks around them, sorted.
func trimmed(cells []*cell) []string {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = strings.TrimSpace(c.Text)
	}
	slices.Sort(texts)
	return texts
}
