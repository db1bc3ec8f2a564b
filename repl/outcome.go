package repl

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"time"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/output"
	"go3s/session"
	"go3s/session/harmless"
)

// entryName begins the names of the cells that come from the prompt.
const entryName = "entry "

// cell makes a cell of an entry.
func (r *Repl) cell(text string) source.Cell {
	return source.Cell{Name: entry(r.entries.Add(1)), Text: text}
}

// readable is what the user knows a cell by: a file's name, or what an entry declares first.
func readable(cell source.Cell) string {
	if !strings.HasPrefix(cell.Name, entryName) {
		return cell.Name
	}
	f, _ := syntax.Parse(cell)
	if len(f.Probes) > 0 {
		return f.Probes[0].Name
	}
	if f.AST == nil {
		return "entry"
	}
	for _, d := range f.AST.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			return d.Name.Name
		case *ast.GenDecl:
			if d.Tok == token.IMPORT || len(d.Specs) == 0 {
				continue
			}
			switch spec := d.Specs[0].(type) {
			case *ast.TypeSpec:
				return spec.Name.Name
			case *ast.ValueSpec:
				return spec.Names[0].Name
			}
		}
	}
	return "entry"
}

// outcome says what entering a cell did: its diagnostics, or one quiet line.
func (r *Repl) outcome(cell source.Cell, res session.Result) string {
	r.last, r.entered = res, true
	if !res.OK() {
		r.bad = true
		r.refused, r.shown = res, r.refusal(cell, res)
		return r.shown
	}
	if res.Value != nil {
		var b strings.Builder
		_ = output.Value(&b, res.Value, output.Options{Width: r.term.Width()})
		return b.String()
	}
	var parts []string
	for _, change := range []struct {
		what  string
		names []string
	}{
		{"attached", res.Attached},
		{"swapped", r.versions(res.Swapped)},
		{"suspended", res.Suspended},
		{"resumed", res.Resumed},
		{"unchanged", res.Kept},
		{"detached", res.Detached},
	} {
		if len(change.names) > 0 {
			parts = append(parts, change.what+" "+listed(change.names))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "ok")
	}
	text := fmt.Sprintf("%s (%s)\n", strings.Join(parts, "; "), milliseconds(total(res.Time)))
	for _, c := range res.Carried {
		text += "  " + harmless.Text(c.Map+": "+c.Text) + "\n"
	}
	return text
}

// listed are names of probes, those of a probe with many hooks as one.
func listed(names []string) string {
	const few = 4
	var out []string
	for len(names) > 0 {
		group, _, more := strings.Cut(names[0], ".")
		n := 1
		for more && n < len(names) && strings.HasPrefix(names[n], group+".") {
			n++
		}
		if n > few {
			out = append(out, fmt.Sprintf("%s at %d hooks", group, n))
		} else {
			out = append(out, names[:n]...)
		}
		names = names[n:]
	}
	return strings.Join(out, ", ")
}

// versions puts the version of each probe after its name.
func (r *Repl) versions(names []string) []string {
	version := map[string]int{}
	for _, p := range r.session.Roster() {
		version[p.Name] = p.Version
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%s v%d", n, version[n])
	}
	return out
}

// refusal is why a cell was not entered. What is wrong may lie in another one.
func (r *Repl) refusal(cell source.Cell, res session.Result) string {
	if len(res.Diags) == 0 {
		return r.colours().Error.Text(harmless.Text(res.Err.Error())) + "\n"
	}
	cells := map[string]source.Cell{}
	for _, c := range append(r.session.Cells(), cell) {
		cells[c.Name] = c
	}
	name := func(span *source.Span, other string) {
		if c, ok := cells[span.Cell]; ok {
			if span.Cell = readable(c); span.Cell == other {
				span.Cell = "the earlier " + other
			}
		}
	}
	var b strings.Builder
	for _, d := range hinted(cell.Text, res.Diags) {
		text, own := cells[d.Span.Cell].Text, d.Span.Cell
		name(&d.Span, "")
		d.Also = append([]source.Note(nil), d.Also...)
		also := make([]string, len(d.Also))
		for i := range d.Also {
			also[i] = cells[d.Also[i].Span.Cell].Text
			if span := &d.Also[i].Span; span.Cell == own {
				span.Cell = d.Span.Cell
			} else {
				name(span, d.Span.Cell)
			}
		}
		rendered := source.Render(d, text, also...)
		first, rest, _ := strings.Cut(rendered, "\n")
		b.WriteString(r.colours().Error.Text(first) + "\n" + rest)
	}
	return b.String()
}

func total(ts session.Times) time.Duration {
	var sum time.Duration
	for _, t := range ts {
		sum += t.Time
	}
	return sum
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
