package codegen

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// String is the code as assembly, one instruction a line after its raw offset. Jumps name the offset they go to.
func (c *Code) String() string { return c.Listing(nil) }

// Listing is the code as assembly with a line before each change of source place: what line says of the span.
// Without line, or where it says nothing, there is only the assembly.
func (c *Code) Listing(line func(source.Span) string) string {
	var w strings.Builder
	raw, mark := 0, 0
	for i := range c.Insns {
		ins := &c.Insns[i]
		if mark < len(c.Marks) && c.Marks[mark].Offset == raw {
			if line != nil {
				if text := line(c.Marks[mark].Span); text != "" {
					fmt.Fprintf(&w, "\t; %s\n", text)
				}
			}
			mark++
		}
		fmt.Fprintf(&w, "%4d: %s\n", raw, disassemble(ins, raw))
		raw += int(ins.Width())
	}
	return w.String()
}

// disassemble writes an instruction as bpftool and llvm-objdump do, but for the targets of jumps.
func disassemble(ins *asm.Instruction, raw int) string {
	op := ins.OpCode
	switch cls := op.Class(); {
	case op.IsDWordLoad():
		return wideLoad(ins)
	case cls.IsALU():
		return aluText(ins)
	case cls.IsJump():
		return jumpText(ins, raw)
	}
	return memoryText(ins)
}

func wideLoad(ins *asm.Instruction) string {
	switch ins.Src {
	case asm.PseudoMapFD:
		return fmt.Sprintf("%s = map %s", named(ins.Dst, true), ins.Reference())
	case asm.PseudoMapValue:
		return fmt.Sprintf("%s = map %s value +%d", named(ins.Dst, true), ins.Reference(), uint64(ins.Constant)>>32)
	case asm.PseudoFunc:
		return fmt.Sprintf("%s = func %s", named(ins.Dst, true), ins.Reference())
	}
	return fmt.Sprintf("%s = %#x ll", named(ins.Dst, true), uint64(ins.Constant))
}

var aluSigns = map[asm.ALUOp]string{
	asm.Add: "+=", asm.Sub: "-=", asm.Mul: "*=", asm.Div: "/=", asm.SDiv: "s/=", asm.Mod: "%=", asm.SMod: "s%=",
	asm.And: "&=", asm.Or: "|=", asm.Xor: "^=", asm.LSh: "<<=", asm.RSh: ">>=", asm.ArSh: "s>>=", asm.Mov: "=",
}

// named is a register as the width of the operation calls it: r1, or w1 for its lower half.
func named(r asm.Register, wide bool) string {
	s := strings.ToLower(r.String())
	if r == asm.RFP {
		s = "r10"
	}
	if !wide {
		s = "w" + s[1:]
	}
	return s
}

// perCPUOffset marks the kernel's own move that makes an address of this CPU's part of one that is per CPU.
const perCPUOffset = -1

func aluText(ins *asm.Instruction) string {
	op := ins.OpCode
	wide := op.Class() == asm.ALU64Class
	dst := named(ins.Dst, wide)
	right := fmt.Sprint(ins.Constant)
	if op.Source() == asm.RegSource {
		right = named(ins.Src, wide)
	}
	switch alu := op.ALUOp(); alu {
	case asm.Neg:
		return fmt.Sprintf("%s = -%s", dst, dst)
	case asm.Swap:
		verb := "be"
		if wide {
			verb = "bswap"
		}
		return fmt.Sprintf("%s = %s%d %s", named(ins.Dst, true), verb, ins.Constant, named(ins.Dst, true))
	case asm.MovSX8, asm.MovSX16, asm.MovSX32:
		return fmt.Sprintf("%s = (s%d)%s", dst, 8<<((alu-asm.MovSX8)>>8), right)
	case asm.Mov:
		if ins.Offset == perCPUOffset {
			right = "&(void __percpu *)(" + right + ")"
		}
		return dst + " = " + right
	default:
		return fmt.Sprintf("%s %s %s", dst, aluSigns[alu], right)
	}
}

var jumpSigns = map[asm.JumpOp]string{
	asm.JEq: "==", asm.JNE: "!=", asm.JSLT: "s<", asm.JSLE: "s<=", asm.JSGT: "s>", asm.JSGE: "s>=",
	asm.JLT: "<", asm.JLE: "<=", asm.JGT: ">", asm.JGE: ">=", asm.JSet: "&",
}

func jumpText(ins *asm.Instruction, raw int) string {
	op := ins.OpCode
	switch {
	case op.JumpOp() == asm.Exit:
		return "exit"
	case ins.IsFunctionCall():
		return "call " + ins.Reference()
	case op.JumpOp() == asm.Call:
		return "call " + helperName(ins.Constant)
	case op.JumpOp() == asm.Ja && op.Class() == asm.Jump32Class:
		return fmt.Sprintf("goto %d", raw+1+int(ins.Constant))
	case op.JumpOp() == asm.Ja:
		return fmt.Sprintf("goto %d", raw+1+int(ins.Offset))
	}
	wide := op.Class() == asm.JumpClass
	right := fmt.Sprint(ins.Constant)
	if op.Source() == asm.RegSource {
		right = named(ins.Src, wide)
	}
	return fmt.Sprintf("if %s %s %s goto %d", named(ins.Dst, wide), jumpSigns[op.JumpOp()], right, raw+1+int(ins.Offset))
}

func memoryText(ins *asm.Instruction) string {
	op := ins.OpCode
	bits := 8 * op.Size().Sizeof()
	at := func(sign byte, r asm.Register) string {
		return fmt.Sprintf("*(%c%d *)(%s %+d)", sign, bits, named(r, true), ins.Offset)
	}
	switch {
	case op.Class() == asm.LdXClass && op.Mode() == asm.MemSXMode:
		return fmt.Sprintf("%s = %s", named(ins.Dst, true), at('s', ins.Src))
	case op.Class() == asm.LdXClass:
		return fmt.Sprintf("%s = %s", named(ins.Dst, true), at('u', ins.Src))
	case op.Class() == asm.StClass:
		return fmt.Sprintf("%s = %d", at('u', ins.Dst), ins.Constant)
	case op.Mode() == asm.AtomicMode:
		return fmt.Sprintf("lock %s += %s", at('u', ins.Dst), named(ins.Src, true))
	}
	return fmt.Sprintf("%s = %s", at('u', ins.Dst), named(ins.Src, true))
}

func helperName(number int64) string {
	if h := ir.LookupHelper(number); h != nil {
		return h.Name
	}
	return fmt.Sprintf("helper#%d", number)
}

// Disassemble is the assembly of instructions that come from the kernel, with their lines of source where they have some. Calls are of
// functions of the kernel, which called names by their distance from the kernel's base; "" where it does not know better.
func Disassemble(insns asm.Instructions, called func(offset int64) string) string {
	var w strings.Builder
	raw, last := 0, ""
	for i := range insns {
		ins := &insns[i]
		if s := ins.Source(); s != nil {
			if line := strings.TrimSpace(s.String()); line != "" && line != last {
				fmt.Fprintf(&w, "\t; %s\n", line)
				last = line
			}
		}
		text := disassemble(ins, raw)
		if ins.IsBuiltinCall() {
			if name := called(ins.Constant); name != "" {
				text = "call " + name
			}
		}
		fmt.Fprintf(&w, "%4d: %s\n", raw, text)
		raw += int(ins.Width())
	}
	return w.String()
}
