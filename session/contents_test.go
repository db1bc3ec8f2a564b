package session

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"go3s/session/table"

	"github.com/google/go-cmp/cmp"
)

// TestContentsAreTheTable holds what is decoded on request against what is decoded at once: rows, numbers and orders.
func TestContentsAreTheTable(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", `p := syscalls:sys_enter_read { a[comm]++; b[key]++; n++; last[pid] = 1; d[pid]--; less[nice]++ }`)
	r := rand.New(rand.NewPCG(3, 4))
	name := func() []byte { return []byte([]string{"a", "ab", "b", "", "\xff\x01", "zsh"}[r.IntN(6)]) }
	for range 40 {
		k.Set("a", name(), uint64(r.IntN(3)), uint64(r.IntN(3)))
		k.Set("b", append(le32(uint32(r.IntN(5))), name()...), uint64(r.IntN(2)), 1)
		k.Set("last", le32(uint32(r.IntN(50))), uint64(r.IntN(4)))
		k.Set("less", le32(uint32(r.IntN(40)-20)), uint64(r.IntN(3)), 0)
		k.Set("d", le32(uint32(r.IntN(50))), uint64(uint32(-r.IntN(3))), uint64(r.IntN(3)))
	}
	k.Set("n", le32(0), 40, 2)
	for _, name := range []string{"a", "b", "last", "d", "less", "n"} {
		holds(t, s, name)
	}
	m, _, err := s.userMap("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.weigh(s.kernel, 4); err != nil {
		t.Fatal(err)
	}
	k.Set("a", []byte("ab"), 7, 8)
	if c := holds(t, s, "a"); c.Factor != 4 {
		t.Errorf("a factor of %d in estimates", c.Factor)
	}
	if _, err := s.Contents("aa"); err == nil {
		t.Error("there is a map aa")
	}
}

// holds compares the contents of a map with its table.
func holds(t *testing.T, s *Session, name string) *table.Contents {
	t.Helper()
	read, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Contents(name)
	if err != nil {
		t.Fatal(err)
	}
	want := table.ContentsOf(read)
	if got.Len() != want.Len() || got.CPUs != want.CPUs || got.Factor != want.Factor {
		t.Fatalf("%s: %d rows, %d CPUs, factor %d; want %d, %d, %d", name, got.Len(), got.CPUs, got.Factor, want.Len(), want.CPUs, want.Factor)
	}
	order := got.Order()
	if len(order) != got.Len() {
		t.Fatalf("%s: %d of %d rows are in order", name, len(order), got.Len())
	}
	for i, row := range order {
		at := int(row)
		if diff := cmp.Diff(want.Row(i), got.Row(at)); diff != "" {
			t.Fatalf("%s, row %d (-table +contents):\n%s", name, i, diff)
		}
		b1, s1, ok1 := want.Number(i)
		b2, s2, ok2 := got.Number(at)
		if b1 != b2 || s1 != s2 || ok1 != ok2 || want.CPU(i, 1) != got.CPU(at, 1) || want.CPU(i, 9) != got.CPU(at, 9) {
			t.Errorf("%s, row %d: number %d %t %t, of CPU 1 %d; want %d %t %t, %d", name, i, b2, s2, ok2, got.CPU(at, 1), b1, s1, ok1, want.CPU(i, 1))
		}
		if found := got.Find(got.ID(at), at); found != at {
			t.Errorf("%s: row %d is found at %d", name, at, found)
		}
		if found := got.Find(bytes.Clone(got.ID(at)), at+100); found != at {
			t.Errorf("%s: row %d is found far away at %d", name, at, found)
		}
		for n := range 3 {
			if j := another(i, len(order)); want.CompareColumn(n, i, j) != got.CompareColumn(n, at, int(order[j])) {
				t.Errorf("%s: column %d of rows %d and %d is ordered otherwise", name, n, i, j)
			}
		}
	}
	if got.Find(binary.LittleEndian.AppendUint64(nil, 1<<60+7), 3) != -1 {
		t.Errorf("%s has a row that it has not", name)
	}
	return got
}

// another is some other row of n.
func another(i, n int) int { return (i*7 + 3) % n }
