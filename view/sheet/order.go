package sheet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// turn puts rows by ascending total, as a session has them, into descending order, rows of the same total as they were. Sorting what is
// sorted already costs next to nothing.
func (t *Tally) turn() {
	slices.Reverse(t.order)
	for i := 0; i < len(t.order); {
		n := i + 1
		for n < len(t.order) && compareTotals(&t.rows[t.order[i]], &t.rows[t.order[n]]) == 0 {
			n++
		}
		slices.Reverse(t.order[i:n])
		i = n
	}
}

func (t *Tally) sort() {
	slices.SortFunc(t.order, func(a, b int32) int { return t.compare(&t.rows[a], &t.rows[b]) })
}

// compare orders rows as shown. What is equal in the sort column goes by total, largest first, then by key.
func (t *Tally) compare(a, b *Row) int {
	var c int
	switch by := t.sorted.By; {
	case by >= 0:
		c = compareValues(at(a.Key, by), at(b.Key, by))
	case by == ByTotal:
		c = compareTotals(a, b)
	case by == ByRate:
		c = cmp.Compare(a.Rate, b.Rate)
	default:
		n := ByCPU - by
		c = compareBits(a.Signed, at(a.CPU, n), at(b.CPU, n))
	}
	if !t.sorted.Up {
		c = -c
	}
	if c == 0 {
		c = -compareTotals(a, b)
	}
	for i := 0; c == 0 && i < min(len(a.Key), len(b.Key)); i++ {
		c = compareValues(a.Key[i], b.Key[i])
	}
	return c
}

func at[T any](s []T, i int) T {
	if i < len(s) {
		return s[i]
	}
	var zero T
	return zero
}

func compareTotals(a, b *Row) int {
	if a.Number && b.Number {
		return compareBits(a.Signed, a.Bits, b.Bits)
	}
	return compareValues(a.Show, b.Show)
}

func compareBits(signed bool, a, b uint64) int {
	if signed {
		return cmp.Compare(int64(a), int64(b))
	}
	return cmp.Compare(a, b)
}

func compareValues(a, b any) int {
	switch a := a.(type) {
	case uint64:
		if b, ok := b.(uint64); ok {
			return cmp.Compare(a, b)
		}
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}
