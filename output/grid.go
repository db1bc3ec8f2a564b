package output

import (
	"bytes"
	"fmt"
	"strings"

	"go3s/incremental/layout"
	"go3s/incremental/source"
)

// grid is a table of text, laid out by terminal cells.
type grid struct {
	columns []column
	lines   [][]string
	header  bool     // the columns' names are shown
	dropped []string // the names of columns that found no room, in order
}

// column is a column of a grid.
type column struct {
	name  string
	right bool // numbers
	text  bool // may be cut
	tail  bool // is cut at its beginning
	must  bool // may not be left out
	width int
}

func newGrid(t ranked, o Options) *grid {
	g := &grid{}
	g.plan(t, o)
	unit := o.unit(t.Map.Name)
	for r, grows := range t.rows() {
		line := make([]string, 0, len(g.columns))
		var stacks []stack
		for at, k := range r.Key {
			if frames, ok := k.(layout.Frames); ok && len(frames) > 1 {
				stacks = append(stacks, stack{len(line), frames[1:]})
				k = frames[:1]
			}
			line = append(line, keyText(k))
			if isTask(t, o, at) {
				line = append(line, taskName(k, o))
			}
		}
		names := valueColumns(r.Total)
		for at, v := range valueCells(r.Total) {
			if names == nil {
				line = append(line, t.estimate("", unit.Text(v)))
			} else {
				line = append(line, t.estimate(names[at], unit.of(names[at]).Text(v)))
			}
		}
		if t.rates != nil {
			line = append(line, rate(grows, unit))
		}
		if o.PerCPU {
			line = append(line, cpus(t.Table, r, unit)...)
		}
		g.lines = append(append(g.lines, line), callers(stacks, len(line))...)
	}
	g.measure()
	return g
}

// stack is the callers in a stack of a row's key.
type stack struct {
	column int
	frames layout.Frames
}

// callers are the lines below a row's own, in which the stacks of its key go on, a function a line.
func callers(stacks []stack, columns int) (lines [][]string) {
	for _, s := range stacks {
		for i, frame := range s.frames {
			if i == len(lines) {
				lines = append(lines, make([]string, columns))
			}
			lines[i][s.column] = gap + show(frame)
		}
	}
	return lines
}

// keyText is a part of a key. What is empty is written so that there is something to see.
func keyText(k any) string {
	if k == "" {
		return `""`
	}
	return show(k)
}

// isTask reports whether a column of the key is a process or thread whose name is to stand behind it.
func isTask(t ranked, o Options, column int) bool {
	return o.Task != nil && column < len(t.Map.Tasks) && t.Map.Tasks[column]
}

// taskName is the name of a process or thread that still runs, harmless for a terminal.
func taskName(k any, o Options) string {
	switch k := k.(type) {
	case uint64:
		return show(o.Task(k))
	case int64:
		if k >= 0 {
			return show(o.Task(uint64(k)))
		}
	}
	return ""
}

// plan names the columns, and decides by the first row which are numbers.
func (g *grid) plan(t ranked, o Options) {
	sample := t.first()
	keys := t.Map.Columns
	for i, name := range keys {
		if len(keys) == 1 {
			name = "" // it would be the map's name once more
		}
		right := number(sample.Key[i])
		g.columns = append(g.columns, column{name: name, right: right, text: !right, must: true})
		if isTask(t, o, i) {
			g.columns = append(g.columns, column{text: true, must: true})
		}
	}
	values := valueColumns(sample.Total)
	g.header = len(keys) > 1 || values != nil || o.PerCPU && t.CPUs > 0 || t.rates != nil
	if values == nil {
		g.columns = append(g.columns, column{name: "total", right: number(valueCells(sample.Total)[0]), must: true})
	}
	for i, name := range values {
		g.columns = append(g.columns, column{name: name, right: true, must: i == 0})
	}
	if t.rates != nil {
		g.columns = append(g.columns, column{name: "rate", right: true})
	}
	if o.PerCPU {
		for cpu := range min(t.CPUs, len(sample.PerCPU)) {
			g.columns = append(g.columns, column{name: fmt.Sprintf("cpu%d", cpu), right: true})
		}
	}
}

// measure makes the columns as wide as what is in them.
func (g *grid) measure() {
	for i := range g.columns {
		c := &g.columns[i]
		if g.header {
			c.width = source.Width(c.name)
		}
		for _, line := range g.lines {
			c.width = max(c.width, source.Width(line[i]))
		}
	}
}

func number(v any) bool {
	switch v.(type) {
	case int64, uint64, layout.Addr:
		return true
	}
	return false
}

// fit makes lines take at most width cells: the widest texts of the key are cut as far as something to read is left, then columns are
// left out from the right, then the texts are cut further.
func (g *grid) fit(width int) {
	if width <= 0 {
		return
	}
	excess := -width
	for _, c := range g.columns {
		excess += len(gap) + c.width
	}
	excess = g.cutTexts(excess, minText)
	for excess > 0 {
		last := len(g.columns) - 1
		if g.columns[last].must {
			break
		}
		excess -= len(gap) + g.columns[last].width
		g.dropped = append([]string{g.columns[last].name}, g.dropped...)
		g.columns = g.columns[:last]
	}
	g.cutTexts(excess, 1)
}

// cutTexts takes excess cells from the widest texts, which keep at least so many, and returns what is left of the excess.
func (g *grid) cutTexts(excess, least int) int {
	for ; excess > 0; excess-- {
		widest := -1
		for i, c := range g.columns {
			if c.text && c.width > least && (widest < 0 || c.width > g.columns[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		g.columns[widest].width--
	}
	return excess
}

func (g *grid) write(b *bytes.Buffer) {
	if g.header {
		names := make([]string, len(g.columns))
		for i, c := range g.columns {
			names[i] = c.name
		}
		g.writeLine(b, names)
	}
	for _, cells := range g.lines {
		g.writeLine(b, cells)
	}
	switch n := len(g.dropped); {
	case n > 3:
		fmt.Fprintf(b, "%s(no room for %s … %s)\n", gap, g.dropped[0], g.dropped[n-1])
	case n > 0:
		fmt.Fprintf(b, "%s(no room for %s)\n", gap, strings.Join(g.dropped, ", "))
	}
}

func (g *grid) writeLine(b *bytes.Buffer, cells []string) {
	var line strings.Builder
	for i, c := range g.columns {
		s := cut(cells[i], c.width)
		if c.tail {
			s = cutHead(cells[i], c.width)
		}
		pad := strings.Repeat(" ", c.width-source.Width(s))
		if c.right {
			s = pad + s
		} else {
			s += pad
		}
		line.WriteString(gap + s)
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// cut shortens s to width cells; the last one shows that something is missing.
func cut(s string, width int) string {
	if source.Width(s) <= width {
		return s
	}
	used := 0
	for i, r := range s {
		w := source.Width(string(r))
		if used+w > width-1 {
			return s[:i] + "…"
		}
		used += w
	}
	return s
}

// cutHead shortens s to width cells, its first ones left out.
func cutHead(s string, width int) string {
	if source.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for i := range runes {
		if rest := string(runes[i:]); source.Width(rest) <= width-1 {
			return "…" + rest
		}
	}
	return cut(s, width)
}
