package ir

import (
	"strings"
	"testing"
)

// verified parses the body of a tracepoint program over a few maps and verifies it.
func verified(t *testing.T, body string) error {
	t.Helper()
	m, err := Parse(`map h hash key=8 value=8 entries=16
map a array key=4 value=16 entries=1
map r ringbuf entries=4096
func callee sub {
b0:
	v0 = param.i64 0
	ret v0
}
func p tracepoint {
	slot k size=8 align=8
	slot s size=12 align=4
b0:
	v0 = param.ptr 0
	v1 = const.i64 16
	v2 = const.i32 0
	v3 = const.ptr 0
	v4 = map.ptr h
	v5 = map.ptr r
	v6 = slot.ptr k
	v7 = slot.ptr s
	v8 = const.i64 0
	` + strings.TrimSpace(body) + "\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	return Verify(m)
}

func TestVerifyAcceptsWhatTheKernelWould(t *testing.T) {
	for _, body := range []string{
		"ret v2",
		"zero v6 size=8\nv10 = call.ptr map_lookup_elem v4 v6\nbr eq v10 v3 b1 b2\nb1:\nret\nb2:\natomic64 v10 v1\nret",
		"v10 = call.ptr ringbuf_reserve v5 v1 v8\nbr ne v10 v3 b1 b2\nb2:\nret\nb1:\nstore64 v10 +8 v1\ncall ringbuf_submit v10 v8\nret",
		"v10 = mapvalue.ptr a +8\natomic64 v10 v1\nret",
		"v10 = callfunc.i64 callee v1\nret",
		"store32 v7 +8 v2\nret",
		"v9 = const.ptr 0\nbr eq v9 v3 b1 b2\nb1:\nret\nb2:\nv10 = load64.i64 v9 +8\nret v10",
		"br eq v1 v8 b1 b2\nb1:\njump b3\nb2:\njump b3\nb3:\nv10 = phi.i64 [b1 v1] [b2 v8]\nret v10",
	} {
		if err := verified(t, body); err != nil {
			t.Errorf("%s\n%v", body, err)
		}
	}
}

func TestVerifyNamesTheFault(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"v10 = add.i64 v11 v1\nv11 = add.i64 v1 v1\nret", "v11 is used before it is defined"},
		{"br eq v1 v8 b1 b2\nb1:\nv10 = add.i64 v1 v1\njump b2\nb2:\nret v10", "v10 is used before it is defined"},
		{"v10 = add.i64 v1 v2\nret", "argument 2 is i32, want i64"},
		{"v10 = add.ptr v6 v6\nret", "the result may not be ptr"},
		{"v10 = loadptr.i64 v6 align=4\nret", "only an address has an alignment"},
		{"v10 = zext32.i64 v1\nret", "argument 1 is i64, want i32"},
		{"br eq v1 v2 b1 b2\nb1:\nret\nb2:\nret", "the branch compares two types"},
		{"br eq v1 v1 b1 b1\nb1:\nret", "both successors of the branch are b1"},
		{"jump b1\nb1:\njump b1\nb2:\njump b0", "the entry has predecessors"},
		{"jump b1\nb1:\nv10 = add.i64 v1 v1\nv11 = phi.i64 [b0 v1]\nret", "a phi comes after another value"},
		{"v10 = const.i32 4294967295\nret", "the constant doesn't fit its type"},
		{"store64 v6 +4 v1\nret", "bytes 4 to 12 of an object of 8 bytes"},
		{"v10 = offset.ptr v7 +12\nzero v10 size=1\nret", "bytes 12 to 13 of an object of 12 bytes"},
		{"store64 v7 v1\nret", "8 bytes at 0 of a slot aligned to 4"},
		{"store32 v7 +2 v2\nret", "4 bytes at 2 of a slot aligned to 4"},
		{"store32 v0 v2\nret", "the context is written"},
		{"v10 = offset.ptr v0 +8\ncall get_current_comm v10 v1\nret", "the context is written"},
		{"v10 = mapvalue.ptr h\nret", "needs a map of kind array or counters"},
		{"call map_lookup_elem v4\nret", "1 arguments, want 2"},
		{"call map_lookup_elem v5 v6\nret", "argument 1 is not a kind of map that the helper takes"},
		{"call map_lookup_elem v6 v6\nret", "argument 1 is not a map"},
		{"call get_current_comm v6 v1\nret", "bytes 0 to 16 of an object of 8 bytes"},
		{"call get_current_comm v6 v2\nret", "argument 2 is i32, want i64 or ptr"},
		{"v10 = call.i64 9999\nret", "helper 9999 is not in the table"},
		{"v10 = callfunc.i64 nobody\nret", "no such sub"},
		{"v10 = callfunc.i32 callee v1\nret", "callee doesn't return i32"},
		{"v10 = callfunc.i64 callee v6\nret", "argument 1 is ptr, want i64"},
		{"v10 = call.ptr map_lookup_elem v4 v6\nv11 = load64.i64 v10\nret", "v10 may be null here"},
		{
			"v10 = call.ptr map_lookup_elem v4 v6\nv11 = cmp.i32 ne v10 v3\nbr ne v11 v2 b1 b2\nb2:\nret\nb1:\nv12 = load64.i64 v10\nret",
			"v10 may be null here",
		},
		{"v10 = call.ptr map_lookup_elem v4 v6\nbr ne v10 v3 b2 b1\nb2:\nret\nb1:\nv12 = load64.i64 v10\nret", "v10 may be null here"},
		{"v10 = load64.i64 v3\nret", "v3 may be null here"},
		{"v10 = load64.i64 v4\nret", "v4 is no memory"},
		{"v10 = call.ptr ringbuf_reserve v5 v1 v8\nret", "the record v10 is neither submitted nor discarded"},
		{
			"v10 = call.ptr ringbuf_reserve v5 v1 v8\nbr ne v10 v3 b1 b2\nb2:\nret\nb1:\ncall ringbuf_submit v10 v8\ncall ringbuf_submit v10 v8\nret",
			"the record v10 is gone here",
		},
		{
			"v10 = call.ptr ringbuf_reserve v5 v1 v8\nbr ne v10 v3 b1 b2\nb2:\nret\nb1:\ncall ringbuf_submit v10 v8\nstore64 v10 v1\nret",
			"the record v10 is gone here",
		},
		{
			"v10 = call.ptr ringbuf_reserve v5 v1 v8\nbr ne v10 v3 b1 b2\nb2:\nret\nb1:\nbr eq v1 v8 b3 b2\nb3:\ncall ringbuf_submit v10 v8\nret",
			"the record v10 is neither submitted nor discarded",
		},
		{
			"v10 = call.ptr ringbuf_reserve v5 v1 v8\nbr ne v10 v3 b1 b2\nb2:\nret\nb1:\nstore64 v10 +16 v1\ncall ringbuf_discard v10 v8\nret",
			"bytes 16 to 24 of an object of 16 bytes",
		},
	} {
		err := verified(t, c.body)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.body, err, c.want)
		}
	}
}

func TestVerifyRefusesSlotsWithoutBytesOrAlignment(t *testing.T) {
	for setting, want := range map[string]string{
		"size=0 align=8": "func f: b0: slot s has 0 bytes, aligned to 8",
		"size=8 align=3": "func f: b0: slot s has 8 bytes, aligned to 3",
	} {
		m, err := Parse("func f sub {\n\tslot s " + setting + "\nb0:\n\tret\n}\n")
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(m); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestVerifySeesEditsThatForgetAnEdge(t *testing.T) {
	m, err := Parse("func f sub {\nb0:\n\tjump b1\nb1:\n\tret\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	f := m.Funcs[0]
	f.Blocks[1].Preds = nil
	want := "func f: b1: predecessors and successors disagree about the edge from b0"
	if err := f.Verify(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
