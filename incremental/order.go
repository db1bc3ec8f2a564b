package incremental

import (
	"strings"

	"go3s/incremental/source"
)

// Order sorts cells so that each can be entered behind those whose names it uses, and else as they are given: as at the package level of
// Go, it does not matter where a name is declared.
func Order(cells []source.Cell) []source.Cell {
	m := newMemo(nil)
	owner := map[string]*parsedCell{}
	parsed := make([]*parsedCell, len(cells))
	for i, cell := range cells {
		p := m.parse(cell)
		parsed[i] = p
		for _, name := range p.declares {
			if owner[name] == nil {
				owner[name] = p
			}
		}
	}
	out := make([]source.Cell, 0, len(cells))
	for _, p := range inOrder(parsed, owner) {
		out = append(out, p.file.Cell)
	}
	return out
}

// inOrder sorts cells so that each follows those that declare what it mentions, be it a map by its use, and else as they were entered.
func inOrder(parsed []*parsedCell, owner map[string]*parsedCell) []*parsedCell {
	out := make([]*parsedCell, 0, len(parsed))
	done := make(map[*parsedCell]bool, len(parsed))
	user := make(map[string]*parsedCell) // the first cell whose use of a map declares it
	for _, p := range parsed {
		for name, use := range p.uses {
			if use.Declares() && user[name] == nil && !IsEvaluation(p.file) {
				user[name] = p
			}
		}
	}
	var visit func(p *parsedCell)
	visit = func(p *parsedCell) {
		if done[p] {
			return
		}
		done[p] = true
		for _, name := range p.mentions {
			o := owner[name]
			if o == nil && !p.uses[name].Declares() {
				o = user[name]
			}
			if o != nil {
				visit(o)
			}
		}
		out = append(out, p)
	}
	for _, p := range parsed {
		visit(p)
	}
	return out
}

// aboutNeighbours are the diagnostics of a cell with those of names that other cells declare put right: where that cell has errors of its
// own they say it all, and where it waits for this one neither can come first.
func (c *compiler) aboutNeighbours(p *parsedCell, diags []source.Diagnostic) []source.Diagnostic {
	var out []source.Diagnostic
	for _, d := range diags {
		name, undefined := strings.CutPrefix(d.Msg, "undefined: ")
		o := c.owner[name]
		switch {
		case d.Code != source.UndefinedName || !undefined || o == nil || o == p:
		case c.units[o] != nil:
			continue
		default:
			d.Msg, d.Hint = "the entry of "+name+" needs this one, and this one needs "+name, "put both into one entry"
			d.Also = append(d.Also, source.Note{Span: o.places[name], Msg: "declared here"})
		}
		out = append(out, d)
	}
	return out
}
