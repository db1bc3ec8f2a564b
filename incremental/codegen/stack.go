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
	f := framer{m: m, words: (len(m.objs) + 63) / 64}
	f.scan()
	f.place()
	for _, b := range m.blocks {
		for _, k := range f.mentions(b) {
			m.resolve(&b.insns[k])
		}
		b.sweep()
	}
	if m.stack > MaxStack {
		return &StackError{Bytes: m.stack}
	}
	return nil
}

// resolve replaces the object that an instruction names by its place below R10.
func (m *function) resolve(i *insn) {
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

func (s objectSet) union(t objectSet) {
	for w, bits := range t {
		s[w] |= bits
	}
}

// framer finds which objects may not overlap.
type framer struct {
	m       *function
	words   int
	used    objectSet
	pinned  objectSet
	homes   objectSet
	at      []int32 // places in their blocks of the instructions that mention objects
	from    []int32 // by block index: where its part of at starts; at the end where the last one ends
	left    []int32 // by object: how often what is left of a block mentions it
	clashes bitRows // by object; a pair is in one set or in both
}

func (f *framer) set() objectSet { return f.m.mem.words.Take(f.words) }

// sets are n empty ones.
func (f *framer) sets(n int) bitRows { return newBitRows(n, len(f.m.objs), f.m.mem) }

// mentions are the places in the block of the instructions that mention objects.
func (f *framer) mentions(b *block) []int32 { return f.at[f.from[b.index]:f.from[b.index+1]] }

// scan finds the clashes, walking every block backwards from what is in use at its end.
func (f *framer) scan() {
	f.find()
	f.used, f.pinned, f.homes = f.set(), f.set(), f.set()
	for o := range f.m.objs {
		if f.m.objs[o].pinned {
			f.pinned.add(int32(o))
		}
		if f.isHome(int32(o)) {
			f.homes.add(int32(o))
		}
	}
	before, in := f.flow()
	f.clashes = f.sets(len(f.m.objs))
	f.left = f.m.mem.ints.Take(len(f.m.objs))
	out, started := f.set(), f.set()
	for _, b := range f.m.postorder() {
		clear(out)
		for _, s := range b.term.succs() {
			out.union(in.row(s.index))
		}
		f.block(b, out, started, before.row(b.index))
	}
}

// find lists the instructions that mention objects.
func (f *framer) find() {
	f.at, f.from = f.m.mem.mentions[:0], f.m.mem.ints.Take(len(f.m.blocks)+1)
	for i, b := range f.m.blocks {
		for k := range b.insns {
			if b.insns[k].obj > 0 {
				f.at = append(f.at, int32(k))
			}
		}
		f.from[i+1] = int32(len(f.at))
	}
	f.m.mem.mentions = f.at
}

// flow is, for every block, the slots that some path to its start mentions, and what is in use at its start. For slots the latter is
// only what will be mentioned.
func (f *framer) flow() (before, in bitRows) {
	n := len(f.m.blocks)
	before, in = f.sets(n), f.sets(n)
	adds, drops := f.sets(n), f.sets(n) // what a block does to what is in use, from its end to its start
	for i, b := range f.m.blocks {
		add, drop := objectSet(adds.row(i)), objectSet(drops.row(i))
		for _, k := range f.mentions(b) {
			switch o := b.insns[k].obj - 1; {
			case !f.isHome(o):
				add.add(o)
				f.used.add(o)
			case add.has(o) || drop.has(o):
			case b.insns[k].op == mopStore:
				drop.add(o)
			default:
				add.add(o)
			}
		}
	}
	order := f.m.postorder()
	for changed := true; changed; {
		changed = false
		for _, b := range order {
			now, add, drop := in.row(b.index), adds.row(b.index), drops.row(b.index)
			for w := range now {
				bits := add[w]
				for _, s := range b.term.succs() {
					bits |= in.row(s.index)[w] &^ drop[w]
				}
				changed = changed || bits != now[w]
				now[w] = bits
			}
		}
		for i := len(order) - 1; i >= 0; i-- {
			b := order[i]
			was, add := before.row(b.index), adds.row(b.index)
			for _, s := range b.term.succs() {
				to := before.row(s.index)
				for w := range to {
					bits := to[w] | was[w] | add[w]&^f.homes[w]
					changed = changed || bits != to[w]
					to[w] = bits
				}
			}
		}
	}
	return before, in
}

func (f *framer) isHome(o int32) bool { return f.m.objs[o].home }

// block records clashes where an object is mentioned while others are in use. live is what is in use at the end, or
// will be; a slot among it counts only where it has been mentioned before.
// started is memory for a set.
func (f *framer) block(b *block, live, started, before objectSet) {
	copy(started, before)
	started.union(f.homes)
	mentions := f.mentions(b)
	for _, k := range mentions {
		o := b.insns[k].obj - 1
		f.left[o]++
		started.add(o)
	}
	for _, k := range slices.Backward(mentions) {
		ins := &b.insns[k]
		o := ins.obj - 1
		f.left[o]--
		if f.isHome(o) && ins.op == mopStore && !live.has(o) {
			ins.op = mopDropped
			continue
		}
		f.used.add(o)
		clashes := f.clashes.row(int(o))
		for w := range live {
			clashes[w] |= live[w] & started[w]
		}
		if f.left[o] == 0 && !before.has(o) && !f.isHome(o) {
			started.drop(o)
		}
		if f.isHome(o) && ins.op == mopStore {
			live.drop(o)
		} else {
			live.add(o)
		}
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
	return objectSet(f.clashes.row(o)).has(int32(p)) || objectSet(f.clashes.row(p)).has(int32(o)) || f.pinned.has(int32(o)) || f.pinned.has(int32(p))
}

// alignUp is the next multiple of align, a power of two.
func alignUp(n, align int) int { return (n + align - 1) &^ (align - 1) }
