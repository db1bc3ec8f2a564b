package check

import (
	"go/ast"
	"go/token"
	"iter"

	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// names is what a walk over a cell finds out about its names, by the scoping rules of Go.
type names struct {
	symbols []symbol
	index   map[string]int // of symbols, by name
	sites   []site
	// bindings are the names that functions and blocks declare, in source order; local are the mentions of them, by index.
	bindings []binding
	local    map[*ast.Ident]int
	// calls are all calls, from the outside in; uncalled are the names of functions of the language that stand elsewhere than before
	// their arguments.
	calls    []*ast.CallExpr
	uncalled []*ast.Ident
	// suspects are the nodes that may be refused for what they are; see subsetNode.
	suspects []ast.Node
	loops    int        // how many are around what is at hand
	deepest  []ast.Stmt // loops in which one more would be too deep for the stages behind
	exempt   bool       // what is at hand may be what it likes: a constraint, or a variable of package level
	probes   map[*ast.FuncDecl]*probeNames
	dropped  bool // a field says that it is not for the kernel

	fn     *ast.FuncDecl // the function at hand
	probe  *probeNames   // of it if it is a probe, else of nothing
	callee *ast.Ident    // the name of what is called at hand
	// scope are the bindings that can be seen, those of the block at hand from block on. Blocks cut back what they add.
	scope []int
	block int
}

// symbol is a name of a cell, with all that it is there.
type symbol struct {
	name string
	role role
	use  Use // of its sites
}

// role is what a name is to a cell, a bit set.
type role uint8

const (
	declared role = 1 << iota // a declaration of package level has it
	variable                  // by var
	twice                     // and another one, too
	free                      // it is used where no local declaration explains it
	selected                  // it is the f of x.f
	callable                  // the language has a function of that name
)

// binding is a name that is local to a function.
type binding struct {
	name string
	fn   *ast.FuncDecl // the function whose parameter it is, nil of other names
	// typ is the type that it is declared with; without one, def has the type that it takes. Both are nil where that is not as simple.
	typ, def ast.Expr
	ranges   bool // it is the key of a loop over def
}

// probeNames are the names of a probe that mean something there.
type probeNames struct {
	args, retval bool // it uses that name without declaring it
	thread       bool // it runs in the thread whose number tid is, and in no other way; see inThread
}

// bytesPerName is how long a text is at least in which there are no more names, and places where they stand, than its length divided by it,
// mostly.
const bytesPerName = 24

// scanNames walks over a cell.
func scanNames(f *syntax.File) *names {
	room := len(f.Go) / bytesPerName
	n := &names{
		symbols: make([]symbol, 0, room), index: make(map[string]int, room), local: make(map[*ast.Ident]int, room),
		sites: make([]site, 0, room), suspects: make([]ast.Node, 0, room),
		bindings: make([]binding, 0, room/2), calls: make([]*ast.CallExpr, 0, room/2),
		probes: make(map[*ast.FuncDecl]*probeNames, len(f.Probes)),
	}
	if f.AST == nil {
		return n
	}
	for _, p := range f.Probes {
		n.probes[p.Decl] = &probeNames{thread: inThread(p)}
	}
	for _, d := range f.AST.Decls {
		n.declare(d)
	}
	for _, d := range f.AST.Decls {
		n.decl(d)
	}
	if f.Body != nil {
		n.decl(f.Body)
	}
	return n
}

// symbol is the index of the symbol of a name.
func (n *names) symbol(name string) int {
	i, ok := n.index[name]
	if !ok {
		i = len(n.symbols)
		sym := symbol{name: name}
		if universe.IsFunction(name) {
			sym.role = callable
		}
		n.symbols = append(n.symbols, sym)
		n.index[name] = i
	}
	return i
}

// note gives a name a role, and returns all that it has.
func (n *names) note(name string, r role) role {
	i := n.symbol(name)
	n.symbols[i].role |= r
	return n.symbols[i].role
}

// is reports whether a name has one of some roles.
func (n *names) is(name string, r role) bool {
	i, ok := n.index[name]
	return ok && n.symbols[i].role&r != 0
}

// all lists the names that have one of some roles, in the order in which they are met.
func (n *names) all(r role) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n.symbols {
			if n.symbols[i].role&r != 0 && !yield(n.symbols[i].name) {
				return
			}
		}
	}
}

// declare notes the package-level names of a declaration. Probes are not among them: nothing can call a probe, so that a map
// may have its name.
func (n *names) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && n.probes[d] == nil {
			n.declareName(d.Name.Name, 0)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				n.declareName(spec.Name.Name, 0)
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					r := role(0)
					if d.Tok == token.VAR && id.Name != "_" {
						r = variable
					}
					n.declareName(id.Name, r)
				}
			case *ast.ImportSpec:
				n.declareName(importName(spec), 0)
			}
		}
	}
}

func (n *names) declareName(name string, r role) {
	if n.is(name, declared) {
		r |= twice
	}
	n.note(name, declared|r)
}

// importName is the name by which a file refers to an import.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	path := spec.Path.Value
	start := 0
	for i := range len(path) {
		if path[i] == '/' || path[i] == '"' && i == 0 {
			start = i + 1
		}
	}
	return path[start : len(path)-1]
}

// find is the binding of a name in scope, by its index, or -1.
func (n *names) find(name string) int {
	for i := len(n.scope) - 1; i >= 0; i-- {
		if b := n.scope[i]; n.bindings[b].name == name {
			return b
		}
	}
	return -1
}

// define declares a name in the block at hand, unless the block declares it already: then it is assigned to.
func (n *names) define(b binding) {
	if b.name == "_" {
		return
	}
	for _, i := range n.scope[n.block:] {
		if n.bindings[i].name == b.name {
			return
		}
	}
	n.scope = append(n.scope, len(n.bindings))
	n.bindings = append(n.bindings, b)
}

// inBlock runs f in a scope of its own.
func (n *names) inBlock(f func()) {
	length, block := len(n.scope), n.block
	n.block = length
	f()
	n.scope, n.block = n.scope[:length], block
}

// maxLoops is how many loops may lie in one another. The kernel follows far fewer.
const maxLoops = 100

// inLoop runs f over a loop, in a scope of its own.
func (n *names) inLoop(s ast.Stmt, f func()) {
	if n.loops++; n.loops == maxLoops+1 {
		n.deepest = append(n.deepest, s)
	}
	n.inBlock(f)
	n.loops--
}

// suspect notes a node that may be refused.
func (n *names) suspect(node ast.Node) {
	if !n.exempt {
		n.suspects = append(n.suspects, node)
	}
}

// exempted runs f over what is not refused if exempt is set.
func (n *names) exempted(exempt bool, f func()) {
	outer := n.exempt
	n.exempt = outer || exempt
	f()
	n.exempt = outer
}

// mention notes a name that is used for anything. It returns the symbol, by its index, of one that may be a map, else -1.
func (n *names) mention(id *ast.Ident) int {
	if id.Name == "_" {
		return -1
	}
	if i := n.find(id.Name); i >= 0 {
		n.local[id] = i
		return -1
	}
	i := n.symbol(id.Name)
	n.symbols[i].role |= free
	r := n.symbols[i].role
	n.uncall(id, r)
	if n.probe != nil && r&declared == 0 {
		n.probe.args = n.probe.args || id.Name == universe.ArgsName
		n.probe.retval = n.probe.retval || id.Name == universe.RetvalName
	}
	if r&declared != 0 && r&variable == 0 {
		return -1
	}
	return i
}

// sel notes the name that is selected from something.
func (n *names) sel(e *ast.SelectorExpr) {
	n.suspect(e)
	n.uncall(e.Sel, n.note(e.Sel.Name, selected))
}

// uncall notes a name that may be a function of the language's, unless it is called.
func (n *names) uncall(id *ast.Ident, r role) {
	if r&callable != 0 && id != n.callee {
		n.uncalled = append(n.uncalled, id)
	}
}
