package oracle

import (
	"fmt"
	"strings"
)

// integerType declares an integer type of the program's own.
func (w *writer) integerType() {
	under := integers[w.IntN(len(integers))]
	t := &typ{kind: integer, name: w.name + w.fresh("T"), bits: under.bits, signed: under.signed}
	w.named = append(w.named, t)
	fmt.Fprintf(&w.decls, "type %s %s\n", t.name, under.name)
}

// unnamed is a struct type without a name.
func (w *writer) unnamed() *typ {
	t := &typ{kind: structure}
	var fields []string
	for range 1 + w.IntN(3) {
		f := field{w.fresh("f"), w.scalar()}
		t.fields, fields = append(t.fields, f), append(fields, f.name+" "+f.typ.name)
	}
	t.name = "struct{ " + strings.Join(fields, "; ") + " }"
	return t
}

// constants declares constants of one integer type, which count.
func (w *writer) constants() {
	t := w.anyInteger()
	first := []string{"iota", "iota + 3", "iota*5 + 1", "1 << iota", "7 - iota"}[w.IntN(5)]
	w.decls.WriteString("const (\n")
	for i := range 1 + w.IntN(4) {
		c := variable{name: w.name + w.fresh("k"), typ: t}
		w.consts = append(w.consts, c)
		if i == 0 {
			fmt.Fprintf(&w.decls, "\t%s %s = %s\n", c.name, t.name, first)
			continue
		}
		fmt.Fprintf(&w.decls, "\t%s\n", c.name)
	}
	w.decls.WriteString(")\n")
}

// constant is the name of a constant of type t, or "".
func (w *writer) constant(t *typ) string {
	for _, c := range w.consts {
		if c.typ == t && w.IntN(2) == 0 {
			return c.name
		}
	}
	return ""
}

// higherFunction writes a function that calls another one, which it is given, a few times.
func (w *writer) higherFunction() {
	in, out := w.anyInteger(), w.anyInteger()
	with := &function{name: w.fresh("c"), params: []*typ{in}, results: []*typ{out}, cost: 60}
	f := &function{name: w.name + w.fresh("F"), params: []*typ{in}, results: []*typ{out}, with: with}
	n := variable{name: w.fresh("p"), typ: in, local: true}
	w.vars = append(w.vars, n)
	header := fmt.Sprintf("func %s(%s func(%s) %s, %s %s) %s {\n", f.name, with.name, in.name, out.name, n.name, in.name, out.name)
	header += fmt.Sprintf("\tvar r %s\n\tfor range %d {\n\t\tr += %s(%s)\n\t\t%s += %s\n\t}\n", out.name, 1+w.IntN(4), with.name, n.name, n.name, in.literal(w.Rand))
	w.vars = append(w.vars, variable{name: "r", typ: out, local: true})
	w.given = []variable{{name: with.name}}
	w.sigs[with.name] = with
	w.body(f, header, 3)
	w.given = nil
	f.cost += 5 * with.cost
	w.funcs = append(w.funcs, f)
}

// literalFunction is a function literal of one expression.
func (w *writer) literalFunction(f *function) string {
	p := variable{name: w.fresh("p"), typ: f.params[0], local: true}
	vars := w.vars
	w.vars = append(w.vars[:len(w.vars):len(w.vars)], p)
	x := w.value(f.results[0], 2)
	w.vars = vars
	return fmt.Sprintf("func(%s %s) %s { return %s }", p.name, p.typ.name, f.results[0].name, x)
}

// iterator writes a function that returns one to range over; it yields one value or two, at most 8 times.
func (w *writer) iterator() {
	f := &function{name: w.name + w.fresh("F"), params: []*typ{w.anyInteger()}, results: []*typ{w.anyInteger()}}
	if w.IntN(2) == 0 {
		f.results = append(f.results, w.scalar())
	}
	n, i := variable{name: w.fresh("p"), typ: f.params[0]}, variable{name: w.fresh("i"), typ: f.params[0]}
	w.rounds, w.cost, w.depth, w.calls = 8, 1, 0, nil
	w.vars = append(w.vars, n)
	last := w.yield(f)
	w.vars = append(w.vars, i)
	var types []string
	for _, t := range f.results {
		types = append(types, t.name)
	}
	signature := "func(yield func(" + strings.Join(types, ", ") + ") bool)"
	text := fmt.Sprintf("func %s(%s %s) %s {\n\treturn %s {\n", f.name, n.name, n.typ.name, signature, signature)
	text += fmt.Sprintf("\t\tfor %s := range %s & 7 {\n\t\t\t_ = %s\n", i.name, n.name, i.name)
	if w.IntN(2) == 0 {
		text += fmt.Sprintf("\t\t\tif %s {\n\t\t\t\tcontinue\n\t\t\t}\n", w.condition(1))
	}
	text += fmt.Sprintf("\t\t\tif !%s {\n\t\t\t\treturn\n\t\t\t}\n\t\t}\n", w.yield(f))
	if w.IntN(3) == 0 {
		text += "\t\t" + last + "\n"
	}
	w.decls.WriteString(text + "\t}\n}\n")
	f.cost = w.cost
	w.iters = append(w.iters, f)
}

// yield calls the body of the loop over a function.
func (w *writer) yield(f *function) string {
	var values []string
	for _, t := range f.results {
		values = append(values, w.value(t, 2))
	}
	return "yield(" + strings.Join(values, ", ") + ")"
}

// anyIterator is one of the functions to range over, nil where there is none.
func (w *writer) anyIterator() *function {
	if len(w.iters) == 0 {
		return nil
	}
	return w.iters[w.IntN(len(w.iters))]
}

// overFunction is the head of a loop over a function, with its variables.
func (w *writer) overFunction(f *function) (header, first string, vars []variable) {
	var names []string
	for _, t := range f.results {
		v := variable{name: w.fresh("i"), typ: t, local: true}
		vars, names = append(vars, v), append(names, v.name)
		first = "_ = " + v.name
	}
	return fmt.Sprintf("for %s := range %s(%s) {", strings.Join(names, ", "), f.name, w.value(f.params[0], 2)), first, vars
}

// functionValue declares a variable that holds one of two functions.
func (w *writer) functionValue() {
	f := &function{name: w.fresh("c"), results: []*typ{w.scalar()}, cost: 1}
	for range w.IntN(3) {
		f.params = append(f.params, w.scalar())
	}
	before := w.cost
	w.line("%s := %s", f.name, w.freeFunction(f))
	w.line("if %s {", w.condition(2))
	w.line("\t%s = %s", f.name, w.freeFunction(f))
	w.line("}")
	w.line("_ = %s", f.name)
	f.cost = 1 + (w.cost-before)/w.rounds
	w.calls = append(w.calls, variable{name: f.name})
	w.sigs[f.name] = f
}

// freeFunction is a function literal that captures nothing.
func (w *writer) freeFunction(f *function) string {
	vars, calls := w.vars, w.calls
	w.vars, w.calls = nil, nil
	var params []string
	for _, t := range f.params {
		v := variable{name: w.fresh("p"), typ: t, local: true}
		w.vars = append(w.vars, v)
		params = append(params, v.name+" "+t.name)
	}
	x := w.value(f.results[0], 2)
	w.vars, w.calls = vars, calls
	return fmt.Sprintf("func(%s) %s { return %s }", strings.Join(params, ", "), f.results[0].name, x)
}

// gotoLoop writes a loop made of a label and a jump back.
func (w *writer) gotoLoop() {
	rounds := 1 + w.IntN(6)
	if w.rounds*rounds > maxSteps/8 || w.cost > maxSteps/2 {
		w.assign()
		return
	}
	label, n := w.fresh("G"), w.fresh("n")
	w.line("%s := 0", n)
	w.line("%s:", label)
	before := w.rounds
	w.rounds *= max(rounds, 2)
	w.cost += 2 * w.rounds
	w.line("{")
	w.block()
	w.line("}")
	w.line("if %s++; %s < %d && %s {\n%s\tgoto %s\n%s}", n, n, rounds, w.condition(1), w.tabs, label, w.tabs)
	w.rounds = before
}

// bounds is what makes a slice of an array of n.
func (w *writer) bounds(n int) string {
	low := w.IntN(n)
	high := low + w.IntN(n-low+1)
	switch w.IntN(4) {
	case 0:
		return fmt.Sprintf("[%d:]", low)
	case 1:
		return fmt.Sprintf("[:%d]", high)
	case 2:
		return "[:]"
	}
	return fmt.Sprintf("[%d:%d]", low, high)
}

// slicing takes a part of an array: to name it, to clear it, or to copy from or to it.
func (w *writer) slicing() {
	v := w.pick(func(v *variable) bool { return v.typ.kind == array && !v.fixed && !v.whole })
	if v == nil {
		w.assign()
		return
	}
	x := *v
	w.changes = w.changes || w.captured(&x)
	switch w.IntN(4) {
	case 0:
		w.line("clear(%s%s)", x.name, w.bounds(x.typ.n))
	case 1:
		y := w.pick(func(v *variable) bool { return v.typ.kind == array && v.typ.elem.name == x.typ.elem.name && !v.whole })
		w.line("copy(%s%s, %s%s)", x.name, w.bounds(x.typ.n), y.name, w.bounds(y.typ.n))
	default:
		low := w.IntN(x.typ.n)
		high := low + 1 + w.IntN(x.typ.n-low)
		s := variable{name: w.fresh("s"), typ: &typ{kind: section, name: "[]" + x.typ.elem.name, elem: x.typ.elem, n: high - low}}
		w.line("%s := %s[%d:%d]", s.name, x.name, low, high)
		w.line("_ = %s", s.name)
		w.vars = append(w.vars, s)
	}
}

// pointer takes the address of a variable, keeps it in a variable or in a field, and writes through it.
func (w *writer) pointer() {
	var x string
	var t *typ
	for range 5 {
		if v := w.vars[w.IntN(len(w.vars))]; v.local && (v.typ.kind != text || w.IntN(2) == 0) {
			x, t = v.name, v.typ
			w.changes = w.changes || w.captured(&v)
		}
	}
	if t == nil {
		w.assign()
		return
	}
	for w.IntN(2) == 0 && (t.kind == array || t.kind == structure) {
		x, t = w.part(x, t, 1)
	}
	p := w.fresh("q")
	switch n := w.IntN(6); {
	case n == 0 && !t.free && w.rounds == 1: // kept in a field
		s := w.name + w.fresh("T")
		u := w.scalar()
		fmt.Fprintf(&w.decls, "type %s struct {\n\tn %s\n\tq *%s\n}\n", s, u.name, t.name)
		w.line("%s := %s{%s, &%s}", p, s, w.value(u, 2), x)
		w.line("_ = %s", p)
		w.vars = append(w.vars, variable{name: p + ".n", typ: u})
		p += ".q"
	case n == 1: // nil, perhaps
		w.line("var %s *%s", p, t.name)
		w.line("if %s {\n%s\t%s = &%s\n%s}", w.condition(1), w.tabs, p, x, w.tabs)
		w.line("_ = %s", p)
	default:
		w.line("%s := &%s", p, x)
		w.line("_ = %s", p)
	}
	if w.IntN(2) == 0 {
		if other := w.addressOf(t, true); other != "" {
			w.line("if %s {\n%s\t%s = %s\n%s}", w.condition(2), w.tabs, p, other, w.tabs)
		}
	}
	w.vars = append(w.vars, variable{name: "(*" + p + ")", typ: t})
}

// addressOf is a pointer to a variable of type t or to a part of one, or to a new one unless it may be changed here.
func (w *writer) addressOf(t *typ, change bool) string {
	for range 8 {
		if !change || len(w.vars) == 0 {
			break
		}
		v := w.vars[w.IntN(len(w.vars))]
		x, vt := v.name, v.typ
		if !v.local && !strings.HasPrefix(x, "(*") {
			continue
		}
		for vt.name != t.name && (vt.kind == array || vt.kind == structure) {
			x, vt = w.part(x, vt, 1)
		}
		if vt.name == t.name {
			w.changes = w.changes || w.captured(&v)
			return "&" + x
		}
	}
	return "new(" + t.name + ")"
}
