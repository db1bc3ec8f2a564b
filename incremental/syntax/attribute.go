package syntax

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/source"
)

// Attr is an attribute: a comment line such as // @bpf_map(type=lru_hash, max_entries=65536) or //go:unroll 4.
type Attr struct {
	Name string // "bpf_map", "go:unroll"
	Args []Arg
	Span source.Span
}

// Arg is one argument of an attribute.
type Arg struct {
	Key   string // empty for a plain value
	Value string // without its quotes
	Span  source.Span
}

// Arg returns the value of the argument called key.
func (a Attr) Arg(key string) (string, bool) {
	for _, arg := range a.Args {
		if arg.Key == key {
			return arg.Value, true
		}
	}
	return "", false
}

// String is the attribute as name(args).
func (a Attr) String() string {
	args := make([]string, len(a.Args))
	for i, arg := range a.Args {
		args[i] = strconv.Quote(arg.Value)
		if arg.Key != "" {
			args[i] = arg.Key + "=" + args[i]
		}
	}
	return a.Name + "(" + strings.Join(args, ", ") + ")"
}

// attributes reads the attributes of a probe or function in the comment lines above it.
func (s *splitter) attributes(it *item, doc piece) {
	var preds []piece
	for pos := doc.start; pos < doc.end; {
		end := commentEnd(s.text, pos)
		if at, ok := attribute(s.text[pos:end]); ok {
			s.functionAttr(it, piece{pos + at, end}, &preds)
		}
		pos = s.skipSpace(end)
	}
	if it.kind == itemFunc && len(it.hooks) == 0 {
		return // of an ordinary function, a line that starts with @ is prose
	}
	it.kind = itemProbe
	for i := len(preds) - 1; i >= 0; i-- {
		if d, ok := s.predicateError(preds[i]); ok {
			s.diags = append(s.diags, d)
			preds = append(preds[:i], preds[i+1:]...)
		}
	}
	it.preds = append(preds, it.preds...)
}

// skipSpace skips blanks and newlines.
func (s *splitter) skipSpace(pos int) int {
	for pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[pos]) >= 0 {
		pos++
	}
	return pos
}

// attribute returns where the attribute begins in a comment, after the @ or at go:.
func attribute(comment string) (at int, ok bool) {
	if strings.HasPrefix(comment, "//go:ebpf") || strings.HasPrefix(comment, "//go:unroll") {
		return 2, true
	}
	rest := strings.TrimLeft(comment[2:], " \t")
	if !strings.HasPrefix(comment, "//") || !strings.HasPrefix(rest, "@") {
		return 0, false
	}
	return len(comment) - len(rest) + 1, true
}

// functionAttr reads one attribute above a function: a hook, a predicate, or another.
func (s *splitter) functionAttr(it *item, p piece, preds *[]piece) {
	text := strings.TrimRight(s.text[p.start:p.end], " \t\r\n")
	p.end = p.start + len(text)
	if strings.HasPrefix(text, "go:") {
		a := s.parseAttr(text, p.start)
		if h, ok := ebpfHook(a); ok {
			it.hooks = append(it.hooks, h)
			return
		}
		it.attrs = append(it.attrs, a)
		return
	}
	if hooks := s.hookList(p); hooks != nil {
		it.hooks = append(it.hooks, hooks...)
		return
	}
	if name := leadingIdent(text); attrNames[name] {
		it.attrs = append(it.attrs, s.parseAttr(text, p.start))
		return
	}
	if text != "" {
		*preds = append(*preds, p)
	}
}

// hookList reads p as hooks with commas between; it is nil if p is anything else.
func (s *splitter) hookList(p piece) []Hook {
	var hooks []Hook
	for pos := p.start; ; {
		word := s.hookWord(pos)
		if !strings.Contains(word, ":") && !alone(word) {
			return nil
		}
		hooks = append(hooks, s.hook(word, pos))
		pos = s.skipBlank(pos+len(word), false)
		if pos >= p.end {
			return hooks
		}
		if s.text[pos] != ',' {
			return nil
		}
		pos = s.skipBlank(pos+1, false)
	}
}

// attrNames are the attributes that are neither hooks nor predicates.
var attrNames = map[string]bool{
	"bpf_map": true, "rate": true, "suspended": true, "hooks": true, "bpf_context": true, "Go3sTrace": true, "Go3sMetric": true, "Go3sLog": true,
}

// leadingIdent is the identifier that text begins with.
func leadingIdent(text string) string {
	i := 0
	for i < len(text) && isIdent(text[i]) {
		i++
	}
	return text[:i]
}

// ebpfHook is the hook of a go:ebpf directive: program=kprobe func="f".
func ebpfHook(a Attr) (Hook, bool) {
	program, ok := a.Arg("program")
	if a.Name != "go:ebpf" || !ok {
		return Hook{}, false
	}
	h := Hook{Kind: program, Span: a.Span}
	if kind := kinds[program]; kind != "" {
		h.Kind = kind
	}
	for _, key := range []string{"func", "event", "target", "iface"} {
		if v, ok := a.Arg(key); ok {
			h.Target = v
			break
		}
	}
	return h, true
}

// parseAttr reads name(args) or name args, which begins at offset start of the text.
func (s *splitter) parseAttr(text string, start int) Attr {
	name := leadingIdent(text)
	if rest, ok := strings.CutPrefix(text, "go:"); ok {
		name = "go:" + leadingIdent(rest)
	}
	a := Attr{Name: name, Span: source.Span{Cell: s.cell, Start: start, End: start + len(text)}}
	pos, end := len(name), len(text)
	sep := " \t"
	if pos < end && text[pos] == '(' {
		pos++
		sep = ","
		if i := strings.LastIndexByte(text, ')'); i >= pos {
			end = i
		}
	}
	for pos < end {
		stop := argEnd(text[:end], pos, sep)
		if arg := strings.TrimSpace(text[pos:stop]); arg != "" {
			lead := strings.Index(text[pos:stop], arg)
			a.Args = append(a.Args, parseArg(arg, source.Span{
				Cell: s.cell, Start: start + pos + lead, End: start + pos + lead + len(arg),
			}))
		}
		pos = stop + 1
	}
	return a
}

// argEnd returns where the argument at pos ends: at a separator outside of quotes and brackets.
func argEnd(text string, pos int, sep string) int {
	quote, depth := byte(0), 0
	for ; pos < len(text); pos++ {
		switch c := text[pos]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '`':
			quote = c
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case depth <= 0 && strings.IndexByte(sep, c) >= 0:
			return pos
		}
	}
	return pos
}

// parseArg reads key=value or value.
func parseArg(text string, span source.Span) Arg {
	key, value, ok := strings.Cut(text, "=")
	if !ok || leadingIdent(key) != key {
		key, value = "", text
	}
	value = strings.TrimSpace(value)
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '`') && value[n-1] == value[0] {
		value = value[1 : n-1]
	}
	return Arg{Key: strings.TrimSpace(key), Value: value, Span: span}
}

// takeAttrs reads the attributes of declarations from the comments above and behind them.
func (f *File) takeAttrs() {
	for _, p := range f.Probes {
		f.addAttrs(p.Decl, p.Attrs)
	}
	if len(f.AST.Comments) == 0 {
		return
	}
	f.loopAttrs()
	for _, decl := range f.AST.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				f.commentAttrs(spec, gen.Doc, spec.Doc, spec.Comment)
			case *ast.TypeSpec:
				f.commentAttrs(spec, gen.Doc, spec.Doc, spec.Comment)
			}
		}
	}
}

// loopAttrs finds the attributes on the line above a loop.
func (f *File) loopAttrs() {
	lines := map[int]*ast.CommentGroup{} // by the line after the comment
	for _, group := range f.AST.Comments {
		for _, c := range group.List {
			if _, ok := attribute(c.Text); ok {
				lines[f.line(group.End())+1] = group
			}
		}
	}
	if len(lines) == 0 {
		return
	}
	visit := func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			line := f.line(n.Pos())
			f.commentAttrs(n, lines[line])
			delete(lines, line)
		}
		return true
	}
	ast.Inspect(f.AST, visit)
	if f.Body != nil {
		ast.Inspect(f.Body, visit)
	}
	f.strayAttrs(lines)
}

// strayAttrs keeps the attributes of loops in comments that stand above no loop.
func (f *File) strayAttrs(comments map[int]*ast.CommentGroup) {
	for _, line := range slices.Sorted(maps.Keys(comments)) {
		for _, c := range comments[line].List {
			if !strings.HasPrefix(c.Text, "//go:unroll") {
				continue
			}
			s := splitter{cell: f.Cell.Name}
			a := s.parseAttr(strings.TrimRight(c.Text[2:], " \t\r\n"), f.Place(int(c.Pos())-1+2))
			ofProbe := func(p *Probe) bool {
				return slices.ContainsFunc(p.Attrs, func(b Attr) bool { return b.Span == a.Span })
			}
			if !slices.ContainsFunc(f.Probes, ofProbe) {
				f.Stray = append(f.Stray, a)
			}
		}
	}
}

// line is the line of the Go text that pos lies on, whatever line directives say.
func (f *File) line(pos token.Pos) int { return f.Fset.PositionFor(pos, false).Line }

// commentAttrs adds the attributes in the comments of a declaration.
func (f *File) commentAttrs(node ast.Node, groups ...*ast.CommentGroup) {
	for _, group := range groups {
		if group == nil {
			continue
		}
		for _, c := range group.List {
			at, ok := attribute(c.Text)
			if !ok {
				continue
			}
			s := splitter{cell: f.Cell.Name}
			text := strings.TrimRight(c.Text[at:], " \t\r\n")
			f.addAttrs(node, []Attr{s.parseAttr(text, f.Place(int(c.Pos())-1+at))})
		}
	}
}

// addAttrs files attributes under their declaration.
func (f *File) addAttrs(node ast.Node, attrs []Attr) {
	if len(attrs) == 0 {
		return
	}
	if f.Attrs == nil {
		f.Attrs = map[ast.Node][]Attr{}
	}
	f.Attrs[node] = append(f.Attrs[node], attrs...)
}
