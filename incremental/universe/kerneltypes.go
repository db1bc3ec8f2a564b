package universe

import (
	"go/constant"
	"go/token"
	"go/types"
	"iter"
	"slices"
	"strconv"
)

// KernelType is a struct or union of the kernel's as a Go type. Its fields are made when a program first selects one, because
// each leads to further types: see Universe.Expand.
type KernelType struct {
	Named  *types.Named  // a struct; field i is Fields[i]
	Fields []KernelField // those of anonymous members among them; nil until expanded
	Size   int           // bytes in the kernel; 0 when only its name is known

	id       uint32
	expanded bool
}

// KernelField is a field of a KernelType.
type KernelField struct {
	Name   string // the Go spelling
	Offset int    // bytes; of a bit-field, where the integer begins that holds it
	Size   int    // bytes; of a bit-field, of that integer
	// BitOffset and Bits place a bit-field in its integer; Bits is 0 for other fields.
	BitOffset, Bits int
	Chars           int // the length of a char array, which is a string in Go; else 0
	// Walks reports that the kernel's verifier knows what the field points to, so that a program that reads it by a plain load may read
	// through it in the same way.
	Walks bool

	typ   uint32
	union bool
}

// kernelTypes are the kernel's types that programs have named so far.
type kernelTypes struct {
	btf     *BTF
	asked   bool
	byID    map[uint32]*KernelType
	byType  map[*types.Named]*KernelType
	scalars map[string]*types.Named
	roots   map[string][]*KernelType // what the arguments of hooks point to, by the arguments' names
	names   map[string]types.Object  // by plain name, nil for those that the kernel does not have
	members map[[2]string]Member     // that have been asked for, by the names of struct and member; zero for none
}

// btf is the kernel's BTF, nil if it has none.
func (u *Universe) btf() *BTF {
	k := &u.kernel
	if !k.asked {
		k.asked = true
		if typed, ok := u.Kernel.(TypedKernel); ok {
			k.btf = typed.BTF()
		}
		k.byID = make(map[uint32]*KernelType)
		k.byType = make(map[*types.Named]*KernelType)
		k.scalars = make(map[string]*types.Named)
		k.names = make(map[string]types.Object)
		k.roots = make(map[string][]*KernelType)
	}
	return k.btf
}

// KernelType is what is known of a struct of the kernel's, nil for other types.
func (u *Universe) KernelType(t types.Type) *KernelType {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.kernel.byType[named]
}

// IsKernelPointer reports whether t points to kernel memory: to a struct of the kernel's, or to one of its integers.
func (u *Universe) IsKernelPointer(t types.Type) bool {
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(p.Elem()).(*types.Named)
	if !ok || named.Obj().Pkg() != nil {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.kernel.byType[named] != nil || u.kernel.scalars[named.Obj().Name()] == named
}

// KernelName is the object of a name that the kernel declares: a struct, union or typedef of an integer as a type, an enum's constant as a
// constant. It is nil for all others.
func (u *Universe) KernelName(name string) types.Object {
	u.mu.Lock()
	defer u.mu.Unlock()
	b := u.btf()
	if b == nil {
		return nil
	}
	if obj, ok := u.kernel.names[name]; ok {
		return obj
	}
	obj := u.findName(b, name)
	u.kernel.names[name] = obj
	return obj
}

func (u *Universe) findName(b *BTF, name string) types.Object {
	if t, ok := b.find(name, btfStruct, btfUnion); ok {
		return u.kernelType(t, "").Named.Obj()
	}
	if t, ok := b.find(name, btfTypedef); ok {
		switch target, alias, _ := b.strip(t.id); target.kind() {
		case btfStruct, btfUnion:
			return u.kernelType(target, alias).Named.Obj()
		case btfInt, btfEnum, btfEnum64:
			return types.NewTypeName(0, nil, name, u.goType(b, t.id))
		}
	}
	if value, signed, ok := b.enumerator(name); ok {
		c := constant.MakeUint64(value)
		if signed {
			c = constant.MakeInt64(int64(value))
		}
		return types.NewConst(0, u.Pkg, name, types.Typ[types.UntypedInt], c)
	}
	return nil
}

// DeclareTask declares task and bpf.Task, the thread that runs. It reports false when the kernel has no BTF.
func (u *Universe) DeclareTask() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.Pkg.Scope().Lookup("task") != nil {
		return true
	}
	b := u.btf()
	if b == nil {
		return false
	}
	t, ok := b.find("task_struct", btfStruct)
	if !ok {
		return false
	}
	typ := types.NewPointer(u.kernelType(t, "").Named)
	plain := types.NewVar(0, u.Pkg, "task", typ)
	exported := types.NewFunc(0, u.Pkg, "Task", types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(unnamed(typ)), false))
	for _, obj := range []types.Object{plain, exported} {
		u.declare(obj)
		u.intrinsics[obj] = Task
	}
	return true
}

// Expand makes the fields of the kernel's types that programs may select: of all types met so far, and of what their fields lead to
// whose names are mentioned, free or selected from something. A type once expanded stays as it is.
func (u *Universe) Expand(names iter.Seq[string], mentioned func(name string) bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.kernel.btf == nil {
		return
	}
	b := u.kernel.btf
	work := make([]*KernelType, 0, len(u.kernel.byID))
	for _, k := range u.kernel.byID {
		if k.expanded {
			work = append(work, k)
		}
	}
	for name := range names {
		for _, k := range u.kernel.roots[name] {
			if !k.expanded {
				u.expand(b, k)
				work = append(work, k)
			}
		}
	}
	for len(work) > 0 {
		k := work[len(work)-1]
		work = work[:len(work)-1]
		for i := range k.Fields {
			f := &k.Fields[i]
			if !mentioned(f.Name) {
				continue
			}
			if next := u.target(b, f.typ); next != nil && !next.expanded {
				u.expand(b, next)
				work = append(work, next)
			}
		}
	}
}

// target is the struct that a type is, points to or is an array of, or nil.
func (u *Universe) target(b *BTF, id uint32) *KernelType {
	for {
		t, alias, _ := b.strip(id)
		switch t.kind() {
		case btfStruct, btfUnion:
			return u.unexpanded(t, alias)
		case btfPointer:
			id = t.size
		case btfArray:
			id = t.word(0)
		default:
			return nil
		}
	}
}

// kernelType is the struct as a Go type with its fields.
func (u *Universe) kernelType(t btfType, alias string) *KernelType {
	k := u.unexpanded(t, alias)
	u.expand(u.kernel.btf, k)
	return k
}

// unexpanded is the struct as a Go type, with its fields or without.
func (u *Universe) unexpanded(t btfType, alias string) *KernelType {
	if k := u.kernel.byID[t.id]; k != nil {
		return k
	}
	b := u.kernel.btf
	name := b.text(t.name)
	if name == "" {
		name = alias
	}
	if name == "" {
		name = "struct" + strconv.Itoa(int(t.id))
	}
	k := &KernelType{id: t.id}
	if t.kind() != btfForward {
		k.Size = int(t.size)
	}
	// Without a package the type's name in Go's messages is the kernel's.
	obj := types.NewTypeName(0, nil, name, nil)
	k.Named = types.NewNamed(obj, types.NewStruct(nil, nil), nil)
	u.kernel.byID[t.id] = k
	u.kernel.byType[k.Named] = k
	return k
}

func (u *Universe) expand(b *BTF, k *KernelType) {
	if k.expanded {
		return
	}
	k.expanded = true
	t := b.at(k.id)
	if t.kind() == btfForward {
		return
	}
	k.Fields = u.members(b, t, 0, t.kind() == btfUnion, nil, make(map[string]bool, t.len()))
	vars := make([]*types.Var, len(k.Fields))
	for i, f := range k.Fields {
		vars[i] = types.NewField(0, u.fields, f.Name, u.fieldGoType(b, &k.Fields[i]), false)
	}
	k.Named.SetUnderlying(types.NewStruct(vars, nil))
}

// members lists the members of a struct or union that begins at offset base, those of anonymous members among them.
func (u *Universe) members(b *BTF, t btfType, base int, union bool, fields []KernelField, taken map[string]bool) []KernelField {
	for i := range t.len() {
		name, typ, at := t.word(3*i), t.word(3*i+1), t.word(3*i+2)
		bits := 0
		if t.flag() {
			bits, at = int(at>>24), at&0xffffff
		}
		target, _, _ := b.strip(typ)
		if name == 0 {
			if target.kind() == btfStruct || target.kind() == btfUnion {
				fields = u.members(b, target, base+int(at/8), union || target.kind() == btfUnion, fields, taken)
			}
			continue
		}
		f := KernelField{Name: FieldName(b.text(name)), Offset: base + int(at/8), Size: b.sizeOf(typ), typ: typ, union: union}
		if bits > 0 {
			f.placeBits(base*8+int(at), bits)
		}
		if taken[f.Name] {
			continue
		}
		taken[f.Name] = true
		fields = append(fields, f)
	}
	return fields
}

// placeBits finds the smallest aligned integer that holds a bit-field.
func (f *KernelField) placeBits(at, bits int) {
	f.Bits = bits
	for size := 1; size <= 8; size *= 2 {
		start := at / (8 * size) * size
		if at+bits <= (start+size)*8 {
			f.Offset, f.Size, f.BitOffset = start, size, at-start*8
			return
		}
	}
	// No aligned integer holds it; the kernel has no such field.
	f.Offset, f.Size, f.BitOffset, f.Bits = at/8, 8, at%8, min(bits, 56)
}

// fieldGoType is the Go type of a field, and what reading it takes.
func (u *Universe) fieldGoType(b *BTF, f *KernelField) types.Type {
	t, _, _ := b.strip(f.typ)
	switch t.kind() {
	case btfArray:
		if n := int(t.word(2)); n > 0 && isChar(b, t.word(0)) {
			f.Chars = n
			return types.Typ[types.String]
		}
	case btfPointer:
		f.Walks = !f.union && b.walks(f.typ)
	}
	return u.goType(b, f.typ)
}

// isChar reports whether a type is char, of which arrays are text.
func isChar(b *BTF, id uint32) bool {
	t, _, _ := b.strip(id)
	return t.kind() == btfInt && t.size == 1 && b.text(t.name) == "char"
}

// goType is the Go type of values of a type of the kernel's.
func (u *Universe) goType(b *BTF, id uint32) types.Type {
	t, alias, _ := b.strip(id)
	switch t.kind() {
	case btfInt, btfEnum, btfEnum64:
		return b.scalar(t)
	case btfPointer:
		return u.pointerTo(b, t.size)
	case btfArray:
		return types.NewArray(u.goType(b, t.word(0)), int64(t.word(2)))
	case btfStruct, btfUnion, btfForward:
		return u.unexpanded(t, alias).Named
	}
	return types.NewArray(types.Typ[types.Uint8], int64(b.sizeOf(id)))
}

// scalar is the Go type of an integer or enum.
func (b *BTF) scalar(t btfType) types.Type {
	signed := t.flag()
	if t.kind() == btfInt {
		encoding := t.word(0) >> 24
		if encoding&4 != 0 {
			return types.Typ[types.Bool]
		}
		signed = encoding&1 != 0
	}
	switch t.size {
	case 1, 2, 4, 8:
		return integer(int(t.size), signed)
	}
	return types.NewArray(types.Typ[types.Uint8], int64(t.size))
}

// pointerTo is the Go type of pointers to a type of the kernel's. Those to structs and integers can be read through; all others are
// addresses.
func (u *Universe) pointerTo(b *BTF, id uint32) types.Type {
	t, alias, tags := b.strip(id)
	if slices.Contains(tags, "user") {
		return u.UserPtr
	}
	switch t.kind() {
	case btfStruct, btfUnion, btfForward:
		return types.NewPointer(u.unexpanded(t, alias).Named)
	case btfInt, btfEnum, btfEnum64:
		basic, ok := b.scalar(t).(*types.Basic)
		if !ok {
			return u.KernelPtr
		}
		return types.NewPointer(u.kernelScalar(alias, b.text(t.name), basic))
	}
	return u.KernelPtr
}

// kernelScalar is a named integer of the kernel's: a pointer to it is known to point to kernel memory.
func (u *Universe) kernelScalar(alias, name string, basic *types.Basic) *types.Named {
	for _, n := range []string{alias, name, basic.Name()} {
		if token.IsIdentifier(n) {
			name = n
			break
		}
	}
	if n := u.kernel.scalars[name]; n != nil && n.Underlying() == types.Type(basic) {
		return n
	}
	n := types.NewNamed(types.NewTypeName(0, nil, name, nil), basic, nil)
	u.kernel.scalars[name] = n
	return n
}
