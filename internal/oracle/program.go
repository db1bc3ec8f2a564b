package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Program is a text that is both Go and Go3s: declarations, among them the function with the name of the program, which takes
// an Input and returns a number that depends on all it computes.
type Program struct {
	Name string
	Text string
}

// Features say what programs may be made of.
type Features struct {
	Strings  bool
	Pointers bool
	Closures bool
	Generics bool
	Globals  bool
	Methods  bool
	Maps     bool
}

// parameters are the parameters of a program's main function.
var parameters = []variable{
	{name: "a", typ: integers[0]},
	{name: "b", typ: integers[1]},
	{name: "c", typ: integers[2]},
	{name: "d", typ: integers[3]},
	{name: "e", typ: integers[4]},
	{name: "f", typ: integers[5]},
	{name: "g", typ: integers[6]},
	{name: "h", typ: integers[7]},
	{name: "i", typ: integers[8]},
	{name: "j", typ: integers[9]},
}

// variable is what an expression may name.
type variable struct {
	name  string
	typ   *typ
	fixed bool // it may not be assigned to
	local bool // its address may be taken
	whole bool // it belongs to the package
}

// function is a function that may be called.
type function struct {
	name    string
	params  []*typ
	results []*typ
	recv    *typ      // methods
	pointer bool      // the method has a pointer receiver
	generic bool      // it takes and returns any one integer type, in place of params and results
	changes bool      // it changes variables that it captures, or of the package
	into    *typ      // its first parameter is a pointer to this
	with    *function // its first parameter is a function like this
	cost    int
}

// Limits of a program: what the verifier is to follow, and what one function has.
const (
	maxSteps      = 6000
	maxStatements = 14
	maxDepth      = 4
)

// writer writes one program.
type writer struct {
	*rand.Rand
	Features
	name  string
	decls strings.Builder
	b     strings.Builder // the function that is being written
	tabs  string

	types  []*typ
	named  []*typ     // integers with names of their own
	consts []variable // of integer types
	iters  []*function
	funcs  []*function
	vars   []variable
	calls  []variable // closures in scope; their types are in sigs
	given  []variable // functions that are parameters
	sigs   map[string]*function

	alone   bool // what is written next is a statement of its own
	outer   int  // so many variables are those that a function literal captures
	changes bool // it changes one of them

	names  int
	left   int // statements that may still be written
	rounds int // how often the current place runs
	cost   int // of the function so far
	depth  int
	loops  []string // labels of the enclosing loops, "" where there is none
	digest string   // the variable that results are mixed into, "" in functions without one
	result []*typ
}

// NewProgram writes the program of a seed. Names of package level begin with the program's.
func NewProgram(name string, seed uint64, f Features) *Program {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 3)), Features: f, name: name, sigs: map[string]*function{}}
	for range max(w.IntN(5)-2, 0) {
		w.integerType()
	}
	for range w.IntN(3) {
		w.structType()
	}
	if w.IntN(3) == 0 {
		w.constants()
	}
	if f.Globals {
		for range w.IntN(3) {
			w.global()
		}
	}
	if f.Maps {
		for range 1 + w.IntN(2) {
			w.table()
		}
	}
	globals := len(w.vars)
	for range w.IntN(4) {
		switch {
		case w.Closures && w.IntN(8) == 0:
			w.higherFunction()
		case w.Closures && w.IntN(6) == 0:
			w.iterator()
		default:
			w.function()
		}
		w.vars = w.vars[:globals]
	}
	w.main()
	return &Program{Name: name, Text: w.decls.String()}
}

func (w *writer) fresh(prefix string) string {
	w.names++
	return fmt.Sprintf("%s%d", prefix, w.names)
}

func (w *writer) line(format string, args ...any) {
	w.b.WriteString(w.tabs)
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

// anyInteger is one of Go's integer types, or of the program's.
func (w *writer) anyInteger() *typ {
	if len(w.named) > 0 && w.IntN(6) == 0 {
		return w.named[w.IntN(len(w.named))]
	}
	return integers[w.IntN(len(integers))]
}

// scalar is an integer type or bool.
func (w *writer) scalar() *typ {
	if w.IntN(8) == 0 {
		return boolType
	}
	return w.anyInteger()
}

// anyType is any type that a variable can have.
func (w *writer) anyType() *typ {
	switch n := w.IntN(12); {
	case n == 0 || n == 1:
		return arrayOf(1+w.IntN(8), w.scalar())
	case n == 2 && w.IntN(3) == 0:
		return arrayOf(1+w.IntN(3), arrayOf(1+w.IntN(3), w.anyInteger()))
	case n == 2 && len(w.types) > 0 && w.IntN(2) == 0:
		return arrayOf(1+w.IntN(3), w.types[w.IntN(len(w.types))])
	case n == 2 && w.IntN(3) == 0:
		return w.unnamed()
	case n <= 4 && len(w.types) > 0:
		return w.types[w.IntN(len(w.types))]
	case n == 5 && w.Strings:
		return stringType
	}
	return w.scalar()
}

func (w *writer) structType() {
	t := &typ{kind: structure, name: w.name + w.fresh("T")}
	for range 1 + w.IntN(5) {
		ft := w.scalar()
		switch w.IntN(8) {
		case 0:
			ft = arrayOf(1+w.IntN(4), w.anyInteger())
		case 1:
			if len(w.types) > 0 {
				ft = w.types[w.IntN(len(w.types))]
			}
		case 2:
			if len(w.types) > 0 {
				ft = arrayOf(1+w.IntN(3), w.types[w.IntN(len(w.types))])
			}
		case 3:
			if len(w.types) > 0 && len(t.fields) == 0 {
				ft = w.types[w.IntN(len(w.types))]
				t.fields = append(t.fields, field{ft.name, ft}) // embedded
				continue
			}
		}
		t.fields = append(t.fields, field{w.fresh("f"), ft})
	}
	w.types = append(w.types, t)
	w.decls.WriteString(t.declaration())
}

func (w *writer) global() {
	t := w.anyType()
	for t.kind == text {
		t = w.anyType()
	}
	v := variable{name: w.name + w.fresh("g"), typ: t, whole: true}
	fmt.Fprintf(&w.decls, "var %s %s\n", v.name, t.name)
	w.vars = append(w.vars, v)
}

// table writes a map of the package.
func (w *writer) table() {
	plain := func() *typ {
		t := w.anyType()
		for t.kind == text {
			t = w.anyType()
		}
		return t
	}
	v := variable{name: w.name + w.fresh("m"), typ: tableOf(plain(), plain()), whole: true, fixed: true}
	fmt.Fprintf(&w.decls, "var %s %s\n", v.name, v.typ.name)
	w.vars = append(w.vars, v)
}

// function writes a function, a method or a generic function that those behind it may call.
func (w *writer) function() {
	f := &function{name: w.name + w.fresh("F")}
	var header strings.Builder
	mark := len(w.vars)
	param := func(t *typ) string {
		v := variable{name: w.fresh("p"), typ: t, local: true}
		w.vars = append(w.vars, v)
		return v.name
	}
	free := &typ{kind: integer, name: "N", bits: 7, free: true}
	switch {
	case w.Methods && len(w.types)+len(w.named) > 0 && w.IntN(4) == 0:
		n := w.IntN(len(w.types) + len(w.named))
		f.recv, f.pointer = slices.Concat(w.types, w.named)[n], w.Pointers && w.IntN(2) == 0
		if f.pointer {
			p := w.fresh("p")
			w.vars = append(w.vars, variable{name: "(*" + p + ")", typ: f.recv})
			fmt.Fprintf(&header, "func (%s *%s) %s(", p, f.recv.name, f.name)
		} else {
			fmt.Fprintf(&header, "func (%s %s) %s(", param(f.recv), f.recv.name, f.name)
		}
	case w.Generics && w.IntN(5) == 0:
		f.generic = true
		fmt.Fprintf(&header, "func %s[N ~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64 | ~int | ~uint](", f.name)
	default:
		fmt.Fprintf(&header, "func %s(", f.name)
	}
	if w.Pointers && !f.generic && w.IntN(4) == 0 {
		f.into = w.anyType()
		p := w.fresh("p")
		w.vars = append(w.vars, variable{name: "(*" + p + ")", typ: f.into})
		fmt.Fprintf(&header, "%s *%s, ", p, f.into.name)
	}
	for range 1 + w.IntN(4) {
		t := w.anyType()
		if f.generic {
			t = free
		}
		f.params = append(f.params, t)
		fmt.Fprintf(&header, "%s %s, ", param(t), t.name)
	}
	f.results = []*typ{w.anyType()}
	if f.generic {
		f.results = []*typ{free}
	}
	for !f.generic && w.IntN(4) == 0 {
		f.results = append(f.results, w.anyType())
	}
	var results []string
	for _, t := range f.results {
		results = append(results, t.name)
	}
	fmt.Fprintf(&header, ") (%s) {\n", strings.Join(results, ", "))
	statements := 6
	if w.IntN(5) == 0 {
		statements = 16 // it may not be inlined
	}
	w.body(f, strings.ReplaceAll(header.String(), ", )", ")"), statements)
	w.vars = w.vars[:mark]
	w.funcs = append(w.funcs, f)
}

func (w *writer) body(f *function, header string, statements int) {
	w.b.Reset()
	w.calls, w.loops, w.outer, w.changes = w.given, nil, 0, false
	w.tabs, w.rounds, w.cost, w.depth, w.digest, w.result = "\t", 1, 1, 0, "", f.results
	w.left = 1 + w.IntN(statements)
	w.statements()
	w.returns()
	f.cost, f.changes = w.cost, w.changes
	w.decls.WriteString(header + w.b.String() + "}\n")
}

func (w *writer) returns() {
	var results []string
	for _, t := range w.result {
		results = append(results, w.value(t, 2))
	}
	w.line("return %s", strings.Join(results, ", "))
}

// main writes the function that takes the inputs and mixes all that it computes into its result.
func (w *writer) main() {
	globals := len(w.vars)
	var params []string
	for _, v := range parameters {
		v.local = true
		w.vars = append(w.vars, v)
		params = append(params, v.name+" "+v.typ.name)
	}
	w.b.Reset()
	w.calls, w.loops, w.outer = nil, nil, 0
	w.tabs, w.rounds, w.cost, w.depth, w.digest, w.result = "\t", 1, 1, 0, "sum", []*typ{uint64Type}
	w.line("var sum uint64")
	w.left = 3 + w.IntN(maxStatements)
	w.statements()
	for _, v := range w.vars[:globals] {
		w.mix(v.name, v.typ)
	}
	for _, v := range w.vars[globals+len(parameters):] {
		w.mix(v.name, v.typ)
	}
	w.line("return sum")
	fmt.Fprintf(&w.decls, "func %s(%s) uint64 {\n%s}\n", w.name, strings.Join(params, ", "), w.b.String())
}

// mix makes the result depend on a value.
func (w *writer) mix(x string, t *typ) {
	switch t.kind {
	case integer:
		w.line("sum = sum*1099511628211 ^ uint64(%s)", x)
	case boolean:
		w.line("if %s {\n%s\tsum ^= 0x5555\n%s}", x, w.tabs, w.tabs)
	case text:
		w.line("sum = sum*31 + uint64(len(%s))", x)
		w.line("if len(%s) > 0 {\n%s\tsum = sum*31 + uint64(%s[len(%s)-1])\n%s}", x, w.tabs, x, x, w.tabs)
	case array:
		for i := range min(t.n, 3) {
			w.mix(fmt.Sprintf("%s[%d]", x, t.n-1-i), t.elem)
		}
	case structure:
		for _, f := range t.fields {
			w.mix(x+"."+f.name, f.typ)
		}
	}
}
