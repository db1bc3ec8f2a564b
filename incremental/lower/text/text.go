// Package text finds out how many bytes the strings of a cell may have. The kernel has no memory that grows, so that the place of each
// string has a capacity: that of the longest string which gets there.
package text

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/check"
	"go3s/incremental/layout"
	"go3s/incremental/universe"
)

// Capacities of strings, in bytes.
const (
	CommLen    = 15 // the comm of a thread: TASK_COMM_LEN without the zero at its end
	Default    = 64 // strings of which nothing is known
	Max        = universe.MaxString
	growingCap = 128 // a string that a loop makes longer and longer
)

// Cell is a cell in SSA form, and what is known of the strings around it.
type Cell struct {
	Unit      *check.Unit
	Universe  *universe.Universe
	Functions []*ssa.Function // all that its probes may run
	Known     []Known
	// MayRun lists the functions that a call may be of.
	MayRun func(*ssa.CallCommon) []*ssa.Function
	// Field is the capacity of a field of a context or of the kernel's memory, 0 for an address of anything else.
	Field func(*ssa.FieldAddr) int
}

// Known is a map or variable of another cell, whose layout stands.
type Known struct {
	Object     types.Object
	Key, Value *layout.Type // Key is nil for a variable
}

// Asked is how many bytes a call of str or buf asks for.
func Asked(u *universe.Universe, call *ssa.Call) int {
	if n, ok := secondConst(call); ok {
		return int(min(n, 1<<30))
	}
	if n, ok := ArrayLen(call.Call.Args[0].Type()); ok {
		return int(min(n, 1<<30))
	}
	return u.StrLen()
}

// secondConst is the constant second argument of a call, if there is one.
func secondConst(call *ssa.Call) (int64, bool) {
	if len(call.Call.Args) < 2 {
		return 0, false
	}
	if c, ok := call.Call.Args[1].(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.Int {
		return c.Int64(), true
	}
	return 0, false
}

// ArrayLen is the length of an array or of what a pointer to an array points to.
func ArrayLen(t types.Type) (int64, bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	a, ok := t.Underlying().(*types.Array)
	if !ok {
		return 0, false
	}
	return a.Len(), true
}

// Global is the package-level variable that a value is loaded from, or nil.
func Global(v ssa.Value) *ssa.Global {
	if u, ok := v.(*ssa.UnOp); ok && u.Op == token.MUL {
		v = u.X
	}
	g, _ := v.(*ssa.Global)
	return g
}

// Is reports whether the values of a type are strings.
func Is(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// IsPointer reports whether the values of a type point to strings.
func IsPointer(t types.Type) bool {
	p, ok := t.Underlying().(*types.Pointer)
	return ok && Is(p.Elem())
}

// structOf is the struct that t is or points to.
func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, _ := t.Underlying().(*types.Struct)
	return s
}
