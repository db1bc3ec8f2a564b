package lower

import (
	"fmt"
	"hash/fnv"
	"strings"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// faults are the lines of a program on which a run can end: by a division by zero, an index out of range, a nil pointer, a loop
// without an end. Each has a word in a map of the program's own, which is only touched when it happens.
type faults struct {
	m      *ir.Map
	spans  []source.Span
	causes []cause        // all that can end a run there
	known  map[string]int // by cell and line; and by the cause, in a program that runs once
	texts  []string       // of the lines
}

// Fault is a place where a run can end. Cause says by what, as in "a division by zero"; it is empty where there are several.
type Fault struct {
	Span  source.Span
	Cause string
}

// cause is what ends a run, or a set of that.
type cause uint8

const never cause = 0 // it is for the verifier alone

const (
	byZero cause = 1 << iota
	byIndex
	bySlice
	byNil
	byShift
	byRounds
	byNoFunc
	byPanic
)

var causes = map[cause]string{
	byZero:   "a division by zero",
	byIndex:  "an index out of range",
	bySlice:  "the bounds of a slice that are out of range",
	byNil:    "a nil pointer",
	byShift:  "a shift by a negative number",
	byRounds: "a loop that went round too often",
	byNoFunc: "the call of a function that is nil",
	byPanic:  "an iterator that goes on after its loop has ended",
}

// list is the faults by word.
func (f *faults) list() []Fault {
	var list []Fault
	for i, span := range f.spans {
		list = append(list, Fault{Span: span, Cause: causes[f.causes[i]]})
	}
	return list
}

// line is the index of the line that is being lowered, on which a run can end by why.
func (l *lowerer) line(why cause) int {
	span := l.span
	file := l.pkg.unit.File
	if l.frame != nil {
		file = l.frame.file
	} else if own := l.pkg.fileNamed(span.Cell); own != nil {
		file = own // of a loop, which may lie in a function of another cell
	}
	if !span.IsValid() || span.Cell != file.Cell.Name {
		span, file = l.probe.Syntax.Span, l.pkg.unit.File
	}
	text := file.Cell.Text
	n, col := source.Position(text, min(span.Start, len(text)))
	line := fmt.Sprintf("%s:%d", span.Cell, n)
	if l.once {
		line += fmt.Sprintf(":%d", why)
	}
	if i, known := l.faults.known[line]; known {
		l.faults.causes[i] |= why
		return i
	}
	if l.faults.known == nil {
		l.faults.known = map[string]int{}
	}
	l.faults.known[line] = len(l.faults.spans)
	l.faults.spans = append(l.faults.spans, span)
	l.faults.causes = append(l.faults.causes, why)
	text, _, _ = strings.Cut(text[max(span.Start-col+1, 0):], "\n")
	l.faults.texts = append(l.faults.texts, strings.TrimSpace(text))
	return len(l.faults.spans) - 1
}

// name gives the map its size, and a name that tells it from that of a version of the program with other lines. Lines that only
// move keep it.
func (f *faults) name(program string) {
	if f.m == nil {
		return
	}
	h := fnv.New32a()
	for _, text := range f.texts {
		fmt.Fprintf(h, "%q ", text)
	}
	f.m.Name = fmt.Sprintf("%s%s%08x", program, abi.FaultsSuffix, h.Sum32())
	f.m.Value = 8 * len(f.spans)
}

// faultBlock is a block that ends the run, counted for the line that is being lowered.
func (l *lowerer) faultBlock(why cause) *ir.Block {
	saved := l.cur
	defer func() { l.cur = saved }()
	if l.faults.m == nil {
		l.faults.m = &ir.Map{Kind: ir.Array, Key: 4, Entries: 1}
		l.use(l.faults.m)
	}
	if l.fault == nil {
		l.fault, l.lines = l.fn.NewBlock(), map[int]*ir.Block{}
		which := l.fault.Phi(ir.I64, l.span)
		l.cur = l.fault
		l.count(abi.StatFault)
		at := l.emit(ir.OpPtrAdd, ir.Ptr, l.mapValue(l.faults.m, 0), which)
		l.emit(ir.OpAtomic64, ir.Void, at, l.constant(ir.I64, 1))
		l.end()
	}
	i := l.line(why)
	if l.lines[i] == nil {
		b := l.fn.NewBlock()
		l.lines[i] = b
		l.cur = b
		at := l.constant(ir.I64, int64(8*i))
		b.Jump(l.fault)
		phi := l.fault.Phis()[0]
		phi.Args = append(phi.Args, at)
	}
	return l.lines[i]
}

// faultEnd ends the run here, counted.
func (l *lowerer) faultEnd(why cause) {
	l.cur.Jump(l.faultBlock(why))
	l.cur = nil
}

// faultIf ends the run, counted, when the condition holds.
func (l *lowerer) faultIf(why cause, c ir.Cond, x, y *ir.Value) {
	next := l.fn.NewBlock()
	from := l.cur
	l.branch(c, x, y, l.faultBlock(why), next)
	from.Term.Likely = 2
	l.cur = next
}

// faultAlways ends the run, counted. What is lowered behind it is never reached.
func (l *lowerer) faultAlways(why cause) {
	l.faultIf(why, ir.Eq, l.constant(ir.I32, 0), l.constant(ir.I32, 0))
}

// forgetFaults forgets the blocks that RemoveUnreachable has removed.
func (l *lowerer) forgetFaults() {
	if l.fault == nil {
		return
	}
	there := map[*ir.Block]bool{}
	for _, b := range l.fn.Blocks {
		there[b] = true
	}
	if !there[l.fault] {
		l.fault = nil
	}
	for i, b := range l.lines {
		if !there[b] {
			delete(l.lines, i)
		}
	}
}
