package ir

import (
	"errors"
	"fmt"
)

// Interp runs functions over modelled memory, without a kernel. It faults on what the kernel's verifier would
// refuse or what would read garbage: an access outside its object, bytes of a slot that nobody wrote, a null
// pointer, a write to the context, a record used after it was submitted.
//
// Maps and collected records live as long as the Interp; slots live for one call.
type Interp struct {
	Env
	// Limit is how many values one Run may compute.
	Limit int
	// Records is the ring records that were submitted, in order, and what perf_event_output wrote.
	Records [][]byte
	// Maps is the contents of the module's maps, by name.
	Maps map[string]*Contents

	m     *Module
	steps int
	open  map[*object]bool // records that are reserved
}

// Env is what the world answers to helpers.
type Env struct {
	PIDTGID, UIDGID, Task, Cgroup, Cookie, FuncIP uint64

	Comm      string
	CPU, CPUs int
	// Now is the clock in nanoseconds; it moves by Tick with every reading.
	Now, Tick uint64
	Random    uint64
	// RingFull makes ringbuf_reserve answer null.
	RingFull bool
	// Read is the memory of the kernel and of the process, for probe_read and its kin and for loads from kernel
	// pointers: it fills buf from the address or reports false. A nil Read has no memory.
	Read func(addr uint64, buf []byte) bool
}

// NewInterp makes an interpreter with empty maps, one CPU and a limit of a million steps.
func NewInterp(m *Module) *Interp {
	i := &Interp{m: m, Limit: 1 << 20, Maps: map[string]*Contents{}, open: map[*object]bool{}}
	i.CPUs = 1
	for _, mp := range m.Maps {
		i.Maps[mp.Name] = newContents(mp)
	}
	return i
}

// Run runs the program with the name over the bytes of a context and returns its result, 0 where it has none.
func (i *Interp) Run(name string, ctx []byte) (int64, error) {
	return i.run(name, []word{{obj: &object{name: "context", bytes: ctx, readonly: true}}})
}

// Call runs the sub with the name over integers.
func (i *Interp) Call(name string, args ...int64) (int64, error) {
	words := make([]word, len(args))
	for n, a := range args {
		words[n].n = a
	}
	return i.run(name, words)
}

func (i *Interp) run(name string, args []word) (r int64, err error) {
	defer func() {
		switch f := recover().(type) {
		case nil:
		case fault:
			err = f.err
		default:
			panic(f)
		}
	}()
	i.steps = 0
	clear(i.open)
	f := i.function(name)
	if len(args) != len(f.Params) {
		return 0, fmt.Errorf("%s has %d parameters, got %d", name, len(f.Params), len(args))
	}
	result := i.call(f, args)
	for o := range i.open {
		return 0, fmt.Errorf("%s: %s is neither submitted nor discarded", name, o.name)
	}
	return result.n, nil
}

// fault ends a run; it travels as a panic up to run.
type fault struct{ err error }

func stop(format string, args ...any) { panic(fault{fmt.Errorf(format, args...)}) }

// word is what a value holds at run time: a number, or an object and a distance from its start.
type word struct {
	n   int64
	obj *object
}

func (i *Interp) function(name string) *Func {
	for _, f := range i.m.Funcs {
		if f.Name == name {
			return f
		}
	}
	stop("no function %s", name)
	return nil
}

// frame is one call under way.
type frame struct {
	*Interp
	f     *Func
	vals  []word
	slots map[*Slot]*object
}

func (i *Interp) call(f *Func, args []word) word {
	fr := &frame{Interp: i, f: f, vals: make([]word, f.nextValue), slots: map[*Slot]*object{}}
	for _, s := range f.Slots {
		fr.slots[s] = &object{name: "slot " + s.Name, bytes: make([]byte, s.Size), written: make([]bool, s.Size)}
	}
	for n, p := range f.Params {
		fr.vals[p.ID] = args[n]
	}
	b, from := f.Blocks[0], (*Block)(nil)
	for {
		fr.phis(b, from)
		for _, v := range b.Values[len(b.Phis()):] {
			fr.step(v)
		}
		next, result, done := fr.leave(b)
		if done {
			return result
		}
		b, from = next, b
	}
}

func (fr *frame) phis(b, from *Block) {
	phis := b.Phis()
	news := make([]word, len(phis))
	for n, v := range phis {
		news[n] = fr.get(v.Args[b.PredIndex(from)])
	}
	for n, v := range phis {
		fr.vals[v.ID] = news[n]
	}
}

func (fr *frame) leave(b *Block) (next *Block, result word, done bool) {
	fr.count()
	switch t := &b.Term; t.Kind {
	case TermJump:
		return t.Succs[0], word{}, false
	case TermBranch:
		if fr.compare(t.Cond, t.Args[0], t.Args[1]) {
			return t.Succs[0], word{}, false
		}
		return t.Succs[1], word{}, false
	case TermReturn:
		if len(t.Args) == 1 {
			result = fr.get(t.Args[0])
		}
		return nil, result, true
	}
	stop("func %s: b%d has no terminator", fr.f.Name, b.ID)
	return nil, word{}, true
}

func (i *Interp) count() {
	if i.steps++; i.steps > i.Limit {
		stop("more than %d steps", i.Limit)
	}
}

func (fr *frame) get(v *Value) word { return fr.vals[v.ID] }

// number is the value of an integer, or of a kernel address.
func (fr *frame) number(v *Value) int64 {
	w := fr.get(v)
	if w.obj != nil {
		stop("%s is used as a number", w.obj.name)
	}
	return w.n
}

func (fr *frame) compare(c Cond, x, y *Value) bool {
	wx, wy := fr.get(x), fr.get(y)
	switch {
	case wx.obj == wy.obj:
		return EvalCond(c, x.Type, wx.n, wy.n)
	case c == Eq:
		return false
	case c == Ne:
		return true
	}
	stop("two objects are compared by %s", c)
	return false
}

// step computes one value.
func (fr *frame) step(v *Value) {
	defer func() {
		switch f := recover().(type) {
		case nil:
		case fault:
			if errors.As(f.err, new(placed)) {
				panic(f)
			}
			panic(fault{placed{fmt.Errorf("func %s: b%d: %s: %w", fr.f.Name, v.Block.ID, v, f.err)}})
		default:
			panic(f)
		}
	}()
	fr.count()
	if r, ok := fr.compute(v); ok {
		if v.Type == I32 {
			r.n = int64(int32(r.n))
		}
		fr.vals[v.ID] = r
	}
}

// placed is an error that says where it happened.
type placed struct{ error }

// Unwrap is the error without its place.
func (p placed) Unwrap() error { return errors.Unwrap(p.error) }

func (fr *frame) compute(v *Value) (r word, ok bool) {
	switch op := v.Op; {
	case op == OpConst:
		return word{n: v.Imm}, true
	case op == OpParam:
		return word{}, false
	case op == OpCmp:
		if fr.compare(v.Cond, v.Args[0], v.Args[1]) {
			r.n = 1
		}
		return r, true
	case op >= OpAdd && op <= OpBswap64:
		y := int64(0)
		if len(v.Args) == 2 {
			y = fr.number(v.Args[1])
		}
		r.n, ok = Eval(op, v.Type, fr.number(v.Args[0]), y)
		return r, ok
	case op == OpSlot:
		return word{obj: fr.slots[v.Slot]}, true
	case op == OpMap:
		return word{obj: fr.contents(v.Map).self}, true
	case op == OpMapValue:
		return word{v.Imm, fr.contents(v.Map).at(fr.CPU, make([]byte, 4))}, true
	case op == OpFunc:
		return word{obj: &object{name: "function " + v.Func, fn: v.Func}}, true
	case op == OpOffset:
		p := fr.pointer(v.Args[0])
		return word{p.n + v.Imm, p.obj}, true
	case op == OpPtrAdd:
		p := fr.pointer(v.Args[0])
		return word{p.n + fr.number(v.Args[1]), p.obj}, true
	case op == OpCall:
		return fr.helper(v), true
	case op == OpCallFunc:
		return fr.callFunc(v), true
	}
	return fr.memory(v)
}

func (i *Interp) contents(m *Map) *Contents {
	c := i.Maps[m.Name]
	if c == nil {
		stop("map %s is not the module's", m.Name)
	}
	return c
}

// pointer is a pointer that may be computed with.
func (fr *frame) pointer(v *Value) word {
	w := fr.get(v)
	if w.obj == nil && w.n == 0 {
		stop("v%d is null", v.ID)
	}
	return w
}

func (fr *frame) callFunc(v *Value) word {
	callee := fr.function(v.Func)
	args := make([]word, len(v.Args))
	for n, a := range v.Args {
		args[n] = fr.get(a)
	}
	return fr.call(callee, args)
}

// memory runs loads, stores, atomics, moves and zeroing.
func (fr *frame) memory(v *Value) (word, bool) {
	p := fr.pointer(v.Args[0])
	p.n += v.Imm
	switch op := v.Op; {
	case op == OpLoadPtr:
		return fr.loadPtr(p), true
	case op.IsLoad():
		n := fr.load(p, op.AccessSize())
		switch op {
		case OpLoads8:
			n = int64(int8(n))
		case OpLoads16:
			n = int64(int16(n))
		}
		return word{n: n}, true
	case op.IsStore():
		w := fr.get(v.Args[1])
		fr.store(p, op.AccessSize(), w.n)
		if w.obj != nil {
			p.obj.keepPointer(p.n, w)
		}
	case op == OpAtomic32 || op == OpAtomic64:
		fr.store(p, op.AccessSize(), fr.load(p, op.AccessSize())+fr.number(v.Args[1]))
	case op == OpZero:
		p.n -= v.Imm
		fr.write(p, make([]byte, v.Imm))
	case op == OpMove:
		p.n -= v.Imm
		src := fr.pointer(v.Args[1])
		fr.move(p, src, int(v.Imm))
	default:
		stop("no meaning is known for %s", op)
	}
	return word{}, false
}
