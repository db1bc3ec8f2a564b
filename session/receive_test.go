package session

import (
	"testing"

	"go3s/incremental"
	"go3s/incremental/layout"
	"go3s/session/host"
	"go3s/session/printed"
	"go3s/session/record"
	"go3s/session/sessiontest"
)

// BenchmarkReceive takes records from the ring's memory to the log and to a subscriber that makes lines of them.
func BenchmarkReceive(b *testing.B) {
	k := sessiontest.NewKernel()
	formats, err := host.New(k)
	if err != nil {
		b.Fatal(err)
	}
	s := open(k, Options{}, formats, nil)
	f := printed.New(&incremental.Schema{ID: 1, Format: "%d %s\n", Size: 48, Fields: []layout.Field{
		{Type: layout.Uint64, Offset: 16}, {Type: layout.StringOf(16), Offset: 24},
	}})
	s.forms[1] = f
	var line []byte
	s.Subscribe(func(e Event) { line = e.Arrived.AppendText(line[:0]) })
	data := make([]byte, 48)
	data[0] = 1
	copy(data[24:], "getppid")
	now := record.New(nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.receive(now, data); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if err := s.Close(); err != nil {
		b.Error(err)
	}
}
