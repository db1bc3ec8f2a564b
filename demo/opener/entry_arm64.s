#include "textflag.h"

// func entry()
TEXT ·entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	MOVD RSP, R0
	MOVD ZR, g
	SUB  $32, RSP
	MOVD R0, 8(RSP)
	BL   ·run(SB)
	BRK

// func spawn(flags, top uintptr, tid *uint32, w *worker) int
TEXT ·spawn(SB), NOSPLIT|NOFRAME, $0-40
	MOVD flags+0(FP), R0
	MOVD top+8(FP), R1
	MOVD tid+16(FP), R2
	MOVD ZR, R3
	MOVD R2, R4            // both the parent's and the child's tid
	MOVD w+24(FP), R10
	SUB  $32, R1
	MOVD R10, 8(R1)
	MOVD $220, R8          // clone
	SVC
	CBZ  R0, child
	MOVD R0, ret+32(FP)
	RET

child:
	BL ·work(SB)
	BRK
