package incremental

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"io"
	"maps"
	"slices"

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
	units    map[string]*compiledUnit
}

func newMemo(u *universe.Universe) *memo {
	return &memo{universe: u, parsed: map[source.Cell]*parsedCell{}, units: map[string]*compiledUnit{}}
}

// parse reads a cell once.
func (m *memo) parse(cell source.Cell) *parsedCell {
	if p := m.parsed[cell]; p != nil {
		return p
	}
	p := &parsedCell{text: cell.Text}
	p.file, p.diags = syntax.Parse(cell)
	if len(p.diags) == 0 && p.file.Command == "" {
		p.uses = check.Uses(p.file)
		p.declares = declared(p.file)
		p.mentions = mentioned(p.file)
		for name := range p.uses {
			p.mentions[name] = true // bpf.Hash[K, V]("name") has no identifier of it
		}
		countEvents(p.file)
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

// key identifies all that the compilation of a cell depends on: its text, the maps it mentions, and the text of the cells that
// declare what it mentions, and so on from there.
func (c *compiler) key(p *parsedCell) string {
	h := sha256.New()
	c.writeKey(h, p, map[*parsedCell]bool{})
	return hex.EncodeToString(h.Sum(nil))
}

func (c *compiler) writeKey(w io.Writer, p *parsedCell, seen map[*parsedCell]bool) {
	seen[p] = true
	fmt.Fprintf(w, "cell %q %q\n", p.file.Cell.Name, p.text)
	for _, name := range slices.Sorted(maps.Keys(p.mentions)) {
		if use, ok := c.uses[name]; ok {
			fmt.Fprintf(w, "use %s %d\n", name, use)
		}
		if m := c.layout[name]; m != nil && m.Span.Cell != p.file.Cell.Name {
			fmt.Fprintf(w, "map %s %s\n", name, describeMap(m))
		}
		if o := c.owner[name]; o != nil && o != p && !seen[o] {
			c.writeKey(w, o, seen)
		}
	}
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
