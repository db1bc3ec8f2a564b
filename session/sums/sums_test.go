package sums

import (
	"encoding/binary"
	"slices"
	"testing"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

// counts are rows with a byte as key and a word on each of two CPUs.
func counts(entries ...[3]uint64) *attach.Rows {
	r := &attach.Rows{CPUs: 2, KeySize: 1, ValueSize: 8}
	for _, e := range entries {
		r.N, r.Keys = r.N+1, append(r.Keys, byte(e[0]))
		r.Values = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(r.Values, e[1]), e[2])
	}
	return r
}

// read is what rows have.
func read(r *attach.Rows) (entries [][3]uint64) {
	for i := range r.N {
		key, values := r.Entry(i)
		entries = append(entries, [3]uint64{uint64(key[0]), binary.LittleEndian.Uint64(values), binary.LittleEndian.Uint64(values[8:])})
	}
	return entries
}

var word = []Part{{0, 8}}

func TestSinceIsWhatCame(t *testing.T) {
	var last Last
	for _, step := range []struct{ now, came [][3]uint64 }{
		{[][3]uint64{{1, 2, 3}, {2, 0, 1}}, [][3]uint64{{1, 2, 3}, {2, 0, 1}}},
		{[][3]uint64{{1, 2, 3}, {2, 5, 1}, {3, 0, 0}}, [][3]uint64{{2, 5, 0}, {3, 0, 0}}},
		{[][3]uint64{{3, 0, 9}, {1, 3, 4}}, [][3]uint64{{3, 0, 9}, {1, 1, 1}}},
		{[][3]uint64{{3, 0, 9}}, nil},
		{[][3]uint64{{1, 7, 7}}, [][3]uint64{{1, 7, 7}}},
	} {
		rows := counts(step.now...)
		last = last.Since(rows, word, false)
		if got := read(rows); !slices.Equal(got, step.came) {
			t.Errorf("of %v %v came, want %v", step.now, got, step.came)
		}
	}
	rows := counts([3]uint64{1, 7, 7})
	last.Since(rows, word, true)
	if got := read(rows); !slices.Equal(got, [][3]uint64{{1, 0, 0}}) {
		t.Errorf("of a whole map %v came", got)
	}
}

func TestEstimatesKeepTheWeightOfWhatWasCountedBefore(t *testing.T) {
	var e Estimates
	scaled := func(rows *attach.Rows) [][3]uint64 {
		e.Scale(rows, word)
		return read(rows)
	}
	check := func(what string, got [][3]uint64, want ...[3]uint64) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("without a factor", scaled(counts([3]uint64{1, 5, 6})), [3]uint64{1, 5, 6})
	e = Begin(4, counts([3]uint64{1, 5, 6}), counts([3]uint64{1, 5, 6}))
	check("1 of 4", scaled(counts([3]uint64{1, 6, 6}, [3]uint64{2, 0, 3})), [3]uint64{1, 9, 6}, [3]uint64{2, 0, 12})
	e = Begin(1, counts([3]uint64{1, 6, 6}), counts([3]uint64{1, 9, 6}))
	check("all again", scaled(counts([3]uint64{1, 7, 7})), [3]uint64{1, 10, 7})
	e.Clear()
	check("cleared", scaled(counts([3]uint64{1, 7, 7})), [3]uint64{1, 7, 7})
	if !e.Any() {
		t.Error("a map that was sampled is taken for one that was not")
	}
}

func TestPartsAreWhatOnlyAdditionsChange(t *testing.T) {
	for _, c := range []struct {
		kind ir.MapKind
		of   abi.AggregateKind
		want []Part
	}{
		{ir.PerCPUHash, abi.NoAggregate, []Part{{0, 4}}},
		{ir.Hash, abi.NoAggregate, nil},
		{ir.Hash, abi.Sum, []Part{{0, 4}}},
		{ir.PerCPUHash, abi.Max, nil},
		{ir.PerCPUHash, abi.Avg, []Part{{8 * abi.WordCount, 8}, {8 * abi.WordSum, 8}}},
		{ir.Hash, abi.Quantile, word},
	} {
		m := &incremental.Map{Map: ir.Map{Kind: c.kind}, ValueType: layout.Uint32, Aggregate: abi.Aggregate{Kind: c.of}}
		if got := Parts(m); !slices.Equal(got, c.want) {
			t.Errorf("%v of %v: %v, want %v", c.kind, c.of, got, c.want)
		}
	}
}
