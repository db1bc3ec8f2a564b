package session_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/table"
)

// generating is set in the environment of the process that generator starts.
const generating = "GO3SH_TEST_GENERATING"

// TestGenerate is that process: two threads, each bound to a CPU, call getppid from the first line of the input to its end. It is no
// test. The threads would keep the collector of a process that also edits from running.
func TestGenerate(t *testing.T) {
	if os.Getenv(generating) == "" {
		t.Skip("run by the tests that need it")
	}
	runtime.GOMAXPROCS(4)
	input := bufio.NewReader(os.Stdin)
	if _, err := input.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var total atomic.Uint64
	var wg sync.WaitGroup
	for cpu := range min(2, runtime.NumCPU()) {
		wg.Go(func() {
			runtime.LockOSThread()
			var set unix.CPUSet
			set.Set(cpu)
			if err := unix.SchedSetaffinity(0, &set); err != nil {
				t.Error(err)
			}
			n := uint64(0)
			for ; !done.Load(); n++ {
				_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
			}
			total.Add(n)
		})
	}
	_, _ = input.ReadString('\n')
	done.Store(true)
	wg.Wait()
	fmt.Printf("calls %d\n", total.Load())
}

// generator is a process that calls getppid at full speed, between start and stop.
type generator struct {
	cmd    *exec.Cmd
	input  io.WriteCloser
	output bytes.Buffer
}

func newGenerator(t *testing.T) *generator {
	t.Helper()
	g := &generator{cmd: exec.Command(os.Args[0], "-test.run=^TestGenerate$", "-test.count=1")}
	g.cmd.Env = append(os.Environ(), generating+"=1")
	g.cmd.Stdout = &g.output
	var err error
	if g.input, err = g.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.cmd.Process.Kill() })
	return g
}

func (g *generator) pid() int { return g.cmd.Process.Pid }

func (g *generator) start(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(g.input, "go\n"); err != nil {
		t.Fatal(err)
	}
}

// stop is how often it has called.
func (g *generator) stop(t *testing.T) uint64 {
	t.Helper()
	if err := errors.Join(g.input.Close(), g.cmd.Wait()); err != nil {
		t.Fatal(err, g.output.String())
	}
	var n uint64
	if _, err := fmt.Sscanf(g.output.String(), "calls %d", &n); err != nil {
		t.Fatal(err, g.output.String())
	}
	return n
}

// sum is the sum over all rows of a map of numbers.
func sum(t *testing.T, s *session.Session, name string) uint64 {
	t.Helper()
	read, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	var n uint64
	for _, r := range read.Rows {
		switch v := r.Total.(type) {
		case uint64:
			n += v
		case int64:
			n += uint64(v)
		case table.Histogram:
			n += v.N
		}
	}
	return n
}

// shapes are texts that count each event once in m, in maps of different shapes.
var shapes = []string{
	`m[tid]++`,
	`m[uint64(tid)]++`,
	`m[int64(tid)]++; if m[1] > 0 { x++ }`, // shared, because it is read
	`m[uint16(tid)] += uint8(1)`,
	`m[tid]++; if m[1] > 0 { x++ }`,
}

// places are types of keys of another map, and of those of a histogram.
var places = []string{
	"type place struct { tid uint32 }",
	"type place struct { tid uint64; cpu uint32 }",
	"type place struct { cpu [2]uint32; tid int32 }",
}

// TestNothingIsLostOverTenThousandSwaps edits a probe while two pinned threads make events at full speed, and undoes and redoes each
// edit. Some edits change the shape of maps. What the probe has counted is what was made, in each map, and in the probe's own counter.
func TestNothingIsLostOverTenThousandSwaps(t *testing.T) {
	edits := 250
	if testing.Short() {
		edits = 50
	}
	for name, hook := range map[string]string{
		"tracepoint": "syscalls:sys_enter_getppid @pid ==",
		"raw_tp":     fmt.Sprintf("raw_tp:sys_enter @ctx.id == %d && pid ==", unix.SYS_GETPPID),
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerator(t)
			s := onKernel(t, session.Options{})
			enter(t, s, places[0])
			text := func(i int) string {
				return fmt.Sprintf("p := %s %d { n++; k[place{tid: 1}]++; h[place{tid: 2}].hist(1); if nsecs == %d { x++ }; %s }",
					hook, g.pid(), i, shapes[i/10%len(shapes)])
			}
			enter(t, s, text(0))
			g.start(t)
			defer neverGoesBack(t, s, "k")()
			start, carried, swaps := time.Now(), 0, 0
			edit := func(cell, text string) {
				r := s.Enter(source.Cell{Name: cell, Text: text})
				if !r.OK() || len(r.Swapped) != 1 {
					t.Errorf("%s: %v %v %v", text, r.Diags, r.Err, r.Swapped)
				}
				carried += len(r.Carried)
				swaps++
				for _, c := range r.Carried {
					if !carriedAll.MatchString(c.Text) {
						t.Errorf("%s: %+v", text, c)
					}
				}
			}
			for i := 1; i < edits && !t.Failed(); i++ {
				if i%10 == 5 {
					edit("place", places[(i/10+1)%len(places)])
				} else {
					edit("edit", text(i))
				}
				again := 50
				if i%10 == 5 || i%10 == 0 { // with other maps, which takes some milliseconds
					again = 2
				}
				for swap := range again {
					step := s.Undo
					if swap%2 == 1 {
						step = s.Redo
					}
					if r, err := step(); err != nil || !r.OK() || len(r.Swapped) != 1 {
						t.Fatal(r, err)
					}
					swaps++
				}
			}
			want := g.stop(t)
			t.Logf("%d swaps, %d maps of another shape in between, while %d events happened in %v", swaps, carried, want, time.Since(start))
			for _, m := range []string{"n", "m", "k", "h"} {
				if got := sum(t, s, m); got != want {
					t.Errorf("%s counted %d of %d", m, got, want)
				}
			}
			if got := s.Probes()[0].Stats.Events; got != want {
				t.Errorf("the probe counted %d events of %d", got, want)
			}
		})
	}
}

// neverGoesBack reads a map of at most one row again and again, until it is stopped: its total must not fall.
func neverGoesBack(t *testing.T, s *session.Session, name string) (stop func()) {
	over := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for least := uint64(0); ; time.Sleep(time.Millisecond) {
			select {
			case <-over:
				return
			default:
			}
			table, err := s.Read(name)
			if err != nil || len(table.Rows) > 1 {
				t.Errorf("read while edits go on: %v %v", err, table.Rows)
				return
			}
			if len(table.Rows) == 1 {
				if n := table.Rows[0].Total.(uint64); n < least {
					t.Errorf("what was read goes back from %d to %d", least, n)
				} else {
					least = n
				}
			}
		}
	})
	return func() {
		close(over)
		reader.Wait()
	}
}

var carriedAll = regexp.MustCompile(`^\d+ entr(y was|ies were) carried over(; in the keys cpu is zero|; cpu is gone from the keys)*$`)
