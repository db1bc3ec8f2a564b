package output

import "bytes"

// Heading is a column of a table of text.
type Heading struct {
	Name  string
	Right bool // numbers
	Cut   bool // may be cut where there is no room for it all
	Tail  bool // keeps its end when it is cut
	Less  bool // may be left out where there is no room; such columns come last
}

// Lay is a table of text under its headings, no line of which is wider than width cells; 0: as wide as it gets. The texts must be harmless for a
// terminal. Rows have a cell for each heading.
func Lay(headings []Heading, rows [][]string, width int) string {
	g := &grid{header: true, lines: rows}
	for _, h := range headings {
		g.columns = append(g.columns, column{name: h.Name, right: h.Right, text: h.Cut, tail: h.Tail, must: !h.Less})
	}
	g.measure()
	if width > 0 {
		g.fit(width + len(gap))
	}
	var b, out bytes.Buffer
	g.write(&b)
	for line := range bytes.Lines(b.Bytes()) {
		text := bytes.TrimSuffix(bytes.TrimPrefix(line, []byte(gap)), []byte("\n"))
		out.WriteString(clip(string(text), width) + "\n")
	}
	return out.String()
}
