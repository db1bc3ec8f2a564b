package codegen_test

import (
	"fmt"
	"math/rand/v2"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// generator writes random functions that the verifier accepts and whose result depends on everything they compute.
type generator struct {
	*rand.Rand
	f    *ir.Func
	b    *ir.Block
	ints [2][]*ir.Value // in scope, by type: I32, I64
	mem  []*ir.Value    // slot addresses, every byte written
	subs []*ir.Func
	left int // statements still to write
	deep int
}

// randomModule is a program, last, and the functions it calls. live is how many values are kept until the end.
func randomModule(seed uint64, statements, live int) *ir.Module {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7))}
	m := &ir.Module{}
	for i := range g.IntN(3) {
		g.sub(fmt.Sprintf("sub%d", i))
		m.Funcs = append(m.Funcs, g.f)
		g.subs = append(g.subs, g.f)
	}
	g.start(ir.NewFunc("prog", ir.RawTP))
	g.b = g.f.Entry()
	for i := range 2 + g.IntN(live) {
		g.load(g.f.Params[0], int64(8*(i%12)))
	}
	g.body(statements)
	g.hash(live)
	m.Funcs = append(m.Funcs, g.f)
	return m
}

func (g *generator) start(f *ir.Func) {
	g.f, g.b, g.ints, g.mem, g.deep = f, f.Entry(), [2][]*ir.Value{}, nil, 0
}

func (g *generator) sub(name string) {
	g.start(ir.NewFunc(name, ir.Sub))
	for range 1 + g.IntN(5) {
		t := ir.I32 + ir.Type(g.IntN(2))
		g.ints[t-ir.I32] = append(g.ints[t-ir.I32], g.f.AddParam(t))
	}
	g.body(10)
	g.hash(6)
}

func (g *generator) body(statements int) {
	for i := range 1 + g.IntN(3) {
		s := g.f.NewSlot(fmt.Sprintf("s%d", i), 16, 8)
		a := g.value(ir.OpSlot, ir.Ptr)
		a.Slot = s
		z := g.value(ir.OpZero, ir.Void, a)
		z.Imm = 16
		g.mem = append(g.mem, a)
	}
	g.left = statements
	for g.left > 0 {
		g.statement()
	}
}

// value appends to the current block, with a span so that marks are exercised.
func (g *generator) value(op ir.Op, t ir.Type, args ...*ir.Value) *ir.Value {
	return g.f.NewValue(g.b, op, t, source.Span{Cell: "cell", Start: g.f.NumValues(), End: g.f.NumValues() + 1}, args...)
}

func (g *generator) keep(v *ir.Value) {
	g.ints[v.Type-ir.I32] = append(g.ints[v.Type-ir.I32], v)
}

func (g *generator) load(p *ir.Value, off int64) {
	v := g.value(ir.OpLoad64, ir.I64, p)
	v.Imm = off
	g.keep(v)
	g.keep(g.value(ir.OpTrunc, ir.I32, v))
}

// operand is a value in scope or a constant.
func (g *generator) operand(t ir.Type) *ir.Value {
	in := g.ints[t-ir.I32]
	if len(in) == 0 || g.IntN(4) == 0 {
		return g.b.Const(t, g.constant(), source.Span{})
	}
	if g.IntN(2) == 0 {
		return in[len(in)-1-g.IntN(min(len(in), 4))]
	}
	return in[g.IntN(len(in))]
}

var constants = []int64{0, 1, -1, 2, 3, 7, 8, 31, 63, 255, 256, -128, 65535, 1<<31 - 1, -1 << 31, 1 << 31, 1<<32 - 1, 1 << 32, -1 << 63, 1<<63 - 1}

func (g *generator) constant() int64 {
	if g.IntN(3) == 0 {
		return int64(g.Uint64() >> g.IntN(64))
	}
	return constants[g.IntN(len(constants))]
}

func (g *generator) statement() {
	g.left--
	switch n := g.IntN(24); {
	case n < 10:
		g.arithmetic()
	case n < 13:
		g.conversion()
	case n < 15:
		g.memory()
	case n < 17:
		t := g.anyType()
		c := g.value(ir.OpCmp, ir.I32, g.operand(t), g.operand(t))
		c.Cond = ir.Cond(g.IntN(int(ir.Set) + 1))
		g.keep(c)
	case n < 18:
		g.scratch()
	case n < 19:
		g.call()
	case n < 22 && g.deep < 3:
		g.branch()
	case g.deep < 2:
		g.loop()
	}
}

func (g *generator) anyType() ir.Type { return ir.I32 + ir.Type(g.IntN(2)) }

func (g *generator) arithmetic() {
	t := g.anyType()
	op := ir.OpAdd + ir.Op(g.IntN(int(ir.OpNeg-ir.OpAdd)+1))
	if op == ir.OpNeg {
		g.keep(g.value(op, t, g.operand(t)))
		return
	}
	g.keep(g.value(op, t, g.operand(t), g.operand(t)))
}

func (g *generator) conversion() {
	switch op := ir.OpZext8 + ir.Op(g.IntN(int(ir.OpBswap64-ir.OpZext8)+1)); op {
	case ir.OpZext32, ir.OpSext32:
		g.keep(g.value(op, ir.I64, g.operand(ir.I32)))
	case ir.OpTrunc:
		g.keep(g.value(op, ir.I32, g.operand(ir.I64)))
	case ir.OpBswap16, ir.OpBswap32:
		g.keep(g.value(op, ir.I32, g.operand(ir.I32)))
	case ir.OpBswap64:
		g.keep(g.value(op, ir.I64, g.operand(ir.I64)))
	default:
		t := g.anyType()
		g.keep(g.value(op, t, g.operand(t)))
	}
}

func (g *generator) memory() {
	p := g.mem[g.IntN(len(g.mem))]
	if g.IntN(2) == 0 {
		p = g.value(ir.OpOffset, ir.Ptr, p)
		p.Imm = 8
	}
	if g.IntN(6) == 0 {
		x := g.value(ir.OpAnd, ir.I64, g.operand(ir.I64), g.b.Const(ir.I64, 7, source.Span{}))
		at := g.value(ir.OpPtrAdd, ir.Ptr, p, x)
		g.value(ir.OpStore8, ir.Void, at, g.operand(ir.I32))
		g.keep(g.value(ir.OpLoad8, ir.I32, at))
		return
	}
	if g.IntN(6) == 0 {
		v := g.value(ir.OpMove, ir.Void, g.mem[g.IntN(len(g.mem))], g.mem[g.IntN(len(g.mem))])
		v.Imm = 1 + g.Int64N(16)
		if v.Args[0] == v.Args[1] {
			v.Op, v.Args = ir.OpZero, v.Args[:1]
		}
		return
	}
	ops := []ir.Op{
		ir.OpStore8, ir.OpStore16, ir.OpStore32, ir.OpStore64, ir.OpAtomic32, ir.OpAtomic64,
		ir.OpLoad8, ir.OpLoad16, ir.OpLoad32, ir.OpLoad64, ir.OpLoads8, ir.OpLoads16,
	}
	op := ops[g.IntN(len(ops))]
	t := ir.I32
	if op.AccessSize() == 8 {
		t = ir.I64
	}
	off := g.Int64N(int64(8/op.AccessSize())) * int64(op.AccessSize())
	if op.IsLoad() {
		v := g.value(op, t, p)
		v.Imm = off
		g.keep(v)
		return
	}
	x := g.operand(t)
	g.value(op, ir.Void, p, x).Imm = off
}

// scratch uses a slot for a moment, through a pointer that may also point to another, so that slots share places.
func (g *generator) scratch() {
	s := g.f.NewSlot("scratch", 8, 8)
	a := g.value(ir.OpSlot, ir.Ptr)
	a.Slot = s
	g.value(ir.OpStore64, ir.Void, a, g.operand(ir.I64))
	p := a
	if g.IntN(2) == 0 && g.deep < 3 {
		then, join := g.f.NewBlock(), g.f.NewBlock()
		x, y := g.operand(ir.I64), g.operand(ir.I64)
		g.b.Branch(ir.Ugt, x, y, then, join, source.Span{})
		then.Jump(join)
		other := g.mem[g.IntN(len(g.mem))]
		g.b = join
		p = join.Phi(ir.Ptr, source.Span{})
		p.Args = []*ir.Value{a, other}
	}
	v := g.value(ir.OpCall, ir.I64)
	v.Imm = ir.HelperJiffies64
	g.keep(g.value(ir.OpLoad64, ir.I64, p))
}

// call calls a helper, whose result is made to count for nothing, or a function.
func (g *generator) call() {
	if len(g.subs) == 0 || g.IntN(3) > 0 {
		v := g.value(ir.OpCall, ir.I64)
		v.Imm = ir.HelperJiffies64
		g.keep(g.value(ir.OpAnd, ir.I64, v, g.b.Const(ir.I64, 0, source.Span{})))
		return
	}
	f := g.subs[g.IntN(len(g.subs))]
	var args []*ir.Value
	for _, p := range f.Params {
		args = append(args, g.operand(p.Type))
	}
	v := g.value(ir.OpCallFunc, ir.I32, args...)
	v.Func = f.Name
	g.keep(v)
}

// branch writes an if with or without an else; what both ways computed meets in phis.
func (g *generator) branch() {
	t := g.anyType()
	x, y := g.operand(t), g.operand(t)
	phis := g.ends(2)
	second := phis
	then, join := g.f.NewBlock(), g.f.NewBlock()
	els := join
	if g.IntN(2) == 0 {
		els = g.f.NewBlock()
	}
	g.b.Branch(ir.Cond(g.IntN(int(ir.Set)+1)), x, y, then, els, source.Span{})
	scope := g.ints
	g.deep++
	g.b = then
	for range 1 + g.IntN(4) {
		g.statement()
	}
	phis = g.ends(len(phis))
	g.b.Jump(join)
	g.ints = scope
	if els != join {
		g.b = els
		for range 1 + g.IntN(3) {
			g.statement()
		}
		second = g.ends(len(phis))
		g.b.Jump(join)
		g.ints = scope
	}
	g.deep--
	g.b = join
	for i := range phis {
		v := join.Phi(phis[i].Type, source.Span{})
		if els == join { // its edge came first
			v.Args = []*ir.Value{second[i], phis[i]}
		} else {
			v.Args = []*ir.Value{phis[i], second[i]}
		}
		g.keep(v)
	}
}

// ends is n values for phis, of alternating types, that are available in the current block.
func (g *generator) ends(n int) []*ir.Value {
	var list []*ir.Value
	for i := range n {
		list = append(list, g.operand(ir.I32+ir.Type(i%2)))
	}
	return list
}

// loop writes a counted loop with phis that change places, the case in which copies must not overwrite each other.
func (g *generator) loop() {
	head, body, exit := g.f.NewBlock(), g.f.NewBlock(), g.f.NewBlock()
	entry := g.ends(4)
	zero := g.b.Const(ir.I64, 0, source.Span{})
	g.b.Jump(head)
	g.b = head
	i := head.Phi(ir.I64, source.Span{})
	var phis []*ir.Value
	for _, e := range entry {
		phis = append(phis, head.Phi(e.Type, source.Span{}))
	}
	g.b.Branch(ir.Ult, i, g.b.Const(ir.I64, 1+g.Int64N(4), source.Span{}), body, exit, source.Span{})
	for _, p := range phis {
		g.keep(p)
	}
	after := g.ints
	g.b = body
	g.deep++
	for range 1 + g.IntN(4) {
		g.statement()
	}
	g.deep--
	i.Args = []*ir.Value{zero, g.value(ir.OpAdd, ir.I64, i, g.b.Const(ir.I64, 1, source.Span{}))}
	back := g.ends(4)
	if g.IntN(2) == 0 {
		back[0], back[2] = phis[2], phis[0] // a swap
	}
	g.b.Jump(head)
	for k, p := range phis {
		p.Args = []*ir.Value{entry[k], back[k]}
	}
	g.ints = after
	g.b = exit
}

// hash ends the function with a number that depends on memory and on up to 2*limit of the values in scope, which so
// are all needed at the end.
func (g *generator) hash(limit int) {
	for _, p := range g.mem {
		for off := int64(0); off < 16; off += 8 {
			v := g.value(ir.OpLoad64, ir.I64, p)
			v.Imm = off
			g.keep(v)
		}
	}
	h := g.mix(limit)
	high := g.value(ir.OpLshr, ir.I64, h, g.b.Const(ir.I64, 32, source.Span{}))
	g.b.Return(g.value(ir.OpTrunc, ir.I32, g.value(ir.OpXor, ir.I64, h, high)), source.Span{})
}

// mix makes one number of up to 2*limit values in scope.
func (g *generator) mix(limit int) *ir.Value {
	h := g.b.Const(ir.I64, 17, source.Span{})
	add := func(v *ir.Value) {
		m := g.value(ir.OpMul, ir.I64, h, g.b.Const(ir.I64, 31, source.Span{}))
		h = g.value(ir.OpXor, ir.I64, m, v)
	}
	for _, i := range g.Perm(len(g.ints[1]))[:min(limit, len(g.ints[1]))] {
		add(g.ints[1][i])
	}
	for _, i := range g.Perm(len(g.ints[0]))[:min(limit, len(g.ints[0]))] {
		add(g.value(ir.OpSext32, ir.I64, g.ints[0][i]))
	}
	return h
}

// longFunc is a function of many sections that have only a number in common, as long programs are.
func longFunc(statements int) *ir.Func {
	g := &generator{Rand: rand.New(rand.NewPCG(1, 7))}
	g.start(ir.NewFunc("long", ir.RawTP))
	g.body(1)
	for done := 0; done < statements; done += 20 {
		for i := range int64(4) {
			g.load(g.f.Params[0], 8*i)
		}
		for g.left = 20; g.left > 0; {
			g.statement()
		}
		h := g.mix(8)
		g.ints = [2][]*ir.Value{}
		g.keep(h)
	}
	g.hash(1)
	return g.f
}
