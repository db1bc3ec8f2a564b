package counters

import (
	"fmt"
	"slices"

	"go3s/output"
	"go3s/session/harmless"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
)

// board is one map on screen: what the user wants of it, and the sheet that has come for that.
type board struct {
	sheet.Page
	name    string
	keys    []string // heads of the key columns
	unit    output.Unit
	y, w, h int
	heading bool // it is named above its rows
	grid    grid
}

func newBoard(name string) *board {
	return &board{name: name, Page: sheet.NewPage(name)}
}

// tops are the numbers of rows that a table can be cut down to, one after the other; 0 is all.
var tops = []int{0, 10, 20, 50, 100}

// about says in a few words how much the table holds, which part of it is on screen, and whether it is about to be full.
func (t *board) about() string {
	if !t.Have {
		return "reading"
	}
	n := t.Sheet.Keys
	s := pane.Plural(uint64(n), "key")
	switch {
	case t.Cut.Filter != "":
		s = pane.Count(uint64(t.Sheet.Matches)) + " of " + s
	case t.name == sheet.Loose:
		s = pane.Count(uint64(n)) + " without a key"
	}
	if t.Cut.Top > 0 {
		s = fmt.Sprintf("top %d of %s", t.Cut.Top, s)
	}
	if shown, count := t.shown(), t.Sheet.Count; count > shown && shown > 0 {
		s = fmt.Sprintf("%s–%s of %s", pane.Count(uint64(t.Offset+1)), pane.Count(uint64(min(t.Offset+shown, count))), s)
	}
	if t.name != sheet.Loose && t.Sheet.Map.Entries > 0 && n >= t.Sheet.Map.Entries-t.Sheet.Map.Entries/10 {
		s += fmt.Sprintf(", %d%% full", 100*n/t.Sheet.Map.Entries)
	}
	if g := &t.grid; g.cpus+g.strip == 0 && t.Sheet.CPUs > 0 {
		s += fmt.Sprintf(", %d cpus hidden", t.Sheet.CPUs)
	}
	if estimate := table.Estimate(t.Sheet.Factor); estimate != "" {
		s += ", " + estimate
	}
	if t.Cut.Frozen {
		s += ", frozen"
	}
	return s
}

// troubled reports whether about needs an eye.
func (t *board) troubled() bool {
	return t.Cut.Frozen || t.Sheet.Err != nil || t.Sheet.Factor > 0
}

// title is the table's name as tabs and headings have it.
func (t *board) title() string {
	if t.name == sheet.Loose {
		return "counters"
	}
	return harmless.Text(t.name)
}

// height is the number of lines the table could use.
func (t *board) height() int { return around + max(t.Sheet.Count, 1) }

// take shows a sheet, if it is what the table wants now.
func (t *board) take(s sheet.Sheet, still bool) {
	t.Take(s, still)
	t.keys = t.Sheet.Map.Columns
	t.unit, _ = output.ParseUnit(t.Sheet.Unit)
	if len(t.keys) == 1 && t.keys[0] == t.name {
		t.keys = []string{"key"} // the table is named already
	}
}

// totalName is what the total of a row is, of aggregates what they are ordered by; at most as wide as "total".
func (t *board) totalName() string {
	switch t.Sheet.Map.Kind {
	case "average":
		return "avg"
	case "statistics":
		return "sum"
	case "minimum":
		return "min"
	case "maximum":
		return "max"
	}
	return "total"
}

// sortNext sorts by the next column on screen.
func (t *board) sortNext() {
	columns := t.grid.sortable()
	if len(columns) > 1 {
		t.SortBy(columns[(slices.Index(columns, t.Cut.By)+1)%len(columns)])
	}
}

// hasHeading and hasHead say which lines the table has above its rows; a very low one keeps to its rows.
func (t *board) hasHeading() bool { return t.heading && t.h > around }
func (t *board) hasHead() bool    { return t.h > 1 }

// body is the number of lines above the rows.
func (t *board) body() int {
	n := 0
	if t.hasHeading() {
		n++
	}
	if t.hasHead() {
		n++
	}
	return n
}

// shown is how many rows fit.
func (t *board) shown() int { return max(t.h-t.body(), 0) }

// setSize gives the table w by h cells from line y on, with a heading of its own or without, and lays out its columns for the rows that
// are now on screen.
func (t *board) setSize(y, w, h int, heading bool) {
	t.y, t.w, t.h, t.heading = y, w, h, heading
	t.SetHeight(t.shown())
	t.layout()
}
