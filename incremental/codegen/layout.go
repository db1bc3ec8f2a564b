package codegen

import (
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

// dropUnreachable removes blocks that no path reaches.
func (m *function) dropUnreachable() {
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
		b.insns = slices.DeleteFunc(b.insns, func(i insn) bool { return i.op == mopDropped })
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
		m.dropUnreachable()
	}
	return changed
}

// mergeTwins lets equal blocks be one. Mostly they are returns.
func (m *function) mergeTwins() bool {
	changed := false
	first := m.mem.twins
	clear(first)
	for _, b := range m.blocks {
		k := keyOf(b)
		twins := first[k]
		i := slices.IndexFunc(twins, func(t *block) bool { return equalBlocks(t, b) })
		if i < 0 {
			if twins == nil {
				twins = m.mem.refs.Take(1)[:0]
			}
			first[k] = append(twins, b)
			continue
		}
		// The twin that is laid out later is the one that stays: jumps go forward.
		old := twins[i]
		twins[i] = b
		if old == m.blocks[0] {
			twins[i], old, b = old, b, old
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
	return changed
}

// twinKey is equal for equal blocks.
type twinKey struct {
	n    int
	last mop
	kind termKind
	to   *block
}

func keyOf(b *block) twinKey {
	k := twinKey{n: len(b.insns), kind: b.term.kind, to: b.term.to[0]}
	if k.n > 0 {
		k.last = b.insns[k.n-1].op
	}
	if k.kind == termExit {
		k.to = nil
	}
	return k
}

func equalBlocks(x, y *block) bool {
	s, t := x.term, y.term
	s.span, t.span = nil, nil
	same := s == t
	if s.kind == t.kind && s.kind != termBranch {
		same = slices.Equal(s.succs(), t.succs())
	}
	return same && slices.EqualFunc(x.insns, y.insns, equalInsns)
}

func equalInsns(x, y insn) bool {
	x.span, y.span = nil, nil
	return x == y
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
