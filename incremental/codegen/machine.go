package codegen

import (
	"math"
	"slices"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// function is one function as machine instructions: over virtual registers up to allocate, over R0 to R10 after it.
type function struct {
	name   string
	params int
	target Target
	blocks []*block // layout order; the first is the entry
	order  []*block // what postorder has found since the blocks were numbered, nil before
	tidy   bool     // the blocks are numbered, and all are reachable
	regs   []regInfo
	objs   []object // the frame
	// What instructions name by number, so that they hold no pointers: the places they come from, the first of which is none, and maps and
	// functions. No name is there twice.
	spans []*source.Span
	refs  []string

	stack int // bytes, set by frame
	mem   *scratch
}

// reg is a register: R0 to R10, or from firstVirtual on an index into function.regs.
type reg int32

const (
	r0 reg = iota
	r1
	r2
	r3
	r4
	r5
	r6
	r7
	r8
	r9
	r10 // the frame pointer, never allocated

	firstVirtual reg = 11
	noReg        reg = -1
)

// regInfo is what the allocator must know of a virtual register.
type regInfo struct {
	// object is 1 + the index of the stack object that is the register's home in memory; 0 while it has none.
	object int32
	// piece says how often the register was split off a spilled one; see spill.go.
	piece uint8
}

// object is a part of the frame.
type object struct {
	size, align int
	home        bool // of a spilled register, not a slot of the IR
	pinned      bool // its address is somewhere in memory: it shares its place with nothing
	offset      int  // from R10, negative, set by frame
}

// block is a straight run of instructions with its terminator.
type block struct {
	index int // place in function.blocks, set by number
	insns []insn
	term  term
	depth int     // how many loops are around it
	freq  float32 // how often it runs for one run of the function, as a guess
	preds []*block
}

// termKind is the kind of a terminator.
type termKind uint8

const (
	termJump   termKind = iota // to[0]
	termBranch                 // to[0] where the condition holds, else to[1]
	termExit
)

// term ends a block.
type term struct {
	kind   termKind
	cond   ir.Cond
	wide   bool // 64-bit comparison
	likely int8
	a, b   reg // b is noReg where the right side is imm
	imm    int64
	to     [2]*block
	span   int32 // into function.spans
}

func (t *term) succs() []*block {
	switch t.kind {
	case termJump:
		return t.to[:1]
	case termBranch:
		return t.to[:2]
	}
	return nil
}

// mop is a machine operation.
type mop uint8

const (
	mopMov     mop = iota // dst = src, all 64 bits
	mopImm                // dst = imm, all 64 bits
	mopALU                // dst = dst alu src, or imm where src is noReg
	mopExt                // dst = src, extended: alu is asm.Mov (zero, 32 bits) or one of asm.MovSX8, 16, 32
	mopSwap               // dst = dst with its low size bytes reversed, zero-extended
	mopLea                // dst = address of the stack object obj, or R10 after frame, plus imm
	mopMap                // dst = map ref
	mopValue              // dst = address of map ref's first value, plus imm
	mopFunc               // dst = address of function ref
	mopLoad               // dst = size bytes at src or obj, plus off
	mopStore              // size bytes at dst or obj, plus off = src, or imm where src is noReg
	mopAtomic             // add src to size bytes at dst or obj, plus off
	mopCall               // helper imm, or function ref where it is set; args registers from R1 on
	mopTouch              // nothing; the stack object obj is in use up to here
	mopDropped            // nothing; removed by the next pass over the block
)

// insn is one machine instruction. It holds no pointers, so that the garbage collector neither looks at instructions nor has to be
// told when they are written.
type insn struct {
	op       mop
	size     uint8 // bytes in memory
	args     uint8 // mopCall: how many arguments
	wide     bool  // mopALU, mopExt: 64 bits
	signed   bool  // mopLoad: sign-extended
	alu      asm.ALUOp
	off      int16
	dst, src reg
	obj      int32 // 1 + the index of the stack object that is the address, 0 where a register is
	ref      int32 // 1 + the index of a name in function.refs, 0 for none
	span     int32 // into function.spans
	imm      int64
}

// bitset of R0 to R9.
type regMask uint16

const (
	allocatable regMask = 1<<10 - 1
	callerSaved regMask = 1<<6 - 1 // what a call destroys
)

// access says what an operation does with its two registers.
type access uint8

const (
	writesDst  access = 1 << iota
	readsDst          // as the first of what it reads
	readsSrc          // as the first, or as the second behind dst
	isConstant        // it reads nothing: the instruction computes its register anew at any place
)

// accesses is by operation. A call writes what callerSaved says and reads its arguments.
var accesses = [...]access{
	mopMov: writesDst | readsSrc, mopExt: writesDst | readsSrc, mopLoad: writesDst | readsSrc,
	mopALU: writesDst | readsDst | readsSrc, mopSwap: writesDst | readsDst,
	mopStore: readsDst | readsSrc, mopAtomic: readsDst | readsSrc,
	mopImm: writesDst | isConstant, mopLea: writesDst | isConstant, mopMap: writesDst | isConstant,
	mopValue: writesDst | isConstant, mopFunc: writesDst | isConstant,
	mopCall: 0, mopTouch: 0, mopDropped: 0,
}

// def is the register that the instruction writes, noReg where it writes none. A call writes what callerSaved says.
func (i *insn) def() reg {
	if accesses[i.op]&writesDst == 0 {
		return noReg
	}
	return i.dst
}

// uses are the registers that the instruction reads, noReg in unused places. A call reads its arguments besides.
func (i *insn) uses() (a, b reg) {
	a, b = noReg, noReg
	does := accesses[i.op]
	if does&readsDst != 0 {
		a = i.dst
	}
	if does&readsSrc != 0 {
		b = i.src
	}
	return a, b
}

// argMask is the registers that a call reads.
func (i *insn) argMask() regMask { return regMask(1<<i.args-1) << 1 }

// pure reports that the instruction does nothing but write its register.
func (i *insn) pure() bool { return accesses[i.op]&writesDst != 0 || i.op == mopDropped }

// isMove reports a copy between registers, which the allocator may remove.
func (i *insn) isMove() bool { return i.op == mopMov }

// fits32 reports that v is the sign extension of its low 32 bits, as an immediate must be.
func fits32(v int64) bool { return v == int64(int32(v)) }

// fits16 reports that v can be the offset of a load, a store or a jump.
func fits16(v int64) bool { return v >= math.MinInt16 && v <= math.MaxInt16 }

// newReg makes a virtual register.
func (m *function) newReg() reg {
	m.regs = append(m.regs, regInfo{})
	return firstVirtual + reg(len(m.regs)-1)
}

// ref is the ref field for a name.
func (m *function) ref(name string) int32 {
	i := slices.Index(m.refs, name)
	if i < 0 {
		i = len(m.refs)
		m.refs = append(m.refs, name)
	}
	return int32(i) + 1
}

func (m *function) info(r reg) *regInfo { return &m.regs[r-firstVirtual] }

// sweep takes out the instructions that do nothing.
func (b *block) sweep() {
	kept := 0
	for k := range b.insns {
		if op := b.insns[k].op; op == mopTouch || op == mopDropped {
			continue
		}
		if kept != k {
			b.insns[kept] = b.insns[k]
		}
		kept++
	}
	b.insns = b.insns[:kept]
}

// predsRoom is how many predecessors of a block there is room for before their list is allocated apart.
const predsRoom = 3

// number makes the blocks' indexes and predecessors agree with the blocks slice, whose order or edges have changed.
func (m *function) number() {
	m.order = nil
	for i, b := range m.blocks {
		b.index = i
		b.preds = b.preds[:0]
	}
	for _, b := range m.blocks {
		for _, s := range b.term.succs() {
			if s.preds == nil {
				s.preds = m.mem.refs.Take(predsRoom)[:0]
			}
			s.preds = append(s.preds, b)
		}
	}
}
