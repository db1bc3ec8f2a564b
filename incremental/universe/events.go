package universe

import (
	"go/types"

	"go3s/incremental/layout"
)

// The names of the types whose values stand for something that only user space can tell; see Meaning.
var meanings = map[string]layout.Meaning{
	"Time": layout.Time, "KernelSymbol": layout.KernelSymbol, "UserSymbol": layout.UserSymbol, "IP": layout.IP, "Bytes": layout.Bytes,
	"KernelStack": layout.KernelStack, "UserStack": layout.UserStack,
}

// declareMeanings declares those types. In a program they are integers, words and bytes, so that they can be kept, compared and
// counted by.
func (u *Universe) declareMeanings() {
	word := types.Typ[types.Uint64]
	u.declareType("Time", word)
	u.declareType("KernelSymbol", word)
	u.declareType("UserSymbol", types.NewStruct([]*types.Var{
		types.NewField(0, u.Pkg, "addr", word, false), types.NewField(0, u.Pkg, "pid", word, false),
	}, nil))
	u.declareType("IP", types.NewArray(types.Typ[types.Byte], 16))
	u.declareType("Bytes", types.Typ[types.String])
	u.declareType("KernelStack", word)
	u.declareType("UserStack", types.NewStruct([]*types.Var{
		types.NewField(0, u.Pkg, "id", word, false), types.NewField(0, u.Pkg, "pid", word, false),
	}, nil))
}

// Meaning is what values of a type stand for.
func Meaning(t types.Type) layout.Meaning {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != BPFPath {
		return layout.Plain
	}
	return meanings[named.Obj().Name()]
}

// Event reports whether an intrinsic writes a record, or stands for what user space can tell: a function beside str and printf.
func (i Intrinsic) Event() bool { return i >= Print && i <= Result && i != KStack && i != UStack }

// stackType is the type of kstack and ustack.
func (u *Universe) stackType(i Intrinsic) types.Type {
	name := "KernelStack"
	if i == UStack {
		name = "UserStack"
	}
	return u.Pkg.Scope().Lookup(name).Type()
}

// eventSignature is the signature of such a function. The checker says more of what its arguments may be.
func (u *Universe) eventSignature(i Intrinsic) *types.Signature {
	anything := types.Universe.Lookup("any").Type()
	param := func(name string, t types.Type) *types.Var { return types.NewParam(0, nil, name, t) }
	named := func(name string) types.Type { return u.Pkg.Scope().Lookup(name).Type() }
	text, integer := types.Typ[types.String], types.Typ[types.Int]
	sign := func(result types.Type, variadic bool, params ...*types.Var) *types.Signature {
		var results *types.Tuple
		if result != nil {
			results = types.NewTuple(unnamed(result))
		}
		return types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), results, variadic)
	}
	switch i {
	case Log:
		return sign(nil, true, param("message", text), param("args", types.NewSlice(anything)))
	case Emit:
		return sign(nil, false, param("value", anything))
	case Exit:
		return sign(nil, true, param("status", types.NewSlice(integer)))
	case Strftime:
		return sign(named("Time"), false, param("format", text), param("ns", types.Typ[types.Uint64]))
	case KSym:
		return sign(named("KernelSymbol"), false, param("addr", anything))
	case USym:
		return sign(named("UserSymbol"), false, param("addr", anything))
	case KAddr:
		return sign(u.KernelPtr, false, param("name", text))
	case NTop:
		return sign(named("IP"), false, param("addr", anything))
	case Buf:
		return sign(named("Bytes"), false, param("p", anything), param("n", integer))
	}
	return sign(nil, true, param("args", types.NewSlice(anything))) // Print, Result
}
