// Package sheet makes of a map's contents what a pane can show of them: rows in an order, those of a filter, rates and trends. It works
// beside the program's goroutine, so that a map with a million keys holds up nothing but itself.
package sheet

import (
	"time"

	"go3s/session/table"
)

// Want says which maps a pane shows, and what of each. It takes the place of what the pane wanted before.
type Want struct {
	Pane string
	N    uint64 // one more with each of the pane: they may arrive in another order, and only the last one holds
	Cuts []Cut
}

// Cut is the part of a map that a pane wants.
type Cut struct {
	Map    string // its name, or Loose
	By     int    // the column that sorts; see ByTotal
	Up     bool   // ascending
	Filter string // a text that keys must have, in either case; empty for all
	Top    int    // the most rows, the first of the order; 0 for all
	Height int    // rows on the screen
	Offset int    // the first of them, as far as the chosen row lets it
	Chosen string // identity of the chosen row
	At     int    // place of the chosen row where there is none of that identity
	Whole  bool   // all rows, up to Most, rather than those near the screen
	Frozen bool   // it is not read any more
}

// Most is the number of rows that a whole Cut brings at most.
const Most = 10_000

// Loose stands for all maps without a key, which make one table with a row each. It is the name of no map: it is not an identifier.
const Loose = "without key"

// Columns that a table can be sorted by, beside its key columns, which are numbered from 0.
const (
	ByTotal = -1
	ByRate  = -2
	ByCPU   = -3 // CPU n is ByCPU-n
)

// News are sheets that have changed.
type News struct {
	Maps   []table.Map // all that there are now
	Sheets []Sheet
	Err    error // why one of the maps that are shown could not be read; nil if all could
}

// Sheet is what a Cut asked for, at one moment.
type Sheet struct {
	Cut     Cut
	Map     table.Map
	Unit    string // that the map's numbers are to be written in; see session.Unit
	Time    time.Time
	CPUs    int
	Factor  int    // not 0: totals are estimates; see table.Estimate
	Keys    int    // rows of the map
	Matches int    // of them, those that the filter lets pass
	Count   int    // of them, those that are within Top
	Largest uint64 // the greatest total of a match
	From    int    // place of the first of Rows among the Count
	Rows    []Row
	Offset  int      // the first row on the screen
	Index   int      // place of the chosen row
	Past    []Moment // of a distribution, the chosen row in the past, a second apart, oldest first
	Err     error    // why there is nothing newer
}

// Row is one entry of a map.
type Row struct {
	ID     string // the key's identity
	Key    []any
	Total  any // as in table.Row
	Show   any // the part of Total that rows are ordered by; see table.Measure
	Number bool
	Signed bool   // Show is an int64
	Bits   uint64 // of Show, if it is a number
	CPU    []uint64
	Rate   float64 // a second
	Rated  bool
	Trend  []float64 // rates of the last seconds, oldest first; of rows that have been on the screen
}

// Moment is what a row was at a time.
type Moment struct {
	Time  time.Time
	Total any
}

// Distribution reports whether the values of a map are histograms or quantiles.
func Distribution(m table.Map) bool {
	return m.Kind == "histogram" || m.Kind == "linear histogram" || m.Kind == "quantiles"
}

// IsLoose reports whether a map is one of those that make up Loose.
func IsLoose(m table.Map) bool { return m.Key == "" && len(m.Columns) == 0 && !Distribution(m) }

// Scroll is the first row on a screen of height rows that shows row index of count, as near to offset as that goes.
func Scroll(offset, index, height, count int) int {
	offset = min(offset, index)
	offset = max(offset, index-height+1, 0)
	return max(min(offset, count-height), 0)
}

// Gather puts maps without a key into one, with a row each.
func Gather(maps []table.Table) *table.Contents {
	g := table.Table{Map: table.Map{Name: Loose, Columns: []string{"name"}}}
	for _, m := range maps {
		g.Time, g.CPUs, g.Factor = m.Time, max(g.CPUs, m.CPUs), max(g.Factor, m.Factor)
		for _, r := range m.Rows {
			r.Key = []any{m.Map.Name}
			g.Rows = append(g.Rows, r)
		}
	}
	return table.ContentsOf(g)
}
