package sheet

import (
	"cmp"
	"slices"
)

func (t *Tally) sort() {
	if t.sorted.By == ByRate {
		t.meter.all()
	}
	slices.SortFunc(t.order, func(a, b int32) int { return t.compare(int(a), int(b)) })
}

// compare orders rows as shown. What is equal in the sort column goes by total, largest first, then by key.
func (t *Tally) compare(a, b int) int {
	var c int
	switch by := t.sorted.By; {
	case by >= 0:
		c = t.now.CompareColumn(by, a, b)
	case by == ByTotal:
		c = t.now.CompareTotals(a, b)
	case by == ByRate:
		c = cmp.Compare(t.meter.rates[a], t.meter.rates[b])
	default:
		_, signed, _ := t.now.Number(a)
		c = compareBits(signed, t.now.CPU(a, ByCPU-by), t.now.CPU(b, ByCPU-by))
	}
	if !t.sorted.Up {
		c = -c
	}
	if c == 0 {
		c = -t.now.CompareTotals(a, b)
	}
	if c == 0 {
		c = t.now.CompareKeys(a, b)
	}
	return c
}

func compareBits(signed bool, a, b uint64) int {
	if signed {
		return cmp.Compare(int64(a), int64(b))
	}
	return cmp.Compare(a, b)
}
