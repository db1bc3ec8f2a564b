package ir

import "testing"

// TestAlignmentIsWhatTheTextShows asks for the alignment of the last value before the return.
func TestAlignmentIsWhatTheTextShows(t *testing.T) {
	for _, c := range []struct {
		body string
		want int64
	}{
		{"", 8},
		{"v10 = slot.ptr s", 4},
		{"v10 = mapvalue.ptr a +12", 4},
		{"v10 = loadptr.ptr v1", 8},
		{"v10 = loadptr.ptr v1 align=2", 2},
		{"v10 = offset.ptr v1 +16", 8},
		{"v10 = offset.ptr v1 +4\nv11 = offset.ptr v10 -2", 2},
		{"v10 = offset.ptr v2 +8", 4},
		{"v10 = offset.ptr v2 +6", 2},
		{"v10 = ptradd.ptr v1 v0", 1},
		{"v10 = const.i64 12\nv11 = mul.i64 v0 v10\nv12 = ptradd.ptr v1 v11", 4},
		{"v10 = const.i64 3\nv11 = shl.i64 v0 v10\nv12 = ptradd.ptr v2 v11\nv13 = offset.ptr v12 +1", 1},
		{"br eq v1 v2 b1 b2\nb1:\njump b3\nb2:\njump b3\nb3:\nv10 = phi.ptr [b1 v1] [b2 v1]", 8},
		{"br eq v1 v2 b1 b2\nb1:\njump b3\nb2:\njump b3\nb3:\nv10 = phi.ptr [b1 v1] [b2 v2]", 4},
		{"v9 = loadptr.ptr v1 align=1\njump b1\nb1:\nv10 = phi.ptr [b0 v2] [b2 v11]\nbr eq v10 v1 b2 b3\nb2:\nv11 = offset.ptr v9 +8\njump b1\nb3:\nv12 = offset.ptr v10 +8", 1},
	} {
		m, err := Parse("map a array key=4 value=16 entries=1\nfunc f sub {\nslot s size=12 align=4\nb0:\nv0 = param.i64 0\nv2 = param.ptr 1 align=4\nv1 = param.ptr 2\n" + c.body + "\nret\n}\n")
		if err != nil {
			t.Fatalf("%s\n%v", c.body, err)
		}
		if err := Verify(m); err != nil {
			t.Fatalf("%s\n%v", c.body, err)
		}
		blocks := m.Funcs[0].Blocks
		values := blocks[len(blocks)-1].Values
		if got := Alignment(values[len(values)-1]); got != c.want {
			t.Errorf("%s\n got %d, want %d", c.body, got, c.want)
		}
	}
}
