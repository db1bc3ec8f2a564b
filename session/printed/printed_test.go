package printed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go3s/incremental"
	"go3s/incremental/abi"
	"go3s/incremental/layout"
)

// types are those that values have in records.
var types = []*layout.Type{
	layout.BoolType, layout.Int8, layout.Int16, layout.Int32, layout.Int64, layout.Uint8, layout.Uint16, layout.Uint32, layout.Uint64,
	layout.PointerType, layout.StringOf(1), layout.StringOf(7), layout.StringOf(24),
	{Kind: layout.Array, Name: "[4]uint8", Size: 4, Align: 1, Len: 4, Elem: layout.Uint8},
	{Kind: layout.Array, Name: "[2]int16", Size: 4, Align: 2, Len: 2, Elem: layout.Int16},
	{Kind: layout.Struct, Name: "pair", Size: 16, Align: 8, Fields: []layout.Field{
		{Name: "a", Type: layout.Int64}, {Name: "b", Type: layout.StringOf(8), Offset: 8},
	}},
	{Kind: layout.Int, Name: "Time", Size: 8, Align: 8, As: layout.Time},
	{Kind: layout.Pointer, Name: "symbol", Size: 8, Align: 8, As: layout.KernelSymbol},
}

// pieces are what formats are made of.
var pieces = []string{
	"%d", "%v", "%s", "%x", "%t", "%q", "%p", "%5d", "%-5d|", "%05d", "%+d", "%-16s|", "%16s", "%.3s", "%#v", "%#x", "%c", "%X", "%o",
	"%[1]d", "%*d", "%%", " ", "pid ", "\n", "100%% ", "%", "%!", "\xff", "世界 ", "%-3v|", "%3v", "% d", "%-%", "%3%", "%300s", "%2000d",
}

// schema is a random one.
func schema(r *rand.Rand) *incremental.Schema {
	s := &incremental.Schema{
		Kind: []abi.SchemaKind{incremental.Printf, incremental.Printf, incremental.Printf, incremental.Print, incremental.Log, incremental.Emit}[r.IntN(6)],
		Size: incremental.EventHeader,
	}
	var format strings.Builder
	for range r.IntN(8) {
		format.WriteString(pieces[r.IntN(len(pieces))])
	}
	s.Format = format.String()
	n := r.IntN(4)
	if _, operands, _ := layout.ParseVerbs(s.Format); s.Kind == incremental.Printf && r.IntN(8) > 0 {
		n = operands
	}
	if s.Kind == incremental.Emit {
		n = 1
	}
	for i := range n {
		t := types[r.IntN(len(types))]
		at := (s.Size + t.Align - 1) &^ (t.Align - 1)
		s.Fields = append(s.Fields, layout.Field{Name: fmt.Sprint("f", i), Type: t, Offset: at})
		s.Size = at + t.Size
	}
	return s
}

// showsAddress reports whether the text has the address of a Go value in it, which is another one each time; the checker refuses such formats.
func showsAddress(s *incremental.Schema) bool {
	verbs, _, _ := layout.ParseVerbs(s.Format)
	return slices.ContainsFunc(verbs, func(v layout.Verb) bool {
		return v.Rune == 'p' && v.Arg < len(s.Fields) && !v.Accepts(s.Fields[v.Arg].Type)
	})
}

// fill makes a record of bytes that often are text.
func fill(r *rand.Rand, size int) []byte {
	data := make([]byte, size)
	const letters = "abcXYZ 019=\"\\\x00\x00\x1b\xff\xc3\xa9\u4e16"
	for i := range data {
		data[i] = letters[r.IntN(len(letters))]
		if r.IntN(4) == 0 {
			data[i] = byte(r.Uint32())
		}
	}
	return data
}

// names stands for what the kernel knows.
type names struct{}

func (names) Time(mono uint64, format string) string   { return fmt.Sprint("at ", mono, format) }
func (names) KernelSymbol(addr uint64) string          { return fmt.Sprintf("sym+%#x", addr&15) }
func (names) UserSymbol(pid, addr uint64) string       { return fmt.Sprint(pid, addr) }
func (names) Stack(id int64, pid uint64) layout.Frames { return nil }

func TestFormWritesWhatDecodedValuesRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	byParts := 0
	for i := range 200_000 {
		s := schema(r)
		if showsAddress(s) {
			continue
		}
		p := New(s)
		if !p.whole {
			byParts++
		}
		data := fill(r, s.Size)
		want := "before" + Of(s, Decode(s, data, names{}))
		if got := string(p.Append([]byte("before"), data, names{})); got != want {
			t.Fatalf("round %d: kind %d, format %q, fields %v, data %x:\ngot  %q\nwant %q", i, s.Kind, s.Format, s.Fields, data, got, want)
		}
	}
	if byParts < 20_000 {
		t.Errorf("only %d schemas were printed part by part", byParts)
	}
}

// usual are records as most programs print them.
var usual = map[string]*incremental.Schema{
	"printf": {Kind: incremental.Printf, Format: "%d %-16s %s\n", Size: 16 + 8 + 16 + 64, Fields: []layout.Field{
		{Type: layout.Uint64, Offset: 16}, {Type: layout.StringOf(16), Offset: 24}, {Type: layout.StringOf(64), Offset: 40},
	}},
	"print": {Kind: incremental.Print, Size: 16 + 16, Fields: []layout.Field{{Type: layout.Int32, Offset: 16}, {Type: layout.PointerType, Offset: 24}}},
	"log": {Kind: incremental.Log, Format: "exit", Size: 16 + 16, Fields: []layout.Field{
		{Name: "ok", Type: layout.BoolType, Offset: 16}, {Name: "comm", Type: layout.StringOf(8), Offset: 24},
	}},
}

// record is one of that schema with small numbers and short strings.
func record(s *incremental.Schema) []byte {
	data := make([]byte, s.Size)
	for _, f := range s.Fields {
		copy(data[f.Offset:f.Offset+f.Type.Size], "abc")
	}
	return data
}

func TestUsualRecordsAreWrittenWithoutAllocating(t *testing.T) {
	for name, s := range usual {
		p, data := New(s), record(s)
		dst := make([]byte, 0, 1024)
		if n := testing.AllocsPerRun(100, func() { dst = p.Append(dst[:0], data, names{}) }); n != 0 {
			t.Errorf("%s: %v allocations a record", name, n)
		}
	}
}

func BenchmarkForm(b *testing.B) {
	for name, s := range usual {
		p, data := New(s), record(s)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = p.Append(dst[:0], data, nil)
			}
		})
		b.Run(name+" by values", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = Of(s, Decode(s, data, nil))
			}
		})
	}
}
