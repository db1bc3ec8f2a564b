package program

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go3s/incremental"
	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// Export is all cells as one program in the long form, formatted as gofmt does, with the lines for its settings: run from nothing it has the
// same probes, and those that are suspended have the attribute of that name. Comments are kept. maps are those of the user that are there.
// The error is of a text that could not be formatted, which is a bug of this package.
func (p Program) Export(settings string, maps []*incremental.Map) (string, error) {
	text, err := p.export(settings)
	if err != nil || p.compiles(text) {
		return text, err
	}
	// In one text a map may get another type than it has from the cells in their order.
	uses := p.uses()
	with, err := p.declaringAll(slices.DeleteFunc(maps, func(m *incremental.Map) bool {
		return m.Aggregate != (abi.Aggregate{}) || p.declares(m.Name) || !slices.Contains(uses, m.Name)
	})).export(settings)
	if err != nil || !p.compiles(with) {
		return text, nil
	}
	return with, nil
}

// compiles reports whether a text is a program by itself.
func (p Program) compiles(text string) bool {
	alone := p
	for _, c := range p.cells {
		alone.compiler = alone.compiler.Without(c.Name)
	}
	alone.compiler = alone.compiler.With(source.Cell{Name: "export", Text: text})
	return len(alone.Build(func(string) {}).Diags) == 0
}

// uses are the names that the program uses as maps.
func (p Program) uses() []string {
	var names []string
	for _, c := range p.cells {
		names = slices.AppendSeq(names, maps.Keys(check.NewScan(parse(c.Cell)).Uses))
	}
	return names
}

// export is the text of the program, with the lines for its settings.
func (p Program) export(settings string) (string, error) {
	imports := map[string]bool{}
	var body strings.Builder
	for _, c := range p.cells {
		f := parse(c.Cell) // as it is without the probes that have left it
		for _, spec := range f.AST.Imports {
			imports[spec.Path.Value] = true
		}
		fmt.Fprintf(&body, "\n%s\n", directed().ReplaceAllString(longForm(f), ""))
	}
	if strings.Contains(body.String(), "bpf.") {
		imports[strconv.Quote("bpf")] = true
	}
	var b strings.Builder
	b.WriteString("package main\n\n")
	if settings != "" {
		b.WriteString(settings + "\n")
	}
	var paths []string
	for p := range imports {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		fmt.Fprintf(&b, "import %s\n", p)
	}
	b.WriteString(body.String())
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		return "", fmt.Errorf("export: %w", err)
	}
	return marked(string(text), p.Suspended), nil
}

// Directive begins a line that gives a setting its value. What is exported has those that it is given.
const Directive = "//go3sh:set "

// directed is a line that gives a setting its value.
var directed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^` + Directive + `.*\n`) })

// attributed is a line with the attribute suspended.
var attributed = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^//\s*@` + suspendedAttr + `\s*\n`)
})

// marked is a formatted program in which the suspended probes, and no others, have the attribute.
func marked(text string, suspended []string) string {
	text = attributed().ReplaceAllString(text, "")
	for _, name := range suspended {
		head := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(`)
		text = head.ReplaceAllString(text, "// @"+suspendedAttr+"\n$0")
	}
	return text
}

// longForm is the text of a cell's declarations with every probe in its long form. The package clause and the imports are left out.
func longForm(f *syntax.File) string {
	text, from := f.Go, int(f.AST.Name.End())-1
	var b strings.Builder
	copyTo := func(end int) {
		if end > from {
			b.WriteString(text[from:end])
			from = end
		}
	}
	for _, d := range f.AST.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			copyTo(int(g.Pos()) - 1)
			from = int(g.End()) - 1
			continue
		}
		i := slices.IndexFunc(f.Probes, func(p *syntax.Probe) bool { return p.Decl == d })
		if i < 0 {
			continue
		}
		p := f.Probes[i]
		if isLong(f, p) {
			copyTo(int(p.Decl.Body.Lbrace))
		} else {
			copyTo(int(d.Pos()) - 1)
			if last := b.String(); strings.TrimSpace(last[strings.LastIndexByte(last, '\n')+1:]) != "" {
				b.WriteString("\n\n")
			}
			header(&b, f, p)
		}
		from = afterPredicates(f, p)
	}
	copyTo(len(text))
	return strings.TrimLeft(b.String(), "; \n")
}

// isLong reports whether the user wrote a probe in its long form.
func isLong(f *syntax.File, p *syntax.Probe) bool {
	name := f.Span(p.Decl.Name.Pos(), p.Decl.Name.End())
	before := strings.TrimRight(f.Cell.Text[p.Span.Start:max(name.Start, p.Span.Start)], " \t")
	return strings.HasSuffix(before, "func") && f.Cell.Text[name.Start:name.End] == p.Decl.Name.Name
}

// header writes the head of a shorthand probe in the long form: its hooks, predicates and other attributes, and the function's.
func header(b *strings.Builder, f *syntax.File, p *syntax.Probe) {
	for _, h := range p.Hooks {
		if h.Kind == "" {
			h.Kind = "tracepoint"
		}
		fmt.Fprintf(b, "// @%s\n", h)
	}
	text := f.Cell.Text
	for _, a := range p.Attrs {
		line := text[strings.LastIndexByte(text[:a.Span.Start], '\n')+1 : a.Span.Start]
		if a.Name != suspendedAttr && !strings.HasPrefix(strings.TrimSpace(line), "//") {
			fmt.Fprintf(b, "// @%s\n", strings.TrimPrefix(text[a.Span.Start:a.Span.End], "@"))
		}
	}
	for _, pred := range p.Preds {
		expr := f.Go[pred.Pos()-1 : pred.End()-1]
		fmt.Fprintf(b, "// @%s\n", strings.Join(strings.Fields(expr), " "))
	}
	fmt.Fprintf(b, "func %s(ctx *bpf.Context) {", p.Name)
}

// afterPredicates is where the body of a probe goes on after the statements that its predicates have become.
func afterPredicates(f *syntax.File, p *syntax.Probe) int {
	n := len(p.Preds)
	if n == 0 {
		return int(p.Decl.Body.Lbrace)
	}
	from := int(p.Decl.Body.List[n-1].End()) - 1
	rest := strings.TrimPrefix(strings.TrimLeft(f.Go[from:], " "), ";")
	return len(f.Go) - len(rest)
}
