package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"go3s/incremental/arena"
	"go3s/incremental/universe"
)

// infos are records that no unit has any more.
var infos arena.Pool[types.Info]

// newInfo makes the record that go/ssa needs, with room for what a text of n bytes fills it with.
func newInfo(n int) *types.Info {
	info := infos.Get()
	if info.Types != nil {
		return info
	}
	*info = types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue, n/4),
		Instances:    make(map[*ast.Ident]types.Instance),
		Defs:         make(map[*ast.Ident]types.Object, n/40),
		Uses:         make(map[*ast.Ident]types.Object, n/8),
		Implicits:    make(map[ast.Node]types.Object),
		Selections:   make(map[*ast.SelectorExpr]*types.Selection),
		Scopes:       make(map[ast.Node]*types.Scope, n/40),
		FileVersions: make(map[*ast.File]string),
	}
	return info
}

// largestKept is how long a text may be for its record to be used again: to empty one takes as long as it has become large.
const largestKept = 4096

// Free gives the memory of the unit's record to other cells. Neither the record nor the SSA form of a function that is still to be built
// may be used any more.
func (u *Unit) Free() {
	info := u.Info
	if u.Info = nil; u.File == nil || len(u.File.Go) > largestKept {
		return
	}
	clear(info.Types)
	clear(info.Instances)
	clear(info.Defs)
	clear(info.Uses)
	clear(info.Implicits)
	clear(info.Selections)
	clear(info.Scopes)
	clear(info.FileVersions)
	infos.Put(info)
}

// pass runs Go's checker over the tree, with all that is known of the maps so far; over declarations alone, or over the bodies of functions,
// too.
func (c *checker) pass(info *types.Info, bodies bool) {
	c.pkg = types.NewPackage(universe.MainPath, "main")
	c.mapsPkg = nil
	c.passes = append(c.passes, c.pkg)
	c.info = info
	c.errs = c.errs[:0]
	c.buildTree()
	c.declareContexts()
	c.declareNames()
	c.universe.Expand(c.names.all(free|selected), func(name string) bool { return c.names.is(name, free|selected) })
	for _, typ := range c.wraps {
		c.alias(wrapName(typ), typ)
	}
	// Without a version the rules of the newest Go hold. What is imported need not be used: we import bpf for the headers of probes, in
	// which the types of contexts have other names by now.
	conf := types.Config{
		Importer:                 importer{c.universe},
		Error:                    func(err error) { c.errs = append(c.errs, err.(types.Error)) },
		DisableUnusedImportCheck: true,
		IgnoreFuncBodies:         !bodies,
	}
	files := []*ast.File{c.tree}
	if decls := c.mapDecls(); len(decls) > 0 {
		files = append(files, &ast.File{Package: c.tree.Package, Name: c.tree.Name, Decls: decls})
	}
	// The errors are all in c.errs.
	_ = types.NewChecker(&conf, c.file.Fset, c.pkg, info).Files(files)
}

// finalPass runs the pass whose record the unit keeps. A value that is added to a counter and turns out to be narrower than the
// counter takes one more pass.
func (c *checker) finalPass() {
	for {
		c.pass(newInfo(len(c.file.Go)), true)
		if !c.findWraps(c.typeOf) {
			return
		}
	}
}

// typeOf is the type that the last pass found for an expression, or nil.
func (c *checker) typeOf(e ast.Expr) types.Type {
	t := c.info.Types[e].Type
	if t == nil || t == types.Typ[types.Invalid] {
		return nil
	}
	return t
}

// declareNames declares the names that the cell uses and does not declare: those of other cells, and the plain names.
func (c *checker) declareNames() {
	scope := c.pkg.Scope()
	for name := range c.names.all(free) {
		if c.names.is(name, declared) {
			continue
		}
		obj := c.lookup(name)
		if obj == nil {
			obj = c.kernelName(name)
		}
		if obj != nil {
			scope.Insert(obj)
		}
	}
}

// lookup finds a name outside of the cell.
func (c *checker) lookup(name string) types.Object {
	if m := c.in.Maps[name]; m != nil {
		return m.Var
	}
	if obj := c.in.Names[name]; obj != nil {
		return obj
	}
	return c.universe.Plain(name)
}

// alias declares a name of ours for a type.
func (c *checker) alias(name string, t types.Type) *ast.Ident {
	if c.pkg.Scope().Lookup(name) == nil {
		c.pkg.Scope().Insert(types.NewTypeName(token.NoPos, c.pkg, name, t))
	}
	return &ast.Ident{NamePos: c.tree.Package, Name: name}
}

// importer knows the packages bpf and strings.
type importer struct{ *universe.Universe }

// Import implements types.Importer.
func (i importer) Import(path string) (*types.Package, error) {
	switch path {
	case universe.BPFPath:
		return i.Imported, nil
	case universe.StringsPath:
		return i.Strings, nil
	case universe.HelpersPath:
		return i.Helpers, nil
	}
	return nil, fmt.Errorf("there is no package %s", path)
}
