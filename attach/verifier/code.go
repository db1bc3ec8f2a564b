package verifier

// codeKinds are about how instructions are written.
var codeKinds = []Kind{
	{
		Name: "unknown instruction", Pattern: `unknown opcode (?P<op>[0-9a-f]+)`,
		Words:  "the program has an instruction (${op}) that this kernel does not know",
		Remedy: faulty,
	},
	{
		Name: "unknown atomic", Pattern: `BPF_ATOMIC uses invalid atomic opcode (?P<op>[0-9a-f]+)`,
		Words:  "the program has an atomic operation (${op}) that this kernel does not know",
		Remedy: faulty,
	},
	{
		Name: "reserved fields", Pattern: `BPF_\S+ uses reserved fields`,
		Words:  "an instruction is not written as this kernel reads it",
		Remedy: faulty,
	},
	{
		Name: "no such register", Pattern: `R(?P<n>\d+) is invalid`,
		Words:  "an instruction names register ${n}, and there are 11",
		Remedy: faulty,
	},
	{
		Name: "bad constant", Pattern: `invalid bpf_ld_imm64 insn|unrecognized bpf_ld_imm64 insn|not recognized|BPF_LD_IMM64 uses reserved`,
		Words:  "a constant of 64 bits is not written as this kernel reads it",
		Remedy: faulty, Only: "code that no assembler writes",
	},
}

// privilegeKinds are what only processes without privileges, or programs with another license, are told.
var privilegeKinds = []Kind{
	{
		Name: "address leak", Pattern: `R\d+ leaks addr (?P<where>.+)`,
		Words:  "an address of the kernel becomes visible, which needs CAP_PERFMON",
		Remedy: "run go3sh with sudo, or give it CAP_PERFMON", Only: "without CAP_PERFMON",
	},
	{
		Name: "pointer compared", Pattern: `R\d+ pointer comparison prohibited`,
		Words:  "addresses are compared, which needs CAP_PERFMON",
		Remedy: "run go3sh with sudo, or give it CAP_PERFMON", Only: "without CAP_PERFMON",
	},
	{
		Name: "pointer spilled over", Pattern: `attempt to corrupt spilled pointer on stack|corrupted spill memory`,
		Words:  "a stored pointer is overwritten in part, which needs CAP_PERFMON",
		Remedy: "run go3sh with sudo, or give it CAP_PERFMON", Only: "without CAP_PERFMON",
	},
	{
		Name: "license", Pattern: `cannot call GPL-restricted function from non-GPL compatible program`,
		Words:  "a function is called that is for programs under the GPL",
		Remedy: faulty, Only: "programs under other licenses",
	},
}
