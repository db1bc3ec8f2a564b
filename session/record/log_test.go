package record

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental"
	"go3s/incremental/layout"
	"go3s/session/printed"
)

// numbered is a schema whose records hold one number.
var numbered = numberedOf(incremental.EventHeader + 4)

// numberedOf is one of so many bytes.
func numberedOf(size int) *printed.Form {
	return printed.New(&incremental.Schema{
		ID: 1, Probe: "p", Format: "%d", Size: size,
		Fields: []layout.Field{{Name: "n", Type: layout.Int32, Offset: incremental.EventHeader}},
	})
}

func addNumbered(l *Log, n int) { addOf(l, numbered, n) }

func addOf(l *Log, f *printed.Form, n int) {
	data := make([]byte, f.Size)
	binary.LittleEndian.PutUint32(data[incremental.EventHeader:], uint32(n))
	if f.Size > incremental.EventHeader+4 {
		data[f.Size-1] = byte(n)
	}
	l.Add(&Arrived{form: f, wall: int64(n), data: data})
	clear(data) // the ring's memory is used again
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func texts(records []Record) string {
	s := ""
	for _, r := range records {
		s += fmt.Sprint(r.Text, " ")
	}
	return s
}

func TestLogKeepsTheLastRecords(t *testing.T) {
	l := NewLog(5, nil)
	for _, c := range []struct {
		add         int
		first, next uint64
		all         string
	}{
		{0, 0, 0, ""},
		{3, 0, 3, "0 1 2 "},
		{2, 0, 5, "0 1 2 3 4 "},
		{1, 1, 6, "1 2 3 4 5 "},
		{11, 12, 17, "12 13 14 15 16 "},
	} {
		_, n := l.Len()
		for i := range c.add {
			addNumbered(l, int(n)+i)
		}
		first, next := l.Len()
		same(t, "first", first, c.first)
		same(t, "next", next, c.next)
		same(t, "all", texts(l.Since(0, 100)), c.all)
	}
	for _, c := range []struct {
		seq   uint64
		limit int
		want  string
	}{
		{14, 2, "14 15 "},
		{3, 1, "12 "},
		{16, 9, "16 "},
		{17, 9, ""},
		{99, 9, ""},
		{12, 0, ""},
		{12, -1, ""},
	} {
		same(t, fmt.Sprint("since ", c.seq, " ", c.limit), texts(l.Since(c.seq, c.limit)), c.want)
	}
}

func TestLogHoldsManyChunks(t *testing.T) {
	const many = 100_000
	l := NewLog(many, nil)
	for i := range many + 10 {
		addNumbered(l, i)
	}
	first, next := l.Len()
	same(t, "held", []uint64{first, next}, []uint64{10, many + 10})
	same(t, "first", texts(l.Since(0, 2)), "10 11 ")
	same(t, "last", texts(l.Since(next-1, 2)), fmt.Sprint(many+9, " "))
}

func TestLogTakesRecordsLargerThanAChunk(t *testing.T) {
	l := NewLog(2, nil)
	big := numberedOf(2*logChunk + 7)
	addOf(l, big, 7)
	same(t, "last byte", l.since(0, 1)[0].data[big.Size-1], byte(7))
	addNumbered(l, 1)
	same(t, "the next record", texts(l.Since(1, 1)), "1 ")
	addOf(l, big, 2)
	addNumbered(l, 3)
	same(t, "the last two", texts(l.Since(0, 9)), "2 3 ")
}

// TestLogUsesMemoryAgain has records of many forms, small and large, come and go.
func TestLogUsesMemoryAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 2, 100, 3000} {
		l := NewLog(size, nil)
		var forms []*printed.Form
		var sizes []int
		for n := range 20_000 {
			if n%50 == 0 {
				forms = append(forms, numberedOf(incremental.EventHeader+4+r.IntN(1+r.IntN(5000))))
			}
			f := forms[max(0, len(forms)-1-r.IntN(5))]
			addOf(l, f, n)
			sizes = append(sizes, f.Size)
			if r.IntN(200) > 0 {
				continue
			}
			first, next := l.Len()
			from := first + uint64(r.IntN(int(next-first)))
			for i, e := range l.since(from, 50) {
				want := from + uint64(i)
				if e.Record().Text != fmt.Sprint(want) || e.wall != int64(want) || len(e.data) != sizes[want] {
					t.Fatalf("record %d of a log of %d is %s of %d bytes, %d", want, size, e.Record().Text, len(e.data), e.wall)
				}
			}
		}
		held := 0
		for _, s := range sizes[max(0, len(sizes)-size):] {
			held += s
		}
		if most := held/logChunk*2 + 3; len(l.chunks) > most {
			t.Errorf("%d bytes are held in %d chunks", held, len(l.chunks))
		}
		if most := size + 1; len(l.forms.held) > min(most, 100) && size < 3000 {
			t.Errorf("a log of %d records holds %d forms", size, len(l.forms.held))
		}
	}
}

func TestAFullLogAllocatesNothing(t *testing.T) {
	l := NewLog(5000, nil)
	a := &Arrived{form: numbered, data: make([]byte, numbered.Size)}
	for range 20_000 {
		l.Add(a)
	}
	if n := testing.AllocsPerRun(50_000, func() { l.Add(a) }); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
