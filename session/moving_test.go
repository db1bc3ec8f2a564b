package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"go3s/incremental/source"
	"go3s/session/sessiontest"
)

func key32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

// contents are the rows of a map without the numbers of each CPU.
func contents(t *testing.T, s *Session, name string) []string {
	t.Helper()
	table, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range table.Rows {
		out = append(out, fmt.Sprint(r.Key, r.Total))
	}
	return out
}

// shapes are edits that give a map m another shape, while programs go on: the old ones until Settle, the new ones from then on.
var shapes = []struct {
	name, first, edit string
	set               func(k *sessiontest.Kernel)
	meanwhile         func(k *sessiontest.Kernel)
	want              []string
	text              string
}{
	{
		name: "wider integers", first: `var m map[uint32]uint32; p := syscalls:sys_enter_read { m[pid]++ }`, edit: `var m map[uint32]uint64`,
		set: func(k *sessiontest.Kernel) { k.Set("m", key32(1), 3, 4); k.Set("m", key32(2), 1<<32-1, 2) },
		meanwhile: func(k *sessiontest.Kernel) {
			k.Add("m", 1, key32(1), 1, 10)
			k.Add("m", 0, key32(1), 0, 100)
			k.Add("m", 1, key32(3), 0, 5)
		},
		want: []string{"[2] 1", "[3] 5", "[1] 117"}, text: "3 entries were carried over",
	},
	{
		name: "wider signed integers", first: `var m map[uint32]int32; p := syscalls:sys_enter_read { m[pid]-- }`, edit: `var m map[uint32]int64`,
		set:       func(k *sessiontest.Kernel) { k.Set("m", key32(1), 1<<32-3, 1) },
		meanwhile: func(k *sessiontest.Kernel) { k.Add("m", 1, key32(1), 1, 1<<32-1) },
		want:      []string{"[1] -3"}, text: "1 entry was carried over",
	},
	{
		name: "narrower integers", first: `var m map[uint32]uint64; p := syscalls:sys_enter_read { m[pid]++ }`, edit: `var m map[uint32]uint32`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(1), 3, 4); k.Set("m", key32(2), 1<<33) },
		want: []string{"[1] 7"}, text: "1 entry was carried over, 1 does not fit and is gone",
	},
	{
		name: "bytes that nothing adds to any more", first: `var m map[uint32]uint8; p := syscalls:sys_enter_read { m[pid]++ }`, edit: `p := syscalls:sys_enter_read { n++ }`,
		set:       func(k *sessiontest.Kernel) { k.Set("m", key32(1), 3, 4); k.Set("m", key32(2), 200, 100) },
		meanwhile: func(k *sessiontest.Kernel) { k.Add("m", 1, key32(1), 1, 10); k.Add("m", 1, key32(3), 0, 5) },
		want:      []string{"[3] 5", "[1] 17", "[2] 44"}, text: "3 entries were carried over",
	},
	{
		name: "wider from 16 bits with a sign", first: `var m map[uint32]int16; p := syscalls:sys_enter_read { m[pid]-- }`, edit: `var m map[uint32]int32`,
		set:       func(k *sessiontest.Kernel) { k.Set("m", key32(1), 1<<16-3, 1) },
		meanwhile: func(k *sessiontest.Kernel) { k.Add("m", 1, key32(1), 1, 1<<16-1) },
		want:      []string{"[1] -3"}, text: "1 entry was carried over",
	},
	{
		name: "narrower to 8 bits", first: `var m map[uint32]uint16; p := syscalls:sys_enter_read { m[pid]++ }`, edit: `var m map[uint32]uint8`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(1), 3, 4); k.Set("m", key32(2), 256) },
		want: []string{"[1] 7"}, text: "1 entry was carried over, 1 does not fit and is gone",
	},
	{
		name: "larger keys", first: `var m map[uint8]uint64; p := syscalls:sys_enter_read { m[uint8(pid)]++ }`,
		edit: `var m map[int16]uint64; p := syscalls:sys_enter_read { m[int16(pid)]++ }`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", []byte{200}, 3, 4) },
		want: []string{"[200] 7"}, text: "1 entry was carried over",
	},
	{
		name: "a key with a field more", first: "type key struct { pid uint32 }\np := syscalls:sys_enter_read { m[key{pid}]++ }",
		edit: "type key struct { tid uint32; pid uint32 }\np := syscalls:sys_enter_read { m[key{tid, pid}]++ }",
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(7), 1) },
		want: []string{"[0 7] 1"}, text: "1 entry was carried over; in the keys tid is zero",
	},
	{
		name: "a key with a field less", first: "type key struct { tid, pid uint32 }\np := syscalls:sys_enter_read { m[key{tid, pid}]++ }",
		edit: "type key struct { pid uint32 }\np := syscalls:sys_enter_read { m[key{pid}]++ }",
		set: func(k *sessiontest.Kernel) {
			k.Set("m", append(key32(1), 7, 0, 0, 0), 1)
			k.Set("m", append(key32(2), 7, 0, 0, 0), 0, 2)
		},
		meanwhile: func(k *sessiontest.Kernel) { k.Add("m", 1, append(key32(2), 7, 0, 0, 0), 0, 4) },
		want:      []string{"[7] 7"}, text: "1 entry was carried over; tid is gone from the keys",
	},
	{
		name: "larger strings", first: `p := syscalls:sys_enter_openat { m[str(ctx.filename, 16)]++ }`, edit: `p := syscalls:sys_enter_openat { m[str(ctx.filename, 32)]++ }`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", append([]byte("/etc/passwd"), make([]byte, 5)...), 2) },
		want: []string{"[/etc/passwd] 2"}, text: "1 entry was carried over",
	},
	{
		name: "another key", first: `p := syscalls:sys_enter_read { m[pid]++ }`, edit: `p := syscalls:sys_enter_read { m[comm]++ }`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(7), 1); k.Set("m", key32(8), 1) },
		text: "reset, because its keys were uint32 and are string; 2 entries are gone",
	},
	{
		name: "a sum that is read from now on", first: `p := syscalls:sys_enter_read { m[pid]++ }`, edit: `p := syscalls:sys_enter_read { m[pid]++; if m[pid] > 5 { n++ } }`,
		set:       func(k *sessiontest.Kernel) { k.Set("m", key32(7), 1, 2) },
		meanwhile: func(k *sessiontest.Kernel) { k.Add("m", 1, key32(7), 1, 1); k.Add("m", 0, key32(7), 0, 1) },
		want:      []string{"[7] 5"}, text: "1 entry was carried over",
	},
	{
		name: "a counter that is assigned from now on", first: `p := syscalls:sys_enter_read { m++ }`, edit: `p := syscalls:sys_enter_read { m++; if pid == 1 { m = 0 } }`,
		set:       func(k *sessiontest.Kernel) { k.SetCounter("m", 0, 0, 5); k.SetCounter("m", 0, 1, 6) },
		meanwhile: func(k *sessiontest.Kernel) { k.Add("m", 1, nil, 0, 1) },
		want:      []string{"[] 12"}, text: "its value was carried over",
	},
	{
		name: "a value that is assigned", first: `var m map[uint32]uint32; p := syscalls:sys_enter_read { m[pid] = tid }; q := syscalls:sys_exit_read { if m[pid] > 0 { delete(m, pid) } }`,
		edit: `var m map[uint32]uint64; p := syscalls:sys_enter_read { m[pid] = nsecs }`,
		set: func(k *sessiontest.Kernel) {
			k.Set("m", key32(1), 10)
			k.Set("m", key32(2), 20)
			k.Set("m", key32(3), 30)
		},
		meanwhile: func(k *sessiontest.Kernel) {
			k.Add("m", 1, key32(1), 0, 1) // the old program assigns 11
			k.Add("m", 1, key32(2), 0, 1)
			k.Add("m", 0, key32(2), 0, 5) // and the new one 25 after that
			k.Add("m", 1, key32(4), 0, 40)
			k.Delete("m", 1, key32(3))
		},
		want: []string{"[1] 11", "[2] 25", "[4] 40"}, text: "3 entries were carried over",
	},
	{
		name: "a struct with another field", first: "type v struct { a uint32; b uint8 }\nvar m map[uint32]v\np := syscalls:sys_enter_read { m[pid] = v{1, 2} }",
		edit: "type v struct { b uint64; c uint64 }",
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(1), 7|9<<32) },
		want: []string{"[1] {9 0}"}, text: "1 entry was carried over; in the values c is zero; a is gone from the values",
	},
	{
		name: "a histogram of another key", first: `p := syscalls:sys_exit_read { m[pid].hist(ctx.ret) }`, edit: `p := syscalls:sys_exit_read { m[uint64(pid)].hist(ctx.ret) }`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", append(key32(9), 3, 0, 0, 0), 2, 3) },
		want: []string{"[9] {5 false [{4 8 5}]}"}, text: "1 entry was carried over",
	},
	{
		name: "a hash that is kept with threads", first: `p := syscalls:sys_enter_read { m[tid] = nsecs }`,
		edit:      `q := syscalls:sys_exit_read { if t, ok := m[tid]; ok { n += t; delete(m, tid) } }`,
		set:       func(k *sessiontest.Kernel) { k.Set("m", key32(1), 7); k.Set("m", key32(2), 8) },
		meanwhile: func(k *sessiontest.Kernel) { k.Add("m", 1, key32(2), 0, 1); k.Add("m", 1, key32(3), 0, 10) },
		want:      []string{"[1] 7", "[2] 9", "[3] 10"}, text: "3 entries were carried over",
	},
	{
		name: "counts that are kept with threads", first: `p := syscalls:sys_enter_read { m[tid]++ }`,
		edit: `p := syscalls:sys_enter_read { if t, ok := m[tid]; ok { n += t; delete(m, tid) }; m[tid] = nsecs }`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(1), 3, 4) },
		text: "reset, because it was kept per CPU and is kept with the threads; 1 entry is gone",
	},
	{
		name: "values of threads that are added up", first: `p := syscalls:sys_enter_read { if t, ok := m[tid]; ok { n += t; delete(m, tid) }; m[tid] = nsecs }`,
		edit: `p := syscalls:sys_enter_read { m[tid]++ }`,
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(1), 3) },
		want: []string{"[1] 3"}, text: "1 entry was carried over",
	},
	{
		name: "statistics of numbers with a sign", first: `p := syscalls:sys_exit_read { m.stats(pid) }`, edit: `p := syscalls:sys_exit_read { m.stats(ctx.ret) }`,
		text: "reset, because one has numbers with a sign and the other without",
	},
	{
		name: "averages are no histogram", first: `p := syscalls:sys_exit_read { m.avg(ctx.ret) }`, edit: `p := syscalls:sys_exit_read { m.hist(ctx.ret) }`,
		text: "reset, because it made something else of its values",
	},
	{
		name: "a larger map", first: "// @bpf_map(max_entries=10)\nvar m map[uint32]uint64\np := syscalls:sys_enter_read { m[pid]++ }", edit: "// @bpf_map(max_entries=2, type=lru_hash)\nvar m map[uint32]uint64",
		set:  func(k *sessiontest.Kernel) { k.Set("m", key32(1), 1); k.Set("m", key32(2), 2); k.Set("m", key32(3), 3) },
		want: []string{"[1] 1", "[2] 2"}, text: "2 entries were carried over, 1 does not fit and is gone",
	},
}

func TestContentsOfAMapAreCarriedOver(t *testing.T) {
	for _, c := range shapes {
		t.Run(c.name, func(t *testing.T) {
			s, k := compiled(t)
			if r := s.Enter(source.Cell{Name: "1", Text: c.first}); !r.OK() {
				t.Fatal(r.Diags, r.Err)
			}
			if c.set != nil {
				c.set(k)
			}
			if c.meanwhile != nil {
				k.OnSettle(func() { c.meanwhile(k) })
			}
			r := s.Enter(source.Cell{Name: "2", Text: c.edit})
			if !r.OK() || len(r.Carried) != 1 {
				t.Fatal(r.Diags, r.Err, r.Carried)
			}
			if got := r.Carried[0]; got.Map != "m" || got.Text != c.text {
				t.Errorf("carried %+v, want %q", got, c.text)
			}
			same(t, "rows", contents(t, s, "m"), c.want)
		})
	}
}

// What new programs have counted until an edit was taken back is in the old map.
func TestCountsOfAnEditThatIsTakenBackStay(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "1", `var m map[uint32]uint32; p := syscalls:sys_enter_read { m[pid]++ }; q := syscalls:sys_exit_read { m[pid]++ }`)
	k.Set("m", key32(1), 3, 4)
	k.OnSettle(func() {
		k.Add("m", 0, key32(1), 1, 10)
		k.Add("m", 0, key32(2), 0, 20)
		k.Add("m", 1, key32(1), 0, 100)
	})
	k.Fail("Swap", 2, errors.New("no"))
	if r := s.Enter(source.Cell{Name: "2", Text: `var m map[uint32]uint64`}); r.OK() {
		t.Fatal("an edit went through that was to fail")
	}
	same(t, "rows", contents(t, s, "m"), []string{"[2] 20", "[1] 117"})
	same(t, "outcome of the same once more", enter(t, s, "2", `var m map[uint32]uint64`), "swapped p q")
	same(t, "rows", contents(t, s, "m"), []string{"[2] 20", "[1] 117"})
}
