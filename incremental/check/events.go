package check

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// maxStatus is the greatest exit status of a process.
const maxStatus = 255

// eventCall checks a call of a function that writes a record, or whose value user space shows, beyond what its signature says.
func (c *checker) eventCall(call *ast.CallExpr, in universe.Intrinsic) {
	if call.Ellipsis.IsValid() {
		c.refuse(call, "slices cannot be used in a probe", "write the arguments one by one")
		return
	}
	switch in {
	case universe.Print, universe.Emit:
		for _, arg := range call.Args {
			c.printable(calledName(call).Name, arg)
		}
	case universe.Result:
		c.resultCall(call.Args[0])
	case universe.Log:
		c.logCall(call)
	case universe.Exit:
		c.exitCall(call)
	case universe.Strftime:
		c.strftimeCall(call)
	case universe.KSym, universe.USym:
		c.symbolCall(call)
	case universe.KAddr:
		c.kaddrCall(call)
	case universe.NTop:
		c.ntopCall(call)
	case universe.Buf:
		c.bufCall(call)
	}
}

// resultCall checks that the value of an expression can be shown. A call may have several values.
func (c *checker) resultCall(x ast.Expr) {
	if values, ok := c.typeOf(x).(*types.Tuple); ok {
		for v := range values.Variables() {
			if c.shape(v.Type()) == nil {
				c.report(source.Type, x, "a value of type "+typeString(v.Type())+" cannot be shown", "")
			}
		}
		return
	}
	if t := c.typeOf(x); t != nil && c.shape(t) == nil && unfit(t) != "" {
		c.report(source.Type, x, c.text(x)+", "+c.describe(x)+", cannot be shown", c.showHint(x))
	}
}

// constantOf is the value of a constant argument, or nil.
func (c *checker) constantOf(e ast.Expr, kind constant.Kind) constant.Value {
	v := c.info.Types[e].Value
	if v == nil || v.Kind() != kind {
		return nil
	}
	return v
}

// logCall checks that a message and names are constant, and that each name has a value.
func (c *checker) logCall(call *ast.CallExpr) {
	if len(call.Args) == 0 || c.typeOf(call.Args[0]) == nil {
		return
	}
	if c.constantOf(call.Args[0], constant.String) == nil {
		c.report(source.Format, call.Args[0], "the message of log is a constant", `write log("message", "name", value)`)
		return
	}
	pairs := call.Args[1:]
	seen := make(map[string]bool)
	for i := 0; i < len(pairs); i += 2 {
		if c.typeOf(pairs[i]) == nil {
			return
		}
		name := c.constantOf(pairs[i], constant.String)
		switch {
		case name == nil:
			c.report(source.Format, pairs[i], fmt.Sprintf("%s stands where log wants a name, a constant string", c.text(pairs[i])),
				`write log("message", "name", value, "name", value)`)
			return
		case i+1 == len(pairs):
			c.report(source.Format, pairs[i], fmt.Sprintf("log has no value for %s", c.text(pairs[i])), "")
			return
		case seen[constant.StringVal(name)]:
			c.report(source.Format, pairs[i], fmt.Sprintf("log has two values called %s", c.text(pairs[i])), "")
		}
		seen[constant.StringVal(name)] = true
		c.printable("log", pairs[i+1])
	}
}

func (c *checker) exitCall(call *ast.CallExpr) {
	if len(call.Args) > 1 {
		c.report(source.Type, call.Args[1], "exit wants at most one status", "")
	}
	for _, arg := range call.Args {
		if v := c.constantOf(arg, constant.Int); v != nil {
			if n, exact := constant.Int64Val(v); !exact || n < 0 || n > maxStatus {
				c.report(source.Type, arg, fmt.Sprintf("an exit status is from 0 to %d", maxStatus), "")
			}
		}
	}
}

func (c *checker) strftimeCall(call *ast.CallExpr) {
	if len(call.Args) == 2 && c.typeOf(call.Args[0]) != nil && c.constantOf(call.Args[0], constant.String) == nil {
		c.report(source.Format, call.Args[0], "the format of strftime is a constant", `write strftime("%H:%M:%S", nsecs)`)
	}
}

// symbolCall checks that ksym and usym are given an address.
func (c *checker) symbolCall(call *ast.CallExpr) {
	if len(call.Args) != 1 {
		return
	}
	arg := call.Args[0]
	b, ok := typeUnder(c.typeOf(arg)).(*types.Basic)
	_, pointer := typeUnder(c.typeOf(arg)).(*types.Pointer)
	if c.typeOf(arg) != nil && !pointer && (!ok || b.Info()&types.IsInteger == 0) {
		c.report(source.Type, arg, fmt.Sprintf("%s wants an address, %s is %s", calledName(call).Name, c.text(arg), c.describe(arg)), "")
	}
}

// symbols is a kernel that knows the addresses of its symbols.
type symbols interface {
	// Symbol is the address of a function or variable of the kernel.
	Symbol(name string) (addr uint64, ok bool)
}

func (c *checker) kaddrCall(call *ast.CallExpr) {
	if len(call.Args) != 1 || c.typeOf(call.Args[0]) == nil {
		return
	}
	arg := call.Args[0]
	name := c.constantOf(arg, constant.String)
	if name == nil {
		c.report(source.Type, arg, "the name that kaddr is given is a constant", `write kaddr("jiffies")`)
		return
	}
	k, ok := c.universe.Kernel.(symbols)
	if !ok {
		return
	}
	if _, known := k.Symbol(constant.StringVal(name)); !known {
		c.report(source.UndefinedName, arg, "this kernel has no symbol "+constant.StringVal(name),
			"/proc/kallsyms lists them; where it shows zeros, kernel.kptr_restrict hides them")
	}
}

// ntopCall checks that ntop is given what an address of the network can be.
func (c *checker) ntopCall(call *ast.CallExpr) {
	if len(call.Args) != 1 || c.typeOf(call.Args[0]) == nil {
		return
	}
	switch t := typeUnder(c.typeOf(call.Args[0])).(type) {
	case *types.Basic:
		if t.Kind() == types.Uint32 || t.Kind() == types.Int32 {
			return
		}
	case *types.Array:
		if e, ok := typeUnder(t.Elem()).(*types.Basic); ok && (e.Kind() == types.Uint8 || e.Kind() == types.Int8) && (t.Len() == 4 || t.Len() == 16) {
			return
		}
	}
	c.report(source.Type, call.Args[0], fmt.Sprintf("ntop wants an address of the network, %s is %s", c.text(call.Args[0]), c.describe(call.Args[0])),
		"one of IPv4 is a uint32 or [4]byte, one of IPv6 a [16]byte, in the order of the network")
}

func (c *checker) bufCall(call *ast.CallExpr) {
	if len(call.Args) != 2 {
		return
	}
	p, size := call.Args[0], call.Args[1]
	if t := c.typeOf(p); t != nil && !c.universe.IsAddress(t) && !c.universe.IsKernelPointer(t) {
		c.report(source.Type, p, fmt.Sprintf("buf wants an address, %s is %s", c.text(p), c.describe(p)),
			"an address is a pointer field of ctx, or bpf.UserPtr(n)")
	}
	if c.typeOf(size) == nil {
		return
	}
	n, exact := constant.Int64Val(constant.ToInt(orUnknown(c.info.Types[size].Value)))
	if !exact || n < 1 || n > maxString {
		c.report(source.Type, size, fmt.Sprintf("the size of a buffer is a constant from 1 to %d", maxString), "")
	}
}
