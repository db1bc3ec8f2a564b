package lower

import (
	"fmt"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/lower/loops"
	"go3s/incremental/universe"
)

// Limits of what is inlined: a function that is called once always is.
const (
	maxInlined = 60 // instructions of go/ssa
	maxParams  = 4  // of a function that is called; a fifth one tells where its results go
)

// sub is a function of the program that is called rather than inlined. Its result is in R0 when it has one at most and cannot
// end the run. Else the results go to memory of the caller, whose address is the last parameter, and R0 says whether the run goes
// on: 0 if it does.
type sub struct {
	fn     *ir.Func
	status bool // R0 says whether the run goes on
	area   bool // there is a last parameter for the results
}

// outlined reports whether a call is worth a function of its own and can be one.
func (l *lowerer) outlined(f *function) bool {
	fn := f.fn
	if len(f.bindings) > 0 || len(fn.FreeVars) > 0 || len(fn.Params) > maxParams || l.pkg.calls(fn) < 2 {
		return false
	}
	size := 0
	for _, b := range fn.Blocks {
		size += len(b.Instrs)
	}
	if size <= maxInlined || !passable(fn.Signature.Results(), false) {
		return false
	}
	for _, p := range fn.Params {
		if !passableType(p.Type(), true) {
			return false
		}
	}
	return l.pkg.selfContained(fn, map[*ssa.Function]bool{})
}

func passable(t *types.Tuple, pointers bool) bool {
	for v := range t.Variables() {
		if !passableType(v.Type(), pointers) {
			return false
		}
	}
	return true
}

// passableType reports whether a value fits into a register. The address of a string does not say how many bytes it has room for.
func passableType(t types.Type, pointers bool) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&(types.IsInteger|types.IsBoolean) != 0
	case *types.Pointer:
		switch e := u.Elem().Underlying().(type) {
		case *types.Basic:
			return pointers && e.Info()&(types.IsInteger|types.IsBoolean) != 0
		case *types.Struct, *types.Array:
			return pointers
		}
	}
	return false
}

// calls counts the places where a function is called, over all functions that the cell's probes may run.
func (p *Package) calls(fn *ssa.Function) int {
	if p.callCounts == nil {
		p.callCounts = map[*ssa.Function]int{}
		for _, f := range p.functions() {
			for _, b := range f.Blocks {
				for _, ins := range b.Instrs {
					if c, ok := ins.(*ssa.Call); ok && c.Call.StaticCallee() != nil {
						p.callCounts[c.Call.StaticCallee()]++
					}
				}
			}
		}
	}
	return p.callCounts[fn]
}

// registerOnly are the predeclared names that a function can use without the context of the probe.
var registerOnly = []universe.Intrinsic{
	universe.PID, universe.TID, universe.UID, universe.GID, universe.CPU, universe.Nsecs, universe.Cgroup, universe.Comm,
	universe.ProbeName, universe.Printf,
}

// selfContained reports whether a function, with those it calls, needs nothing of the probe but what it is given, and keeps no
// addresses: a function's own variables are gone when it returns.
func (p *Package) selfContained(fn *ssa.Function, seen map[*ssa.Function]bool) bool {
	if seen[fn] {
		return true
	}
	seen[fn] = true
	for _, b := range fn.Blocks {
		for _, ins := range b.Instrs {
			switch ins := ins.(type) {
			case *ssa.Store:
				if isPointer(ins.Val.Type()) {
					return false
				}
			case *ssa.MakeClosure:
				return false
			case *ssa.UnOp:
				if g, ok := ins.X.(*ssa.Global); ok && !p.inRegisters(g.Object()) {
					return false
				}
			case *ssa.Call:
				if _, ok := ins.Call.Value.(*ssa.Builtin); ok {
					continue
				}
				callee := ins.Call.StaticCallee()
				if callee == nil || !p.inRegisters(callee.Object()) || len(callee.Blocks) > 0 && !p.selfContained(callee, seen) {
					return false
				}
			}
		}
	}
	return true
}

func (p *Package) inRegisters(obj types.Object) bool {
	in := p.intrinsic(obj)
	return in == universe.None || slices.Contains(registerOnly, in)
}

// callSub calls a function of the program, which is lowered at its first call.
func (l *lowerer) callSub(ins *ssa.Call, callee *function) operand {
	s := l.subs[callee.fn]
	if s == nil {
		if s = l.lowerSub(callee.fn); s == nil {
			return operand{}
		}
		l.subs[callee.fn] = s
	}
	args := make([]*ir.Value, len(ins.Call.Args), maxParams+1)
	for i, a := range ins.Call.Args {
		x := l.value(a)
		switch {
		case x.ptr != nil && (x.ptr.base == nil || x.ptr.field != nil):
			l.unsupported(ins.Pos(), "a pointer to this")
			return operand{}
		case x.ptr != nil:
			args[i] = l.address(x.ptr)
		default:
			args[i] = x.v
		}
	}
	results := callee.fn.Signature.Results()
	var area *place
	if s.area {
		area = l.slot("results", 8*results.Len())
		args = append(args, l.address(area))
	}
	typ := ir.Void
	switch {
	case s.status:
		typ = ir.I64
	case results.Len() == 1:
		typ = l.irType(results.At(0).Type())
	}
	v := l.emit(ir.OpCallFunc, typ, args...)
	v.Func = s.fn.Name
	if s.status {
		l.endIf(ir.Ne, v, l.constant(ir.I64, 0))
	}
	if !s.area {
		return operand{v: v}
	}
	elems := make([]operand, results.Len())
	for i := range elems {
		t := l.irType(results.At(i).Type())
		op := ir.OpLoad64
		if t == ir.I32 {
			op = ir.OpLoad32
		}
		elems[i].v = l.emit(op, t, area.base)
		elems[i].v.Imm = int64(8 * i)
	}
	if len(elems) == 1 {
		return elems[0]
	}
	return operand{elems: elems}
}

// lowerSub makes a function of the program.
func (l *lowerer) lowerSub(fn *ssa.Function) *sub {
	in := *l
	in.fn = ir.NewFunc(fmt.Sprintf("%s.%s", l.name, fn.Name()), ir.Sub)
	if n := len(l.subs); n > 0 {
		in.fn.Name = fmt.Sprintf("%s.%s%d", l.name, fn.Name(), n)
	}
	in.fn.Span = l.span
	in.fault, in.lines, in.stop, in.unrolled = nil, nil, nil, nil
	args := make([]operand, len(fn.Params))
	for i, p := range fn.Params {
		if isPointer(p.Type()) {
			args[i] = l.pointer(in.fn.AddParam(ir.Ptr), p.Type())
		} else {
			args[i].v = in.fn.AddParam(l.irType(p.Type()))
		}
	}
	in.cur = in.fn.Entry()
	join := in.fn.NewBlock()
	results := make([]*ir.Value, fn.Signature.Results().Len())
	for i := range results {
		results[i] = join.Phi(l.irType(fn.Signature.Results().At(i).Type()), l.span)
	}
	in.function(fn, args, func(vals []operand) {
		for i, x := range vals {
			results[i].Args = append(results[i].Args, x.v)
		}
		in.cur.Jump(join)
	})
	var s *sub
	if len(in.diags) == 0 {
		s = in.endSub(join, results)
		in.rewriteLoops()
		in.funcs = append(in.funcs, in.fn)
	}
	l.used, l.schemas, l.diags, l.funcs = in.used, in.schemas, in.diags, in.funcs
	if len(l.diags) > 0 {
		return nil
	}
	return s
}

// endSub returns the results, in the way that the function needs. A loop may turn out to end the run, too.
func (l *lowerer) endSub(join *ir.Block, results []*ir.Value) *sub {
	s := &sub{fn: l.fn}
	l.fn.RemoveUnreachable()
	s.status = l.fault != nil || l.stop != nil || len(results) > 1 || loops.Any(l.fn)
	s.area = s.status && len(results) > 0
	l.cur = join
	switch {
	case !s.status && len(results) == 1:
		l.cur.Return(results[0], l.span)
		return s
	case !s.status:
		l.cur.Return(nil, l.span)
		return s
	}
	if s.area {
		area := l.fn.Unplaced(ir.OpParam, ir.Ptr, l.span)
		area.Imm, area.Block = int64(len(l.fn.Params)), l.fn.Entry()
		l.fn.Entry().Values = slices.Insert(l.fn.Entry().Values, len(l.fn.Params), area)
		l.fn.Params = append(l.fn.Params, area)
		for i, v := range results {
			op := ir.OpStore64
			if v.Type == ir.I32 {
				op = ir.OpStore32
			}
			l.emit(op, ir.Void, area, v).Imm = int64(8 * i)
		}
	}
	l.cur.Return(l.constant(ir.I64, 0), l.span)
	return s
}

// stopBlock ends the run behind a function that ended it.
func (l *lowerer) stopBlock() *ir.Block {
	if l.stop == nil {
		l.stop = l.fn.NewBlock()
		saved := l.cur
		l.cur = l.stop
		l.end()
		l.cur = saved
	}
	return l.stop
}

// end returns from the program, or from a function of it so that the program ends.
func (l *lowerer) end() {
	status := verdict(l.fn.Kind)
	if l.fn.Kind == ir.Sub {
		status = 1
	}
	l.cur.Return(l.constant(ir.I64, status), l.span)
}

// endIf ends the run when the condition holds, as a fault does, but uncounted: who ended it has counted it.
func (l *lowerer) endIf(c ir.Cond, x, y *ir.Value) {
	next := l.fn.NewBlock()
	from := l.cur
	l.branch(c, x, y, l.stopBlock(), next)
	from.Term.Likely = 2
	l.cur = next
}
