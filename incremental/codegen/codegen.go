// Package codegen turns verified IR functions into eBPF instructions. It sees nothing above the IR.
//
// A function goes through these steps, each in its file: select.go chooses machine instructions over virtual
// registers and leaves SSA form; regalloc.go colours the interference graph, spilling where it must; stack.go lays
// out the frame; layout.go removes blocks and jumps; emit.go encodes.
package codegen

import (
	"fmt"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// MaxStack is how many bytes of stack the kernel gives a function.
//
// Source: MAX_BPF_STACK in include/linux/filter.h.
const MaxStack = 512

// Target is what the generated code may use.
type Target struct {
	ISA  int // instruction set v1 to v4, see universe.Features
	CPUs int // possible CPUs
	// Forward lets only loops jump back. The kernel's compiler for x86 counts a jump back from where code stood that has moved since, and
	// gives up where its length then goes up and down by turns.
	//
	// Source: do_jit in arch/x86/net/bpf_jit_comp.c, "bpf_jit: fatal error".
	Forward bool
}

// Mark says that the instructions from Offset on, up to the next mark, come from Span.
// Offset counts raw 8-byte instructions; a 64-bit load counts two.
type Mark struct {
	Offset int
	Span   source.Span
}

// Code is the code of one function.
type Code struct {
	Insns  asm.Instructions
	Marks  []Mark
	Stack  int // bytes of stack used, at most 512
	Params int // how many registers the function takes
}

// StackError says that a function needs more stack than the kernel gives it.
type StackError struct {
	Bytes int // what the function needs
}

// Error says how much is needed and how much there is.
func (e *StackError) Error() string {
	return fmt.Sprintf("function needs %d bytes of stack, the kernel gives %d", e.Bytes, MaxStack)
}

// RangeError says that a function is so long that a jump in it can't be encoded.
type RangeError struct {
	Insns int // the function's length in raw instructions
}

// Error says how long the function is.
func (e *RangeError) Error() string {
	return fmt.Sprintf("function of %d instructions has a jump over more than 32767", e.Insns)
}

// Generate compiles one function, which must satisfy ir.Verify, for the target. The function is not changed.
//
// The first instruction carries the function's name as its symbol; maps and other functions are named by reference.
// The error is a *StackError or a *RangeError.
func Generate(f *ir.Func, t Target) (*Code, error) {
	m := selectFunc(f, t)
	defer m.mem.release()
	m.allocate()
	err := m.frame()
	if err != nil {
		return nil, err
	}
	m.layout()
	return m.emit()
}
