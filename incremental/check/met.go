package check

import "go/types"

// met is what the last pass has met. Most cells have none of it, and are spared the walks that look where it stands.
type met struct {
	floats     bool // floating point
	interfaces bool // the names of interfaces, and of the context where no parameter of a probe has it
	kernel     bool // structs of the kernel's, and pointers to its memory
}

// walks reports whether any expression or name may have to be refused.
func (m *met) walks() bool { return m.floats || m.interfaces }

// meet goes through the record of the last pass. Where that has errors, types are missing in it.
func (c *checker) meet() {
	if len(c.errs) > 0 {
		c.met = met{floats: true, interfaces: true, kernel: true}
		return
	}
	for _, tv := range c.info.Types {
		switch u := typeUnder(tv.Type).(type) {
		case *types.Basic:
			c.met.floats = c.met.floats || u.Info()&(types.IsFloat|types.IsComplex) != 0
		case *types.Pointer:
			c.met.kernel = c.met.kernel || c.universe.IsKernelPointer(tv.Type)
		case *types.Array:
			c.met.kernel = c.met.kernel || c.universe.KernelType(u.Elem()) != nil
		case *types.Struct:
			c.met.kernel = c.met.kernel || c.universe.KernelType(tv.Type) != nil
			c.met.interfaces = c.met.interfaces || tv.IsType() && tv.Type == types.Type(c.universe.ContextName.Type())
		case *types.Interface:
			c.met.interfaces = c.met.interfaces || tv.IsType() && !isTypeParam(tv.Type)
		}
	}
}
