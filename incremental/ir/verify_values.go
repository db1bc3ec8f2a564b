package ir

// values checks the slots, and every value by itself: its place, its arguments and its types.
func (c *verifier) values() {
	for _, s := range c.f.Slots {
		if s.Size <= 0 || s.Align != 1 && s.Align != 2 && s.Align != 4 && s.Align != 8 {
			c.errorf(c.f.Blocks[0], nil, "slot %s has %d bytes, aligned to %d", s.Name, s.Size, s.Align)
		}
	}
	params := 0
	ids := make([]bool, c.f.nextValue)
	for n, b := range c.f.Blocks {
		phis := len(b.Phis())
		for i, v := range b.Values {
			switch {
			case v.Op == OpInvalid || v.Op >= opCount:
				c.errorf(b, nil, "a value without an op")
				continue
			case v.Block != b:
				c.errorf(b, v, "the value's Block is another")
			case v.ID >= len(ids) || ids[v.ID]:
				c.errorf(b, v, "the number is taken")
				continue
			case v.Op == OpPhi && i >= phis:
				c.errorf(b, v, "a phi comes after another value")
			case v.Op == OpParam && (n != 0 || int(v.Imm) != params || params >= len(c.f.Params) || c.f.Params[params] != v):
				c.errorf(b, v, "parameters stand in the entry block, in order")
			}
			ids[v.ID] = true
			if v.Op == OpParam {
				params++
			}
			c.types(b, v)
		}
	}
	b := c.f.Blocks[0]
	if params != len(c.f.Params) {
		c.errorf(b, nil, "%d parameters, %d of them in the entry block", len(c.f.Params), params)
	}
	if c.f.Kind != Sub && (len(c.f.Params) != 1 || c.f.Params[0].Type != Ptr) {
		c.errorf(b, nil, "a program has one parameter, a ptr, its context")
	}
	if len(c.f.Params) > 5 {
		c.errorf(b, nil, "%d parameters, at most 5", len(c.f.Params))
	}
}

// types checks the result and the arguments against the op's row.
func (c *verifier) types(b *Block, v *Value) {
	info := v.Op.Info()
	n := info.Args
	switch {
	case v.Op == OpPhi:
		n = len(b.Preds)
	case n < 0:
		n = min(len(v.Args), 5)
	}
	if len(v.Args) != n {
		c.errorf(b, v, "%d arguments, want %d", len(v.Args), n)
		return
	}
	for _, a := range v.Args {
		if a == nil || a.Type == Void {
			c.errorf(b, v, "an argument without a value")
			return
		}
	}
	if !resultFits(info.Result, v.Type) {
		c.errorf(b, v, "the result may not be %s", v.Type)
	}
	if v.Align != 0 && v.Type != Ptr {
		c.errorf(b, v, "only an address has an alignment")
	}
	for i, want := range c.argTypes(v) {
		if v.Args[i].Type != want {
			c.errorf(b, v, "argument %d is %s, want %s", i+1, v.Args[i].Type, want)
		}
	}
	c.operand(b, v)
}

func resultFits(r Result, t Type) bool {
	switch r {
	case ResultNone:
		return t == Void
	case ResultInt:
		return t == I32 || t == I64
	case Result32:
		return t == I32
	case Result64:
		return t == I64
	case ResultPtr:
		return t == Ptr
	case ResultAny:
		return t == I32 || t == I64 || t == Ptr
	}
	return t <= Ptr
}

// argTypes is what the arguments must be, as far as the op alone says it.
func (c *verifier) argTypes(v *Value) []Type {
	switch op := v.Op; {
	case op == OpPhi:
		same := make([]Type, len(v.Args))
		for i := range same {
			same[i] = v.Type
		}
		return same
	case op == OpZext32 || op == OpSext32:
		return []Type{I32}
	case op == OpTrunc:
		return []Type{I64}
	case op >= OpAdd && op <= OpBswap64:
		return []Type{v.Type, v.Type}[:len(v.Args)]
	case op == OpCmp:
		return []Type{v.Args[0].Type, v.Args[0].Type}
	case op == OpPtrAdd:
		return []Type{Ptr, I64}
	case op == OpMove:
		return []Type{Ptr, Ptr}
	case op == OpStore64 && v.Args[1].Type == Ptr:
		return []Type{Ptr, Ptr}
	case op == OpStore64 || op == OpAtomic64:
		return []Type{Ptr, I64}
	case op.IsStore() || op == OpAtomic32:
		return []Type{Ptr, I32}
	case op == OpOffset || op.IsLoad() || op == OpZero:
		return []Type{Ptr}
	}
	return nil
}

// operand checks what the op names beside its arguments.
func (c *verifier) operand(b *Block, v *Value) {
	switch v.Op {
	case OpConst:
		if v.Type == Ptr && v.Imm != 0 || v.Type == I32 && v.Imm != int64(int32(v.Imm)) {
			c.errorf(b, v, "the constant doesn't fit its type")
		}
	case OpCmp:
		if v.Cond > Set || v.Cond == Set && v.Args[0].Type == Ptr {
			c.errorf(b, v, "the comparison doesn't fit its operands")
		}
	case OpSlot:
		ok := false
		for _, s := range c.f.Slots {
			ok = ok || s == v.Slot
		}
		if !ok {
			c.errorf(b, v, "the slot isn't the function's")
		}
	case OpMap:
		if v.Map == nil {
			c.errorf(b, v, "no map is named")
		}
	case OpMapValue:
		if v.Map == nil || v.Map.Kind != Array && v.Map.Kind != Counters {
			c.errorf(b, v, "the address of a value needs a map of kind array or counters")
		}
	case OpMove, OpZero:
		if v.Imm <= 0 {
			c.errorf(b, v, "%d bytes", v.Imm)
		}
	case OpCall:
		c.call(b, v)
	case OpCallFunc:
		c.callFunc(b, v)
	case OpFunc:
		if c.funcs != nil && c.funcs[v.Func] == nil {
			c.errorf(b, v, "no such function")
		}
	}
}

func (c *verifier) callFunc(b *Block, v *Value) {
	if c.funcs == nil {
		return
	}
	callee := c.funcs[v.Func]
	if callee == nil || callee.Kind != Sub {
		c.errorf(b, v, "no such sub")
		return
	}
	if len(v.Args) != len(callee.Params) {
		c.errorf(b, v, "%d arguments, want %d", len(v.Args), len(callee.Params))
		return
	}
	for i, a := range v.Args {
		if a.Type != callee.Params[i].Type {
			c.errorf(b, v, "argument %d is %s, want %s", i+1, a.Type, callee.Params[i].Type)
		}
	}
	for _, d := range callee.Blocks {
		if d.Term.Kind == TermReturn && v.Type != Void && (len(d.Term.Args) == 0 || d.Term.Args[0].Type != v.Type) {
			c.errorf(b, v, "%s doesn't return %s in b%d", v.Func, v.Type, d.ID)
		}
	}
}

// call checks a helper call against the helper's row.
func (c *verifier) call(b *Block, v *Value) {
	h := v.Helper()
	if h == nil {
		c.errorf(b, v, "helper %d is not in the table", v.Imm)
		return
	}
	if v.Type != Void && v.Type != h.Result.Type() {
		c.errorf(b, v, "the result may not be %s, it is %s", v.Type, h.Result.Type())
	}
	if len(v.Args) > len(h.Args) || len(v.Args) < len(h.Args)-h.Optional {
		c.errorf(b, v, "%d arguments, want %d", len(v.Args), len(h.Args))
		return
	}
	for i, a := range v.Args {
		if a.Type == I32 {
			c.errorf(b, v, "argument %d is i32, want i64 or ptr", i+1)
		}
		if why := c.callArg(v, h.Args[i], a); why != "" {
			c.errorf(b, v, "argument %d is not %s", i+1, why)
		}
	}
}

// callArg says what the argument should have been, or nothing where it is right.
func (c *verifier) callArg(v *Value, want Arg, a *Value) string {
	pointer := a.Type == Ptr
	switch want {
	case ArgInt, ArgSize:
		if pointer {
			return "a number"
		}
	case ArgMap:
		if a.Op != OpMap {
			return "a map"
		}
		if !v.Helper().takes(a.Map.Kind) {
			return "a kind of map that the helper takes"
		}
	case ArgFunc:
		if a.Op != OpFunc {
			return "a function"
		}
	case ArgCtx:
		if c.f.Kind != Sub && AddressOf(a) != (Address{Root: c.f.Params[0], Known: true}) {
			return "the context"
		}
	case ArgRecord:
		if !pointer || a.Op == OpOffset || a.Op == OpPtrAdd || a.Op == OpSlot || a.Op == OpMap || a.Op == OpMapValue {
			return "a ring record"
		}
	case ArgKey, ArgMapValue, ArgMapValueOrNull, ArgRead, ArgWrite, ArgWrite8:
		if !pointer {
			return "a pointer"
		}
	}
	return ""
}

// takes reports that the helper works on maps of the kind.
func (h *Helper) takes(k MapKind) bool {
	switch h.Name {
	case "ringbuf_output", "ringbuf_reserve", "ringbuf_query":
		return k == Ring
	case "map_delete_elem":
		return k == Hash || k == PerCPUHash || k == LRUHash || k == PerCPULRU
	case "map_lookup_percpu_elem":
		return k == PerCPUHash || k == PerCPUArray || k == PerCPULRU
	case "task_storage_get", "task_storage_delete":
		return k == TaskStorage
	}
	return k != Ring && k != TaskStorage
}
