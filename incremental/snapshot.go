package incremental

import (
	"slices"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Snapshot is an immutable list of cells, to be compiled for one kernel. Snapshots made from each other share what they have
// compiled. The zero Snapshot is not usable; New makes the first one.
type Snapshot struct {
	memo  *memo
	cells []source.Cell
}

// New returns a snapshot without cells for kernel k.
func New(k universe.Kernel) *Snapshot {
	return &Snapshot{memo: newMemo(universe.New(k))}
}

// With returns a snapshot in which the cell is added, or stands in the place of the one with the same name.
func (s *Snapshot) With(cell source.Cell) *Snapshot {
	cells := slices.Clone(s.cells)
	if i := s.index(cell.Name); i >= 0 {
		cells[i] = cell
	} else {
		cells = append(cells, cell)
	}
	return &Snapshot{memo: s.memo, cells: cells}
}

// Without returns a snapshot that lacks the cell called name.
func (s *Snapshot) Without(name string) *Snapshot {
	cells := slices.Clone(s.cells)
	if i := s.index(name); i >= 0 {
		cells = slices.Delete(cells, i, i+1)
	}
	return &Snapshot{memo: s.memo, cells: cells}
}

// Cells lists the cells in the order they were added.
func (s *Snapshot) Cells() []source.Cell { return slices.Clone(s.cells) }

// Universe is what the snapshot's programs see without declaring it.
func (s *Snapshot) Universe() *universe.Universe { return s.memo.universe }

func (s *Snapshot) index(name string) int {
	return slices.IndexFunc(s.cells, func(c source.Cell) bool { return c.Name == name })
}

// BuildOptions say how to build. The zero value is fine.
type BuildOptions struct {
	// Stage, if set, is called when a stage starts: "parse", "types", "ssa", "opt", "codegen". A stage may start more than once,
	// as cells go through one after the other. What goes on beside the caller's goroutine is not told. The caller has the clock.
	Stage func(name string)
	// OneCore keeps the work to the caller's goroutine. By default, programs of one cell are compiled at once, which takes less time and more
	// of the CPUs.
	OneCore bool
	// Verify checks the optimized IR, which costs a twentieth of a build. Tests set it.
	Verify bool
	// Lines are the names, in the user's text, of the probes that count how often they come to each line; sorted. The others are
	// what they would be without.
	Lines []string
	// Careful are the names, in the user's text, of the probes that the verifier gave up on because there are too many ways through them;
	// sorted. Each loop of theirs with some ways becomes a function that the verifier looks at by itself, and what is needed over many ways
	// lies in memory, which makes them slower; see package forget. The others are what they would be without.
	Careful []string
	// Dump, if set, gets the text form of what a stage made of a cell or probe. What has been compiled before is compiled again.
	Dump func(stage Stage, name, text string)
}

// Stage is a step of the compiler whose outcome can be printed.
type Stage string

// The stages, in order.
const (
	StageGo    Stage = "go"    // the long form of the cell
	StageAST   Stage = "ast"   // Go's syntax tree
	StageTypes Stage = "types" // names, their types, and the maps declared by use
	StageSSA   Stage = "ssa"   // go/ssa's form of each probe
	StageIR    Stage = "ir"    // the IR before and after optimization
	StageAsm   Stage = "asm"   // the instructions, under the places in the source that they come from
	StageJSON  Stage = "json"  // the descriptor of each program; docs/JSON.md
)

// Stages lists the stages that can be dumped, in order.
func Stages() []Stage {
	return []Stage{StageGo, StageAST, StageTypes, StageSSA, StageIR, StageAsm, StageJSON}
}
