package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// statements writes statements until none are left.
func (w *writer) statements() {
	for w.left > 0 {
		w.statement()
	}
}

func (w *writer) statement() {
	w.left--
	n := w.IntN(36)
	nested := w.depth < 3
	switch {
	case w.Maps && w.IntN(5) == 0:
		w.useTable()
	case n < 8:
		w.declare()
	case n < 14:
		w.assign()
	case n < 17 && nested:
		w.ifStatement()
	case n < 21 && nested:
		w.loop()
	case n < 23 && nested:
		w.switchStatement()
	case n < 24 && len(w.loops) > 0:
		w.leave()
	case n < 26:
		w.callStatement()
	case n < 27 && w.Closures && nested:
		w.closure()
	case n < 28 && nested:
		w.gotoStatement()
	case n < 29 && w.depth > 0:
		w.line("if %s {", w.condition(2))
		w.nest(w.returns)
		w.line("}")
	case n < 31 && w.Pointers:
		w.pointer()
	case n < 32 && w.Closures && nested:
		w.functionValue()
	case n < 33 && nested:
		w.gotoLoop()
	case n < 35:
		w.slicing()
	case w.digest != "":
		w.line("%s = %s*31 + uint64(%s)", w.digest, w.digest, w.variableOf(w.anyInteger(), 3))
	default:
		w.assign()
	}
}

// nest writes what f writes one level deeper. What it declares is out of scope behind it.
func (w *writer) nest(f func()) {
	vars, calls := len(w.vars), len(w.calls)
	tabs, left := w.tabs, w.left
	w.tabs += "\t"
	w.depth++
	f()
	w.depth--
	w.tabs = tabs
	w.left = min(left, w.left)
	w.vars, w.calls = w.vars[:vars], w.calls[:calls]
}

// block writes a block of a few statements and returns the opening of nothing.
func (w *writer) block() {
	w.nest(func() {
		own := min(w.left, 1+w.IntN(4))
		rest := w.left - own
		from := len(w.vars)
		w.left = own
		w.statements()
		w.left = rest
		if w.digest != "" {
			for _, v := range w.vars[from:] {
				if w.IntN(2) == 0 {
					w.mix(v.name, v.typ)
				}
			}
		}
	})
}

func (w *writer) declare() {
	t := w.anyType()
	v := variable{name: w.fresh("v"), typ: t, local: true}
	switch {
	case w.IntN(6) == 0:
		w.line("var %s %s", v.name, t.name)
	case w.IntN(3) == 0:
		w.line("var %s %s = %s", v.name, t.name, w.value(t, maxDepth))
	default:
		w.line("%s := %s", v.name, w.typed(t, maxDepth))
	}
	w.line("_ = %s", v.name)
	w.vars = append(w.vars, v)
}

// target is something of type t that can be assigned to, or "".
func (w *writer) target(ok func(*typ) bool) (string, *typ) {
	for range 8 {
		if len(w.vars) == 0 {
			break
		}
		v := w.vars[w.IntN(len(w.vars))]
		if v.fixed {
			continue
		}
		x, t := v.name, v.typ
		for t.kind == array || t.kind == structure || t.kind == section {
			if t.kind != section && ok(t) && w.IntN(3) == 0 {
				break
			}
			x, t = w.part(x, t, 1)
		}
		if ok(t) {
			w.changes = w.changes || w.captured(&v)
			return x, t
		}
	}
	return "", nil
}

// part is an element or a field.
func (w *writer) part(x string, t *typ, depth int) (string, *typ) {
	if t.kind == array || t.kind == section {
		return x + "[" + w.index(t.n, depth) + "]", t.elem
	}
	if t.kind == table {
		return x + "[" + w.value(t.key, min(depth, 2)) + "]", t.elem
	}
	f := t.fields[w.IntN(len(t.fields))]
	if f.name == f.typ.name && w.IntN(2) == 0 {
		return w.part(x, f.typ, depth) // a field of what is embedded
	}
	return x + "." + f.name, f.typ
}

func (w *writer) assign() {
	x, t := w.target(func(*typ) bool { return true })
	if x == "" {
		w.declare()
		return
	}
	w.cost += w.rounds
	if t.kind != integer {
		w.line("%s = %s", x, w.value(t, maxDepth))
		return
	}
	switch w.IntN(6) {
	case 0:
		w.line("%s%s", x, []string{"++", "--"}[w.IntN(2)])
	case 1, 2:
		op := []string{"+", "-", "*", "&", "|", "^", "&^"}[w.IntN(7)]
		w.line("%s %s= %s", x, op, w.value(t, 3))
	case 3:
		w.line("%s %s= %s", x, []string{"<<", ">>"}[w.IntN(2)], w.count(2))
	case 4:
		if y, u := w.target(func(o *typ) bool { return o == t }); u != nil && y != x {
			w.line("%s, %s = %s, %s", x, y, w.value(t, 2), w.value(u, 2))
			return
		}
		w.line("%s %s= %s", x, []string{"/", "%"}[w.IntN(2)], w.divisor(t, 2))
	default:
		w.line("%s = %s", x, w.value(t, maxDepth))
	}
}

func (w *writer) ifStatement() {
	w.line("if %s {", w.condition(3))
	w.block()
	for w.IntN(4) == 0 && w.left > 0 {
		w.line("} else if %s {", w.condition(2))
		w.block()
	}
	if w.IntN(2) == 0 {
		w.line("} else {")
		w.block()
	}
	w.line("}")
}

// loop writes a loop with a bound.
func (w *writer) loop() {
	rounds := 1 + w.IntN(9)
	if w.IntN(12) == 0 {
		rounds = 20 + w.IntN(200)
	}
	if w.rounds*rounds > maxSteps/8 || w.cost > maxSteps/2 {
		w.assign()
		return
	}
	label := ""
	if w.IntN(4) == 0 {
		label = w.fresh("L")
	}
	t := w.anyInteger()
	for rounds > 100 && t.bits == 8 {
		t = w.anyInteger()
	}
	i := variable{name: w.fresh("i"), typ: t, fixed: true}
	header, vars := "", []variable{i}
	post := ""
	form := w.IntN(9)
	f := w.anyIterator()
	if f != nil && w.cost+w.rounds*f.cost < maxSteps/2 && w.IntN(2) == 0 {
		form = 9
	}
	switch form {
	case 9:
		header, post, vars = w.overFunction(f)
		w.cost += w.rounds * f.cost
		rounds = 9
	case 0, 1:
		header = fmt.Sprintf("for %s := %s(0); %s < %d; %s++ {", i.name, t.name, i.name, rounds, i.name)
	case 2:
		header = fmt.Sprintf("for %s := range %s(%d) {", i.name, t.name, rounds)
	case 3:
		header = fmt.Sprintf("for %s := %s(%d); %s > 0; %s-- {", i.name, t.name, rounds, i.name, i.name)
	case 4:
		step := 1 + w.IntN(3)
		header = fmt.Sprintf("for %s := %s(%d); %s <= %d && %s; %s += %d {", i.name, t.name, w.IntN(2), i.name, min(rounds, 120), w.condition(2), i.name, step)
	case 5:
		u := integers[1+2*w.IntN(5)]
		i.typ, rounds = u, u.bits
		header = fmt.Sprintf("for %s := %s; %s != 0; %s >>= 1 {", i.name, w.typed(u, 2), i.name, i.name)
		vars = []variable{i}
	case 6:
		u := integers[1+2*w.IntN(5)]
		i.typ, rounds = u, 16
		header = fmt.Sprintf("for %s := range %s & 15 {", i.name, w.parens(w.typed(u, 2)))
		vars = []variable{i}
	case 7:
		if x, u := w.target(func(t *typ) bool { return t.kind == array }); u != nil && !strings.Contains(x, "[") {
			e := variable{name: w.fresh("e"), typ: u.elem, local: true}
			i.typ, rounds = intType, u.n
			if w.IntN(4) == 0 {
				x += w.bounds(u.n)
			}
			header = fmt.Sprintf("for %s, %s := range %s {", i.name, e.name, x)
			post = fmt.Sprintf("_ = %s", e.name)
			vars = []variable{i, e}
			break
		}
		fallthrough
	default:
		n := w.fresh("n")
		w.line("%s := 0", n)
		header = fmt.Sprintf("for %s {", w.condition(2))
		post = fmt.Sprintf("if %s++; %s > %d {\n%s\t\tbreak\n%s\t}", n, n, rounds, w.tabs, w.tabs)
		vars = nil
	}
	w.writeLoop(label, header, post, vars, rounds)
}

func (w *writer) writeLoop(label, header, first string, vars []variable, rounds int) {
	if label != "" {
		w.tabs = w.tabs[1:]
		w.line("%s:", label)
		w.tabs += "\t"
	}
	w.line("%s", header)
	before := w.rounds
	w.rounds *= max(rounds, 2)
	w.cost += 2 * w.rounds
	w.loops = append(w.loops, label)
	w.nest(func() {
		w.vars = append(w.vars, vars...)
		if first != "" {
			w.line("%s", first)
		}
		for _, v := range vars[:min(len(vars), 1)] {
			w.line("_ = %s", v.name)
		}
		w.depth--
		w.block()
		w.depth++
		if label != "" {
			w.line("if %s {\n%s\t%s %s\n%s}", w.condition(1), w.tabs, []string{"break", "continue"}[w.IntN(2)], label, w.tabs)
		}
	})
	w.loops = w.loops[:len(w.loops)-1]
	w.rounds = before
	w.line("}")
}

// leave writes a break or continue under a condition.
func (w *writer) leave() {
	word := []string{"break", "continue"}[w.IntN(2)]
	if l := w.loops[w.IntN(len(w.loops))]; l != "" {
		word += " " + l
	}
	w.line("if %s {\n%s\t%s\n%s}", w.condition(2), w.tabs, word, w.tabs)
}

func (w *writer) switchStatement() {
	t := w.anyInteger()
	tagged := w.IntN(3) > 0
	switch {
	case tagged && w.IntN(5) == 0:
		x := w.fresh("x")
		w.line("switch %s := %s; %s {", x, w.typed(t, 3), x)
	case tagged:
		w.line("switch %s {", w.typed(t, 3))
	default:
		w.line("switch {")
	}
	var used, clauses []string
	for range 1 + w.IntN(4) {
		if !tagged {
			clauses = append(clauses, w.condition(2))
			continue
		}
		var list []string
		for range 1 + w.IntN(3) {
			if lit := w.caseLiteral(t); !slices.Contains(used, lit) {
				list, used = append(list, lit), append(used, lit)
			}
		}
		if len(list) > 0 {
			clauses = append(clauses, strings.Join(list, ", "))
		}
	}
	for i, c := range clauses {
		w.line("case %s:", c)
		w.block()
		if w.IntN(6) == 0 && i < len(clauses)-1 {
			w.line("\tfallthrough")
		}
	}
	if w.IntN(2) == 0 {
		w.line("default:")
		w.block()
	}
	w.line("}")
}

// caseLiteral is a literal in the one way of writing it.
func (w *writer) caseLiteral(t *typ) string {
	if s := t.literal(w.Rand); s != "(-0)" {
		return s
	}
	return "0"
}

// callStatement calls a function for its results or its effect.
func (w *writer) callStatement() {
	w.alone = true
	f := w.callable(func(f *function) bool { return !f.generic })
	if f == nil {
		w.alone = false
		w.assign()
		return
	}
	call := w.call(f, nil, 2)
	if w.IntN(4) == 0 {
		w.line("%s", call)
		return
	}
	var names []string
	for _, t := range f.results {
		v := variable{name: w.fresh("v"), typ: t, local: true}
		names = append(names, v.name)
		defer func() { w.vars = append(w.vars, v) }()
	}
	w.line("%s := %s", strings.Join(names, ", "), call)
	for _, n := range names {
		w.line("_ = %s", n)
	}
}

// closure declares a variable that holds a function.
func (w *writer) closure() {
	f := &function{name: w.fresh("c"), results: []*typ{w.scalar()}, cost: 1}
	var params []string
	digest, result, loops, outer, changes := w.digest, w.result, w.loops, w.outer, w.changes
	w.outer, w.changes = len(w.vars), false
	var vars []variable
	for range w.IntN(3) {
		v := variable{name: w.fresh("p"), typ: w.scalar(), local: true}
		vars = append(vars, v)
		f.params = append(f.params, v.typ)
		params = append(params, v.name+" "+v.typ.name)
	}
	w.line("%s := func(%s) %s {", f.name, strings.Join(params, ", "), f.results[0].name)
	before := w.cost
	w.digest, w.result, w.loops = "", f.results, nil
	w.nest(func() {
		w.vars = append(w.vars, vars...)
		w.depth--
		w.block()
		w.depth++
		w.returns()
	})
	f.changes = w.changes
	w.digest, w.result, w.loops, w.outer, w.changes = digest, result, loops, outer, changes || f.changes
	f.cost = 1 + (w.cost-before)/w.rounds
	w.line("}")
	w.line("_ = %s", f.name)
	w.calls = append(w.calls, variable{name: f.name})
	w.sigs[f.name] = f
}

// gotoStatement jumps forward over a few assignments.
func (w *writer) gotoStatement() {
	label := w.fresh("G")
	w.line("if %s {\n%s\tgoto %s\n%s}", w.condition(2), w.tabs, label, w.tabs)
	w.line("{")
	w.block()
	w.line("}")
	w.line("%s:", label)
	x, t := w.target(func(t *typ) bool { return t.kind == integer })
	if t == nil {
		w.line("{\n%s}", w.tabs)
		return
	}
	w.line("%s = %s", x, w.value(t, 2))
}

// useTable looks something up in a map, or changes it.
func (w *writer) useTable() {
	m := w.pick(func(v *variable) bool { return v.typ.kind == table })
	if m == nil {
		w.assign()
		return
	}
	w.cost += 4 * w.rounds
	key := w.value(m.typ.key, 2)
	switch w.IntN(6) {
	case 0:
		w.changes = true
		w.line("delete(%s, %s)", m.name, key)
	case 1, 2:
		v, ok := variable{name: w.fresh("v"), typ: m.typ.elem, local: true}, variable{name: w.fresh("ok"), typ: boolType, local: true}
		w.line("%s, %s := %s[%s]", v.name, ok.name, m.name, key)
		w.line("_, _ = %s, %s", v.name, ok.name)
		w.vars = append(w.vars, v, ok)
	case 3:
		if m.typ.elem.kind == integer {
			w.changes = true
			w.line("%s[%s] += %s", m.name, key, w.value(m.typ.elem, 2))
			return
		}
		fallthrough
	default:
		w.changes = true
		w.line("%s[%s] = %s", m.name, key, w.value(m.typ.elem, 2))
	}
}
