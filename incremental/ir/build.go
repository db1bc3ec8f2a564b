package ir

import (
	"strconv"

	"go3s/incremental/source"
)

// NewFunc makes a function with an empty entry block. A program gets its context, a Ptr, as its one parameter; a
// Sub gets its parameters by AddParam.
func NewFunc(name string, kind Kind) *Func {
	f := &Func{Name: name, Kind: kind}
	f.NewBlock()
	if kind != Sub {
		f.AddParam(Ptr)
	}
	return f
}

// AddParam adds the next parameter. All parameters are added before anything else is put into the entry block.
func (f *Func) AddParam(t Type) *Value {
	v := f.NewValue(f.Blocks[0], OpParam, t, f.Span)
	v.Imm = int64(len(f.Params))
	f.Params = append(f.Params, v)
	return v
}

// NewBlock appends an empty block without a terminator.
func (f *Func) NewBlock() *Block {
	b := &f.room().blocks.Take(1)[0]
	b.ID, b.fn = f.nextBlock, f
	f.nextBlock++
	f.Blocks = append(f.Blocks, b)
	return b
}

// NewSlot adds a stack object. Where the name is taken, the slot gets a number after its name.
func (f *Func) NewSlot(name string, size, align int) *Slot {
	if f.slotNames == nil {
		f.slotNames = map[string]int{}
	}
	n, unique := f.slotNames[name], name
	for ; n > 0; n++ {
		unique = name + "." + strconv.Itoa(n)
		if f.slotNames[unique] == 0 {
			f.slotNames[unique] = 1
			break
		}
	}
	f.slotNames[name] = n + 1
	return f.addSlot(unique, size, align)
}

func (f *Func) addSlot(name string, size, align int) *Slot {
	s := &Slot{Name: name, Size: size, Align: align, ID: f.nextSlot}
	f.nextSlot++
	f.Slots = append(f.Slots, s)
	return s
}

// NewValue appends a value to b. What the op needs beside its arguments (Imm, Cond, Slot, Map, Func) is set by the
// caller.
func (f *Func) NewValue(b *Block, op Op, t Type, span source.Span, args ...*Value) *Value {
	v := f.Unplaced(op, t, span, args...)
	v.Block = b
	b.Values = f.mem.args.Push(b.Values, v)
	return v
}

// Unplaced makes a value that is in no block yet; the caller puts it into a block's Values and sets its Block.
func (f *Func) Unplaced(op Op, t Type, span source.Span, args ...*Value) *Value {
	m := f.room()
	v := &m.values.Take(1)[0]
	v.ID, v.Op, v.Type, v.Span = f.nextValue, op, t, span
	if len(args) > 0 {
		v.Args = m.args.Take(len(args))
		copy(v.Args, args)
	}
	f.nextValue++
	return v
}

// NumValues is larger than the ID of every value of the function, for tables indexed by ID.
func (f *Func) NumValues() int { return f.nextValue }

// NumBlocks is larger than the ID of every block of the function, for tables indexed by ID.
func (f *Func) NumBlocks() int { return f.nextBlock }

// NumSlots is larger than the ID of every slot of the function, for tables indexed by ID.
func (f *Func) NumSlots() int { return f.nextSlot }

// Entry is the block where the function starts. It has no predecessors.
func (f *Func) Entry() *Block { return f.Blocks[0] }

// Func is the function that the block was made for.
func (b *Block) Func() *Func { return b.fn }

// Const appends the constant v. An I32's constant is kept sign-extended from 32 bits; the only constant of type
// Ptr is 0, the null pointer.
func (b *Block) Const(t Type, v int64, span source.Span) *Value {
	if t == I32 {
		v = int64(int32(v))
	}
	c := b.fn.NewValue(b, OpConst, t, span)
	c.Imm = v
	return c
}

// Phi inserts a phi after the block's phis. The caller fills Args, one per entry of Preds and in that order.
func (b *Block) Phi(t Type, span source.Span) *Value {
	v := b.fn.Unplaced(OpPhi, t, span)
	v.Block = b
	n := len(b.Phis())
	b.Values = append(b.Values, nil)
	copy(b.Values[n+1:], b.Values[n:])
	b.Values[n] = v
	return v
}

// Phis is the leading part of the block's values that are phis.
func (b *Block) Phis() []*Value {
	for i, v := range b.Values {
		if v.Op != OpPhi {
			return b.Values[:i]
		}
	}
	return b.Values
}

// Jump ends the block with a jump. A terminator that the block has already is replaced; phis of a block that gains
// an edge get their new last argument from the caller.
func (b *Block) Jump(to *Block) {
	b.setTerm(Term{Kind: TermJump}, to)
}

// Branch ends the block with a conditional branch: to then where c holds of (x, y), else to els, which is another
// block than then.
func (b *Block) Branch(c Cond, x, y *Value, then, els *Block, span source.Span) {
	args := b.fn.room().args.Take(2)
	args[0], args[1] = x, y
	b.setTerm(Term{Kind: TermBranch, Cond: c, Args: args, Span: span}, then, els)
}

// Return ends the block with a return of v, which is nil where the function has no result.
func (b *Block) Return(v *Value, span source.Span) {
	t := Term{Kind: TermReturn, Span: span}
	if v != nil {
		t.Args = b.fn.room().args.Take(1)
		t.Args[0] = v
	}
	b.setTerm(t)
}

// setTerm replaces the block's terminator and keeps the edges in step.
func (b *Block) setTerm(t Term, succs ...*Block) {
	for i := range b.Term.Succs {
		b.dropPred(i)
	}
	b.Term = t
	if len(succs) == 0 {
		return
	}
	edges := &b.fn.room().edges
	b.Term.Succs = edges.Take(len(succs))
	for i, s := range succs {
		b.Term.Succs[i] = s
		s.Preds = edges.Push(s.Preds, b)
	}
}
