package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/lower/text"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// function is a Go function as a value, where the compiler knows which one it is. Where it does not, a function is a number; see
// callNumber.
type function struct {
	fn       *ssa.Function
	bindings []operand // what a closure captures
}

// onceCell is a variable that holds a function or a slice and is set once, where it is declared.
type onceCell struct {
	block *ssa.BasicBlock
	set   bool
	x     operand
}

// callee finds the function that an instruction calls, with what it captures; or the number of the function where only the run tells.
func (l *lowerer) callee(call *ssa.CallCommon, ins ssa.Instruction) (fn *function, number *ir.Value) {
	if call.IsInvoke() {
		l.unsupported(ins.Pos(), "a method of an interface")
		return nil, nil
	}
	if fn, ok := call.Value.(*ssa.Function); ok {
		return &function{fn: fn}, nil
	}
	x := l.value(call.Value)
	return x.fn, x.v
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
	j := l.newJoint(fn.Signature.Results(), fn)
	l.function(fn, args, j.take)
	l.cur = j.block
	return j.results
}

// joint is where the ways out of one or more functions meet.
type joint struct {
	l       *lowerer
	types   *types.Tuple
	block   *ir.Block
	results []operand
}

// newJoint makes the block behind functions with those results.
func (l *lowerer) newJoint(sig *types.Tuple, fns ...*ssa.Function) *joint {
	j := &joint{l: l, types: sig, block: l.fn.NewBlock(), results: make([]operand, sig.Len())}
	for i := range j.results {
		typ := sig.At(i).Type()
		t := l.pkg.layouts.of(typ)
		switch {
		case isPointer(typ):
			j.results[i] = l.pointer(j.block.Phi(ir.Ptr, l.span), typ)
		case isScalar(t):
			j.results[i].v = j.block.Phi(l.irType(typ), l.span)
		default:
			size := t.Size
			if text.Is(typ) {
				size = 8
				for _, fn := range fns {
					size = max(size, roundUp(l.pkg.layouts.result(fn, i), 8))
				}
			}
			j.results[i] = operand{at: l.slot("tmp", size), size: size}
		}
	}
	return j
}

// take takes the results of one way out.
func (j *joint) take(vals []operand) {
	l := j.l
	for i, x := range vals {
		typ := j.types.At(i).Type()
		switch t := l.pkg.layouts.of(typ); {
		case isSlice(typ):
			l.refuse(token.NoPos, "return an array", "which elements a slice has that is returned is known only when it runs")
			return
		case isPointer(typ):
			phi := j.results[i].ptr.base
			phi.Args = append(phi.Args, l.address(x.ptr))
		case isScalar(t):
			j.results[i].v.Args = append(j.results[i].v.Args, l.number(x).v)
		case text.Is(typ):
			l.storeString(j.results[i].at, j.results[i].size, x, false)
		default:
			l.store(j.results[i].at, t, x, false)
		}
	}
	l.cur.Jump(j.block)
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

// maxCalls is how many calls a probe may have in all, those in the functions that it calls counted each time.
const maxCalls = 20_000

// maxWithin is how often a function may be lowered within itself, each time with other functions as arguments.
const maxWithin = 8

// enterable reports whether a function can be lowered here: it does not call itself, and the program is not too long yet. A function that
// is given other functions than before, such as an iterator in the body of a loop over itself, is another one.
func (l *lowerer) enterable(fn *ssa.Function, args []operand) bool {
	within := 0
	for f := l.frame; f != nil; f = f.caller {
		if f.fn != fn {
			continue
		}
		if within++; within > maxWithin || sameFunctions(f.args, args, 4) {
			l.refuse(fn.Pos(), "write a loop", "%s calls itself, and the kernel gives a probe no stack for that", funcName(fn))
			return false
		}
	}
	if len(fn.Blocks) == 0 {
		l.unsupported(fn.Pos(), "calling "+fn.Name())
		return false
	}
	if *l.calls++; l.fn.NumValues() > maxValues || *l.calls > maxCalls {
		l.errorf(source.TooLarge, fn.Pos(), "call it in fewer places", "the probe becomes too long where %s is inlined", funcName(fn))
		return false
	}
	return true
}

// sameFunctions reports that no two functions differ among the arguments of two calls, as far as so many captures deep; nil stands for
// arguments without functions. A function may capture itself.
func sameFunctions(xs, ys []operand, deep int) bool {
	for i := range min(len(xs), len(ys)) {
		x, y := xs[i].function(), ys[i].function()
		if x != nil && y != nil && (x.fn != y.fn || deep > 0 && !sameFunctions(x.bindings, y.bindings, deep-1)) {
			return false
		}
	}
	return true
}

// function is the function that an operand is, or that the variable holds whose address it is; nil if that is not known.
func (x operand) function() *function {
	if x.cell != nil {
		return x.cell.x.fn
	}
	return x.fn
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

// storeCell sets a variable that holds a function or a slice, which keeps what it is set to where it is declared.
func (l *lowerer) storeCell(c *onceCell, st *ssa.Store) {
	x := l.value(st.Val)
	c.set, c.x = true, x
}

// loadCell reads a variable that holds a function or a slice.
func (l *lowerer) loadCell(c *onceCell, typ types.Type) operand {
	switch {
	case c.set:
	case isSlice(typ):
		return l.noSlice()
	default:
		return operand{v: l.constant(ir.I64, noFunc)}
	}
	return c.x
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
