package layout

import (
	"fmt"
	"reflect"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// TestStructsAreLaidOutAsGoDoes compares sizes and offsets with those of Go's own compiler.
func TestStructsAreLaidOutAsGoDoes(t *testing.T) {
	type inner struct {
		A uint8
		B uint16
	}
	type outer struct {
		A bool
		B int64
		C [3]uint16
		D inner
		E uint8
		F [5]uint8
		G uint32
		H uintptr
		I int8
	}
	in := StructOf("inner", Field{Name: "A", Type: Uint8}, Field{Name: "B", Type: Uint16})
	got := StructOf(
		"outer", Field{Name: "A", Type: BoolType}, Field{Name: "B", Type: Int64}, Field{Name: "C", Type: ArrayOf(Uint16, 3)},
		Field{Name: "D", Type: in}, Field{Name: "E", Type: Uint8}, Field{Name: "F", Type: ArrayOf(Uint8, 5)},
		Field{Name: "G", Type: Uint32}, Field{Name: "H", Type: PointerType}, Field{Name: "I", Type: Int8},
	)
	want := reflect.TypeFor[outer]()
	if got.Size != int(unsafe.Sizeof(outer{})) || got.Align != want.Align() {
		t.Errorf("size %d align %d, want %d and %d", got.Size, got.Align, want.Size(), want.Align())
	}
	for i, f := range got.Fields {
		if f.Offset != int(want.Field(i).Offset) {
			t.Errorf("field %s at %d, want %d", f.Name, f.Offset, want.Field(i).Offset)
		}
	}
}

func TestUnnamedStructsAreCalledByTheirFields(t *testing.T) {
	got := StructOf("", Field{Name: "pid", Type: Uint32}, Field{Name: "comm", Type: StringOf(16)})
	if want := "struct{pid uint32; comm string}"; got.Name != want {
		t.Errorf("got %s, want %s", got.Name, want)
	}
}

func TestEqualLooksAtMemoryAndFieldNames(t *testing.T) {
	a := StructOf("a", Field{Name: "x", Type: ArrayOf(Uint8, 4)})
	for _, c := range []struct {
		name string
		a, b *Type
		want bool
	}{
		{"another name", a, StructOf("b", Field{Name: "x", Type: ArrayOf(Uint8, 4)}), true},
		{"another field name", a, StructOf("a", Field{Name: "y", Type: ArrayOf(Uint8, 4)}), false},
		{"another element", a, StructOf("a", Field{Name: "x", Type: ArrayOf(Int8, 4)}), false},
		{"signedness", Uint32, Int32, false},
		{"capacity", StringOf(16), StringOf(17), false},
		{"none", nil, nil, true},
		{"one", nil, a, false},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

var key = StructOf("key", Field{Name: "pid", Type: Int32}, Field{Name: "comm", Type: StringOf(6)}, Field{Name: "mac", Type: ArrayOf(Uint8, 2)})

// values are pairs of a value and its bytes.
var values = []struct {
	t     *Type
	bytes string
	value any
	text  string
}{
	{BoolType, "\x01", true, "true"},
	{Int8, "\xff", int64(-1), "-1"},
	{Int16, "\x00\x80", int64(-32768), "-32768"},
	{Int32, "\xfe\xff\xff\xff", int64(-2), "-2"},
	{Int64, "\x00\x00\x00\x00\x00\x00\x00\x80", int64(-1 << 63), "-9223372036854775808"},
	{Uint8, "\xff", uint64(255), "255"},
	{Uint16, "\x01\x02", uint64(0x201), "513"},
	{Uint32, "\xff\xff\xff\xff", uint64(1<<32 - 1), "4294967295"},
	{Uint64, "\xff\xff\xff\xff\xff\xff\xff\xff", uint64(1<<64 - 1), "18446744073709551615"},
	{PointerType, "\x00\x10\x00\x00\x00\x88\xff\xff", Addr(0xffff880000001000), "0xffff880000001000"},
	{StringOf(4), "ab\x00\x00", "ab", "ab"},
	{StringOf(2), "ab", "ab", "ab"},
	{StringOf(3), "\x1b[\x00", "\x1b[", "\x1b["},
	{ArrayOf(Uint8, 3), "\x01\x02\x03", []byte{1, 2, 3}, "[1 2 3]"},
	{ArrayOf(Int16, 2), "\x01\x00\xff\xff", []any{int64(1), int64(-1)}, "[1 -1]"},
	{key, "\x07\x00\x00\x00a\"\x00\x00\x00\x00\x01\x02", StructValue{key, []any{int64(7), `a"`, []byte{1, 2}}}, `{pid: 7 comm: "a\"" mac: [1 2]}`},
}

func TestValuesDecodeEncodeAndPrint(t *testing.T) {
	for _, v := range values {
		got := Decode(v.t, []byte(v.bytes+"rest"))
		if diff := cmp.Diff(v.value, got); diff != "" {
			t.Errorf("%s: decode: %s", v.t.Name, diff)
		}
		if text := Format(got); text != v.text {
			t.Errorf("%s: got %s, want %s", v.t.Name, text, v.text)
		}
		b, err := Append([]byte("x"), v.t, v.value)
		if err != nil || string(b) != "x"+v.bytes {
			t.Errorf("%s: append: %q, %v", v.t.Name, b, err)
		}
	}
}

func TestDecodedBytesAreACopy(t *testing.T) {
	b := []byte{1, 2}
	got := Decode(ArrayOf(Uint8, 2), b)
	b[0] = 9
	if diff := cmp.Diff([]byte{1, 2}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAppendRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		t    *Type
		v    any
		want string
	}{
		{Uint8, 256, "256 overflows uint8"},
		{Uint64, -1, "-1 overflows uint64"},
		{Int64, uint64(1 << 63), "9223372036854775808 overflows int64"},
		{Int8, -129, "-129 overflows int8"},
		{StringOf(2), "abc", `"abc" is longer than 2 bytes`},
		{BoolType, 1, "1 does not fit bool"},
		{ArrayOf(Int8, 2), []any{1, 200}, "element 1: 200 overflows int8"},
		{ArrayOf(Int8, 2), []any{1}, "[1] does not fit [2]int8"},
		{key, []any{1, "a", 3}, "field mac: 3 does not fit [2]uint8"},
	} {
		b, err := Append(nil, c.t, c.v)
		if len(b) != 0 || fmt.Sprint(err) != c.want {
			t.Errorf("%s: got %q, %v; want %s", c.t.Name, b, err, c.want)
		}
	}
}

func TestStructsAsJSONKeepTheOrderOfTheirFields(t *testing.T) {
	b, err := StructValue{key, []any{int64(7), "x", []any{uint64(1)}}}.MarshalJSON()
	if want := `{"pid":7,"comm":"x","mac":[1]}`; err != nil || string(b) != want {
		t.Errorf("got %s, %v; want %s", b, err, want)
	}
}
