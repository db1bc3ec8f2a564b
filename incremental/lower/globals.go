package lower

import (
	"encoding/binary"
	"go/ast"
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

// variable decides how a variable without a key lies in its map: a 64-bit integer that programs only add to in lines, one a CPU,
// any other variable as the only value of an array.
func (p *Package) variable(out *Map, m *check.Map, shared bool) {
	typ := m.Var.Type()
	out.Value = p.layouts.variable(m.Var)
	out.IR.Entries, out.IR.Key = 1, 4
	if m.Init != nil {
		init := make([]byte, out.Value.Size)
		p.initial(init, out.Value, typ, m.Init)
		out.Init = init
	}
	if shared || m.Init != nil || !isInteger(out.Value) || out.Value.Size != 8 {
		out.IR.Kind, out.IR.Value = ir.Array, max(out.Value.Size, 1)
		return
	}
	out.IR.Kind, out.IR.Value = ir.Counters, abi.CounterLine*counterLines(p.universe.Kernel.Features().CPUs)
}

// initial writes the value of e, a constant or a literal of constants, as bytes.
func (p *Package) initial(b []byte, t *layout.Type, typ types.Type, e ast.Expr) {
	if v := p.unit.Info.Types[e].Value; v != nil {
		putConstant(b, t, v)
		return
	}
	lit := ast.Unparen(e).(*ast.CompositeLit)
	switch u := typ.Underlying().(type) {
	case *types.Struct:
		for i, elt := range lit.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
				for i = 0; u.Field(i).Name() != kv.Key.(*ast.Ident).Name; {
					i++
				}
			}
			f := t.Fields[i]
			p.initial(b[f.Offset:f.Offset+f.Type.Size], f.Type, u.Field(i).Type(), elt)
		}
	case *types.Array:
		at := 0
		for _, elt := range lit.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				n, _ := constant.Int64Val(constant.ToInt(p.unit.Info.Types[kv.Key].Value))
				at, elt = int(n), kv.Value
			}
			p.initial(b[at*t.Elem.Size:(at+1)*t.Elem.Size], t.Elem, u.Elem(), elt)
			at++
		}
	}
}

// putConstant writes a constant as bytes.
func putConstant(b []byte, t *layout.Type, v constant.Value) {
	switch t.Kind {
	case layout.String:
		copy(b, constant.StringVal(v))
		return
	case layout.Bool:
		if constant.BoolVal(v) {
			b[0] = 1
		}
		return
	}
	v = constant.ToInt(v)
	n, exact := constant.Uint64Val(v)
	if !exact {
		i, _ := constant.Int64Val(v)
		n = uint64(i)
	}
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], n)
	copy(b, word[:t.Size])
}

// globalAddress is the address of a package-level variable.
func (l *lowerer) globalAddress(g *ssa.Global) operand {
	m := l.maps[g.Name()]
	switch {
	case m == nil || !m.Counter:
		l.unsupported(g.Pos(), "the package variable "+g.Name())
		return operand{}
	case m.IR.Kind == ir.Counters:
		return operand{ptr: &place{space: inMap, align: 8, glob: m}}
	}
	return operand{ptr: &place{base: l.mapValue(m.IR, 0), space: inMap, align: 8}, size: m.Value.Size}
}

// loadGlobal reads a predeclared value or a package variable.
func (l *lowerer) loadGlobal(g *ssa.Global, ins *ssa.UnOp) operand {
	if x, ok := l.intrinsicValue(l.pkg.intrinsic(g.Object())); ok {
		return x
	}
	m := l.maps[g.Name()]
	if m == nil || !m.Counter {
		l.unsupported(ins.Pos(), "the package variable "+g.Name())
		return operand{}
	}
	if m.IR.Kind == ir.Counters {
		return operand{v: l.lineSum(m)} // only a program that runs once reads one
	}
	p := &place{base: l.mapValue(m.IR, 0), space: inMap, align: 8}
	if isScalar(m.Value) {
		return operand{v: l.loadScalar(p, m.Value)}
	}
	// Programs on other CPUs may change it at any time.
	return operand{at: l.copyOf(p, m.Value.Size), size: m.Value.Size}
}

// storeGlobal lowers v = x and v += x for a package variable.
func (l *lowerer) storeGlobal(m *Map, st *ssa.Store) {
	add, _, _, ok := counterAddition(st)
	switch {
	case !ok && m.IR.Kind == ir.Counters:
		l.setLines(m, l.scalar(st.Val))
	case !ok:
		p := &place{base: l.mapValue(m.IR, 0), space: inMap, align: 8}
		l.store(p, m.Value, l.value(st.Val), false)
	case m.Shared():
		l.addInPlace(m, l.mapValue(m.IR, 0), l.delta(add))
	default:
		l.addCounter(m.IR, 0, l.widen(l.delta(add), m.Value))
	}
}
