package table

import (
	"slices"
	"testing"

	"go3s/incremental/layout"
)

func TestArraysAndStructsAreOrderedByTheirParts(t *testing.T) {
	at := layout.StructOf("at", layout.Field{Name: "n", Type: layout.Int32}, layout.Field{Name: "s", Type: layout.StringOf(4)})
	for _, ascending := range [][2]any{
		{[]any{int64(1), int64(9)}, []any{int64(1), int64(10)}},
		{[]any{int64(-10)}, []any{int64(-9)}},
		{[]byte{9}, []byte{10}},
		{layout.StructValue{Type: at, Values: []any{int64(9), "b"}}, layout.StructValue{Type: at, Values: []any{int64(10), "a"}}},
		{layout.StructValue{Type: at, Values: []any{int64(9), "a"}}, layout.StructValue{Type: at, Values: []any{int64(9), "b"}}},
	} {
		a, b := ascending[0], ascending[1]
		if compareValues(a, b) >= 0 || compareValues(b, a) <= 0 || compareValues(a, a) != 0 {
			t.Errorf("%v does not come before %v", a, b)
		}
	}
}

func TestIdentitiesAreEqualForEqualKeysOnly(t *testing.T) {
	keys := [][]any{
		{"a", "b"}, {"ab", ""}, {"", "ab"}, {"a"}, {uint64(1)}, {int64(1)}, {int64(1), int64(2)}, {true}, {false}, {nil}, {[]any{uint64(1)}}, {[]any{uint64(2)}},
	}
	seen := map[string]int{}
	for i, k := range keys {
		id := string(identity(k))
		if j, ok := seen[id]; ok {
			t.Errorf("%v and %v are one", keys[j], k)
		}
		seen[id] = i
		if string(identity(slices.Clone(k))) != id {
			t.Errorf("%v has two identities", k)
		}
	}
}

func TestIndicesAreThoseOfTheWholeName(t *testing.T) {
	got := indices("m[pid]++; xm[a]++; x.m[b]++; m[ k[1] ]; m[", "m")
	if want := []string{"pid", "k[1"}; !slices.Equal(got, want) {
		t.Errorf("indices %q, want %q", got, want)
	}
}
