package source

// The catalogue of diagnostic codes.
const (
	// Syntax: the text is neither Go nor a probe.
	Syntax Code = "syntax"
	// UndefinedName: no variable, function or type has this name.
	UndefinedName Code = "undefined-name"
	// UndefinedHook: this kernel has no such hook.
	UndefinedHook Code = "undefined-hook"
	// UndefinedField: the hook's context, or the struct, has no such field.
	UndefinedField Code = "undefined-field"
	// Type: the program breaks a typing rule of Go.
	Type Code = "type"
	// Unused: a variable or import is declared and not used.
	Unused Code = "unused"
	// Redeclared: a name is declared twice.
	Redeclared Code = "redeclared"
	// Unsupported: Go allows it, Go3s does not, or not yet.
	Unsupported Code = "unsupported"
	// DuplicateProbe: two probes of one cell have the same name.
	DuplicateProbe Code = "duplicate-probe"
	// HookKind: the kind of hook is unknown, or this kernel has none of it.
	HookKind Code = "hook-kind"
	// MapConflict: a map is used in two ways that do not fit one kind of map or one type.
	MapConflict Code = "map-conflict"
	// Format: a printf format and its arguments do not agree.
	Format Code = "format"
	// Attribute: an attribute is unknown or has a wrong argument.
	Attribute Code = "attribute"
	// TooLarge: a value, a stack frame or a program is larger than the kernel takes.
	TooLarge Code = "too-large"
	// Unbounded: a loop whose end the verifier could not see.
	Unbounded Code = "unbounded-loop"
	// KernelTooOld: the program needs something that a newer kernel has.
	KernelTooOld Code = "kernel-too-old"
	// Verifier: the kernel's verifier refuses the program.
	Verifier Code = "verifier"
	// AttachFailed: the kernel does not load the program or put it to its hook, and it is not the verifier that refuses it.
	AttachFailed Code = "attach-failed"
	// MapFailed: the kernel does not create the map.
	MapFailed Code = "map-failed"
	// RunFault: an expression was ended by a fault, such as a division by zero.
	RunFault Code = "run-fault"
	// CompilerBug: the compiler itself failed; the program may be fine.
	CompilerBug Code = "compiler-bug"
)

// catalogue lists every code once, in the order of the constants, with one line for the reader of a list.
var catalogue = []struct {
	Code Code
	Doc  string
}{
	{Syntax, "the text is neither Go nor a probe"},
	{UndefinedName, "no variable, function or type has this name"},
	{UndefinedHook, "this kernel has no such hook"},
	{UndefinedField, "the hook's context, or the struct, has no such field"},
	{Type, "the program breaks a typing rule of Go"},
	{Unused, "a variable or import is declared and not used"},
	{Redeclared, "a name is declared twice"},
	{Unsupported, "Go allows it, Go3s does not"},
	{DuplicateProbe, "two probes of one cell have the same name"},
	{HookKind, "the kind of hook is unknown, or this kernel has none of it"},
	{MapConflict, "a map is used in two ways that do not fit one kind of map or one type"},
	{Format, "a printf format and its arguments do not agree"},
	{Attribute, "an attribute is unknown or has a wrong argument"},
	{TooLarge, "a value, a stack frame or a program is larger than the kernel takes"},
	{Unbounded, "a loop whose end the verifier could not see"},
	{KernelTooOld, "the program needs something that only newer kernels have"},
	{Verifier, "the kernel's verifier refuses the program"},
	{AttachFailed, "the kernel does not load the program, or does not put it to its hook"},
	{MapFailed, "the kernel does not create the map"},
	{RunFault, "an expression was ended by a fault, such as a division by zero"},
	{CompilerBug, "the compiler itself failed; the program may be fine"},
}

// Codes lists all codes in the order of the catalogue.
func Codes() []Code {
	codes := make([]Code, len(catalogue))
	for i, row := range catalogue {
		codes[i] = row.Code
	}
	return codes
}

// Doc says in one line what the code means; it is empty for a code that the catalogue lacks.
func (c Code) Doc() string {
	for _, row := range catalogue {
		if row.Code == c {
			return row.Doc
		}
	}
	return ""
}
