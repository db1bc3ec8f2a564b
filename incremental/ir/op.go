package ir

// Op is an operation. Its row in Ops says what it takes and what it may do.
type Op uint8

// The operations. Unless said otherwise the operands have the type of the result, I32 or I64.
const (
	OpInvalid Op = iota

	OpConst // Imm
	OpPhi   // one argument per predecessor
	OpParam // Imm is the index

	OpAdd
	OpSub
	OpMul
	OpUDiv // by zero: 0
	OpSDiv // by zero: 0; MinInt / -1 is MinInt
	OpUMod // by zero: the dividend
	OpSMod // by zero: the dividend; MinInt % -1 is 0
	OpAnd
	OpOr
	OpXor
	OpShl  // the count is taken modulo the width
	OpLshr // the count is taken modulo the width
	OpAshr // the count is taken modulo the width
	OpNeg

	OpZext8  // low 8 bits, zero-extended; I32 to I32 or I64 to I64
	OpZext16 // low 16 bits
	OpSext8
	OpSext16
	OpZext32 // I32 to I64
	OpSext32 // I32 to I64
	OpTrunc  // I64 to I32
	OpBswap16
	OpBswap32
	OpBswap64

	OpCmp // Cond over two values of one type; I32 0 or 1

	OpSlot     // address of Slot; Ptr
	OpMap      // the map itself, as helpers take it; Ptr
	OpMapValue // address of the first value of a Map of kind Array or Counters, plus Imm; Ptr
	OpOffset   // Ptr plus the constant Imm; Ptr
	OpPtrAdd   // Ptr plus an I64; Ptr

	OpLoad8 // (ptr)+Imm, zero-extended to I32
	OpLoad16
	OpLoad32
	OpLoad64   // to I64
	OpLoadPtr  // 64 bits, to Ptr
	OpLoads8   // sign-extended to I32
	OpLoads16  // sign-extended to I32
	OpStore8   // (ptr, I32)+Imm
	OpStore16  // (ptr, I32)+Imm
	OpStore32  // (ptr, I32)+Imm
	OpStore64  // (ptr, I64 or Ptr)+Imm
	OpMove     // (dst, src): Imm bytes, the places do not overlap partly
	OpZero     // (dst): Imm bytes become zero
	OpAtomic32 // (ptr, I32)+Imm: atomic add, no result
	OpAtomic64 // (ptr, I64)+Imm: atomic add, no result

	OpCall     // helper number Imm, up to five arguments
	OpCallFunc // BPF-to-BPF call of Func, up to five arguments

	opCount
)
