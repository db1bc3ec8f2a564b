package table

import (
	"encoding/binary"
	"slices"

	"go3s/attach"
	"go3s/incremental/abi"
)

// Summary is the total of a row of a map that takes averages, or all statistics at once. Its numbers are int64 or uint64, as the values
// are; sums wrap around at 64 bits.
type Summary struct {
	N        uint64 // how many values
	Sum      any
	Avg      any // the sum by the number, cut off towards zero
	Min, Max any // nil of an average
}

// Histogram is the total of a row of a histogram.
type Histogram struct {
	N       uint64   // how many values
	Linear  bool     // the buckets have one width; else their bounds are the powers of two
	Buckets []Bucket // from the first to the last that holds values, ascending
}

// Bucket counts the values v with Lo <= v < Hi.
type Bucket struct {
	Lo, Hi any // int64 or uint64, as the values are; nil for no bound
	N      uint64
}

// Single reports whether there is one number in the bucket.
func (b Bucket) Single() bool {
	switch lo := b.Lo.(type) {
	case int64:
		return b.Hi == lo+1
	case uint64:
		return b.Hi == lo+1
	}
	return false
}

// Quantiles is the total of a row of a map that takes quantiles. At least the named part of the values, as in 99 % for P99, is at most
// that large. Each number is within 1/128, or 0.79 %, of a value that was there, and exact below 128.
type Quantiles struct {
	N                               uint64
	P50, P90, P99, P999, P9999, Max any // int64 or uint64, as the values are
	// Spread is the same values in the buckets of a histogram by powers of two, from the first to the last that holds values.
	Spread []Bucket
}

// aggregateKinds is how maps of aggregates are called on the screen; those that are not listed are maps of integers.
var aggregateKinds = map[abi.AggregateKind]string{
	abi.Avg: "average", abi.Min: "minimum", abi.Max: "maximum", abi.Stats: "statistics",
	abi.Hist: "histogram", abi.LinearHist: "linear histogram", abi.Quantile: "quantiles",
}

// Measure is the number that rows of a map are ordered by: the total where it is a number, the number of values of histograms and
// quantiles, the average, and the sum of statistics. It is an int64, a uint64, or the total itself.
func Measure(total any) any {
	switch v := total.(type) {
	case Histogram:
		return v.N
	case Quantiles:
		return v.N
	case Summary:
		if v.Min == nil {
			return v.Avg
		}
		return v.Sum
	}
	return total
}

// aggregateRows makes the rows of a map of aggregates of what was read, unordered.
func (d *Decoder) aggregateRows(read *attach.Rows) []Row {
	m := d.Map
	if m.Aggregate.Bucketed() {
		return d.bucketRows(read)
	}
	var out []Row
	words := make([]uint64, m.Aggregate.Words())
	for i := range read.N {
		key, values := read.Entry(i)
		mergeWords(m.Aggregate, words, values, read.ValueSize)
		if m.Counter && noValue(m.Aggregate, words) {
			continue
		}
		r := Row{Total: aggregateTotal(m.Aggregate, words)}
		if !m.Counter {
			r.Key = d.key(key)
		}
		out = append(out, r)
	}
	return out
}

// mergeWords puts together what the CPUs have in an entry, size bytes each.
func mergeWords(a abi.Aggregate, words []uint64, values []byte, size int) {
	clear(words)
	for ; len(values) > 0; values = values[size:] {
		for w := range words {
			v := word(values[8*w:])
			if a.Extreme(w) {
				words[w] = max(words[w], v)
			} else {
				words[w] += v
			}
		}
	}
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// noValue reports whether an aggregate without keys, which is always there, has got no value yet. A largest unsigned number of
// zero is taken for one.
func noValue(a abi.Aggregate, words []uint64) bool {
	return words[0] == 0 && (a.Kind != abi.Max || a.Signed)
}

// aggregateTotal is what the words of an entry say.
func aggregateTotal(a abi.Aggregate, words []uint64) any {
	switch a.Kind {
	case abi.Min, abi.Max:
		return number(a, words[0]^a.Bias(a.Kind == abi.Min))
	}
	s := Summary{N: words[abi.WordCount], Sum: number(a, words[abi.WordSum])}
	n := max(s.N, 1)
	if a.Signed {
		s.Avg = int64(words[abi.WordSum]) / int64(n)
	} else {
		s.Avg = words[abi.WordSum] / n
	}
	if a.Kind == abi.Stats {
		s.Min = number(a, words[abi.WordMin]^a.Bias(true))
		s.Max = number(a, words[abi.WordMax]^a.Bias(false))
	}
	return s
}

// number is a value of an aggregate from its bits.
func number(a abi.Aggregate, v uint64) any {
	if a.Signed {
		return int64(v)
	}
	return v
}

// bucketRows gathers the buckets of each key.
func (d *Decoder) bucketRows(read *attach.Rows) []Row {
	m := d.Map
	counts := make(map[string]*[]bucketCount)
	for i := range read.N {
		k, values := read.Entry(i)
		n := uint64(0)
		for ; len(values) > 0; values = values[read.ValueSize:] {
			n += word(values)
		}
		if n == 0 {
			continue
		}
		bucket, user := k, []byte(nil)
		if !m.Counter {
			user, bucket = k[:m.KeyType.Size], k[abi.BucketOffset(m.KeyType.Size):]
		}
		of := counts[string(user)]
		if of == nil {
			of = new([]bucketCount)
			counts[string(user)] = of
		}
		*of = append(*of, bucketCount{int(binary.LittleEndian.Uint32(bucket)), n})
	}
	out := make([]Row, 0, len(counts))
	for k, c := range counts {
		r := Row{Total: bucketTotal(m.Aggregate, *c)}
		if !m.Counter {
			r.Key = d.key([]byte(k))
		}
		out = append(out, r)
	}
	return out
}

// bucketCount is how many values a bucket holds.
type bucketCount struct {
	bucket int
	n      uint64
}

// bucketTotal is what the buckets of one key say.
func bucketTotal(a abi.Aggregate, counts []bucketCount) any {
	total := uint64(0)
	for _, c := range counts {
		total += c.n
	}
	slices.SortFunc(counts, func(x, y bucketCount) int { return compareBuckets(a, x.bucket, y.bucket) })
	if a.Kind == abi.Quantile {
		q := quantiles(a, counts, total)
		q.Spread = spread(a, counts)
		return q
	}
	return Histogram{N: total, Linear: a.Kind == abi.LinearHist, Buckets: allBuckets(a, counts)}
}

// spread puts the buckets of a quantile, which are in order, into those of a histogram.
func spread(a abi.Aggregate, counts []bucketCount) []Bucket {
	h := abi.Aggregate{Kind: abi.Hist, Signed: a.Signed}
	var wide []bucketCount
	for _, c := range counts {
		least, _ := a.Range(c.bucket)
		b := h.Bucket(least)
		if n := len(wide); n == 0 || wide[n-1].bucket != b {
			wide = append(wide, bucketCount{bucket: b})
		}
		wide[len(wide)-1].n += c.n
	}
	return allBuckets(h, wide)
}

// allBuckets are the buckets of a histogram from the first to the last of counts, which are in order, with those between them.
func allBuckets(a abi.Aggregate, counts []bucketCount) []Bucket {
	byValue := make(map[int]uint64, len(counts))
	for _, c := range counts {
		byValue[c.bucket] = c.n
	}
	var out []Bucket
	for b := counts[0].bucket; ; b = nextBucket(a, b) {
		least, greatest := a.Range(b)
		lo, hi := number(a, least), number(a, greatest+1)
		if unbounded(a, b, false) {
			lo = nil
		}
		if unbounded(a, b, true) {
			hi = nil
		}
		out = append(out, Bucket{Lo: lo, Hi: hi, N: byValue[b]})
		if b == counts[len(counts)-1].bucket {
			return out
		}
	}
}

// unbounded reports whether a bucket has no bound above, or below.
func unbounded(a abi.Aggregate, bucket int, above bool) bool {
	least, greatest := a.Range(bucket)
	switch {
	case above && a.Signed:
		return int64(greatest) == 1<<63-1
	case above:
		return greatest+1 == 0
	}
	return a.Signed && int64(least) == -1<<63 || a.Kind == abi.LinearHist && bucket == 0
}

// compareBuckets orders buckets by the values in them.
func compareBuckets(a abi.Aggregate, x, y int) int {
	lx, _ := a.Range(x)
	ly, _ := a.Range(y)
	return compareValues(number(a, lx), number(a, ly))
}

// nextBucket is the bucket of a histogram with the next larger values.
func nextBucket(a abi.Aggregate, bucket int) int {
	if a.Kind == abi.Hist && bucket == abi.HistNegative {
		return 0
	}
	return bucket + 1
}

// quantiles finds the quantiles in buckets that are in order.
func quantiles(a abi.Aggregate, counts []bucketCount, total uint64) Quantiles {
	// at is the middle of the bucket with the value that p in 10,000 are at most as large as.
	at := func(p uint64) any {
		rank := total/10_000*p + (total%10_000*p+9_999)/10_000
		for _, c := range counts {
			if rank <= c.n {
				least, greatest := a.Range(c.bucket)
				return number(a, least+(greatest-least)/2)
			}
			rank -= c.n
		}
		return number(a, 0)
	}
	return Quantiles{
		N: total, P50: at(5_000), P90: at(9_000), P99: at(9_900), P999: at(9_990), P9999: at(9_999), Max: at(10_000),
	}
}
