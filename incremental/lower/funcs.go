package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// function is a Go function as a value: which function it is, the compiler always knows.
type function struct {
	fn       *ssa.Function
	bindings []operand // what a closure captures
}

// funcCell is a variable that holds a function. It may be set once, where it is declared.
type funcCell struct {
	block *ssa.BasicBlock
	fn    *function
}

// callee finds the function that an instruction calls, with what it captures.
func (l *lowerer) callee(call *ssa.CallCommon, ins ssa.Instruction) *function {
	if call.IsInvoke() {
		l.refuse(ins.Pos(), "call a function or a method of a concrete type", "a method of an interface cannot be called in a probe")
		return nil
	}
	if fn, ok := call.Value.(*ssa.Function); ok {
		return &function{fn: fn}
	}
	x := l.value(call.Value)
	if x.fn == nil && len(l.diags) == 0 {
		l.refuse(ins.Pos(), "call the function by its name", "which function this calls is known only when it runs")
	}
	return x.fn
}

// closure lowers a function literal or a bound method that is made.
func (l *lowerer) closure(ins *ssa.MakeClosure) operand {
	f := &function{fn: ins.Fn.(*ssa.Function), bindings: make([]operand, len(ins.Bindings))}
	for i, b := range ins.Bindings {
		f.bindings[i] = l.value(b)
	}
	return operand{fn: f}
}

// inline lowers the body of a function in place of its call. With one way out, its results are taken as they are; otherwise they
// meet behind it: scalars and pointers in phis, the rest in slots.
func (l *lowerer) inline(ins *ssa.Call, callee *function) operand {
	args := make([]operand, 0, len(ins.Call.Args)+len(callee.bindings))
	for _, a := range ins.Call.Args {
		args = append(args, l.value(a))
	}
	args = append(args, callee.bindings...)
	if len(l.diags) > 0 {
		return operand{}
	}
	var results []operand
	switch ways := returns(callee.fn); {
	case ways == 0:
		l.refuse(ins.Pos(), "give its loop a way out", "%s never returns", callee.fn.Name())
		return operand{}
	case ways == 1:
		var end *ir.Block
		l.function(callee.fn, args, func(vals []operand) { results, end = vals, l.cur })
		l.cur = end
	default:
		results = l.inlineJoined(callee.fn, args)
	}
	for i := range results {
		results[i] = results[i].of(ins.Block())
	}
	if callee.fn.Signature.Results().Len() == 1 && len(results) == 1 {
		return results[0]
	}
	return operand{elems: results}
}

// inlineJoined lowers the body of a function that returns in several places.
func (l *lowerer) inlineJoined(fn *ssa.Function, args []operand) []operand {
	sig := fn.Signature.Results()
	results := make([]operand, sig.Len())
	join := l.fn.NewBlock()
	for i := range results {
		typ := sig.At(i).Type()
		t := l.pkg.layouts.of(typ)
		switch {
		case isPointer(typ):
			v := join.Phi(ir.Ptr, l.span)
			results[i] = l.pointer(v, typ)
		case isScalar(t):
			results[i].v = join.Phi(l.irType(typ), l.span)
		default:
			size := t.Size
			if isString(typ) {
				size = max(roundUp(l.pkg.layouts.result(fn, i), 8), 8)
			}
			results[i] = operand{at: l.slot("tmp", size), size: size}
		}
	}
	l.function(fn, args, func(vals []operand) {
		for i, x := range vals {
			typ := sig.At(i).Type()
			switch t := l.pkg.layouts.of(typ); {
			case isPointer(typ):
				phi := results[i].ptr.base
				phi.Args = append(phi.Args, l.address(x.ptr))
			case isFunc(typ):
				l.refuse(fn.Pos(), "call the functions by their names", "which function %s returns is known only when it runs", fn.Name())
			case isScalar(t):
				results[i].v.Args = append(results[i].v.Args, x.v)
			case isString(typ):
				l.storeString(results[i].at, results[i].size, x, false)
			default:
				l.store(results[i].at, t, x, false)
			}
		}
		l.cur.Jump(join)
	})
	l.cur = join
	return results
}

// returns counts the ways out of a function.
func returns(fn *ssa.Function) int {
	n := 0
	for _, b := range fn.Blocks {
		if len(b.Instrs) > 0 {
			if _, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok {
				n++
			}
		}
	}
	return n
}

// maxValues is how long the IR of a probe may become by inlining.
const maxValues = 100_000

// enterable reports whether a function can be lowered here: it does not call itself, and the program is not too long yet.
func (l *lowerer) enterable(fn *ssa.Function) bool {
	for f := l.frame; f != nil; f = f.caller {
		if f.fn == fn {
			l.refuse(fn.Pos(), "write a loop", "%s calls itself, and the kernel gives a probe no stack for that", funcName(fn))
			return false
		}
	}
	if len(fn.Blocks) == 0 {
		l.unsupported(fn.Pos(), "calling "+fn.Name())
		return false
	}
	if l.fn.NumValues() > maxValues {
		l.errorf(source.TooLarge, fn.Pos(), "call it in fewer places", "the probe becomes too long where %s is inlined", funcName(fn))
		return false
	}
	return true
}

// funcName is a function's name as the user knows it.
func funcName(fn *ssa.Function) string {
	if fn.Parent() != nil {
		return "the function literal"
	}
	if o := fn.Origin(); o != nil {
		return o.Name()
	}
	return fn.Name()
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

func isFunc(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// refuse reports a construct that Go allows and a probe cannot do.
func (l *lowerer) refuse(pos token.Pos, hint, format string, args ...any) {
	l.errorf(source.Unsupported, pos, hint, format, args...)
}

// storeFunc sets a variable that holds a function. It keeps the function it is set to where it is declared.
func (l *lowerer) storeFunc(c *funcCell, st *ssa.Store) {
	if c.fn != nil || st.Block() != c.block {
		l.refuse(st.Pos(), "declare a variable for each function", "a function variable that is set more than once")
		return
	}
	x := l.value(st.Val)
	if x.fn == nil && len(l.diags) == 0 {
		l.refuse(st.Pos(), "set it where it is declared", "which function this is is known only when it runs")
	}
	c.fn = x.fn
}

// loadFunc reads a variable that holds a function.
func (l *lowerer) loadFunc(c *funcCell, ins *ssa.UnOp) operand {
	if c.fn == nil {
		l.refuse(ins.Pos(), "set it where it is declared", "a function variable that may be nil")
	}
	return operand{fn: c.fn}
}

// entered reports whether a call runs code of the program, which may change any variable.
func (l *lowerer) entered(call *ssa.Call) bool {
	switch fn := call.Call.Value.(type) {
	case *ssa.Builtin:
		return false
	case *ssa.Function:
		return l.pkg.intrinsic(fn.Object()) == universe.None
	}
	return true
}
