package verifier

// arithmeticKinds are about computing with numbers and addresses.
var arithmeticKinds = []Kind{
	{
		Name: "stack pointer set", Pattern: `frame pointer is read only`,
		Words:  "the pointer to the stack is changed",
		Remedy: faulty,
	},
	{
		Name: "offset unbounded", Pattern: `math between (?P<type>\w+) pointer and register with unbounded min value is not allowed`,
		Words:  "an index is added to an address, and nothing bounds it",
		Remedy: "give the index an unsigned type of 32 bits or less, and " + closer,
	},
	{
		Name: "offset huge", Pattern: `math between (?P<type>\w+) pointer and (?P<value>-?\d+) is not allowed`,
		Words:  "${value} is added to an address, more than any memory of a program has",
		Remedy: "use a smaller index",
	},
	{
		Name: "out of bounds", Pattern: `(?P<type>\w+) pointer offset (?P<off>-?\d+) is not allowed|value -?\d+ makes (?P<other>\w+) pointer be out of bounds`,
		Words:  "an address is moved further than any memory of a program reaches",
		Remedy: "use a smaller index",
	},
	{
		Name: "null arithmetic", Pattern: `R\d+ pointer arithmetic on (?P<type>\w+)_or_null prohibited`,
		Words:  "a field or element is used of memory that may not be there",
		Remedy: "look the entry up and use it in one statement, or ask for it with `if v, ok := m[k]; ok { … }`",
	},
	{
		Name: "address arithmetic", Pattern: `R\d+ pointer arithmetic on (?P<type>\w+) prohibited`,
		Words:  "an offset is added to something that is no memory (${type})",
		Remedy: faulty,
	},
	{
		Name: "half a pointer", Pattern: `R\d+ 32-bit pointer arithmetic prohibited`,
		Words:  "an address is computed with in 32 bits",
		Remedy: "compute with uint64 what you compute with addresses",
	},
	{
		Name: "pointer and pointer", Pattern: `R\d+ pointer (?P<op>\S+) pointer prohibited`,
		Words:  "two addresses are added",
		Remedy: "a number (uint64) can be computed with, an address can't",
	},
	{
		Name: "pointer bits", Pattern: `R\d+ bitwise operator (?P<op>\S+) on pointer prohibited`,
		Words:  "bits of an address are changed (${op})",
		Remedy: "a number (uint64) can be computed with, an address can't",
	},
	{
		Name: "pointer times", Pattern: `R\d+ pointer arithmetic with (?P<op>\S+) operator prohibited`,
		Words:  "an address is computed with (${op}) as only a number can be",
		Remedy: "a number (uint64) can be computed with, an address can't",
	},
	{
		Name: "number less pointer", Pattern: `R\d+ tried to subtract pointer from (scalar|stack)`,
		Words:  "an address is subtracted from a number",
		Remedy: "a number (uint64) can be computed with, an address can't",
	},
	{
		Name: "shift", Pattern: `invalid shift (?P<n>-?\d+)`,
		Words:  "a number is shifted by ${n} bits, which is more than it has",
		Remedy: "shift by less than the width of the type",
	},
	{
		Name: "division by zero", Pattern: `div by zero`,
		Words:  "a number is divided by the constant 0",
		Remedy: "divide by something else",
	},
}
