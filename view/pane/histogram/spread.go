package histogram

import (
	"cmp"
	"slices"
	"time"

	"go3s/session/table"
	"go3s/view/sheet"
)

// spread is values in buckets, by ascending bounds.
type spread struct {
	n       uint64
	linear  bool
	buckets []table.Bucket
	exact   *table.Quantiles // the percentiles, where they are better known than from buckets
}

// spreadOf is the distribution that a row's total is.
func spreadOf(total any) spread {
	switch v := total.(type) {
	case table.Histogram:
		return spread{n: v.N, linear: v.Linear, buckets: v.Buckets}
	case table.Quantiles:
		return spread{n: v.N, buckets: v.Spread, exact: &v}
	}
	return spread{}
}

// since is what has come to a distribution since an earlier moment. If it was cleared in between, that is all there is.
func (s spread) since(then spread) spread {
	if then.n > s.n {
		return s
	}
	old := make(map[any]uint64, len(then.buckets))
	for _, b := range then.buckets {
		old[lower(b)] = b.N
	}
	out := spread{linear: s.linear}
	for _, b := range s.buckets {
		if b.N < old[lower(b)] {
			return s
		}
		b.N -= old[lower(b)]
		out.n += b.N
		out.buckets = append(out.buckets, b)
	}
	first := slices.IndexFunc(out.buckets, full)
	if first < 0 {
		return spread{linear: s.linear}
	}
	last := len(out.buckets) - 1
	for !full(out.buckets[last]) {
		last--
	}
	out.buckets = out.buckets[first : last+1]
	return out
}

func full(b table.Bucket) bool { return b.N > 0 }

// lower tells buckets of one distribution apart.
func lower(b table.Bucket) any {
	if b.Lo == nil {
		return "below"
	}
	return b.Lo
}

// fold puts neighbours together until there are at most n buckets.
func (s spread) fold(n int) spread {
	if n < 1 || len(s.buckets) <= n {
		return s
	}
	per := (len(s.buckets) + n - 1) / n
	var out []table.Bucket
	for group := range slices.Chunk(s.buckets, per) {
		b := table.Bucket{Lo: group[0].Lo, Hi: group[len(group)-1].Hi}
		for _, g := range group {
			b.N += g.N
		}
		out = append(out, b)
	}
	s.buckets = out
	return s
}

// percentile is a share of the values, in ten thousandths.
type percentile struct {
	name string
	part uint64
}

// percentiles are those that are shown.
var percentiles = []percentile{{"p50", 5_000}, {"p90", 9_000}, {"p99", 9_900}, {"p99.9", 9_990}, {"max", 10_000}}

// at is the place of the bucket with the value that a share of the values is at most as large as; -1 without values.
func (s spread) at(part uint64) int {
	rank := s.n/10_000*part + (s.n%10_000*part+9_999)/10_000
	for i, b := range s.buckets {
		if rank <= b.N && b.N > 0 {
			return i
		}
		rank -= min(rank, b.N)
	}
	return -1
}

// known is a percentile as a quantile knows it.
func (s spread) known(p percentile) any {
	switch p.part {
	case 5_000:
		return s.exact.P50
	case 9_000:
		return s.exact.P90
	case 9_900:
		return s.exact.P99
	case 9_990:
		return s.exact.P999
	}
	return s.exact.Max
}

// step is the time that a column of a heat map stands for.
const step = time.Second

// recent is what came to the chosen row in the last second, or since the last moment there is of it.
func recent(s sheet.Sheet, now spread) (spread, bool) {
	for i := len(s.Past) - 1; i >= 0; i-- {
		if s.Time.Sub(s.Past[i].Time) >= step-step/20 {
			return now.since(spreadOf(s.Past[i].Total)), true
		}
	}
	return spread{}, false
}

// slice is what came in one second.
type slice struct {
	ago int // seconds before the sheet
	spread
}

// slicesOf is what came to the chosen row second by second, the latest first.
func slicesOf(s sheet.Sheet) []slice {
	var out []slice
	for i := len(s.Past) - 1; i > 0; i-- {
		now, then := s.Past[i], s.Past[i-1]
		ago := int((s.Time.Sub(now.Time) + step/2) / step)
		if len(out) > 0 && out[len(out)-1].ago >= ago {
			ago = out[len(out)-1].ago + 1
		}
		out = append(out, slice{ago, spreadOf(now.Total).since(spreadOf(then.Total))})
	}
	return out
}

// frame is all buckets of a distribution and its slices, each once, without counts, by ascending bounds.
func frame(now spread, all []slice) spread {
	f := spread{linear: now.linear}
	seen := map[any]bool{}
	for _, s := range append(all[:len(all):len(all)], slice{spread: now}) {
		for _, b := range s.buckets {
			if k := lower(b); !seen[k] {
				seen[k] = true
				b.N = 0
				f.buckets = append(f.buckets, b)
			}
		}
	}
	slices.SortFunc(f.buckets, func(a, b table.Bucket) int { return compareBounds(a.Lo, b.Lo) })
	return f
}

// compareBounds orders lower bounds of one type; none is the least.
func compareBounds(a, b any) int {
	switch a := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return -1
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case uint64:
		if b, ok := b.(uint64); ok {
			return cmp.Compare(a, b)
		}
	}
	return 1
}
