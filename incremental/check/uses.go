package check

import (
	"go/ast"
	"slices"

	"go3s/incremental/abi"
	"go3s/incremental/syntax"
)

// Use says how a cell uses a map or counter; it decides what kind of map it becomes.
type Use uint8

// The uses, a bit set.
const (
	Adds       Use = 1 << iota // m[k]++, m[k] += v, n++
	Assigns                    // m[k] = v, n = v
	Reads                      // m[k] in an expression, v, ok := m[k]
	Deletes                    // delete(m, k)
	Keyed                      // used with an index
	Aggregates                 // m[k].hist(v), x.avg(v)
	Elsewhere                  // any use but m[tid] by the thread of that number
)

// OfThreads reports whether all that programs do with a map is to keep a value for the thread that runs, which they read again and
// take away. What they only add to is rather a sum that somebody wants to see.
func (u Use) OfThreads() bool { return u&^Keyed == Assigns|Reads|Deletes }

// Declares reports whether uses like these may declare a map. Checking the cell tells for sure.
func (u Use) Declares() bool {
	return u&(Adds|Aggregates) != 0 || u&Keyed != 0 && u&Assigns != 0
}

// Scan is what one walk over a cell finds out about its names, before anything is known of other cells. It does not change.
type Scan struct {
	file  *syntax.File
	names *names
	// Uses says how the cell uses each name that is neither local to a function nor a function, type, constant or import of the
	// cell. Names that are no maps are among them; whoever asks knows the maps.
	Uses map[string]Use
}

// NewScan walks over a cell.
func NewScan(f *syntax.File) *Scan {
	s := &Scan{file: f, names: scanNames(f)}
	n := s.names
	if named, found := declareNamed(f, func(string) bool { return true }); len(found) > 0 {
		n = scanNames(named)
	}
	s.Uses = make(map[string]Use, len(n.symbols))
	for i := range n.symbols {
		if use := n.symbols[i].use; use != 0 {
			s.Uses[n.symbols[i].name] = use
		}
	}
	return s
}

// Mentions lists the names by which the cell may refer to what it or another cell declares, each once, sorted. Methods and fields are
// not among them: what they belong to is.
func (s *Scan) Mentions() []string {
	names := make([]string, 0, len(s.names.symbols)+len(s.Uses))
	for name := range s.names.all(free | declared) {
		names = append(names, name)
	}
	for name := range s.Uses { // bpf.Hash[K, V]("name") has no identifier of its map
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// site is one place where a name stands that may be a map.
type site struct {
	name   string
	symbol int // of the name, by its index
	ident  *ast.Ident
	// elem is m[K]; index is its K, or that of delete(m, K).
	elem  *ast.IndexExpr
	index ast.Expr
	// value is V of m[k] = V and m[k] += V; nil for m[k]++.
	value ast.Expr
	stmt  *ast.AssignStmt
	// method is the name of the method in m[k].hist(v) or m.Increment(k), and call the call of it.
	method *ast.Ident
	call   *ast.CallExpr
	// aggregate is what the method makes of its values.
	aggregate abi.AggregateKind
	use       Use
	selected  *ast.SelectorExpr // it is the m of m.f or m[k].f
	minus     bool              // it is m[k]-- or m[k] -= V
	counted   bool              // it is the m of len(m)
}

// declares reports whether a use of this kind is enough to declare the map.
func (s *site) declares() bool {
	if s.method != nil {
		return s.aggregate != abi.NoAggregate && !s.method.IsExported()
	}
	return s.use&Adds != 0 || s.use&Keyed != 0 && s.use&Assigns != 0 && s.use&Reads == 0
}
