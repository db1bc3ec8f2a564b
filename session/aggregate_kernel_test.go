package session_test

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"go3s/session"
	"go3s/session/table"
)

// seek calls lseek on no file from four threads at once, thread i with the offsets values[i] and whence i: a system call that
// carries any 64-bit number to a probe.
func seek(values [4][]int64) {
	var wg sync.WaitGroup
	for i, offsets := range values {
		wg.Go(func() {
			for _, v := range offsets {
				_, _ = unix.Seek(-1, v, i)
			}
		})
	}
	wg.Wait()
}

// numbers makes n random numbers of all magnitudes; among them are the ends of their types.
func numbers(r *rand.Rand, n int) [4][]int64 {
	var values [4][]int64
	for i := range values {
		values[i] = append(values[i], 0, 1, -1, 2, 63, 64, 65, 127, 128, 129, 1023, 1024, 1<<32-1, 1<<32, 1<<38-1, 1<<38, math.MaxInt64, math.MinInt64)
		for range n {
			v := int64(r.Uint64() >> r.IntN(64))
			if r.IntN(4) == 0 {
				v = -v
			}
			values[i] = append(values[i], v)
		}
	}
	return values
}

// rowsByKey are the totals of a map by the text of their keys; "" without a key.
func rowsByKey(t *testing.T, s *session.Session, name string) map[string]any {
	t.Helper()
	table, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]any)
	for _, r := range table.Rows {
		rows[strings.Trim(fmt.Sprint(r.Key), "[]")] = r.Total
	}
	return rows
}

// aggregated is what aggregates of the values of each thread, by whence, and of all together, by "", have to be.
func aggregated(values [4][]int64, of func([]int64) any) (keyed, all map[string]any) {
	keyed = make(map[string]any)
	var together []int64
	for i, v := range values {
		keyed[fmt.Sprint(i)] = of(v)
		together = append(together, v...)
	}
	return keyed, map[string]any{"": of(together)}
}

// number is a type that the values of a map have.
type number interface{ int64 | uint64 }

// of makes the functions that compute aggregates of values of one type.
func of[T number](values []int64) (sum, least, greatest T) {
	least, greatest = T(values[0]), T(values[0])
	for _, v := range values {
		sum, least, greatest = sum+T(v), min(least, T(v)), max(greatest, T(v))
	}
	return sum, least, greatest
}

func summary[T number](values []int64) any {
	sum, least, greatest := of[T](values)
	return table.Summary{N: uint64(len(values)), Sum: sum, Avg: sum / T(len(values)), Min: least, Max: greatest}
}

func average[T number](values []int64) any {
	sum, _, _ := of[T](values)
	return table.Summary{N: uint64(len(values)), Sum: sum, Avg: sum / T(len(values))}
}

// buckets counts values by the bounds of their buckets.
func buckets[T number](values []int64, linear bool, bounds func(T) (lo, hi any)) any {
	counts := make(map[string]uint64)
	for _, v := range values {
		lo, hi := bounds(T(v))
		counts[fmt.Sprint(lo, hi)]++
	}
	return histogram{uint64(len(values)), linear, counts}
}

// histogram is a session.Histogram without its empty buckets.
type histogram struct {
	N       uint64
	Linear  bool
	Buckets map[string]uint64
}

// found turns the histograms among the totals to the form that buckets makes.
func found(rows map[string]any) map[string]any {
	for k, total := range rows {
		h, ok := total.(table.Histogram)
		if !ok {
			continue
		}
		counts := make(map[string]uint64)
		for _, b := range h.Buckets {
			if b.N > 0 {
				counts[fmt.Sprint(b.Lo, b.Hi)] += b.N
			}
		}
		rows[k] = histogram{h.N, h.Linear, counts}
	}
	return rows
}

// power is the bucket of a histogram of powers of two.
func power[T number](v T) (lo, hi any) {
	switch n := bits.Len64(uint64(v)); {
	case v < 0:
		return nil, T(0)
	case n == 0:
		return T(0), T(1)
	case uint64(T(1)<<(n-1))<<1 == 0 || T(1)<<(n-1)<<1 < 0:
		return T(1) << (n - 1), nil
	default:
		return T(1) << (n - 1), T(1) << (n - 1) << 1
	}
}

// by50 is the bucket of lhist(v, -100, 1020, 50).
func by50(v int64) (lo, hi any) {
	switch {
	case v < -100:
		return nil, int64(-100)
	case v >= 1020:
		return int64(1020), nil
	}
	from := (v+100)/50*50 - 100
	return from, min(from+50, 1020)
}

// by7 is the bucket of lhist(v, 3, 73, 7).
func by7(v uint64) (lo, hi any) {
	switch {
	case v < 3:
		return nil, uint64(3)
	case v >= 73:
		return uint64(73), nil
	}
	return (v-3)/7*7 + 3, (v-3)/7*7 + 10
}

// Four threads on all CPUs hit all kinds of aggregates, with keys and without, of signed and unsigned numbers: each is what user space
// computes of the same numbers.
func TestAggregatesAreExact(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, fmt.Sprintf(`p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 {
		v, u, k := int64(ctx.offset), uint64(ctx.offset), ctx.whence
		c.count();     ck[k].count()
		i.sum(v);      ik[k].sum(v)
		a.avg(v);      ak[k].avg(u)
		l.min(v);      lk[k].min(v)
		g.max(v);      gk[k].max(v)
		ul.min(u);     ulk[k].min(u)
		ug.max(u);     ugk[k].max(u)
		s.stats(v);    sk[k].stats(v)
		us.stats(u);   usk[k].stats(u)
		h.hist(v);     hk[k].hist(v)
		uh.hist(u);    uhk[k].hist(u)
		h32.hist(uint32(u)); h8.hist(int8(v))
		n.lhist(v, -100, 1020, 50); nk[k].lhist(v, -100, 1020, 50)
		un.lhist(u, 3, 73, 7);      unk[k].lhist(u, 3, 73, 7)
	}`, os.Getpid()))
	values := numbers(rand.New(rand.NewPCG(1, 2)), 20_000)
	seek(values)
	for name, of := range map[string]func([]int64) any{
		"c":  func(v []int64) any { return uint64(len(v)) },
		"i":  func(v []int64) any { sum, _, _ := of[int64](v); return sum },
		"a":  average[int64],
		"l":  func(v []int64) any { _, least, _ := of[int64](v); return least },
		"g":  func(v []int64) any { _, _, greatest := of[int64](v); return greatest },
		"ul": func(v []int64) any { _, least, _ := of[uint64](v); return least },
		"ug": func(v []int64) any { _, _, greatest := of[uint64](v); return greatest },
		"s":  summary[int64],
		"us": summary[uint64],
		"h":  func(v []int64) any { return buckets(v, false, power[int64]) },
		"uh": func(v []int64) any { return buckets(v, false, power[uint64]) },
		"n":  func(v []int64) any { return buckets(v, true, by50) },
		"un": func(v []int64) any { return buckets(v, true, by7) },
		"h32": func(v []int64) any {
			return buckets(v, false, func(n uint64) (any, any) { return power(uint64(uint32(n))) })
		},
		"h8": func(v []int64) any {
			return buckets(v, false, func(n int64) (any, any) { return power(int64(int8(n))) })
		},
	} {
		keyed, all := aggregated(values, of)
		if diff := cmp.Diff(all, found(rowsByKey(t, s, name))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if name == "h32" || name == "h8" {
			continue
		}
		if name == "a" {
			keyed, _ = aggregated(values, average[uint64])
		}
		if diff := cmp.Diff(keyed, found(rowsByKey(t, s, name+"k"))); diff != "" {
			t.Errorf("%sk (-want +got):\n%s", name, diff)
		}
	}
}

// Quantiles are within their bound of the values of the same rank.
func TestQuantilesKeepTheirBound(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, fmt.Sprintf(`p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 {
		v, k := int64(ctx.offset), ctx.whence
		q.quantile(v)
		qk[k].quantile(v)
		uq.quantile(uint64(v))
		uqk[k].quantile(uint64(v))
		q32.quantile(uint32(v))
	}`, os.Getpid()))
	values := numbers(rand.New(rand.NewPCG(3, 4)), 20_000)
	seek(values)
	var all []int64
	for i, v := range values {
		all = append(all, v...)
		checkQuantiles[int64](t, s, "qk", fmt.Sprint(i), v)
		checkQuantiles[uint64](t, s, "uqk", fmt.Sprint(i), v)
	}
	checkQuantiles[int64](t, s, "q", "", all)
	checkQuantiles[uint64](t, s, "uq", "", all)
	for i, v := range all {
		all[i] = int64(uint32(v))
	}
	checkQuantiles[uint64](t, s, "q32", "", all)
	if p := s.Probes()[0]; p.Stats.MapFull != 0 {
		t.Errorf("%d updates of a full map", p.Stats.MapFull)
	}
}

func checkQuantiles[T number](t *testing.T, s *session.Session, name, key string, values []int64) {
	t.Helper()
	q, ok := rowsByKey(t, s, name)[key].(table.Quantiles)
	if !ok || q.N != uint64(len(values)) {
		t.Fatalf("%s[%s] has %d values, want %d", name, key, q.N, len(values))
	}
	sorted := make([]T, len(values))
	for i, v := range values {
		sorted[i] = T(v)
	}
	slices.Sort(sorted)
	for _, at := range []struct {
		p   int
		got any
	}{{5000, q.P50}, {9000, q.P90}, {9900, q.P99}, {9990, q.P999}, {9999, q.P9999}, {10000, q.Max}} {
		want := sorted[(len(sorted)*at.p+9999)/10000-1]
		got := at.got.(T)
		if math.Abs(float64(got)-float64(want)) > math.Abs(float64(want))/128 {
			t.Errorf("%s[%s]: %d in 10,000 are at most %d, want %d", name, key, at.p, got, want)
		}
	}
}

// Entries that find no room are counted, and what has room stays exact.
func TestAFullMapOfBucketsIsCounted(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, fmt.Sprintf(`var few map[int64]bpf.Hist // @bpf_map(max_entries=10)
p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 { few[int64(ctx.offset)].hist(1) }`, os.Getpid()))
	var values [4][]int64
	for i := range 1000 {
		values[0] = append(values[0], int64(i%20))
	}
	seek(values)
	kept := uint64(0)
	for _, total := range rowsByKey(t, s, "few") {
		kept += total.(table.Histogram).N
	}
	if full := s.Probes()[0].Stats.MapFull; full == 0 || kept+full != 1000 {
		t.Errorf("%d kept and %d updates of a full map, want 1000 together", kept, full)
	}
}
