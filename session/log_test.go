package session

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"go3s/incremental"
	"go3s/incremental/layout"
)

// numbered is a schema whose records hold one number.
var numbered = &incremental.Schema{
	ID: 1, Probe: "p", Format: "%d", Size: incremental.EventHeader + 4,
	Fields: []layout.Field{{Name: "n", Type: toyInt32, Offset: incremental.EventHeader}},
}

func addNumbered(l *Log, n int) {
	data := make([]byte, numbered.Size)
	binary.LittleEndian.PutUint32(data[incremental.EventHeader:], uint32(n))
	l.add(numbered, time.Unix(int64(n), 0), data)
	clear(data) // the ring's memory is used again
}

func texts(records []Record) string {
	s := ""
	for _, r := range records {
		s += fmt.Sprint(r.Text, " ")
	}
	return s
}

func TestLogKeepsTheLastRecords(t *testing.T) {
	l := newLog(5)
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
	l := newLog(logSize)
	for i := range logSize + 10 {
		addNumbered(l, i)
	}
	first, next := l.Len()
	same(t, "held", []uint64{first, next}, []uint64{10, logSize + 10})
	same(t, "first", texts(l.Since(0, 2)), "10 11 ")
	same(t, "last", texts(l.Since(next-1, 2)), fmt.Sprint(logSize+9, " "))
}

func TestLogTakesRecordsLargerThanAChunk(t *testing.T) {
	l := newLog(2)
	big := &incremental.Schema{Size: 2 * logChunk}
	data := make([]byte, big.Size)
	data[len(data)-1] = 7
	e := l.add(big, time.Time{}, data)
	same(t, "last byte", e.data[len(e.data)-1], byte(7))
	addNumbered(l, 1)
	same(t, "the next record", texts(l.Since(1, 1)), "1 ")
}
