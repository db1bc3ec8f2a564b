package table

import (
	"cmp"
	"slices"
)

// spot is where a row belongs: by its total, then by its key. Both are numbers in the order of what they stand for.
type spot struct {
	total, key uint64
	row        int
}

// sortRows puts rows in order, by total and then by key. Where both are integers, as in most maps of very many keys, their numbers are taken
// out of the rows first: to compare two rows as they are costs ten times as much.
func sortRows(rows []Row) {
	spots := make([]spot, len(rows))
	for i, r := range rows {
		total, ok := order(Measure(r.Total), Measure(rows[0].Total))
		key, also := uint64(0), len(r.Key) == 1
		if also {
			key, also = order(r.Key[0], rows[0].Key[0])
		}
		if !ok || !also {
			slices.SortFunc(rows, compareRows)
			return
		}
		spots[i] = spot{total, key, i}
	}
	slices.SortFunc(spots, func(a, b spot) int {
		if c := cmp.Compare(a.total, b.total); c != 0 {
			return c
		}
		return cmp.Compare(a.key, b.key)
	})
	permute(rows, spots)
}

// order is a number that orders an integer among others of the type of like; false if it is no such integer.
func order(v, like any) (uint64, bool) {
	switch v := v.(type) {
	case uint64:
		_, ok := like.(uint64)
		return v, ok
	case int64:
		_, ok := like.(int64)
		return uint64(v) ^ 1<<63, ok
	}
	return 0, false
}

// permute puts at each index the row that its spot names, in the memory that the rows have.
func permute(rows []Row, spots []spot) {
	for start := range spots {
		if spots[start].row == start {
			continue
		}
		first := rows[start]
		i := start
		for spots[i].row != start {
			next := spots[i].row
			rows[i], spots[i].row = rows[next], i
			i = next
		}
		rows[i], spots[i].row = first, i
	}
}
