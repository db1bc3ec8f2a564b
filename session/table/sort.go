package table

import (
	"cmp"
	"slices"

	"go3s/incremental/layout"
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
	slices.SortFunc(spots, compareSpots)
	permute(rows, spots)
}

func compareSpots(a, b spot) int {
	if c := cmp.Compare(a.total, b.total); c != 0 {
		return c
	}
	return cmp.Compare(a.key, b.key)
}

// unordered are the rows as they came.
func (c *Contents) unordered() []int32 {
	order := make([]int32, c.Len())
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// KeyOrder are the rows in the order of their keys.
func (c *Contents) KeyOrder() []int32 {
	order := c.unordered()
	slices.SortFunc(order, func(i, j int32) int { return c.CompareKeys(int(i), int(j)) })
	return order
}

// Order are the rows in the order of a Table: by total, and then by key.
func (c *Contents) Order() []int32 {
	order := c.unordered()
	if c.done != nil {
		return order // they came so
	}
	if len(c.columns) != 1 || !c.columns[0].isInteger() {
		slices.SortFunc(order, func(i, j int32) int {
			return cmp.Or(c.CompareTotals(int(i), int(j)), c.CompareKeys(int(i), int(j)))
		})
		return order
	}
	spots := make([]spot, len(order))
	for i := range spots {
		spots[i] = spot{ordered(c.of.Map.ValueType, c.sums[i]), ordered(c.columns[0].of, c.columns[0].of.Bits(c.ID(i)[c.columns[0].at:])), i}
	}
	slices.SortFunc(spots, compareSpots)
	for i, s := range spots {
		order[i] = int32(s.row)
	}
	return order
}

// ordered is a number that orders the bits of an integer among others of its type.
func ordered(of *layout.Type, bits uint64) uint64 {
	if of.Kind == layout.Int {
		return bits ^ 1<<63
	}
	return bits
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
