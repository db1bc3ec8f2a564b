package text

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// An address alone does not say how many bytes there are, so all variables that one pointer may point to have one capacity. A place that
// a pointer to a string is kept in stands for what the pointer points to: its capacity is that of the string.

// link says that a value flows from one place to another. What a pointer points to may be stored to through either.
func (c *Capacities) link(from, to ssa.Value) {
	switch t := from.Type(); {
	case Is(t):
		raise(c, &c.values, to, c.of(from))
	case IsPointer(t):
		c.join(from, to)
	}
}

// join gives what two pointers to strings point to one capacity; either may also be the place that such a pointer lies in.
func (c *Capacities) join(x, y ssa.Value) {
	n := max(c.at(x), c.at(y))
	for _, v := range []ssa.Value{x, y} {
		if _, isConst := v.(*ssa.Const); !isConst {
			c.store(v, n)
		}
	}
}

// pointer follows an instruction that makes a pointer to a string from what one was kept in or returned by.
func (c *Capacities) pointer(v ssa.Value) {
	switch v := v.(type) {
	case *ssa.UnOp:
		if v.Op == token.MUL {
			c.join(v.X, v)
		}
	case *ssa.Field:
		k := c.key(v.X.Type(), v.Field)
		n := max(c.fields[k], c.at(v))
		raise(c, &c.fields, k, n)
		c.store(v, n)
	case *ssa.Index:
		n := max(c.array, c.at(v))
		c.raiseArray(n)
		c.store(v, n)
	case *ssa.Call:
		c.returned(v, 0, v)
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			c.returned(call, v.Index, v)
		}
	}
}

// returned joins a pointer with the i-th results of the functions that a call may be of.
func (c *Capacities) returned(call *ssa.Call, i int, v ssa.Value) {
	for _, fn := range c.cell.MayRun(&call.Call) {
		n := max(c.resultsOf(fn)[i], c.at(v))
		c.raiseResult(fn, i, n)
		c.store(v, n)
	}
}

// returns takes the results of a function into account.
func (c *Capacities) returns(ret *ssa.Return) {
	fn := ret.Parent()
	for i, r := range ret.Results {
		switch {
		case Is(r.Type()):
			c.raiseResult(fn, i, c.of(r))
		case IsPointer(r.Type()):
			n := max(c.resultsOf(fn)[i], c.at(r))
			c.raiseResult(fn, i, n)
			if _, isConst := r.(*ssa.Const); !isConst {
				c.store(r, n)
			}
		}
	}
}

// resultsOf is the capacities of a function's results, of strings and of what pointers to strings point to.
func (c *Capacities) resultsOf(fn *ssa.Function) []int {
	if c.results[fn] == nil {
		if c.results == nil {
			c.results = map[*ssa.Function][]int{}
		}
		c.results[fn] = make([]int, fn.Signature.Results().Len())
	}
	return c.results[fn]
}

// raiseResult puts the capacity of a function's i-th result up to n.
func (c *Capacities) raiseResult(fn *ssa.Function, i, n int) {
	c.holds = true
	if r := c.resultsOf(fn); n > r[i] {
		r[i] = n
		c.grew = append(c.grew, c.cur)
	}
}

// raiseArray puts the capacity of the strings in arrays up to n.
func (c *Capacities) raiseArray(n int) {
	c.holds = true
	if n > c.array {
		c.array = n
		c.grew = append(c.grew, c.cur)
	}
}
