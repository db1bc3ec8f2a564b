#include "textflag.h"

// Go functions that are called from assembler load g from thread-local storage, so there must be some; g stays nil.
GLOBL tls<>(SB), NOPTR, $16

// func entry()
TEXT ·entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	MOVQ SP, BX
	MOVQ $0x1002, DI           // ARCH_SET_FS
	LEAQ tls<>+16(SB), SI      // g lies 8 bytes below FS
	MOVQ $158, AX              // arch_prctl
	SYSCALL
	ANDQ $~15, SP
	SUBQ $16, SP
	MOVQ BX, 0(SP)
	CALL ·run(SB)
	INT  $3

// func spawn(flags, top uintptr, tid *uint32, w *worker) int
TEXT ·spawn(SB), NOSPLIT|NOFRAME, $0-40
	MOVQ flags+0(FP), DI
	MOVQ top+8(FP), SI
	MOVQ tid+16(FP), DX
	MOVQ DX, R10               // both the parent's and the child's tid
	MOVQ w+24(FP), R12
	MOVQ $0, R8
	SUBQ $16, SI
	MOVQ R12, 0(SI)
	MOVQ $56, AX               // clone
	SYSCALL
	TESTQ AX, AX
	JZ   child
	MOVQ AX, ret+32(FP)
	RET

child:
	CALL ·work(SB)
	INT  $3
