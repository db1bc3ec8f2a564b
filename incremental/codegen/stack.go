package codegen

import (
	"cmp"
	"slices"
)

// frame places the stack objects that are used, the strictest alignment first, from R10 downwards.
func (m *function) frame() error {
	used := make([]bool, len(m.objs))
	for _, b := range m.blocks {
		for k := range b.insns {
			if o := b.insns[k].obj; o > 0 {
				used[o-1] = true
			}
		}
	}
	var order []int
	for i := range m.objs {
		if used[i] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return -cmp.Compare(m.objs[x].align, m.objs[y].align) })
	bytes := 0
	for _, i := range order {
		o := &m.objs[i]
		bytes = alignUp(bytes+o.size, o.align)
		o.offset = -bytes
	}
	m.stack = bytes
	if bytes > MaxStack {
		return &StackError{Bytes: bytes}
	}
	return nil
}

// alignUp is the next multiple of align, a power of two.
func alignUp(n, align int) int { return (n + align - 1) &^ (align - 1) }
