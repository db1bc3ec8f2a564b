package text

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/universe"
)

// read is the capacity of a string that a method of a map returns.
func (c *Capacities) read(call *ssa.Call) (int, bool) {
	callee := call.Call.StaticCallee()
	if callee == nil || c.cell.Universe.MapCall(callee.Object()) == universe.NoMapMethod {
		return 0, false
	}
	if g := Global(call.Call.Args[0]); g != nil {
		return c.elems[g.Object()], true
	}
	return Default, true
}

// of is the capacity of a string.
func (c *Capacities) of(v ssa.Value) int {
	if k, ok := v.(*ssa.Const); ok {
		if k.Value == nil || k.Value.Kind() != constant.String {
			return 0
		}
		return min(len(constant.StringVal(k.Value)), Max)
	}
	return c.values[v]
}

// at is the capacity of the string variable that a pointer points to.
func (c *Capacities) at(addr ssa.Value) int {
	switch a := addr.(type) {
	case *ssa.Global:
		switch c.intrinsic(a.Object()) {
		case universe.Comm:
			return CommLen
		case universe.ProbeName:
			return c.longestProbe()
		}
		return c.globals[a.Object()]
	case *ssa.FieldAddr:
		if n := c.cell.Field(a); n > 0 {
			return n
		}
		return c.fields[c.key(a.X.Type(), a.Field)]
	case *ssa.IndexAddr:
		return c.array
	}
	return c.values[addr]
}

// result is the capacity of the string that an instruction makes, from those of its operands.
func (c *Capacities) result(v ssa.Value) int {
	n := 0
	switch v := v.(type) {
	case *ssa.Phi:
		for _, e := range v.Edges {
			n = max(n, c.of(e))
		}
	case *ssa.BinOp:
		n = c.of(v.X) + c.of(v.Y)
		if c.growing[v] {
			n = max(growingCap, c.of(v.X), c.of(v.Y))
		}
	case *ssa.Call:
		n = c.called(v)
	case *ssa.Extract:
		n = c.extracted(v)
	case *ssa.Field:
		n = c.fields[c.key(v.X.Type(), v.Field)]
	case *ssa.Index:
		n = c.array
	case *ssa.Lookup:
		n = Default
		if g := Global(v.X); g != nil {
			n = c.elems[g.Object()]
		}
	case *ssa.UnOp:
		n = c.at(v.X)
	case *ssa.ChangeType:
		n = c.of(v.X)
	case *ssa.Convert:
		n = c.converted(v)
	case *ssa.Slice:
		low, high := sliceBounds(v)
		n = max(min(c.of(v.X), int(high))-int(low), 0)
	default:
		n = Default
	}
	return min(n, Max)
}

// called is the capacity of the string that a call returns.
func (c *Capacities) called(call *ssa.Call) int {
	if b, ok := call.Call.Value.(*ssa.Builtin); ok {
		n := 0
		if b.Name() == "min" || b.Name() == "max" {
			for _, a := range call.Call.Args {
				n = max(n, c.of(a))
			}
		}
		return n
	}
	callee := call.Call.StaticCallee()
	if callee == nil {
		n := Default
		for _, fn := range c.cell.MayRun(&call.Call) {
			if r := c.results[fn]; len(r) == 1 {
				n = max(n, r[0])
			}
		}
		return n
	}
	if n, ok := c.read(call); ok {
		return n
	}
	switch c.intrinsic(callee.Object()) {
	case universe.None:
		if len(callee.Blocks) == 0 {
			return Default
		}
		if r := c.results[callee]; len(r) == 1 {
			return r[0]
		}
		return 0
	case universe.Comm:
		return CommLen
	case universe.ProbeName:
		return c.longestProbe()
	case universe.Str, universe.Buf:
		return Asked(c.cell.Universe, call)
	case universe.TrimPrefix, universe.TrimSuffix:
		return c.of(call.Call.Args[0])
	}
	return Default
}

// extracted is the capacity of a string that is one of several results.
func (c *Capacities) extracted(v *ssa.Extract) int {
	switch t := v.Tuple.(type) {
	case *ssa.Lookup:
		if g := Global(t.X); g != nil {
			return c.elems[g.Object()]
		}
	case *ssa.Call:
		if n, ok := c.read(t); ok {
			return n
		}
		if callee := t.Call.StaticCallee(); callee != nil {
			if r := c.results[callee]; v.Index < len(r) {
				return r[v.Index]
			}
			return 0
		}
	}
	return Default
}

// converted is the capacity of a string that a conversion makes.
func (c *Capacities) converted(v *ssa.Convert) int {
	if Is(v.X.Type()) {
		return c.of(v.X)
	}
	if s, ok := v.X.(*ssa.Slice); ok {
		if n, ok := ArrayLen(s.X.Type()); ok {
			low, high := sliceBounds(s)
			return int(max(min(n, high)-low, 0))
		}
	}
	return 4 // a rune
}

// sliceBounds are the bounds of a slice expression as far as they are constant; otherwise the whole.
func sliceBounds(s *ssa.Slice) (low, high int64) {
	high = 1 << 30
	if k, ok := s.Low.(*ssa.Const); ok {
		low = k.Int64()
	}
	if k, ok := s.High.(*ssa.Const); ok {
		high = k.Int64()
	}
	return low, high
}

// longestProbe is the length of the longest name that a probe of the cell has.
func (c *Capacities) longestProbe() int {
	n := 0
	for _, pr := range c.cell.Unit.Probes {
		n = max(n, len(pr.Syntax.Name))
	}
	return n
}

// intrinsic is the predeclared name that an object stands for.
func (c *Capacities) intrinsic(obj types.Object) universe.Intrinsic {
	if obj == nil {
		return universe.None
	}
	return c.cell.Universe.Intrinsic(obj)
}
