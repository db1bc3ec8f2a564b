package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// An expression that is the left operand of an operator, or is converted, is never constant, so that Go's compiler finds no
// overflow; that is what variableOf and typed are for.
//
// A call that changes variables is a statement of its own: in an expression, Go leaves open whether a variable beside it is read
// before the call or after it.

// value is an expression that can be assigned to a variable of type t.
func (w *writer) value(t *typ, depth int) string {
	if t.kind == integer && w.IntN(6) == 0 {
		if c := w.constant(t); c != "" && w.IntN(2) == 0 {
			return c
		}
		return t.literal(w.Rand)
	}
	if t == boolType && w.IntN(12) == 0 {
		return []string{"true", "false"}[w.IntN(2)]
	}
	return w.typed(t, depth)
}

// typed is an expression whose type is t by itself, and which is not constant if it is an integer.
func (w *writer) typed(t *typ, depth int) string {
	w.cost += w.rounds
	switch t.kind {
	case integer:
		return w.integer(t, depth)
	case boolean:
		return w.condition(depth)
	case text:
		return w.text(depth)
	}
	if v := w.pick(func(v *variable) bool { return v.typ == t || v.typ.name == t.name }); v != nil && w.IntN(3) > 0 {
		return v.name
	}
	if f := w.callable(func(f *function) bool { return len(f.results) == 1 && f.results[0].name == t.name }); f != nil && depth > 0 {
		return w.call(f, nil, depth-1)
	}
	return w.composite(t, depth-1)
}

// composite is a literal of an array or struct, in parentheses as it may stand before a brace.
func (w *writer) composite(t *typ, depth int) string {
	var parts []string
	if t.kind == array {
		for i := range t.n {
			if w.IntN(4) > 0 {
				parts = append(parts, fmt.Sprintf("%d: %s", i, w.value(t.elem, min(depth, 1))))
			}
		}
	} else {
		for _, f := range t.fields {
			if w.IntN(4) > 0 {
				parts = append(parts, f.name+": "+w.value(f.typ, min(depth, 1)))
			}
		}
	}
	return "(" + t.name + "{" + strings.Join(parts, ", ") + "})"
}

func (w *writer) pick(ok func(*variable) bool) *variable {
	var found *variable
	n := 0
	for i := range w.vars {
		if ok(&w.vars[i]) {
			if n++; w.IntN(n) == 0 {
				found = &w.vars[i]
			}
		}
	}
	return found
}

// variableOf is an integer that is not constant: a variable, converted where it has another type.
func (w *writer) variableOf(t *typ, depth int) string {
	for range 4 {
		if len(w.vars) == 0 {
			break
		}
		v := w.vars[w.IntN(len(w.vars))]
		x, vt := v.name, v.typ
		if vt.kind == table && depth <= 0 {
			continue
		}
		for vt.kind == array || vt.kind == structure || vt.kind == table || vt.kind == section {
			x, vt = w.part(x, vt, depth-1)
		}
		if vt.kind == integer {
			if vt == t {
				return x
			}
			return t.name + "(" + x + ")"
		}
		if vt.kind == text {
			return t.name + "(" + w.ofText(x) + ")"
		}
	}
	if v := w.pick(func(v *variable) bool { return v.typ.kind == integer }); v != nil {
		return t.name + "(" + v.name + ")"
	}
	return fmt.Sprintf("func() %s { return %s }()", t.name, t.literal(w.Rand))
}

func (w *writer) parens(x string) string { return "(" + x + ")" }

// integer is an expression of an integer type.
func (w *writer) integer(t *typ, depth int) string {
	if depth <= 0 {
		return w.variableOf(t, 0)
	}
	depth--
	switch n := w.IntN(16); {
	case n < 2:
		return w.variableOf(t, depth)
	case n < 8:
		op := []string{"+", "-", "*", "&", "|", "^", "&^"}[w.IntN(7)]
		return fmt.Sprintf("(%s %s %s)", w.integer(t, depth), op, w.value(t, depth))
	case n < 10:
		return fmt.Sprintf("(%s %s %s)", w.integer(t, depth), []string{"<<", ">>"}[w.IntN(2)], w.count(depth))
	case n < 11:
		return fmt.Sprintf("(%s %s %s)", w.integer(t, depth), []string{"/", "%"}[w.IntN(2)], w.divisor(t, depth))
	case n < 12:
		return fmt.Sprintf("(%s%s)", []string{"-", "^", "+"}[w.IntN(3)], w.integer(t, depth))
	case n < 14:
		return t.name + "(" + w.integer(w.anyInteger(), depth) + ")"
	case n < 15:
		if f := w.callable(func(f *function) bool { return f.generic || len(f.results) == 1 && f.results[0] == t }); f != nil {
			return w.call(f, t, depth)
		}
		return w.variableOf(t, depth)
	}
	return fmt.Sprintf("%s(%s, %s)", []string{"min", "max"}[w.IntN(2)], w.integer(t, depth), w.value(t, depth))
}

// count is how far to shift. One that may be negative is rare: in Go, it ends the function.
func (w *writer) count(depth int) string {
	t := w.anyInteger()
	switch n := w.IntN(10); {
	case n < 3:
		return fmt.Sprint(w.IntN(70))
	case n < 4 || !t.signed:
		return w.integer(t, min(depth, 1))
	}
	return fmt.Sprintf("(%s & %d)", w.integer(t, min(depth, 1)), []int{7, 31, 63, 127}[w.IntN(4)])
}

// divisor is what to divide by. One that may be zero is rare.
func (w *writer) divisor(t *typ, depth int) string {
	switch w.IntN(8) {
	case 0:
		return w.integer(t, depth)
	case 1, 2, 3:
		if t.signed && !t.free && w.IntN(4) == 0 {
			return fmt.Sprintf("(-%d)", 1+w.IntN(20))
		}
		return fmt.Sprint(1 + w.IntN(100))
	}
	return fmt.Sprintf("(%s | 1)", w.integer(t, depth))
}

// index is an index for an array of n. One out of range is rare.
func (w *writer) index(n, depth int) string {
	if depth <= 0 {
		v := w.pick(func(v *variable) bool { return v.typ.kind == integer })
		if v == nil || w.IntN(2) == 0 {
			return fmt.Sprint(w.IntN(n))
		}
		return fmt.Sprintf("uint(%s)%%%d", v.name, n)
	}
	switch w.IntN(16) {
	case 0, 1, 2, 3:
		return fmt.Sprint(w.IntN(n))
	case 4:
		return w.variableOf(w.anyInteger(), 0)
	case 5:
		return w.integer(w.anyInteger(), depth-1)
	case 6, 7, 8, 9:
		t := integers[1+2*w.IntN(5)]
		return fmt.Sprintf("%s%%%d", w.integer(t, depth-1), n)
	}
	mask := 1
	for mask*2 <= n {
		mask *= 2
	}
	return fmt.Sprintf("%s&%d", w.integer(w.anyInteger(), depth-1), mask-1)
}

// condition is an expression of type bool that is not constant.
func (w *writer) condition(depth int) string {
	cmp := []string{"==", "!=", "<", "<=", ">", ">="}
	if depth > 0 {
		switch w.IntN(10) {
		case 0:
			return "!" + w.parens(w.condition(depth-1))
		case 1, 2:
			return fmt.Sprintf("(%s %s %s)", w.condition(depth-1), []string{"&&", "||"}[w.IntN(2)], w.condition(depth-1))
		case 3:
			if v := w.pick(func(v *variable) bool { return v.typ.kind == array || v.typ.kind == structure }); v != nil {
				return fmt.Sprintf("(%s %s %s)", v.name, cmp[w.IntN(2)], w.typed(v.typ, 1))
			}
		case 4:
			if v := w.pick(func(v *variable) bool { return v.typ == boolType }); v != nil {
				return v.name
			}
		case 5:
			if w.Strings && w.IntN(2) == 0 {
				return fmt.Sprintf("strings.%s(%s, %s)", []string{"HasPrefix", "HasSuffix", "Contains"}[w.IntN(3)], w.text(depth-1), w.text(depth-1))
			}
			if w.Strings {
				return fmt.Sprintf("(%s %s %s)", w.text(depth-1), cmp[w.IntN(6)], w.text(depth-1))
			}
		case 6:
			if f := w.callable(func(f *function) bool { return len(f.results) == 1 && f.results[0] == boolType }); f != nil {
				return w.call(f, nil, depth-1)
			}
		}
	}
	t := w.anyInteger()
	return fmt.Sprintf("(%s %s %s)", w.integer(t, depth-1), cmp[w.IntN(6)], w.value(t, depth-1))
}

var words = []string{"", "a", "ab", "abc", "go", "hello", "kernel", "a long word", "éa", "zz"}

// text is an expression of type string.
func (w *writer) text(depth int) string {
	if v := w.pick(func(v *variable) bool { return v.typ == stringType }); v != nil && w.IntN(3) > 0 {
		return v.name
	}
	word := fmt.Sprintf("%q", words[w.IntN(len(words))])
	if depth <= 0 {
		return word
	}
	switch w.IntN(6) {
	case 0:
		return fmt.Sprintf("(%s + %s)", w.text(depth-1), w.text(0))
	case 1:
		if v := w.pick(func(v *variable) bool { return v.typ == stringType }); v != nil {
			return w.slice(v.name)
		}
	}
	return word
}

// slice is a part of a string variable. One out of range is rare.
func (w *writer) slice(x string) string {
	switch n := w.IntN(3); w.IntN(5) {
	case 0:
		return fmt.Sprintf("%s[%d:]", x, n)
	case 1:
		return fmt.Sprintf("%s[%d:%d]", x, n, n+w.IntN(3))
	case 2:
		return fmt.Sprintf("%s[:min(len(%s), %d)]", x, x, w.IntN(6))
	case 3:
		return fmt.Sprintf("%s[min(len(%s), %d):]", x, x, w.IntN(6))
	}
	return fmt.Sprintf("%s[:%s]", x, w.length(x))
}

// length is a number up to that of the bytes of a string variable.
func (w *writer) length(x string) string {
	return fmt.Sprintf("uint(%s)%%(uint(len(%s))+1)", w.variableOf(w.anyInteger(), 0), x)
}

// ofText is an integer that a string variable makes.
func (w *writer) ofText(x string) string {
	switch w.IntN(4) {
	case 0:
		return fmt.Sprintf("strings.Index(%s, %s)", x, w.text(0))
	case 1:
		return fmt.Sprintf("%s[%s]", x, w.index(1+w.IntN(3), 1))
	}
	return "len(" + x + ")"
}

// callable is a function that fits and is cheap enough to be called here, or nil.
func (w *writer) callable(ok func(*function) bool) *function {
	var fit []*function
	add := func(f *function) {
		if (f.pointer || f.changes) && !w.alone {
			return
		}
		here := !f.pointer || w.pick(func(v *variable) bool { return v.typ == f.recv && v.local }) != nil
		if ok(f) && here && w.cost+w.rounds*f.cost < maxSteps {
			fit = append(fit, f)
		}
	}
	for _, f := range w.funcs {
		add(f)
	}
	for _, v := range w.calls {
		add(w.sigs[v.name])
	}
	if len(fit) == 0 {
		return nil
	}
	return fit[w.IntN(len(fit))]
}

// call is a call; t is the type argument of a generic function.
func (w *writer) call(f *function, t *typ, depth int) string {
	w.cost += w.rounds * f.cost
	alone := w.alone
	w.alone = false
	w.changes = w.changes || f.changes
	name := f.name
	if f.recv != nil {
		v := w.pick(func(v *variable) bool { return v.typ == f.recv && (!f.pointer || v.local) })
		switch {
		case v != nil:
			w.changes = w.changes || f.pointer && w.captured(v)
			name = v.name + "." + f.name
		case f.recv.kind == integer:
			name = w.variableOf(f.recv, 0) + "." + f.name
		default:
			name = w.composite(f.recv, 0) + "." + f.name
		}
	}
	var args []string
	if f.into != nil {
		args = append(args, w.addressOf(f.into, alone))
	}
	if f.with != nil {
		args = append(args, w.literalFunction(f.with))
	}
	for _, p := range f.params {
		if f.generic {
			args = append(args, w.integer(t, min(depth, 2)))
			continue
		}
		args = append(args, w.value(p, min(depth, 2)))
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// captured reports whether the function literal that is being written captures a variable, or the variable belongs to the package.
func (w *writer) captured(v *variable) bool {
	return v.whole || slices.ContainsFunc(w.vars[:w.outer], func(o variable) bool { return o.name == v.name })
}
