package source

import (
	"cmp"
	"slices"
)

// Sort puts diagnostics in source order, keeping the order of cells as they first appear, and drops those that say
// the same of the same place. It returns its argument's memory.
func Sort(diags []Diagnostic) []Diagnostic {
	if len(diags) < 2 {
		return diags
	}
	cells := map[string]int{}
	for _, d := range diags {
		if _, ok := cells[d.Span.Cell]; !ok {
			cells[d.Span.Cell] = len(cells)
		}
	}
	slices.SortStableFunc(diags, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(cells[a.Span.Cell], cells[b.Span.Cell]),
			cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End),
		)
	})
	out := diags[:0]
	for _, d := range diags {
		same := func(o Diagnostic) bool { return o.Span == d.Span && o.Code == d.Code && o.Msg == d.Msg }
		if !slices.ContainsFunc(out, same) {
			out = append(out, d)
		}
	}
	return out
}
