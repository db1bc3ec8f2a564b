package incremental

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"slices"
	"strconv"

	"go3s/incremental/check"
	"go3s/incremental/layout"
	"go3s/incremental/lower"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// memo keeps what related snapshots have compiled, by what it was made from.
type memo struct {
	universe *universe.Universe
	parsed   map[source.Cell]*parsedCell
	units    map[unitKey]*compiledUnit
	settled  *settled // the last build that succeeded, nil at first

	compiled int // cells compiled so far

	ssaBase *lower.Base
	builds  int // how many cells were built on ssaBase
}

// cellsPerBase is after how many cells the base of their SSA forms is made anew, so that what is not used any more can go.
const cellsPerBase = 64

// base is what the next cell's SSA form is built on. One of its own lets its positions be printed.
func (m *memo) base(own bool) *lower.Base {
	if m.builds++; m.ssaBase == nil || own || m.builds > cellsPerBase {
		m.ssaBase, m.builds = lower.NewBase(m.universe), 1
	}
	return m.ssaBase
}

func newMemo(u *universe.Universe) *memo {
	return &memo{universe: u, parsed: map[source.Cell]*parsedCell{}, units: map[unitKey]*compiledUnit{}}
}

// trim forgets what a build does not use, when that has become more than what it uses.
func (m *memo) trim(c *compiler) {
	if len(m.units) > 2*len(c.parsed)+64 {
		clear(m.units)
		for _, p := range c.parsed {
			m.units[c.key(p)] = c.units[p]
		}
	}
	if len(m.parsed) > 2*len(c.parsed)+64 {
		clear(m.parsed)
		for _, p := range c.parsed {
			m.parsed[p.file.Cell] = p
		}
	}
}

// parse reads a cell once.
func (m *memo) parse(cell source.Cell) *parsedCell {
	if p := m.parsed[cell]; p != nil {
		return p
	}
	p := &parsedCell{text: cell.Text}
	p.file, p.diags = syntax.Parse(cell)
	if len(p.diags) == 0 && p.file.Command == "" {
		countEvents(p.file)
		p.scan = check.NewScan(p.file)
		p.uses, p.mentions = p.scan.Uses, p.scan.Mentions()
		p.declares, p.places = declared(p.file)
	}
	m.parsed[cell] = p
	return p
}

// countEvents has each probe count the runs that pass its predicates.
func countEvents(f *syntax.File) {
	for _, p := range f.Probes {
		body := p.Decl.Body
		hit := &ast.ExprStmt{X: &ast.CallExpr{
			Fun:    &ast.Ident{Name: universe.HitName, NamePos: body.Lbrace},
			Lparen: body.Lbrace, Rparen: body.Lbrace,
		}}
		body.List = slices.Insert(body.List, len(p.Preds), ast.Stmt(hit))
	}
}

// unitKey identifies all that the compilation of a cell depends on.
type unitKey [sha256.Size]byte

// key is made of the cell's text, the maps it mentions, and what the cells have been compiled to that declare what it mentions. The types
// of such a cell are new objects each time it is compiled, so that its text is not enough.
func (c *compiler) key(p *parsedCell) unitKey {
	b := make([]byte, 0, len(p.text)+32*len(p.mentions))
	b = p.appendOption(b, "lines ", c.options.Lines)
	b = p.appendOption(b, "careful ", c.options.Careful)
	return sha256.Sum256(c.appendKey(b, p, make(map[*parsedCell]bool, 4)))
}

// appendOption appends those of the named probes that are the cell's.
func (p *parsedCell) appendOption(b []byte, option string, names []string) []byte {
	for _, name := range names {
		if slices.ContainsFunc(p.file.Probes, func(pr *syntax.Probe) bool { return pr.Name == name }) {
			b = strconv.AppendQuote(append(b, option...), name)
		}
	}
	return b
}

func (c *compiler) appendKey(b []byte, p *parsedCell, seen map[*parsedCell]bool) []byte {
	seen[p] = true
	b = strconv.AppendQuote(append(b, "cell "...), p.file.Cell.Name)
	b = strconv.AppendInt(append(b, ' '), int64(len(p.text)), 10)
	b = append(append(b, p.text...), '\n')
	for _, name := range p.mentions {
		if use, ok := c.uses[name]; ok {
			b = append(append(b, "use "...), name...)
			b = append(strconv.AppendUint(append(b, ' '), uint64(use), 10), '\n')
		}
		if m := c.layout[name]; m != nil && m.Span.Cell != p.file.Cell.Name {
			b = fmt.Appendf(b, "map %s %s\n", name, describeMap(m))
		}
		o := c.owner[name]
		switch {
		case o == nil || o == p || seen[o]:
		case c.units[o] != nil:
			b = fmt.Appendf(b, "from %s %d\n", name, c.units[o].id)
		default:
			b = c.appendKey(b, o, seen) // the cells need each other
		}
	}
	return b
}

// describeMap is all of a map that generated code depends on.
func describeMap(m *lower.Map) string {
	return fmt.Sprintf("%d %d %v %s %s", m.IR.Kind, m.IR.Entries, m.Aggregate, describeType(m.Key), describeType(m.Value))
}

func describeType(t *layout.Type) string {
	if t == nil {
		return "-"
	}
	s := fmt.Sprintf("%s(%d,%d,%d", t.Name, t.Kind, t.Size, t.Align)
	if t.Elem != nil {
		s += " " + describeType(t.Elem)
	}
	for _, f := range t.Fields {
		s += fmt.Sprintf(" %s@%d:%s", f.Name, f.Offset, describeType(f.Type))
	}
	return s + ")"
}
