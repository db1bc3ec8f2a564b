package opt

import "go3s/incremental/ir"

// numberValues finds values that are computed twice and keeps the one that dominates: global value numbering over
// the dominator tree. Beside arithmetic and addresses it covers helper calls that are constant within a run, loads
// from the context, which nobody writes, and phis of one block with the same arguments.
//
// The offset of a variable address that needs a check is left where it is computed: behind the check of its index. What was computed from the
// index before the check equals it, but the verifier knows no bounds of that.
//
// Source: Briggs, Cooper, Simpson, "Value Numbering", 1997, section on the dominator-based technique.
func numberValues(s *state, f *ir.Func) bool {
	dom := s.flow(f)
	n := numbering{f: f, repl: s.replacements(f), items: s.items[:0]}
	n.prepare(s)
	replaced := false
	for _, b := range dom.Order {
		kept := b.Values[:0]
		for i, v := range b.Values {
			if replaced {
				resolve(n.repl, v.Args)
			}
			if n.numberable(v) {
				if old := n.find(v, dom); old != nil && (old.Block == v.Block || n.traits[v.ID]&isOffset == 0) {
					n.repl[v.ID] = old
					replaced = true
					continue
				}
			}
			if len(kept) < i {
				kept = append(kept, v)
			} else {
				kept = b.Values[:i+1]
			}
		}
		b.Values = kept
		if replaced {
			resolve(n.repl, b.Term.Args)
		}
	}
	if replaced {
		closePhis(f, n.repl)
	}
	s.items = n.items
	return replaced
}

// numbering is a hash table of values by what they compute.
type numbering struct {
	f      *ir.Func
	repl   []*ir.Value
	traits []uint8 // by ID: isOffset, isCompared
	heads  []int32 // by hash: 1 + place in items
	items  []numbered
}

// What numbering knows of a value.
const (
	isOffset   = 1 << iota // the offset of a variable address that needs a check
	isCompared             // the last branch or return that looks at what is computed from it is a branch
)

// numbered is one entry; entries with one hash are linked, the newest first.
type numbered struct {
	v    *ir.Value
	hash uint64
	next int32
}

// maxChain bounds how many equal expressions in blocks that don't dominate the place are looked through.
const maxChain = 8

// prepare empties the table and finds the traits.
func (n *numbering) prepare(s *state) {
	f, size := n.f, 64
	for size < f.NumValues() {
		size *= 2
	}
	if cap(s.heads) < size {
		s.heads = make([]int32, size)
	}
	n.heads = s.heads[:size]
	clear(n.heads)
	s.traits = append(s.traits[:0], make([]uint8, f.NumValues())...)
	n.traits = s.traits
	for _, b := range f.Blocks {
		for _, a := range b.Term.Args {
			trait := &n.traits[index(a).ID]
			*trait &^= isCompared
			if b.Term.Kind == ir.TermBranch {
				*trait |= isCompared
			}
		}
	}
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpPtrAdd && n.traits[index(v.Args[1]).ID]&isCompared != 0 {
				n.traits[v.Args[1].ID] |= isOffset
			}
		}
	}
}

// index is the number that an offset is computed from.
func index(v *ir.Value) *ir.Value {
	for v.Op == ir.OpShl || v.Op == ir.OpMul || v.Op == ir.OpZext32 || v.Op == ir.OpTrunc {
		v = v.Args[0]
	}
	return v
}

// numberable reports that the value is a function of its arguments, wherever it is computed.
func (n *numbering) numberable(v *ir.Value) bool {
	switch {
	case v.Op == ir.OpParam:
		return false
	case v.Op.IsLoad():
		return loadsContext(n.f, v)
	case v.Op == ir.OpCall:
		h := v.Helper()
		return h != nil && h.Pure && h.Constant
	}
	info := v.Op.Info()
	return !info.Effect && !info.Reads
}

// loadsContext reports that a load reads the program's context, at a place the text shows.
func loadsContext(f *ir.Func, v *ir.Value) bool {
	if f.Kind == ir.Sub {
		return false
	}
	a := ir.AddressOf(v.Args[0])
	return a.Known && a.Root == f.Params[0]
}

// find is an equal value that dominates v; where there is none, v is entered.
func (n *numbering) find(v *ir.Value, dom *ir.DomTree) *ir.Value {
	h := hashOf(v)
	head := &n.heads[h&uint64(len(n.heads)-1)]
	tries := 0
	for i := *head; i != 0 && tries < maxChain; i = n.items[i-1].next {
		e := &n.items[i-1]
		if e.hash == h && same(e.v, v) {
			if dom.Dominates(e.v.Block, v.Block) {
				return e.v
			}
			tries++
		}
	}
	n.items = append(n.items, numbered{v, h, *head})
	*head = int32(len(n.items))
	return nil
}

func hashOf(v *ir.Value) uint64 {
	const mul = 0x9e3779b97f4a7c15
	h := uint64(v.Op) | uint64(v.Type)<<8 | uint64(v.Cond)<<12
	h = (h ^ uint64(v.Imm)) * mul
	for _, a := range v.Args {
		h = (h ^ h>>29 ^ uint64(a.ID)) * mul
	}
	switch v.Op {
	case ir.OpSlot:
		h ^= uint64(len(v.Slot.Name)) + uint64(v.Slot.Size)<<8
	case ir.OpMap, ir.OpMapValue:
		h ^= uint64(len(v.Map.Name))
	case ir.OpPhi:
		h ^= uint64(v.Block.ID) << 16
	}
	return h ^ h>>32
}

// same reports that two values compute the same thing from the same arguments.
func same(x, y *ir.Value) bool {
	if x.Op != y.Op || x.Type != y.Type || x.Imm != y.Imm || x.Cond != y.Cond || x.Slot != y.Slot || x.Map != y.Map ||
		x.Func != y.Func || len(x.Args) != len(y.Args) {
		return false
	}
	for i, a := range x.Args {
		if a != y.Args[i] {
			return false
		}
	}
	return x.Op != ir.OpPhi || x.Block == y.Block
}
