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

	held, most int // bytes of text of what parsed and units hold, and of what they may hold

	ssaBase *lower.Base
	built   int // bytes of text of what was built on ssaBase
}

// What is not used any more is kept until it was made of so many bytes of text, each taken for smallest bytes at least. A byte of text makes
// some 100 bytes of what is kept.
const (
	spare    = 16 << 10
	smallest = spare / 64
)

// weight is for how much a text counts.
func weight(text string) int { return max(len(text), smallest) }

// base is what the next cell's SSA form is built on. One of its own lets its positions be printed. It is made anew now and then, so that
// what is not used any more can go.
func (m *memo) base(text string, own bool) *lower.Base {
	if m.built += weight(text); m.ssaBase == nil || own || m.built > spare {
		m.ssaBase, m.built = lower.NewBase(m.universe), weight(text)
	}
	return m.ssaBase
}

func newMemo(u *universe.Universe) *memo {
	return &memo{universe: u, parsed: map[source.Cell]*parsedCell{}, units: map[unitKey]*compiledUnit{}, most: spare}
}

// trim forgets what the settled build does not use, when that has become much beside what it uses.
func (m *memo) trim() {
	if m.held <= m.most {
		return
	}
	clear(m.units)
	clear(m.parsed)
	m.held = 0
	if m.settled != nil {
		c := m.settled.c
		for _, p := range c.parsed {
			m.keepParsed(p)
			m.keepUnit(c.key(p), p, c.units[p])
		}
	}
	m.most = 2*m.held + spare
}

func (m *memo) keepParsed(p *parsedCell) {
	m.parsed[p.file.Cell] = p
	m.held += weight(p.text)
}

func (m *memo) keepUnit(key unitKey, p *parsedCell, unit *compiledUnit) {
	m.units[key] = unit
	m.held += weight(p.text)
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
	m.keepParsed(p)
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
