package check

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// Dump writes what checking has found out: maps, declarations, and for each probe its hook and the names it uses with
// their types, each at its first mention.
func Dump(u *Unit) string {
	var b strings.Builder
	for _, m := range u.Maps {
		kind, how := "map", "by use"
		if m.Counter {
			kind = "counter"
		}
		if m.Explicit {
			how = "declared"
		}
		fmt.Fprintf(&b, "%s %s %s // %s\n", kind, m.Name, typeString(m.Var.Type()), how)
	}
	for _, file := range u.Files {
		for _, d := range file.Decls {
			u.dumpDecl(&b, d)
		}
	}
	return b.String()
}

func (u *Unit) dumpDecl(b *strings.Builder, d ast.Decl) {
	switch d := d.(type) {
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				u.dumpObject(b, spec.Name)
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					if _, ok := u.Info.Defs[id].(*types.Const); ok {
						u.dumpObject(b, id)
					}
				}
			}
		}
	case *ast.FuncDecl:
		if p := u.probeOf(d); p != nil {
			fmt.Fprintf(b, "probe %s %s:%s\n", p.Syntax.Name, p.Hook.Kind, p.Hook.Target)
		} else {
			u.dumpObject(b, d.Name)
		}
		u.dumpNames(b, d)
	}
}

func (u *Unit) probeOf(d *ast.FuncDecl) *Probe {
	for _, p := range u.Probes {
		if p.Decl == d {
			return p
		}
	}
	return nil
}

func (u *Unit) dumpObject(b *strings.Builder, id *ast.Ident) {
	fmt.Fprintln(b, types.ObjectString(u.Info.Defs[id], func(p *types.Package) string {
		if p == u.Pkg {
			return ""
		}
		return p.Name()
	}))
}

// dumpNames writes the variables, calls and fields of a function.
func (u *Unit) dumpNames(b *strings.Builder, d *ast.FuncDecl) {
	seen := make(map[string]bool)
	line := func(kind, name string, t types.Type) {
		s := fmt.Sprintf("\t%-8s %-16s %s\n", kind, name, typeString(t))
		if !seen[s] {
			seen[s] = true
			b.WriteString(s)
		}
	}
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if sel := u.Info.Selections[n]; sel != nil {
				if id, ok := n.X.(*ast.Ident); ok {
					line("field", id.Name+"."+n.Sel.Name, sel.Type())
					return false
				}
			}
		case *ast.Ident:
			obj := u.Info.ObjectOf(n)
			if v, ok := obj.(*types.Var); ok && !v.IsField() {
				line(u.role(v), n.Name, v.Type())
			} else if f, ok := obj.(*types.Func); ok && n != d.Name {
				line("func", n.Name, f.Type())
			}
		}
		return true
	})
}

// role says what kind of variable v is.
func (u *Unit) role(v *types.Var) string {
	switch {
	case v.Pkg() == nil || v.Pkg() == u.Pkg:
		return "local"
	case v.Pkg().Path() == "maps":
		return "map"
	}
	return "name"
}
