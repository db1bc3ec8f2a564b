package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
)

// quantileEntries is how many buckets a Quantile with keys can hold over all keys. A key rarely needs more than a few hundred.
const quantileEntries = 65536

// aggregateMap decides kind and layout of a map of aggregates. Without keys, sums and the like are words of a Counters map and
// buckets are the elements of an array. With keys, an entry holds the words of one key or counts one bucket of one key, so that only
// the buckets that are hit take memory. All are kept per CPU but the many buckets of a Quantile with keys, which is shared: what one
// CPU counts in a bucket seldom meets another.
func (p *Package) aggregateMap(m *check.Map, out *Map) *Map {
	a := *m.Aggregate
	out.Aggregate = a
	out.Value = &layout.Type{Kind: layout.Struct, Name: "bpf." + typeName(valueType(m)), Size: 8 * a.Words(), Align: 8}
	words := []string{"n", "sum", "min", "max"}
	for i := range a.Words() {
		out.Value.Fields = append(out.Value.Fields, layout.Field{Name: words[i], Type: layoutWord, Offset: 8 * i})
	}
	if a.Kind == abi.Count || a.Kind == abi.Sum {
		out.Value = &layout.Type{Kind: layout.Uint, Name: "uint64", Size: 8, Align: 8}
		if a.Signed {
			out.Value = layoutInt64
		}
	}
	out.IR.Value = out.Value.Size
	switch {
	case m.Counter && a.Bucketed():
		out.IR.Kind, out.IR.Key, out.IR.Entries = ir.PerCPUArray, 4, a.Buckets()
		return out
	case m.Counter:
		out.IR.Kind, out.IR.Key, out.IR.Entries = ir.Counters, 4, 1
		out.IR.Value = abi.CounterLine * counterLines(p.universe.Kernel.Features().CPUs)
		return out
	}
	out.Key = p.layouts.key(m.Var, m.Var.Type().Underlying().(*types.Map).Key())
	out.IR.Kind, out.IR.Key = ir.PerCPUHash, out.Key.Size
	if a.Bucketed() {
		out.IR.Key = abi.BucketOffset(out.Key.Size) + 4
	}
	if a.Kind == abi.Quantile {
		out.IR.Kind, out.IR.Entries = ir.Hash, quantileEntries
	}
	if m.Entries > 0 {
		out.IR.Entries = m.Entries
	}
	return out
}

// valueType is the type of a map's values, or of a variable without keys.
func valueType(m *check.Map) types.Type {
	if t, ok := m.Var.Type().Underlying().(*types.Map); ok {
		return t.Elem()
	}
	return m.Var.Type()
}

var (
	layoutWord  = &layout.Type{Kind: layout.Uint, Name: "uint64", Size: 8, Align: 8}
	layoutInt64 = &layout.Type{Kind: layout.Int, Name: "int64", Size: 8, Align: 8}
)

// isAggregate reports whether v is an aggregate, which is no value here: the method that is called on it names the map.
func (p *Package) isAggregate(v ssa.Value) bool {
	return p.universe.Aggregate(v.Type()) != abi.NoAggregate
}

// aggregate lowers a call of a method of aggregates.
func (l *lowerer) aggregate(ins *ssa.Call) {
	recv := ins.Call.Args[0]
	var keyValue ssa.Value
	if lk, ok := recv.(*ssa.Lookup); ok {
		recv, keyValue = lk.X, lk.Index
	}
	g := text.Global(recv)
	if g == nil || l.maps[g.Name()] == nil || l.maps[g.Name()].Aggregate.Kind == abi.NoAggregate {
		l.refuse(ins.Pos(), "use the package variable by its name", "aggregates cannot be kept in variables of a function")
		return
	}
	m := l.maps[g.Name()]
	a := m.Aggregate
	v := l.constant(ir.I64, 1)
	t := layoutInt64
	if a.Kind != abi.Count {
		arg := ins.Call.Args[1]
		t = l.pkg.layouts.of(arg.Type())
		v = l.widen(l.scalar(arg), t)
	}
	switch {
	case a.Bucketed() && keyValue != nil:
		l.countBucket(m, keyValue, l.bucket(a, v, t))
	case a.Bucketed():
		l.countElement(m, l.bucket(a, v, t))
	case keyValue == nil:
		l.aggregateInto(l.counterLine(m.IR), l.terms(a, v), false)
	case a.Kind == abi.Count || a.Kind == abi.Sum:
		l.mapAdd(m, l.keyArg(m, keyValue), v)
	default:
		l.aggregateEntry(m, l.keyArg(m, keyValue), l.terms(a, v))
	}
}

// term is what a value does to one word of an aggregate: it is added, or it takes the word's place if it is greater.
type term struct {
	word     int
	v        *ir.Value
	greatest bool
}

// terms are the terms of a value.
func (l *lowerer) terms(a abi.Aggregate, v *ir.Value) []term {
	xor := func(v *ir.Value, bias uint64) *ir.Value {
		if bias == 0 {
			return v
		}
		return l.emit(ir.OpXor, ir.I64, v, l.constant(ir.I64, int64(bias)))
	}
	one := l.constant(ir.I64, 1)
	switch a.Kind {
	case abi.Avg:
		return []term{{abi.WordCount, one, false}, {abi.WordSum, v, false}}
	case abi.Min:
		return []term{{0, xor(v, a.Bias(true)), true}}
	case abi.Max:
		return []term{{0, xor(v, a.Bias(false)), true}}
	case abi.Stats:
		greatest := xor(v, a.Bias(false))
		return []term{
			{abi.WordCount, one, false},
			{abi.WordSum, v, false},
			{abi.WordMin, xor(greatest, a.Bias(true)^a.Bias(false)), true},
			{abi.WordMax, greatest, true},
		}
	}
	return []term{{0, v, false}}
}

// aggregateInto combines terms with the words at p; fresh says that there are none yet.
func (l *lowerer) aggregateInto(p *place, terms []term, fresh bool) {
	for _, t := range terms {
		at := p.plus(int64(8 * t.word))
		switch {
		case fresh:
			l.storeScalar(at, 8, t.v)
		case t.greatest:
			l.unlikely(ir.Ult, l.loadScalar(at, layoutWord), t.v, func() { l.storeScalar(at, 8, t.v) })
		default:
			l.storeScalar(at, 8, l.emit(ir.OpAdd, ir.I64, l.loadScalar(at, layoutWord), t.v))
		}
	}
}

// aggregateEntry combines terms with the entry of a key. It belongs to this CPU, so that it is changed in place; the words that other
// CPUs have of a new entry are zero, which stands for no value in each of them.
func (l *lowerer) aggregateEntry(m *Map, key *ir.Value, terms []term) {
	l.changes(m)
	hit, miss, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	p := l.call(ir.HelperMapLookupElem, ir.Ptr, l.mapArg(m.IR), key)
	from := l.cur
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), hit, miss)
	from.Term.Likely = 1
	l.cur = hit
	l.aggregateInto(&place{base: p, space: inMap, align: 8}, terms, false)
	l.cur.Jump(join)
	l.cur = miss
	first := l.slot("first", m.Value.Size)
	l.aggregateInto(first, terms, true)
	r := l.call(ir.HelperMapUpdateElem, ir.I64, l.mapArg(m.IR), key, l.address(first), l.constant(ir.I64, updateAny))
	l.unlikely(ir.Slt, r, l.constant(ir.I64, 0), func() { l.count(abi.StatMapFull) })
	l.cur.Jump(join)
	l.cur = join
}

// counterLine is this CPU's line of a Counters map.
func (l *lowerer) counterLine(m *ir.Map) *place {
	cpu := l.call(ir.HelperGetSmpProcessorID, ir.I64)
	line := l.emit(ir.OpAnd, ir.I64, cpu, l.constant(ir.I64, int64(m.Value/abi.CounterLine-1)))
	off := l.emit(ir.OpShl, ir.I64, line, l.constant(ir.I64, abi.CounterShift))
	return &place{base: l.emit(ir.OpPtrAdd, ir.Ptr, l.mapValue(m, 0), off), space: inMap, align: 8}
}

// countBucket counts one in a bucket of a key.
func (l *lowerer) countBucket(m *Map, key ssa.Value, bucket *ir.Value) {
	off := abi.BucketOffset(m.Key.Size)
	p := l.slot("bucket", off+4)
	if gap := m.Key.Size % 4; gap != 0 {
		l.clear(p, roundUp(off+4, 8))
	}
	l.store(p, m.Key, l.value(key), false)
	l.storeScalar(p.plus(int64(off)), 4, bucket)
	l.mapAdd(m, l.address(p), l.constant(ir.I64, 1))
}

// countElement counts one in a bucket that is an element of an array.
func (l *lowerer) countElement(m *Map, bucket *ir.Value) {
	key := l.slot("bucket", 4)
	l.storeScalar(key, 4, bucket)
	p := l.call(ir.HelperMapLookupElem, ir.Ptr, l.mapArg(m.IR), l.address(key))
	there, join := l.fn.NewBlock(), l.fn.NewBlock()
	from := l.cur
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), there, join)
	from.Term.Likely = 1
	l.cur = there
	l.addInPlace(m, p, l.constant(ir.I64, 1))
	l.cur.Jump(join)
	l.cur = join
}

// bucket is the number of the bucket of a 64-bit value that was widened from type t, as abi.Aggregate.Bucket computes it.
func (l *lowerer) bucket(a abi.Aggregate, v *ir.Value, t *layout.Type) *ir.Value {
	bits := 64
	if t.Size <= 4 {
		bits = 32
	}
	maybeNegative := a.Signed && (t.Kind == layout.Int || bits == 64)
	zero := l.constant(ir.I64, 0)
	switch a.Kind {
	case abi.Hist:
		if !maybeNegative {
			return l.bitLength(v, bits)
		}
		return l.choose(ir.Slt, v, zero, ir.I32,
			func() *ir.Value { return l.constant(ir.I32, abi.HistNegative) },
			func() *ir.Value { return l.bitLength(v, bits) })
	case abi.Quantile:
		first := l.constant(ir.I32, 0)
		if maybeNegative {
			sign := l.emit(ir.OpAshr, ir.I64, v, l.constant(ir.I64, 63))
			v = l.emit(ir.OpXor, ir.I64, v, sign)
			first = l.emit(ir.OpAnd, ir.I32, l.emit(ir.OpTrunc, ir.I32, sign), l.constant(ir.I32, abi.QuantileNegative))
		}
		return l.emit(ir.OpAdd, ir.I32, l.logLinear(v, bits), first)
	}
	return l.linear(a, v)
}

// bitLength is how many bits a value of at most that many bits needs, by a binary search without loops.
func (l *lowerer) bitLength(v *ir.Value, bits int) *ir.Value {
	n := l.constant(ir.I32, 0)
	for s := int64(bits / 2); s > 0; s /= 2 {
		v, n = l.shorten(v, n, 1, s, s)
	}
	// What is left is 0 or 1.
	return l.emit(ir.OpAdd, ir.I32, n, l.emit(ir.OpTrunc, ir.I32, v))
}

// logLinear is the bucket of a Quantile: the value without its low bits, so that SubBucketBits+1 bits are left, and how many low bits
// there were.
func (l *lowerer) logLinear(v *ir.Value, bits int) *ir.Value {
	n := l.constant(ir.I32, 0)
	for s := int64(bits / 2); s > 0; s /= 2 {
		v, n = l.shorten(v, n, abi.SubBuckets, s, s<<abi.SubBucketBits)
	}
	return l.emit(ir.OpAdd, ir.I32, n, l.emit(ir.OpTrunc, ir.I32, v))
}

// shorten shifts v right by s and adds to n, if at least least is left of v.
func (l *lowerer) shorten(v, n *ir.Value, least, s, add int64) (*ir.Value, *ir.Value) {
	long, short, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	var shifted *ir.Value
	if s == 32 {
		// The bound would take a 64-bit constant.
		shifted = l.emit(ir.OpLshr, ir.I64, v, l.constant(ir.I64, s))
		l.branch(ir.Uge, shifted, l.constant(ir.I64, least), long, short)
	} else {
		l.branch(ir.Uge, v, l.constant(ir.I64, least<<s), long, short)
	}
	l.cur = long
	if shifted == nil {
		shifted = l.emit(ir.OpLshr, ir.I64, v, l.constant(ir.I64, s))
	}
	more := l.emit(ir.OpAdd, ir.I32, n, l.constant(ir.I32, add))
	l.cur.Jump(join)
	l.cur = short
	l.cur.Jump(join)
	l.cur = join
	pv, pn := join.Phi(ir.I64, l.span), join.Phi(ir.I32, l.span)
	pv.Args, pn.Args = []*ir.Value{shifted, v}, []*ir.Value{more, n}
	return pv, pn
}

// linear is the bucket of a LinearHist: 0 below, the last one above.
func (l *lowerer) linear(a abi.Aggregate, v *ir.Value) *ir.Value {
	above := int64(a.Buckets() - 1)
	from := l.emit(ir.OpSub, ir.I64, v, l.constant(ir.I64, a.Lo))
	return l.choose(ir.Ult, from, l.constant(ir.I64, a.Hi-a.Lo), ir.I32,
		func() *ir.Value {
			n := l.emit(ir.OpTrunc, ir.I32, l.emit(ir.OpUDiv, ir.I64, from, l.constant(ir.I64, a.Step)))
			return l.emit(ir.OpAdd, ir.I32, n, l.constant(ir.I32, 1))
		},
		func() *ir.Value {
			less := ir.Ult
			if a.Signed {
				less = ir.Slt
			} else if a.Lo <= 0 {
				return l.constant(ir.I32, above)
			}
			return l.choose(less, v, l.constant(ir.I64, a.Lo), ir.I32,
				func() *ir.Value { return l.constant(ir.I32, 0) },
				func() *ir.Value { return l.constant(ir.I32, above) })
		})
}
