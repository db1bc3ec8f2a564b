package verifier

// What to change where the compiler has put a check that the verifier has lost sight of.
const (
	closer = "compare it with its limits right before it is used, in the same statement or the one before, or use a constant"
	faulty = "nothing you write should lead to this, so it is most likely a fault of go3sh: another way to write the statement may avoid it"
)

// memoryKinds are about reading and writing memory.
var memoryKinds = []Kind{
	{
		Name: "value never set", Pattern: `R\d+ !read_ok`,
		Words:  "a value is used that has not been set on every way to this place",
		Remedy: "give the variable a value where it is declared, before any if or loop",
	},
	{
		Name: "maybe null", Pattern: `R\d+ invalid mem access '(\w+)_or_null'`,
		Words:  "memory is used that may not be there: a map that lacks the key, or a record that found no room",
		Remedy: "look the entry up and use it in one statement, or ask for it with `if v, ok := m[k]; ok { … }`",
	},
	{
		Name: "number as address", Pattern: `R\d+ invalid mem access '(scalar|inv)'`,
		Words:  "a number is used as an address",
		Remedy: "read through a pointer of a kernel type or with str(), buf() or a field of the context, which check what they read",
	},
	{
		Name: "no memory", Pattern: `R\d+ invalid mem access '(?P<type>\w+)'`,
		Words:  "memory is read or written through something that is no address of memory (${type})",
		Remedy: faulty,
	},
	{
		Name: "map written", Pattern: `only read from (?P<what>\w+) is supported`,
		Words:  "memory of the kernel's own (${what}) is written",
		Remedy: "programs may only read it: keep what you want to change in a variable or map of your own",
	},
	{
		Name: "stack write", Pattern: `invalid write to stack R\d+ off=(?P<off>-?\d+) size=(?P<size>\d+)`,
		Words:  "${size} bytes are written at ${off} of the stack, which has 512 bytes below 0",
		Remedy: "make arrays, structs and strings of this probe smaller, or keep them in a map or variable outside of the probe",
	},
	{
		Name: "stack read", Pattern: `invalid read from stack R\d+ off=(?P<off>-?\d+) size=(?P<size>\d+)`,
		Words:  "${size} bytes are read at ${off} of the stack, where nothing is",
		Remedy: "make arrays, structs and strings of this probe smaller, or keep them in a map or variable outside of the probe",
	},
	{
		Name: "stack unset", Pattern: `invalid (indirect )?read from stack (R\d+ )?off (?P<off>-?\d+)\+(?P<at>\d+) size (?P<size>\d+)`,
		Words:  "memory of the stack is read that was not written on every way to this place",
		Remedy: "give the variable a value where it is declared, before any if or loop", Only: "before 6.3",
	},
	{
		Name: "stack range", Pattern: `invalid stack type R\d+ off=(?P<off>-?\d+) access_size=(?P<size>\d+)`,
		Words:  "a function of the kernel is given ${size} bytes at ${off} of the stack, which has 512 bytes below 0",
		Remedy: "make arrays, structs and strings of this probe smaller", Only: "before 5.12",
	},
	{
		Name: "stack unbounded", Pattern: `invalid unbounded variable-offset (?P<op>\w+) (to|from|of)? ?stack`,
		Words:  "an array on the stack is used at an index that nothing bounds",
		Remedy: closer,
	},
	{
		Name: "stack index", Pattern: `invalid variable-offset (?P<op>\w+ )?(to|from|of)? ?stack|invalid variable-offset (indirect )?access to stack`,
		Words:  "an array on the stack is used at an index that may be outside of it",
		Remedy: closer,
	},
	{
		Name: "map value", Pattern: `invalid access to map value, value_size=(?P<value>\d+) off=(?P<off>-?\d+) size=(?P<size>\d+)`,
		Words:  "${size} bytes are used at ${off} of a map's value, which has ${value} bytes",
		Remedy: "keep the index below the length of the array in the map: " + closer,
	},
	{
		Name: "map key", Pattern: `invalid access to map key, key_size=(?P<key>\d+) off=(?P<off>-?\d+) size=(?P<size>\d+)`,
		Words:  "${size} bytes are used at ${off} of a map's key, which has ${key} bytes",
		Remedy: closer, Only: "programs that go over maps",
	},
	{
		Name: "index unbounded", Pattern: `R\d+ unbounded memory access, make sure to bounds check any such access`,
		Words:  "an array is used at an index that nothing bounds",
		Remedy: closer,
	},
	{
		Name: "index negative", Pattern: `R\d+ min value is negative, either use unsigned index or do a if \(index >=0\) check`,
		Words:  "an array is used at an index that may be negative",
		Remedy: "give the index an unsigned type, such as uint32, or " + closer,
	},
	{
		Name: "record memory", Pattern: `invalid access to memory, mem_size=(?P<mem>\d+) off=(?P<off>-?\d+) size=(?P<size>\d+)`,
		Words:  "${size} bytes are used at ${off} of a record, which has ${mem} bytes",
		Remedy: faulty,
	},
	{
		Name: "packet", Pattern: `invalid access to packet, off=(?P<off>-?\d+) size=(?P<size>\d+)`,
		Words:  "${size} bytes are read at ${off} of the packet, which may be shorter",
		Remedy: "compare the length of the packet with what you read of it right before",
	},
	{
		Name: "packet to helper", Pattern: `helper access to the packet is not allowed`,
		Words:  "bytes of a packet are handed to a function of the kernel that takes none",
		Remedy: "copy them into a variable first",
	},
	{
		Name: "misaligned", Pattern: `misaligned (?P<what>[\w ]*?) ?access off .*size (?P<size>\d+)`,
		Words:  "${size} bytes are used at an address that is no multiple of ${size}",
		Remedy: faulty,
	},
	{
		Name: "pointer cut", Pattern: `invalid size of register spill`,
		Words:  "a part of a pointer is stored",
		Remedy: "keep pointers in variables of their own type, and use them as they are",
	},
	{
		Name: "pointer read in part", Pattern: `invalid size of register fill`,
		Words:  "a part of a stored pointer is read",
		Remedy: "keep pointers in variables of their own type, and use them as they are",
	},
	{
		Name: "no such argument", Pattern: `func '(?P<func>[^']+)' doesn't have (?P<n>\d+)-th argument`,
		Words:  "argument ${n} of ${func} is read, which has fewer",
		Remedy: "`:type` of the hook shows the arguments it has on this kernel",
	},
	{
		Name: "argument offset", Pattern: `func '(?P<func>[^']+)' offset (?P<off>\d+) is not multiple of 8`,
		Words:  "a part of an argument of ${func} is read as if it were a whole one",
		Remedy: faulty,
	},
	{
		Name: "context field", Pattern: `invalid bpf_context access off=(?P<off>\d+) size=(?P<size>\d+)`,
		Words:  "the context of this hook has no ${size} bytes at ${off} that a program may use",
		Remedy: "use the fields that the hook has on this kernel; they can be read and not written",
	},
	{
		Name: "context moved", Pattern: `dereference of modified (?P<type>\w+) ptr R\d+ off=(?P<off>-?\d+) disallowed`,
		Words:  "a field is read through an address that was computed before",
		Remedy: faulty,
	},
	{
		Name: "context index", Pattern: `variable (\w+) access var_off=.+ disallowed`,
		Words:  "a field of the context is chosen by a number that only the run knows",
		Remedy: "name the field, or choose with a switch over constants",
	},
	{
		Name: "context atomic", Pattern: `BPF_(ATOMIC|XADD) stores into R\d+ (?P<type>\w+) is not allowed`,
		Words:  "an atomic operation is done on memory that is no map's and no variable's (${type})",
		Remedy: "count in a map or in a variable outside of the probe",
	},
	{
		Name: "different pointers", Pattern: `same insn cannot be used with different pointers`,
		Words:  "one statement reads two kinds of memory, depending on the way to it",
		Remedy: "read in each branch of the if, and not behind both",
	},
	{
		Name: "map read only", Pattern: `write into map forbidden|cannot write into (?P<what>\w+)`,
		Words:  "memory is written that can only be read",
		Remedy: "keep what you want to change in a map or variable of your own", Only: "maps that were frozen, packets of some hooks",
	},
	{
		Name: "beyond struct", Pattern: `access beyond (struct|the end of member)`,
		Words:  "memory behind the end of a struct of the kernel is read",
		Remedy: "use the fields that the struct has on this kernel: `:type` shows them",
	},
	{
		Name: "before struct", Pattern: `R\d+ is ptr_(?P<struct>\w*) invalid negative access: off=(?P<off>-?\d+)`,
		Words:  "memory before a ${struct} of the kernel is read",
		Remedy: "use the fields that the struct has on this kernel: `:type` shows them",
	},
	{
		Name: "struct index", Pattern: `R\d+ is ptr_(?P<struct>\w*) invalid variable offset`,
		Words:  "an element in a ${struct} of the kernel is chosen by a number that only the run knows",
		Remedy: "use a constant index, or choose with a switch over constants",
	},
	{
		Name: "kernel memory written", Pattern: `only read is supported`,
		Words:  "memory of the kernel is written",
		Remedy: "programs may only read it: keep what you want to change in a map or variable of your own",
	},
}
