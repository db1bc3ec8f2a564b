package abi_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"go3s/incremental/abi"
)

// Each value lies in the range of its bucket, and the ranges of neighbouring buckets meet.
func TestBucketsHoldTheirValues(t *testing.T) {
	for _, a := range []abi.Aggregate{
		{Kind: abi.Hist},
		{Kind: abi.Hist, Signed: true},
		{Kind: abi.Quantile},
		{Kind: abi.Quantile, Signed: true},
		{Kind: abi.LinearHist, Lo: 0, Hi: 1000, Step: 50},
		{Kind: abi.LinearHist, Lo: 3, Hi: 100, Step: 7},
		{Kind: abi.LinearHist, Signed: true, Lo: -5, Hi: 5, Step: 3},
		{Kind: abi.LinearHist, Signed: true, Lo: math.MinInt64, Hi: math.MaxInt64, Step: 1 << 60},
	} {
		less := func(x, y uint64) bool { return a.Signed && int64(x) < int64(y) || !a.Signed && x < y }
		r := rand.New(rand.NewPCG(1, 2))
		check := func(v uint64) {
			b := a.Bucket(v)
			if b < 0 || b >= a.Buckets() {
				t.Fatalf("%+v: bucket %d of %d for %d", a, b, a.Buckets(), v)
			}
			lo, hi := a.Range(b)
			if less(v, lo) || less(hi, v) {
				t.Fatalf("%+v: %d is not in bucket %d from %d to %d", a, int64(v), b, int64(lo), int64(hi))
			}
			for _, end := range []uint64{lo, hi} {
				if a.Bucket(end) != b {
					t.Fatalf("%+v: %d, an end of bucket %d, is in bucket %d", a, int64(end), b, a.Bucket(end))
				}
			}
			if next := a.Bucket(hi + 1); less(hi, hi+1) && next == b {
				t.Fatalf("%+v: bucket %d goes on after %d", a, b, int64(hi))
			}
		}
		for v := range uint64(3000) {
			check(v)
			check(-v)
		}
		for range 100_000 {
			check(r.Uint64() >> r.IntN(64))
			check(-(r.Uint64() >> r.IntN(64)))
		}
	}
}

// The middle of a quantile's bucket is at most 1/128 away from each value in it.
func TestQuantilesKeepTheirBound(t *testing.T) {
	a := abi.Aggregate{Kind: abi.Quantile}
	for b := range a.Buckets() {
		lo, hi := a.Range(b)
		if width := hi - lo; width/2+width%2 > lo/128 && width > 0 {
			t.Fatalf("bucket %d from %d to %d is too wide", b, lo, hi)
		}
	}
	if _, last := a.Range(a.Buckets() - 1); last != math.MaxUint64 {
		t.Errorf("the last bucket ends at %d", last)
	}
}
