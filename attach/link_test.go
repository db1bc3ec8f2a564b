package attach

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"go3s/internal/leaks"
)

func TestEveryEventIsCounted(t *testing.T) {
	for name, hook := range map[string]Hook{
		"tracepoint":       getppid,
		"raw tracepoint":   {Type: RawTracepoint, Name: "sys_enter"},
		"typed tracepoint": {Type: TracingTP, Name: "sys_enter"},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			counters := newCounters(t, k)
			l := must[LinkID](t)(k.Attach(hook, unique("every"), loadCounter(t, k, hook.Type, counters, 3)))
			callGetppid(12345)
			if got, want := counts(t, k, counters), [8]uint64{3: 12345}; got != want {
				t.Errorf("counted %v, want %v", got, want)
			}
			if err := k.ClearMap(counters); err != nil {
				t.Fatal(err)
			}
			callGetppid(1)
			if got, want := counts(t, k, counters), [8]uint64{3: 1}; got != want {
				t.Errorf("after clearing counted %v, want %v", got, want)
			}
			if err := <-k.Detach(l); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSwapLosesAndDoublesNothing swaps two programs that count in different words while two threads make events.
func TestSwapLosesAndDoublesNothing(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	programs := [2]ProgramID{loadCounter(t, k, Tracepoint, counters, 0), loadCounter(t, k, Tracepoint, counters, 1)}
	l := must[LinkID](t)(k.Attach(getppid, unique("swap"), programs[0]))

	var calls [2]uint64
	// The two threads take a processor of the runtime each; swapping needs another.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + len(calls)))
	var stop atomic.Bool
	var threads sync.WaitGroup
	for cpu := range calls {
		threads.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends, and its affinity with it
			var set unix.CPUSet
			set.Set(cpu % runtime.NumCPU())
			if err := unix.SchedSetaffinity(0, &set); err != nil {
				t.Error(err)
			}
			for !stop.Load() {
				callGetppid(100)
				calls[cpu] += 100
			}
		})
	}
	const swaps = 400
	for i := range swaps {
		if err := k.Swap(l, programs[(i+1)%2]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Microsecond)
	}
	stop.Store(true)
	threads.Wait()

	got := counts(t, k, counters)
	if sum, want := got[0]+got[1], calls[0]+calls[1]; sum != want || got[0] == 0 || got[1] == 0 {
		t.Errorf("counted %d + %d = %d of %d events in %d swaps", got[0], got[1], sum, want, swaps)
	}
}

func TestSwappedOutProgramMayBeFreed(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	p := loadCounter(t, k, Tracepoint, counters, 0)
	l := must[LinkID](t)(k.Attach(getppid, unique("free"), p))
	if err := k.FreeProgram(p); err != nil { // the slot keeps it
		t.Fatal(err)
	}
	callGetppid(10)
	q := loadCounter(t, k, Tracepoint, counters, 1)
	if err := k.Swap(l, q); err != nil {
		t.Fatal(err)
	}
	callGetppid(20)
	if got, want := counts(t, k, counters), [8]uint64{10, 20}; got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
	if err := k.Swap(l, p); err == nil {
		t.Error("a freed program is swapped in")
	}
}

func TestDetachStopsEventsAtOnce(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	p := loadCounter(t, k, Tracepoint, counters, 0)
	l := must[LinkID](t)(k.Attach(getppid, unique("stop"), p))
	callGetppid(100)
	outcome := k.Detach(l)
	callGetppid(100)
	if got, want := counts(t, k, counters), [8]uint64{100}; got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
	if err := k.Swap(l, p); err == nil {
		t.Error("a program is swapped into a link that is being detached")
	}
	if err := <-k.Detach(l); err == nil {
		t.Error("a link is detached twice")
	}
	if err := <-outcome; err != nil {
		t.Error(err)
	}
	if _, err := k.Stats(l); err != nil {
		t.Errorf("a detached link has no last statistics: %v", err)
	}
}

func TestStatsOfALink(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	l := must[LinkID](t)(k.Attach(getppid, unique("stats"), loadCounter(t, k, Tracepoint, counters, 0)))
	on, err := k.EnableStats()
	if err != nil {
		t.Fatal(err)
	}
	callGetppid(1000)
	if err := on.Close(); err != nil {
		t.Error(err)
	}
	s, err := k.Stats(l)
	if k.clockCost.Load() <= 0 {
		t.Error("what measuring adds was not found out")
	}
	if err != nil || s.Runs < 1000 || s.Time <= 0 || s.Missed != 0 {
		t.Errorf("statistics after 1000 events: %+v, %v", s, err)
	}
}

func TestAttachThatFailsLeavesNothing(t *testing.T) {
	k := open(t)
	p := loadCounter(t, k, Tracepoint, newCounters(t, k), 0)
	if err := <-k.Detach(must[LinkID](t)(k.Attach(getppid, unique("first"), p))); err != nil { // makes what all links share
		t.Fatal(err)
	}
	before := leaks.Files()
	for _, test := range []struct {
		hook Hook
		p    ProgramID
		want string
		is   error
	}{
		{Hook{Type: Tracepoint, Category: "syscalls", Name: "sys_enter_nope"}, p, "attach syscalls:sys_enter_nope: ", fs.ErrNotExist},
		{Hook{Type: Tracepoint, Category: "..", Name: "x"}, p, "attach ..:x: ", nil},
		{Hook{Type: RawTracepoint, Category: "", Name: "sys_enter"}, p, "attach sys_enter: program " + unique("count") + " is of another type", nil},
		{getppid, 99, "attach syscalls:sys_enter_getppid: program: handle 99 names nothing", nil},
	} {
		_, err := k.Attach(test.hook, unique("fails"), test.p)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	if after := leaks.Files(); after != before {
		t.Errorf("%d file descriptors before, %d after", before, after)
	}
}

func TestKilledProcessLeavesNothing(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childVar+"=hang")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "attached\n" {
		t.Errorf("the child says %q, %v", line, err)
	}
	if got := programsOf(cmd.Process.Pid); len(got) != 2 {
		t.Errorf("the child has the programs %q", got)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if left := waitForNone(cmd.Process.Pid); len(left) > 0 {
		t.Errorf("left in the kernel: %q", left)
	}
}

// children are what a child process of the tests can be asked to do.
var children = map[string]func(){
	"hang": func() {
		k, err := Open(Options{})
		check(err)
		p, err := k.Load(ProgramSpec{Name: unique("hang"), Insns: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}})
		check(err)
		_, err = k.Attach(getppid, unique("hang"), p)
		check(err)
		fmt.Println("attached")
		select {}
	},
	"refused": func() {
		k, err := Open(Options{})
		fmt.Printf("open: %T %v\n", err, err)
		if err != nil {
			return
		}
		_, err = k.TracepointFormat("sched", "sched_switch")
		fmt.Printf("format: %T %v\n", err, err)
		_, err = k.CreateMap(MapSpec{Name: "m", Kind: Hash, Key: 4, Value: 4, Entries: 1})
		fmt.Printf("map: %T %v\n", err, err)
		_, err = k.Features()
		fmt.Printf("features: %T %v\n", err, err)
		_, err = k.Load(ProgramSpec{Name: "prog", Insns: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}})
		fmt.Printf("load: %T %v\n", err, err)
	},
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
