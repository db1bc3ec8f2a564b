package text

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/layout"
	"go3s/incremental/universe"
)

// Capacities says how many bytes the strings of a cell may have. It follows the data through variables, calls, fields and maps
// until nothing grows any more.
type Capacities struct {
	cell    Cell
	values  map[ssa.Value]int // strings, and the variables that pointers to strings point to
	results map[*ssa.Function][]int
	fields  map[fieldKey]int
	keys    map[types.Object]int
	elems   map[types.Object]int // values of maps
	globals map[types.Object]int
	array   int // the strings in arrays
	growing map[*ssa.BinOp]bool

	shapes map[*types.Struct]string
	grew   []ssa.Instruction // in this round
	cur    ssa.Instruction
	holds  bool // cur has to do with strings
}

// fieldKey names a field of all struct types of one shape, between which Go converts.
type fieldKey struct {
	shape string
	index int
}

// settled is how many rounds the capacities of strings that do not grow in a loop take at most.
const settled = 12

// Infer looks at all functions that the cell's probes may run.
func Infer(cell Cell) *Capacities {
	c := &Capacities{cell: cell}
	c.reset()
	c.grew = nil
	instrs := c.first(cell.Functions)
	for round := 0; len(c.grew) > 0; round++ {
		if round >= settled && c.findGrowing() {
			c.reset()
			round = 0
		}
		c.grew = c.grew[:0]
		for _, ins := range instrs {
			c.cur = ins
			c.visit(ins)
		}
	}
	return c
}

// Of is the capacity of a string.
func (c *Capacities) Of(v ssa.Value) int { return c.of(v) }

// At is the capacity of the string variable that a pointer points to.
func (c *Capacities) At(addr ssa.Value) int { return min(c.at(addr), Max) }

// Result is the capacity of a string that is the i-th result of a function.
func (c *Capacities) Result(fn *ssa.Function, i int) int {
	if r := c.results[fn]; i < len(r) {
		return r[i]
	}
	return 0
}

// Key is the capacity of the keys of a map that are strings; ok is false where nothing puts one there.
func (c *Capacities) Key(m types.Object) (n int, ok bool) {
	n, ok = c.keys[m]
	return n, ok
}

// Elem is the capacity of the values of a map, as Key says it.
func (c *Capacities) Elem(m types.Object) (n int, ok bool) {
	n, ok = c.elems[m]
	return n, ok
}

// Variable is the capacity of a package variable, as Key says it.
func (c *Capacities) Variable(v types.Object) (n int, ok bool) {
	n, ok = c.globals[v]
	return n, ok
}

// Field is the capacity of the i-th field of a struct type, as Key says it.
func (c *Capacities) Field(t types.Type, i int) (n int, ok bool) {
	n, ok = c.fields[c.key(t, i)]
	return n, ok
}

// Array is the capacity of the elements of all arrays, as Key says it.
func (c *Capacities) Array() (n int, ok bool) { return c.array, c.array > 0 }

// first visits all instructions, and lists those that have to do with strings.
func (c *Capacities) first(fns []*ssa.Function) []ssa.Instruction {
	var instrs []ssa.Instruction
	for _, fn := range fns {
		for _, b := range fn.Blocks {
			for _, ins := range b.Instrs {
				c.cur, c.holds = ins, false
				c.visit(ins)
				if c.holds {
					instrs = append(instrs, ins)
				}
			}
		}
	}
	return instrs
}

// findGrowing notes which strings are made longer by what they were before, and reports whether there are any new ones.
func (c *Capacities) findGrowing() bool {
	before := len(c.growing)
	for _, ins := range c.grew {
		if bin, ok := ins.(*ssa.BinOp); ok {
			if c.growing == nil {
				c.growing = map[*ssa.BinOp]bool{}
			}
			c.growing[bin] = true
		}
	}
	return len(c.growing) > before
}

// reset forgets all but what is known from outside of the cell.
func (c *Capacities) reset() {
	c.values, c.results, c.fields, c.array = nil, nil, nil, 0
	c.keys, c.elems, c.globals = nil, nil, nil
	for _, m := range c.cell.Known {
		c.known(m)
	}
	c.initials()
}

// known takes over the capacities of a map or variable of another cell.
func (c *Capacities) known(m Known) {
	t, ok := m.Object.Type().Underlying().(*types.Map)
	if !ok {
		if n := c.stored(m.Object.Type(), m.Value); n > 0 {
			raise(c, &c.globals, m.Object, n)
		}
		return
	}
	if n := c.stored(t.Key(), m.Key); n > 0 {
		raise(c, &c.keys, m.Object, n)
	}
	if n := c.stored(t.Elem(), m.Value); n > 0 {
		raise(c, &c.elems, m.Object, n)
	}
}

// stored takes over the capacities of the fields of a value that has a layout already, and returns its own if it is a string.
func (c *Capacities) stored(t types.Type, l *layout.Type) int {
	if l == nil {
		return 0
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if Is(u) {
			return l.Size
		}
	case *types.Array:
		if l.Kind == layout.Array {
			c.array = max(c.array, c.stored(u.Elem(), l.Elem))
		}
	case *types.Struct:
		for i := range u.NumFields() {
			if i >= len(l.Fields) {
				break
			}
			if n := c.stored(u.Field(i).Type(), l.Fields[i].Type); n > 0 {
				raise(c, &c.fields, c.key(u, i), n)
			}
		}
	}
	return 0
}

// key names a field of a struct type.
func (c *Capacities) key(t types.Type, index int) fieldKey {
	s := structOf(t)
	shape, ok := c.shapes[s]
	if !ok {
		shape = types.TypeString(s, nil)
		if c.shapes == nil {
			c.shapes = map[*types.Struct]string{}
		}
		c.shapes[s] = shape
	}
	return fieldKey{shape, index}
}

// raise puts the capacity of what k names up to n.
func raise[K comparable](c *Capacities, m *map[K]int, k K, n int) {
	c.holds = true
	if old, ok := (*m)[k]; !ok || n > old {
		if *m == nil {
			*m = map[K]int{}
		}
		(*m)[k] = n
		if n > old {
			c.grew = append(c.grew, c.cur)
		}
	}
}

// visit takes one instruction into account.
func (c *Capacities) visit(ins ssa.Instruction) {
	switch ins := ins.(type) {
	case *ssa.Store:
		if Is(ins.Val.Type()) {
			c.store(ins.Addr, c.of(ins.Val))
		} else if IsPointer(ins.Val.Type()) {
			c.link(ins.Val, ins.Addr)
		}
	case *ssa.Lookup:
		c.mapKey(ins.X, ins.Index)
	case *ssa.MapUpdate:
		c.mapKey(ins.Map, ins.Key)
		if g := Global(ins.Map); g != nil && Is(ins.Value.Type()) {
			raise(c, &c.elems, g.Object(), c.of(ins.Value))
		}
	case *ssa.Return:
		c.returns(ins)
	case *ssa.MakeClosure:
		for i, b := range ins.Bindings {
			c.link(b, ins.Fn.(*ssa.Function).FreeVars[i])
		}
	case *ssa.Call:
		c.call(ins)
	case *ssa.Phi:
		for _, e := range ins.Edges {
			c.link(e, ins)
		}
	}
	v, ok := ins.(ssa.Value)
	switch {
	case !ok:
	case Is(v.Type()):
		raise(c, &c.values, v, c.result(v))
	case IsPointer(v.Type()):
		c.pointer(v)
	}
}

// store takes a string into account that is stored at an address.
func (c *Capacities) store(addr ssa.Value, n int) {
	switch a := addr.(type) {
	case *ssa.FieldAddr:
		raise(c, &c.fields, c.key(a.X.Type(), a.Field), n)
	case *ssa.IndexAddr:
		c.raiseArray(n)
	case *ssa.Global:
		raise(c, &c.globals, a.Object(), n)
	default:
		raise(c, &c.values, addr, n)
	}
}

func (c *Capacities) mapKey(m, key ssa.Value) {
	if g := Global(m); g != nil && Is(key.Type()) {
		raise(c, &c.keys, g.Object(), c.of(key))
	}
}

// call takes the arguments of a call into account.
func (c *Capacities) call(call *ssa.Call) {
	if b, ok := call.Call.Value.(*ssa.Builtin); ok {
		if b.Name() == "delete" {
			c.mapKey(call.Call.Args[0], call.Call.Args[1])
		}
		return
	}
	if callee := call.Call.StaticCallee(); callee != nil {
		c.mapCall(call, c.cell.Universe.MapCall(callee.Object()))
		c.pass(call, callee)
		return
	}
	for _, callee := range c.cell.MayRun(&call.Call) {
		c.pass(call, callee)
	}
}

// pass takes into account what a call gives to one of the functions that it may run.
func (c *Capacities) pass(call *ssa.Call, callee *ssa.Function) {
	if len(callee.Params) != len(call.Call.Args) {
		return
	}
	for i, a := range call.Call.Args {
		c.link(a, callee.Params[i])
	}
}

// mapCall takes the key and value of a call of a map's method into account.
func (c *Capacities) mapCall(call *ssa.Call, method universe.MapMethod) {
	if method == universe.NoMapMethod {
		return
	}
	args := call.Call.Args
	c.mapKey(args[0], args[1])
	if g := Global(args[0]); g != nil && method == universe.MapSet && Is(args[2].Type()) {
		raise(c, &c.elems, g.Object(), c.of(args[2]))
	}
}
