package abi

import "math/bits"

// AggregateKind is what a map makes of the values it is given.
type AggregateKind uint8

// The kinds of aggregates.
const (
	NoAggregate AggregateKind = iota
	Count                     // how many
	Sum                       // their sum
	Avg                       // how many, and their sum
	Min                       // the least
	Max                       // the greatest
	Stats                     // all of these
	Hist                      // how many in each bucket; the buckets' bounds are the powers of two
	LinearHist                // how many in each bucket; the buckets have one width
	Quantile                  // how many in each bucket; SubBuckets buckets of one width in each power of two
)

// Aggregate says what a map makes of the values it is given. The zero value is of a map that holds values as they are.
type Aggregate struct {
	Kind AggregateKind
	// Signed reports that the values are int64, else they are uint64.
	Signed bool
	// Lo, Hi and Step are the bounds of a LinearHist and the width of its buckets.
	Lo, Hi, Step int64
}

// The words of an Avg and of a Stats, one after the other, by index into their 64-bit words. An Avg has the first two. A Count, Sum,
// Min or Max is one word. A minimum or maximum is stored so that of two the greater unsigned number stays and zero is what none has
// yet: see Least and Greatest.
const (
	WordCount = iota
	WordSum
	WordMin
	WordMax
)

// Words is how many 64-bit words an entry of a map has on each CPU.
func (a Aggregate) Words() int {
	switch a.Kind {
	case Avg:
		return 2
	case Stats:
		return 4
	}
	return 1
}

// Bucketed reports whether an entry of the map counts one bucket. In a map with keys the bucket's number, a uint32, follows the key at
// the offset BucketOffset; in a map without keys it is the index into an array.
func (a Aggregate) Bucketed() bool { return a.Kind >= Hist }

// BucketOffset is where the bucket's number stands behind a key of that size.
func BucketOffset(key int) int { return (key + 3) &^ 3 }

// Extreme reports whether a word of an entry is a minimum or maximum. The others are sums.
func (a Aggregate) Extreme(word int) bool {
	return a.Kind == Min || a.Kind == Max || a.Kind == Stats && word >= WordMin
}

// Bias is what a value is combined with by exclusive or to make the word that stands for a minimum or maximum.
func (a Aggregate) Bias(minimum bool) uint64 {
	var bias uint64
	if a.Signed {
		bias = 1 << 63
	}
	if minimum {
		bias = ^bias
	}
	return bias
}

// The buckets of a Quantile. A value of 64 and more lies in a bucket that is at most 1/64 of it wide, so that the bucket's middle is
// at most 1/128, or 0.79 %, away; a smaller one has a bucket of its own.
const (
	SubBucketBits = 6
	SubBuckets    = 1 << SubBucketBits
	quantiles     = (64 - SubBucketBits + 1) * SubBuckets // buckets of uint64
)

// histNegative is the bucket of a signed Hist for negative values.
const histNegative = 65

// Buckets is how many buckets there are.
func (a Aggregate) Buckets() int {
	switch a.Kind {
	case Hist:
		if a.Signed {
			return histNegative + 1
		}
		return histNegative
	case LinearHist:
		return int((uint64(a.Hi)-uint64(a.Lo)-1)/uint64(a.Step)) + 3
	case Quantile:
		if a.Signed {
			return 2 * quantiles
		}
		return quantiles
	}
	return 0
}

// HistNegative and QuantileNegative are the bucket of negative values of a Hist, and the first one of a Quantile, where the bucket of
// v is QuantileNegative more than that of ^v.
const (
	HistNegative     = histNegative
	QuantileNegative = quantiles
)

// Bucket is the number of the bucket that a value lies in; v holds the bits of an int64 if the values are signed. Compiled programs
// compute the same.
func (a Aggregate) Bucket(v uint64) int {
	negative := a.Signed && int64(v) < 0
	switch a.Kind {
	case Hist:
		if negative {
			return histNegative
		}
		return bits.Len64(v)
	case LinearHist:
		switch {
		case a.Signed && int64(v) < a.Lo, !a.Signed && a.Lo > 0 && v < uint64(a.Lo):
			return 0
		case a.Signed && int64(v) >= a.Hi, !a.Signed && (a.Hi < 0 || v >= uint64(a.Hi)):
			return a.Buckets() - 1
		}
		return int((v-uint64(a.Lo))/uint64(a.Step)) + 1
	case Quantile:
		if negative {
			return quantiles + quantile(^v)
		}
		return quantile(v)
	}
	return 0
}

func quantile(v uint64) int {
	shift := max(bits.Len64(v)-SubBucketBits-1, 0)
	return shift<<SubBucketBits + int(v>>shift)
}

// Range is the least and the greatest value that a bucket holds, as bits of an int64 if the values are signed.
func (a Aggregate) Range(bucket int) (least, greatest uint64) {
	lowest, highest := uint64(0), ^uint64(0)
	if a.Signed {
		lowest, highest = 1<<63, 1<<63-1
	}
	switch a.Kind {
	case Hist:
		switch {
		case bucket == histNegative:
			return lowest, ^uint64(0)
		case bucket == 0:
			return 0, 0
		}
		return 1 << (bucket - 1), min(1<<(bucket-1)*2-1, highest)
	case LinearHist:
		switch n := a.Buckets(); bucket {
		case 0:
			return lowest, uint64(a.Lo) - 1
		case n - 1:
			return uint64(a.Hi), highest
		case n - 2:
			return uint64(a.Lo) + uint64(n-3)*uint64(a.Step), uint64(a.Hi) - 1
		}
		least = uint64(a.Lo) + uint64(bucket-1)*uint64(a.Step)
		return least, least + uint64(a.Step) - 1
	case Quantile:
		if bucket >= quantiles {
			lo, hi := quantileRange(bucket - quantiles)
			return ^hi, ^lo
		}
		return quantileRange(bucket)
	}
	return lowest, highest
}

func quantileRange(bucket int) (least, greatest uint64) {
	shift := max(bucket>>SubBucketBits-1, 0)
	least = uint64(bucket-shift<<SubBucketBits) << shift
	return least, least + 1<<shift - 1
}
