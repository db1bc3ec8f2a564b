package output

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go3s/session/table"
)

// Order is what the rows of a table are ordered by, ascending, so that what matters most stands next to the prompt.
type Order uint8

// The orders.
const (
	ByValue Order = iota // the measure of the total, as table.Table has them
	ByKey
	ByRate // the change of the measure since Options.Since
)

// ParseOrder is the order of a name: value, key or rate.
func ParseOrder(name string) (o Order, ok bool) {
	i := slices.Index([]string{"value", "key", "rate"}, name)
	return Order(max(i, 0)), i >= 0
}

// ranked is a table in the order that is asked for, cut to the rows that are.
type ranked struct {
	table.Table
	rates []float64 // of the rows, a second; nil if there is no earlier table to compare with
	note  string    // says what was left out
}

// rank orders a table's rows. They come in the order of their totals.
func rank(t table.Table, o Options) ranked {
	r := ranked{Table: t, rates: changes(t, o.Since)}
	switch {
	case o.By == ByKey:
		r.Rows = slices.Clone(t.Rows)
		slices.SortStableFunc(r.Rows, table.CompareKeys)
	case o.By == ByRate && r.rates != nil:
		order := make([]int, len(t.Rows))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.rates[a], r.rates[b]) })
		r.Rows, r.rates = pick(t.Rows, order), pick(r.rates, order)
	}
	n := len(r.Rows)
	if o.Top <= 0 || o.Top >= n {
		return r
	}
	from, to, which := n-o.Top, n, "largest"
	switch o.By {
	case ByKey:
		from, to, which = 0, o.Top, "first"
	case ByRate:
		which = "fastest"
	}
	r.note = fmt.Sprintf("the %s %d of %d", which, o.Top, n)
	r.Rows = r.Rows[from:to]
	if r.rates != nil {
		r.rates = r.rates[from:to]
	}
	return r
}

// pick is all in an order.
func pick[T any](all []T, order []int) []T {
	picked := make([]T, len(order))
	for i, from := range order {
		picked[i] = all[from]
	}
	return picked
}

// changes are how much the measures of a table's rows have grown in a second since an earlier reading. What was not there then has grown
// from nothing. Without an earlier reading, and for totals that are no numbers, it is nil.
func changes(t table.Table, since *table.Table) []float64 {
	if since == nil || !t.Time.After(since.Time) {
		return nil
	}
	before := make(map[string]float64, len(since.Rows))
	for _, r := range since.Rows {
		before[identity(r)], _ = measure(r)
	}
	seconds := t.Time.Sub(since.Time).Seconds()
	rates := make([]float64, len(t.Rows))
	for i, r := range t.Rows {
		now, ok := measure(r)
		if !ok {
			return nil
		}
		rates[i] = (now - before[identity(r)]) / seconds
	}
	return rates
}

// measure is the number that rows are ordered by.
func measure(r table.Row) (float64, bool) {
	switch v := table.Measure(r.Total).(type) {
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	}
	return 0, false
}

// identity tells the keys of one table apart.
func identity(r table.Row) string {
	parts := make([]string, len(r.Key))
	for i, k := range r.Key {
		parts[i] = fmt.Sprintf("%q", fmt.Sprint(k))
	}
	return strings.Join(parts, " ")
}
