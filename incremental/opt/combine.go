package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// combineStores makes one store of neighbouring ones to a slot or a ring record: of constants, where the instruction
// has room for the wider constant, and of a value with zeros above it. Small zeroing takes part. Within the run that
// is combined nothing reads the memory.
func combineStores(s *state, f *ir.Func) bool {
	c := &combiner{f: f, list: &s.list, held: s.held[:0], parts: s.parts}
	changed := false
	for _, b := range f.Blocks {
		if countStores(b) < 2 {
			continue
		}
		c.b = b
		c.list.start(b)
		for _, v := range b.Values {
			c.value(v)
		}
		c.flush()
		changed = c.list.end() || changed
	}
	s.held, s.parts = c.held, c.parts
	return changed
}

func countStores(b *ir.Block) int {
	n := 0
	for _, v := range b.Values {
		if v.Op.IsStore() || v.Op == ir.OpZero {
			n++
		}
	}
	return n
}

// combiner holds back the stores of a run until something must see them.
type combiner struct {
	f    *ir.Func
	b    *ir.Block
	list *relist
	held []heldStore // to one object
	root *ir.Value

	parts []heldStore // room for what they become
}

// heldStore is a store at a known place of the object; konst tells that the value is c.
type heldStore struct {
	v         *ir.Value
	off, size int64
	konst     bool
	c         int64
}

// maxHeld bounds a run.
const maxHeld = 32

func (c *combiner) value(v *ir.Value) {
	if h, root, ok := c.candidate(v); ok {
		if c.root != root || c.overlaps(h) || len(c.held) >= maxHeld {
			c.flush()
		}
		c.root = root
		c.held = append(c.held, h)
		return
	}
	info := v.Op.Info()
	if (info.Reads || info.Writes) && !c.elsewhere(v) {
		c.flush()
	}
	c.list.place(v)
}

// elsewhere reports that v only loads, from an object other than the one of the held stores.
func (c *combiner) elsewhere(v *ir.Value) bool {
	if !v.Op.IsLoad() || c.root == nil {
		return false
	}
	root := ir.AddressOf(v.Args[0]).Root
	switch root.Op {
	case ir.OpParam, ir.OpMapValue:
		return true
	case ir.OpSlot:
		return root.Slot != c.root.Slot
	}
	return false
}

// candidate takes a store that may be combined.
func (c *combiner) candidate(v *ir.Value) (h heldStore, root *ir.Value, ok bool) {
	if !v.Op.IsStore() && !(v.Op == ir.OpZero && v.Imm <= 16) {
		return h, nil, false
	}
	at := ir.AddressOf(v.Args[0])
	isRecord := at.Root.Op == ir.OpCall && at.Root.Helper() != nil && at.Root.Helper().Result == ir.HelperResultRecord
	if !at.Known || at.Root.Op != ir.OpSlot && !isRecord {
		return h, nil, false
	}
	h = heldStore{v: v, off: at.Offset + v.Imm, size: int64(v.Op.AccessSize())}
	if v.Op == ir.OpZero {
		h.off, h.size, h.konst = at.Offset, v.Imm, true
	} else if x := v.Args[1]; x.Op == ir.OpConst {
		h.konst, h.c = true, x.Imm
	}
	return h, at.Root, true
}

func (c *combiner) overlaps(h heldStore) bool {
	for _, o := range c.held {
		if h.off < o.off+o.size && o.off < h.off+h.size {
			return true
		}
	}
	return false
}

// flush emits the stores that were held back, combined. Where nothing combines they stay as they were.
func (c *combiner) flush() {
	if len(c.held) == 0 {
		return
	}
	slices.SortStableFunc(c.held, func(a, b heldStore) int { return int(a.off - b.off) })
	align := int64(8)
	if c.root.Op == ir.OpSlot {
		align = int64(c.root.Slot.Align)
	}
	parts := c.split(align)
	c.parts = parts
	for merged := true; merged; {
		parts, merged = c.pairs(parts, align)
	}
	for _, h := range parts {
		if h.v == nil {
			h.v = c.store(h, c.held[0].v)
		}
		c.list.place(h.v)
	}
	c.held, c.root = c.held[:0], nil
}

// split cuts zeroing into aligned stores, where a neighbour may take them in; other zeroing stays whole.
func (c *combiner) split(align int64) []heldStore {
	parts := c.parts[:0]
	for i, h := range c.held {
		next := i > 0 && c.held[i-1].off+c.held[i-1].size == h.off || i+1 < len(c.held) && h.off+h.size == c.held[i+1].off
		if h.v.Op != ir.OpZero || !next || align < 4 {
			parts = append(parts, h)
			continue
		}
		for off := h.off; off < h.off+h.size; {
			size := min(align, 8)
			for off%size != 0 || off+size > h.off+h.size {
				size /= 2
			}
			parts = append(parts, heldStore{off: off, size: size, konst: true})
			off += size
		}
	}
	return parts
}

// pairs joins neighbours of one size that are aligned together.
func (c *combiner) pairs(list []heldStore, align int64) (out []heldStore, merged bool) {
	out = list[:0]
	for i := 0; i < len(list); i++ {
		lo := list[i]
		if i+1 < len(list) {
			hi := list[i+1]
			if j, ok := c.join(lo, hi, align); ok {
				out = append(out, j)
				merged = true
				i++
				continue
			}
		}
		out = append(out, lo)
	}
	return out, merged
}

// join makes one store of two.
func (c *combiner) join(lo, hi heldStore, align int64) (j heldStore, ok bool) {
	size := 2 * lo.size
	if lo.size != hi.size || lo.off+lo.size != hi.off || lo.off%size != 0 || size > align || size > 8 || !hi.konst {
		return j, false
	}
	if lo.konst {
		bits := 8 * lo.size
		k := lo.c&(1<<bits-1) | hi.c<<bits
		switch {
		case size == 8 && k != int64(int32(k)):
			return j, false
		case size < 8:
			k = int64(int32(k << (64 - 8*size) >> (64 - 8*size)))
		}
		return heldStore{off: lo.off, size: size, konst: true, c: k}, true
	}
	if lo.size == 4 && hi.c == 0 && lo.v != nil {
		wide := c.f.Unplaced(ir.OpZext32, ir.I64, lo.v.Span, lo.v.Args[1])
		wide.Block = c.b
		c.list.place(wide)
		v := c.f.Unplaced(ir.OpStore64, ir.Void, lo.v.Span, lo.v.Args[0], wide)
		v.Imm, v.Block = lo.v.Imm, c.b
		return heldStore{v: v, off: lo.off, size: 8}, true
	}
	return j, false
}

// store makes a store of a constant.
func (c *combiner) store(h heldStore, like *ir.Value) *ir.Value {
	t, op := ir.I32, ir.OpStore32
	switch h.size {
	case 1:
		op = ir.OpStore8
	case 2:
		op = ir.OpStore16
	case 8:
		t, op = ir.I64, ir.OpStore64
	}
	k := c.f.Unplaced(ir.OpConst, t, like.Span)
	k.Imm, k.Block = h.c, c.b
	v := c.f.Unplaced(op, ir.Void, like.Span, c.root, k)
	v.Imm, v.Block = h.off, c.b
	c.list.place(k)
	return v
}
