package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/check"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// neighbours lists the packages of other cells that this cell mentions objects of, and so on from there; those with functions
// are noted in p.units. Packages of maps are among them.
func (p *Package) neighbours(units map[*types.Package]*check.Unit) []*types.Package {
	var out []*types.Package
	seen := map[*types.Package]bool{}
	work := []*check.Unit{p.unit}
	add := func(obj types.Object) {
		pkg := obj.Pkg()
		if pkg == nil || pkg == p.unit.Pkg || pkg == p.universe.Pkg || seen[pkg] {
			return
		}
		seen[pkg] = true
		if path := pkg.Path(); path != universe.MainPath && path != universe.MapsPath {
			return
		}
		out = append(out, pkg)
		if u := units[pkg]; u != nil {
			p.units[pkg] = u
			work = append(work, u)
		}
	}
	for len(work) > 0 {
		u := work[0]
		work = work[1:]
		for _, obj := range u.Info.Uses {
			add(obj)
		}
		for _, sel := range u.Info.Selections {
			add(sel.Obj())
		}
	}
	return out
}

// fileOf is the file that declares a function.
func (p *Package) fileOf(fn *ssa.Function) *syntax.File {
	for f := fn; f != nil; f = f.Parent() {
		if o := f.Origin(); o != nil {
			f = o
		}
		var pkg *types.Package
		switch {
		case f.Pkg != nil:
			pkg = f.Pkg.Pkg
		case f.Object() != nil:
			pkg = f.Object().Pkg()
		}
		if u := p.units[pkg]; u != nil {
			return u.File
		}
	}
	return p.unit.File
}

// fileNamed is the file of a cell, nil where no cell of that name is part of the program.
func (p *Package) fileNamed(cell string) *syntax.File {
	for _, u := range p.units {
		if u.File.Cell.Name == cell {
			return u.File
		}
	}
	return nil
}

// functions lists the functions that the cell's probes may run, those of the cell first, in source order as far as go/ssa
// keeps it.
func (p *Package) functions() []*ssa.Function {
	if p.all != nil {
		return p.all
	}
	var fns []*ssa.Function
	seen := map[*ssa.Function]bool{}
	add := func(fn *ssa.Function) {
		if fn == nil || len(fn.Blocks) == 0 || seen[fn] {
			return
		}
		seen[fn] = true
		if fn.TypeParams() == nil || len(fn.TypeArgs()) > 0 {
			fns = append(fns, fn)
		}
	}
	for _, pr := range p.unit.Probes {
		add(p.ssa.Prog.FuncValue(pr.Func))
	}
	for _, f := range p.unit.Funcs {
		add(p.ssa.Prog.FuncValue(f))
	}
	var operands []*ssa.Value
	for i := 0; i < len(fns); i++ {
		for _, b := range fns[i].Blocks {
			for _, ins := range b.Instrs {
				operands = ins.Operands(operands[:0])
				for _, op := range operands {
					if fn, ok := (*op).(*ssa.Function); ok {
						add(fn)
					}
				}
			}
		}
	}
	p.all = fns
	return fns
}
