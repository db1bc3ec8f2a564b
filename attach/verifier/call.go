package verifier

// callKinds are about calls of the kernel's functions and what they are given.
var callKinds = []Kind{
	{
		Name: "record kept", Pattern: `Unreleased reference id=\d+ alloc_insn=(?P<insn>\d+)`,
		Words:  "a record is begun here, and there is a way on which it is neither sent nor given up",
		Remedy: faulty,
	},
	{
		Name: "reference leak", Pattern: `(?P<what>BPF_EXIT instruction in main prog|tail_call|BPF_LD_\S+) would lead to reference leak`,
		Words:  "the program ends while it holds something of the kernel's",
		Remedy: faulty, Only: "kernels that don't name the record",
	},
	{
		Name: "record maybe null", Pattern: `R\d+ type=(?P<type>\w+)_or_null expected=`,
		Words:  "a function of the kernel is given memory that may not be there",
		Remedy: faulty,
	},
	{
		Name: "record moved", Pattern: `R\d+ must have zero offset when passed to release func`,
		Words:  "a record is sent from its middle",
		Remedy: faulty,
	},
	{
		Name: "argument", Pattern: `R(?P<n>\d+) type=(?P<type>\w+) expected=`,
		Words:  "argument ${n} of a function of the kernel is ${type}, which it does not take",
		Remedy: faulty,
	},
	{
		Name: "function unsupported", Pattern: `func (?P<func>\w+)#\d+ not supported for program type \d+`,
		Words:  "${func} does not work at this kind of hook",
		Remedy: "use another kind of hook, such as a kprobe or fentry, or do without it",
	},
	{
		Name: "helper of others", Pattern: `(program of this type cannot use helper|unknown func) (?P<func>\w+)#\d+`,
		Words:  "programs at this kind of hook can't use ${func}",
		Remedy: "use another kind of hook, or do without it; older kernels have fewer functions at each kind",
	},
	{
		Name: "unknown helper", Pattern: `invalid func (?P<func>\S+)#(?P<n>\d+)`,
		Words:  "this kernel has no function number ${n} for programs",
		Remedy: "it is newer than this kernel: do without what this statement uses",
	},
	{
		Name: "not a program array", Pattern: `expected prog array map for tail call`,
		Words:  "a map is called as if it held programs",
		Remedy: faulty,
	},
	{
		Name: "map of others", Pattern: `cannot pass map_type (?P<type>\d+) into func (?P<func>\w+)#\d+`,
		Words:  "${func} does not work on a map of this kind (${type})",
		Remedy: faulty,
	},
	{
		Name: "size negative", Pattern: `R\d+ min value is negative, either use unsigned or 'var &= const'`,
		Words:  "a length may be negative",
		Remedy: "give the length an unsigned type, such as uint32, or " + closer,
	},
	{
		Name: "size unbounded", Pattern: `R\d+ unbounded memory access, use 'var &= const' or 'if \(var < const\)'`,
		Words:  "nothing bounds a length",
		Remedy: closer,
	},
	{
		Name: "size zero", Pattern: `R\d+ invalid zero-sized read`,
		Words:  "a length may be 0, which this function does not take",
		Remedy: "ask for a length above 0 right before, or use a constant",
	},
	{
		Name: "size not constant", Pattern: `R\d+ is not a known constant`,
		Words:  "a size is not known before the program runs",
		Remedy: "use a constant",
	},
	{
		Name: "sleeps", Pattern: `helper call might sleep in a non-sleepable prog|sleepable helper \S+ in non-sleepable prog`,
		Words:  "a function is called that may have to wait, and programs at this hook can't wait",
		Remedy: "read user memory with str() or *p, which take what is in memory",
	},
	{
		Name: "bad kernel function", Pattern: `kernel btf_id (?P<n>\d+) is not a function|calling kernel function (?P<func>\w+) is not allowed|kernel function .* is not allowed`,
		Words:  "a function of the kernel is called that programs at this hook may not call",
		Remedy: faulty,
	},
	{
		Name: "too many maps", Pattern: `The total number of maps per program has reached the limit of (?P<n>\d+)`,
		Words:  "the probe uses more than ${n} maps and variables",
		Remedy: "take the probe apart into several probes at the same hook, or put variables together into a struct",
	},
	{
		Name: "no such map", Pattern: `fd -?\d+ is not pointing to valid bpf_map|invalid map_ptr`,
		Words:  "the program refers to a map that is not there any more",
		Remedy: faulty,
	},
}
