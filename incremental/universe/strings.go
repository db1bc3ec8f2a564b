package universe

import "go/types"

// StringsPath is the path of the package strings. Its functions have their meaning from the standard library.
const StringsPath = "strings"

// stringFuncs are the functions of package strings that work in a program. All take a string first.
var stringFuncs = []struct {
	name      string
	param     string
	intrinsic Intrinsic
	second    types.BasicKind
	result    types.BasicKind
}{
	{"Contains", "substr", Contains, types.String, types.Bool},
	{"HasPrefix", "prefix", HasPrefix, types.String, types.Bool},
	{"HasSuffix", "suffix", HasSuffix, types.String, types.Bool},
	{"Index", "substr", Index, types.String, types.Int},
	{"IndexByte", "c", IndexByte, types.Byte, types.Int},
	{"TrimPrefix", "prefix", TrimPrefix, types.String, types.String},
	{"TrimSuffix", "suffix", TrimSuffix, types.String, types.String},
}

// declareStrings makes the package strings.
func (u *Universe) declareStrings() {
	u.Strings = types.NewPackage(StringsPath, "strings")
	for _, f := range stringFuncs {
		s := types.NewParam(0, u.Strings, "s", types.Typ[types.String])
		p := types.NewParam(0, u.Strings, f.param, types.Universe.Lookup(types.Typ[f.second].Name()).Type())
		sig := types.NewSignatureType(nil, nil, nil, types.NewTuple(s, p), types.NewTuple(unnamed(types.Typ[f.result])), false)
		fn := types.NewFunc(0, u.Strings, f.name, sig)
		u.Strings.Scope().Insert(fn)
		u.intrinsics[fn] = f.intrinsic
	}
	u.Strings.MarkComplete()
}
