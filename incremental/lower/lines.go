package lower

import (
	"fmt"
	"hash/fnv"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// lineCounts has a program count how often execution comes to each line of its source: to the first block that holds some of it, for each
// call of a function that is inlined. Each line has a word in a map of the program's own, which all CPUs add to. Lines of which nothing
// is left to run, such as those of constants, have none.
type lineCounts struct {
	m     *ir.Map
	spans []source.Span
	words map[sourceLine]int
}

// sourceLine is a line of a cell, from 1.
type sourceLine struct {
	cell string
	line int
}

// countLine counts the line of an instruction that is about to be lowered, if it is the first of that line in its function. What a function
// on the caller's own line does is part of that line.
func (l *lowerer) countLine(ins ssa.Instruction) {
	if l.lineCounts == nil || l.cur == nil {
		return
	}
	if _, phi := ins.(*ssa.Phi); phi {
		return // nothing may stand between phis
	}
	text := l.frame.file.Cell.Text
	n, _ := source.Position(text, min(l.span.Start, len(text)))
	at := sourceLine{l.span.Cell, n}
	for f := l.frame; f != nil; f = f.caller {
		if f.counted[at] {
			return
		}
	}
	if l.frame.counted == nil {
		l.frame.counted = make(map[sourceLine]bool)
	}
	l.frame.counted[at] = true
	word := l.emit(ir.OpPtrAdd, ir.Ptr, l.mapValue(l.lineCounts.m, 0), l.constant(ir.I64, int64(8*l.lineCounts.word(at, l.span))))
	l.emit(ir.OpAtomic64, ir.Void, word, l.constant(ir.I64, 1))
}

// word is the index of a line's word.
func (c *lineCounts) word(at sourceLine, span source.Span) int {
	i, known := c.words[at]
	if !known {
		i = len(c.spans)
		c.words[at] = i
		c.spans = append(c.spans, span)
	}
	return i
}

// newLineCounts makes the map, whose size and name are set when all lines are known.
func newLineCounts() *lineCounts {
	return &lineCounts{m: &ir.Map{Kind: ir.Array, Key: 4, Entries: 1}, words: make(map[sourceLine]int)}
}

// name gives the map its size, and a name that tells it from that of a version of the program with other lines.
func (c *lineCounts) name(program string) {
	h := fnv.New32a()
	for _, s := range c.spans {
		fmt.Fprintf(h, "%q %d ", s.Cell, s.Start)
	}
	c.m.Name = fmt.Sprintf("%s%s%08x", program, abi.LinesSuffix, h.Sum32())
	c.m.Value = 8 * len(c.spans)
}
