package lower

import (
	"go/constant"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/universe"
)

// printf lowers printf: it reserves a record, fills it, and submits it.
func (l *lowerer) printf(ins *ssa.Call) {
	format, ok := ins.Call.Args[0].(*ssa.Const)
	if !ok {
		l.unsupported(ins.Pos(), "a format that is not constant")
		return
	}
	args, parts := l.arguments(ins.Call.Args[1:])
	if len(l.diags) > 0 {
		return
	}
	l.record(l.schema(abi.Printf, constant.StringVal(format.Value), nil, parts), args)
}

// event lowers the other functions that write records.
func (l *lowerer) event(ins *ssa.Call, in universe.Intrinsic) {
	var kind abi.SchemaKind
	var message string
	var names []string
	var values []ssa.Value
	switch in {
	case universe.Print:
		kind, values = abi.Print, ins.Call.Args
	case universe.Emit:
		kind, values = abi.Emit, ins.Call.Args
	case universe.Log:
		kind, message = abi.Log, constant.StringVal(ins.Call.Args[0].(*ssa.Const).Value)
		for i, v := range ins.Call.Args[1:] {
			if i%2 == 0 {
				names = append(names, constant.StringVal(v.(*ssa.Const).Value))
			} else {
				values = append(values, v)
			}
		}
	case universe.Exit:
		l.exit(ins)
		return
	case universe.Result:
		l.result(ins.Call.Args)
		return
	}
	args, parts := l.arguments(values)
	if len(l.diags) == 0 {
		l.record(l.schema(kind, message, names, parts), args)
	}
}

// arguments lowers the arguments of a record, each with the layout that it has in there.
func (l *lowerer) arguments(values []ssa.Value) ([]operand, []*layout.Type) {
	args, parts := make([]operand, len(values)), make([]*layout.Type, len(values))
	for i, v := range values {
		args[i], parts[i] = l.argument(v)
	}
	return args, parts
}

// argument lowers one argument of a record.
func (l *lowerer) argument(v ssa.Value) (operand, *layout.Type) {
	x := l.value(v)
	t := l.pkg.layouts.of(v.Type())
	switch {
	case t.As == layout.Bytes:
		t = stringLayout(v.Type(), max(x.size, 1))
	case t.Kind == layout.String:
		t = stringLayout(v.Type(), max(x.room(), 1))
	case t.As == layout.Time:
		if format := l.pkg.timeFormat(v); format != "" {
			formatted := *t
			formatted.Format = format
			t = &formatted
		}
	}
	return x, t
}

// timeFormat is the format that the call of strftime asks for which a value comes from, or "".
func (p *Package) timeFormat(v ssa.Value) string {
	call, ok := v.(*ssa.Call)
	if !ok {
		return ""
	}
	callee := call.Call.StaticCallee()
	if callee == nil || p.intrinsic(callee.Object()) != universe.Strftime {
		return ""
	}
	return constant.StringVal(call.Call.Args[0].(*ssa.Const).Value)
}

// formatted is the layout of a map's values; times keep the format of strftime that all of them are stored with.
func (p *Package) formatted(t *layout.Type, m types.Object) *layout.Type {
	if t.As != layout.Time {
		return t
	}
	var formats []string
	for _, fn := range p.functions() {
		for _, b := range fn.Blocks {
			for _, ins := range b.Instrs {
				if u, ok := ins.(*ssa.MapUpdate); ok && text.Global(u.Map) != nil && text.Global(u.Map).Object() == m {
					formats = append(formats, p.timeFormat(u.Value))
				}
			}
		}
	}
	formats = slices.Compact(formats)
	if len(formats) != 1 || formats[0] == "" {
		return t
	}
	out := *t
	out.Format = formats[0]
	return &out
}

// exit lowers exit: a record that asks for the end, and the end of this run.
func (l *lowerer) exit(ins *ssa.Call) {
	status := operand{v: l.constant(ir.I64, 0)}
	if args := ins.Call.Args; len(args) == 1 {
		status = l.value(args[0])
	}
	l.recordWith(l.schema(abi.Exit, "", []string{"status"}, []*layout.Type{layoutInt}), []operand{status}, ringWake)
	l.endIf(ir.Eq, l.constant(ir.I32, 0), l.constant(ir.I32, 0)) // what is lowered behind it is never reached
}

// Flags of ringbuf_submit.
const (
	// ringAdaptive wakes a reader that has read all records before it. A reader that falls behind is not woken, and one that keeps the
	// last record back while records flow is woken only after a pause.
	ringAdaptive = 0
	ringWake     = 2 // BPF_RB_FORCE_WAKEUP
)

// record writes one record to the ring, or counts it as lost when the ring is full.
func (l *lowerer) record(schema *abi.Schema, args []operand) {
	l.recordWith(schema, args, ringAdaptive)
}

func (l *lowerer) recordWith(schema *abi.Schema, args []operand, flags int64) {
	// What the record holds is ready before it is reserved, but for strings: until it is submitted, the records behind it wait.
	roomBehind(schema, args)
	cpu := l.emit(ir.OpTrunc, ir.I32, l.call(ir.HelperGetSmpProcessorID, ir.I64))
	now := l.call(ir.HelperKtimeGetNS, ir.I64)
	rec := l.call(ir.HelperRingbufReserve, ir.Ptr, l.mapArg(l.ring), l.constant(ir.I64, int64(schema.Size)), l.constant(ir.I64, 0))
	full, filled, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	from := l.cur
	l.branch(ir.Eq, rec, l.constant(ir.Ptr, 0), full, filled)
	from.Term.Likely = 2
	l.cur = full
	l.count(abi.StatLost)
	l.cur.Jump(join)
	l.cur = filled
	before := maps.Clone(l.reads)
	p := &place{base: rec, space: inMap, align: 8}
	l.storeScalar(p, 4, l.constant(ir.I32, int64(schema.ID)))
	l.storeScalar(p.plus(4), 4, cpu)
	l.storeScalar(p.plus(8), 8, now)
	l.fields(p, abi.EventHeader, schema.Fields, schema.Size, args)
	l.call(ir.HelperRingbufSubmit, ir.Void, rec, l.constant(ir.I64, flags))
	l.cur.Jump(join)
	l.cur = join
	l.reads = before // what was read for the record was not where there is none
}

// fields stores values to a record from the offset start on; what is between and behind them becomes zero.
func (l *lowerer) fields(p *place, start int, fields []layout.Field, size int, args []operand) {
	end := start
	for i, f := range fields {
		if f.Offset > end {
			l.clear(p.plus(int64(end)), f.Offset-end)
		}
		l.put(p.plus(int64(f.Offset)), f.Type, args[i])
		end = f.Offset + f.Type.Size
	}
	if end < size {
		l.clear(p.plus(int64(end)), size-end)
	}
}
