package attach

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// loadAdd loads a program that adds one to word 0, whoever runs.
func loadAdd(t testing.TB, k *Kernel, typ ProgramType, counters MapID, by int32) ProgramID {
	t.Helper()
	return must[ProgramID](t)(k.Load(ProgramSpec{
		Name: unique("add"), Type: typ, Maps: map[string]MapID{"counters": counters},
		Insns: asm.Instructions{
			asm.LoadMapValue(asm.R1, 0, 0).WithReference("counters"),
			asm.Mov.Imm(asm.R2, by),
			asm.StoreXAdd(asm.R1, asm.R2, asm.DWord),
			asm.Mov.Imm(asm.R0, 0),
			asm.Return(),
		},
	}))
}

func TestHooksOfUserSpaceRunByHandOnly(t *testing.T) {
	for _, kind := range []string{"begin", "end", "onload", "onunload"} {
		k := open(t)
		counters := newCounters(t, k)
		p := loadAdd(t, k, RawTracepoint, counters, 1)
		l := must[LinkID](t)(k.Attach(Hook{Type: RawTracepoint, Kind: kind}, unique(kind), p))
		next := loadAdd(t, k, RawTracepoint, counters, 100)
		if err := k.Swap(l, next); err != nil {
			t.Fatal(err)
		}
		if err := <-k.Detach(l); err != nil {
			t.Error(err)
		}
		if got := counts(t, k, counters)[0]; got != 0 {
			t.Errorf("%s: ran though nobody asked: %d", kind, got)
		}
		if err := k.Run(next); err != nil {
			t.Fatal(err)
		}
		if got := counts(t, k, counters)[0]; got != 100 {
			t.Errorf("%s: the sum is %d, want 100", kind, got)
		}
	}
}

func TestEmptySlotRunsNothingUntilItIsFilled(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	p := loadCounter(t, k, Tracepoint, counters, 0)
	hook := getppid
	hook.Idle = true
	l := must[LinkID](t)(k.Attach(hook, unique("idle"), p))
	for round := range uint64(3) {
		callGetppid(10)
		if got, want := counts(t, k, counters)[0], 20*round; got != want {
			t.Errorf("an empty slot: counted %d, want %d", got, want)
		}
		if err := k.Swap(l, p); err != nil {
			t.Fatal(err)
		}
		callGetppid(20)
		if got, want := counts(t, k, counters)[0], 20*round+20; got != want {
			t.Errorf("a full slot: counted %d, want %d", got, want)
		}
		if err := k.Empty(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-k.Detach(l); err != nil {
		t.Error(err)
	}
	if err := k.Empty(l); err == nil {
		t.Error("the slot of a link that is gone was emptied")
	}
}

func TestClocksRunUntilDetached(t *testing.T) {
	for name, hook := range map[string]Hook{
		"profile":  {Type: PerfEvent, Kind: "profile", Hertz: 997},
		"interval": {Type: PerfEvent, Kind: "interval", Nanoseconds: 1e6},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			counters := newCounters(t, k)
			l := must[LinkID](t)(k.Attach(hook, unique("clock"), loadAdd(t, k, PerfEvent, counters, 1)))
			for deadline := time.Now().Add(10 * time.Second); counts(t, k, counters)[0] == 0; {
				if time.Now().After(deadline) {
					t.Fatal("no tick")
				}
				time.Sleep(time.Millisecond)
			}
			if err := <-k.Detach(l); err != nil {
				t.Error(err)
			}
			after := counts(t, k, counters)[0]
			time.Sleep(20 * time.Millisecond)
			if got := counts(t, k, counters)[0]; got != after {
				t.Errorf("%d ticks after it was detached", got-after)
			}
		})
	}
}

// A tick that comes amid the run of another program does not run the clock's. It is missed, so that all that were due are accounted for.
func TestTicksThatDoNotComeAreMissed(t *testing.T) {
	const period = time.Millisecond
	k := open(t)
	counters := newCounters(t, k)
	insns := asm.Instructions{asm.FnGetCurrentPidTgid.Call(), asm.RSh.Imm(asm.R0, 32), asm.JNE.Imm(asm.R0, int32(os.Getpid()), "out")}
	for range 300 {
		insns = append(insns, asm.FnKtimeGetNs.Call())
	}
	insns = append(insns, asm.Mov.Imm(asm.R0, 0).WithSymbol("out"), asm.Return())
	long := must[ProgramID](t)(k.Load(ProgramSpec{Name: unique("long"), Type: Tracepoint, Insns: insns}))
	must[LinkID](t)(k.Attach(getppid, unique("long"), long))
	clock := Hook{Type: PerfEvent, Kind: "interval", Nanoseconds: int64(period)}
	before := time.Now()
	l := must[LinkID](t)(k.Attach(clock, unique("clock"), loadAdd(t, k, PerfEvent, counters, 1)))
	began := time.Now()

	cpus := must[[]int](t)(onlineCPUs())
	var over atomic.Bool
	var calls sync.WaitGroup
	calls.Go(func() {
		runtime.LockOSThread() // and not unlocked: the thread ends with its CPU
		var own unix.CPUSet
		own.Set(cpus[0])
		if err := unix.SchedSetaffinity(0, &own); err != nil {
			t.Error(err)
		}
		for !over.Load() {
			callGetppid(10)
			runtime.Gosched()
		}
	})
	for time.Since(began) < 20*time.Second && must[ProgramStats](t)(k.Stats(l)).Missed < 100 {
		time.Sleep(10 * time.Millisecond)
	}
	over.Store(true)
	calls.Wait()

	least := uint64((time.Since(began) - time.Duration(overdue)) / period)
	if err := <-k.Detach(l); err != nil {
		t.Error(err)
	}
	most := uint64(time.Since(before) / period)
	ran, missed := counts(t, k, counters)[0], must[ProgramStats](t)(k.Stats(l)).Missed
	t.Logf("%d to %d ticks were due, %d came, %d were missed", least, most, ran, missed)
	if missed < 100 || ran+missed < least-1 || ran+missed > most {
		t.Errorf("%d ticks came and %d were missed, of %d to %d", ran, missed, least, most)
	}
}

// TestProgramsOfEachTypeLoad loads what this kernel can verify, whether it can attach it or not.
func TestProgramsOfEachTypeLoad(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	for _, typ := range []ProgramType{KProbe, XDP, TC, PerfEvent, RawTracepoint, Tracepoint} {
		if err := k.FreeProgram(loadAdd(t, k, typ, counters, 1)); err != nil {
			t.Error(err)
		}
	}
}

func TestHooksThatAreNotThere(t *testing.T) {
	k := open(t)
	counters := newCounters(t, k)
	for _, test := range []struct {
		hook Hook
		want string
	}{
		{Hook{Type: KProbe, Kind: "uprobe", Name: "/no/such/file:main"}, "/no/such/file"},
		{Hook{Type: KProbe, Kind: "uprobe", Name: "readline"}, "is not /path:function"},
		{Hook{Type: XDP}, "names no network device"},
		{Hook{Type: TC, Name: "nodev0"}, "nodev0"},
	} {
		p := loadAdd(t, k, test.hook.Type, counters, 1)
		if _, err := k.Attach(test.hook, unique("none"), p); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.hook.Name, err, test.want)
		}
		if err := k.FreeProgram(p); err != nil {
			t.Error(err)
		}
	}
}
