package codegen

import (
	"math/bits"
	"slices"

	"go3s/incremental/ir"
)

// layout removes blocks and jumps that allocation left useless and orders the rest.
func (m *function) layout() {
	for changed := true; changed; {
		m.simplifyFlow()
		m.placeBlocks()
		changed = m.hoistCopies()
	}
}

// simplifyFlow brings the flow graph to its smallest form.
func (m *function) simplifyFlow() {
	for changed := true; changed; {
		m.dropUnreachable()
		changed = m.threadJumps()
		changed = m.threadConstants() || changed
		changed = m.mergeTwins() || changed
		m.dropUnreachable()
		changed = m.joinChains() || changed
		changed = changed || m.mergeTails()
	}
}

// dropUnreachable removes blocks that no path reaches, and numbers the rest.
func (m *function) dropUnreachable() {
	if m.tidy {
		return
	}
	m.tidy = true
	m.number()
	order := m.postorder()
	if len(order) == len(m.blocks) {
		return
	}
	reached := m.mem.flags.Take(len(m.blocks))
	for _, b := range order {
		reached[b.index] = true
	}
	m.blocks = slices.DeleteFunc(m.blocks, func(b *block) bool { return !reached[b.index] })
	m.number()
}

// threadJumps sends edges to an empty block on to where that block jumps, and turns a branch whose ways meet into
// a jump.
func (m *function) threadJumps() bool {
	changed := false
	for _, b := range m.blocks {
		succs := b.term.succs()
		for i, s := range succs {
			// A loop of empty blocks leads nowhere else: bound the walk.
			for n := 0; n < len(m.blocks) && len(s.insns) == 0 && s.term.kind == termJump && s.term.to[0] != s; n++ {
				s = s.term.to[0]
			}
			if s != succs[i] {
				b.term.to[i] = s
				changed = true
			}
		}
		if b.term.kind == termBranch && b.term.to[0] == b.term.to[1] {
			b.term = term{kind: termJump, to: b.term.to, a: noReg, b: noReg, span: b.term.span}
			changed = true
		}
	}
	m.tidy = m.tidy && !changed
	return changed
}

// threadConstants sends a block that assigns a constant past a branch that only tests it.
func (m *function) threadConstants() bool {
	changed := false
	for _, b := range m.blocks {
		to := b.term.to[0]
		if b.term.kind != termJump || len(to.insns) > 0 || to.term.kind != termBranch || to.term.b != noReg {
			continue
		}
		t := &to.term
		last := b.lastWrite(t.a)
		if last == nil || last.op != mopImm {
			continue
		}
		width := ir.I64
		x := last.imm
		if !t.wide {
			width, x = ir.I32, int64(int32(x))
		}
		way := 1
		if ir.EvalCond(t.cond, width, x, t.imm) {
			way = 0
		}
		b.term.to[0] = t.to[way]
		changed = true
	}
	if changed {
		m.tidy = false
		m.number()
		m.dropDead()
	}
	return changed
}

// lastWrite is the last instruction of the block that writes the register, nil where none does.
func (b *block) lastWrite(r reg) *insn {
	for k := len(b.insns) - 1; k >= 0; k-- {
		if b.insns[k].writes()&maskOf(r) != 0 {
			return &b.insns[k]
		}
	}
	return nil
}

// dropDead removes instructions whose result is not read any more.
func (m *function) dropDead() {
	in := m.liveIn()
	for _, b := range m.blocks {
		live := b.termReads()
		for _, s := range b.term.succs() {
			live |= in[s.index]
		}
		for k := len(b.insns) - 1; k >= 0; k-- {
			ins := &b.insns[k]
			if ins.pure() && ins.writes()&live == 0 {
				ins.op = mopDropped
				continue
			}
			live = ins.liveBefore(live)
		}
		b.sweep()
	}
}

// joinChains appends a block to its only predecessor where that one only jumps to it.
func (m *function) joinChains() bool {
	changed := false
	for _, b := range m.blocks {
		for b.term.kind == termJump {
			s := b.term.to[0]
			if s == b || s == m.blocks[0] || len(s.preds) != 1 {
				break
			}
			b.insns = append(b.insns, s.insns...)
			b.term = s.term
			for _, t := range b.term.succs() {
				t.preds[slices.Index(t.preds, s)] = b
			}
			s.insns, s.preds = nil, nil
			s.term = term{kind: termJump, to: [2]*block{s}}
			changed = true
		}
	}
	if changed {
		m.tidy = false
		m.dropUnreachable()
	}
	return changed
}

// mergeTwins lets equal blocks be one. Mostly they are returns.
func (m *function) mergeTwins() bool {
	changed := false
	t := newTwins(m)
	for _, b := range m.blocks {
		old := t.find(b)
		if old == nil {
			continue
		}
		// The twin that is laid out later is the one that stays: jumps go forward.
		if old == m.blocks[0] {
			old, b = b, old
		}
		for _, p := range old.preds {
			for j, s := range p.term.succs() {
				if s == old {
					p.term.to[j] = b
					b.preds = append(b.preds, p)
				}
			}
		}
		old.preds = nil
		changed = true
	}
	m.tidy = m.tidy && !changed
	return changed
}

// twins is a hash table of blocks that are apart.
type twins struct {
	m       *function
	heads   []int32 // by hash: 1 + an index into entries
	entries []twin
}

// twin is a block, and what it had in common with its equals when it was entered.
type twin struct {
	key   uint64
	block int32 // its index
	next  int32 // 1 + the index of the next entry of the same hash
}

func newTwins(m *function) twins {
	n := len(m.blocks)
	return twins{m: m, heads: m.mem.ints.Take(1 << bits.Len(uint(n))), entries: m.mem.twins.Take(n)[:0]}
}

// find is the block of an entry that equals b, nil where there is none. The entry is b's from then on, but for the function's entry.
func (t *twins) find(b *block) *block {
	k := b.twinKey()
	head := &t.heads[k>>32&uint64(len(t.heads)-1)]
	for i := *head; i > 0; i = t.entries[i-1].next {
		e := &t.entries[i-1]
		if old := t.m.blocks[e.block]; e.key == k && equalBlocks(old, b) {
			if old.index > 0 {
				e.block = int32(b.index)
			}
			return old
		}
	}
	t.entries = append(t.entries, twin{key: k, block: int32(b.index), next: *head})
	*head = int32(len(t.entries))
	return nil
}

// twinKey is the same number for equal blocks, and seldom for others.
func (b *block) twinKey() uint64 {
	k := uint64(b.term.kind)
	mix := func(n uint64) { k = (k ^ n) * 0x9E3779B97F4A7C15 }
	for i := range b.insns {
		in := &b.insns[i]
		mix(uint64(in.op) | uint64(in.dst)<<8 | uint64(in.src)<<16 | uint64(uint16(in.off))<<32 | uint64(in.obj)<<48)
		mix(uint64(in.imm) ^ uint64(in.ref)<<32)
	}
	if b.term.kind != termExit {
		mix(uint64(b.term.to[0].index))
	}
	return k
}

func equalBlocks(x, y *block) bool {
	if len(x.insns) != len(y.insns) || !equalTerms(&x.term, &y.term) {
		return false
	}
	for i := range x.insns {
		if !equalInsns(&x.insns[i], &y.insns[i]) {
			return false
		}
	}
	return true
}

// equalTerms reports that two terminators do the same, wherever they come from.
func equalTerms(x, y *term) bool {
	if x.kind != y.kind || x.kind != termBranch {
		return x.kind == y.kind && slices.Equal(x.succs(), y.succs())
	}
	s := *x
	s.span = y.span
	return s == *y
}

// equalInsns reports that two instructions do the same, wherever they come from.
func equalInsns(x, y *insn) bool {
	a := *x
	a.span = y.span
	return a == *y
}

// hoistLimit is how many instructions may be done in vain to save a jump.
const hoistLimit = 1

// hoistCopies does what a block on one way of a branch does before the branch, where that saves the block its jump:
// registers that the other way and the branch itself don't read may be written early.
func (m *function) hoistCopies() bool {
	changed := false
	var in []regMask
	for i, b := range m.blocks {
		if b.term.kind != termJump || len(b.preds) != 1 || len(b.insns) == 0 || len(b.insns) > hoistLimit {
			continue
		}
		if i+1 < len(m.blocks) && b.term.to[0] == m.blocks[i+1] {
			continue // it needs no jump
		}
		p := b.preds[0]
		if p.term.kind != termBranch || p == b {
			continue
		}
		if in == nil {
			in = m.liveIn()
		}
		other := p.term.to[0]
		if other == b {
			other = p.term.to[1]
		}
		kept := in[other.index] | p.termReads()
		if slices.ContainsFunc(b.insns, func(ins insn) bool { return !hoistable(&ins) || maskOf(ins.dst)&kept != 0 }) {
			continue
		}
		p.insns = append(p.insns, b.insns...)
		b.insns = nil
		in[b.index] = in[b.term.to[0].index]
		changed = true
	}
	return changed
}

// hoistable reports that the instruction may run although its result is not needed.
func hoistable(ins *insn) bool { return ins.op == mopMov || ins.op == mopImm }

// maskOf is the register as a set, empty for none and for R10.
func maskOf(r reg) regMask {
	if r < 0 || r >= r10 {
		return 0
	}
	return 1 << r
}

// liveIn is which of R0 to R9 are live at the start of each block.
func (m *function) liveIn() []regMask {
	type summary struct{ reads, writes regMask } // reads before it writes
	sums := make([]summary, len(m.blocks))
	for i, b := range m.blocks {
		reads, written := b.termReads(), regMask(0)
		for k := len(b.insns) - 1; k >= 0; k-- {
			ins := &b.insns[k]
			reads = ins.liveBefore(reads)
			written |= ins.writes()
		}
		sums[i] = summary{reads, written}
	}
	in := m.mem.masks.Take(len(m.blocks))
	order := m.postorder()
	for changed := true; changed; {
		changed = false
		for _, b := range order {
			live := sums[b.index].reads
			for _, s := range b.term.succs() {
				live |= in[s.index] &^ sums[b.index].writes
			}
			if live != in[b.index] {
				in[b.index] = live
				changed = true
			}
		}
	}
	return in
}

// termReads is what the block's terminator reads.
func (b *block) termReads() regMask {
	switch b.term.kind {
	case termBranch:
		return maskOf(b.term.a) | maskOf(b.term.b)
	case termExit:
		return 1 << r0
	}
	return 0
}

// writes is the registers that the instruction changes.
func (i *insn) writes() regMask {
	if i.op == mopCall {
		return callerSaved
	}
	return maskOf(i.def())
}

// liveBefore is what is live before the instruction, given what is live after it.
func (i *insn) liveBefore(live regMask) regMask {
	live &^= i.writes()
	if i.op == mopCall {
		return live | i.argMask()
	}
	x, y := i.uses()
	return live | maskOf(x) | maskOf(y)
}
