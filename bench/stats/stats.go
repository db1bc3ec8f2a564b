// Package stats says what a number of timed runs come to: medians, ranges and ratios.
package stats

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Sample is what was measured, one value a run, in the order of the runs.
type Sample []float64

// Milliseconds are durations as a sample.
func Milliseconds(durations []time.Duration) Sample {
	s := make(Sample, len(durations))
	for i, d := range durations {
		s[i] = float64(d) / float64(time.Millisecond)
	}
	return s
}

// Quantile is the value that a share q of the runs, 0 to 1, does not exceed; between two runs it is interpolated. It is not a number when
// there were no runs.
func (s Sample) Quantile(q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
}

// Median is the value in the middle.
func (s Sample) Median() float64 { return s.Quantile(.5) }

// P99 is the 99th percentile.
func (s Sample) P99() float64 { return s.Quantile(.99) }

// Least is the smallest value.
func (s Sample) Least() float64 { return s.Quantile(0) }

// Greatest is the largest value.
func (s Sample) Greatest() float64 { return s.Quantile(1) }

// Over is what each run took more than that of floor in the same round.
func (s Sample) Over(floor Sample) Sample {
	d := make(Sample, min(len(s), len(floor)))
	for i := range d {
		d[i] = s[i] - floor[i]
	}
	return d
}

// Mean is what a run took on average.
func (s Sample) Mean() float64 {
	sum := 0.
	for _, x := range s {
		sum += x
	}
	return sum / float64(len(s))
}

// In is each run in parts of that of whole in the same round.
func (s Sample) In(whole Sample) Sample {
	r := make(Sample, min(len(s), len(whole)))
	for i := range r {
		r[i] = s[i] / whole[i]
	}
	return r
}

// Range is the median with the least and the greatest value, each in a verb of fmt's such as %.2f.
func (s Sample) Range(verb string) string {
	return fmt.Sprintf(verb+" ("+verb+" to "+verb+")", s.Median(), s.Least(), s.Greatest())
}

// Ratio is a in parts of b, as printed in tables, with two digits at least: "-" when there is nothing to compare with.
func Ratio(a, b float64) string {
	switch r := a / b; {
	case b <= 0 || math.IsNaN(r):
		return "-"
	case math.Abs(r) < .01:
		return fmt.Sprintf("%.2g", r)
	default:
		return fmt.Sprintf("%.2f", r)
	}
}

// ToLinear is how much more a value took at a larger size than it would have, had it grown as the size did: 1 is linear, 2 twice that. What does
// not grow at all is less than 1.
func ToLinear(small, large float64, sizeSmall, sizeLarge int) float64 {
	return (large / small) / (float64(sizeLarge) / float64(sizeSmall))
}
