package session_test

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session"
)

// These tests run on the real kernel and need root. What they count is getppid, called by threads of this process and by nobody else
// of it.

func onKernel(t *testing.T, o session.Options) *session.Session {
	t.Helper()
	k, err := attach.Open(attach.Options{})
	if err != nil {
		t.Fatalf("this test needs root: %v", err)
	}
	s, err := session.Open(k, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func enter(t *testing.T, s *session.Session, text string) {
	t.Helper()
	if r := s.Enter(source.Cell{Name: "-e", Text: text}); !r.OK() {
		for _, d := range r.Diags {
			t.Error(source.Render(d, text))
		}
		t.Fatal(r.Err)
	}
}

// call calls getppid n times on each of two threads.
func call(n int) {
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range n {
				unix.Getppid()
			}
		})
	}
	wg.Wait()
}

func TestNoEventIsLostOrCountedTwiceWhileSwapping(t *testing.T) {
	s := onKernel(t, session.Options{})
	text := func(version int) string {
		return fmt.Sprintf("p := syscalls:sys_enter_getppid @pid == %d { n++; if nsecs == %d { m++ } }", os.Getpid(), version)
	}
	enter(t, s, text(0))
	const calls = 300_000
	var done atomic.Bool
	var swapped atomic.Int64
	swapping := make(chan int)
	go func() {
		version := 1
		for ; !done.Load(); version++ {
			swapped.Store(int64(version))
			if r := s.Enter(source.Cell{Name: "1", Text: text(version)}); len(r.Swapped) != 1 {
				t.Errorf("version %d was not swapped: %v %v", version, r.Diags, r.Err)
				break
			}
		}
		swapping <- version
	}()
	made := uint64(0)
	for made == 0 || swapped.Load() < 3 && !t.Failed() {
		call(calls)
		made += 2 * calls
	}
	done.Store(true)
	versions := <-swapping
	table, err := s.Read("n")
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Rows[0].Total; got != made {
		t.Errorf("counted %v over %d versions, want %d", got, versions, made)
	}
	p := s.Probes()[0]
	if p.Stats.Events != made || p.Version != versions {
		t.Errorf("stats say %d events and version %d, want %d and %d", p.Stats.Events, p.Version, made, versions)
	}
}

func TestEveryRecordIsShownOrCountedLost(t *testing.T) {
	s := onKernel(t, session.Options{RingSize: os.Getpagesize()})
	var records, lost uint64
	last := make(map[uint64]uint64)
	s.Subscribe(func(e session.Event) {
		switch e.Kind {
		case session.RecordEvent:
			records++
			r := e.Arrived.Record()
			tid, n := r.Args[0].(uint64), uint64(r.Mono)
			if n < last[tid] {
				t.Errorf("a record of thread %d is out of order", tid)
			}
			last[tid] = n
			if records%64 == 0 {
				time.Sleep(100 * time.Microsecond) // too slow for the ring
			}
		case session.LostEvent:
			lost += e.Lost
		case session.ErrorEvent:
			t.Error(e.Err)
		}
	})
	enter(t, s, fmt.Sprintf(`p := syscalls:sys_enter_getppid @pid == %d { printf("%%d %%s\n", tid, comm) }`, os.Getpid()))
	const calls = 100_000
	call(calls)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	stats := s.Totals()
	if records+lost != 2*calls || records == 0 || lost == 0 {
		t.Errorf("%d records and %d lost, want %d together and some of each", records, lost, 2*calls)
	}
	if stats.Records != records || stats.Lost != lost {
		t.Errorf("totals say %d records and %d lost, the events said %d and %d", stats.Records, stats.Lost, records, lost)
	}
}
