package counters

import (
	"fmt"
	"slices"

	"go3s/session"
	"go3s/view/pane"
	"go3s/view/sheet"
)

// table is one map on screen: what the user wants of it, and the sheet that has come for that.
type table struct {
	name    string
	keys    []string // heads of the key columns
	cut     sheet.Cut
	sheet   sheet.Sheet
	have    bool         // there is a sheet
	later   *sheet.Sheet // a newer one, that came while everything stands still
	sel     int          // place of the selected row
	offset  int          // the first row on screen
	y, w, h int
	heading bool // it is named above its rows
	grid    grid
}

func newTable(name string) *table {
	return &table{name: name, cut: sheet.Cut{Map: name, By: sheet.ByTotal}}
}

// tops are the numbers of rows that a table can be cut down to, one after the other; 0 is all.
var tops = []int{0, 10, 20, 50, 100}

// about says in a few words how much the table holds, which part of it is on screen, and whether it is about to be full.
func (t *table) about() string {
	if !t.have {
		return "reading"
	}
	n := t.sheet.Keys
	s := pane.Plural(uint64(n), "key")
	switch {
	case t.cut.Filter != "":
		s = pane.Count(uint64(t.sheet.Matches)) + " of " + s
	case t.name == sheet.Loose:
		s = pane.Count(uint64(n)) + " without a key"
	}
	if t.cut.Top > 0 {
		s = fmt.Sprintf("top %d of %s", t.cut.Top, s)
	}
	if shown, count := t.shown(), t.sheet.Count; count > shown && shown > 0 {
		s = fmt.Sprintf("%s–%s of %s", pane.Count(uint64(t.offset+1)), pane.Count(uint64(min(t.offset+shown, count))), s)
	}
	if t.name != sheet.Loose && t.sheet.Map.Entries > 0 && n >= t.sheet.Map.Entries-t.sheet.Map.Entries/10 {
		s += fmt.Sprintf(", %d%% full", 100*n/t.sheet.Map.Entries)
	}
	if g := &t.grid; g.cpus+g.strip == 0 && t.sheet.CPUs > 0 {
		s += fmt.Sprintf(", %d cpus hidden", t.sheet.CPUs)
	}
	if t.cut.Frozen {
		s += ", frozen"
	}
	return s
}

// troubled reports whether about needs an eye.
func (t *table) troubled() bool {
	return t.cut.Frozen || t.sheet.Err != nil
}

// title is the table's name as tabs and headings have it.
func (t *table) title() string {
	if t.name == sheet.Loose {
		return "counters"
	}
	return session.Escape(t.name)
}

// height is the number of lines the table could use.
func (t *table) height() int { return around + max(t.sheet.Count, 1) }

// take shows a sheet, if it is what the table wants now: what the user has asked for meanwhile is on its way.
func (t *table) take(s sheet.Sheet, still bool) {
	if s.Cut != t.cut {
		return
	}
	if still && t.have && !s.Time.Equal(t.sheet.Time) {
		t.later = &s
		return
	}
	if s.Err != nil && t.have && len(s.Rows) == 0 {
		t.sheet.Err = s.Err
		return
	}
	t.sheet, t.have, t.later = s, true, nil
	t.sel, t.offset = s.Index, s.Offset
	t.keys = s.Map.Columns
	if len(t.keys) == 1 && t.keys[0] == t.name {
		t.keys = []string{"key"} // the table is named already
	}
	if t.cut.Chosen == "" && t.cut.At > 0 {
		t.choose(t.sel)
	}
}

// goOn shows what has come while everything stood still.
func (t *table) goOn() {
	if t.later != nil {
		t.take(*t.later, false)
	}
}

// totalName is what the total of a row is, of aggregates what they are ordered by; at most as wide as "total".
func (t *table) totalName() string {
	switch t.sheet.Map.Kind {
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

// row is the row at a place, nil if it is not in the sheet.
func (t *table) row(i int) *sheet.Row {
	if i -= t.sheet.From; i >= 0 && i < len(t.sheet.Rows) {
		return &t.sheet.Rows[i]
	}
	return nil
}

// sortBy sorts by a column: numbers largest first, keys smallest first. A column that sorts already is turned round.
func (t *table) sortBy(by int) {
	if by == t.cut.By {
		t.cut.Up = !t.cut.Up
		return
	}
	t.cut.By, t.cut.Up = by, by >= 0
}

// sortNext sorts by the next column on screen.
func (t *table) sortNext() {
	columns := t.grid.sortable()
	if len(columns) > 1 {
		t.sortBy(columns[(slices.Index(columns, t.cut.By)+1)%len(columns)])
	}
}

// move moves the selection by n rows and takes it off the top.
func (t *table) move(n int) { t.choose(t.sel + n) }

// pin selects the first row and keeps the selection there, whichever row that is.
func (t *table) pin() {
	t.sel, t.offset = 0, 0
	t.cut.Chosen, t.cut.At, t.cut.Offset = "", 0, 0
}

// choose selects row i, or the nearest there is, and scrolls to it.
func (t *table) choose(i int) {
	t.sel = max(min(i, t.sheet.Count-1), 0)
	t.offset = sheet.Scroll(t.offset, t.sel, t.shown(), t.sheet.Count)
	t.cut.At, t.cut.Offset, t.cut.Chosen = t.sel, t.offset, ""
	if r := t.row(t.sel); r != nil {
		t.cut.Chosen = r.ID
	}
}

// hasHeading and hasHead say which lines the table has above its rows; a very low one keeps to its rows.
func (t *table) hasHeading() bool { return t.heading && t.h > around }
func (t *table) hasHead() bool    { return t.h > 1 }

// body is the number of lines above the rows.
func (t *table) body() int {
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
func (t *table) shown() int { return max(t.h-t.body(), 0) }

// setSize gives the table w by h cells from line y on, with a heading of its own or without, and lays out its columns for the rows that
// are now on screen.
func (t *table) setSize(y, w, h int, heading bool) {
	t.y, t.w, t.h, t.heading = y, w, h, heading
	t.offset = sheet.Scroll(t.offset, t.sel, t.shown(), t.sheet.Count)
	t.cut.Height = t.shown()
	t.layout()
}
