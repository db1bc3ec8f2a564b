package universe

import "go/types"

// HelpersPath is the path of the package helpers.
const HelpersPath = "bpf/helpers"

// declareMemory declares what reads memory by its address, for programs that know more of it than its type says.
func (u *Universe) declareMemory() {
	u.Helpers = types.NewPackage(HelpersPath, "helpers")
	anyType := types.Universe.Lookup("any").Type()
	for _, f := range []struct {
		name      string
		from      types.Type
		intrinsic Intrinsic
	}{{"ProbeReadKernel", u.KernelPtr, ProbeReadKernel}, {"ProbeReadUser", u.UserPtr, ProbeReadUser}} {
		params := types.NewTuple(types.NewParam(0, u.Helpers, "to", anyType), types.NewParam(0, u.Helpers, "from", f.from))
		sig := types.NewSignatureType(nil, nil, nil, params, types.NewTuple(unnamed(types.Typ[types.Int])), false)
		fn := types.NewFunc(0, u.Helpers, f.name, sig)
		u.Helpers.Scope().Insert(fn)
		u.intrinsics[fn] = f.intrinsic
	}
	u.Helpers.MarkComplete()
	address := types.NewFunc(0, u.Pkg, "Address", types.NewSignatureType(nil, nil, nil,
		types.NewTuple(types.NewParam(0, u.Pkg, "p", anyType)), types.NewTuple(unnamed(u.KernelPtr)), false))
	u.Pkg.Scope().Insert(address)
	u.Imported.Scope().Insert(address)
	u.intrinsics[address] = Address
	for _, f := range []struct {
		name      string
		field     bool
		intrinsic Intrinsic
	}{{"View", false, View}, {"ContainerOf", true, ContainerOf}} {
		t := types.NewTypeParam(types.NewTypeName(0, u.Pkg, "T", nil), anyType)
		params := []*types.Var{types.NewParam(0, u.Pkg, "p", anyType)}
		if f.field {
			params = append(params, types.NewParam(0, u.Pkg, "field", types.Typ[types.String]))
		}
		sig := types.NewSignatureType(nil, nil, []*types.TypeParam{t}, types.NewTuple(params...), types.NewTuple(unnamed(types.NewPointer(t))), false)
		fn := types.NewFunc(0, u.Pkg, f.name, sig)
		u.Pkg.Scope().Insert(fn)
		u.Imported.Scope().Insert(fn)
		u.intrinsics[fn] = f.intrinsic
	}
}
