package ir

import (
	"fmt"
	"strings"
	"testing"
)

// counting is a program as lower writes it: opens[comm]++ and a record.
const counting = `map opens hash key=16 value=8 entries=2
map n counters key=4 value=64 entries=1
map events ringbuf entries=4096
func p tracepoint {
	slot key size=16 align=8
	slot one size=8 align=8
b0:
	v0 = param.ptr 0
	v1 = slot.ptr key
	v2 = const.i64 16
	v3 = call.i64 get_current_comm v1 v2
	v4 = map.ptr opens
	v5 = call.ptr map_lookup_elem v4 v1
	v6 = const.ptr 0
	v7 = const.i64 1
	v8 = const.i64 0
	br ne v5 v6 b1 b2
b1:
	atomic64 v5 v7
	jump b3
b2:
	v9 = slot.ptr one
	store64 v9 v7
	v10 = call.i64 map_update_elem v4 v1 v9 v8
	jump b3
b3:
	v11 = mapvalue.ptr n +8
	atomic64 v11 v7
	v12 = map.ptr events
	v13 = call.ptr ringbuf_reserve v12 v2 v8
	br eq v13 v6 b5 b4
b4:
	v14 = load32.i32 v0 +4
	store32 v13 +8 v14
	v15 = call.i64 get_current_pid_tgid
	store64 v13 v15
	call ringbuf_submit v13 v8
	jump b5
b5:
	v16 = const.i32 7
	ret v16
}
`

func TestInterpCountsAndCollects(t *testing.T) {
	m, err := Parse(counting)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(m); err != nil {
		t.Fatal(err)
	}
	i := NewInterp(m)
	i.PIDTGID = 0x0102
	for _, comm := range []string{"cat", "ls", "cat", "dd"} {
		i.Comm = comm
		i.RingFull = comm == "ls"
		if r, err := i.Run("p", []byte{0, 0, 0, 0, 9, 8, 7, 0}); err != nil || r != 7 {
			t.Fatal(r, err)
		}
	}
	got := i.Maps["opens"].String() + i.Maps["n"].String() + fmt.Sprintf("%x", i.Records)
	want := `opens[636174` + strings.Repeat("00", 13) + `] cpu0 0200000000000000
opens[6c73` + strings.Repeat("00", 14) + `] cpu0 0100000000000000
n[00000000] cpu0 00000000000000000400000000000000` + strings.Repeat("00", 48) + `
[02010000000000000908070000000000 02010000000000000908070000000000 02010000000000000908070000000000]`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestInterpFaultsWhereTheKernelWould(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"v2 = load64.i64 v1 +4\n\tret", "bytes 4 to 12 of slot s, which has 8"},
		{"v2 = load64.i64 v1\n\tret", "byte 0 of slot s was not written"},
		{"store32 v0 v9\n\tret", "context is written"},
		{"v2 = const.ptr 0\n\tv3 = load64.i64 v2\n\tret", "v2 is null"},
		{"jump b1\nb1:\n\tjump b1", "more than 1000 steps"},
		{"v2 = load64.i64 v0 +16\n\tret", "bytes 16 to 24 of context, which has 16"},
		{"v2 = map.ptr r\n\tv3 = call.ptr ringbuf_reserve v2 v8 v8\n\tret", "neither submitted nor discarded"},
		{"v2 = map.ptr r\n\tv3 = call.ptr ringbuf_reserve v2 v8 v8\n\tcall ringbuf_submit v3 v8\n\tstore64 v3 v8\n\tret", "record v3 is gone"},
		{"store64 v1 v0\n\tv3 = load64.i64 v1\n\tret", "a stored pointer is read as a number"},
	} {
		m, err := Parse("map r ringbuf entries=4096\nfunc p raw_tp {\n\tslot s size=8 align=8\nb0:\n\tv0 = param.ptr 0\n\tv1 = slot.ptr s\n" +
			"\tv8 = const.i64 8\n\tv9 = const.i32 8\n\t" + c.body + "\n}\n")
		if err != nil {
			t.Fatal(err)
		}
		i := NewInterp(m)
		i.Limit = 1000
		if _, err := i.Run("p", make([]byte, 16)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.body, err, c.want)
		}
	}
}

func TestInterpCallsSubsAndLoops(t *testing.T) {
	m, err := Parse(`func sum sub {
	slot s size=8 align=8
b0:
	v0 = param.i64 0
	v1 = const.i64 0
	v2 = slot.ptr s
	store64 v2 v1
	v3 = func.ptr body
	v4 = call.i64 loop v0 v3 v2 v1
	v5 = load64.i64 v2
	v6 = callfunc.i64 twice v5
	ret v6
}
func body sub {
b0:
	v0 = param.i64 0
	v1 = param.ptr 1
	v2 = load64.i64 v1
	v3 = add.i64 v2 v0
	store64 v1 v3
	v4 = const.i64 0
	ret v4
}
func twice sub {
b0:
	v0 = param.i64 0
	v1 = add.i64 v0 v0
	ret v1
}
`)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(m); err != nil {
		t.Fatal(err)
	}
	if r, err := NewInterp(m).Call("sum", 5); err != nil || r != 20 {
		t.Errorf("sum(5) = %d, %v; want 20", r, err)
	}
}

func TestInterpReadsStringsAsTheHelperDoes(t *testing.T) {
	m, err := Parse(`func p sub {
	slot s size=8 align=8
b0:
	v0 = param.i64 0
	v1 = slot.ptr s
	v2 = const.i64 8
	zero v1 size=8
	v3 = call.i64 probe_read_user_str v1 v2 v0
	v4 = load64.i64 v1
	v5 = xor.i64 v4 v3
	ret v5
}
`)
	if err != nil {
		t.Fatal(err)
	}
	i := NewInterp(m)
	i.Read = func(addr uint64, buf []byte) bool {
		if addr < 100 || addr > 120 {
			return false
		}
		copy(buf, "abc\x00defghijklmnopq"[addr-100:])
		return true
	}
	for _, c := range []struct{ addr, want int64 }{
		{100, 0x636261 ^ 4},
		{104, 0x6a696867666564 ^ 8},
		{5, errFault},
	} {
		if r, err := i.Call("p", c.addr); err != nil || r != c.want {
			t.Errorf("p(%d) = %#x, %v; want %#x", c.addr, r, err, c.want)
		}
	}
}
