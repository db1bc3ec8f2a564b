package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// removeUncalled takes out the functions that no program of the module reaches any more: the kernel refuses to load them. A
// module without a program keeps all.
func removeUncalled(m *ir.Module) {
	if len(m.Funcs) < 2 {
		return
	}
	reached := map[string]bool{}
	var work []*ir.Func
	for _, f := range m.Funcs {
		if f.Kind != ir.Sub {
			work = append(work, f)
		}
	}
	if len(work) == 0 {
		return
	}
	for len(work) > 0 {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		if reached[f.Name] {
			continue
		}
		reached[f.Name] = true
		for _, name := range calledBy(f) {
			i := slices.IndexFunc(m.Funcs, func(g *ir.Func) bool { return g.Name == name })
			if i >= 0 {
				work = append(work, m.Funcs[i])
			}
		}
	}
	m.Funcs = slices.DeleteFunc(m.Funcs, func(f *ir.Func) bool { return !reached[f.Name] })
}

// calledBy lists the functions that f calls or hands to a helper.
func calledBy(f *ir.Func) []string {
	var names []string
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op == ir.OpCallFunc || v.Op == ir.OpFunc {
				names = append(names, v.Func)
			}
		}
	}
	return names
}
