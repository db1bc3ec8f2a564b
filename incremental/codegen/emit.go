package codegen

import (
	"math"
	"slices"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// emitter encodes the blocks in order.
type emitter struct {
	m      *function
	code   *Code
	raw    int   // offset of the next raw instruction
	starts []int // by block index: its first raw instruction
	jumps  []jump
	marks  []Mark
	names  []asm.Metadata // by index into function.refs: of the instructions that refer to it
}

// jump is an instruction whose distance is filled in when all blocks have their place.
type jump struct {
	insn int // index into code.Insns
	raw  int
	to   *block
}

// emit encodes the function.
func (m *function) emit() (*Code, error) {
	e := emitter{m: m, code: &Code{Stack: m.stack, Params: m.params}, starts: m.mem.wide.Take(len(m.blocks))}
	n := 0
	for _, b := range m.blocks {
		n += len(b.insns) + 2
	}
	e.code.Insns, e.names = make(asm.Instructions, 0, n), m.mem.names.Take(len(m.refs))
	e.jumps, e.marks = m.mem.jumps[:0], m.mem.marks[:0]
	for i, b := range m.blocks {
		e.starts[i] = e.raw
		for k := range b.insns {
			e.insn(&b.insns[k])
		}
		var next *block
		if i+1 < len(m.blocks) {
			next = m.blocks[i+1]
		}
		e.term(b, next)
	}
	for _, j := range e.jumps {
		distance := e.starts[j.to.index] - j.raw - 1
		ins := &e.code.Insns[j.insn]
		switch {
		case distance >= math.MinInt16 && distance <= math.MaxInt16:
			ins.Offset = int16(distance)
		case m.target.ISA >= 4 && ins.OpCode.JumpOp() == asm.Ja:
			ins.OpCode = asm.OpCode(asm.Jump32Class).SetJumpOp(asm.Ja)
			ins.Constant = int64(distance)
		default:
			return nil, &RangeError{Insns: e.raw}
		}
	}
	e.code.Insns[0] = e.code.Insns[0].WithSymbol(m.name)
	e.code.Marks = slices.Clone(e.marks)
	m.mem.jumps, m.mem.marks = e.jumps, e.marks
	return e.code, nil
}

func (e *emitter) put(ins asm.Instruction, span int32) {
	at := source.Span{}
	if span != 0 {
		at = *e.m.spans[span]
	}
	n := len(e.marks)
	switch {
	case !at.IsValid() && n > 0: // belongs to what is around it
	case n == 0 || e.marks[n-1].Span != at:
		e.marks = append(e.marks, Mark{Offset: e.raw, Span: at})
	}
	e.code.Insns = append(e.code.Insns, ins)
	e.raw += int(ins.Width())
}

// refer emits an instruction that refers to a map or a function. All that refer to one share what says so, which is never changed.
func (e *emitter) refer(ins asm.Instruction, i *insn) {
	meta := &e.names[i.ref-1]
	if *meta == (asm.Metadata{}) {
		*meta = ins.WithReference(e.m.refs[i.ref-1]).Metadata
	}
	ins.Metadata = *meta
	e.put(ins, i.span)
}

// term emits what the block's end needs when next is what follows in memory.
func (e *emitter) term(b, next *block) {
	t := &b.term
	switch t.kind {
	case termExit:
		e.put(asm.Return(), t.span)
	case termJump:
		e.jump(t.to[0], next, t.span)
	case termBranch:
		then, els, cond := t.to[0], t.to[1], t.cond
		if then == next {
			if n, ok := cond.Negate(); ok && e.encodable(n, t) {
				then, els, cond = els, then, n
			}
		} else if !e.encodable(cond, t) {
			if n, ok := cond.Negate(); ok {
				then, els, cond = els, then, n
			}
		}
		e.jumps = append(e.jumps, jump{insn: len(e.code.Insns), raw: e.raw, to: then})
		e.put(branch(cond, t), t.span)
		e.jump(els, next, t.span)
	}
}

// encodable reports that the instruction set has the comparison. v1 has no "less than".
func (e *emitter) encodable(c ir.Cond, t *term) bool {
	return e.m.target.ISA >= 2 || c != ir.Slt && c != ir.Sle && c != ir.Ult && c != ir.Ule
}

// jump goes to a block unless it follows anyway. A jump to a return is a return.
func (e *emitter) jump(to, next *block, span int32) {
	if to == next {
		return
	}
	if len(to.insns) == 0 && to.term.kind == termExit {
		e.put(asm.Return(), span)
		return
	}
	e.jumps = append(e.jumps, jump{insn: len(e.code.Insns), raw: e.raw, to: to})
	e.put(asm.Instruction{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Ja)}, span)
}

var jumpOps = [...]asm.JumpOp{
	ir.Eq: asm.JEq, ir.Ne: asm.JNE, ir.Slt: asm.JSLT, ir.Sle: asm.JSLE, ir.Sgt: asm.JSGT, ir.Sge: asm.JSGE,
	ir.Ult: asm.JLT, ir.Ule: asm.JLE, ir.Ugt: asm.JGT, ir.Uge: asm.JGE, ir.Set: asm.JSet,
}

func branch(c ir.Cond, t *term) asm.Instruction {
	class := asm.Jump32Class
	if t.wide {
		class = asm.JumpClass
	}
	op := asm.OpCode(class).SetJumpOp(jumpOps[c])
	if t.b == noReg {
		return asm.Instruction{OpCode: op.SetSource(asm.ImmSource), Dst: asm.Register(t.a), Constant: t.imm}
	}
	return asm.Instruction{OpCode: op.SetSource(asm.RegSource), Dst: asm.Register(t.a), Src: asm.Register(t.b)}
}

// insn encodes one instruction.
func (e *emitter) insn(i *insn) {
	dst, src := asm.Register(i.dst), asm.Register(i.src)
	switch i.op {
	case mopMov:
		e.put(asm.Mov.Reg(dst, src), i.span)
	case mopImm:
		e.put(e.constant(dst, i.imm), i.span)
	case mopALU:
		e.put(alu(i, dst, src), i.span)
	case mopExt:
		class := asm.ALUClass
		if i.wide {
			class = asm.ALU64Class
		}
		op := asm.OpCode(class).SetALUOp(i.alu).SetSource(asm.RegSource)
		e.put(asm.Instruction{OpCode: op, Dst: dst, Src: src}, i.span)
	case mopSwap:
		e.swap(i, dst)
	case mopLea:
		e.put(asm.Mov.Reg(dst, asm.R10), i.span)
		e.put(asm.Add.Imm(dst, int32(i.imm)), i.span)
	case mopMap:
		e.refer(asm.LoadMapPtr(dst, 0), i)
	case mopValue:
		e.refer(asm.LoadMapValue(dst, 0, uint32(i.imm)), i)
	case mopFunc:
		e.refer(asm.Instruction{OpCode: asm.LoadImmOp(asm.DWord), Dst: dst, Src: asm.PseudoFunc, Constant: -1}, i)
	case mopLoad:
		op := asm.LoadMemOp(sizeOf(i.size))
		if i.signed {
			op = asm.LoadMemSXOp(sizeOf(i.size))
		}
		e.put(asm.Instruction{OpCode: op, Dst: dst, Src: src, Offset: i.off}, i.span)
	case mopStore:
		if i.src == noReg {
			e.put(asm.Instruction{OpCode: asm.StoreImmOp(sizeOf(i.size)), Dst: dst, Offset: i.off, Constant: i.imm}, i.span)
		} else {
			e.put(asm.StoreMem(dst, i.off, src, sizeOf(i.size)), i.span)
		}
	case mopAtomic:
		e.put(asm.AddAtomic.Mem(dst, src, sizeOf(i.size), i.off), i.span)
	case mopCall:
		if i.ref != 0 {
			e.refer(asm.Instruction{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Call), Src: asm.PseudoCall, Constant: -1}, i)
		} else {
			e.put(asm.BuiltinFunc(i.imm).Call(), i.span)
		}
	}
}

// constant is the shortest instruction that puts v into dst.
func (e *emitter) constant(dst asm.Register, v int64) asm.Instruction {
	switch {
	case fits32(v):
		return asm.Mov.Imm(dst, int32(v))
	case v>>32 == 0 && e.m.target.ISA >= 3:
		return asm.Mov.Imm32(dst, int32(uint32(v)))
	}
	return asm.LoadImm(dst, v, asm.DWord)
}

func alu(i *insn, dst, src asm.Register) asm.Instruction {
	class := asm.ALUClass
	if i.wide {
		class = asm.ALU64Class
	}
	op := asm.OpCode(class).SetALUOp(i.alu)
	if i.src == noReg {
		return asm.Instruction{OpCode: op.SetSource(asm.ImmSource), Dst: dst, Constant: i.imm}
	}
	return asm.Instruction{OpCode: op.SetSource(asm.RegSource), Dst: dst, Src: src}
}

// swap reverses bytes. Before v4 that is a conversion to big-endian, as the host is little-endian.
func (e *emitter) swap(i *insn, dst asm.Register) {
	if e.m.target.ISA >= 4 {
		e.put(asm.BSwap(dst, sizeOf(i.size)), i.span)
		return
	}
	e.put(asm.HostTo(asm.BE, dst, sizeOf(i.size)), i.span)
}

func sizeOf(bytes uint8) asm.Size {
	switch bytes {
	case 1:
		return asm.Byte
	case 2:
		return asm.Half
	case 4:
		return asm.Word
	}
	return asm.DWord
}
