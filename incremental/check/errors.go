package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/abi"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// typeErrors turns the errors of the last pass into diagnostics: Go's own words where they are about the user's program, ours
// where they are about hooks, maps and the names of the language.
func (c *checker) typeErrors() {
	c.signatures()
	for _, err := range c.errs {
		start, end := errorRange(err)
		if msg, ok := strings.CutPrefix(err.Msg, "\t"); ok {
			c.addNote(c.file.Span(start, end), msg)
			continue
		}
		c.typeError(err, start, end)
	}
	c.unresolvedMaps()
}

// errorRange is the range of nodes that an error is about. Package go/types computes it and does not export it.
func errorRange(err types.Error) (start, end token.Pos) {
	v := reflect.ValueOf(err)
	s, e := v.FieldByName("go116start"), v.FieldByName("go116end")
	if !s.IsValid() || !e.IsValid() || !s.CanInt() || !e.CanInt() || s.Int() == 0 || e.Int() < s.Int() {
		return err.Pos, err.Pos
	}
	return token.Pos(s.Int()), token.Pos(e.Int())
}

// addNote adds a further place to the last diagnostic.
func (c *checker) addNote(span source.Span, msg string) {
	if len(c.diags) > 0 && span.IsValid() && !strings.HasPrefix(msg, "have ") && !strings.HasPrefix(msg, "want ") {
		d := &c.diags[len(c.diags)-1]
		d.Also = append(d.Also, source.Note{Span: span, Msg: msg})
	}
}

// typeError reports one error of Go's checker.
func (c *checker) typeError(err types.Error, start, end token.Pos) {
	msg, _, _ := strings.Cut(err.Msg, "\n")
	msg = strings.ReplaceAll(msg, "main.", "")
	msg, _, _ = strings.Cut(msg, " at line ")   // of goto, which counts lines that the user does not see
	msg, _, _ = strings.Cut(msg, " (first at ") // of default
	d := source.Diagnostic{Code: source.Type, Span: c.file.Span(start, end), Msg: msg}
	name, undefined := strings.CutPrefix(msg, "undefined: ")
	name, _, _ = strings.Cut(name, " ")
	switch {
	case undefined && strings.Contains(name, "."):
		d = c.undefinedInPackage(d, name)
	case undefined:
		if c.isInferred(name) {
			return // its types depend on something that is reported itself
		}
		d = c.undefinedName(d, name, start)
	case strings.Contains(msg, "has no field or method"):
		d = c.undefinedField(d, err.Pos)
	case strings.HasPrefix(msg, "could not import"):
		return // imports are refused as such
	case strings.HasPrefix(msg, "implicit assignment to unexported field"):
		// A struct of another cell, whose package is another one to Go's checker alone. The number of values is reported itself.
		return
	case strings.HasPrefix(msg, "declared and not used"):
		if strings.HasSuffix(msg, ": "+universe.ArgsName) && c.names.is(universe.ArgsName, free) || strings.HasSuffix(msg, ": "+universe.RetvalName) && c.names.is(universe.RetvalName, free) {
			return // it is assigned to, which is refused
		}
		d.Code, d.Hint = source.Unused, c.keepHint(start)
	case strings.Contains(msg, "redeclared in this block"):
		d.Code = source.Redeclared
	case strings.Contains(msg, "cannot assign to struct field"):
		d.Hint = "copy the struct, change the copy, and store it: v := m[k]; v.f = 1; m[k] = v"
	case strings.HasSuffix(msg, "more than one index"):
		if l := c.indexList(start); l != nil {
			d.Span, d.Hint = c.span(l), c.listHint(l.Pos())
		}
	case c.kernelTypeAsValue(msg) != "":
		name := c.kernelTypeAsValue(msg)
		d = c.undefinedName(d, name, start)
		d.Msg = "undefined: " + name
	case strings.Contains(msg, " as int value ") && strings.HasSuffix(msg, "(overflows)"):
		d.Hint = uint64Hint(c.file.Cell.Text[d.Span.Start:d.Span.End])
	case strings.HasPrefix(msg, "invalid operation: cannot call "):
		if id := c.identAt(start); id != nil && c.isGiven(id) {
			d.Hint = "it is a value: write " + id.Name
		}
	case strings.Contains(msg, "(built-in)"):
		d.Hint = "this is a function of Go; give the map another name"
	default:
		if strings.Contains(msg, "mismatched types") {
			d = c.mismatch(d, start, end)
		}
		if d.Hint == "" {
			d.Hint = c.addressHint(msg, start, end)
		}
		if m := c.mapError(d, start, end); m.Code == source.MapConflict {
			d = m
		} else if pred := c.predicateAt(start, end); pred != nil && strings.Contains(msg, "operator ! not defined") {
			d.Span = c.span(pred)
			d.Msg = fmt.Sprintf("the predicate is not a bool but %s", c.describe(pred))
		}
	}
	if !c.isRefused(d.Span) {
		c.diags = append(c.diags, d)
	}
}

// uint64Hint says how to write a number that is too large for an int, such as an address in the kernel.
func uint64Hint(number string) string {
	if _, err := strconv.ParseUint(number, 0, 64); err != nil {
		return ""
	}
	return "write uint64(" + number + ")"
}

// kernelTypeAsValue is the name of a type of the kernel's that the message finds in the place of a value, or "". They have names
// as short as s, and whoever writes one there thought of a variable.
func (c *checker) kernelTypeAsValue(msg string) string {
	name, ok := strings.CutSuffix(msg, " (type) is not an expression")
	if !ok {
		name, ok = strings.CutSuffix(msg, " is not a generic type)")
		name = name[strings.LastIndexByte(name, '(')+1:]
	}
	if !ok || !c.names.is(name, free) || c.names.is(name, declared) || c.lookup(name) != nil || c.kernelName(name) == nil {
		return ""
	}
	return name
}

// describe is the type of an expression for a message.
func (c *checker) describe(e ast.Expr) string {
	return "of type " + typeString(c.info.Types[e].Type)
}

// typeString is the type as the user would write it.
func typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Name() == "main" {
			return ""
		}
		return p.Name()
	})
}

// undefinedName restates an error about a name that nothing declares.
func (c *checker) undefinedName(d source.Diagnostic, name string, at token.Pos) source.Diagnostic {
	if hint, ok := universe.Pending(name); ok && name == universe.RetvalName {
		d.Code, d.Msg, d.Hint = source.UndefinedName, "there is no retval here", hint
		return d
	}
	if hint, ok := universe.Pending(name); ok {
		d.Code, d.Msg, d.Hint = source.Unsupported, name+" is not there yet", hint
		return d
	}
	d.Code = source.UndefinedName
	p := c.probeAt(at)
	switch {
	case name == universe.ArgsName, name == universe.CtxName:
		d.Hint = name + " is the context of a probe"
	case p != nil && p.context != nil && fieldOf(p.context.Named, name) != nil:
		d.Hint = "write ctx." + name
	case c.elsewhereHint(d.Span) != "":
		d.Hint = c.elsewhereHint(d.Span)
	case c.methodHint(at) != "":
		d.Hint = c.methodHint(at)
	case c.listHint(at) != "":
		d.Hint = c.listHint(at)
	default:
		others := slices.DeleteFunc(c.visibleNames(), func(s string) bool { return s == name })
		d.Hint = didYouMean(source.Near(name, others))
		if d.Hint == "" {
			d.Hint = c.keepHint(at)
		}
		if d.Hint == "" && c.isAssigned(at) {
			d.Hint = "declare it with := here, or with var beside the probe to keep it from event to event"
		}
	}
	return d
}

// keepHint is how to write a statement of the prompt that gives the name at the place, alone, a constant value, so that the name is there for
// what is typed next; "" if there is no such statement.
func (c *checker) keepHint(at token.Pos) string {
	if !c.in.once {
		return ""
	}
	for _, s := range c.file.Probes[0].Decl.Body.List {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != token.ASSIGN && a.Tok != token.DEFINE || len(a.Lhs) != 1 || len(a.Rhs) != 1 || a.Lhs[0].Pos() != at {
			continue
		}
		if _, ok := a.Lhs[0].(*ast.Ident); ok && c.info.Types[a.Rhs[0]].Value != nil {
			return "var " + c.text(a.Lhs[0]) + " = " + c.text(a.Rhs[0]) + " keeps it"
		}
	}
	return ""
}

// isAssigned reports whether the name at the place is alone on the left side of an assignment.
func (c *checker) isAssigned(at token.Pos) bool {
	found := false
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN && len(a.Lhs) == 1 && a.Lhs[0].Pos() == at {
			_, found = a.Lhs[0].(*ast.Ident)
		}
		return !found
	})
	return found
}

// mismatch restates an error about operands of different types, of which one is at start: the place is the whole operation, where
// Go's checker points at one side, and the hint converts the narrower of two integers.
func (c *checker) mismatch(d source.Diagnostic, start, end token.Pos) source.Diagnostic {
	at := func(e ast.Expr) bool { return e.Pos() == start && e.End() == end }
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		var x, y ast.Expr
		switch n := n.(type) {
		case *ast.BinaryExpr:
			x, y = n.X, n.Y
		case *ast.AssignStmt:
			if n.Tok != token.ASSIGN && n.Tok != token.DEFINE && len(n.Lhs) == 1 && len(n.Rhs) == 1 {
				x, y = n.Lhs[0], n.Rhs[0]
			}
		}
		if x == nil || !at(x) && !at(y) {
			return true
		}
		d.Span = c.span(n)
		tx, ty := c.info.Types[x].Type, c.info.Types[y].Type
		if _, assigns := n.(*ast.AssignStmt); assigns || width(tx) >= width(ty) {
			d.Hint = c.conversion(tx, y)
		} else {
			d.Hint = c.conversion(ty, x)
		}
		return true
	})
	return d
}

// width is the size of a sized integer type in bytes.
func width(t types.Type) int64 {
	if b, ok := typeUnder(t).(*types.Basic); ok && b.Info()&types.IsInteger != 0 && b.Info()&types.IsUntyped == 0 {
		return sizes.Sizeof(b)
	}
	return 0
}

// sizes are those of the machines that probes run on.
var sizes = types.SizesFor("gc", "amd64")

// undefinedInPackage restates an error about bpf.Name.
func (c *checker) undefinedInPackage(d source.Diagnostic, name string) source.Diagnostic {
	pkg, sel, _ := strings.Cut(name, ".")
	switch {
	case pkg == "bpf" && universe.PendingExported(sel):
		d.Code, d.Msg = source.Unsupported, name+" is not there yet"
	case pkg == "bpf":
		d.Code, d.Msg = source.UndefinedName, "undefined: "+name
		names := slices.DeleteFunc(c.universe.Imported.Scope().Names(), func(s string) bool { return !token.IsExported(s) })
		if near := source.Near(sel, names); near != "" {
			d.Hint = didYouMean("bpf." + near)
		}
	case pkg == universe.StringsPath:
		d = c.undefinedString(d, sel)
	case pkg == c.universe.Helpers.Name():
		d.Code = source.UndefinedName
		if near := source.Near(sel, c.universe.Helpers.Scope().Names()); near != "" {
			d.Hint = didYouMean(pkg + "." + near)
		}
	default:
		d.Code = source.UndefinedName
	}
	return d
}

// undefinedField restates an error about x.f; pos is that of f.
func (c *checker) undefinedField(d source.Diagnostic, pos token.Pos) source.Diagnostic {
	d.Code = source.UndefinedField
	sel := c.selectorAt(pos)
	if sel == nil {
		return d
	}
	if id, ok := sel.X.(*ast.Ident); ok && c.info.Types[id].IsType() && c.elsewhereHint(c.span(id)) != "" {
		d.Span, d.Msg = c.span(id), "undefined: "+id.Name // the kernel has a type of that name
		return c.undefinedName(d, id.Name, id.Pos())
	}
	d.Span = c.span(sel.Sel)
	t := c.info.Types[sel.X].Type
	if d, ok := c.undefinedOfAggregate(d, sel, t); ok {
		return d
	}
	if ptr, ok := typeUnder(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	var names []string
	if st, ok := typeUnder(t).(*types.Struct); ok {
		d.Msg = fmt.Sprintf("%s has no field %s", typeString(t), sel.Sel.Name)
		for f := range st.Fields() {
			names = append(names, f.Name())
		}
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		for m := range named.Methods() {
			names = append(names, m.Name())
		}
	}
	d.Hint = didYouMean(source.Near(sel.Sel.Name, names))
	if d.Hint == "" && len(names) > 0 && len(names) <= 12 {
		d.Hint = "it has " + strings.Join(names, ", ")
	}
	return d
}

// undefinedOfAggregate restates an error about h.f or h[k].f, where h is an aggregate or has one for each key; ok is false for others.
func (c *checker) undefinedOfAggregate(d source.Diagnostic, sel *ast.SelectorExpr, t types.Type) (_ source.Diagnostic, ok bool) {
	what := c.text(sel.X)
	held := c.universe.Aggregate(t)
	if m, keyed := typeUnder(t).(*types.Map); keyed {
		held = c.universe.Aggregate(m.Elem())
		what += "[k]"
	}
	if held == abi.NoAggregate {
		return d, false
	}
	method := universe.AggregateMethod(held)
	d.Msg = fmt.Sprintf("%s aggregates with %s, and has no %s", what, method, sel.Sel.Name)
	d.Hint = fmt.Sprintf("%s.%s(…) adds to it, and the prompt shows it", what, method)
	if what == c.text(sel.X) && source.Near(strings.ToLower(sel.Sel.Name), []string{method}) != "" {
		d.Hint = didYouMean(method)
	}
	return d, true
}

// mapError restates an error about a key or value that does not fit a map declared by use.
func (c *checker) mapError(d source.Diagnostic, start, end token.Pos) source.Diagnostic {
	within := func(e ast.Expr) bool { return e != nil && e.Pos() <= start && end <= e.End() }
	for i := range c.names.sites {
		s := &c.names.sites[i]
		isKey := within(s.index) && strings.HasSuffix(d.Msg, "in map index")
		isValue := within(s.value) && (strings.HasSuffix(d.Msg, "in assignment") || strings.Contains(d.Msg, "mismatched types"))
		isSum := s.stmt != nil && s.stmt.Pos() <= start && end <= s.stmt.End() && s.use&Adds != 0 && strings.Contains(d.Msg, "mismatched types")
		if !isKey && !isValue && !isSum {
			continue
		}
		what, expr := "keys", s.index
		if !isKey {
			what, expr = "values", s.value
		}
		held, first := c.held(s.name, isKey)
		if held == nil || expr == nil || c.universe.Aggregate(held) != abi.NoAggregate || c.info.Types[expr].Type == nil {
			continue
		}
		d.Code, d.Span = source.MapConflict, c.span(expr)
		d.Msg = fmt.Sprintf("the %s of %s are %s, not %s", what, s.name, typeString(held), typeString(c.info.Types[expr].Type))
		d.Hint = c.conversion(held, expr)
		if first.IsValid() {
			d.Also = []source.Note{{Span: first, Msg: typeString(held) + " by this use"}}
		}
		return d
	}
	return d
}

// conversion is the hint to convert an integer.
func (c *checker) conversion(to types.Type, e ast.Expr) string {
	from := c.info.Types[e].Type
	a, ok := typeUnder(to).(*types.Basic)
	b, ok2 := typeUnder(from).(*types.Basic)
	if !ok || !ok2 || a.Info()&types.IsInteger == 0 || b.Info()&types.IsInteger == 0 || isUntyped(from) {
		return ""
	}
	return fmt.Sprintf("write %s(%s)", typeString(to), c.text(e))
}

// held is the type of a map's keys or values, and where it was decided.
func (c *checker) held(name string, key bool) (types.Type, source.Span) {
	for _, m := range c.maps {
		switch {
		case m.name != name:
		case key && m.keySite != nil:
			return m.key, c.span(m.keySite.index)
		case !key && m.valueSite != nil && m.valueSite.value != nil:
			return m.value, c.span(m.valueSite.value)
		case !key && m.valueSite != nil:
			return m.value, c.span(m.valueSite.ident)
		}
	}
	m := c.in.Maps[name]
	if m == nil || c.names.is(name, declared) {
		return nil, source.Span{}
	}
	t := m.Var.Type()
	if mt, ok := t.Underlying().(*types.Map); ok && key {
		t = mt.Key()
	} else if ok {
		t = mt.Elem()
	}
	return t, m.Span
}

func (c *checker) isInferred(name string) bool {
	return slices.ContainsFunc(c.maps, func(m *inferred) bool { return m.name == name })
}

// unresolvedMaps reports maps whose types nothing tells, if nothing else is wrong that would explain it.
func (c *checker) unresolvedMaps() {
	if len(c.diags) > 0 {
		return
	}
	for _, m := range c.maps {
		if m.known() {
			continue
		}
		what := "values"
		if m.keyed && m.key == nil {
			what = "keys"
		}
		c.report(source.UndefinedName, m.sites[0].ident, fmt.Sprintf("no use of %s tells the type of its %s", m.name, what),
			fmt.Sprintf("declare it: var %s map[KEY]VALUE", m.name))
	}
}

// visibleNames are the names that a misspelled one may have been meant to be, the nearest ones first.
func (c *checker) visibleNames() []string {
	var names []string
	for i := range c.names.bindings {
		names = append(names, c.names.bindings[i].name)
	}
	for _, m := range c.maps {
		names = append(names, m.name)
	}
	for _, more := range []func(func(string)){
		func(add func(string)) {
			for name := range c.names.all(declared) {
				add(name)
			}
		},
		func(add func(string)) {
			for name := range c.in.Maps {
				add(name)
			}
		},
		func(add func(string)) {
			for name := range c.in.Names {
				add(name)
			}
		},
	} {
		from := len(names)
		more(func(name string) { names = append(names, name) })
		slices.Sort(names[from:])
	}
	names = append(names, universe.PlainNames()...)
	return append(names, types.Universe.Names()...)
}

func (c *checker) probeAt(pos token.Pos) *probe {
	for _, p := range c.probes {
		if p.syntax.Decl.Pos() <= pos && pos < p.syntax.Decl.End() {
			return p
		}
	}
	return nil
}

// predicateAt is the predicate that lies in a range.
func (c *checker) predicateAt(start, end token.Pos) ast.Expr {
	if p := c.probeAt(start); p != nil {
		for _, pred := range p.syntax.Preds {
			if start <= pred.Pos() && pred.End() <= end || pred.Pos() <= start && end <= pred.End() {
				return pred
			}
		}
	}
	return nil
}

// selectorAt is the selector x.f whose f is at pos.
func (c *checker) selectorAt(pos token.Pos) *ast.SelectorExpr {
	var found *ast.SelectorExpr
	ast.Inspect(c.file.AST, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Pos() == pos {
			found = sel
		}
		return found == nil
	})
	return found
}

// identAt is the name at a place, or nil.
func (c *checker) identAt(pos token.Pos) *ast.Ident {
	for id := range c.info.Uses {
		if id.Pos() == pos {
			return id
		}
	}
	return nil
}

func fieldOf(t *types.Named, name string) *types.Var {
	for f := range t.Underlying().(*types.Struct).Fields() {
		if f.Name() == name {
			return f
		}
	}
	return nil
}
