// Package codegen turns verified IR functions into eBPF instructions: selection, register allocation with spilling,
// stack layout, emission. It sees nothing above the IR.
package codegen

import (
	"github.com/cilium/ebpf/asm"

	"go3s/incremental/source"
)

// Target is what the generated code may use.
type Target struct {
	ISA  int // instruction set v1 to v4, see universe.Features
	CPUs int // possible CPUs
}

// Mark says that the instructions from Offset on, up to the next mark, come from Span.
// Offset counts raw 8-byte instructions; a 64-bit load counts two.
type Mark struct {
	Offset int
	Span   source.Span
}

// Code is the code of one function.
type Code struct {
	Insns asm.Instructions
	Marks []Mark
	Stack int // bytes of stack used, at most 512
}
