package loops_test

import (
	"runtime"
	"testing"

	"go3s/incremental/ir"
	"go3s/incremental/lower/loops"
	"go3s/incremental/source"
)

// chain is a function of n loops whose end is not known, one behind the other.
func chain(n int) *ir.Func {
	f := ir.NewFunc("p", ir.Tracepoint)
	at := source.Span{}
	b := f.Entry()
	zero, one := b.Const(ir.I64, 0, at), b.Const(ir.I64, 1, at)
	x := f.NewValue(b, ir.OpLoad64, ir.I64, at, f.Params[0])
	for range n {
		head, body, next := f.NewBlock(), f.NewBlock(), f.NewBlock()
		b.Jump(head)
		phi := head.Phi(ir.I64, at)
		head.Branch(ir.Eq, phi, zero, next, body, at)
		less := f.NewValue(body, ir.OpLshr, ir.I64, at, phi, one)
		body.Jump(head)
		phi.Args = []*ir.Value{x, less}
		b = next
	}
	b.Return(zero, at)
	return f
}

// TestGrowth outlines many loops, and twice as many: that takes twice the memory.
func TestGrowth(t *testing.T) {
	taken := func(n int) uint64 {
		f := chain(n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := loops.Rewriter{Program: f.Name}
		made, diags := r.Outline(f, builder{})
		runtime.ReadMemStats(&after)
		if len(made) != n || len(diags) > 0 {
			t.Fatalf("%d functions, %v", len(made), diags)
		}
		if err := ir.Verify(&ir.Module{Funcs: append(made, f)}); err != nil {
			t.Fatal(err)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	taken(10)
	if once, twice := taken(500), taken(1000); twice > 3*once {
		t.Errorf("500 loops take %d bytes, 1000 take %d", once, twice)
	}
}
