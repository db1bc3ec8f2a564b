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
	OpFunc     // address of the function Func, as the helper loop takes it; Ptr

	opCount
)

// Result says which types an op's value may have.
type Result uint8

// The result rules.
const (
	ResultNone Result = iota // Void
	ResultInt                // I32 or I64
	Result32                 // I32
	Result64                 // I64
	ResultPtr                // Ptr
	ResultAny                // I32, I64 or Ptr
	ResultCall               // what the callee returns, or Void when nobody asks for it
)

// Info is an op's row: how its text form looks, what it takes and what it may do.
type Info struct {
	Name   string // in the text form
	Args   int    // number of arguments, -1 where it varies
	Result Result
	Imm    bool // Imm means something
	// Effect reports that the op does more than compute its value: it must stay even when nobody uses the value.
	// A call's effect is that of its helper.
	Effect bool
	Reads  bool // it reads memory
	Writes bool // it writes memory
	// Commutes reports that the two arguments may be swapped.
	Commutes bool
}

// Ops is the table of operations, indexed by Op.
//
// Memory may be read by a load, OpMove, an atomic or a call; it is written by a store, OpMove, OpZero, an atomic or
// a call. What a call does to memory is in the row of its helper; a BPF-to-BPF call may do anything.
var Ops = [opCount]Info{
	OpInvalid: {Name: "invalid"},

	OpConst: {Name: "const", Result: ResultAny, Imm: true},
	OpPhi:   {Name: "phi", Args: -1, Result: ResultAny},
	OpParam: {Name: "param", Result: ResultAny, Imm: true},

	OpAdd:  {Name: "add", Args: 2, Result: ResultInt, Commutes: true},
	OpSub:  {Name: "sub", Args: 2, Result: ResultInt},
	OpMul:  {Name: "mul", Args: 2, Result: ResultInt, Commutes: true},
	OpUDiv: {Name: "udiv", Args: 2, Result: ResultInt},
	OpSDiv: {Name: "sdiv", Args: 2, Result: ResultInt},
	OpUMod: {Name: "umod", Args: 2, Result: ResultInt},
	OpSMod: {Name: "smod", Args: 2, Result: ResultInt},
	OpAnd:  {Name: "and", Args: 2, Result: ResultInt, Commutes: true},
	OpOr:   {Name: "or", Args: 2, Result: ResultInt, Commutes: true},
	OpXor:  {Name: "xor", Args: 2, Result: ResultInt, Commutes: true},
	OpShl:  {Name: "shl", Args: 2, Result: ResultInt},
	OpLshr: {Name: "lshr", Args: 2, Result: ResultInt},
	OpAshr: {Name: "ashr", Args: 2, Result: ResultInt},
	OpNeg:  {Name: "neg", Args: 1, Result: ResultInt},

	OpZext8:   {Name: "zext8", Args: 1, Result: ResultInt},
	OpZext16:  {Name: "zext16", Args: 1, Result: ResultInt},
	OpSext8:   {Name: "sext8", Args: 1, Result: ResultInt},
	OpSext16:  {Name: "sext16", Args: 1, Result: ResultInt},
	OpZext32:  {Name: "zext32", Args: 1, Result: Result64},
	OpSext32:  {Name: "sext32", Args: 1, Result: Result64},
	OpTrunc:   {Name: "trunc", Args: 1, Result: Result32},
	OpBswap16: {Name: "bswap16", Args: 1, Result: Result32},
	OpBswap32: {Name: "bswap32", Args: 1, Result: Result32},
	OpBswap64: {Name: "bswap64", Args: 1, Result: Result64},

	OpCmp: {Name: "cmp", Args: 2, Result: Result32},

	OpSlot:     {Name: "slot", Result: ResultPtr},
	OpMap:      {Name: "map", Result: ResultPtr},
	OpMapValue: {Name: "mapvalue", Result: ResultPtr, Imm: true},
	OpOffset:   {Name: "offset", Args: 1, Result: ResultPtr, Imm: true},
	OpPtrAdd:   {Name: "ptradd", Args: 2, Result: ResultPtr},

	OpLoad8:    {Name: "load8", Args: 1, Result: Result32, Imm: true, Reads: true},
	OpLoad16:   {Name: "load16", Args: 1, Result: Result32, Imm: true, Reads: true},
	OpLoad32:   {Name: "load32", Args: 1, Result: Result32, Imm: true, Reads: true},
	OpLoad64:   {Name: "load64", Args: 1, Result: Result64, Imm: true, Reads: true},
	OpLoadPtr:  {Name: "loadptr", Args: 1, Result: ResultPtr, Imm: true, Reads: true},
	OpLoads8:   {Name: "loads8", Args: 1, Result: Result32, Imm: true, Reads: true},
	OpLoads16:  {Name: "loads16", Args: 1, Result: Result32, Imm: true, Reads: true},
	OpStore8:   {Name: "store8", Args: 2, Imm: true, Effect: true, Writes: true},
	OpStore16:  {Name: "store16", Args: 2, Imm: true, Effect: true, Writes: true},
	OpStore32:  {Name: "store32", Args: 2, Imm: true, Effect: true, Writes: true},
	OpStore64:  {Name: "store64", Args: 2, Imm: true, Effect: true, Writes: true},
	OpMove:     {Name: "move", Args: 2, Imm: true, Effect: true, Reads: true, Writes: true},
	OpZero:     {Name: "zero", Args: 1, Imm: true, Effect: true, Writes: true},
	OpAtomic32: {Name: "atomic32", Args: 2, Imm: true, Effect: true, Reads: true, Writes: true},
	OpAtomic64: {Name: "atomic64", Args: 2, Imm: true, Effect: true, Reads: true, Writes: true},

	OpCall:     {Name: "call", Args: -1, Result: ResultCall, Imm: true, Effect: true, Reads: true, Writes: true},
	OpCallFunc: {Name: "callfunc", Args: -1, Result: ResultCall, Effect: true, Reads: true, Writes: true},
	OpFunc:     {Name: "func", Result: ResultPtr},
}

// Info is the op's row of Ops.
func (o Op) Info() *Info { return &Ops[o] }

// String is the op's name in the text form.
func (o Op) String() string {
	if o >= opCount {
		return "invalid"
	}
	return Ops[o].Name
}

// IsLoad reports that the op reads one scalar at Args[0]+Imm.
func (o Op) IsLoad() bool { return o >= OpLoad8 && o <= OpLoads16 }

// IsStore reports that the op writes the scalar Args[1] at Args[0]+Imm.
func (o Op) IsStore() bool { return o >= OpStore8 && o <= OpStore64 }

// AccessSize is how many bytes a load, a store or an atomic touches; 0 for any other op.
func (o Op) AccessSize() int {
	switch o {
	case OpLoad8, OpLoads8, OpStore8:
		return 1
	case OpLoad16, OpLoads16, OpStore16:
		return 2
	case OpLoad32, OpStore32, OpAtomic32:
		return 4
	case OpLoad64, OpLoadPtr, OpStore64, OpAtomic64:
		return 8
	}
	return 0
}

// Bits is the width of the type's values in bits.
func (t Type) Bits() int {
	switch t {
	case I32:
		return 32
	case I64, Ptr:
		return 64
	}
	return 0
}

var typeNames = [...]string{Void: "void", I32: "i32", I64: "i64", Ptr: "ptr"}

// String is the type's name in the text form.
func (t Type) String() string {
	if int(t) >= len(typeNames) {
		return "invalid"
	}
	return typeNames[t]
}

var kindNames = [...]string{
	Sub: "sub", Tracepoint: "tracepoint", RawTP: "raw_tp", TPBTF: "tp_btf", KProbe: "kprobe", FEntry: "fentry",
	FExit: "fexit", PerfEvent: "perf_event", XDP: "xdp", TC: "tc",
}

// String is the kind's name in the text form.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return "invalid"
	}
	return kindNames[k]
}

var mapKindNames = [...]string{
	Hash: "hash", PerCPUHash: "percpu_hash", Array: "array", PerCPUArray: "percpu_array",
	LRUHash: "lru_hash", PerCPULRU: "percpu_lru_hash", Counters: "counters", Ring: "ringbuf",
	Stacks: "stack_trace", TaskStorage: "task_storage",
}

// String is the map kind's name in the text form.
func (k MapKind) String() string {
	if int(k) >= len(mapKindNames) {
		return "invalid"
	}
	return mapKindNames[k]
}

var condRows = [...]struct {
	name             string
	negated, swapped Cond
}{
	Eq:  {"eq", Ne, Eq},
	Ne:  {"ne", Eq, Ne},
	Slt: {"slt", Sge, Sgt},
	Sle: {"sle", Sgt, Sge},
	Sgt: {"sgt", Sle, Slt},
	Sge: {"sge", Slt, Sle},
	Ult: {"ult", Uge, Ugt},
	Ule: {"ule", Ugt, Uge},
	Ugt: {"ugt", Ule, Ult},
	Uge: {"uge", Ult, Ule},
	Set: {"set", Set, Set},
}

// String is the comparison's name in the text form.
func (c Cond) String() string {
	if int(c) >= len(condRows) {
		return "invalid"
	}
	return condRows[c].name
}

// Negate is the comparison that holds exactly when c does not. Set has none; ok is false then.
func (c Cond) Negate() (n Cond, ok bool) { return condRows[c].negated, c != Set }

// Swap is the comparison that holds of (y, x) exactly when c holds of (x, y).
func (c Cond) Swap() Cond { return condRows[c].swapped }
