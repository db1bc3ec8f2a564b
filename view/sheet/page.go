package sheet

// Page is a Cut that follows what the user does to a table, and the Sheet that has come for it.
type Page struct {
	Cut    Cut
	Sheet  Sheet
	Have   bool   // there is a Sheet
	Sel    int    // place of the chosen row
	Offset int    // the first row on the screen
	later  *Sheet // a newer one, that came while everything stands still
}

// NewPage is a page of a map, with the largest totals first.
func NewPage(name string) Page { return Page{Cut: Cut{Map: name, By: ByTotal}} }

// Take shows a sheet, if it is what is wanted now: what the user has asked for meanwhile is on its way. While everything stands still a
// newer one is only kept for GoOn.
func (p *Page) Take(s Sheet, still bool) {
	if s.Cut != p.Cut {
		return
	}
	if still && p.Have && !s.Time.Equal(p.Sheet.Time) {
		p.later = &s
		return
	}
	p.Sheet, p.Have, p.later = s, true, nil
	p.Sel, p.Offset = s.Index, s.Offset
	if p.Cut.Chosen == "" && p.Cut.At > 0 {
		p.Choose(p.Sel)
	}
}

// GoOn shows what has come while everything stood still.
func (p *Page) GoOn() {
	if p.later != nil {
		p.Take(*p.later, false)
	}
}

// SetHeight says how many rows the screen has.
func (p *Page) SetHeight(n int) {
	p.Cut.Height = n
	p.Offset = Scroll(p.Offset, p.Sel, n, p.Sheet.Count)
}

// Row is the row at a place, nil if it has not come.
func (p *Page) Row(i int) *Row {
	if i -= p.Sheet.From; i >= 0 && i < len(p.Sheet.Rows) {
		return &p.Sheet.Rows[i]
	}
	return nil
}

// Move moves the selection by n rows and takes it off the top.
func (p *Page) Move(n int) { p.Choose(p.Sel + n) }

// Pin selects the first row and keeps the selection there, whichever row that is.
func (p *Page) Pin() {
	p.Sel, p.Offset = 0, 0
	p.Cut.Chosen, p.Cut.At, p.Cut.Offset = "", 0, 0
}

// Choose selects row i, or the nearest there is, and scrolls to it.
func (p *Page) Choose(i int) {
	p.Sel = max(min(i, p.Sheet.Count-1), 0)
	p.Offset = Scroll(p.Offset, p.Sel, p.Cut.Height, p.Sheet.Count)
	p.Cut.At, p.Cut.Offset, p.Cut.Chosen = p.Sel, p.Offset, ""
	if r := p.Row(p.Sel); r != nil {
		p.Cut.Chosen = r.ID
	}
}

// SortBy sorts by a column: numbers largest first, keys smallest first. A column that sorts already is turned round.
func (p *Page) SortBy(by int) {
	if by == p.Cut.By {
		p.Cut.Up = !p.Cut.Up
		return
	}
	p.Cut.By, p.Cut.Up = by, by >= 0
}

// Filter shows only the keys that have a text.
func (p *Page) Filter(text string) {
	if text != p.Cut.Filter {
		p.Cut.Filter = text
		p.Pin()
	}
}
