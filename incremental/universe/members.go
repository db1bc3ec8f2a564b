package universe

import (
	"go/types"
	"slices"
)

// Members makes the fields of a struct of the kernel's, which no program has to mention for it. Other types it leaves alone.
func (u *Universe) Members(t types.Type) {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if k := u.kernel.byType[named]; k != nil {
		u.expand(u.kernel.btf, k)
	}
}

// HookKinds lists the kinds of hooks that can be used.
func HookKinds() []HookKind {
	return slices.DeleteFunc(slices.Clone(hookKinds), func(k HookKind) bool { return k.Refused != "" })
}

// Functions lists the functions of the kernel, sorted, each once.
func (b *BTF) Functions() []string { return b.named(btfFunc) }

// Structs lists the structs and unions of the kernel that have a name, sorted, each once.
func (b *BTF) Structs() []string { return b.named(btfStruct, btfUnion) }

// named lists the names of the types of some kinds.
func (b *BTF) named(kinds ...uint32) []string {
	var names []string
	b.all(func(t btfType) bool {
		if t.name != 0 && slices.Contains(kinds, t.kind()) {
			names = append(names, b.text(t.name))
		}
		return true
	})
	slices.Sort(names)
	return slices.Compact(names)
}
