package check

import (
	"go/ast"
	"go/types"

	"go3s/incremental/abi"
	"go3s/incremental/universe"
)

// predeclared reports whether a name is that of a function which the compiler implements itself.
func (c *checker) predeclared(id *ast.Ident) bool {
	return c.intrinsic(id) != universe.None || id != nil && c.universe.AggregateCall(c.info.Uses[id]) != abi.NoAggregate
}

// noParams is the type that the function of a call has whose arguments are passed as they are.
var noParams = types.NewSignatureType(nil, nil, nil, nil, nil, false)

// asTheyAre has go/ssa pass the arguments of a call as they are: it converts as many as the function has parameters, and packs those of a
// variadic one into a slice. The compiler would have to take apart again what becomes of an argument that is any.
func (c *checker) asTheyAre(call *ast.CallExpr) {
	tv := c.info.Types[call.Fun]
	if sig, ok := tv.Type.(*types.Signature); ok && sig.Params().Len() > 0 && !call.Ellipsis.IsValid() {
		tv.Type = noParams
		c.info.Types[call.Fun] = tv
	}
}
