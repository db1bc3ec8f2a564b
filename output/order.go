package output

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

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

// ranked is a table in the order that is asked for, cut to the rows that are. Rows are decoded one by one, as they are written.
type ranked struct {
	*table.Contents
	order []int32   // of the rows
	rates []float64 // of the rows, a second, by their number in Contents; nil if there is no earlier table to compare with
	note  string    // says what was left out
}

// rank orders a table's rows.
func rank(t *table.Contents, o Options) ranked {
	r := ranked{Contents: t, rates: changes(t, o.Since)}
	if o.By == ByKey {
		r.order = t.KeyOrder()
	} else {
		r.order = t.Order()
	}
	if o.By == ByRate && r.rates != nil {
		slices.SortStableFunc(r.order, func(i, j int32) int { return cmp.Compare(r.rates[i], r.rates[j]) })
	}
	n := len(r.order)
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
	r.order, r.note = r.order[from:to], fmt.Sprintf("the %s %d of %d", which, o.Top, n)
	return r
}

// first is the first row.
func (r *ranked) first() table.Row { return r.Row(int(r.order[0])) }

// rows are the rows, with how much the measure of each grows in a second, if that is known.
func (r *ranked) rows() iter.Seq2[table.Row, float64] {
	return func(yield func(table.Row, float64) bool) {
		for _, i := range r.order {
			grows := 0.0
			if r.rates != nil {
				grows = r.rates[i]
			}
			if !yield(r.Row(int(i)), grows) {
				return
			}
		}
	}
}

// changes are how much the measures of a table's rows have grown in a second since an earlier reading. What was not there then has grown
// from nothing. Without an earlier reading, and for totals that are no numbers, it is nil.
func changes(t, since *table.Contents) []float64 {
	if since == nil || !t.Time.After(since.Time) {
		return nil
	}
	seconds := t.Time.Sub(since.Time).Seconds()
	rates := make([]float64, t.Len())
	for i := range rates {
		now, ok := measure(t, i)
		if !ok {
			return nil
		}
		before := 0.0
		if was := since.Find(t.ID(i), i); was >= 0 {
			before, _ = measure(since, was)
		}
		rates[i] = (now - before) / seconds
	}
	return rates
}

// measure is the number that a row is ordered by.
func measure(t *table.Contents, row int) (float64, bool) {
	bits, signed, ok := t.Number(row)
	if signed {
		return float64(int64(bits)), ok
	}
	return float64(bits), ok
}
