package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
)

// noFunc is the number of the nil function; the functions that the program uses as values are numbered from 1.
const noFunc = 0

// funcValues lists the functions that are used as values, in a fixed order. Those that capture variables are not among them.
func (p *Package) funcValues() []*ssa.Function {
	if p.taken != nil {
		return p.taken
	}
	p.taken = []*ssa.Function{}
	seen := map[*ssa.Function]bool{}
	for _, fn := range p.functions() {
		for _, b := range fn.Blocks {
			for _, ins := range b.Instrs {
				for _, v := range taken(ins) {
					if !seen[v] {
						seen[v] = true
						p.taken = append(p.taken, v)
					}
				}
			}
		}
	}
	return p.taken
}

// taken are the functions that an instruction uses without calling them.
func taken(ins ssa.Instruction) []*ssa.Function {
	if _, ok := ins.(*ssa.MakeClosure); ok {
		return nil
	}
	var called *ssa.Value
	if call, ok := ins.(ssa.CallInstruction); ok {
		called = &call.Common().Value
	}
	var fns []*ssa.Function
	for _, op := range ins.Operands(nil) {
		if fn, ok := (*op).(*ssa.Function); ok && op != called {
			fns = append(fns, fn)
		}
	}
	return fns
}

// number is a function as its number; any other operand is as it is.
func (l *lowerer) number(x operand) operand {
	if x.fn == nil {
		return x
	}
	for i, fn := range l.pkg.funcValues() {
		if fn == x.fn.fn && len(x.fn.bindings) == 0 {
			return operand{v: l.constant(ir.I64, int64(noFunc+1+i))}
		}
	}
	l.refuse(x.fn.fn.Pos(), "pass what it needs as parameters, or call it in each branch",
		"which function is called is known only when it runs, and %s captures variables", funcName(x.fn.fn))
	return operand{v: l.constant(ir.I64, noFunc)}
}

// callNumber calls the function that has a number: each function of that signature that the program uses as a value gets a branch. A nil
// function ends the run.
func (l *lowerer) callNumber(ins *ssa.Call, number *ir.Value) operand {
	var args []operand
	for _, a := range ins.Call.Args {
		args = append(args, l.value(a))
	}
	j := l.newJoint(ins.Call.Signature().Results(), l.pkg.mayRun(&ins.Call)...)
	for i, fn := range l.pkg.funcValues() {
		if !types.Identical(fn.Signature, ins.Call.Signature()) {
			continue
		}
		if returns(fn) == 0 {
			l.refuse(fn.Pos(), "give its loop a way out", "%s never returns", funcName(fn))
			return operand{}
		}
		then, next := l.fn.NewBlock(), l.fn.NewBlock()
		l.branch(ir.Eq, number, l.constant(ir.I64, int64(noFunc+1+i)), then, next)
		l.cur = then
		l.function(fn, args, j.take)
		if len(l.diags) > 0 {
			return operand{}
		}
		l.cur = next
	}
	l.faultEnd(byNoFunc)
	l.cur = j.block
	if len(j.results) == 1 {
		return j.results[0]
	}
	return operand{elems: j.results}
}

// mayRun are the functions that a call may run: the one it names, or all of its signature that are values, closures among them.
func (p *Package) mayRun(call *ssa.CallCommon) []*ssa.Function {
	if fn := call.StaticCallee(); fn != nil {
		return []*ssa.Function{fn}
	}
	if p.closures == nil {
		p.closures = append([]*ssa.Function{}, p.funcValues()...)
		for _, fn := range p.functions() {
			if len(fn.FreeVars) > 0 {
				p.closures = append(p.closures, fn)
			}
		}
	}
	var fns []*ssa.Function
	for _, fn := range p.closures {
		if types.Identical(fn.Signature, call.Signature()) {
			fns = append(fns, fn)
		}
	}
	return fns
}

// setOnce reports whether a variable that holds a function or a slice is set once, in the block that declares it, so that it is known what
// it holds.
func setOnce(a *ssa.Alloc) bool {
	stores := 0
	var visit func(v ssa.Value, own bool) bool
	visit = func(v ssa.Value, own bool) bool {
		for _, r := range *v.Referrers() {
			switch r := r.(type) {
			case *ssa.Store:
				stores++
				if r.Addr != v || !own || r.Block() != a.Block() {
					return false
				}
			case *ssa.UnOp, *ssa.DebugRef:
			case *ssa.MakeClosure:
				for i, b := range r.Bindings {
					if b == v && !visit(r.Fn.(*ssa.Function).FreeVars[i], false) {
						return false
					}
				}
			default:
				return false
			}
		}
		return true
	}
	return visit(a, true) && stores <= 1
}
