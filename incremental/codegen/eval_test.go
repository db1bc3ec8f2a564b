package codegen_test

import (
	"encoding/binary"
	"fmt"

	"go3s/incremental/ir"
)

// evaluator runs what the generator writes.
type evaluator struct {
	funcs map[string]*ir.Func
}

// frame is one call: values by ID, memory as one array in which pointers are offsets.
type evalFrame struct {
	vals  []int64
	mem   []byte
	slots map[*ir.Slot]int64
}

// run gives the result of a function. A program's context is at the start of memory.
func (e *evaluator) run(f *ir.Func, ctx []byte, args []int64) int64 {
	fr := evalFrame{vals: make([]int64, f.NumValues()), mem: append([]byte{}, ctx...), slots: map[*ir.Slot]int64{}}
	for _, s := range f.Slots {
		fr.slots[s] = int64(len(fr.mem))
		fr.mem = append(fr.mem, make([]byte, s.Size)...)
	}
	b, from := f.Entry(), (*ir.Block)(nil)
	for {
		phis := b.Phis()
		in := make([]int64, len(phis))
		for i, p := range phis {
			in[i] = fr.vals[p.Args[b.PredIndex(from)].ID]
		}
		for i, p := range phis {
			fr.vals[p.ID] = in[i]
		}
		for _, v := range b.Values[len(phis):] {
			e.value(&fr, v, args)
		}
		t := &b.Term
		from = b
		switch t.Kind {
		case ir.TermReturn:
			return fr.vals[t.Args[0].ID]
		case ir.TermJump:
			b = t.Succs[0]
		case ir.TermBranch:
			if ir.EvalCond(t.Cond, t.Args[0].Type, fr.vals[t.Args[0].ID], fr.vals[t.Args[1].ID]) {
				b = t.Succs[0]
			} else {
				b = t.Succs[1]
			}
		}
	}
}

func (e *evaluator) value(fr *evalFrame, v *ir.Value, args []int64) {
	arg := func(i int) int64 { return fr.vals[v.Args[i].ID] }
	set := func(x int64) { fr.vals[v.ID] = x }
	place := func() []byte { return fr.mem[arg(0)+v.Imm:] }
	switch v.Op {
	case ir.OpConst:
		set(v.Imm)
	case ir.OpParam:
		if len(args) > 0 {
			set(args[v.Imm])
		}
	case ir.OpCmp:
		if ir.EvalCond(v.Cond, v.Args[0].Type, arg(0), arg(1)) {
			set(1)
		} else {
			set(0)
		}
	case ir.OpSlot:
		set(fr.slots[v.Slot])
	case ir.OpOffset:
		set(arg(0) + v.Imm)
	case ir.OpLoad8:
		set(int64(place()[0]))
	case ir.OpLoads8:
		set(int64(int8(place()[0])))
	case ir.OpLoad16:
		set(int64(binary.LittleEndian.Uint16(place())))
	case ir.OpLoads16:
		set(int64(int16(binary.LittleEndian.Uint16(place()))))
	case ir.OpLoad32:
		set(int64(int32(binary.LittleEndian.Uint32(place()))))
	case ir.OpLoad64:
		set(int64(binary.LittleEndian.Uint64(place())))
	case ir.OpStore8:
		place()[0] = byte(arg(1))
	case ir.OpStore16:
		binary.LittleEndian.PutUint16(place(), uint16(arg(1)))
	case ir.OpStore32:
		binary.LittleEndian.PutUint32(place(), uint32(arg(1)))
	case ir.OpStore64:
		binary.LittleEndian.PutUint64(place(), uint64(arg(1)))
	case ir.OpAtomic32:
		binary.LittleEndian.PutUint32(place(), binary.LittleEndian.Uint32(place())+uint32(arg(1)))
	case ir.OpAtomic64:
		binary.LittleEndian.PutUint64(place(), binary.LittleEndian.Uint64(place())+uint64(arg(1)))
	case ir.OpMove:
		copy(fr.mem[arg(0):arg(0)+v.Imm], fr.mem[arg(1):])
	case ir.OpZero:
		clear(fr.mem[arg(0) : arg(0)+v.Imm])
	case ir.OpCall: // its result is not used
	case ir.OpCallFunc:
		var in []int64
		for i := range v.Args {
			in = append(in, arg(i))
		}
		set(e.run(e.funcs[v.Func], nil, in))
	default:
		y := int64(0)
		if len(v.Args) > 1 {
			y = arg(1)
		}
		r, ok := ir.Eval(v.Op, v.Type, arg(0), y)
		if !ok {
			panic(fmt.Sprintf("%s is not evaluated", v.Op))
		}
		set(r)
	}
}
