package table

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRowsAreSortedTheSameByEitherWay holds the short way for integers against the comparison of whole rows.
func TestRowsAreSortedTheSameByEitherWay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	signed := func(n int) any { return int64(r.IntN(n) - n/2) }
	unsigned := func(n int) any { return uint64(r.IntN(n)) << 40 }
	text := func(n int) any { return string(rune('a' + r.IntN(n))) }
	for name, of := range map[string]func(i int) Row{
		"signed":       func(i int) Row { return Row{Key: []any{int64(i*7%1000 - 500)}, Total: signed(9)} },
		"unsigned":     func(i int) Row { return Row{Key: []any{uint64(i * 7 % 1000)}, Total: unsigned(9)} },
		"texts":        func(i int) Row { return Row{Key: []any{text(26), uint64(i)}, Total: unsigned(9)} },
		"two columns":  func(i int) Row { return Row{Key: []any{uint64(i % 3), uint64(i)}, Total: signed(9)} },
		"text totals":  func(i int) Row { return Row{Key: []any{uint64(i)}, Total: text(9)} },
		"without keys": func(int) Row { return Row{Total: unsigned(9)} },
	} {
		for _, n := range []int{0, 1, 2, 1000} {
			rows := make([]Row, n)
			for i := range rows {
				rows[i] = of(i)
			}
			want := slices.Clone(rows)
			slices.SortStableFunc(want, compareRows)
			sortRows(rows)
			if diff := cmp.Diff(want, rows); diff != "" && name != "without keys" {
				t.Errorf("%s, %d rows: %s", name, n, diff)
			}
			if !slices.IsSortedFunc(rows, compareRows) {
				t.Errorf("%s, %d rows: not in order", name, n)
			}
		}
	}
}

// BenchmarkSortRows is a map of 100,000 keys of which most have been counted as often as others.
func BenchmarkSortRows(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]Row, 100_000)
	for i := range rows {
		rows[i] = Row{Key: []any{uint64(r.IntN(1 << 30))}, Total: uint64(r.IntN(10))}
	}
	for b.Loop() {
		sortRows(slices.Clone(rows))
	}
}
