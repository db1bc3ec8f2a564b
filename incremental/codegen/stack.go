package codegen

import (
	"cmp"
	"slices"
)

// frame places the stack objects that are used. Objects that are never in use at the same time may overlap.
//
// A spilled register's home is in use between a store and the loads of what was stored. A slot is in use where it
// has been mentioned before, on some path, and will be again. Stores to homes that nobody loads are removed.
func (m *function) frame() error {
	if len(m.objs) == 0 {
		return nil
	}
	m.number()
	f := framer{m: m, words: (len(m.objs) + 63) / 64}
	f.scan()
	f.place()
	for _, b := range m.blocks {
		b.insns = slices.DeleteFunc(b.insns, func(i insn) bool { return i.op == mopTouch || i.op == mopDropped })
		for k := range b.insns {
			m.resolve(&b.insns[k])
		}
	}
	if m.stack > MaxStack {
		return &StackError{Bytes: m.stack}
	}
	return nil
}

// resolve replaces the object that an instruction names by its place below R10.
func (m *function) resolve(i *insn) {
	if i.obj == 0 {
		return
	}
	at := m.objs[i.obj-1].offset
	i.obj = 0
	switch i.op {
	case mopLea:
		i.imm += int64(at)
		return
	case mopLoad:
		i.src = r10
	case mopStore, mopAtomic:
		i.dst = r10
	}
	i.off += int16(at)
}

// objectSet is a set of indexes into function.objs.
type objectSet []uint64

func (s objectSet) has(o int32) bool { return s[o/64]>>(o%64)&1 != 0 }
func (s objectSet) add(o int32)      { s[o/64] |= 1 << (o % 64) }
func (s objectSet) drop(o int32)     { s[o/64] &^= 1 << (o % 64) }

// union adds what is in t and reports whether that was news.
func (s objectSet) union(t objectSet) bool {
	changed := false
	for w, bits := range t {
		if bits&^s[w] != 0 {
			s[w] |= bits
			changed = true
		}
	}
	return changed
}

// framer finds which objects may not overlap.
type framer struct {
	m        *function
	words    int
	used     objectSet
	pinned   objectSet
	homes    objectSet
	mentions []int       // by object: how often what is left of a block mentions it
	clashes  []objectSet // by object; a pair is in one set or in both
}

func (f *framer) set() objectSet { return f.m.mem.words.Take(f.words) }

// fill makes empty sets.
func (f *framer) fill(sets []objectSet) {
	store := objectSet(f.m.mem.words.Take(f.words * len(sets)))
	for i := range sets {
		sets[i] = store[i*f.words : (i+1)*f.words : (i+1)*f.words]
	}
}

// scan finds the clashes, walking every block backwards from what is in use at its end.
func (f *framer) scan() {
	before := f.mentioned()
	in := f.m.mem.objs.Take(len(f.m.blocks))
	f.fill(in)
	order := f.m.postorder()
	out := f.set()
	for changed := true; changed; {
		changed = false
		for _, b := range order {
			clear(out)
			for _, s := range b.term.succs() {
				out.union(in[s.index])
			}
			for k := len(b.insns) - 1; k >= 0; k-- {
				f.step(&b.insns[k], out)
			}
			changed = in[b.index].union(out) || changed
		}
	}
	f.clashes = f.m.mem.objs.Take(len(f.m.objs))
	f.fill(f.clashes)
	for _, b := range order {
		clear(out)
		for _, s := range b.term.succs() {
			out.union(in[s.index])
		}
		f.block(b, out, before[b.index])
	}
}

// step makes out what is in use before the instruction. For slots that is only what will be mentioned again.
func (f *framer) step(i *insn, out objectSet) {
	if i.obj == 0 || i.op == mopDropped {
		return
	}
	if o := i.obj - 1; f.isHome(o) && i.op == mopStore {
		out.drop(o)
	} else {
		out.add(o)
	}
}

func (f *framer) isHome(o int32) bool { return f.m.objs[o].slot == nil }

// mentioned is, for every block, the slots that some path to its start mentions.
func (f *framer) mentioned() []objectSet {
	f.used, f.pinned, f.homes = f.set(), f.set(), f.set()
	f.mentions = f.m.mem.wide.Take(len(f.m.objs))
	in, own := f.m.mem.objs.Take(len(f.m.blocks)), f.m.mem.objs.Take(len(f.m.blocks))
	f.fill(in)
	f.fill(own)
	for i, b := range f.m.blocks {
		for k := range b.insns {
			if o := b.insns[k].obj - 1; o >= 0 && !f.isHome(o) {
				own[i].add(o)
				f.used.add(o)
			}
		}
	}
	for o := range f.m.objs {
		if f.m.objs[o].pinned {
			f.pinned.add(int32(o))
		}
		if f.isHome(int32(o)) {
			f.homes.add(int32(o))
		}
	}
	order := f.m.postorder()
	for changed := true; changed; {
		changed = false
		for i := len(order) - 1; i >= 0; i-- {
			b := order[i]
			for _, s := range b.term.succs() {
				changed = in[s.index].union(in[b.index]) || changed
				changed = in[s.index].union(own[b.index]) || changed
			}
		}
	}
	return in
}

// block records clashes where an object is mentioned while others are in use. live is what is in use at the end, or
// will be; a slot among it counts only where it has been mentioned before.
func (f *framer) block(b *block, live, before objectSet) {
	started := f.set()
	copy(started, before)
	started.union(f.homes)
	for k := range b.insns {
		if o := b.insns[k].obj - 1; o >= 0 {
			f.mentions[o]++
			started.add(o)
		}
	}
	for k := len(b.insns) - 1; k >= 0; k-- {
		ins := &b.insns[k]
		o := ins.obj - 1
		if o < 0 {
			continue
		}
		f.mentions[o]--
		if f.isHome(o) && ins.op == mopStore && !live.has(o) {
			ins.op = mopDropped
			continue
		}
		f.used.add(o)
		for w := range live {
			f.clashes[o][w] |= live[w] & started[w]
		}
		if f.mentions[o] == 0 && !before.has(o) && !f.isHome(o) {
			started.drop(o)
		}
		f.step(ins, live)
	}
}

// place gives each object the place nearest to R10 that no object it clashes with has taken.
func (f *framer) place() {
	objs := f.m.objs
	order := f.m.mem.wide.Take(len(objs))[:0]
	for o := range objs {
		if f.used.has(int32(o)) {
			order = append(order, o)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Or(-cmp.Compare(objs[x].align, objs[y].align), -cmp.Compare(objs[x].size, objs[y].size))
	})
	for n, o := range order {
		end := alignUp(objs[o].size, objs[o].align) // distance of the object's start from R10
		for moved := true; moved; {
			moved = false
			for _, p := range order[:n] {
				apart := end <= -objs[p].offset-objs[p].size || end-objs[o].size >= -objs[p].offset
				if !apart && f.clash(o, p) {
					end = alignUp(-objs[p].offset+objs[o].size, objs[o].align)
					moved = true
				}
			}
		}
		objs[o].offset = -end
		f.m.stack = max(f.m.stack, end)
	}
}

func (f *framer) clash(o, p int) bool {
	return f.clashes[o].has(int32(p)) || f.clashes[p].has(int32(o)) || f.pinned.has(int32(o)) || f.pinned.has(int32(p))
}

// alignUp is the next multiple of align, a power of two.
func alignUp(n, align int) int { return (n + align - 1) &^ (align - 1) }
