package ir

import "slices"

// Postorder lists the blocks that the entry reaches, each after its successors except along back edges.
func (f *Func) Postorder() []*Block { return f.postorder(make([]*Block, 0, len(f.Blocks))) }

// postorder appends the blocks to order.
func (f *Func) postorder(order []*Block) []*Block {
	seen := f.unseen()
	return f.walk(order, f.Blocks[0], func(b *Block) bool {
		was := seen[b.ID]
		seen[b.ID] = true
		return !was
	})
}

// walk appends the blocks that root reaches to order, each after its successors, and no others than those that fresh takes, which it
// does once.
func (f *Func) walk(order []*Block, root *Block, fresh func(*Block) bool) []*Block {
	fresh(root)
	stack := append(f.room().stack[:0], visit{b: root})
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		// The last successor first, so that in reverse the first successor follows its block.
		if n := len(top.b.Term.Succs); top.next < n {
			s := top.b.Term.Succs[n-1-top.next]
			top.next++
			if fresh(s) {
				stack = append(stack, visit{b: s})
			}
			continue
		}
		order = append(order, top.b)
		stack = stack[:len(stack)-1]
	}
	f.mem.stack = stack
	return order
}

// ReversePostorder lists the blocks that the entry reaches, each before its successors except along back edges.
func (f *Func) ReversePostorder() []*Block {
	order := f.Postorder()
	slices.Reverse(order)
	return order
}

// DomTree says which blocks dominate which. It is a picture of the graph as it was when it was made.
//
// Source: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001.
type DomTree struct {
	// Order is the reached blocks in reverse postorder; a block comes after its dominators.
	Order []*Block

	place     []int32 // by block ID: place in Order, -1 where not reached
	idom      []int32 // by place
	pre, last []int32 // by place: number in a walk of the tree, and the largest number below
	free      []int32 // by place: where the range of a block's next child starts
	table     []int32 // holds the last four
}

// Dominators computes the dominator tree.
func (f *Func) Dominators() *DomTree {
	d := &DomTree{}
	d.Compute(f)
	return d
}

// Compute makes the dominator tree of the function of d, whose memory it uses.
func (d *DomTree) Compute(f *Func) {
	d.place = d.place[:0]
	d.grow(f)
	d.Order = f.postorder(d.Order[:0])
	d.link()
}

// Within makes a dominator tree of d: that of the blocks which root reaches through blocks that in takes, itself among them. Where d has
// been such a tree already, of the same function, it takes no longer than these blocks are many.
func (d *DomTree) Within(f *Func, root *Block, in func(*Block) bool) {
	for _, b := range d.Order {
		d.place[b.ID] = -1
	}
	d.grow(f)
	d.Order = f.walk(d.Order[:0], root, func(b *Block) bool {
		if d.place[b.ID] != -1 || !in(b) {
			return false
		}
		d.place[b.ID] = 0
		return true
	})
	d.link()
}

// grow makes room for the places of the blocks that the function has.
func (d *DomTree) grow(f *Func) {
	d.place = slices.Grow(d.place, max(f.nextBlock-len(d.place), 0))
	for len(d.place) < f.nextBlock {
		d.place = append(d.place, -1)
	}
}

// link finds the dominators of the blocks that Order has in postorder, and reverses it.
func (d *DomTree) link() {
	slices.Reverse(d.Order)
	n := len(d.Order)
	if cap(d.table) < 4*n {
		d.table = make([]int32, 4*n)
	}
	table := d.table[:4*n]
	clear(table)
	d.idom, d.pre, d.last, d.free = table[:n], table[n:2*n], table[2*n:3*n], table[3*n:]
	for i, b := range d.Order {
		d.place[b.ID] = int32(i)
		d.idom[i] = -1
	}
	d.idom[0] = 0
	for changed := true; changed; {
		changed = false
		for i := 1; i < n; i++ {
			if up := d.meet(d.Order[i]); up != d.idom[i] {
				d.idom[i] = up
				changed = true
			}
		}
	}
	d.number()
}

// meet is the nearest block that dominates all predecessors that are known so far.
func (d *DomTree) meet(b *Block) int32 {
	up := int32(-1)
	for _, p := range b.Preds {
		x := d.place[p.ID]
		if x < 0 || d.idom[x] < 0 {
			continue
		}
		if up < 0 {
			up = x
			continue
		}
		for x != up {
			for x > up {
				x = d.idom[x]
			}
			for up > x {
				up = d.idom[up]
			}
		}
	}
	return up
}

// number numbers the tree so that a block's subtree is a range. A dominator comes first in Order, so sizes are
// summed from the end and ranges are dealt out from the start, without walking the tree.
func (d *DomTree) number() {
	n := len(d.Order)
	for i := n - 1; i > 0; i-- {
		d.last[i]++
		d.last[d.idom[i]] += d.last[i]
	}
	d.last[0]++
	free := d.free
	free[0] = 1
	d.last[0]--
	for i := 1; i < n; i++ {
		up := d.idom[i]
		size := d.last[i]
		d.pre[i] = free[up]
		free[up] += size
		free[i] = d.pre[i] + 1
		d.last[i] = d.pre[i] + size - 1
	}
}

// Place is the place of a block in Order, -1 where the entry doesn't reach it.
func (d *DomTree) Place(b *Block) int { return int(d.place[b.ID]) }

// Reached reports that the entry reaches b.
func (d *DomTree) Reached(b *Block) bool { return d.place[b.ID] >= 0 }

// Idom is the immediate dominator of b, nil for the entry. The block must be reached.
func (d *DomTree) Idom(b *Block) *Block {
	i := d.place[b.ID]
	if i == 0 {
		return nil
	}
	return d.Order[d.idom[i]]
}

// Dominates reports that every way from the entry to b goes through a; a block dominates itself. Both must be
// reached.
func (d *DomTree) Dominates(a, b *Block) bool {
	x, y := d.place[a.ID], d.place[b.ID]
	return d.pre[x] <= d.pre[y] && d.pre[y] <= d.last[x]
}
