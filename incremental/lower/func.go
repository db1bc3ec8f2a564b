package lower

import (
	"fmt"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/loops"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// lowerer builds the IR of one probe.
type lowerer struct {
	pkg   *Package
	probe *check.Probe
	maps  map[string]*Map
	ring  *ir.Map
	stats *ir.Map
	// direct is set while a string is lowered that only a record takes.
	direct bool

	name  string // of the program
	fn    *ir.Func
	funcs []*ir.Func // further functions of the program
	loops *loops.Rewriter
	// unrolled are the loops that are to be unrolled.
	unrolled []loops.Unrolling
	cur      *ir.Block // where emit appends; nil behind a terminator
	span     source.Span
	frame    *frame
	mem      *memory
	subs     map[*ssa.Function]*sub
	calls    *int                         // how many functions have been entered
	reads    map[kernelRead][]kernelValue // what has been read of the kernel's memory
	// needsTask is whether the probe needs the running thread's task anyway, see usesTask.
	needsTask answer
	faults    *faults
	fault     *ir.Block         // counts a fault and ends the run; made on first use
	lines     map[int]*ir.Block // say which line a fault is on, by its index into faults.spans
	stop      *ir.Block         // ends the run; made on first use
	// lineCounts counts how often each line is run; nil if nobody wants to know.
	lineCounts *lineCounts
	used       []*ir.Map
	schemas    []*abi.Schema
	stacks     *ir.Map          // the map of stack traces, once the program uses it
	context    []universe.Field // the fields of the context that are read
	// evaluated describes what the program leaves in the result map, if it evaluates an expression.
	evaluated *abi.Schema
	counted   counted
	once      bool // the program runs once; see Package.Evaluate
	diags     []source.Diagnostic
}

// frame is one Go function being lowered: the probe itself, or a function that is inlined into it.
type frame struct {
	fn     *ssa.Function
	caller *frame
	args   []operand           // what it was called with, and what it captures
	file   *syntax.File        // that the function is declared in
	places map[ssa.Value]int32 // of what has been lowered, in vals
	vals   []operand
	entry  []*ir.Block        // by index of a Go block: its first IR block
	exit   []*ir.Block        // by index of a Go block: its last IR block, which has its terminator
	edges  map[edge]*ir.Block // blocks put on an edge to fill the strings and structs of phis; nil as long as there is none
	phis   []pendingPhi
	at     *ssa.BasicBlock   // the Go block that is being lowered
	rest   []ssa.Instruction // of it, behind the one at work
	// carried are the positions of loops over strings.
	carried []iteratorPhi
	counted map[sourceLine]bool // lines that have been counted, see countLine
	// ret takes the results of a return; it ends the current block.
	ret func(results []operand)
}

// get is what a Go value has been lowered to; ok is false where it has not been.
func (f *frame) get(v ssa.Value) (x operand, ok bool) {
	i, ok := f.places[v]
	if !ok {
		return operand{}, false
	}
	return f.vals[i], true
}

func (f *frame) set(v ssa.Value, x operand) {
	if i, there := f.places[v]; there {
		f.vals[i] = x
		return
	}
	f.places[v] = int32(len(f.vals))
	f.vals = append(f.vals, x)
}

// split notes the block that has been put on an edge.
func (f *frame) split(from, to *ssa.BasicBlock, on *ir.Block) {
	if f.edges == nil {
		f.edges = map[edge]*ir.Block{}
	}
	f.edges[edge{from, to}] = on
}

type edge struct{ from, to *ssa.BasicBlock }

// pendingPhi is a scalar phi whose arguments are filled in when all blocks are there.
type pendingPhi struct {
	ssa *ssa.Phi
	ir  *ir.Value
}

// program lowers the probe's function. Its result is what the program returns to the kernel.
func (l *lowerer) program(fn *ssa.Function) {
	l.cur = l.fn.Blocks[0]
	ctx := operand{ptr: &place{base: l.fn.Params[0], space: inContext, align: 8}}
	l.function(fn, []operand{ctx}, func(results []operand) {
		v := l.constant(ir.I64, verdict(l.fn.Kind))
		if len(results) == 1 {
			v = l.widen(results[0].v, layoutInt)
		}
		l.cur.Return(v, l.span)
	})
}

// function lowers the body of a Go function at the current point.
func (l *lowerer) function(fn *ssa.Function, args []operand, ret func([]operand)) {
	if !l.enterable(fn, args) {
		return
	}
	if at, ok := endless(fn, l.pkg.unit.Info); ok {
		l.frame = &frame{fn: fn, caller: l.frame, file: l.pkg.fileOf(fn)}
		l.errorf(source.Unbounded, at, "end it with break, return or a condition", "this loop never ends")
		l.frame = l.frame.caller
		return
	}
	blocks, values := len(fn.Blocks), 0
	for _, b := range fn.Blocks {
		values += len(b.Instrs)
	}
	f := &frame{
		fn: fn, caller: l.frame, args: args, ret: ret, file: l.pkg.fileOf(fn),
		places: l.mem.table(values * 2 / 3), vals: l.mem.operands.Take(values * 2 / 3)[:0],
		entry: l.mem.blocks.Take(blocks), exit: l.mem.blocks.Take(blocks),
	}
	l.frame = f
	defer func() { l.frame = f.caller }()
	for i, p := range fn.Params {
		f.set(p, args[i])
	}
	for i, v := range fn.FreeVars {
		f.set(v, args[len(fn.Params)+i])
	}
	start := l.cur
	for i := range fn.Blocks {
		if i == 0 {
			f.entry[i] = start
			continue
		}
		f.entry[i] = l.fn.NewBlock()
	}
	for _, b := range fn.DomPreorder() {
		l.cur = f.entry[b.Index]
		l.block(b)
		if len(l.diags) > 0 {
			return
		}
	}
	l.noteUnrolled(fn)
	after := l.cur
	for _, p := range f.phis {
		l.fill(p)
	}
	for _, c := range f.carried {
		l.fillCarried(c)
	}
	l.cur = after
	l.mem.put(f.places)
}

// block lowers the instructions of a Go block.
func (l *lowerer) block(b *ssa.BasicBlock) {
	l.frame.at = b
	for i, ins := range b.Instrs {
		l.frame.rest = b.Instrs[i+1:]
		if pos := ins.Pos(); pos.IsValid() {
			l.span = l.frame.file.Span(pos, pos)
			l.countLine(ins)
		}
		l.instruction(b, ins)
		if len(l.diags) > 0 {
			return
		}
	}
}

// fill gives a phi one argument for each predecessor, in their order. A constant is made at the end of the predecessor.
func (l *lowerer) fill(p pendingPhi) {
	b := p.ssa.Block()
	taken := make([]bool, len(b.Preds))
	for _, pred := range p.ir.Block.Preds {
		for i, from := range b.Preds {
			if !taken[i] && (l.frame.exit[from.Index] == pred || l.frame.edges[edge{from, b}] == pred) {
				taken[i] = true
				l.cur = pred
				if p.ir.Type == ir.Ptr && isPointer(p.ssa.Type()) {
					p.ir.Args = append(p.ir.Args, l.phiPointer(p.ssa, i))
				} else {
					p.ir.Args = append(p.ir.Args, l.scalar(p.ssa.Edges[i]))
				}
				break
			}
		}
	}
}

// emit appends a value to the current block.
func (l *lowerer) emit(op ir.Op, t ir.Type, args ...*ir.Value) *ir.Value {
	return l.fn.NewValue(l.cur, op, t, l.span, args...)
}

func (l *lowerer) constant(t ir.Type, v int64) *ir.Value { return l.cur.Const(t, v, l.span) }

// call calls a helper of the kernel.
func (l *lowerer) call(h int64, t ir.Type, args ...*ir.Value) *ir.Value {
	v := l.emit(ir.OpCall, t, args...)
	v.Imm = h
	return v
}

// mapArg is a map as helpers take it.
func (l *lowerer) mapArg(m *ir.Map) *ir.Value {
	v := l.emit(ir.OpMap, ir.Ptr)
	v.Map = l.use(m)
	return v
}

// mapValue is the address of byte off of the first value of an array-like map.
func (l *lowerer) mapValue(m *ir.Map, off int64) *ir.Value {
	v := l.emit(ir.OpMapValue, ir.Ptr)
	v.Map, v.Imm = l.use(m), off
	return v
}

// use notes that the program refers to a map.
func (l *lowerer) use(m *ir.Map) *ir.Map {
	for _, u := range l.used {
		if u == m {
			return m
		}
	}
	l.used = append(l.used, m)
	return m
}

// branch ends the current block and goes on in then when the condition holds, else in els.
func (l *lowerer) branch(c ir.Cond, x, y *ir.Value, then, els *ir.Block) {
	l.cur.Branch(c, x, y, then, els, l.span)
	l.cur = nil
}

// unlikely branches to a new block that is not expected to run, in which it lowers rare, and goes on behind it.
func (l *lowerer) unlikely(c ir.Cond, x, y *ir.Value, rare func()) {
	bad, next := l.fn.NewBlock(), l.fn.NewBlock()
	from := l.cur
	l.branch(c, x, y, bad, next)
	from.Term.Likely = 2
	l.cur = bad
	rare()
	if l.cur != nil && l.cur.Term.Kind == ir.TermNone {
		l.cur.Jump(next)
	}
	l.cur = next
}

// count adds one to a counter of the probe.
func (l *lowerer) count(stat int) { l.addCounter(l.stats, int64(stat*8), l.constant(ir.I64, 1)) }

// addCounter adds to a word of this CPU's line of a Counters map. The add is not atomic: the line belongs to the CPU, and the kernel
// does not run a program of this type inside another on one CPU.
func (l *lowerer) addCounter(m *ir.Map, off int64, delta *ir.Value) {
	cpu := l.call(ir.HelperGetSmpProcessorID, ir.I64)
	line := l.emit(ir.OpAnd, ir.I64, cpu, l.constant(ir.I64, int64(m.Value/abi.CounterLine-1)))
	at := l.emit(ir.OpPtrAdd, ir.Ptr, l.mapValue(m, 0), l.emit(ir.OpShl, ir.I64, line, l.constant(ir.I64, abi.CounterShift)))
	p := &place{base: at, off: off, space: inMap, align: 8}
	l.storeScalar(p, 8, l.emit(ir.OpAdd, ir.I64, l.loadScalar(p, layoutInt), delta))
}

// layoutInt is the layout of Go's int.
var layoutInt = &layout.Type{Kind: layout.Int, Name: "int", Size: 8, Align: 8}

// errorf reports an error of the user's program and stops lowering.
func (l *lowerer) errorf(code source.Code, pos token.Pos, hint, format string, args ...any) {
	span := l.span
	if pos.IsValid() {
		file := l.pkg.unit.File
		if l.frame != nil {
			file = l.frame.file
		}
		span = file.Span(pos, pos)
	}
	l.diags = append(l.diags, source.Diagnostic{Code: code, Span: span, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// unsupported refuses what this package has no lowering for, though nothing else has refused it.
func (l *lowerer) unsupported(pos token.Pos, what string) {
	l.errorf(source.Unsupported, pos, "write it in smaller steps, with variables of plain types", "%s cannot be compiled here", what)
}

// value is the operand of a Go value that has been lowered, or of a constant.
func (l *lowerer) value(v ssa.Value) operand {
	switch v := v.(type) {
	case *ssa.Const:
		return l.constOperand(v)
	case *ssa.Global:
		return l.globalAddress(v)
	case *ssa.Function:
		return operand{fn: &function{fn: v}}
	}
	x, ok := l.frame.get(v)
	if !ok {
		panic(fmt.Sprintf("%s has not been lowered", v.Name()))
	}
	return x
}

// scalar is the IR value of an integer, bool or kernel address, or of a function as a number.
func (l *lowerer) scalar(v ssa.Value) *ir.Value { return l.number(l.value(v)).v }

// irType is the IR type of a scalar Go type.
func (l *lowerer) irType(t types.Type) ir.Type {
	if l.pkg.layouts.of(t).Size == 8 {
		return ir.I64
	}
	return ir.I32
}
