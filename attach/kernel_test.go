package attach

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"go3s/internal/leaks"
)

// The tests of this package need root: all but a few work on the running kernel.

// childVar names what a child of the tests has to do instead of testing.
const childVar = "ATTACH_TEST_CHILD"

func TestMain(m *testing.M) {
	if task := os.Getenv(childVar); task != "" {
		children[task]()
		os.Exit(0)
	}
	code := leaks.Run(m)
	if left := waitForNone(os.Getpid()); code == 0 && len(left) > 0 {
		fmt.Fprintf(os.Stderr, "programs left in the kernel: %q\n", left)
		code = 1
	}
	os.Exit(code)
}

// unique is a name for a kernel object that says which process made it.
func unique(name string) string { return prefix(os.Getpid()) + name }

func prefix(pid int) string { return fmt.Sprintf("at%d_", pid) }

// programsOf lists the programs in the kernel that a process of these tests has made.
func programsOf(pid int) []string {
	var names []string
	for id, err := ebpf.ProgramGetNextID(0); err == nil; id, err = ebpf.ProgramGetNextID(id) {
		prog, err := ebpf.NewProgramFromID(id)
		if err != nil {
			continue // it is gone
		}
		if info, err := prog.Info(); err == nil && strings.HasPrefix(info.Name, prefix(pid)) {
			names = append(names, info.Name)
		}
		_ = prog.Close()
	}
	return names
}

// waitForNone waits until the kernel has freed all programs of a process, and returns those that stay.
func waitForNone(pid int) []string {
	for range 500 {
		if len(programsOf(pid)) == 0 {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return programsOf(pid)
}

func open(t testing.TB) *Kernel {
	t.Helper()
	k, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// getppid is a hook that nothing else in this process comes by.
var getppid = Hook{Type: Tracepoint, Category: "syscalls", Name: "sys_enter_getppid"}

// newCounters makes a map of counters for this kernel.
func newCounters(t testing.TB, k *Kernel) MapID {
	t.Helper()
	size := counterLine
	for size < runtime.NumCPU()*counterLine || size < ebpf.MustPossibleCPU()*counterLine {
		size *= 2
	}
	return must[MapID](t)(k.CreateMap(MapSpec{Name: unique("count"), Kind: Counters, Value: size}))
}

// loadCounter loads a program that adds one to a word of its CPU's line for every event of this process.
func loadCounter(t testing.TB, k *Kernel, typ ProgramType, counters MapID, word int16) ProgramID {
	t.Helper()
	m, release, err := k.maps.use(int(counters))
	if err != nil {
		t.Fatal(err)
	}
	mask := int32(m.spec.Value/counterLine - 1)
	release()
	var insns asm.Instructions
	target := ""
	if typ == TracingTP {
		target = "sys_enter"
	}
	if typ == RawTracepoint || typ == TracingTP { // of sys_enter: the second argument is the number
		insns = append(insns,
			asm.LoadMem(asm.R0, asm.R1, 8, asm.DWord),
			asm.JNE.Imm(asm.R0, unix.SYS_GETPPID, "exit"),
		)
	}
	insns = append(insns,
		asm.FnGetCurrentPidTgid.Call(),
		asm.RSh.Imm(asm.R0, 32),
		asm.JNE.Imm(asm.R0, int32(os.Getpid()), "exit"),
		asm.FnGetSmpProcessorId.Call(),
		asm.And.Imm(asm.R0, mask),
		asm.LSh.Imm(asm.R0, 6),
		asm.LoadMapValue(asm.R1, 0, 0).WithReference("counters"),
		asm.Add.Reg(asm.R1, asm.R0),
		asm.LoadMem(asm.R2, asm.R1, 8*word, asm.DWord),
		asm.Add.Imm(asm.R2, 1),
		asm.StoreMem(asm.R1, 8*word, asm.R2, asm.DWord),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("exit"),
		asm.Return(),
	)
	return must[ProgramID](t)(k.Load(ProgramSpec{
		Name: unique("count"), Type: typ, Target: target, Insns: insns, Maps: map[string]MapID{"counters": counters},
	}))
}

// counts are the words of a map of counters, summed over the CPUs.
func counts(t testing.TB, k *Kernel, id MapID) (sum [8]uint64) {
	t.Helper()
	var rows Rows
	if err := k.ReadMap(id, &rows); err != nil {
		t.Fatal(err)
	}
	for i, word := range words(rows.Values) {
		sum[i%8] += word
	}
	return sum
}

func callGetppid(n int) {
	for range n {
		syscall.Getppid()
	}
}

func TestCloseEndsEverything(t *testing.T) {
	k := must[*Kernel](t)(Open(Options{}))
	counters := newCounters(t, k)
	var links []LinkID
	for range 5 {
		p := loadCounter(t, k, Tracepoint, counters, 0)
		links = append(links, must[LinkID](t)(k.Attach(getppid, unique("five"), p)))
	}
	first := k.Detach(links[0]) // Close waits for one that is under way, too
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-first:
		if err != nil {
			t.Error(err)
		}
	default:
		t.Error("a link is still being detached after Close")
	}
	if left := waitForNone(os.Getpid()); len(left) > 0 {
		t.Errorf("left in the kernel: %q", left)
	}

	var rows Rows
	_, errMap := k.CreateMap(MapSpec{Name: unique("late"), Kind: Hash, Key: 4, Value: 4, Entries: 1})
	_, errLoad := k.Load(ProgramSpec{Name: unique("late"), Insns: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}})
	for what, err := range map[string]error{
		"CreateMap": errMap,
		"Load":      errLoad,
		"ReadMap":   k.ReadMap(counters, &rows),
		"Swap":      k.Swap(links[1], 1),
		"Detach":    <-k.Detach(links[1]),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if err := k.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// TestMethodsMayBeCalledAtOnce gives the race detector something to see, and the tables something to count.
func TestMethodsMayBeCalledAtOnce(t *testing.T) {
	k := open(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			counters := newCounters(t, k)
			p, q := loadCounter(t, k, Tracepoint, counters, 0), loadCounter(t, k, Tracepoint, counters, 1)
			l, err := k.Attach(getppid, unique("many"), p)
			if err != nil {
				t.Error(err)
				return
			}
			var users sync.WaitGroup
			for range 3 {
				users.Go(func() {
					var rows Rows
					for range 20 {
						// The link and the map go away meanwhile; an error is right then, a crash is not.
						_ = k.Swap(l, q)
						_, _ = k.Stats(l)
						_ = k.ReadMap(counters, &rows)
					}
				})
			}
			if err := k.FreeProgram(p); err != nil {
				t.Error(err)
			}
			if err := <-k.Detach(l); err != nil {
				t.Error(err)
			}
			if err := k.FreeMap(counters); err != nil {
				t.Error(err)
			}
			users.Wait()
		})
	}
	all.Wait()
}
