package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// sinkLoads moves loads from the context down to where their values are first needed, so that no register holds them
// over the calls in between: the context, which nobody writes, stays at hand in a register anyway. So it does with helpers that
// always give the same, such as the one for the process. What is computed from one such value alone goes along with it.
func sinkLoads(s *state, f *ir.Func) bool {
	if f.Kind == ir.Sub {
		return false
	}
	k := &sinker{f: f, list: &s.list}
	k.stays = k.contextStays()
	k.dom = s.flow(f)
	n := f.NumValues()
	flags := s.flags(2*n + f.NumBlocks())
	k.candidate, k.held, k.concerned, k.users = flags[:n], flags[n:2*n], flags[2*n:], s.useSites(f)
	if !k.collect() {
		return false
	}
	k.depth = s.numbers(f.NumBlocks())
	k.measure()
	k.incoming = s.incoming(f)
	for _, b := range k.dom.Order {
		if k.concerned[b.ID] {
			k.block(b)
		}
	}
	return k.changed
}

// sinker is the state of the pass.
type sinker struct {
	f         *ir.Func
	dom       *ir.DomTree
	stays     bool      // the context is in a register all the time
	candidate []bool    // by value ID: it may be movable
	users     []useSite // by value ID, of candidates
	depth     []int32   // by block ID: how many loops a block is in

	b         *ir.Block
	changed   bool
	list      *relist
	held      []bool        // by value ID: waits for a use
	concerned []bool        // by block ID: it has candidates, or is sent some
	incoming  [][]*ir.Value // by block ID: what other blocks sent
}

// useSite is where a value is used.
type useSite struct {
	block *ir.Block // dominates all uses; nil where there is none
	count int
}

// keptValues is how many values may stay in registers over calls before it pays to keep the context there for them.
const keptValues = 3

// contextStays reports that the context is needed after a call anyway, or that so many values from it are that it
// should be.
func (k *sinker) contextStays() bool {
	if len(k.f.Params) == 0 {
		return false
	}
	called, before := false, 0
	for _, v := range k.f.Entry().Values {
		switch {
		case v.Op == ir.OpCall || v.Op == ir.OpCallFunc:
			if !called && usesParam(v, k.f.Params[0]) {
				return true
			}
			called = true
		case k.loads(v):
			if called {
				return true
			}
			before++
		}
	}
	if before > keptValues {
		return true
	}
	for _, b := range k.f.Blocks[1:] {
		for _, v := range b.Values {
			if k.loads(v) || v.Op == ir.OpCall && usesParam(v, k.f.Params[0]) {
				return true
			}
		}
	}
	return false
}

// loads reports a load from the context.
func (k *sinker) loads(v *ir.Value) bool { return v.Op.IsLoad() && loadsContext(k.f, v) }

func usesParam(v, p *ir.Value) bool {
	return slices.ContainsFunc(v.Args, func(a *ir.Value) bool { return ir.AddressOf(a).Root == p })
}

// measure finds the depth of blocks in loops: a block is in a loop when a block that its head dominates jumps back to the head.
func (k *sinker) measure() {
	for _, head := range k.dom.Order {
		var work []*ir.Block
		for _, p := range head.Preds {
			if k.dom.Reached(p) && k.dom.Dominates(head, p) {
				work = append(work, p)
			}
		}
		if len(work) == 0 {
			continue
		}
		seen := map[*ir.Block]bool{head: true}
		k.depth[head.ID]++
		for len(work) > 0 {
			b := work[len(work)-1]
			work = work[:len(work)-1]
			if !seen[b] && k.dom.Reached(b) {
				seen[b] = true
				k.depth[b.ID]++
				work = append(work, b.Preds...)
			}
		}
	}
}

// collect finds what may be movable, and where it is used. A phi uses its arguments at the ends of the predecessors; around a loop it does so
// before they are there.
func (k *sinker) collect() bool {
	found := false
	for _, b := range k.dom.Order {
		for _, v := range b.Values {
			if k.source(v) || k.follows(v) {
				k.candidate[v.ID], k.concerned[b.ID], found = true, true, true
			}
		}
	}
	if !found {
		return false
	}
	for _, b := range k.dom.Order {
		for _, v := range b.Values {
			for i, a := range v.Args {
				switch {
				case !k.candidate[a.ID]:
				case v.Op == ir.OpPhi:
					k.use(a, b.Preds[i])
				default:
					k.use(a, b)
				}
			}
		}
		for _, a := range b.Term.Args {
			if k.candidate[a.ID] {
				k.use(a, b)
			}
		}
	}
	return true
}

func (k *sinker) use(v *ir.Value, b *ir.Block) {
	u := &k.users[v.ID]
	u.count++
	if u.block == nil {
		u.block = b
		return
	}
	for !k.dom.Dominates(u.block, b) {
		u.block = k.dom.Idom(u.block)
	}
}

// source reports a value that can be had anywhere: a load from the context, or what a helper always gives.
func (k *sinker) source(v *ir.Value) bool {
	switch {
	case v.Op.IsLoad():
		return k.stays && loadsContext(k.f, v)
	case v.Op == ir.OpCall && len(v.Args) == 0:
		h := v.Helper()
		return h != nil && h.Pure && h.Constant
	}
	return false
}

// follows reports an operation of which one operand is a candidate, and the others are constants.
func (k *sinker) follows(v *ir.Value) bool {
	next := k.operand(v)
	return next != nil && k.candidate[next.ID]
}

// operand is the only operand of an operation that is not constant; nil where there are several, or none.
func (k *sinker) operand(v *ir.Value) *ir.Value {
	if v.Op < ir.OpAdd || v.Op > ir.OpBswap64 {
		return nil
	}
	var next *ir.Value
	for _, a := range v.Args {
		if a.Op == ir.OpConst {
			continue
		}
		if next != nil {
			return nil
		}
		next = a
	}
	return next
}

// movable reports a source, or what is computed from one that is used for nothing else.
func (k *sinker) movable(v *ir.Value) bool {
	for depth := 0; k.candidate[v.ID] && depth < 4; depth++ {
		if k.source(v) {
			return true
		}
		if v = k.operand(v); k.users[v.ID].count != 1 {
			return false
		}
	}
	return false
}

// block holds movable values back until something needs them. What nothing in the block needs goes on to the block that
// does.
func (k *sinker) block(b *ir.Block) {
	k.b = b
	k.list.start(b)
	held := k.incoming[b.ID]
	for _, v := range held {
		k.held[v.ID] = true
	}
	for _, v := range b.Values {
		if k.movable(v) {
			k.held[v.ID] = true
			held = append(held, v)
			continue
		}
		k.place(v)
	}
	for _, a := range b.Term.Args {
		k.release(a)
	}
	for _, v := range slices.Backward(held) {
		if k.held[v.ID] {
			k.send(v)
		}
	}
	for _, v := range held {
		k.release(v)
	}
	k.changed = k.list.end() || k.changed
}

// place puts v at the end of the block, what it needs before it.
func (k *sinker) place(v *ir.Value) {
	if v.Op != ir.OpPhi {
		for _, a := range v.Args {
			k.release(a)
		}
	}
	if v.Block != k.b {
		v.Block = k.b
	}
	k.list.place(v)
}

func (k *sinker) release(v *ir.Value) {
	if k.held[v.ID] {
		k.held[v.ID] = false
		k.place(v)
	}
}

// send moves v to the block that dominates all its uses, if that is another one and no loop is entered.
func (k *sinker) send(v *ir.Value) {
	to := k.users[v.ID].block
	if to == nil {
		return
	}
	for to != k.b && k.depth[to.ID] > k.depth[k.b.ID] {
		to = k.dom.Idom(to)
	}
	if to == k.b {
		return
	}
	k.held[v.ID] = false
	v.Block = to
	k.concerned[to.ID] = true
	k.incoming[to.ID] = slices.Insert(k.incoming[to.ID], 0, v)
	for _, a := range v.Args {
		if k.users[a.ID].count == 1 {
			k.users[a.ID].block = to
		}
	}
}
