package check

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"

	"go3s/incremental/abi"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// maxBuckets is how many buckets a linear histogram may have.
const maxBuckets = 4096

// methodCall walks over a call of a method of maps and aggregates, if e is one as far as names tell.
func (n *names) methodCall(e *ast.CallExpr) bool {
	sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	n.note(sel.Sel.Name, selected)
	n.suspect(sel)
	s := site{method: sel.Sel, call: e}
	x := ast.Unparen(sel.X)
	if s.aggregate = universe.AggregateNamed(sel.Sel.Name); s.aggregate != abi.NoAggregate {
		s.use = Aggregates
		if ix, ok := x.(*ast.IndexExpr); ok {
			x = ast.Unparen(ix.X)
		}
	} else {
		switch universe.MapMethodNamed(sel.Sel.Name) {
		case universe.NoMapMethod:
			return false
		case universe.MapIncrement, universe.MapAdd:
			s.use = Keyed | Adds
		case universe.MapGet, universe.MapLookup:
			s.use = Keyed | Reads
		case universe.MapSet:
			s.use = Keyed | Assigns
		case universe.MapDelete:
			s.use = Keyed | Deletes
		}
		if len(e.Args) == 0 {
			return false
		}
		s.index = e.Args[0]
	}
	if _, ok := x.(*ast.Ident); !ok {
		return false
	}
	n.target(sel.X, s)
	n.exprs(e.Args)
	return true
}

// aggregated is the use that makes a map declared by use one of aggregates, or nil.
func (m *inferred) aggregated() *site {
	for _, s := range m.sites {
		if s.declares() {
			if s.aggregate != abi.NoAggregate {
				return s
			}
			return nil
		}
	}
	return nil
}

// aggregation is what the uses of a map say of its aggregates.
type aggregation struct {
	abi.Aggregate
	bounds *site // a use that told the bounds of a linear histogram
}

// aggregates checks the uses of aggregates and finds what they do not say by their types: signs and bounds.
func (c *checker) aggregates() {
	c.aggregations = make(map[string]*aggregation)
	for i := range c.names.sites {
		s := &c.names.sites[i]
		t := c.typeOf(s.ident)
		if t == nil {
			continue
		}
		elem, keyed := t, false
		if m, ok := t.Underlying().(*types.Map); ok {
			elem, keyed = m.Elem(), true
		}
		held := c.universe.Aggregate(elem)
		switch {
		case s.counted && keyed:
		case held == abi.NoAggregate && s.aggregate == abi.NoAggregate:
			c.mapMethod(s, t)
		case held == abi.NoAggregate:
			c.noAggregate(s, elem, keyed)
		case s.aggregate == abi.NoAggregate:
			c.notAggregated(s, held, keyed)
		case held != s.aggregate:
			c.conflictWithFirst(s, s.method, fmt.Sprintf("%s is used with %s here", s.name, s.method.Name), "and with "+universe.AggregateMethod(held)+" here")
		case keyed && s.use&Keyed == 0:
			c.conflictWithFirst(s, s.ident, fmt.Sprintf("%s is used without a key here", s.name), "and has keys by this")
		case !keyed && s.use&Keyed != 0:
			c.conflictWithFirst(s, s.ident, fmt.Sprintf("%s is used with a key here", s.name), "and has no keys by this")
		default:
			c.aggregateCall(s, held)
		}
	}
}

// noAggregate reports a method of aggregates that is called on what is none.
func (c *checker) noAggregate(s *site, elem types.Type, keyed bool) {
	sel := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if c.info.Selections[sel] != nil || !keyed && c.kindOfVar(s.name) == nil {
		return // a method of the user's own
	}
	msg := fmt.Sprintf("%s holds values of type %s, and %s aggregates", s.name, typeString(elem), s.method.Name)
	c.conflictWithFirst(s, s.method, msg, typeString(elem)+" by this")
}

// kindOfVar is the map of that name, of this cell or of another, or nil.
func (c *checker) kindOfVar(name string) types.Type {
	if m := c.in.Maps[name]; m != nil {
		return m.Var.Type()
	}
	if c.isInferred(name) || c.names.is(name, variable) {
		if obj := c.pkg.Scope().Lookup(name); obj != nil {
			return obj.Type()
		}
	}
	return nil
}

// notAggregated reports a use of aggregates as if they were values.
func (c *checker) notAggregated(s *site, held abi.AggregateKind, keyed bool) {
	method := universe.AggregateMethod(held)
	access := c.text(s.place())
	bucketed := abi.Aggregate{Kind: held}.Bucketed()
	switch {
	case s.selected != nil && c.info.Selections[s.selected] == nil: // Go's checker says it
	case s.method != nil:
		c.conflictWithFirst(s, s.method, fmt.Sprintf("%s is used with %s here", s.name, s.method.Name), "and with "+method+" here")
	case s.use&Deletes != 0 && keyed && !bucketed:
	case s.use&Deletes != 0:
		c.refuse(s.ident, "the buckets of "+s.name+" cannot be deleted in a probe", "clear the map at the prompt: :clear "+s.name)
	case s.use&(Adds|Assigns) != 0:
		c.conflictWithFirst(s, s.place(), fmt.Sprintf("%s is assigned to here", access), "and aggregates with "+method+" here")
	default:
		c.refuse(s.place(), fmt.Sprintf("%s aggregates with %s, which a probe cannot read", s.name, method), "look at it at the prompt, or keep the value in a map of its own")
	}
}

// place is the map's element where it is used with a key, else the map.
func (s *site) place() ast.Node {
	if s.elem != nil {
		return s.elem
	}
	return s.ident
}

// conflictWithFirst reports a use of a map that does not fit its declaration or the first use, with the place of both.
func (c *checker) conflictWithFirst(s *site, at ast.Node, msg, note string) {
	span := c.firstPlace(s.name)
	d := source.Diagnostic{Code: source.MapConflict, Span: c.span(at), Msg: msg}
	if span.IsValid() {
		d.Also = []source.Note{{Span: span, Msg: note}}
	}
	c.diags = append(c.diags, d)
	c.conflicts = append(c.conflicts, d.Span)
	if s.call != nil {
		c.conflicts = append(c.conflicts, c.span(s.call))
	}
	if s.stmt != nil {
		c.conflicts = append(c.conflicts, c.span(s.stmt))
	}
}

// firstPlace is where the map of that name is declared, or the use that declares it.
func (c *checker) firstPlace(name string) source.Span {
	for _, m := range c.maps {
		if m.name == name && m.valueSite != nil {
			if m.valueSite.method != nil {
				return c.span(m.valueSite.method)
			}
			return c.span(m.valueSite.ident)
		}
	}
	if c.names.is(name, variable) {
		if obj := c.pkg.Scope().Lookup(name); obj != nil {
			return c.span(c.declaration(obj))
		}
	}
	if m := c.in.Maps[name]; m != nil {
		return m.Span
	}
	return source.Span{}
}

// aggregateCall checks the arguments of a method of aggregates and notes what they tell of the map.
func (c *checker) aggregateCall(s *site, kind abi.AggregateKind) {
	a := c.aggregations[s.name]
	if a == nil {
		a = &aggregation{Aggregate: abi.Aggregate{Kind: kind}}
		c.aggregations[s.name] = a
	}
	if kind == abi.Count || len(s.call.Args) == 0 {
		return
	}
	v := s.call.Args[0]
	tv := c.info.Types[v]
	if tv.Type == nil || tv.Type == types.Typ[types.Invalid] {
		return // reported already
	}
	signed, ok := integer(tv.Type)
	if !ok || tv.IsType() {
		c.report(source.Type, v, fmt.Sprintf("%s takes an integer, not %s", s.method.Name, typeString(tv.Type)), "key the map by it, or give a number such as its length")
		return
	}
	if tv.Value != nil {
		signed = constant.Sign(tv.Value) < 0
	}
	if first := c.othersMap(s.name); first != nil && first.Aggregate != nil && signed && !first.Aggregate.Signed {
		c.conflictWithFirst(s, v, fmt.Sprintf("the values of %s are uint64, not %s", s.name, typeString(tv.Type)), "uint64 by this use")
		c.diags[len(c.diags)-1].Hint = fmt.Sprintf("write uint64(%s)", c.text(v))
		return
	}
	a.Signed = a.Signed || signed
	if kind == abi.LinearHist && len(s.call.Args) == 4 {
		c.linearBounds(s, a)
	}
}

// integer reports whether t is an integer, or a type parameter that stands for integers only, and whether it may be a signed one.
func integer(t types.Type) (signed, ok bool) {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsUnsigned == 0, u.Info()&types.IsInteger != 0
	case *types.Union:
		ok = u.Len() > 0
		for term := range u.Terms() {
			s, isInteger := integer(term.Type())
			signed, ok = signed || s, ok && isInteger
		}
	case *types.Interface:
		for e := range u.EmbeddedTypes() {
			// Each part narrows the set of types.
			if s, isInteger := integer(e); isInteger {
				return s, true
			}
		}
	}
	return signed, ok
}

// othersMap is the map of that name if another cell declares it.
func (c *checker) othersMap(name string) *Map {
	if c.names.is(name, declared) {
		return nil
	}
	return c.in.Maps[name]
}

// linearBounds reads the bounds of a linear histogram, which have to be constants and the same in all uses.
func (c *checker) linearBounds(s *site, a *aggregation) {
	var n [3]int64
	for i, arg := range s.call.Args[1:] {
		v := c.info.Types[arg].Value
		if v == nil {
			if c.typeOf(arg) != nil {
				c.report(source.Type, arg, "the bounds of "+s.method.Name+" are constants", "such as "+s.method.Name+"(v, 0, 1000, 50)")
			}
			return
		}
		n[i], _ = constant.Int64Val(constant.ToInt(v))
	}
	found := abi.Aggregate{Kind: abi.LinearHist, Lo: n[0], Hi: n[1], Step: n[2]}
	args := s.call.Args
	switch {
	case n[0] >= n[1]:
		c.report(source.Type, args[1], fmt.Sprintf("the lower bound %d is not below the upper bound %d", n[0], n[1]), "")
		return
	case n[2] <= 0:
		c.report(source.Type, args[3], "the width of the buckets is not positive", "")
		return
	case (uint64(n[1])-uint64(n[0])-1)/uint64(n[2]) >= maxBuckets:
		c.report(source.TooLarge, args[3], fmt.Sprintf("these are more than %d buckets", maxBuckets), "make them wider, or use hist or quantile")
		return
	}
	was := a.Aggregate
	if m := c.othersMap(s.name); m != nil && m.Aggregate != nil {
		was = *m.Aggregate
	} else if a.bounds == nil {
		a.Lo, a.Hi, a.Step, a.bounds = n[0], n[1], n[2], s
		a.Signed = a.Signed || n[0] < 0
		return
	}
	if was.Lo != found.Lo || was.Hi != found.Hi || was.Step != found.Step {
		c.conflictWithFirst(s, args[1], fmt.Sprintf("the buckets of %s are others here", s.name),
			fmt.Sprintf("from %d to %d by %d here", was.Lo, was.Hi, was.Step))
	}
}

// mapAggregate is what a map of this cell aggregates, or nil.
func (c *checker) mapAggregate(name string, t types.Type) *abi.Aggregate {
	if m, ok := t.Underlying().(*types.Map); ok {
		t = m.Elem()
	}
	kind := c.universe.Aggregate(t)
	if kind == abi.NoAggregate {
		return nil
	}
	if a := c.aggregations[name]; a != nil {
		return &a.Aggregate
	}
	// Nothing in this cell tells; int64 takes what other cells bring.
	return &abi.Aggregate{Kind: kind, Signed: kind != abi.Count}
}

// mapMethod checks the call of a method of the generic map types.
func (c *checker) mapMethod(s *site, t types.Type) {
	m, ok := t.Underlying().(*types.Map)
	if !ok {
		return
	}
	if s.use&Deletes != 0 && c.mapKind(s.name, t).IsArray() {
		c.refuse(s.ident, "the elements of the array "+s.name+" cannot be deleted", "set it to zero")
	}
	if s.method == nil || s.use&Adds == 0 {
		return
	}
	if b, ok := m.Elem().Underlying().(*types.Basic); !ok || b.Info()&types.IsInteger == 0 {
		c.report(source.Type, s.method, fmt.Sprintf("%s needs a map of integers, and %s holds %s", s.method.Name, s.name, typeString(m.Elem())), "read, change and store the value: v := m[k]; …; m[k] = v")
	}
}
