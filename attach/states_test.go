package attach

import (
	"encoding/binary"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// rowsOf are the entries of a map from numbers to numbers of 8 bytes, by key.
func rowsOf(entries map[uint32]uint64) *Rows {
	rows := &Rows{N: len(entries), CPUs: 1, KeySize: 4, ValueSize: 8}
	for key, value := range entries {
		rows.Keys = binary.NativeEndian.AppendUint32(rows.Keys, key)
		rows.Values = binary.NativeEndian.AppendUint64(rows.Values, value)
	}
	return rows
}

// entriesOf is the reverse.
func entriesOf(rows *Rows) map[uint32]uint64 {
	entries := make(map[uint32]uint64)
	for i := range rows.N {
		entries[binary.NativeEndian.Uint32(rows.Keys[4*i:])] = binary.NativeEndian.Uint64(rows.Values[8*i:])
	}
	return entries
}

// threads starts threads that live until the test ends, and returns their numbers.
func threads(t testing.TB, n int) []uint32 {
	t.Helper()
	end, numbers := make(chan struct{}), make(chan uint32)
	ended := make(chan struct{}, n)
	for range n {
		go func() {
			runtime.LockOSThread() // and never unlocked, so that it ends with the goroutine
			numbers <- uint32(unix.Gettid())
			<-end
			ended <- struct{}{}
		}()
	}
	var all []uint32
	for range n {
		all = append(all, <-numbers)
	}
	t.Cleanup(func() {
		close(end)
		for range n {
			<-ended
		}
	})
	return all
}

func TestStatesOfThreads(t *testing.T) {
	k := open(t)
	if !k.KeepsStates() {
		t.Fatal("this kernel keeps no values with threads")
	}
	id, err := k.CreateMap(MapSpec{Name: "states", Kind: TaskStorage, Key: 4, Value: 8})
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, want map[uint32]uint64) {
		t.Helper()
		var rows Rows
		if err := k.ReadMap(id, &rows); err != nil {
			t.Fatal(when, err)
		}
		if diff := cmp.Diff(want, entriesOf(&rows)); diff != "" {
			t.Errorf("%s: -want +got\n%s", when, diff)
		}
	}
	check("at first", map[uint32]uint64{})

	all := threads(t, 200)
	last := all[199] // has no value at first
	const nobody = 4<<20 - 1
	want := map[uint32]uint64{nobody: 1}
	for i, tid := range all[:199] {
		want[tid] = uint64(i) << 40
	}
	if err := k.FillMap(id, rowsOf(want)); err != nil {
		t.Fatal(err)
	}
	delete(want, nobody)
	check("filled", want)

	number := func(n uint64) []byte { return binary.NativeEndian.AppendUint64(nil, n) }
	for _, c := range []struct {
		of        uint32
		old, next []byte
		made      bool
	}{
		{all[0], number(1), number(2), false},
		{all[0], number(0), number(2), true},
		{all[0], nil, number(3), false},
		{all[1], number(1 << 40), nil, true},
		{all[1], number(1 << 40), number(5), false},
		{last, nil, number(7), true},
		{nobody, nil, number(7), false},
	} {
		made, err := k.Exchange(id, binary.NativeEndian.AppendUint32(nil, c.of), c.old, c.next)
		if err != nil || made != c.made {
			t.Errorf("exchange %v by %v: made %t, %v", c.old, c.next, made, err)
		}
	}
	want[all[0]], want[last] = 2, 7
	delete(want, all[1])
	check("exchanged", want)

	if err := k.ClearMap(id); err != nil {
		t.Fatal(err)
	}
	check("cleared", map[uint32]uint64{})
	if err := k.FillMap(id, rowsOf(map[uint32]uint64{last: 9})); err != nil {
		t.Fatal(err)
	}
	check("filled again", map[uint32]uint64{last: 9})
}

func TestSmallStatesOfThreads(t *testing.T) {
	k := open(t)
	id, err := k.CreateMap(MapSpec{Name: "small", Kind: TaskStorage, Key: 4, Value: 2})
	if err != nil {
		t.Fatal(err)
	}
	self := binary.NativeEndian.AppendUint32(nil, uint32(os.Getpid()))
	if err := k.FillMap(id, &Rows{Keys: self, Values: []byte{1, 2}, N: 1, CPUs: 1, KeySize: 4, ValueSize: 2}); err != nil {
		t.Fatal(err)
	}
	if ok, err := k.Exchange(id, self, []byte{1, 2}, []byte{3, 4}); !ok || err != nil {
		t.Error(ok, err)
	}
	var rows Rows
	if err := k.ReadMap(id, &rows); err != nil || !slices.Equal(rows.Values, []byte{3, 4}) || !slices.Equal(rows.Keys, self) || rows.ValueSize != 2 {
		t.Errorf("%+v, %v", rows, err)
	}
	for _, value := range []int{0, 9} {
		if _, err := k.CreateMap(MapSpec{Name: "large", Kind: TaskStorage, Key: 4, Value: value}); err == nil {
			t.Errorf("values of %d bytes are kept", value)
		}
	}
}

func TestNoStates(t *testing.T) {
	k, err := Open(Options{NoStates: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = k.Close() }()
	if k.KeepsStates() {
		t.Error("states are kept although that was not wanted")
	}
}

func BenchmarkReadStates(b *testing.B) {
	k := open(b)
	id, err := k.CreateMap(MapSpec{Name: "states", Kind: TaskStorage, Key: 4, Value: 8})
	if err != nil {
		b.Fatal(err)
	}
	want := map[uint32]uint64{}
	for _, tid := range threads(b, 2000) {
		want[tid] = 1
	}
	if err := k.FillMap(id, rowsOf(want)); err != nil {
		b.Fatal(err)
	}
	var rows Rows
	for b.Loop() {
		if err := k.ReadMap(id, &rows); err != nil || rows.N != len(want) {
			b.Fatal(rows.N, err)
		}
	}
}
