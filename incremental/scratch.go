package incremental

import (
	"errors"
	"fmt"
	"slices"

	"go3s/incremental/abi"
	"go3s/incremental/codegen"
	"go3s/incremental/ir"
)

// maxScratch is the largest value of a per-CPU map: PCPU_MIN_UNIT_SIZE in include/linux/percpu.h.
const maxScratch = 32 << 10

// scratch moves stack slots of a program whose stack is too small to the value of a per-CPU map. The map is the program's own: the
// kernel runs a tracing program on a CPU only if it is not running there already.
type scratch struct {
	m     *ir.Module
	mem   *ir.Map
	bases map[*ir.Func]*ir.Value
	fixed map[*ir.Slot]bool // hold addresses, which the verifier follows on the stack only
	moved map[*ir.Slot]bool
}

// generate compiles all functions of a program, and moves the largest slots from the stack as long as it is too small. With care all are
// moved: the verifier follows what is written to the stack.
func generate(m *ir.Module, t codegen.Target, careful bool) ([]*codegen.Code, int, error) {
	var s *scratch
	if careful {
		s = newScratch(m)
		s.move(maxScratch, 0)
	}
	for {
		codes, err := assemble(m, t)
		var full *codegen.StackError
		if !errors.As(err, &full) {
			size := 0
			if s != nil {
				size = s.mem.Value
			}
			return codes, size, err
		}
		if s == nil {
			s = newScratch(m)
		}
		if !s.move(full.Bytes-codegen.MaxStack, 8) {
			return nil, 0, err
		}
	}
}

func newScratch(m *ir.Module) *scratch {
	s := &scratch{
		m: m, mem: &ir.Map{Kind: ir.PerCPUArray, Key: 4, Entries: 1},
		bases: map[*ir.Func]*ir.Value{}, fixed: map[*ir.Slot]bool{}, moved: map[*ir.Slot]bool{},
	}
	for changed := true; changed; {
		changed = false
		fix := func(v *ir.Value) {
			if root := ir.AddressOf(v).Root; root.Op == ir.OpSlot && !s.fixed[root.Slot] {
				s.fixed[root.Slot], changed = true, true
			}
		}
		isFixed := func(v *ir.Value) bool {
			root := ir.AddressOf(v).Root
			return root.Op == ir.OpSlot && s.fixed[root.Slot]
		}
		for _, f := range m.Funcs {
			for _, b := range f.Blocks {
				for _, v := range b.Values {
					switch {
					case v.Op == ir.OpLoadPtr, v.Op == ir.OpStore64 && v.Args[1].Type == ir.Ptr:
						fix(v.Args[0])
					case v.Op == ir.OpMove && (isFixed(v.Args[0]) || isFixed(v.Args[1])):
						fix(v.Args[0])
						fix(v.Args[1])
					case v.Op == ir.OpCall && v.Imm == ir.HelperLoop:
						fix(v.Args[2])
					}
				}
			}
		}
	}
	return s
}

// scratchName names a map after the program and its size, so that programs of different sizes don't meet in one.
func scratchName(program string, size int) string {
	return fmt.Sprintf("%s%s%d", program, abi.ScratchSuffix, size)
}

// move moves slots of at least n bytes in all, the largest first, none of least bytes or less. It reports false when there is none left, or
// no room.
func (s *scratch) move(n, least int) bool {
	type candidate struct {
		f    *ir.Func
		slot *ir.Slot
	}
	var all []candidate
	for _, f := range s.m.Funcs {
		for _, slot := range f.Slots {
			if !s.fixed[slot] && !s.moved[slot] && slot.Size > least {
				all = append(all, candidate{f, slot})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return b.slot.Size - a.slot.Size })
	done := false
	for _, c := range all {
		size := (c.slot.Size + 7) &^ 7
		if n <= 0 || s.mem.Value+size > maxScratch {
			break
		}
		if s.place(c.f, c.slot, s.mem.Value) {
			s.mem.Value += size
			n -= size
		}
		s.moved[c.slot] = true
		done = true
	}
	s.mem.Name = scratchName(s.m.Funcs[0].Name, s.mem.Value)
	return done
}

// place makes the addresses of a slot addresses in the map's value, and reports whether it has any.
func (s *scratch) place(f *ir.Func, slot *ir.Slot, off int) bool {
	used := false
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpSlot && v.Slot == slot {
				base := s.base(f)
				v.Op, v.Slot, v.Imm = ir.OpOffset, nil, int64(off)
				v.Args = append(v.Args, base)
				used = true
			}
		}
	}
	return used
}

// base is the address of the map's value in a function, looked up once where the function starts.
func (s *scratch) base(f *ir.Func) *ir.Value {
	if v := s.bases[f]; v != nil {
		return v
	}
	if len(s.bases) == 0 {
		s.m.Maps = append(s.m.Maps, s.mem)
	}
	entry, span := f.Entry(), f.Span
	body, gone := f.NewBlock(), f.NewBlock()
	n := len(f.Params)
	body.Values = slices.Clone(entry.Values[n:])
	entry.Values = entry.Values[:n:n]
	for _, v := range body.Values {
		v.Block = body
	}
	body.Term, entry.Term = entry.Term, ir.Term{}
	for _, to := range body.Term.Succs {
		for i, p := range to.Preds {
			if p == entry {
				to.Preds[i] = body
			}
		}
	}
	f.Blocks = slices.Insert(f.Blocks[:len(f.Blocks)-2], 1, body)
	f.Blocks = append(f.Blocks, gone)

	key := f.NewValue(entry, ir.OpSlot, ir.Ptr, span)
	key.Slot = f.NewSlot("zero", 8, 8)
	f.NewValue(entry, ir.OpStore64, ir.Void, span, key, entry.Const(ir.I64, 0, span))
	mem := f.NewValue(entry, ir.OpMap, ir.Ptr, span)
	mem.Map = s.mem
	v := f.NewValue(entry, ir.OpCall, ir.Ptr, span, mem, key)
	v.Imm = ir.HelperMapLookupElem
	entry.Branch(ir.Eq, v, entry.Const(ir.Ptr, 0, span), gone, body, span)
	entry.Term.Likely = 2
	gone.Return(missing(f, gone), span)
	s.bases[f] = v
	return v
}

// missing is what a function returns when the map has no value, which does not happen: the verifier wants it.
func missing(f *ir.Func, b *ir.Block) *ir.Value {
	for _, other := range f.Blocks {
		if other.Term.Kind == ir.TermReturn && len(other.Term.Args) == 1 {
			n := int64(0)
			if f.Kind == ir.Sub {
				n = 1 // a round of a loop is the last, a function ends the run
			}
			return b.Const(other.Term.Args[0].Type, n, f.Span)
		}
	}
	return nil
}
