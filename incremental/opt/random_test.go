package opt

import (
	"math/rand/v2"
	"testing"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// TestRandomFunctionsKeepTheirMeaning builds functions of random arithmetic, branches, loops and slots, optimizes
// them and compares what they compute.
func TestRandomFunctionsKeepTheirMeaning(t *testing.T) {
	n := uint64(400)
	if testing.Short() {
		n = 100
	}
	for seed := range n {
		checkRandom(t, seed, 8+int(seed%40))
	}
}

func FuzzRandomFunctions(f *testing.F) {
	f.Add(uint64(1), 10)
	f.Fuzz(func(t *testing.T, seed uint64, size int) {
		checkRandom(t, seed, 1+(size&127))
	})
}

func checkRandom(t *testing.T, seed uint64, size int) {
	t.Helper()
	g := &generator{r: rand.New(rand.NewPCG(seed, 7))}
	m := g.module(size)
	before := ir.Print(m)
	for _, isa := range []int{1, 3, 4} {
		m := parsed(t, before)
		o := testOptions
		o.ISA = isa
		if err := Run(m, o); err != nil {
			t.Fatalf("seed %d, isa %d: %v\n%s", seed, isa, err, before)
		}
		equivalent(t, before, ir.Print(m), 6)
	}
}

// generator makes functions whose every access is in bounds and initialized.
type generator struct {
	r    *rand.Rand
	m    *ir.Module
	f    *ir.Func
	b    *ir.Block
	ints [2][]*ir.Value // I32 and I64 values that dominate the place
	ptrs []*ir.Value    // addresses of initialized slots of 16 bytes
	left int
}

var nowhere = source.Span{}

func (g *generator) module(size int) *ir.Module {
	n := &ir.Map{Name: "n", Kind: ir.Array, Key: 4, Value: 16, Entries: 1}
	h := &ir.Map{Name: "h", Kind: ir.Hash, Key: 16, Value: 16, Entries: 4}
	g.m = &ir.Module{Maps: []*ir.Map{n, h}}
	g.f = ir.NewFunc("f", ir.RawTP)
	g.m.Funcs = append(g.m.Funcs, g.f)
	g.b = g.f.Entry()
	g.left = size
	for i := range 3 {
		v := g.f.NewValue(g.b, ir.OpLoad64, ir.I64, nowhere, g.f.Params[0])
		v.Imm = int64(8 * i)
		g.ints[1] = append(g.ints[1], v)
		w := g.f.NewValue(g.b, []ir.Op{ir.OpLoad32, ir.OpLoad8, ir.OpLoads16}[i], ir.I32, nowhere, g.f.Params[0])
		w.Imm = int64(24 + 4*i)
		g.ints[0] = append(g.ints[0], w)
	}
	for i := range 3 {
		s := g.f.NewValue(g.b, ir.OpSlot, ir.Ptr, nowhere)
		s.Slot = g.f.NewSlot("s", 16, 8)
		g.ptrs = append(g.ptrs, s)
		if i != 1 {
			g.f.NewValue(g.b, ir.OpZero, ir.Void, nowhere, s).Imm = 16
			continue
		}
		for off := range int64(2) {
			g.f.NewValue(g.b, ir.OpStore64, ir.Void, nowhere, s, g.int(ir.I64)).Imm = 8 * off
		}
	}
	g.region(3)
	out := g.f.NewValue(g.b, ir.OpMapValue, ir.Ptr, nowhere)
	out.Map = n
	g.f.NewValue(g.b, ir.OpMove, ir.Void, nowhere, out, g.ptr()).Imm = 16
	g.b.Return(g.digest(), nowhere)
	return g.m
}

// digest depends on every value that is there at the end.
func (g *generator) digest() *ir.Value {
	sum := g.b.Const(ir.I64, 1, nowhere)
	mix := g.b.Const(ir.I64, 31, nowhere)
	for _, v := range g.ints[0] {
		sum = g.f.NewValue(g.b, ir.OpMul, ir.I64, nowhere, sum, mix)
		sum = g.f.NewValue(g.b, ir.OpXor, ir.I64, nowhere, sum, g.f.NewValue(g.b, ir.OpZext32, ir.I64, nowhere, v))
	}
	for _, v := range g.ints[1] {
		sum = g.f.NewValue(g.b, ir.OpMul, ir.I64, nowhere, sum, mix)
		sum = g.f.NewValue(g.b, ir.OpAdd, ir.I64, nowhere, sum, v)
	}
	return sum
}

func (g *generator) int(t ir.Type) *ir.Value {
	if g.r.IntN(4) == 0 {
		return g.b.Const(t, interesting(g.r), nowhere)
	}
	list := g.ints[t-ir.I32]
	if n := len(list); g.r.IntN(2) == 0 && n > 4 {
		list = list[n-4:]
	}
	return list[g.r.IntN(len(list))]
}

func (g *generator) ptr() *ir.Value { return g.ptrs[g.r.IntN(len(g.ptrs))] }

// region emits statements until the budget or a chance ends it.
func (g *generator) region(depth int) {
	for g.left > 0 && g.r.IntN(12) > 0 {
		g.left--
		switch k := g.r.IntN(13); {
		case k < 6:
			g.expr()
		case k == 12:
			g.key()
		case k < 9:
			g.memory()
		case k < 11 && depth > 0:
			g.branch(depth - 1)
		case depth > 0:
			g.loop(depth - 1)
		}
	}
}

func (g *generator) add(v *ir.Value) { g.ints[v.Type-ir.I32] = append(g.ints[v.Type-ir.I32], v) }

func (g *generator) expr() {
	t := ir.I32 + ir.Type(g.r.IntN(2))
	span := nowhere
	switch op := ir.OpAdd + ir.Op(g.r.IntN(int(ir.OpCmp-ir.OpAdd+1))); op {
	case ir.OpZext32, ir.OpSext32:
		g.add(g.f.NewValue(g.b, op, ir.I64, span, g.int(ir.I32)))
	case ir.OpTrunc:
		g.add(g.f.NewValue(g.b, op, ir.I32, span, g.int(ir.I64)))
	case ir.OpBswap16, ir.OpBswap32:
		g.add(g.f.NewValue(g.b, op, ir.I32, span, g.int(ir.I32)))
	case ir.OpBswap64:
		g.add(g.f.NewValue(g.b, op, ir.I64, span, g.int(ir.I64)))
	case ir.OpNeg, ir.OpZext8, ir.OpZext16, ir.OpSext8, ir.OpSext16:
		g.add(g.f.NewValue(g.b, op, t, span, g.int(t)))
	case ir.OpCmp:
		v := g.f.NewValue(g.b, op, ir.I32, span, g.int(t), g.int(t))
		v.Cond = g.cond()
		g.add(v)
	default:
		g.add(g.f.NewValue(g.b, op, t, span, g.int(t), g.int(t)))
	}
}

func (g *generator) cond() ir.Cond { return ir.Cond(g.r.IntN(int(ir.Set) + 1)) }

// memory emits an access to a slot or a helper call.
func (g *generator) memory() {
	p := g.ptr()
	switch g.r.IntN(9) {
	case 0, 1, 2:
		size := 1 << g.r.IntN(4)
		op := map[int]ir.Op{1: ir.OpStore8, 2: ir.OpStore16, 4: ir.OpStore32, 8: ir.OpStore64}[size]
		t := ir.I32
		if size == 8 {
			t = ir.I64
		}
		g.f.NewValue(g.b, op, ir.Void, nowhere, p, g.int(t)).Imm = int64(size * g.r.IntN(16/size))
	case 3, 4, 5:
		op := []ir.Op{ir.OpLoad8, ir.OpLoad16, ir.OpLoad32, ir.OpLoad64, ir.OpLoads8, ir.OpLoads16}[g.r.IntN(6)]
		t := ir.I32
		if op == ir.OpLoad64 {
			t = ir.I64
		}
		v := g.f.NewValue(g.b, op, t, nowhere, p)
		v.Imm = int64(op.AccessSize() * g.r.IntN(16/op.AccessSize()))
		g.add(v)
	case 6:
		if q := g.ptr(); q != p {
			g.f.NewValue(g.b, ir.OpMove, ir.Void, nowhere, p, q).Imm = 16
		}
	case 7:
		g.call(p)
	case 8:
		out := g.f.NewValue(g.b, ir.OpMapValue, ir.Ptr, nowhere)
		out.Map, out.Imm = g.m.Maps[0], 8
		g.f.NewValue(g.b, ir.OpAtomic64, ir.Void, nowhere, out, g.int(ir.I64))
	}
}

// key emits a slot of its own that is written once and read, as the key of a map operation or by a copy. What is written is
// one of few things, so that some keys are equal.
func (g *generator) key() {
	p := g.f.NewValue(g.b, ir.OpSlot, ir.Ptr, nowhere)
	p.Slot = g.f.NewSlot("key", 16, 8)
	switch g.r.IntN(3) {
	case 0:
		g.f.NewValue(g.b, ir.OpZero, ir.Void, nowhere, p).Imm = 16
	case 1:
		size := g.b.Const(ir.I64, 16, nowhere)
		g.f.NewValue(g.b, ir.OpCall, ir.I64, nowhere, p, size).Imm = ir.HelperGetCurrentComm
	default:
		g.f.NewValue(g.b, ir.OpStore64, ir.Void, nowhere, p, g.ints[1][g.r.IntN(2)])
		g.f.NewValue(g.b, ir.OpStore64, ir.Void, nowhere, p, g.ints[1][0]).Imm = 8
	}
	h := g.f.NewValue(g.b, ir.OpMap, ir.Ptr, nowhere)
	h.Map = g.m.Maps[1]
	switch g.r.IntN(4) {
	case 0:
		g.f.NewValue(g.b, ir.OpMove, ir.Void, nowhere, g.ptr(), p).Imm = 16
	case 1:
		g.f.NewValue(g.b, ir.OpCall, ir.I64, nowhere, h, p).Imm = ir.HelperMapDeleteElem
	case 2:
		g.f.NewValue(g.b, ir.OpCall, ir.I64, nowhere, h, p, g.ptr(), g.b.Const(ir.I64, 0, nowhere)).Imm = ir.HelperMapUpdateElem
	default:
		v := g.f.NewValue(g.b, ir.OpLoad64, ir.I64, nowhere, p)
		v.Imm = 8
		g.add(v)
	}
}

func (g *generator) call(p *ir.Value) {
	call := func(helper int64, args ...*ir.Value) *ir.Value {
		v := g.f.NewValue(g.b, ir.OpCall, ir.LookupHelper(helper).Result.Type(), nowhere, args...)
		v.Imm = helper
		return v
	}
	h := g.f.NewValue(g.b, ir.OpMap, ir.Ptr, nowhere)
	h.Map = g.m.Maps[1]
	switch g.r.IntN(5) {
	case 0:
		g.add(call(ir.HelperGetCurrentPIDTGID))
	case 1:
		call(ir.HelperGetCurrentComm, p, g.b.Const(ir.I64, 16, nowhere))
	case 2:
		g.add(call(ir.HelperMapUpdateElem, h, p, g.ptr(), g.b.Const(ir.I64, 0, nowhere)))
	case 3:
		g.add(call(ir.HelperProbeReadUser, p, g.b.Const(ir.I64, 16, nowhere), g.int(ir.I64)))
	case 4:
		v := call(ir.HelperMapLookupElem, h, p)
		found, join := g.f.NewBlock(), g.f.NewBlock()
		g.b.Branch(ir.Ne, v, g.b.Const(ir.Ptr, 0, nowhere), found, join, nowhere)
		g.f.NewValue(found, ir.OpAtomic64, ir.Void, nowhere, v, g.ints[1][0])
		found.Jump(join)
		g.b = join
	}
}

// branch emits an if with two arms and phis at their join.
func (g *generator) branch(depth int) {
	t := ir.I32 + ir.Type(g.r.IntN(2))
	then, els, join := g.f.NewBlock(), g.f.NewBlock(), g.f.NewBlock()
	g.b.Branch(g.cond(), g.int(t), g.int(t), then, els, nowhere)
	var args [2][2]*ir.Value
	for i, b := range []*ir.Block{then, els} {
		n32, n64 := len(g.ints[0]), len(g.ints[1])
		g.b = b
		g.region(depth)
		args[0][i], args[1][i] = g.int(ir.I32), g.int(ir.I64)
		g.ints[0], g.ints[1] = g.ints[0][:n32], g.ints[1][:n64]
		g.b.Jump(join)
	}
	g.b = join
	for i, typ := range []ir.Type{ir.I32, ir.I64} {
		if g.r.IntN(2) == 0 {
			v := join.Phi(typ, nowhere)
			v.Args = append(v.Args, args[i][:]...)
			g.add(v)
		}
	}
}

// loop emits a counted loop with an accumulator.
func (g *generator) loop(depth int) {
	head, body, done := g.f.NewBlock(), g.f.NewBlock(), g.f.NewBlock()
	start, first := g.b.Const(ir.I64, 0, nowhere), g.int(ir.I64)
	g.b.Jump(head)
	i, acc := head.Phi(ir.I64, nowhere), head.Phi(ir.I64, nowhere)
	i.Args, acc.Args = append(i.Args, start), append(acc.Args, first)
	head.Branch(ir.Ult, i, head.Const(ir.I64, int64(g.r.IntN(4)), nowhere), body, done, nowhere)
	n32, n64 := len(g.ints[0]), len(g.ints[1])
	g.b = body
	g.ints[1] = append(g.ints[1], i, acc)
	g.region(depth)
	next := g.int(ir.I64)
	i.Args = append(i.Args, g.f.NewValue(g.b, ir.OpAdd, ir.I64, nowhere, i, g.b.Const(ir.I64, 1, nowhere)))
	acc.Args = append(acc.Args, next)
	g.b.Jump(head)
	g.ints[0], g.ints[1] = g.ints[0][:n32], g.ints[1][:n64]
	g.b = done
	g.ints[1] = append(g.ints[1], acc)
}
