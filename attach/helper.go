package attach

import (
	"fmt"

	"github.com/cilium/ebpf/asm"
)

// helpers are the functions of the kernel that programs may call: they read, count and write records. None of them writes to the memory
// of a process or of the kernel's own, sends a signal, changes what a function returns or what becomes of a packet. The compiler asks for
// no others; this list is for the day it has an error.
var helpers = map[asm.BuiltinFunc]bool{
	asm.FnMapLookupElem: true, asm.FnMapUpdateElem: true, asm.FnMapDeleteElem: true, asm.FnMapLookupPercpuElem: true,
	asm.FnTaskStorageGet: true,
	asm.FnRingbufReserve: true, asm.FnRingbufSubmit: true, asm.FnRingbufOutput: true,
	asm.FnProbeReadKernel: true, asm.FnProbeReadKernelStr: true, asm.FnProbeReadUser: true, asm.FnProbeReadUserStr: true,
	asm.FnKtimeGetNs:        true,
	asm.FnGetCurrentPidTgid: true, asm.FnGetCurrentUidGid: true, asm.FnGetCurrentComm: true, asm.FnGetCurrentTask: true,
	asm.FnGetCurrentTaskBtf: true, asm.FnGetCurrentCgroupId: true, asm.FnGetSmpProcessorId: true,
	asm.FnGetStackid: true, asm.FnLoop: true, asm.FnTailCall: true,
}

// HelperError is the refusal of a program before the kernel sees it, because of what it calls.
type HelperError struct {
	Program string
	Call    string // the function of the kernel
}

func (e *HelperError) Error() string {
	return fmt.Sprintf("load program %s: it calls %s, which no program of this shell may call", e.Program, e.Call)
}

// checkCalls refuses a program that calls functions of the kernel other than helpers.
func checkCalls(spec ProgramSpec) error {
	for _, ins := range spec.Insns {
		switch {
		case ins.IsKfuncCall():
			return &HelperError{spec.Name, "a function of the kernel's by its type"}
		case ins.IsBuiltinCall() && !helpers[asm.BuiltinFunc(ins.Constant)]:
			return &HelperError{spec.Name, asm.BuiltinFunc(ins.Constant).String()}
		}
	}
	return nil
}
