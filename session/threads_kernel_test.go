package session_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session"
)

// These tests run on the real kernel and need root. Threads of this process ask for steps by lseek: whence is the step, the offset a
// number.

// stateSession is a session in which values are kept with threads, or in a hash as on kernels that can't.
func stateSession(t *testing.T, kept bool) *session.Session {
	t.Helper()
	k, err := attach.Open(attach.Options{NoStates: !kept})
	if err != nil {
		t.Fatalf("this test needs root: %v", err)
	}
	s, err := session.Open(k, session.Options{})
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

// The steps that threads ask for.
const (
	stepSet = iota
	stepTake
	stepAdd
	stepRead
	stepDelete
	steps
)

// stateProbes do them, in several probes that share a map. The second sees what the first has left at each call.
const stateProbes = `
first := syscalls:sys_enter_lseek @pid == %[1]d && ctx.fd == 1<<32-1 {
	switch ctx.whence {
	case 0:
		start[tid] = ctx.offset
	case 1:
		if t, ok := start[tid]; ok {
			hits++
			taken += t
			delete(start, tid)
		} else {
			misses++
		}
	case 2:
		start[tid] = start[tid] + ctx.offset
	case 3:
		read += start[tid]
	case 4:
		delete(start, tid)
	}
}
second := syscalls:sys_exit_lseek @pid == %[1]d {
	if t, ok := start[tid]; ok {
		left += t
		there++
	}
}
third := sched:sched_process_exit @pid == %[1]d {
	if _, ok := start[tid]; ok {
		ended++
	}
}`

// stateThread is what a thread does, and what comes of it.
type stateThread struct {
	counts map[string]int64
	value  int64
	has    bool
}

// step makes one step and does in Go what the probes do.
func (s *stateThread) step(what int, by int64) {
	_, _ = unix.Seek(-1, by, what)
	switch what {
	case stepSet:
		s.value, s.has = by, true
	case stepTake:
		if s.has {
			s.counts["hits"]++
			s.counts["taken"] += s.value
		} else {
			s.counts["misses"]++
		}
		s.value, s.has = 0, false
	case stepAdd:
		s.value, s.has = s.value+by, true
	case stepRead:
		s.counts["read"] += s.value
	case stepDelete:
		s.value, s.has = 0, false
	}
	if s.has {
		s.counts["left"] += s.value
		s.counts["there"]++
	}
}

// stateWork has threads come, make steps, and go; those that stay until end is closed tell what they hold. It returns what has come of all.
func stateWork(threads, steps0 int, end chan struct{}) (counts map[string]int64, held map[string]int64, wait func()) {
	counts, held = map[string]int64{}, map[string]int64{}
	var mu sync.Mutex
	var done, gone sync.WaitGroup
	var tids []int
	room := make(chan struct{}, 8)
	for i := range threads {
		room <- struct{}{}
		done.Add(1)
		gone.Go(func() {
			runtime.LockOSThread() // and never unlocked, so that the thread ends with the goroutine
			r := rand.New(rand.NewPCG(uint64(i), 1))
			s := &stateThread{counts: map[string]int64{}}
			for range steps0 {
				s.step(r.IntN(steps), int64(r.IntN(1000)))
			}
			stays := i%8 == 0 && unix.Gettid() != os.Getpid()
			switch {
			case unix.Gettid() == os.Getpid(): // the first thread of a process does not end with the goroutine
				s.step(stepDelete, 0)
			case stays:
				s.step(stepSet, int64(i))
			}
			mu.Lock()
			for name, n := range s.counts {
				counts[name] += n
			}
			tids = append(tids, unix.Gettid())
			if s.has && stays {
				held[fmt.Sprint(unix.Gettid())] = s.value
			} else if s.has {
				counts["ended"]++
			}
			mu.Unlock()
			<-room
			done.Done()
			if stays {
				<-end
			}
		})
	}
	done.Wait()
	ends := func() {
		gone.Wait()
		for _, tid := range tids {
			for tid != os.Getpid() && unix.Tgkill(os.Getpid(), tid, 0) == nil {
				time.Sleep(time.Millisecond)
			}
		}
	}
	return counts, held, ends
}

// stateRows are the rows of the map of states.
func stateRows(t *testing.T, s *session.Session, name string) map[string]int64 {
	t.Helper()
	table, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, r := range table.Rows {
		rows[fmt.Sprint(r.Key[0])] = r.Total.(int64)
	}
	return rows
}

func kindOf(s *session.Session, name string) string {
	for _, m := range s.Maps() {
		if m.Name == name {
			return m.Kind
		}
	}
	return ""
}

// Both ways to keep a thread's value give the counts that the steps come to in Go.
func TestStatesAreTheSameWithThreadsAndInAHash(t *testing.T) {
	kept, hashed := stateSession(t, true), stateSession(t, false)
	text := fmt.Sprintf(stateProbes, os.Getpid())
	for s, kind := range map[*session.Session]string{kept: "thread state", hashed: "hash"} {
		enter(t, s, text)
		if got := kindOf(s, "start"); got != kind {
			t.Fatalf("the map is of the kind %q, not %q", got, kind)
		}
	}
	end := make(chan struct{})
	counts, held, wait := stateWork(400, 300, end)
	inHash := stateRows(t, hashed, "start")
	maps.DeleteFunc(inHash, func(tid string, _ int64) bool { _, lives := held[tid]; return !lives }) // the dead stay in a hash
	for name, rows := range map[string]map[string]int64{"with threads": stateRows(t, kept, "start"), "in a hash": inHash} {
		if diff := cmp.Diff(held, rows); diff != "" {
			t.Errorf("held %s: -want +got\n%s", name, diff)
		}
	}
	close(end)
	wait()
	counts["ended"] += int64(len(held))
	for name, s := range map[string]*session.Session{"with threads": kept, "in a hash": hashed} {
		got := map[string]int64{}
		for counter := range counts {
			got[counter] = int64(sum(t, s, counter))
		}
		if diff := cmp.Diff(counts, got); diff != "" {
			t.Errorf("counted %s: -want +got\n%s", name, diff)
		}
	}
	if rows := stateRows(t, kept, "start"); len(rows) > 0 {
		t.Errorf("of threads that are gone there is %v", rows)
	}
}

// An edit that has values kept with threads, or no longer, carries them over, and so does Undo.
func TestStatesAreCarriedOverEdits(t *testing.T) {
	s := stateSession(t, true)
	pid := os.Getpid()
	enter(t, s, fmt.Sprintf("set := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 && ctx.whence == 0 { start[tid] = ctx.offset }", pid))
	if got := kindOf(s, "start"); got != "hash" {
		t.Fatalf("what is only assigned is of the kind %q", got)
	}
	end := make(chan struct{})
	_, held, wait := stateWork(80, 50, end)
	defer func() { close(end); wait() }()
	check := func(when, kind string, want map[string]int64) {
		t.Helper()
		rows := stateRows(t, s, "start")
		maps.DeleteFunc(rows, func(tid string, _ int64) bool { _, lives := held[tid]; return !lives })
		if got := kindOf(s, "start"); got != kind {
			t.Errorf("%s: the kind is %q, not %q", when, got, kind)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s: -want +got\n%s", when, diff)
		}
	}
	check("set", "hash", held)
	text := fmt.Sprintf("take := syscalls:sys_exit_lseek @pid == %d && ctx.ret == 1 { if t, ok := start[tid]; ok { n += t; delete(start, tid) } }", pid)
	r := s.Enter(source.Cell{Name: "take", Text: text})
	if !r.OK() || len(r.Carried) != 1 || r.Carried[0].Map != "start" || !strings.HasSuffix(r.Carried[0].Text, "carried over") {
		t.Fatalf("%v %v %v", r.Diags, r.Err, r.Carried)
	}
	check("with threads", "thread state", held)
	if r, err := s.Undo(); err != nil || !r.OK() || len(r.Carried) != 1 {
		t.Fatalf("%v %v %v", r.Diags, r.Err, r.Carried)
	}
	check("undone", "hash", held)
	if r, err := s.Redo(); err != nil || !r.OK() {
		t.Fatal(r.Err)
	}
	check("done again", "thread state", held)
	// The same kind over an edit is the same map.
	enter(t, s, strings.Replace(text, "n += t", "n += 2*t", 1))
	check("edited", "thread state", held)
	if err := s.Clear("start"); err != nil {
		t.Fatal(err)
	}
	check("cleared", "thread state", map[string]int64{})
}

// Expressions read and change the values of all threads.
func TestExpressionsOverStates(t *testing.T) {
	s := stateSession(t, true)
	enter(t, s, fmt.Sprintf(stateProbes, os.Getpid()))
	ready, end, gone := make(chan int), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		runtime.LockOSThread()
		_, _ = unix.Seek(-1, 40, stepSet)
		ready <- unix.Gettid()
		<-end
		_, _ = unix.Seek(-1, 0, stepTake)
	}()
	tid := <-ready
	for _, c := range []struct{ text, want string }{
		{"start[%d]", "40"},
		{"start[%d] + 2", "42"},
		{"_, ok := start[%d]; ok", "true"},
		{"start[%d+1000000]", "0"},
		{"start[%d] = 50", ""},
		{"start[%d]", "50"},
		{"delete(start, %d)", ""},
		{"_, ok := start[%d]; ok", "false"},
		{"start[%d] = 60", ""},
	} {
		text := fmt.Sprintf(c.text, tid)
		if got := evaluated(t, s, text); got != c.want {
			t.Errorf("%s is %q, want %q", text, got, c.want)
		}
	}
	close(end)
	<-gone
	if got := sum(t, s, "taken"); got != 60 {
		t.Errorf("the thread has found %d", got)
	}
}
