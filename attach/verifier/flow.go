package verifier

const smaller = "take the probe apart into several probes at the same hook, make loops go round less often, or put what is repeated into a loop over a constant"

// The kinds of which care may find a way; see GaveUp.
const (
	tooLong         = "too long"
	tooManyBranches = "too many branches"
	notCompiled     = "not compiled"
	leftBehind      = "address left behind"
)

// NotCompiled is what stands at the end of the log of a program that the verifier takes and the kernel's compiler does not. The kernel
// itself only has an error number for it, ENOTSUPP.
const NotCompiled = "the verifier takes the program, the kernel's compiler gives up"

// flowKinds are about the ways through a program and its size.
var flowKinds = []Kind{
	{
		Name: "endless loop", Pattern: `infinite loop detected at insn (?P<insn>\d+)`,
		Words:  "a loop goes round without any change, and so may never end",
		Remedy: "count in the loop's header up to a constant: for i := range 100 { … }, with break where it is done",
	},
	{
		Name: "loop", Pattern: `back-edge from insn (?P<insn>\d+) to \d+`,
		Words:  "there is a loop, which this kernel does not take",
		Remedy: "put //go:unroll above a loop over a constant, which makes copies of its body", Only: "before 5.3",
	},
	{
		Name: "unreachable", Pattern: `unreachable insn (?P<insn>\d+)`,
		Words:  "there is code that no way leads to",
		Remedy: faulty,
	},
	{
		Name: "jump outside", Pattern: `jump (out of range|outside)( from insn (?P<insn>\d+) to \d+)?`,
		Words:  "a jump leads out of the program",
		Remedy: faulty,
	},
	{
		Name: "no end", Pattern: `last insn is not an exit or jmp`,
		Words:  "the program runs past its end",
		Remedy: faulty,
	},
	{
		Name: "half an instruction", Pattern: `jump into the middle of ldimm64 insn (?P<insn>\d+)`,
		Words:  "a jump leads into the middle of an instruction",
		Remedy: faulty,
	},
	{
		Name: tooLong, Pattern: `BPF program is too large. Processed (?P<n>\d+) insn`,
		Words:  "the verifier gives up: it has followed ${n} instructions on the ways through this program",
		Remedy: smaller,
	},
	{
		Name: tooManyBranches, Pattern: `The sequence of \d+ jumps is too complex|bad address`,
		Words:  "the verifier gives up: most likely more than 8,192 branches lead on to ways that it has still to follow",
		Remedy: smaller,
	},
	{
		Name: notCompiled, Pattern: NotCompiled,
		Words:  "the kernel can't translate the program for this processor",
		Remedy: smaller, Only: "a few programs, on x86",
	},
	{
		Name: "callback result", Pattern: `At callback return the register R0 has .* should have been in \[(?P<range>[^\]]*)\]`,
		Words:  "the body of a loop says neither that it goes on nor that it is done",
		Remedy: faulty,
	},
	{
		Name: leftBehind, Pattern: `cannot spill pointers to stack into stack frame of the caller`,
		Words:  "the body of a loop keeps the address of a variable for what comes behind the loop",
		Remedy: "keep the index instead, and use it behind the loop",
	},
	{
		Name: "loop without types", Pattern: `missing btf func_info`,
		Words:  "the kernel is not told the types of a loop's body, which it wants to know",
		Remedy: faulty,
	},
	{
		Name: "exit value", Pattern: `At (program exit|program return) the register R0 has .* should have been in \[(?P<range>[^\]]*)\]`,
		Words:  "programs at this hook may only end with a value in ${range}",
		Remedy: faulty, Only: "fentry, fexit, cgroup hooks",
	},
	{
		Name: "stacks too large", Pattern: `combined stack size of (?P<n>\d+) calls is (?P<size>\d+). Too large`,
		Words:  "${n} functions that call each other have ${size} bytes of variables together; there are 512",
		Remedy: "make arrays, structs and strings in these functions smaller, or keep them in variables outside of the probe",
	},
	{
		Name: "tail call stack", Pattern: `tail_calls are not allowed when call stack of previous frames is (?P<size>\d+) bytes. Too large`,
		Words:  "functions that lead to another program have ${size} bytes of variables, and there are 256",
		Remedy: faulty, Only: "programs that call programs",
	},
	{
		Name: "too many frames", Pattern: `the call stack of (?P<n>\d+) frames is too deep`,
		Words:  "functions call functions ${n} deep, and the kernel takes 8",
		Remedy: "write some of these functions where they are called",
	},
	{
		Name: "too many functions", Pattern: `too many subprograms`,
		Words:  "the probe has more than 256 functions and bodies of loops",
		Remedy: "take the probe apart into several probes at the same hook",
	},
}
