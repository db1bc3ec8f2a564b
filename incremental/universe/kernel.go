package universe

import "fmt"

// Kernel is what the compiler knows of the kernel it compiles for. It is a value to the compiler: the same
// answers give the same bytes. Implementations may fetch lazily and must answer the same each time.
type Kernel interface {
	// Tracepoint returns the format of category:name, or nil when the kernel has none of that name.
	Tracepoint(category, name string) *Format
	// Tracepoints lists all tracepoints as "category:name", sorted. It serves hints and completion only.
	Tracepoints() []string
	Features() Features
}

// TypedKernel is a Kernel that also describes its types. Without it there are no task, no kernel pointers and no hooks whose arguments
// come from BTF.
type TypedKernel interface {
	Kernel
	// BTF describes the kernel's types, nil when it can't be read. It is asked for when a program first names one of them.
	BTF() *BTF
}

// ProbedKernel is a Kernel that can be asked for what its version does not promise: distributions carry features back to older versions.
type ProbedKernel interface {
	Kernel
	// HasHelper reports whether programs can call the helper of that number.
	HasHelper(number int64) bool
}

// StateKernel is a Kernel of which it is known whether programs may keep values with threads, in maps of the kind task_storage.
type StateKernel interface {
	Kernel
	// KeepsStates reports that programs can, and that user space can read such maps.
	KeepsStates() bool
}

// KeepsStates reports whether programs for the kernel may keep values with threads.
func (u *Universe) KeepsStates() bool {
	k, ok := u.Kernel.(StateKernel)
	return ok && k.KeepsStates()
}

// Has reports whether the kernel has a helper whose floor is the given version, as Features.Version.
func (u *Universe) Has(helper int64, floor uint32) bool {
	if v := u.Kernel.Features().Version; v == 0 || v >= floor {
		return true
	}
	k, ok := u.Kernel.(ProbedKernel)
	return ok && k.HasHelper(helper)
}

// VersionText is a version as Features.Version, as it is written: 5.15.
func VersionText(version uint32) string { return fmt.Sprintf("%d.%d", version>>16, version>>8&0xff) }

// SizedKernel is a Kernel whose user has said how long strings are.
type SizedKernel interface {
	Kernel
	// StrLen is how many bytes str(p) takes that says no number, 1 to MaxString.
	StrLen() int
}

// Features are the properties of a kernel that change the generated code.
type Features struct {
	// ISA is the newest instruction set the kernel takes, 1 to 4 (v2 adds unsigned < and <= jumps, Linux 4.14; v3
	// adds 32-bit jumps, 5.1; v4 adds signed division, sign-extending loads and byte swaps, 6.6).
	ISA int
	// CPUs is the number of possible CPUs.
	CPUs int
	// Version is the kernel's version, major<<16 | minor<<8 | patch.
	Version uint32
}

// DefaultStrLen is how many bytes str(p) takes as long as nothing else is asked for, MaxString what a string may take at most.
const (
	DefaultStrLen = 64
	MaxString     = 256
)

// StrLen is how many bytes str(p) takes that says no number.
func (u *Universe) StrLen() int {
	if k, ok := u.Kernel.(SizedKernel); ok {
		return k.StrLen()
	}
	return DefaultStrLen
}

// Format is the record layout of a tracepoint, as its "format" file in tracefs describes it.
type Format struct {
	Category, Name string
	ID             int
	Fields         []Field // in file order, common_* fields left out
	Size           int     // bytes up to the end of the last fixed field
}

// FieldKind says how a field of a tracepoint's record is read.
type FieldKind uint8

// The kinds of fields.
const (
	FieldInt        FieldKind = iota // an integer of Size bytes at Offset
	FieldPointer                     // a pointer of 8 bytes at Offset
	FieldArray                       // Len elements of Elem bytes each at Offset; char arrays are strings
	FieldDataLoc                     // 4 bytes at Offset: offset | length<<16 of the data, from the record's start
	FieldRelDataLoc                  // as FieldDataLoc, the offset counts from the end of these 4 bytes
)

// Field is one field of a tracepoint's record. Offsets and sizes are bytes.
type Field struct {
	Name   string
	CType  string // as written in the format file, without the name: "const char *", "unsigned int", "__data_loc char[]"
	Kind   FieldKind
	Offset int
	Size   int  // the bytes the value takes in the record
	Width  int  // FieldInt: bytes of the C type, which may be less than Size (syscall arguments are 8-byte slots)
	Elem   int  // FieldArray, FieldDataLoc: bytes of an element
	Len    int  // FieldArray: number of elements
	Signed bool // of the C type (element type for arrays)
	Char   bool // FieldArray, FieldDataLoc: the elements are chars, so the field is a string
	Walks  bool // FieldPointer: the verifier knows the type of what it points to
	User   bool // FieldPointer: points to user memory (arguments of system calls), else to kernel memory
}
