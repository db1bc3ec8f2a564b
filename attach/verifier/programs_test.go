package verifier_test

import (
	"fmt"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"go3s/attach"
)

// The maps that the programs use, by name.
var maps = map[string]attach.MapSpec{
	"hash":  {Name: "hash", Kind: attach.Hash, Key: 4, Value: 8, Entries: 4},
	"large": {Name: "large", Kind: attach.Hash, Key: 4, Value: 64, Entries: 4},
	"ring":  {Name: "ring", Kind: attach.Ring, Entries: 4096},
	"stack": {Name: "stacks", Kind: attach.Stacks, Key: 4, Value: 8 * 8, Entries: 4},
}

// The registers, short.
const (
	r0, r1, r2, r3, r4, r5 = asm.R0, asm.R1, asm.R2, asm.R3, asm.R4, asm.R5
	r6, r7, r10            = asm.R6, asm.R7, asm.RFP
)

// raw is an instruction as the kernel reads it, for those that an assembler would not write.
func raw(op asm.OpCode, dst, src asm.Register, off int16, imm int64) asm.Instruction {
	return asm.Instruction{OpCode: op, Dst: dst, Src: src, Offset: off, Constant: imm}
}

// program ends its instructions as every program ends.
func program(insns ...asm.Instruction) asm.Instructions {
	return append(asm.Instructions(insns), asm.Mov.Imm(r0, 0), asm.Return())
}

// mapPtr is the instruction that loads a map's address.
func mapPtr(r asm.Register, name string) asm.Instruction {
	return asm.LoadMapPtr(r, 0).WithReference(name)
}

// lookup leaves the address of a value of a map in R0, or null.
func lookup(name string) asm.Instructions {
	return asm.Instructions{
		asm.StoreImm(r10, -4, 1, asm.Word),
		mapPtr(r1, name),
		asm.Mov.Reg(r2, r10),
		asm.Add.Imm(r2, -4),
		asm.FnMapLookupElem.Call(),
	}
}

// value is what to do with the address of a value of a map in R0 and a number in R6 that nothing is known of.
func value(name string, insns ...asm.Instruction) asm.Instructions {
	out := asm.Instructions{asm.FnKtimeGetNs.Call(), asm.Mov.Reg(r6, r0)}
	out = append(out, lookup(name)...)
	out = append(out, asm.JEq.Imm(r0, 0, "out"))
	out = append(out, insns...)
	return append(out, asm.Mov.Imm(r0, 0).WithSymbol("out"), asm.Return())
}

// unknown is what to do with the context in R7 and a number in R6 that nothing is known of.
func unknown(insns ...asm.Instruction) asm.Instructions {
	return program(append([]asm.Instruction{asm.Mov.Reg(r7, r1), asm.FnKtimeGetNs.Call(), asm.Mov.Reg(r6, r0)}, insns...)...)
}

// record is what to do with a record of 16 bytes in R0.
func record(insns ...asm.Instruction) asm.Instructions {
	out := asm.Instructions{mapPtr(r1, "ring"), asm.Mov.Imm(r2, 16), asm.Mov.Imm(r3, 0), asm.FnRingbufReserve.Call(), asm.JEq.Imm(r0, 0, "out")}
	out = append(out, insns...)
	return append(out, asm.Mov.Imm(r0, 0).WithSymbol("out"), asm.Return())
}

// chain are n functions, each with so many bytes on the stack, of which each calls the next.
func chain(n int, stack int16) asm.Instructions {
	var out asm.Instructions
	for i := range n {
		start := len(out)
		out = append(out, asm.StoreImm(r10, -stack, 1, asm.Byte))
		if i+1 < n {
			out = append(out, asm.Call.Label(fmt.Sprintf("f%d", i+1)))
		}
		out = append(out, asm.Mov.Imm(r0, 0), asm.Return())
		out[start] = out[start].WithSymbol(fmt.Sprintf("f%d", i))
	}
	return out
}

// task is what to do with the address of a task_struct in R2 and a number in R6, in a program at sched_switch.
func task(insns ...asm.Instruction) attach.ProgramSpec {
	start := []asm.Instruction{asm.Mov.Reg(r7, r1), asm.FnKtimeGetNs.Call(), asm.Mov.Reg(r6, r0), asm.LoadMem(r2, r7, 8, asm.DWord)}
	return tracing(append(start, insns...)...)
}

func tracing(insns ...asm.Instruction) attach.ProgramSpec {
	return attach.ProgramSpec{Type: attach.TracingTP, Target: "sched_switch", Insns: program(insns...)}
}

func tracepoint(insns asm.Instructions) attach.ProgramSpec { return attach.ProgramSpec{Insns: insns} }

// repeat is n times what part makes of 0 to n-1.
func repeat(n int, part func(i int) []asm.Instruction) []asm.Instruction {
	var out []asm.Instruction
	for i := range n {
		out = append(out, part(i)...)
	}
	return out
}

// provoking has for each row of the catalogue that this kernel can say a program that it says it of.
func provoking() map[string]attach.ProgramSpec {
	all := make(map[string]attach.ProgramSpec)
	for _, part := range []map[string]asm.Instructions{memoryPrograms(), arithmeticPrograms(), flowPrograms(), callPrograms(), codePrograms()} {
		for name, insns := range part {
			all[name] = tracepoint(insns)
		}
	}
	for name, spec := range typedPrograms() {
		all[name] = spec
	}
	return all
}

func memoryPrograms() map[string]asm.Instructions {
	return map[string]asm.Instructions{
		"value never set":   program(asm.Mov.Reg(r0, r5)),
		"number as address": program(asm.Mov.Imm(r2, 1), asm.LoadMem(r0, r2, 0, asm.DWord)),
		"maybe null":        append(lookup("hash"), program(asm.LoadMem(r0, r0, 0, asm.DWord))...),
		"no memory": {
			typed(asm.Mov.Imm(r0, 0).WithSymbol("main")), raw(asm.LoadImmOp(asm.DWord), r2, asm.PseudoFunc, 0, -1).WithReference("body"), asm.LoadMem(r0, r2, 0, asm.DWord), asm.Return(),
			typed(asm.Mov.Imm(r0, 0).WithSymbol("body")), asm.Return(),
		},
		"map written":          program(asm.Mov.Imm(r2, 1), mapPtr(r3, "hash"), asm.StoreMem(r3, 0, r2, asm.DWord)),
		"stack write":          program(asm.Mov.Imm(r2, 1), asm.StoreMem(r10, -520, r2, asm.DWord)),
		"stack read":           program(asm.LoadMem(r0, r10, 8, asm.DWord)),
		"stack unbounded":      unknown(asm.Mov.Reg(r1, r10), asm.LSh.Imm(r6, 32), asm.RSh.Imm(r6, 32), asm.Add.Reg(r1, r6), asm.StoreMem(r1, -512, r6, asm.Byte)),
		"stack index":          unknown(asm.Mov.Reg(r1, r10), asm.And.Imm(r6, 1023), asm.Add.Reg(r1, r6), asm.StoreMem(r1, -512, r6, asm.Byte)),
		"map value":            value("hash", asm.LoadMem(r0, r0, 8, asm.DWord)),
		"index unbounded":      value("hash", asm.LSh.Imm(r6, 32), asm.RSh.Imm(r6, 32), asm.Add.Reg(r0, r6), asm.LoadMem(r0, r0, 0, asm.Byte)),
		"index negative":       value("hash", asm.And.Imm(r6, 7), asm.Sub.Imm(r6, 8), asm.Add.Reg(r0, r6), asm.LoadMem(r0, r0, 0, asm.Byte)),
		"record memory":        record(asm.StoreMem(r0, 16, r0, asm.DWord)),
		"misaligned":           program(asm.StoreMem(r10, -5, r1, asm.DWord)),
		"pointer cut":          program(asm.StoreMem(r10, -8, r1, asm.Word)),
		"pointer read in part": program(asm.StoreMem(r10, -8, r1, asm.DWord), asm.LoadMem(r0, r10, -8, asm.Word)),
		"context field":        program(asm.LoadMem(r0, r1, 4096+8192, asm.DWord)),
		"context moved":        program(asm.Add.Imm(r1, 8), asm.LoadMem(r0, r1, 0, asm.DWord)),
		"context index":        unknown(asm.And.Imm(r6, 7), asm.Add.Reg(r7, r6), asm.LoadMem(r0, r7, 0, asm.DWord)),
		"context atomic":       program(asm.Mov.Imm(r2, 1), asm.AddAtomic.Mem(r1, r2, asm.DWord, 0)),
		"different pointers": unknown(
			asm.JEq.Imm(r6, 0, "ctx"), asm.Mov.Reg(r7, r10), asm.Add.Imm(r7, -16), asm.StoreMem(r10, -8, r6, asm.DWord),
			asm.LoadMem(r0, r7, 8, asm.DWord).WithSymbol("ctx")),
	}
}

func arithmeticPrograms() map[string]asm.Instructions {
	return map[string]asm.Instructions{
		"stack pointer set":   program(asm.Mov.Imm(r10, 1)),
		"offset unbounded":    value("hash", asm.Add.Reg(r0, r6)),
		"offset huge":         value("hash", asm.Add.Imm(r0, 1<<30)),
		"out of bounds":       value("hash", asm.Add.Imm(r0, 1<<29-1), asm.Add.Imm(r0, 1<<29-1)),
		"null arithmetic":     append(lookup("hash"), program(asm.Add.Imm(r0, 8))...),
		"address arithmetic":  unknown(mapPtr(r1, "hash"), asm.And.Imm(r6, 7), asm.Add.Reg(r1, r6)),
		"half a pointer":      program(asm.Mov.Reg(r2, r10), asm.Add.Imm32(r2, 1)),
		"pointer and pointer": program(asm.Add.Reg(r1, r10)),
		"pointer bits":        program(asm.Mov.Reg(r2, r10), asm.And.Imm(r2, -8)),
		"pointer times":       program(asm.Mov.Reg(r2, r10), asm.Mul.Imm(r2, 8)),
		"number less pointer": program(asm.Mov.Imm(r2, 8), asm.Sub.Reg(r2, r10)),
		"shift":               program(asm.Mov.Imm(r2, 8), asm.LSh.Imm(r2, 64)),
		"division by zero":    program(asm.Mov.Imm(r2, 8), asm.Div.Imm(r2, 0)),
	}
}

func flowPrograms() map[string]asm.Instructions {
	return map[string]asm.Instructions{
		"endless loop": program(asm.Mov.Imm(r0, 0), asm.JNE.Imm(r1, 0, "again").WithSymbol("again")),
		"unreachable":  append(program(), program()...),
		"jump outside": {asm.Mov.Imm(r0, 0), raw(asm.OpCode(0x05), 0, 0, 100, 0), asm.Return()},
		"no end":       {asm.Mov.Imm(r0, 0), asm.Mov.Imm(r0, 1)},
		"too long": program(asm.Mov.Imm(r6, 0), asm.Add.Imm(r6, 1).WithSymbol("again"), asm.Mov.Reg(r2, r6), asm.Mov.Reg(r3, r2),
			asm.JLT.Imm(r6, 1<<20, "again")),
		"too many branches": unknown(append(repeat(9000, func(i int) []asm.Instruction {
			return []asm.Instruction{asm.JEq.Imm(r6, int32(i), "out")}
		}), asm.Mov.Imm(r0, 0).WithSymbol("out"))...),
		"half an instruction": {asm.Mov.Imm(r0, 0), raw(asm.OpCode(0x15), r0, 0, 1, 0), asm.LoadImm(r2, 1<<40, asm.DWord), asm.Return()},
		"callback result":     loop(asm.FnKtimeGetNs.Call()),
		"address left behind": loop(asm.StoreMem(r2, 0, r2, asm.DWord), asm.Mov.Imm(r0, 0)),
		"loop without types": {
			asm.Mov.Imm(r1, 4), raw(asm.LoadImmOp(asm.DWord), r2, asm.PseudoFunc, 0, -1).WithReference("body"), asm.Mov.Imm(r3, 0), asm.Mov.Imm(r4, 0),
			asm.FnLoop.Call(), asm.Return(), asm.Mov.Imm(r0, 0).WithSymbol("body"), asm.Return(),
		},
		"too many frames":    chain(9, 8),
		"too many functions": manyFunctions(300),
	}
}

// loop is a program with a loop whose body is the instructions; it gets the address of 8 bytes of the program's stack.
func loop(body ...asm.Instruction) asm.Instructions {
	body[0] = typed(body[0].WithSymbol("body"))
	out := asm.Instructions{
		asm.Mov.Imm(r4, 0), asm.StoreMem(r10, -8, r4, asm.DWord), asm.Mov.Reg(r3, r10), asm.Add.Imm(r3, -8),
		asm.Mov.Imm(r1, 4), raw(asm.LoadImmOp(asm.DWord), r2, asm.PseudoFunc, 0, -1).WithReference("body"),
		asm.FnLoop.Call(), asm.Mov.Imm(r0, 0), asm.Return(),
	}
	out[0] = typed(out[0].WithSymbol("main"))
	return append(append(out, body...), asm.Return())
}

// typed gives a function, by its first instruction, the types that the kernel wants to know of it.
func typed(ins asm.Instruction) asm.Instruction {
	long := &btf.Int{Name: "long", Size: 8, Encoding: btf.Signed}
	params := []btf.FuncParam{{Name: "i", Type: long}, {Name: "p", Type: &btf.Pointer{Target: &btf.Void{}}}}
	return btf.WithFuncMetadata(ins, &btf.Func{Name: ins.Symbol(), Type: &btf.FuncProto{Return: long, Params: params}, Linkage: btf.StaticFunc})
}

// manyMaps is a program that names n maps.
func manyMaps(n int) asm.Instructions {
	return program(repeat(n, func(i int) []asm.Instruction { return []asm.Instruction{mapPtr(r2, fmt.Sprintf("m%d", i))} })...)
}

// manyFunctions is a program with n functions beside its own.
func manyFunctions(n int) asm.Instructions {
	var out asm.Instructions
	for i := range n {
		out = append(out, asm.Call.Label(fmt.Sprintf("f%d", i)))
	}
	out = append(out, asm.Return())
	for i := range n {
		out = append(out, asm.Mov.Imm(r0, 0).WithSymbol(fmt.Sprintf("f%d", i)), asm.Return())
	}
	return out
}

func callPrograms() map[string]asm.Instructions {
	reserve := asm.Instructions{mapPtr(r1, "ring"), asm.Mov.Imm(r2, 16), asm.Mov.Imm(r3, 0), asm.FnRingbufReserve.Call()}
	return map[string]asm.Instructions{
		"record kept":          record(),
		"record maybe null":    append(reserve, program(asm.Mov.Reg(r1, r0), asm.Mov.Imm(r2, 0), asm.FnRingbufSubmit.Call())...),
		"record moved":         record(asm.Mov.Reg(r1, r0), asm.Add.Imm(r1, 8), asm.Mov.Imm(r2, 0), asm.FnRingbufSubmit.Call()),
		"argument":             program(mapPtr(r1, "hash"), asm.Mov.Imm(r2, 0), asm.FnMapLookupElem.Call()),
		"unknown helper":       program(asm.BuiltinFunc(9999).Call()),
		"helper of others":     program(asm.Mov.Imm(r1, 1), asm.Mov.Imm(r2, 0), asm.FnRedirect.Call()),
		"not a program array":  program(mapPtr(r2, "hash"), asm.Mov.Imm(r3, 0), asm.FnTailCall.Call()),
		"map of others":        program(mapPtr(r2, "hash"), asm.Mov.Imm(r3, 0), asm.FnGetStackid.Call()),
		"function unsupported": program(asm.FnGetFuncIp.Call()),
		"too many maps":        manyMaps(65),
		"size negative":        unknown(asm.Mov.Reg(r1, r10), asm.Add.Imm(r1, -16), asm.Mov.Reg(r2, r6), asm.FnGetCurrentComm.Call()),
		"size unbounded":       unknown(asm.Mov.Reg(r1, r10), asm.Add.Imm(r1, -16), asm.Mov.Reg(r2, r6), asm.RSh.Imm(r2, 1), asm.Mov.Imm(r3, 0), asm.FnProbeReadKernel.Call()),
		"size zero":            unknown(asm.Mov.Reg(r1, r10), asm.Add.Imm(r1, -16), asm.And.Imm(r6, 15), asm.Mov.Reg(r2, r6), asm.FnGetCurrentComm.Call()),
		"size not constant":    unknown(mapPtr(r1, "ring"), asm.And.Imm(r6, 63), asm.Mov.Reg(r2, r6), asm.Mov.Imm(r3, 0), asm.FnRingbufReserve.Call()),
		"sleeps":               program(asm.Mov.Reg(r1, r10), asm.Add.Imm(r1, -16), asm.Mov.Imm(r2, 16), asm.Mov.Imm(r3, 0), asm.FnCopyFromUser.Call()),
		"bad kernel function": program(
			raw(asm.OpCode(0x85), 0, asm.PseudoKfuncCall, 0, 1)),
	}
}

func codePrograms() map[string]asm.Instructions {
	return map[string]asm.Instructions{
		"unknown instruction": program(raw(asm.OpCode(0x8f), 0, 0, 0, 0)),
		"unknown atomic":      program(asm.Mov.Imm(r2, 1), asm.StoreMem(r10, -8, r2, asm.DWord), raw(asm.OpCode(0xdb), r10, r2, -8, 0xff)),
		"reserved fields":     {asm.Mov.Imm(r0, 0), raw(asm.OpCode(0x95), 0, 0, 0, 7)},
		"no such register":    program(raw(asm.OpCode(0xbf), 11, 1, 0, 0)),
		"no such map":         program(raw(asm.LoadImmOp(asm.DWord), r1, asm.PseudoMapFD, 0, 9999)),
	}
}

func typedPrograms() map[string]attach.ProgramSpec {
	return map[string]attach.ProgramSpec{
		"stacks too large": {Type: attach.XDP, Insns: chain(2, 300)},
		"packet to helper": {Type: attach.XDP, Insns: program(asm.LoadMem(r2, r1, 4, asm.Word), asm.LoadMem(r1, r1, 0, asm.Word),
			asm.Mov.Reg(r3, r1), asm.Add.Imm(r3, 8), asm.JGT.Reg(r3, r2, "out"), asm.Mov.Imm(r2, 8), asm.FnTracePrintk.Call(), asm.Mov.Imm(r0, 0).WithSymbol("out"))},
		"beyond struct":         task(asm.LoadMem(r0, r2, 32000, asm.DWord)),
		"before struct":         task(asm.LoadMem(r0, r2, -8, asm.DWord)),
		"struct index":          task(asm.And.Imm(r6, 7), asm.Add.Reg(r2, r6), asm.LoadMem(r0, r2, 0, asm.DWord)),
		"kernel memory written": task(asm.StoreMem(r2, 0, r6, asm.DWord)),
		"no such argument":      tracing(asm.LoadMem(r0, r1, 88, asm.DWord)),
		"argument offset":       tracing(asm.LoadMem(r0, r1, 4, asm.Word)),
		"packet":                {Type: attach.XDP, Insns: program(asm.LoadMem(r2, r1, 0, asm.Word), asm.LoadMem(r0, r2, 0, asm.DWord))},
	}
}
