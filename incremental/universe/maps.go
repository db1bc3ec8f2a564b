package universe

import (
	"go/types"

	"go3s/incremental/abi"
)

// MapKind is the kind of a map that is declared with one.
type MapKind uint8

// The kinds of maps. The kind of a map declared by use, or as map[K]V without an attribute, follows from its uses.
const (
	ByUse MapKind = iota
	Hash
	PerCPUHash
	LRUHash
	LRUPerCPUHash
	Array
	PerCPUArray
)

// mapKinds are the kinds as @bpf_map(type=…) names them, and the generic types of package bpf. The first spelling is ours.
var mapKinds = []struct {
	kind      MapKind
	attribute string
	names     []string
}{
	{Hash, "hash", []string{"Hash", "HashMap"}},
	{PerCPUHash, "percpu_hash", []string{"PerCPUHash", "PerCpuHash", "PerCpuHashMap"}},
	{LRUHash, "lru_hash", []string{"LRUHash", "LruHash", "LruHashMap"}},
	{LRUPerCPUHash, "lru_percpu_hash", []string{"LRUPerCPUHash", "PerCPULRUHash", "LruPerCpuHash"}},
	{Array, "array", []string{"Array"}},
	{PerCPUArray, "percpu_array", []string{"PerCPUArray", "PerCpuArray"}},
}

// MapKindOf is the kind that @bpf_map(type=name) asks for, or ByUse if there is none of that name.
func MapKindOf(name string) MapKind {
	for _, row := range mapKinds {
		if row.attribute == name {
			return row.kind
		}
	}
	return ByUse
}

// MapKindNames lists the names that MapKindOf knows.
func MapKindNames() []string {
	names := make([]string, len(mapKinds))
	for i, row := range mapKinds {
		names[i] = row.attribute
	}
	return names
}

// String is the kind's name in an attribute.
func (k MapKind) String() string {
	for _, row := range mapKinds {
		if row.kind == k {
			return row.attribute
		}
	}
	return "by use"
}

// IsArray reports whether the map has all its keys from the start, which are the numbers from zero.
func (k MapKind) IsArray() bool { return k == Array || k == PerCPUArray }

// IsMapType reports whether name is that of a generic map type of package bpf.
func IsMapType(name string) bool {
	for _, row := range mapKinds {
		for _, n := range row.names {
			if n == name {
				return true
			}
		}
	}
	return false
}

// MapMethod is a method of the generic map types.
type MapMethod uint8

// The methods of maps.
const (
	NoMapMethod  MapMethod = iota
	MapIncrement           // Increment(k): m[k]++
	MapAdd                 // Add(k, v): m[k] += v
	MapGet                 // Get(k) V: m[k]
	MapLookup              // Lookup(k) (V, bool): v, ok := m[k]
	MapSet                 // Set(k, v), Update(k, v): m[k] = v
	MapDelete              // Delete(k): delete(m, k)
)

// mapMethods are the names of the methods; of their arguments key is the first.
var mapMethods = []struct {
	name   string
	method MapMethod
	value  bool // takes a value
}{
	{"Increment", MapIncrement, false},
	{"Add", MapAdd, true},
	{"Get", MapGet, false},
	{"Lookup", MapLookup, false},
	{"Set", MapSet, true},
	{"Update", MapSet, true},
	{"Delete", MapDelete, false},
}

// MapMethodNamed is the method of maps called name.
func MapMethodNamed(name string) MapMethod {
	for _, row := range mapMethods {
		if row.name == name {
			return row.method
		}
	}
	return NoMapMethod
}

// aggregates are the types of aggregates and their one method. At the prompt it is written in lower case.
var aggregates = []struct {
	kind            abi.AggregateKind
	typ             string
	plain, exported string
}{
	{abi.Count, "Count", "count", "Count"},
	{abi.Sum, "Sum", "sum", "Sum"},
	{abi.Avg, "Avg", "avg", "Avg"},
	{abi.Min, "Min", "min", "Min"},
	{abi.Max, "Max", "max", "Max"},
	{abi.Stats, "Stats", "stats", "Stats"},
	{abi.Hist, "Hist", "hist", "Hist"},
	{abi.LinearHist, "LinearHist", "lhist", "LHist"},
	{abi.Quantile, "Quantile", "quantile", "Quantile"},
}

// AggregateNamed is the kind of aggregate that has the method called name.
func AggregateNamed(name string) abi.AggregateKind {
	for _, row := range aggregates {
		if row.plain == name || row.exported == name {
			return row.kind
		}
	}
	return abi.NoAggregate
}

// AggregateMethod is the lower-case name of the method of an aggregate.
func AggregateMethod(k abi.AggregateKind) string {
	for _, row := range aggregates {
		if row.kind == k {
			return row.plain
		}
	}
	return ""
}

// AggregateMethods lists the lower-case names of the methods of aggregates.
func AggregateMethods() []string {
	names := make([]string, len(aggregates))
	for i, row := range aggregates {
		names[i] = row.plain
	}
	return names
}

// AggregateType is the type of an aggregate, such as bpf.Hist.
func (u *Universe) AggregateType(k abi.AggregateKind) types.Type {
	for t, kind := range u.aggregates {
		if kind == k {
			return t
		}
	}
	return nil
}

// Aggregate is the kind of aggregate that t is, or NoAggregate.
func (u *Universe) Aggregate(t types.Type) abi.AggregateKind {
	named, _ := types.Unalias(t).(*types.Named)
	return u.aggregates[named]
}

// AggregateCall is the kind of aggregate whose method obj is, or NoAggregate.
func (u *Universe) AggregateCall(obj types.Object) abi.AggregateKind {
	fn, ok := obj.(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return abi.NoAggregate
	}
	return u.Aggregate(fn.Signature().Recv().Type())
}

// MapKind is the kind that a generic map type of package bpf stands for, or ByUse.
func (u *Universe) MapKind(t types.Type) MapKind {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return ByUse
	}
	return u.mapTypes[named.Origin()]
}

// MapCall is the method of a generic map type that obj is, or NoMapMethod.
func (u *Universe) MapCall(obj types.Object) MapMethod {
	fn, ok := obj.(*types.Func)
	if !ok || fn.Signature().Recv() == nil || u.MapKind(fn.Signature().Recv().Type()) == ByUse {
		return NoMapMethod
	}
	return MapMethodNamed(fn.Name())
}

// declareMaps fills the scope of the package bpf with the types of maps and aggregates.
func (u *Universe) declareMaps() {
	// Lower-case methods can be called only from a package with the same path, and that of every cell is MainPath.
	pkg := types.NewPackage(MainPath, "bpf")
	for _, row := range aggregates {
		obj := types.NewTypeName(0, pkg, row.typ, nil)
		t := types.NewNamed(obj, types.NewStruct(nil, nil), nil)
		u.Imported.Scope().Insert(obj)
		u.aggregates[t] = row.kind
		for _, name := range []string{row.plain, row.exported} {
			sig := types.NewSignatureType(types.NewParam(0, pkg, "", t), nil, nil, aggregateParams(row.kind), nil, false)
			t.AddMethod(types.NewFunc(0, pkg, name, sig))
		}
	}
	for _, row := range mapKinds {
		for _, name := range row.names {
			u.mapTypes[u.declareMap(pkg, name, row.kind)] = row.kind
		}
	}
}

// aggregateParams are the parameters of an aggregate's method. The checker demands an integer for v.
func aggregateParams(k abi.AggregateKind) *types.Tuple {
	v := types.NewParam(0, nil, "v", types.Universe.Lookup("any").Type())
	switch k {
	case abi.Count:
		return nil
	case abi.LinearHist:
		num := types.Typ[types.Int64]
		return types.NewTuple(v, types.NewParam(0, nil, "lo", num), types.NewParam(0, nil, "hi", num), types.NewParam(0, nil, "step", num))
	}
	return types.NewTuple(v)
}

// declareMap declares a generic type with the underlying type map[K]V, or map[uint32]V for an array.
func (u *Universe) declareMap(pkg *types.Package, name string, kind MapKind) *types.Named {
	t := types.NewNamed(types.NewTypeName(0, pkg, name, nil), nil, nil)
	params, key, value := mapParams(pkg, kind)
	t.SetTypeParams(params)
	t.SetUnderlying(types.NewMap(key, value))
	for _, row := range mapMethods {
		params, key, value := mapParams(pkg, kind)
		args := make([]types.Type, len(params))
		for i, p := range params {
			args[i] = p
		}
		recv, err := types.Instantiate(nil, t, args, false)
		if err != nil {
			panic(err)
		}
		in := []*types.Var{types.NewParam(0, nil, "key", key)}
		if row.value {
			in = append(in, types.NewParam(0, nil, "value", value))
		}
		var out []*types.Var
		if row.method == MapGet || row.method == MapLookup {
			out = append(out, unnamed(value))
		}
		if row.method == MapLookup {
			out = append(out, unnamed(types.Typ[types.Bool]))
		}
		sig := types.NewSignatureType(types.NewParam(0, pkg, "", recv), params, nil, types.NewTuple(in...), types.NewTuple(out...), false)
		t.AddMethod(types.NewFunc(0, pkg, row.name, sig))
	}
	u.Imported.Scope().Insert(t.Obj())
	return t
}

// mapParams makes the type parameters of a map type, and says which types its keys and values have.
func mapParams(pkg *types.Package, kind MapKind) (params []*types.TypeParam, key, value types.Type) {
	param := func(name, constraint string) *types.TypeParam {
		return types.NewTypeParam(types.NewTypeName(0, pkg, name, nil), types.Universe.Lookup(constraint).Type())
	}
	v := param("V", "any")
	if kind.IsArray() {
		return []*types.TypeParam{v}, types.Typ[types.Uint32], v
	}
	k := param("K", "comparable")
	return []*types.TypeParam{k, v}, k, v
}
